"""Exported instruments and transforms on one core: how fast, how late, how large.

``python -m benchmarks export`` prints the tables. Each case runs in a process of its own, for
TensorFlow is told of its threads once.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

SIZES, BLOCKS = ("tiny", "solo"), (1, 4, 16, 64)
SECONDS, FRAME_RATE, BURN_IN, CALLS = 4, 250, 5, 60
SAMPLES = 16000  # of a sound that is transformed


def _frames(count: int) -> dict[str, np.ndarray]:
    given = {"f0_hz": np.full([1, count], 220.0), "loudness_db": np.full([1, count], -20.0)}
    return {name: value.astype(np.float32) for name, value in given.items()}


def _clip(path: str, frames: int) -> Callable[[], object]:
    """A call of a SavedModel of whole clips."""
    import tensorflow as tf

    play = tf.saved_model.load(path).signatures["serving_default"]
    given = {name: tf.constant(value) for name, value in _frames(frames).items()}
    return lambda: play(**given)["audio"].numpy()


def _stream(path: str, frames: int) -> Callable[[], object]:
    """A step of a stream, which goes on from call to call."""
    import tensorflow as tf

    signatures = tf.saved_model.load(path).signatures
    kept = signatures["initial_state"](seed=tf.constant([0, 0]))
    given = {name: tf.constant(value) for name, value in _frames(frames).items()}

    def step() -> object:
        nonlocal kept
        kept = signatures["step"](**given, **kept)
        return kept.pop("audio").numpy()

    return step


def _lite(path: str, frames: int) -> Callable[[], object]:
    """A step of a TensorFlow Lite model, which goes on too."""
    import tensorflow as tf

    facts = json.loads(pathlib.Path(f"{path}.json").read_text())
    step = tf.lite.Interpreter(path, num_threads=1).get_signature_runner("step")
    kept = {name: np.zeros(e["shape"], e["dtype"]) for name, e in facts["state"].items()}

    def call() -> object:
        nonlocal kept
        kept = step(**_frames(frames), frames=np.int32(frames), **kept)
        return kept.pop("audio")

    return call


def _forward(path: str, length: int) -> Callable[[], object]:
    """An analysis by TensorFlow Lite."""
    import tensorflow as tf

    analyse = tf.lite.Interpreter(path, num_threads=1).get_signature_runner("forward")
    audio = np.random.default_rng(0).normal(size=[1, length]).astype(np.float32)
    return lambda: analyse(audio=audio)


PLAYERS = {"saved_model": _clip, "stream": _stream, "tflite": _lite, "forward": _forward}


def _write_transforms(folder: pathlib.Path) -> None:
    import spectrotools as st
    from spectrotools.export.transforms import export_transform

    transforms = {
        "STFT 512-128": st.STFT(n_fft=512, hop_length=128),
        "STFT 400-100": st.STFT(n_fft=400, hop_length=100),
        "LogMel hifigan": st.LogMel.preset("hifigan"),
        "MagnitudeIF 512-128": st.MagnitudeIF(st.STFT(n_fft=512, hop_length=128)),
    }
    for name, transform in transforms.items():
        export_transform(transform, folder / name, format="tflite", length=SAMPLES)


def _write(name: str, folder: pathlib.Path) -> None:
    """All the models of a size."""
    import tensorflow as tf

    import spectrotools as st
    from spectrotools.export.exporting import export

    model = st.models.Autoencoder.preset(name)
    model({part: tf.constant(value) for part, value in _frames(2).items()})
    for kind in ("saved_model", "stream"):
        export(model, folder / kind, format=kind)
    for block in BLOCKS:
        export(model, folder / f"tflite-{block}", format="tflite", block=block)


def _measure(kind: str, path: str, frames: int) -> None:
    """Print the median seconds of a call, on one core."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    call, seconds = PLAYERS[kind](path, frames), []
    for number in range(BURN_IN + CALLS):
        start = time.perf_counter()
        call()
        if number >= BURN_IN:
            seconds.append(time.perf_counter() - start)
    print(statistics.median(seconds))


def _in_a_process(*arguments: object) -> str:
    command = [sys.executable, "-W", "ignore", "-m", __name__, *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.split()[-1] if done.stdout else ""


def _mib(path: pathlib.Path) -> float:
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    return sum(file.stat().st_size for file in files) / 2**20


def _row(kind: str, path: pathlib.Path, frames: int) -> str:
    seconds = float(_in_a_process("measure", kind, path, frames))
    sound = frames / FRAME_RATE
    # A block is full when it has come, is computed, and is a hop late; a clip comes whole.
    late = "" if kind == "saved_model" else f"{1e3 * (sound + seconds + 1 / FRAME_RATE):.1f}"
    return (
        f"| {kind}, {frames} frames | {1e3 * seconds:.2f} | {seconds / sound:.3f} | {late} "
        f"| {_mib(path):.1f} |"
    )


def tables() -> Iterator[str]:
    for name in SIZES:
        with tempfile.TemporaryDirectory() as temporary:
            folder = pathlib.Path(temporary)
            _in_a_process("write", name, folder)
            cases = [("saved_model", folder / "saved_model", SECONDS * FRAME_RATE)]
            cases += [("stream", folder / "stream", block) for block in BLOCKS]
            cases += [("tflite", folder / f"tflite-{block}", block) for block in BLOCKS]
            rows = [_row(*case) for case in cases]
        lines = [
            f"### The {name} autoencoder exported, at 16 kHz and {FRAME_RATE} frames a second",
            "",
            "One core. Median of a call; the part of real time that it takes; the latency: a "
            "block has to come, to be computed, and is a hop late.",
            "",
            "| case | median ms | of real time | latency ms | MiB |",
            "|---|---:|---:|---:|---:|",
        ]
        yield "\n".join([*lines, *rows, ""])
    yield _transforms_table()


def _transforms_table() -> str:
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        _in_a_process("transforms", folder)
        rows = [_transform_row(path.with_suffix("")) for path in sorted(folder.glob("*.json"))]
    lines = [
        f"### Transforms by TensorFlow Lite, of {SAMPLES} samples",
        "",
        "One core, the way there. A frame of 400 samples is transformed by matrices.",
        "",
        "| transform | median ms | frames a second | MiB |",
        "|---|---:|---:|---:|",
    ]
    return "\n".join([*lines, *rows, ""])


def _transform_row(path: pathlib.Path) -> str:
    seconds = float(_in_a_process("measure", "forward", path, SAMPLES))
    facts = json.loads(path.with_name(f"{path.name}.json").read_text())
    frames = next(iter(facts["signatures"]["forward"]["outputs"].values()))[1]
    return f"| {path.name} | {1e3 * seconds:.2f} | {frames / seconds:.0f} | {_mib(path):.2f} |"


if __name__ == "__main__":
    if sys.argv[1] == "write":
        _write(sys.argv[2], pathlib.Path(sys.argv[3]))
    elif sys.argv[1] == "transforms":
        _write_transforms(pathlib.Path(sys.argv[2]))
    else:
        _measure(sys.argv[2], sys.argv[3], int(sys.argv[4]))
