"""YIN, pYIN and Viterbi beside librosa's: speed, agreement, and notes of sampled instruments.

``python -m benchmarks pitch`` prints the tables.
"""

import argparse
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import librosa
import numpy as np
import soundfile
import tensorflow as tf

import spectrotools as st
from spectrotools.data import recordings

from .harness import Case, compare, modes, peak_memory, print_peak
from .instruments import FLUIDSYNTH, NAMES, RATE, SOUND_FONT, accuracy, played

BATCH, HOP, FRAME = 8, 512, 2048
RANGE = {"fmin": 65.0, "fmax": 2093.0}
GRID = {"hop_length": HOP, "frame_length": FRAME, **RANGE}
INSTRUMENTS = {"fmin": 32.0, "fmax": 2500.0, "hop_length": 480}
LONG = 600  # seconds


def _recording(path: Path) -> tuple[np.ndarray, int]:
    audio, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return np.ascontiguousarray(audio[:, 0]), rate


def _speech() -> tuple[np.ndarray, int]:
    return _recording(next(path for path in recordings.bundled() if path.stem == "speech"))


def _trackers() -> Iterator[str]:
    """The same settings for all, and what is called without any."""
    speech, rate = _speech()
    for name, op, peer in (("YIN", st.yin, librosa.yin), ("pYIN", st.pyin, librosa.pyin)):
        for clips in (1, BATCH):
            audio = np.tile(speech, (clips, 1)) if clips > 1 else speech
            given = {"sample_rate": rate, **GRID}
            calls: dict[str, Callable] = modes(
                f"{name} as librosa's",
                lambda x, op=op, given=given: op(x, convention="librosa", **given),
                tf.constant(audio),
            )
            calls |= modes(name, lambda x, op=op, given=given: op(x, **given), tf.constant(audio))
            calls[f"librosa.{peer.__name__}"] = lambda audio=audio, peer=peer: peer(
                audio, sr=rate, **GRID
            )
            cases = [Case(label, call) for label, call in calls.items()]
            title = f"{name} of {clips} x {len(speech)} samples of speech at {rate} Hz"
            yield compare(title, cases, clips * len(speech) / rate, rounds=3)


def _paths() -> Iterator[str]:
    """A path through as many states as pYIN has, by a band as wide."""
    states, width, frames = 1202, 203, 500
    matrix = librosa.sequence.transition_local(states, width)
    seen = np.random.default_rng(0).dirichlet(np.ones(states), frames)
    place = np.arange(states)[:, None] + np.arange(width) - width // 2
    inside = (place >= 0) & (place < states)
    steps = np.take_along_axis(matrix, np.clip(place, 0, states - 1), axis=1)
    with np.errstate(divide="ignore"):
        steps = np.log(np.where(inside, steps, 0.0)).astype(np.float32)
    given = tf.constant(np.log(seen), tf.float32), tf.constant(steps)
    expected = librosa.sequence.viterbi(seen.T, matrix)
    assert np.array_equal(st.viterbi(*given), expected)
    calls = modes("viterbi", st.viterbi, *given)
    calls["librosa.sequence.viterbi"] = lambda: librosa.sequence.viterbi(seen.T, matrix)
    cases = [Case(label, call) for label, call in calls.items()]
    note = "The paths are equal. Times of real time are those of frames at 43 Hz."
    title = f"Viterbi, {frames} frames of {states} states, band of {width}"
    yield compare(title, cases, frames * HOP / 22050, rounds=3, note=note)


def _agreement() -> Iterator[str]:
    """How many frames of the recordings are as librosa hears them."""
    lines = [
        "### pYIN of the bundled recordings in float32 and librosa's of the same in float64",
        "",
        "| recording | frames | voiced | voiced alike | within 5 cents | yin within 1 cent |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for path in recordings.bundled():
        audio, rate = _recording(path)
        precise = audio.astype(np.float64)
        f0_hz, voiced, _ = librosa.pyin(precise, sr=rate, fill_na=None, **GRID)
        track = st.pyin(audio, sample_rate=rate, convention="librosa", **GRID)
        each = st.yin(audio, sample_rate=rate, convention="librosa", **GRID)
        near = np.abs(1200 * np.log2(track.f0_hz / f0_hz))[voiced] < 5
        first = np.abs(1200 * np.log2(each.f0_hz / librosa.yin(precise, sr=rate, **GRID))) < 1
        alike = np.mean(track.voiced == voiced)
        shares = (np.mean(voiced), alike, np.mean(near), np.mean(first))
        columns = " | ".join(f"{100 * share:.1f} %" for share in shares)
        lines.append(f"| {path.stem} | {len(f0_hz)} | {columns} |")
    yield "\n".join([*lines, ""])


def _instruments() -> Iterator[str]:
    """Frames of notes that FluidSynth plays."""
    if FLUIDSYNTH is None or not SOUND_FONT.exists():
        return
    lines = [
        "### Pitch of sampled instruments: right within 50 cents, and an octave off",
        "",
        "Notes of FluidR3_GM, by FluidSynth; librosa's frames are of 2048 samples.",
        "",
        "| instrument | pyin | octave | yin | octave | librosa.pyin | octave |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name in NAMES:
            audio = played(name, Path(folder))
            f0_hz, voiced, sure = librosa.pyin(audio, sr=RATE, fill_na=None, **INSTRUMENTS)
            tracks = [op(audio, sample_rate=RATE, **INSTRUMENTS) for op in (st.pyin, st.yin)]
            tracks.append(st.PitchTrack(f0_hz, voiced, sure))
            found = [accuracy(audio, name, track, INSTRUMENTS["hop_length"]) for track in tracks]
            rows.append(np.ravel([shares[:2] for shares in found]))
            lines.append(_row(name, rows[-1]))
    yield "\n".join([*lines, _row("mean", np.mean(rows, axis=0)), ""])


def _row(name: str, shares: np.ndarray) -> str:
    return f"| {name} | " + " | ".join(f"{100 * share:.1f} %" for share in shares) + " |"


def _memory_calls() -> dict[str, Callable[[], object]]:
    speech, rate = _speech()
    audio = np.resize(speech, LONG * rate)
    sound = tf.constant(audio)
    return {
        "spectrotools.pyin": lambda: st.pyin(sound, sample_rate=rate, **GRID),
        "librosa.pyin": lambda: librosa.pyin(audio, sr=rate, **GRID),
    }


def _memory() -> Iterator[str]:
    lines = [
        f"### Peak memory of pYIN, {LONG} seconds at 22050 Hz",
        "",
        "| case | MiB over the input |",
        "|---|---:|",
    ]
    for name in _memory_calls():
        lines.append(f"| {name} | {peak_memory('benchmarks.pitch', name):.0f} |")
    yield "\n".join([*lines, ""])


def tables() -> Iterator[str]:
    """Speed, agreement, accuracy, memory."""
    yield from _trackers()
    yield from _paths()
    yield from _agreement()
    yield from _instruments()
    yield from _memory()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--peak", required=True)
    print_peak(_memory_calls()[parser.parse_args().peak])
