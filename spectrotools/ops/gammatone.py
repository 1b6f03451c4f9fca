r"""Gammatone filters, the ear's: :math:`t^3 e^{-2 \pi b t} \cos 2 \pi f t` in time."""

import functools
from typing import Any

import numpy as np

from .._validate import check, integer, number
from .arguments import check_values, checked_rate

__all__ = ["erb_space", "gammatone_filterbank", "gammatone_sos"]

_Q, _NARROWEST_HZ = 9.26449, 24.7  # of the ear's filters, by Glasberg and Moore
_WIDTH = 1.019  # of the equivalent rectangular bandwidth: b of a gammatone of order 4
_ZEROS = np.array([1.0, -1.0, 0.0, 0.0]) * (1 + np.sqrt(2)) + np.array([0.0, 0.0, 1.0, -1.0]) * (
    np.sqrt(2) - 1
)


def erb_space(n_bands: int, *, fmin: float, fmax: float) -> np.ndarray:
    r"""Give frequencies that are evenly spaced to the ear, in equivalent rectangular bandwidths.

    .. math:: f_i = (f_\min + c) \left(\frac{f_\max + c}{f_\min + c}\right)^{i / n} - c,
        \qquad c = 228.8 \text{ Hz}

    Args:
        n_bands: n, at least 1.
        fmin: the first of them, Hz, at least 0.
        fmax: where one more would be, Hz, above ``fmin``.

    Returns:
        Hz, float64 array ``[n_bands]``, from low to high.

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> import spectrotools as st
        >>> [f"{hz:.1f}" for hz in st.erb_space(4, fmin=100.0, fmax=8000.0)]
        ['100.0', '506.6', '1416.1', '3450.3']

    References:
        Slaney, "An efficient implementation of the Patterson-Holdsworth auditory filter bank",
        Apple technical report 35, 1993.
    """
    integer("n_bands", n_bands, 1)
    fmin = number("fmin", fmin, 0.0)
    check(fmin < number("fmax", fmax, 0.0), f"fmax must be above fmin={fmin} Hz", fmax)
    offset = _Q * _NARROWEST_HZ
    ratio = (fmax + offset) / (fmin + offset)
    return (fmin + offset) * ratio ** (np.arange(n_bands) / n_bands) - offset


def gammatone_sos(centres_hz: Any, *, sample_rate: float) -> np.ndarray:
    r"""Design gammatone filters of order 4, each four second-order sections for :func:`sosfilt`.

    Every section has the poles :math:`e^{-2 \pi b / f_s} e^{\pm 2 \pi i f / f_s}` of
    :math:`b = 1.019 \cdot (24.7 + 0.108 f)` and one of the four zeros of the impulse-invariant
    filter; the gain at the centre is 1. As one fraction of order 8 these filters are those of
    ``scipy.signal.gammatone``, whose fourfold poles lose digits that sections keep.

    Args:
        centres_hz: f, ``[...]``, above 0 and below half the sample rate.
        sample_rate: Hz.

    Returns:
        float64 array ``[..., 4, 6]`` of b0, b1, b2, a0, a1, a2.

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> centres = st.erb_space(8, fmin=100.0, fmax=4000.0)
        >>> sos = st.gammatone_sos(centres, sample_rate=16000)
        >>> bands = st.sosfilt(np.eye(1, 400)[:, None], sos[None])  # of one click
        >>> tuple(bands.shape)
        (1, 8, 400)

    References:
        Slaney, 1993 (see :func:`erb_space`), section 4.
    """
    rate = checked_rate(sample_rate)
    check_values("centres_hz", centres_hz, 0.0, rate / 2, within=True)
    centres = np.asarray(centres_hz, np.float64)[..., None]
    angle = 2 * np.pi * centres / rate
    radius = np.exp(-2 * np.pi * _WIDTH * (centres / _Q + _NARROWEST_HZ) / rate)
    zeros = radius * (np.cos(angle) + _ZEROS * np.sin(angle))
    pole = radius * np.exp(1j * angle)
    turn = np.exp(-1j * angle)
    at_centre = np.abs((1 - zeros * turn) / ((1 - pole * turn) * (1 - np.conj(pole) * turn)))
    gain = np.prod(at_centre, axis=-1, keepdims=True) ** -0.25
    one = np.ones_like(zeros)
    poles = [one, one * (-2 * radius * np.cos(angle)), one * radius**2]
    return np.stack([gain * one, -gain * zeros, 0 * one, *poles], axis=-1)


@functools.lru_cache(maxsize=32)
def gammatone_filterbank(
    *, sample_rate: float, n_fft: int, n_bands: int, fmin: float = 50.0, fmax: float | None = None
) -> np.ndarray:
    """Make the weights of a gammatone filterbank for magnitudes of a spectrum.

    They are the gains of the filters of :func:`gammatone_sos` at the bins, with the centres of
    :func:`erb_space`: of stationary sounds, what the filters would pass, at the cost of one
    Fourier transform. Each reaches over all bins, so that none is empty.

    Args:
        sample_rate: Hz.
        n_fft: length of the Fourier transform, samples, at least 2.
        n_bands: at least 1.
        fmin: the lowest centre, Hz, above 0.
        fmax: where the centre of one more band would be, Hz, above ``fmin`` and at most
            ``sample_rate / 2``; None is that.

    Returns:
        float64 array ``[n_fft // 2 + 1, n_bands]``, read-only: ``magnitudes @ bank`` is the bands.

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> import spectrotools as st
        >>> bank = st.gammatone_filterbank(sample_rate=16000, n_fft=1024, n_bands=64)
        >>> bank.shape, f"{bank[:, 40].max():.2f}"
        ((513, 64), '1.00')

    References:
        Slaney, 1993 (see :func:`erb_space`). Ellis, "Gammatone-like spectrograms", 2009.
    """
    rate = checked_rate(sample_rate)
    integer("n_fft", n_fft, 2)
    check(number("fmin", fmin, 0.0) > 0, "fmin must be above 0 Hz", fmin)
    fmax = rate / 2 if fmax is None else fmax
    check(fmin < fmax <= rate / 2, f"fmax must be in (fmin={fmin}, sample_rate / 2]", fmax)
    sos = gammatone_sos(erb_space(n_bands, fmin=fmin, fmax=fmax), sample_rate=rate)
    delay = np.exp(-2j * np.pi * np.fft.rfftfreq(n_fft))[:, None] ** np.arange(3)
    above, below = (sos[..., part] @ delay.T for part in (slice(0, 3), slice(3, 6)))
    bank = np.ascontiguousarray(np.abs(np.prod(above / below, axis=-2)).T)
    bank.setflags(write=False)
    return bank
