"""Chirps and sweeps beside SciPy, damped sinusoids beside their formula.

``python -m benchmarks signals`` prints the tables.
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

RATE, SECONDS, START, END = 48000, 60, 20.0, 20000.0
LENGTH = RATE * SECONDS
BATCH, POLES, POLE_LENGTH = 16, 50, 16000


def _chirp(method: str) -> np.ndarray:
    time = np.arange(LENGTH) / RATE
    return scipy.signal.chirp(time, START, SECONDS, END, method=method, phi=-90)


def _sweep() -> np.ndarray:
    """Farina's sweep and its inverse in NumPy, with the fades that ours has."""
    octaves = np.log2(END / START)
    place = octaves * np.arange(LENGTH) / LENGTH
    fade_in, fade_out = np.clip(place, 0, 1), np.clip((octaves - place) * 12, 0, 1)
    fades = (np.sin(np.pi / 2 * fade_in) * np.sin(np.pi / 2 * fade_out)) ** 2
    sweep = _chirp("logarithmic") * fades
    gain = 4 * np.log(END / START) / (SECONDS * RATE**2) * START * 2**place
    return np.stack([sweep, (gain * sweep)[::-1]])


def _error(result: object, expected: np.ndarray) -> float:
    """That of sweep and inverse is each relative to its own peak."""
    pairs = zip(np.asarray(result), expected, strict=True)
    return max(error_db(part, reference) for part, reference in pairs)


def _chirps() -> Iterator[str]:
    """Both chirps, and the sweep with its inverse."""
    ends = tf.constant(START), tf.constant(END)
    grid = {"sample_rate": RATE, "length": LENGTH}
    size = f"{SECONDS} s at {RATE // 1000} kHz"
    for method, peer in (("linear", "linear"), ("exponential", "logarithmic")):
        ours = functools.partial(st.chirp, method=method, **grid)
        expected = _chirp(peer)
        error = functools.partial(error_db, reference=expected)
        calls: dict[str, Callable] = modes("spectrotools", ours, *ends)
        calls["scipy.signal.chirp, float64"] = functools.partial(_chirp, peer)
        cases = [Case(name, call, error) for name, call in calls.items()]
        yield compare(f"Chirp, {method}, {size}", cases, SECONDS, rounds=3)
    ours = functools.partial(st.exponential_sweep, **grid)
    calls = modes("spectrotools", ours, *ends)
    calls["scipy.signal.chirp and NumPy, float64"] = _sweep
    error = functools.partial(_error, expected=_sweep())
    cases = [Case(name, call, error) for name, call in calls.items()]
    title = f"Exponential sweep and its inverse, {size}"
    note = "The error is the larger of those of the two, each relative to its peak."
    yield compare(title, cases, SECONDS, rounds=3, note=note)


def _plain(poles: tf.Tensor, amplitudes: tf.Tensor) -> tf.Tensor:
    """Plain TensorFlow, without the powers: decays, times cosines."""
    time = tf.range(POLE_LENGTH, dtype=tf.float32)
    angles = tf.math.angle(poles)[..., None] * time + tf.math.angle(amplitudes)[..., None]
    decays = tf.exp(tf.math.log(tf.abs(poles))[..., None] * time)
    return tf.einsum("bk,bkt->bt", tf.abs(amplitudes), decays * tf.cos(angles))


def _powers(poles: tf.Tensor, amplitudes: tf.Tensor) -> tf.Tensor:
    """What one writes: the real part of a sum of powers."""
    time = tf.cast(tf.range(POLE_LENGTH), poles.dtype)
    return tf.math.real(tf.einsum("bk,bkt->bt", amplitudes, poles[..., None] ** time))


def _exact(poles: np.ndarray, amplitudes: np.ndarray) -> np.ndarray:
    time = np.arange(POLE_LENGTH)
    logs = np.log(poles.astype(np.complex128))
    items = zip(logs, amplitudes.astype(np.complex128), strict=True)
    return np.stack([(height @ np.exp(log[:, None] * time)).real for log, height in items])


def _with_gradient(function: Callable) -> Callable:
    def both(*given: tf.Tensor) -> tuple:
        with tf.GradientTape() as tape:
            tape.watch(given)
            sound = function(*given)
        return sound, tape.gradient(sound, given)

    return both


def _damped() -> Iterator[str]:
    """Poles a little inside the circle, forward and with the gradient by poles and amplitudes."""
    rng = np.random.default_rng(0)
    radii, angles = rng.uniform(0.999, 0.9999, (BATCH, POLES)), rng.uniform(0, 3, (BATCH, POLES))
    poles = (radii * np.exp(1j * angles)).astype(np.complex64)
    amplitudes = rng.standard_normal((BATCH, POLES)) + 1j * rng.standard_normal((BATCH, POLES))
    given = poles, amplitudes.astype(np.complex64)
    tensors, expected = [tf.constant(part) for part in given], _exact(*given)
    ours = functools.partial(st.damped_sinusoids, length=POLE_LENGTH)
    for step, wrap, error in (
        ("forward", lambda function: function, functools.partial(error_db, reference=expected)),
        ("forward and gradients", _with_gradient, None),
    ):
        calls: dict[str, Callable] = modes("spectrotools", wrap(ours), *tensors)
        for name, function in (("powers", _powers), ("decays times cosines", _plain)):
            peer = modes(f"{name}, TensorFlow", wrap(function), *tensors)
            calls |= {mode: call for mode, call in peer.items() if "eager" not in mode}
        cases = [Case(name, call, error) for name, call in calls.items()]
        title = f"{POLES} damped sinusoids, {BATCH} x {POLE_LENGTH} samples, {step}"
        yield compare(title, cases, BATCH * POLE_LENGTH / 16000, rounds=3)


def tables() -> Iterator[str]:
    """Chirps, sweeps and damped sinusoids."""
    yield from _chirps()
    yield from _damped()
