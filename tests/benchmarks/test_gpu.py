"""The programs that are carried to a GPU, run under JAX on the CPU beside TensorFlow's results."""

import dataclasses
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from benchmarks.gpu import export, resident
from benchmarks.gpu.agreement import LIMITS, disagreement
from benchmarks.gpu.programs import all_programs, synthesis
from benchmarks.gpu.rows import Peer, Row, print_rows, seconds_of

ROOT = Path(__file__).parents[2]
BATCH, SECONDS = 2, 0.512  # whole hops: torch.stft leaves out what is beyond them
PROGRAMS = {program.name: program for program in all_programs(BATCH, SECONDS)}


def run(folder: Path) -> subprocess.CompletedProcess:
    """In a process of its own, in which TensorFlow cannot be imported."""
    without = "import sys; sys.modules['tensorflow'] = None; from benchmarks.gpu.run import main"
    return subprocess.run(
        [sys.executable, "-c", f"{without}; main()", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
    )


def blobs(folder: Path, names) -> None:
    export.write(folder, [PROGRAMS[name] for name in names], "cpu", "small")


def test_all_programs_give_without_tensorflow_what_tensorflow_gives(tmp_path):
    blobs(tmp_path, PROGRAMS)
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    for name in PROGRAMS:
        assert re.search(
            re.escape(f"| {name} | small | ") + r"\S+ of \S+ \| not measured", done.stdout
        )


@pytest.mark.parametrize("name", ["STFT, forward and backward", "mu-law codes"])
def test_tensorflows_own_road_on_any_device(name):
    row = resident.measure(PROGRAMS[name], "small", "CPU:0", None)
    assert row.is_right
    assert row.milliseconds is None


def test_a_row_tells_what_was_measured():
    peer = Peer("plain", off=1e-7, milliseconds=6.0, megabytes=70.0)
    row = Row("STFT", "small", "close", 2e-6, peer, milliseconds=2.0, floor=0.5, megabytes=8.0)
    told = "| STFT | small | 2.0e-06 of 1e-05 | 2.000 | 0.500 | 4.0 | 8 | plain | 1e-07 | 6.000 |"
    assert str(row) == f"{told} 3.0 | 70 |"
    assert row.is_right
    for off in (2e-5, np.nan):
        assert not dataclasses.replace(row, off=off).is_right
        assert not dataclasses.replace(row, peer=Peer("plain", off=1e3 * off)).is_right


def test_a_program_that_fails_takes_no_other_with_it(capsys):
    def broken() -> Row:
        raise MemoryError("none left\nat all")

    good = Row("mu-law", "small", "equal", 0.0, Peer())
    assert print_rows([("mu-law", lambda: good)])
    assert not print_rows([("STFT", broken), ("mu-law", lambda: good)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2:] == ["| STFT | failed: MemoryError: none left |", str(good)]


def test_bursts_are_timed_and_waited_for_once():
    """A call takes 10 ms and waiting 30; what the first compiles, 9 s, does not count."""
    now, waits = [0.0], []

    def call() -> None:
        now[0] += 0.01 if now[0] else 9.0

    def wait(_: None) -> None:
        waits.append(now[0])
        now[0] += 0.03

    assert seconds_of(call, wait, lambda: now[0]) == pytest.approx(0.01 + 0.03 / 2)
    assert len(waits) == 2 + 9


TIMED = """
import json, pathlib, sys
sys.modules['tensorflow'] = None
from benchmarks.gpu import run
folder = pathlib.Path(sys.argv[1])
(entry,) = json.loads((folder / 'manifest.json').read_text())
row = run.measure(folder, entry, run.copy_bandwidth())
assert row.milliseconds > 0 and row.floor > 0 and row.megabytes > 0 and row.is_right, row
"""


def test_what_is_timed_on_a_gpu_can_be_timed(tmp_path, monkeypatch):
    """On the CPU, whose numbers tell nothing of a GPU."""
    blobs(tmp_path, ["mu-law codes"])
    done = subprocess.run(
        [sys.executable, "-c", TIMED, str(tmp_path)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    experimental = tf.config.experimental
    monkeypatch.setattr(experimental, "reset_memory_stats", lambda device: None)
    monkeypatch.setattr(experimental, "get_memory_info", lambda device: {"peak": 5e6})
    bandwidth = resident.copy_bandwidth("CPU:0")
    row = resident.measure(PROGRAMS["mu-law codes"], "small", "CPU:0", bandwidth)
    assert row.is_right
    assert row.megabytes == 5.0
    assert min(row.milliseconds, row.floor) > 0


def test_a_wrong_result_is_told(tmp_path):
    blobs(tmp_path, ["mu-law codes"])
    (entry,) = json.loads((tmp_path / "manifest.json").read_text())
    path = tmp_path / f"{entry['file']}.npz"
    arrays = dict(np.load(path))
    arrays["result_0"][0, 7] += 1
    np.savez(path, **arrays)
    assert run(tmp_path).returncode == 1


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_program_is_lowered_for_a_gpu_and_calls_nothing_outside(name):
    """Code that XLA leaves to a library of the host would not be found on another machine."""
    code = export.lowered(PROGRAMS[name], "cuda", "stablehlo")
    assert "stablehlo" in code
    assert "custom_call" not in code


CHOSEN = [
    "log-mel, forward and backward",
    "PCEN, forward and backward",
    "harmonics, 100 partials, forward and backward",
    "six-scale loss, forward and backward",
    "pYIN",
]


@pytest.mark.parametrize("name", CHOSEN)
def test_what_is_chosen_for_a_gpu_gives_the_same(name):
    """Where an op goes another way on a GPU, that way is gone on the CPU."""
    program = PROGRAMS[name]
    wanted = [each.numpy() for each in program.function(*map(tf.constant, program.inputs))]
    with export.seen_from("cuda"):
        compiled = tf.function(program.function, jit_compile=True)
        results = [each.numpy() for each in compiled(*map(tf.constant, program.inputs))]
    assert disagreement(program.judge, results, wanted, program.inputs) <= LIMITS[program.judge]


def test_no_tensor_holds_all_harmonics_of_all_samples(rng):
    """The largest holds them of all frames of controls, or of a tile of samples."""
    batch, length = 64, 480000
    both_ways = synthesis(batch, length, lambda *shape: rng.uniform(size=shape).astype(np.float32))
    for program in both_ways[:2]:
        code = export.lowered(program, "cuda", "stablehlo")
        shapes = re.findall(r"tensor<((?:\d+x)+)[fi]\d+>", code)
        sizes = [np.prod([int(size) for size in shape.split("x")[:-1]]) for shape in shapes]
        assert max(sizes) < 0.05 * batch * length * 100


@pytest.mark.parametrize("judge", LIMITS)
def test_judges_pass_what_is_equal_and_not_what_is_far(judge, rng):
    shape = (2, 10, 513) if judge in ("phase", "convergence") else (2, 2560)
    wanted = [rng.uniform(1.0, 2.0, shape)] * (1 if judge == "decisions" else 2)
    inputs = [np.abs(rng.standard_normal(shape))]
    if judge == "convergence":
        wanted = [rng.standard_normal((2, 2304))]
    assert disagreement(judge, wanted, wanted, inputs) <= LIMITS[judge]
    far = [1.5 * each for each in wanted]
    assert disagreement(judge, far, wanted, inputs) > LIMITS[judge]
    lost = [*wanted[:-1], np.full(wanted[-1].shape, np.nan)]
    assert not disagreement(judge, lost, wanted, inputs) <= LIMITS[judge]


def test_a_frequency_wraps_by_two_half_turns():
    wanted = [np.ones((2, 4)), np.full((2, 4), 0.999)]
    around = [wanted[0], np.full((2, 4), -1.0)]
    np.testing.assert_allclose(disagreement("phase", around, wanted, []), 1e-3, rtol=1e-6)
