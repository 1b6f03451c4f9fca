"""Phases beside cumulative sums, and how well in tune harmonics are after ten minutes.

``python -m benchmarks oscillator_phase`` prints the tables.
"""

import functools
import os
from collections.abc import Callable, Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

import spectrotools as st

from .harness import Case, compare, modes
from .plain import BATCH, FRAMES, HOP, RATE, TURN, exact_turns, summed_turns

LONG_FRAMES, LONG_HOP, LONG_RATE = 60000, 160, 16000


def _middles(f0_hz: tf.Tensor, hop: int) -> tf.Tensor:
    """The frequency between every sample and the next, whose sum is the integral of lines."""
    ends = tf.concat([f0_hz, f0_hz[:, -1:]], axis=1)
    middle = tf.constant((np.arange(hop) + 0.5) / hop, f0_hz.dtype)
    along = ends[:, :-1, None] * (1 - middle) + ends[:, 1:, None] * middle
    return tf.reshape(along, [f0_hz.shape[0], -1])


def _summed(f0_hz: tf.Tensor, hop: int, rate: int) -> tf.Tensor:
    """What one writes in TensorFlow: radians, summed."""
    return tf.cumsum(_middles(f0_hz, hop) * (TURN / rate), axis=1, exclusive=True)


def _error(result: object, turns: np.ndarray) -> float:
    """The largest difference around the circle, relative to the peak, which is pi."""
    off = np.asarray(result) / TURN - turns
    return float(20 * np.log10(2 * np.max(np.abs(off - np.round(off)))))


def _phases(title: str, f0_hz: np.ndarray, hop: int, rate: int, rounds: int) -> str:
    """A phase at every sample, of frequencies that glide."""
    expected = exact_turns(f0_hz, hop, rate).reshape(len(f0_hz), -1)
    tensor = tf.constant(f0_hz)
    ours = functools.partial(st.oscillator_phase, sample_rate=rate, hop_length=hop)
    calls: dict[str, Callable] = modes("spectrotools", ours, tensor)
    peer = modes("tf.cumsum, float32", lambda f0: _summed(f0, hop, rate), tensor)
    calls |= {mode: call for mode, call in peer.items() if "XLA" not in mode}
    calls["NumPy cumsum, float64"] = lambda: summed_turns(f0_hz, hop, rate) * TURN
    error = functools.partial(_error, turns=expected)
    cases = [Case(name, call, error) for name, call in calls.items()]
    note = "The error is that around the circle: of pi, its peak."
    return compare(title, cases, f0_hz.size * hop / rate, rounds, note)


def _in_tune() -> str:
    """The worst of all harmonics of a steady tone in the last 80 ms of ten minutes."""
    lines = [
        "### Error of the worst harmonic after ten minutes, float32, dB of its power",
        "",
        "| sample rate | f0 | spectrotools | DDSP's cumulative sum |",
        "|---:|---:|---:|---:|",
    ]
    for rate in (16000, 48000):
        hop, last = rate // 100, 8
        frames = 60000
        for f0 in np.float32([71.3, 440.0, 441.7]):
            silent = np.zeros(frames - last, np.float32)
            grid = {"sample_rate": rate, "hop_length": hop}
            f0_hz = np.full_like(silent, f0)
            _, phase = st.harmonic_synthesis(
                f0_hz, silent, silent[:, None], return_phase=True, **grid
            )
            count = min(100, int(np.ceil(rate / 2 / f0)) - 1)
            each = np.eye(count, dtype=np.float32)[:, None].repeat(last, axis=1)
            f0_hz = np.full((count, last), f0)
            sound = st.harmonic_synthesis(
                f0_hz, np.ones_like(f0_hz), each, initial_phase=tf.fill([count], phase), **grid
            ).numpy()
            numerator, denominator = float(f0).as_integer_ratio()
            base = denominator * rate
            start = (frames - last) * hop
            steps = [numerator * t % base for t in range(start, start + last * hop)]
            sums = tf.cumsum(tf.fill([frames * hop], f0 * np.float32(TURN / rate)), exclusive=True)
            ends = np.asarray(sums[start:]), []
            worst = []
            for k in range(1, count + 1):
                expected = np.sin(TURN * np.array([k * step % base / base for step in steps]))
                drifted = np.sin(np.float32(k) * ends[0])
                worst.append(
                    [
                        10 * np.log10(np.mean((wave - expected) ** 2) / np.mean(expected**2))
                        for wave in (sound[k - 1], drifted)
                    ]
                )
            ours_db, ddsp_db = np.max(worst, axis=0)
            lines.append(f"| {rate} | {f0:.1f} | {ours_db:.0f} | {ddsp_db:.0f} |")
    return "\n".join([*lines, ""])


def tables() -> Iterator[str]:
    """Phases of a batch and of ten minutes, and what becomes of harmonics after these."""
    rng = np.random.default_rng(0)
    short = rng.uniform(60.0, 140.0, (BATCH, FRAMES)).astype(np.float32)
    long = rng.uniform(400.0, 480.0, (1, LONG_FRAMES)).astype(np.float32)
    yield _phases(f"Phase, {BATCH} x {FRAMES * HOP} samples", short, HOP, RATE, 9)
    title = f"Phase, ten minutes, 1 x {LONG_FRAMES * LONG_HOP} samples"
    yield _phases(title, long, LONG_HOP, LONG_RATE, 3)
    yield _in_tune()
