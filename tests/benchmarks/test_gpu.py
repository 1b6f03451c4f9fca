"""The programs that are carried to a GPU, run under JAX on the CPU beside TensorFlow's results."""

import dataclasses
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.gpu import export, resident
from benchmarks.gpu.agreement import LIMITS, disagreement
from benchmarks.gpu.programs import all_programs, synthesis
from benchmarks.gpu.rows import Peer, Row, table

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
    assert f"{told} 3.0 | 70 |" in table([row])
    assert row.is_right
    assert not dataclasses.replace(row, off=2e-5).is_right


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


def test_no_tensor_holds_all_harmonics_of_all_samples(rng):
    """The largest holds them of all frames of controls, or of a tile of samples."""
    batch, length = 16, 64000
    both_ways = synthesis(batch, length, lambda *shape: rng.uniform(size=shape).astype(np.float32))
    for program in both_ways[:2]:
        code = export.lowered(program, "cuda", "stablehlo")
        shapes = re.findall(r"tensor<((?:\d+x)+)f32>", code)
        sizes = [np.prod([int(size) for size in shape.split("x")[:-1]]) for shape in shapes]
        assert max(sizes) < 0.2 * batch * length * 100


@pytest.mark.parametrize("judge", LIMITS)
def test_judges_pass_what_is_equal_and_not_what_is_far(judge, rng):
    shape = (2, 10, 513) if judge in ("phase", "convergence") else (2, 2560)
    wanted = [rng.uniform(1.0, 2.0, shape)] * (2 if judge == "phase" else 1)
    inputs = [np.abs(rng.standard_normal(shape))]
    if judge == "convergence":
        wanted = [rng.standard_normal((2, 2304))]
    assert disagreement(judge, wanted, wanted, inputs) <= LIMITS[judge]
    far = [1.5 * each for each in wanted]
    assert disagreement(judge, far, wanted, inputs) > LIMITS[judge]


def test_a_frequency_wraps_by_two_half_turns():
    wanted = [np.ones((2, 4)), np.full((2, 4), 0.999)]
    around = [wanted[0], np.full((2, 4), -1.0)]
    np.testing.assert_allclose(disagreement("phase", around, wanted, []), 1e-3, rtol=1e-6)
