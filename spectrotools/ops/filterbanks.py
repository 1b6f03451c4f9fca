r"""Filterbanks: matrices that gather the bins of a spectrum into bands.

A mel band is a triangle between three neighbours of a scale on which equal steps sound alike:

* ``"slaney"``: linear below 1 kHz (3 mel in 200 Hz), logarithmic above (27 mel in a factor 6.4);
* ``"htk"``: :math:`2595 \log_{10}(1 + f / 700)`.

References:
    Slaney, "Auditory toolbox", 1998. Young et al., "The HTK book", 5.4.
"""

import functools
from typing import Literal

import numpy as np

from .._validate import check, integer, one_of

__all__ = [
    "MelConvention",
    "MelNorm",
    "MelScale",
    "hz_to_mel",
    "mel_filterbank",
    "mel_to_hz",
]

MelScale = Literal["slaney", "htk"]
MelNorm = Literal["slaney", "none"]
MelConvention = Literal["librosa", "torch", "tf", "gansynth"]

_BREAK_HZ, _BREAK_MEL, _LINEAR = 1000.0, 15.0, 200.0 / 3.0  # Slaney's scale
_STEP = np.log(6.4) / 27.0
_HTK_MEL, _HTK_HZ = 2595.0 / np.log(10.0), 700.0
_SETTINGS: dict[str, tuple[MelScale, MelNorm]] = {
    "librosa": ("slaney", "slaney"),
    "torch": ("htk", "none"),
    "tf": ("htk", "none"),
    "gansynth": ("htk", "none"),
}


def hz_to_mel(frequencies: np.ndarray | float, scale: MelScale = "slaney") -> np.ndarray:
    """Map frequencies to mel, in NumPy float64.

    Args:
        frequencies: Hz, any shape.
        scale: ``"slaney"`` or ``"htk"`` (see the top of this module).

    Returns:
        mel, of the same shape.

    Raises:
        ValueError: if the scale is not known.

    Example:
        >>> import spectrotools as st
        >>> f"{st.hz_to_mel(1000.0):.1f} {st.hz_to_mel(1000.0, 'htk'):.1f}"
        '15.0 1000.0'
    """
    hz = np.asarray(frequencies, np.float64)
    if one_of("scale", scale, MelScale) == "htk":
        return _HTK_MEL * np.log1p(hz / _HTK_HZ)
    above = _BREAK_MEL + np.log(np.maximum(hz, _BREAK_HZ) / _BREAK_HZ) / _STEP
    return np.where(hz < _BREAK_HZ, hz / _LINEAR, above)


def mel_to_hz(mels: np.ndarray | float, scale: MelScale = "slaney") -> np.ndarray:
    """Map mel to frequencies, in NumPy float64: the inverse of :func:`hz_to_mel`.

    Args:
        mels: any shape.
        scale: ``"slaney"`` or ``"htk"`` (see the top of this module).

    Returns:
        Hz, of the same shape.

    Raises:
        ValueError: if the scale is not known.

    Example:
        >>> import spectrotools as st
        >>> f"{st.mel_to_hz(15.0):.1f}"
        '1000.0'
    """
    mel = np.asarray(mels, np.float64)
    if one_of("scale", scale, MelScale) == "htk":
        return _HTK_HZ * np.expm1(mel / _HTK_MEL)
    above = _BREAK_HZ * np.exp(_STEP * (np.maximum(mel, _BREAK_MEL) - _BREAK_MEL))
    return np.where(mel < _BREAK_MEL, mel * _LINEAR, above)


@functools.lru_cache(maxsize=32)
def mel_filterbank(
    *,
    sample_rate: float,
    n_fft: int,
    n_mels: int,
    fmin: float = 0.0,
    fmax: float | None = None,
    scale: MelScale | None = None,
    norm: MelNorm | None = None,
    convention: MelConvention = "librosa",
) -> np.ndarray:
    r"""Make the triangles that turn a spectrum into mel bands.

    Band :math:`b` rises from edge :math:`b` to edge :math:`b+1` and falls to edge :math:`b+2`,
    of ``n_mels + 2`` edges evenly spaced in mel over [``fmin``, ``fmax``].

    ==============  ========  ========  ==========================================================
    convention      scale     norm      triangles
    ==============  ========  ========  ==========================================================
    ``"librosa"``   slaney    slaney    straight in Hz
    ``"torch"``     htk       none      straight in Hz (torchaudio's defaults)
    ``"tf"``        htk       none      straight in mel, nothing from DC (``tf.signal``)
    ``"gansynth"``  htk       none      straight in Hz, no DC, none narrower than 1.5 bins
    ==============  ========  ========  ==========================================================

    GANSynth takes the ``n_fft // 2`` bins above DC as if they were those from DC to Nyquist. So
    its row k stands at :math:`(k - 1) f_s / (n_{fft} - 2)`, and the first of them is left out.

    Args:
        sample_rate: Hz.
        n_fft: length of the Fourier transform, samples, at least 2.
        n_mels: bands, at least 1.
        fmin: lowest edge, Hz, at least 0.
        fmax: highest edge, Hz, above ``fmin``, at most ``sample_rate / 2``; None is that.
        scale: where the edges stand; None is the convention's.
        norm: ``"slaney"`` divides each triangle by half its width in Hz, so that the area is 1;
            ``"none"`` leaves its height at 1; None is the convention's.
        convention: whose triangles.

    Returns:
        float64 array ``[n_fft // 2 + 1, n_mels]``, read-only: ``spectrum @ bank`` is the bands.

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> import spectrotools as st
        >>> st.mel_filterbank(sample_rate=16000, n_fft=1024, n_mels=80).shape
        (513, 80)
    """
    integer("n_fft", n_fft, 2)
    integer("n_mels", n_mels, 1)
    check(sample_rate > 0, "sample_rate must be above 0 Hz", sample_rate)
    fmax = sample_rate / 2 if fmax is None else fmax
    check(fmin >= 0, "fmin must be at least 0 Hz", fmin)
    in_range = fmin < fmax <= sample_rate / 2
    check(in_range, f"fmax must be in (fmin={fmin}, sample_rate / 2 = {sample_rate / 2}]", fmax)
    defaults = _SETTINGS[one_of("convention", convention, MelConvention)]
    scale = one_of("scale", scale or defaults[0], MelScale)
    norm = one_of("norm", norm or defaults[1], MelNorm)

    bins = np.fft.rfftfreq(n_fft, 1.0 / sample_rate)
    edges = np.linspace(hz_to_mel(fmin, scale), hz_to_mel(fmax, scale), n_mels + 2)
    if convention == "gansynth":
        bins = np.concatenate([[0.0], np.linspace(0.0, sample_rate / 2, n_fft // 2)])
        low, middle, high = _widened(mel_to_hz(edges, scale), 1.5 * sample_rate / 2 / (n_fft // 2))
    elif convention == "tf":
        bins = hz_to_mel(bins, scale)
        low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    else:
        hz = mel_to_hz(edges, scale)
        low, middle, high = hz[:-2], hz[1:-1], hz[2:]
    bank = _triangles(bins, low, middle, high)
    bank[: {"tf": 1, "gansynth": 2}.get(convention, 0)] = 0.0
    if norm == "slaney":
        hz = mel_to_hz(edges, scale)
        bank *= 2.0 / (hz[2:] - hz[:-2])
    bank.setflags(write=False)
    return bank


def _triangles(
    place: np.ndarray, low: np.ndarray, middle: np.ndarray, high: np.ndarray
) -> np.ndarray:
    rising = (place[:, None] - low) / (middle - low)
    falling = (high - place[:, None]) / (high - middle)
    return np.maximum(0.0, np.minimum(rising, falling))


def _widened(edges: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Spread the edges of each band that is narrower than ``width``, Hz, evenly in mel.

    From the lowest band up, and each in the sight of those before it, as the original does: an
    edge that a band has moved is the middle of one neighbour and an edge of the next.
    """
    moved = edges.copy()
    for low in range(len(edges) - 2):
        if moved[low + 2] - moved[low] < width:
            middle = moved[low + 1] + _HTK_HZ
            spread = np.exp(np.arcsinh(0.5 * width / middle))
            moved[low], moved[low + 2] = middle / spread - _HTK_HZ, middle * spread - _HTK_HZ
    return moved[:-2], moved[1:-1], moved[2:]
