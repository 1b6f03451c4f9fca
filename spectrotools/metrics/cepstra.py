"""Mel-cepstral distortion."""

import math
from typing import Any, Literal

import numpy as np
import scipy.fft

from .._validate import check, integer, one_of
from .arguments import array, finite
from .time_warping import aligned

__all__ = ["mel_cepstral_distortion"]

Alignment = Literal["dtw", "none"]

_WINDOW_MS, _HOP_MS, _BANDS = 32, 8, 20
_FLOOR = float(np.finfo(np.float64).eps)  # added to the energy of a band
_DB = 10 / math.log(10) * math.sqrt(2)


def mel_cepstral_distortion(
    reference: Any,
    estimate: Any,
    *,
    sample_rate: float,
    n_coefficients: int = 13,
    alignment: Alignment = "dtw",
) -> np.ndarray:
    r"""Give how far spectral envelopes are apart, whatever the gain and the pace.

    .. math:: \frac{10}{\ln 10}\, \frac{1}{P} \sum_{(t, u)}
        \sqrt{2 \sum_{m=1}^{M} (c_m[t] - \hat c_m[u])^2}, \qquad
        c_m = \frac{1}{20} \sum_{n=1}^{20} \ln(E_n)\, \cos \frac{\pi m (n - 1/2)}{20}

    over the P pairs of frames of an exact :func:`dtw` path. :math:`E_n` is the energy in 20
    triangular bands, even in mel up to half the sample rate, of Hann frames of 32 ms every 8 ms,
    the signal's peak being 1.
    The number is in decibels: with all coefficients it would be the root mean square by which the
    smoothed log spectra differ. Lower is nearer, 0 is equal. :math:`c_0`, the level, is left out.

    These are cepstra of mel bands, as the package ``mel-cepstral-distance`` makes them: its own
    number, of coefficients 1 to M and aligned by them, is :math:`20 / (10 \sqrt 2)` times this
    one. Cepstra by SPTK or WORLD describe another envelope, and their distortions are not to be
    compared with these; nor are those of other bands or another M.

    NumPy computes it, in float64, one signal after the other.

    Args:
        reference: ``[..., time]``.
        estimate: ``[..., time]``; it may be of another length.
        sample_rate: Hz, at least 1000.
        n_coefficients: M, in [1, 19].
        alignment: ``"dtw"``, or ``"none"`` to pair frame with frame, of equal lengths.

    Returns:
        dB, ``[...]``, float64.

    Raises:
        ValueError: if an argument is not what it has to be.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> reference = np.random.default_rng(0).standard_normal(16000)
        >>> estimate = np.convolve(reference, [1.0, -0.5], mode="same")
        >>> for sound in (0.1 * reference, estimate):
        ...     mcd = st.metrics.mel_cepstral_distortion(reference, sound, sample_rate=16000)
        ...     print(f"{mcd:.2f}")
        0.00
        3.26

    References:
        Kubichek, "Mel-cepstral distance measure for objective speech quality assessment", IEEE
        PACRIM 1993. Toda, Black and Tokuda, IEEE TASLP 15(8), 2007 (in dB).
        Taubert and Sternkopf, ``mel-cepstral-distance`` 0.0.4, 2025.
    """
    check(
        1000 <= finite(sample_rate),
        "sample_rate must be finite and of at least 1000 Hz",
        sample_rate,
    )
    integer("n_coefficients", n_coefficients, 1, _BANDS - 1)
    one_of("alignment", alignment, Alignment)
    reference, estimate = array("reference", reference), array("estimate", estimate)
    _check_pair(reference, estimate, alignment)
    batch = reference.shape[:-1]
    pairs = [
        _distortion(reference[item], estimate[item], sample_rate, n_coefficients, alignment)
        for item in np.ndindex(*batch)
    ]
    return np.reshape(pairs, batch)


def _check_pair(reference: np.ndarray, estimate: np.ndarray, alignment: Alignment) -> None:
    for name, sound in (("reference", reference), ("estimate", estimate)):
        check(sound.ndim > 0 and sound.shape[-1] > 0, f"{name} must be [..., time]", sound.shape)
    axes = slice(None) if alignment == "none" else slice(-1)
    rule = (
        f"estimate must have the {'shape' if alignment == 'none' else 'batch shape'} of reference"
    )
    fits = estimate.ndim == reference.ndim and estimate.shape[axes] == reference.shape[axes]
    check(fits, f"{rule}, {reference.shape}", estimate.shape)


def _distortion(
    reference: np.ndarray, estimate: np.ndarray, sample_rate: float, m: int, alignment: Alignment
) -> float:
    first, second = (_cepstra(sound, sample_rate)[:, 1 : m + 1] for sound in (reference, estimate))
    if alignment == "dtw":
        path = aligned(first, second)
        first, second = first[path[:, 0]], second[path[:, 1]]
    return _DB * float(np.mean(np.linalg.norm(first - second, axis=1)))


def _cepstra(audio: np.ndarray, sample_rate: float) -> np.ndarray:
    """Cepstra ``[frames, 20]`` of the energies in mel bands."""
    length, hop = (int(ms / 1000 * sample_rate) for ms in (_WINDOW_MS, _HOP_MS))
    audio = audio / (np.max(np.abs(audio)) or 1.0)  # so that no gain brings bands near the floor
    # One sample more than a frame, for mel-cepstral-distance leaves out the frame at the end.
    audio = np.pad(audio, (0, max(length + 1 - len(audio), 0)))
    frames = np.lib.stride_tricks.sliding_window_view(audio[:-1], length)[::hop]
    spectrum = np.fft.rfft(frames * np.hanning(length), axis=-1)
    energies = (spectrum.real**2 + spectrum.imag**2) @ _mel_bands(length, sample_rate)
    return scipy.fft.dct(np.log(energies + _FLOOR), type=2, axis=-1) / (2 * _BANDS)


def _mel_bands(n_fft: int, sample_rate: float) -> np.ndarray:
    """Triangles ``[n_fft // 2 + 1, 20]`` between whole bins, as mel-cepstral-distance has them."""
    nyquist = int(sample_rate) // 2
    mels = np.linspace(0.0, 2595 * np.log10(1 + nyquist / 700), _BANDS + 2)
    edges = np.floor((n_fft + 1) * 700 * (10 ** (mels / 2595) - 1) / sample_rate)
    bins = np.arange(n_fft // 2 + 1)[:, None]
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    with np.errstate(divide="ignore", invalid="ignore"):  # of edges that fall into one bin
        rising, falling = (bins - low) / (middle - low), (high - bins) / (high - middle)
    inside = np.where(bins < middle, rising, falling)
    return np.where((bins >= low) & (bins < high), inside, 0.0)
