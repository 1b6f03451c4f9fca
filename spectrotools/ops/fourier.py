r"""Windowed Fourier transforms of every frame of a signal, and their transposes.

The two functions of this file are linear and, but for a constant weight on each bin, transposes
of each other. So each is the other's gradient, of any order, at the price of one forward call:

.. math::
    A x = \mathrm{rfft}(v \cdot \mathrm{frame}(x)), \qquad
    B S = \mathrm{overlap\_add}(v \cdot \mathrm{irfft}(S)), \qquad
    A^T = B D, \quad B^T = D^{-1} A,

with :math:`D = N` at DC and Nyquist and :math:`N / 2` at the bins between, which stand for two
conjugate bins of the full spectrum.
"""

import functools

import numpy as np
import scipy.fft
import tensorflow as tf

from .fft import irfft, rfft
from .framing import fit_length, frame, overlap_add
from .numerics import custom_gradient, sizes

__all__ = ["even_size", "framed_irfft", "framed_rfft", "largest_prime_factor"]


@functools.lru_cache(maxsize=64)
def _bin_weights(n_fft: int) -> np.ndarray:
    weights = np.full(n_fft // 2 + 1, n_fft / 2.0)
    weights[0] = n_fft
    if n_fft % 2 == 0:
        weights[-1] = n_fft
    return weights


def framed_rfft(audio: tf.Tensor, window: np.ndarray, hop_length: int) -> tf.Tensor:
    """Fourier-transform every whole frame of a signal, weighted by a window.

    Args:
        audio: ``[batch, time]``, float32 or float64.
        window: ``[n_fft]`` weights.
        hop_length: samples from one frame's start to the next one's.

    Returns:
        ``[batch, frames, n_fft // 2 + 1]``, complex64 or complex128.
    """
    n_fft = len(window)

    @custom_gradient
    def transform(audio: tf.Tensor) -> tuple:
        weights = tf.constant(window, audio.dtype)
        spectrum = rfft(frame(audio, n_fft, hop_length) * weights)

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            scale = tf.constant(_bin_weights(n_fft), upstream.dtype)
            return fit_length(framed_irfft(upstream * scale, window, hop_length), sizes(audio)[1])

        return spectrum, gradient

    return transform(audio)


def framed_irfft(spectrum: tf.Tensor, window: np.ndarray, hop_length: int) -> tf.Tensor:
    """Overlap-add the inverse Fourier transforms of all frames, weighted by a window.

    Args:
        spectrum: ``[batch, frames, n_fft // 2 + 1]``, complex64 or complex128.
        window: ``[n_fft]`` weights.
        hop_length: samples from one frame's start to the next one's.

    Returns:
        ``[batch, (frames + ceil(n_fft / hop_length) - 1) * hop_length]``, float32 or float64.
    """
    n_fft = len(window)

    @custom_gradient
    def transform(spectrum: tf.Tensor) -> tuple:
        # More bins would be passed over; the check is in here, for outside it has no forward mode.
        spectrum = tf.ensure_shape(spectrum, [None, None, n_fft // 2 + 1])
        frames = irfft(spectrum, n_fft)

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            used = (sizes(spectrum)[1] - 1) * hop_length + n_fft
            scale = tf.constant(1.0 / _bin_weights(n_fft), spectrum.dtype)
            return framed_rfft(upstream[:, :used], window, hop_length) * scale

        return overlap_add(frames, window, hop_length), gradient

    return transform(spectrum)


@functools.lru_cache(maxsize=256)
def even_size(least: int) -> int:
    """An even size of small factors, of at least so many samples."""
    return 2 * int(scipy.fft.next_fast_len(-(-least // 2), real=True))


def largest_prime_factor(number: int) -> int:
    """The largest prime that divides ``number``, 1 for 1."""
    factor, largest = 2, 1
    while factor * factor <= number:
        if number % factor:
            factor += 1
        else:
            number, largest = number // factor, factor
    return max(number, largest)
