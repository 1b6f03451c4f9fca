r"""Fourier transforms of real signals, in real tensors and one operation.

TensorFlow Lite transforms real signals of a power of two, and has no way back. But the way back is
the way there: of :math:`t_k = \mathrm{Re} X_k + \mathrm{Im} X_k` over the whole circle,
:math:`T` being its transform, :math:`N x_n = \mathrm{Re} T_n + \mathrm{Im} T_n`.

Bracewell, "Discrete Hartley transform", 1983.
"""

import tensorflow as tf

__all__ = ["signal_of", "spectrum_of", "transform_size"]


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
