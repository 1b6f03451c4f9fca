"""Inputs that entries are called with, and how calls make their arguments of one tensor."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

import spectrotools as st

SAMPLE_RATE = 16000


def noise(rng: np.random.Generator, shape: tuple[int, ...], dtype: type) -> np.ndarray:
    return rng.uniform(-1.0, 1.0, shape).astype(dtype)


def spectra(rng: np.random.Generator, shape: tuple[int, ...], dtype: type) -> np.ndarray:
    """Coefficients of noise of the given shape by the STFT that the istft entry undoes."""
    return st.stft(noise(rng, shape, dtype), n_fft=64).numpy()


def complex_noise(rng: np.random.Generator, shape: tuple[int, ...], dtype: type) -> np.ndarray:
    return noise(rng, shape, dtype) + 1j * noise(rng, shape, dtype)


def contradictory(rng: np.random.Generator, shape: tuple[int, ...], dtype: type) -> np.ndarray:
    """Coefficients like those of ``spectra``, of no sound."""
    return complex_noise(rng, (*shape[:-1], -(-shape[-1] // 16) + 1, 33), dtype)


def magnitudes(rng: np.random.Generator, shape: tuple[int, ...], dtype: type) -> np.ndarray:
    """Magnitudes of such coefficients."""
    return np.abs(spectra(rng, shape, dtype))


def phases(rng: np.random.Generator, shape: tuple[int, ...], dtype: type) -> np.ndarray:
    """Phases of as many frames, radians, far from where one wraps."""
    return rng.uniform(-1.0, 1.0, (*shape[:-1], shape[-1] // 16 + 1, 33)).astype(dtype)


def pitches(rng: np.random.Generator, shape: tuple[int, ...], dtype: type) -> np.ndarray:
    """Positive numbers of two octaves: Hz of a slow tremor, or tenths of seconds."""
    return rng.uniform(1.0, 4.0, shape).astype(dtype)


def constant_q(rng: np.random.Generator, shape: tuple[int, ...], dtype: type) -> np.ndarray:
    """Coefficients such as the icqt entry takes, of no signal: nowhere is the sound silent."""
    cqt = st.CQT(sample_rate=SAMPLE_RATE, fmin=500.0)
    size = cqt.num_frames(shape[-1]), len(cqt.frequencies)
    return complex_noise(rng, (*shape[:-1], *size), dtype)


def controls(rng: np.random.Generator, shape: tuple[int, ...], dtype: type) -> np.ndarray:
    """What drives a synthesiser, a value at each frame: see ``_oscillators``."""
    return noise(rng, shape, dtype)


def codes(low: int, high: int, dtype: type) -> Callable[..., np.ndarray]:
    return lambda rng, shape, _: rng.integers(low, high + 1, shape).astype(dtype)


def flat(part: tf.Tensor) -> tf.Tensor:
    shape = tf.shape(part)
    return tf.reshape(part, tf.concat([shape[:-2], [shape[-2] * shape[-1]]], axis=0))


def around(controls: tf.Tensor, middle: float, width: float) -> tf.Tensor:
    """Values that differ a little, of controls in [-1, 1], and are not rounded to half."""
    controls = tf.convert_to_tensor(controls)
    if not controls.dtype.is_floating:
        return controls
    half = controls.dtype in (tf.float16, tf.bfloat16)
    return middle + width * tf.cast(controls, tf.float32 if half else controls.dtype)


def times(controls: tf.Tensor, values: tuple[float, ...]) -> tf.Tensor:
    """Multiples of controls, by powers of 2, which no dtype rounds."""
    controls = tf.convert_to_tensor(controls)
    return controls[..., None] * tf.cast(tf.constant(values), controls.dtype)
