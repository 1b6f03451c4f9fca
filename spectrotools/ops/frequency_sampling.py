"""Filters by frequency sampling: the spectra and the impulse responses that magnitudes stand for.

The impulse response is the inverse Fourier transform of the magnitudes, weighted by a Hann window
about its middle. It is symmetric about 0, so that its spectrum at any size is real, and linear in
the magnitudes: one matrix takes the one to the other.
"""

import functools
from typing import Literal, NamedTuple

import numpy as np
import scipy.fft
import tensorflow as tf

from .numerics import sizes
from .windows import window_samples

__all__ = ["Filter", "FilterConvention", "by_matrix", "ddsp_taps", "filter_spectra"]

FilterConvention = Literal["ddsp"]

_DENSE = 512  # bands; more cost less by two Fourier transforms than by a matrix


class Filter(NamedTuple):
    """How magnitudes become filters."""

    bands: int
    window_size: int  # samples; 0 is as many as the impulse response has
    hop_length: int
    convention: FilterConvention | None

    @property
    def margin(self) -> int:
        """Samples that a filter reaches to either side."""
        return 0 if self.convention == "ddsp" else (self.window_size - 1) // 2

    @property
    def n_fft(self) -> int:
        """An even size of small factors, in which no convolution wraps around."""
        if self.convention == "ddsp":
            least = self.hop_length + ddsp_taps(self).shape[1] - 1
        else:
            least = 2 * (self.hop_length + self.margin)
        return 2 * int(scipy.fft.next_fast_len(-(-least // 2), real=True))


def filter_spectra(magnitudes: tf.Tensor, settings: Filter) -> tf.Tensor:
    """The real spectra ``[batch, frames, n_fft // 2 + 1]`` of filters without delay."""
    n_fft, bands = settings.n_fft, settings.bands
    if bands > _DENSE:
        spectra = tf.complex(magnitudes, tf.zeros_like(magnitudes))
        responses = tf.signal.irfft(spectra, [2 * (bands - 1)])
        half = _half_window(settings.window_size)
        # All that is right of the middle, and half of that: the rest is its mirror image.
        right = responses[..., : len(half)] * tf.constant(half, magnitudes.dtype)
        return 2.0 * tf.math.real(tf.signal.rfft(right, [n_fft]))
    return by_matrix(magnitudes, _spectrum_matrix(bands, settings.window_size, n_fft))


def by_matrix(magnitudes: tf.Tensor, matrix: np.ndarray) -> tf.Tensor:
    """``[batch, frames, bands]`` times ``[bands, columns]``; in two axes, which is faster."""
    batch, frames, _ = sizes(magnitudes)
    bands, columns = matrix.shape
    flat = tf.reshape(magnitudes, [batch * frames, bands])
    product = tf.matmul(flat, tf.constant(matrix, magnitudes.dtype))
    return tf.reshape(product, [batch, frames, columns])


def _half_window(window_size: int) -> np.ndarray:
    """The window from its middle on, of which the half."""
    taps = np.arange((window_size - 1) // 2 + 1)
    window = np.cos(np.pi * taps / window_size) ** 2
    window[0] = 0.5
    return window


@functools.lru_cache(maxsize=16)
def _spectrum_matrix(bands: int, window_size: int, n_fft: int) -> np.ndarray:
    """What every band adds to the spectrum, ``[bands, n_fft // 2 + 1]``."""
    half = _half_window(window_size)
    right = np.ones([1, 1])
    if bands > 1:
        right = np.fft.irfft(np.eye(bands))[:, : len(half)]
    return 2.0 * np.fft.rfft(right * half, n_fft).real


@functools.lru_cache(maxsize=16)
def ddsp_taps(settings: Filter) -> np.ndarray:
    """What every band adds to DDSP's impulse response, ``[bands, taps]``, with its indices.

    The window is one period of Hann's. Where it is shorter than the response, one of odd size
    stands half a sample early, and the first tap is left off.
    """
    responses = np.fft.irfft(np.eye(settings.bands))
    size = responses.shape[1]
    if not settings.window_size:
        return np.fft.fftshift(responses, axes=1) * window_samples("hann", size, size, 0)
    window = window_samples("hann", settings.window_size, settings.window_size, 0)
    half = (settings.window_size + 1) // 2
    window = np.concatenate([window[half:], np.zeros(size - settings.window_size), window[:half]])
    weighted = responses * window
    return np.concatenate([weighted[:, size - half + 2 :], weighted[:, : half + 1]], axis=1)
