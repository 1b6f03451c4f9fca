r"""Squared magnitudes of the frames of a signal, for losses that need no phase.

XLA on a CPU spends most of such a loss in Fourier transforms, and there a complex one takes
little longer than a real one of the same size. So two successive frames :math:`x, y` are made one
complex frame :math:`x + iy`. Of its spectrum Z,

.. math::
    X_k = (Z_k + \overline{Z_{-k}}) / 2, \qquad Y_k = (Z_k - \overline{Z_{-k}}) / 2i

are theirs. The gradient goes back by one complex transform for both, too.

Custom gradients here are no functions of their own, as those of other ops are: of one in a loop,
such as that over the blocks of a loss, XLA cannot compile the gradient's own gradient.
"""

import numpy as np
import tensorflow as tf

from .fft import fft, ifft
from .fourier import framed_rfft
from .framing import fit_length, frame, frame_count, overlap_add
from .magnitude import squared_magnitude
from .numerics import is_for_xla_on_cpu, sizes

__all__ = ["framed_power"]


def framed_power(audio: tf.Tensor, window: np.ndarray, hop_length: int) -> tf.Tensor:
    """Square the magnitudes of every whole frame of a signal, weighted by a window.

    Args:
        audio: ``[batch, time]``, float32 or float64.
        window: ``[n_fft]`` weights.
        hop_length: samples from one frame's start to the next one's.

    Returns:
        ``[batch, frames, n_fft // 2 + 1]``. Under XLA on a CPU the rounding errors of a frame are
        relative to the louder of two neighbours.
    """
    if len(window) % 2 or not is_for_xla_on_cpu():
        return squared_magnitude(framed_rfft(audio, window, hop_length))
    frames = frame_count(sizes(audio)[1], len(window), hop_length)
    powers = _powers_of_pairs(_spectra_of_pairs(audio, window, hop_length))
    batch, pairs, _, bins = sizes(powers)
    return tf.reshape(powers, [batch, 2 * pairs, bins])[:, :frames]


def _spectra_of_pairs(audio: tf.Tensor, window: np.ndarray, hop_length: int) -> tf.Tensor:
    """The spectra of two frames at once, ``[batch, ceil(frames / 2), n_fft]``.

    A frame and its successor are one frame of the signal and of itself a hop later, at every
    second hop.
    """
    n_fft = len(window)

    @tf.custom_gradient
    def transform(audio: tf.Tensor) -> tuple:
        time = sizes(audio)[1]
        pairs = (frame_count(time, n_fft, hop_length) + 1) // 2
        pairs = max(pairs, 1) if isinstance(pairs, int) else tf.maximum(pairs, 1)
        used = 2 * (pairs - 1) * hop_length + n_fft
        padded = fit_length(audio, used + hop_length)
        both = tf.complex(padded[:, :used], padded[:, hop_length:])
        weights = tf.cast(tf.constant(window, audio.dtype), both.dtype)
        spectra = fft(frame(both, n_fft, 2 * hop_length) * weights)

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            frames = ifft(upstream)
            summed = overlap_add(frames, n_fft * window, 2 * hop_length)
            first = tf.pad(tf.math.real(summed), [[0, 0], [0, hop_length]])
            second = tf.pad(tf.math.imag(summed), [[0, 0], [hop_length, 0]])
            return fit_length(first + second, time)

        return spectra, gradient

    return transform(audio)


@tf.custom_gradient
def _powers_of_pairs(spectra: tf.Tensor) -> tuple:
    """The powers of the two frames of each spectrum, ``[batch, pairs, 2, n_fft // 2 + 1]``."""
    first, second = _separated(spectra)
    powers = tf.stack([_power(*first), _power(*second)], axis=2)

    def gradient(upstream: tf.Tensor) -> tf.Tensor:
        (x_real, x_imag), (y_real, y_imag) = _separated(spectra)
        by_x, by_y = upstream[:, :, 0], upstream[:, :, 1]
        x_real, x_imag = by_x * x_real, by_x * x_imag
        y_real, y_imag = by_y * y_real, by_y * y_imag
        positive = tf.complex(x_real - y_imag, x_imag + y_real)
        negative = tf.complex(x_real + y_imag, y_real - x_imag)
        # The bins that are their own mirror image stand on both sides.
        own = np.zeros(spectra.shape[-1] // 2 + 1)
        own[[0, -1]] = 1.0
        positive += negative * tf.cast(own, spectra.dtype)
        return tf.concat([positive, tf.reverse(negative[:, :, 1:-1], axis=[2])], axis=2)

    return powers, gradient


def _separated(spectra: tf.Tensor) -> tuple:
    """The real and imaginary parts of both frames' bins from DC to Nyquist."""
    half = spectra.shape[-1] // 2
    mirrored = tf.concat([spectra[:, :, :1], tf.reverse(spectra[:, :, half:], axis=[2])], axis=2)
    real, imag = tf.math.real(spectra[:, :, : half + 1]), tf.math.imag(spectra[:, :, : half + 1])
    other_real, other_imag = tf.math.real(mirrored), tf.math.imag(mirrored)
    first = 0.5 * (real + other_real), 0.5 * (imag - other_imag)
    second = 0.5 * (imag + other_imag), 0.5 * (other_real - real)
    return first, second


def _power(real: tf.Tensor, imag: tf.Tensor) -> tf.Tensor:
    return tf.square(real) + tf.square(imag)
