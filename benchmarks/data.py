"""How fast recordings are prepared, in how much memory, and how fast they are read.

``python -m benchmarks data`` prints the tables.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import soundfile
import tensorflow as tf

import spectrotools as st

from .harness import Case, compare

RATE = 44100  # of the recordings
SETS = ((6, 60), (18, 60), (60, 60), (1, 3600))  # files, and the seconds of each
READ = 64  # examples, in one call
HOURS = 100


def _record(folder: Path, files: int, seconds: int) -> None:
    """Notes of a second on an instrument of four harmonics, with some noise."""
    rng = np.random.default_rng(0)
    time_of = np.arange(RATE) / RATE
    for index in range(files):
        path = folder / f"{index:03d}.flac"
        with soundfile.SoundFile(path, "w", RATE, 1, "PCM_16") as file:
            for pitch in rng.integers(45, 81, seconds):
                phase = 2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * time_of
                note = sum(np.sin(k * phase) / k for k in range(1, 5))
                file.write(0.1 * note * np.exp(-2 * time_of) + rng.normal(0, 1e-4, RATE))


def _prepare(audio: Path, out: Path) -> tuple[float, float]:
    """Seconds and the most MiB of memory of a process that prepares a folder."""
    command = ["prepare", str(audio), "--out", str(out), "--jobs", "1", "--valid", "0"]
    begin = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "spectrotools", *command], stdout=subprocess.DEVNULL
    )
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, _peak_mib(process.pid))
        time.sleep(0.05)
    if process.returncode:
        raise SystemExit(f"spectrotools {' '.join(command)} ended with {process.returncode}.")
    return time.perf_counter() - begin, peak


def _peak_mib(process: int) -> float:
    """Most memory it ever had; 0 once it has ended, and has none."""
    text = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return max((int(kb) / 1024 for kb in re.findall(r"VmHWM:\s*(\d+)", text)), default=0.0)


def _preparing(folder: Path) -> Iterator[str]:
    lines = [
        "### Prepare recordings of 44.1 kHz, one process",
        "",
        f"The start of the program is in it. For {HOURS} hours: of so much time at that speed. ",
        "",
        f"| recordings | s | x real time | peak MiB | data GB | {HOURS} h take h | and GB |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for files, seconds in SETS:
        audio, out = folder / f"audio-{files}-{seconds}", folder / f"data-{files}-{seconds}"
        audio.mkdir()
        _record(audio, files, seconds)
        spent, peak = _prepare(audio, out)
        size = sum(path.stat().st_size for path in out.iterdir()) / 1e9
        speed, share = files * seconds / spent, HOURS * 3600 / (files * seconds)
        lines.append(
            f"| {files} x {seconds} s | {spent:.1f} | {speed:.1f} | {peak:.0f} | {size:.2f} "
            f"| {HOURS / speed:.1f} | {size * share:.0f} |"
        )
    yield "\n".join(lines) + "\n"


def _reading(folder: Path) -> Iterator[str]:
    files, seconds = SETS[2]
    path = folder / f"data-{files}-{seconds}"
    shards = st.data.Shards(path)
    layout = {
        name: tf.io.FixedLenFeature([size], tf.float32) for name, size in shards.sizes.items()
    }
    names = sorted(str(name) for name in path.glob("*.tfrecord"))
    plain = tf.data.TFRecordDataset(names).repeat()
    plain = plain.map(lambda r: tf.io.parse_single_example(r, layout), tf.data.AUTOTUNE)
    datasets = {
        "Shards, shuffled": shards.dataset(16, seed=0),
        "Shards, in order": shards.dataset(16),
        "TFRecordDataset, in order": plain.batch(16).prefetch(2),
    }
    cases = [Case(name, _reader(dataset)) for name, dataset in datasets.items()]
    note = f"{len(shards)} examples, from the system's cache. A shuffle is one of all of them."
    yield compare(f"Read {READ} examples of 4 s in batches of 16", cases, READ * 4.0, 3, note)


def _reader(dataset: tf.data.Dataset) -> Callable[[], object]:
    batches = iter(dataset)
    return lambda: [next(batches)["audio"] for _ in range(READ // 16)]


def tables() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as name:
        yield from _preparing(Path(name))
        yield from _reading(Path(name))
