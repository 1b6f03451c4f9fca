r"""Triangles on any scale of frequency, of which the mel scale is one.

On each of them equal steps are, to somebody's ear or purpose, alike:

* ``"linear"``: Hz;
* ``"log"``: octaves;
* ``"bark"``: critical bands, :math:`26.81 f / (1960 + f) - 0.53`;
* ``"erb"``: the number of equivalent rectangular bandwidths below f,
  :math:`21.4 \log_{10}(1 + 0.00437 f)`;
* ``"slaney"`` and ``"htk"``: the mel of :func:`hz_to_mel`.
"""

import functools
from collections.abc import Callable
from typing import Literal

import numpy as np

from .._validate import check, integer, one_of
from .arguments import checked_rate
from .filterbanks import MelNorm, hz_to_mel, mel_to_hz

__all__ = ["FrequencyScale", "triangular_filterbank"]

FrequencyScale = Literal["linear", "log", "bark", "erb", "slaney", "htk"]

_ERBS, _PER_HZ = 21.4, 0.00437
_MAPS: dict[str, tuple[Callable, Callable]] = {
    "linear": (lambda hz: hz, lambda place: place),
    "log": (np.log2, np.exp2),
    "bark": (
        lambda hz: 26.81 * hz / (1960.0 + hz) - 0.53,
        lambda bark: 1960.0 * (bark + 0.53) / (26.28 - bark),
    ),
    "erb": (
        lambda hz: _ERBS * np.log10(1.0 + _PER_HZ * hz),
        lambda erbs: (10.0 ** (erbs / _ERBS) - 1.0) / _PER_HZ,
    ),
    "slaney": (lambda hz: hz_to_mel(hz, "slaney"), lambda mel: mel_to_hz(mel, "slaney")),
    "htk": (lambda hz: hz_to_mel(hz, "htk"), lambda mel: mel_to_hz(mel, "htk")),
}


@functools.lru_cache(maxsize=32)
def triangular_filterbank(
    *,
    sample_rate: float,
    n_fft: int,
    n_bands: int,
    scale: FrequencyScale,
    fmin: float = 0.0,
    fmax: float | None = None,
    norm: MelNorm = "none",
) -> np.ndarray:
    r"""Make triangles, evenly spaced on a scale, that turn a spectrum into bands.

    Band b rises in a straight line from edge :math:`f_b`, Hz, to 1 at :math:`f_{b+1}` and falls to
    :math:`f_{b+2}`, of ``n_bands + 2`` edges from ``fmin`` to ``fmax``. Between the first middle
    and the last one the bands of each bin sum to 1. A band that lies between two bins would be
    silent whatever is heard; it is refused.

    Args:
        sample_rate: Hz.
        n_fft: length of the Fourier transform, samples, at least 2.
        n_bands: at least 1.
        scale: where the edges are evenly spaced (see the top of this module).
        fmin: lowest edge, Hz, at least 0; above 0 for ``"log"``.
        fmax: highest edge, Hz, above ``fmin``, at most ``sample_rate / 2``; None is that.
        norm: ``"slaney"`` divides each triangle by half its width in Hz, so that the area is 1;
            ``"none"`` leaves its height at 1.

    Returns:
        float64 array ``[n_fft // 2 + 1, n_bands]``, read-only: ``spectrum @ bank`` is the bands.

    Raises:
        ValueError: if an argument is out of its range, or a band has no bin.

    Example:
        >>> import spectrotools as st
        >>> bank = st.triangular_filterbank(
        ...     sample_rate=16000, n_fft=1024, n_bands=20, scale="bark", fmin=50.0
        ... )
        >>> bank.shape, f"{bank[100].sum():.3f}"
        ((513, 20), '1.000')

    References:
        Traunmüller, "Analytical expressions for the tonotopic sensory scale", JASA 88(1), 1990,
        eq. 6. Glasberg, Moore, "Derivation of auditory filter shapes from notched-noise data",
        Hearing Research 47, 1990, eq. 4.
    """
    rate = checked_rate(sample_rate)
    integer("n_fft", n_fft, 2)
    integer("n_bands", n_bands, 1)
    onto, back = _MAPS[one_of("scale", scale, FrequencyScale)]
    one_of("norm", norm, MelNorm)
    fmax = rate / 2 if fmax is None else fmax
    check(fmin >= 0, "fmin must be at least 0 Hz", fmin)
    check(fmin > 0 or scale != "log", "fmin must be above 0 Hz with scale='log'", fmin)
    check(fmin < fmax <= rate / 2, f"fmax must be in (fmin={fmin}, sample_rate / 2]", fmax)

    edges = back(np.linspace(onto(np.float64(fmin)), onto(np.float64(fmax)), n_bands + 2))
    bins = np.fft.rfftfreq(n_fft, 1.0 / rate)[:, None]
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    rising, falling = (bins - low) / (middle - low), (high - bins) / (high - middle)
    bank = np.maximum(0.0, np.minimum(rising, falling))
    empty = np.flatnonzero(~np.any(bank, axis=0))
    cure = "fewer n_bands, a longer n_fft or a higher fmin"
    check(not empty.size, f"no band may lie between two bins: take {cure}", empty.tolist())
    bank *= 2.0 / (high - low) if norm == "slaney" else 1.0
    bank.setflags(write=False)
    return bank
