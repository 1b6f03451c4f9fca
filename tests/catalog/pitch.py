"""Trackers of pitch, and what they are made of."""

import functools

import numpy as np
import tensorflow as tf

import spectrotools as st

from .entry import Entry
from .inputs import SAMPLE_RATE

RANGE = {"sample_rate": SAMPLE_RATE, "fmin": 400.0, "fmax": 4000.0}


def tones(rng: np.random.Generator, shape: tuple[int, ...], dtype: type) -> np.ndarray:
    """Tones of a few harmonics, in noise too soft to tip a decision."""
    f0_hz = rng.uniform(500.0, 1500.0, (*shape[:-1], 1))
    turns = f0_hz * np.arange(shape[-1]) / SAMPLE_RATE
    sound = sum(np.sin(2 * np.pi * k * turns + k) / k for k in (1, 2, 3))
    return (sound + 1e-3 * rng.standard_normal(shape)).astype(dtype)


def scores(rng: np.random.Generator, shape: tuple[int, ...], dtype: type) -> np.ndarray:
    """Log-likelihoods of 6 states, as many frames as there are samples."""
    return np.log(rng.dirichlet(np.ones(6), shape)).astype(dtype)


def _both(track: st.PitchTrack) -> tf.Tensor:
    """One tensor of a track: kHz and how sure they are, where there is a pitch."""
    heard = tf.cast(track.voiced, track.f0_hz.dtype)
    return tf.concat([track.f0_hz / 1000 * heard, track.probability], axis=-1)


def _pitch() -> list[Entry]:
    xla, entries = frozenset({"xla"}), []
    for op, convention in ((st.yin, None), (st.yin, "librosa"), (st.pyin, None)):
        call = functools.partial(op, hop_length=50, frame_length=160, convention=convention)
        whole = lambda x, call=call: _both(call(x, **RANGE))  # noqa: E731
        label = f"{op.__name__} {convention}" if convention else op.__name__
        entries.append(Entry(label, whole, xla, input=tones, k=4096.0))
    steps = np.log([[0.2, 0.5, 0.3]] * 6)
    decoded = lambda x: st.viterbi(x, steps, log_outside=-7.0)  # noqa: E731
    codes, smooth = frozenset({"xla", "codes"}), frozenset({"differentiable", "xla"})
    heard = functools.partial(st.spectral_f0, hop_length=50, temperature=0.1, **RANGE)
    scaled = lambda x: heard(x) / 4096  # noqa: E731
    return [
        *entries,
        Entry("viterbi", decoded, codes, input=scores),
        Entry("spectral_f0", scaled, smooth, k=512.0),
    ]


ENTRIES = _pitch()
