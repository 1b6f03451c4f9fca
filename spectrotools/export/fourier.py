r"""Fourier transforms of real signals, in real tensors and one operation.

TensorFlow Lite transforms real signals of a power of two, and has no way back. But the way back is
the way there: of :math:`t_k = \mathrm{Re} X_k + \mathrm{Im} X_k` over the whole circle,
:math:`T` being its transform, :math:`N x_n = \mathrm{Re} T_n + \mathrm{Im} T_n`.

What is no power of two is multiplied by the matrices of its cosines and sines.

Bracewell, "Discrete Hartley transform", 1983.
"""

import functools

import numpy as np
import tensorflow as tf

__all__ = [
    "frames_of",
    "has_fast_transform",
    "signal_of",
    "spectra_of",
    "spectrum_of",
    "transform_size",
]


def transform_size(least: int) -> int:
    """The power of two that is at least so many samples."""
    return max(1 << (least - 1).bit_length(), 4)


def spectrum_of(signals: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Real and imaginary parts ``[..., n / 2 + 1]`` of ``[..., n]``, n a power of two."""
    spectrum = tf.signal.rfft(signals)
    return tf.math.real(spectrum), tf.math.imag(spectrum)


def signal_of(real: tf.Tensor, imaginary: tf.Tensor) -> tf.Tensor:
    """The signals ``[..., n]`` that have these spectra; the inverse of :func:`spectrum_of`."""
    half = real.shape[-1] - 1
    turned = tf.reverse((real - imaginary)[..., 1:half], axis=[-1])
    real, imaginary = spectrum_of(tf.concat([real + imaginary, turned], axis=-1))
    turned = tf.reverse((real - imaginary)[..., 1:half], axis=[-1])
    return tf.concat([real + imaginary, turned], axis=-1) * (0.5 / half)


def has_fast_transform(size: int) -> bool:
    """Whether frames of so many samples need no matrix: a power of two, of at least 4."""
    return size == transform_size(size)


def spectra_of(frames: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Real and imaginary parts ``[..., n // 2 + 1]`` of ``[..., n]``, of any n."""
    size = frames.shape[-1]
    if has_fast_transform(size):
        return spectrum_of(frames)
    # A cosine sees the even part of a frame, a sine the odd one: half the work.
    inside, last = (size + 1) // 2, size // 2 + 1
    ahead, mirrored = frames[..., 1:inside], tf.reverse(frames[..., last:], axis=[-1])
    even = tf.concat([frames[..., :1], ahead + mirrored, frames[..., inside:last]], axis=-1)
    cosines, sines = (tf.constant(matrix, frames.dtype) for matrix in _matrices(size))
    return tf.matmul(even, cosines), tf.matmul(mirrored - ahead, sines)


def frames_of(real: tf.Tensor, imaginary: tf.Tensor, size: int) -> tf.Tensor:
    """The frames ``[..., size]`` of these spectra, as ``numpy.fft.irfft`` gives them.

    Of bins that are real, DC and half the rate, the imaginary parts count for nothing.
    """
    counts = _counts(size)
    if has_fast_transform(size):
        return signal_of(real, imaginary * tf.constant(counts == 2, real.dtype))
    weights = tf.constant(counts / size, real.dtype)
    cosines, sines = (tf.constant(matrix.T, real.dtype) for matrix in _matrices(size))
    even, odd = tf.matmul(real * weights, cosines), tf.matmul(imaginary * weights, sines)
    inside, last = (size + 1) // 2, size // 2 + 1
    ahead = even[..., 1:inside]
    mirrored = tf.reverse(ahead + odd, axis=[-1])
    return tf.concat([even[..., :1], ahead - odd, even[..., inside:last], mirrored], axis=-1)


def _counts(size: int) -> np.ndarray:
    """How often each bin stands on the whole circle: once where it is its own mirror."""
    own = 2 * np.arange(size // 2 + 1) % size == 0
    return np.where(own, 1.0, 2.0)


@functools.lru_cache(maxsize=4)
def _matrices(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Cosines of half a frame and sines of what lies inside it, float64, for every bin."""
    bins = np.arange(size // 2 + 1)
    radians = 2 * np.pi * (np.outer(bins, bins) % size) / size
    return np.cos(radians), np.sin(radians[1 : (size + 1) // 2])
