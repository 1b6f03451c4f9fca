"""What modulates: phases moved by phases, and slow oscillations, beside their plain forms.

``python -m benchmarks modulation`` prints the tables.
"""

import functools
import os
from collections.abc import Callable, Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import scipy.signal
import tensorflow as tf

import spectrotools as st

from .harness import Case, compare, error_db, modes
from .plain import (
    BATCH,
    FADE,
    FRAMES,
    GRID,
    SAMPLES,
    SECONDS,
    TURN,
    between,
    exact_turns,
    summed_turns,
    turns,
    wave,
    with_gradient,
)

RATIOS = np.float32([1.4, 2.0])


def _fm(f0_hz, amplitudes, ratios, indices) -> tf.Tensor:
    return st.fm_synthesis(f0_hz, amplitudes, ratios, indices, **GRID)


def _fm_summed(f0_hz, amplitudes, ratios, indices) -> tf.Tensor:
    """Plain TensorFlow as one writes it: phases are cumulative sums of what is between samples."""
    steps = between(f0_hz) * (TURN / GRID["sample_rate"])
    middles = (steps + tf.concat([steps[:, 1:], steps[:, -1:]], axis=1)) / 2
    phase = tf.cumsum(middles, axis=1, exclusive=True)
    depths = between(indices, FADE)
    inner = depths[..., 1] * tf.sin(phase * ratios[1])
    outer = depths[..., 0] * tf.sin(phase * ratios[0] + inner)
    return between(amplitudes, FADE) * tf.sin(phase + outer)


def _fm_wrapped(f0_hz, amplitudes, ratios, indices) -> tf.Tensor:
    """The best plain TensorFlow: every phase in closed form within its frame, and wrapped."""

    def phase(ratio):
        return tf.reshape(turns(f0_hz * ratio) % 1.0, [f0_hz.shape[0], -1]) * TURN

    depths = between(indices, FADE)
    inner = depths[..., 1] * tf.sin(phase(ratios[1]))
    outer = depths[..., 0] * tf.sin(phase(ratios[0]) + inner)
    return between(amplitudes, FADE) * tf.sin(phase(1.0) + outer)


def _fm_exact(f0_hz, amplitudes, ratios, indices) -> np.ndarray:
    def along(frames):
        ends = np.concatenate([frames, frames[:, -1:]], axis=1).astype(np.float64)[..., None]
        return (ends[:, :-1] * (1 - FADE) + ends[:, 1:] * FADE).reshape(BATCH, -1)

    def phase(ratio):
        return exact_turns(f0_hz * np.float64(ratio)).reshape(BATCH, -1) * TURN

    inner = along(indices[..., 1]) * np.sin(phase(ratios[1]))
    outer = along(indices[..., 0]) * np.sin(phase(ratios[0]) + inner)
    return along(amplitudes) * np.sin(phase(1.0) + outer)


def _frequency_modulation() -> Iterator[str]:
    """A carrier and two modulators, forward and with all gradients."""
    rng = np.random.default_rng(0)
    f0_hz = rng.uniform(60.0, 140.0, (BATCH, FRAMES))
    amplitudes = rng.uniform(0.1, 1.0, (BATCH, FRAMES))
    indices = rng.uniform(0.0, 3.0, (BATCH, FRAMES, 2))
    given = [part.astype(np.float32) for part in (f0_hz, amplitudes, RATIOS, indices)]
    tensors, expected = [tf.constant(part) for part in given], _fm_exact(*given)
    for step, wrap in (
        ("forward", lambda function: function),
        ("forward and all gradients", with_gradient),
    ):
        calls: dict[str, Callable] = modes("spectrotools", wrap(_fm), *tensors)
        for name, function in (("cumulative sum", _fm_summed), ("plain", _fm_wrapped)):
            peer = modes(f"{name}, TensorFlow", wrap(function), *tensors)
            calls |= {mode: call for mode, call in peer.items() if "eager" not in mode}
        cases = [
            Case(name, call, lambda result: error_db(wave(result), expected))
            for name, call in calls.items()
        ]
        title = f"A carrier and two modulators, {BATCH} x {SAMPLES} samples, {step}"
        yield compare(title, cases, BATCH * SECONDS, rounds=5)


def _triangle(rate_hz: tf.Tensor) -> tf.Tensor:
    """The best plain TensorFlow, -1 at the start."""
    return 1 - 2 * tf.abs(2 * (tf.reshape(turns(rate_hz), [BATCH, -1]) % 1.0) - 1)


def _sine(rate_hz: tf.Tensor) -> tf.Tensor:
    return tf.sin(tf.reshape(turns(rate_hz) % 1.0, [BATCH, -1]) * TURN)


def _slow() -> Iterator[str]:
    """A sine, which is the default, and a triangle."""
    rates = np.random.default_rng(0).uniform(0.5, 8.0, (BATCH, FRAMES)).astype(np.float32)
    tensor, radians = tf.constant(rates), TURN * exact_turns(rates).reshape(BATCH, -1)
    for shape, plain, name, peer in (
        ("sine", _sine, "numpy.sin", np.sin),
        ("triangle", _triangle, "scipy.signal.sawtooth", _sawtooth),
    ):
        ours = functools.partial(st.lfo, shape=shape, **GRID)
        calls = modes("spectrotools", ours, tensor)
        calls |= modes("plain TensorFlow", plain, tensor)
        calls[f"{name} of a cumulative sum, float64"] = lambda peer=peer: peer(
            TURN * summed_turns(rates)
        )
        expected = peer(radians)
        cases = [
            Case(mode, call, lambda result, expected=expected: error_db(result, expected))
            for mode, call in calls.items()
        ]
        title = f"A slow {shape}, {BATCH} x {SAMPLES} samples"
        yield compare(title, cases, BATCH * SECONDS)


def _sawtooth(radians: np.ndarray) -> np.ndarray:
    return scipy.signal.sawtooth(radians, 0.5)


def tables() -> Iterator[str]:
    """Frequency modulation, and slow waves."""
    yield from _frequency_modulation()
    yield from _slow()
