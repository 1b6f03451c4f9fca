"""Amplitudes of harmonics beside least squares, frame by frame in NumPy and at once in TensorFlow.

``python -m benchmarks harmonic_analysis`` prints the table.
"""

import functools
import os
from collections.abc import Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

import spectrotools as st

from .harness import Case, compare, error_db, modes
from .plain import FRAMES, GRID, HOP, RATE, SAMPLES, SECONDS, TURN, exact_turns

HARMONICS, FMIN, PERIODS = 20, 60.0, 4.0
REACH = int(np.ceil(PERIODS / 2 * RATE / FMIN))


def _sound() -> tuple[np.ndarray, ...]:
    """A fundamental that swings, harmonics that do not, and their sound."""
    f0_hz = np.float32(100 + 35 * np.sin(TURN * np.arange(FRAMES) / 250))
    rng = np.random.default_rng(0)
    true = rng.standard_normal(HARMONICS) + 1j * rng.standard_normal(HARMONICS)
    turns = exact_turns(f0_hz).ravel()
    k = np.arange(1, HARMONICS + 1)
    sound = np.imag(np.exp(1j * TURN * turns[:, None] * k) @ true)
    return sound.astype(np.float32), f0_hz, turns, np.tile(true, (FRAMES, 1))


def _frame_by_frame(audio: np.ndarray, f0_hz: np.ndarray, turns: np.ndarray) -> np.ndarray:
    """numpy.linalg.lstsq of every window, float64."""
    k, result = np.arange(1, HARMONICS + 1), np.zeros([FRAMES, HARMONICS], np.complex128)
    for frame, f0 in enumerate(f0_hz):
        half = max(PERIODS / 2 * RATE / f0, HOP)
        begin, end = max(0, int(frame * HOP - half) + 1), int(np.ceil(frame * HOP + half))
        time = np.arange(begin, min(end, SAMPLES))
        root = np.cos(np.pi / 2 * (time - frame * HOP) / half)
        angles = TURN * turns[time, None] * k
        basis = np.concatenate([np.ones([len(time), 1]), np.sin(angles), np.cos(angles)], axis=1)
        found = np.linalg.lstsq(root[:, None] * basis, root * audio[time])[0]
        result[frame] = found[1 : HARMONICS + 1] + 1j * found[HARMONICS + 1 :]
    return result


def _at_once(audio: tf.Tensor, f0_hz: tf.Tensor, turns: tf.Tensor) -> tf.Tensor:
    """The best plain TensorFlow: windows of one length, and normal equations by Cholesky."""
    offsets = tf.range(-REACH, REACH + 1)
    places = tf.range(FRAMES)[:, None] * HOP + offsets
    inside = (places >= 0) & (places < SAMPLES)
    places = tf.clip_by_value(places, 0, SAMPLES - 1)
    halves = tf.maximum(PERIODS / 2 * RATE / f0_hz, float(HOP))[:, None]
    away = tf.cast(offsets, tf.float32) / halves
    weights = tf.where(inside & (tf.abs(away) < 1), tf.cos(np.pi / 2 * away) ** 2, 0.0)
    turned = tf.gather(turns, places)[..., None] * tf.range(1.0, HARMONICS + 1)
    angles = (turned - tf.round(turned)) * TURN
    basis = tf.concat([tf.ones_like(angles[..., :1]), tf.sin(angles), tf.cos(angles)], axis=-1)
    heard = basis * weights[..., None]
    right = tf.matmul(heard, tf.gather(audio, places)[..., None], transpose_a=True)
    factor = tf.linalg.cholesky(tf.matmul(heard, basis, transpose_a=True))
    found = tf.linalg.cholesky_solve(factor, right)[..., 0]
    return tf.complex(found[:, 1 : HARMONICS + 1], found[:, HARMONICS + 1 :])


def tables() -> Iterator[str]:
    """One clip, and the error of the amplitudes that it was made of."""
    audio, f0_hz, turns, true = _sound()
    given = tf.constant(audio), tf.constant(f0_hz)
    ours = functools.partial(st.harmonic_amplitudes, n_harmonics=HARMONICS, fmin=FMIN, **GRID)
    calls = modes("spectrotools", ours, *given)
    calls |= modes("plain TensorFlow", _at_once, *given, tf.constant(np.float32(turns)))
    calls["numpy.linalg.lstsq, frame by frame"] = lambda: _frame_by_frame(audio, f0_hz, turns)
    error = functools.partial(error_db, reference=true)
    cases = [Case(name, call, error) for name, call in calls.items()]
    note = (
        "The reference is the amplitudes that the sound was made of; our ridge takes some 2e-5 "
        "off each. The peers are given the phase, which ours works out."
    )
    title = f"Amplitudes of {HARMONICS} harmonics, 1 x {SAMPLES} samples, {FRAMES} frames"
    yield compare(title, cases, SECONDS, rounds=2, note=note)
