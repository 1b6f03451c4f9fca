"""Filters by frequency sampling: the spectra and the impulse responses that magnitudes stand for.

The impulse response is the inverse Fourier transform of the magnitudes, weighted by a Hann window
about its middle. It is symmetric about 0, so that its spectrum at any size is real, and linear in
the magnitudes: one matrix takes the one to the other.
"""

import functools
from typing import Any, Literal, NamedTuple

import numpy as np
import tensorflow as tf

from .._validate import check, integer, one_of
from .fft import irfft, rfft
from .fourier import even_size
from .numerics import compiled, flatten_leading, real_tensor, sizes, working_dtype
from .windows import window_samples

__all__ = [
    "Filter",
    "FilterConvention",
    "by_matrix",
    "checked_filter",
    "ddsp_taps",
    "filter_spectra",
    "frequency_impulse_response",
]

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
        return even_size(least)


def frequency_impulse_response(
    magnitudes: Any,
    *,
    window_size: int | None = None,
    convention: FilterConvention | None = None,
) -> tf.Tensor:
    r"""Make an impulse response of the gains at evenly spaced frequencies.

    Of a ``window_size`` of L, tap i is

    .. math::
        h[i] = \cos^2\Bigl(\frac{\pi k}{L}\Bigr) \frac{1}{M}
        \sum_{j=-M/2+1}^{M/2} G[|j|]\, e^{2 \pi i j k / M}, \qquad
        k = i - \lfloor L / 2 \rfloor, \quad M = 2 (\text{bands} - 1),

    a filter of linear phase, late by exactly :math:`\lfloor L / 2 \rfloor` samples; at the bands
    its gain is the magnitudes, smoothed by the spectrum of the window. :func:`time_varying_fir`
    filters by the same without delay.

    ==============  ==============================================  ========================
    convention      taps                                            late by
    ==============  ==============================================  ========================
    None            L                                               L // 2
    ``"ddsp"``      M without ``window_size``                       M / 2
    ``"ddsp"``      2 ((L + 1) // 2) - 1 of a smaller one           (L + 1) // 2 - 2
    ==============  ==============================================  ========================

    DDSP cuts ``(taps - 1) // 2 - 1`` samples off what it filters: without ``window_size`` that is
    still late by 2 samples, and by none with a smaller one.

    Args:
        magnitudes: ``[..., bands]``, linear gains, of a known number of bands evenly spaced from
            0 Hz to the Nyquist frequency.
        window_size: length of the Hann window, samples, in [1, M]; None is M (1 of a single
            band). In ``"ddsp"`` 0 is M too, and so is what is longer.
        convention: the peer whose arithmetic to follow.

    Returns:
        ``[..., taps]``.

    Raises:
        ValueError: if an argument is out of its range, or the number of bands is not known.

    Example:
        >>> import spectrotools as st
        >>> half = st.frequency_impulse_response([0.5, 0.5, 0.5])
        >>> [f"{tap:.1f}" for tap in half]
        ['0.0', '0.0', '0.5', '0.0']

    References:
        Smith, "Spectral audio signal processing", 2011, "Window method for FIR filter design".
        Engel, Hantrakul, Gu, Roberts, "DDSP: differentiable digital signal processing", 2020,
        section 3.4.
    """
    magnitudes = real_tensor("magnitudes", magnitudes)
    rank = magnitudes.shape.rank
    known = rank is not None and rank >= 1 and magnitudes.shape[-1] is not None
    check(known, "magnitudes must be [..., bands] of a known number of bands", magnitudes.shape)
    settings = checked_filter(int(magnitudes.shape[-1]), 1, window_size, convention)
    return _impulse_responses(magnitudes, settings=settings)


def checked_filter(
    bands: int, hop_length: int, window_size: int | None, convention: FilterConvention | None
) -> Filter:
    """The settings, checked: a window as long as there is room for, unless one is given."""
    check(bands >= 1, "magnitudes must have at least one band", bands)
    longest = max(2 * (bands - 1), 1)
    if convention is None:
        window_size = longest if window_size is None else window_size
        window_size = integer("window_size", window_size, 1, longest)
        return Filter(bands, window_size, hop_length, None)
    one_of("convention", convention, FilterConvention)
    check(bands >= 3, "magnitudes must have at least 3 bands in convention 'ddsp'", bands)
    window_size = integer("window_size", window_size or 0, 0)
    window_size = window_size if 0 < window_size < longest else 0
    check(window_size not in (1, 2), "window_size must be at least 3, or 0 for all", window_size)
    return Filter(bands, window_size, hop_length, convention)


@compiled
def _impulse_responses(magnitudes: tf.Tensor, *, settings: Filter) -> tf.Tensor:
    given, dtype = magnitudes.dtype, working_dtype(magnitudes.dtype)
    flat, unfold = flatten_leading(tf.cast(magnitudes, dtype), keep=1)
    if settings.convention == "ddsp":
        taps = by_matrix(flat[:, None], ddsp_taps(settings))[:, 0]
    else:
        right = _right_halves(flat[:, None], settings)[:, 0]
        beside, middle = right[:, 1:], 2.0 * right[:, :1]
        # An even window is 0 at half its size before the middle.
        lead = tf.zeros_like(middle)[:, settings.window_size % 2 :]
        taps = tf.concat([lead, tf.reverse(beside, axis=[1]), middle, beside], axis=1)
    return tf.cast(unfold(taps), given)


def filter_spectra(magnitudes: tf.Tensor, settings: Filter) -> tf.Tensor:
    """The real spectra ``[batch, frames, n_fft // 2 + 1]`` of filters without delay."""
    n_fft, bands = settings.n_fft, settings.bands
    if bands > _DENSE:
        return 2.0 * tf.math.real(rfft(_right_halves(magnitudes, settings), n_fft))
    return by_matrix(magnitudes, _spectrum_matrix(bands, settings.window_size, n_fft))


def _right_halves(magnitudes: tf.Tensor, settings: Filter) -> tf.Tensor:
    """All that is right of the middle, and half of that: the rest is its mirror image."""
    bands, half = settings.bands, _half_window(settings.window_size)
    if bands <= _DENSE:
        return by_matrix(magnitudes, _half_matrix(bands, settings.window_size))
    spectra = tf.complex(magnitudes, tf.zeros_like(magnitudes))
    responses = irfft(spectra, 2 * (bands - 1))
    return responses[..., : len(half)] * tf.constant(half, magnitudes.dtype)


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
def _half_matrix(bands: int, window_size: int) -> np.ndarray:
    """What every band adds to the right half of the response."""
    half = _half_window(window_size)
    right = np.fft.irfft(np.eye(bands))[:, : len(half)] if bands > 1 else np.ones([1, 1])
    return right * half


@functools.lru_cache(maxsize=16)
def _spectrum_matrix(bands: int, window_size: int, n_fft: int) -> np.ndarray:
    """What every band adds to the spectrum, ``[bands, n_fft // 2 + 1]``."""
    return 2.0 * np.fft.rfft(_half_matrix(bands, window_size), n_fft).real


@functools.lru_cache(maxsize=16)
def ddsp_taps(settings: Filter) -> np.ndarray:
    """What every band adds to DDSP's impulse response, ``[bands, taps]``, with its indices.

    The window is that of ``tf.signal``: one period of Hann's of even size, and symmetric of odd.
    Where it is shorter than the response, one of odd size stands a sample early, and the first
    tap is left off.
    """
    responses = np.fft.irfft(np.eye(settings.bands))
    size = responses.shape[1]
    if not settings.window_size:
        return np.fft.fftshift(responses, axes=1) * window_samples("hann", size, size, 0)
    even = settings.window_size % 2 == 0
    window = window_samples("hann", settings.window_size, settings.window_size, 0, periodic=even)
    half = (settings.window_size + 1) // 2
    window = np.concatenate([window[half:], np.zeros(size - settings.window_size), window[:half]])
    weighted = responses * window
    return np.concatenate([weighted[:, size - half + 2 :], weighted[:, : half + 1]], axis=1)
