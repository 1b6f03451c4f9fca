"""The filterbank that folds a spectrum into pitch classes."""

import functools
from typing import Literal

import numpy as np

from .._validate import check, integer, number, one_of
from .arguments import checked_rate

__all__ = ["ChromaBase", "ChromaNorm", "chroma_filterbank"]

ChromaNorm = Literal["l2", "l1", "max", "none"]
ChromaBase = Literal["c", "a"]

_A0_HZ = 27.5
_SUMS = {
    "l2": lambda bank: np.sqrt(np.sum(bank**2, axis=1, keepdims=True)),
    "l1": lambda bank: np.sum(bank, axis=1, keepdims=True),
    "max": lambda bank: np.max(bank, axis=1, keepdims=True),
}


@functools.lru_cache(maxsize=32)
def chroma_filterbank(
    *,
    sample_rate: float,
    n_fft: int,
    n_chroma: int = 12,
    tuning: float = 0.0,
    centre_octave: float = 5.0,
    octave_width: float | None = 2.0,
    norm: ChromaNorm = "l2",
    base: ChromaBase = "c",
) -> np.ndarray:
    r"""Make the weights that gather the bins of a spectrum in pitch classes.

    A bin at q classes above A0 counts by a bell around each class c, as wide as the bin or as a
    class, whichever is wider, and by another around the octaves that matter:

    .. math:: e^{-2 (\mathrm{d}(q, c) / w)^2} \cdot e^{-(q / N - o)^2 / 2 s^2}

    with the distance d within the octave, the width :math:`w \ge 1` of the bin in classes, the
    ``n_chroma`` N, ``centre_octave`` o (5 is 880 Hz) and ``octave_width`` s. DC is taken as a
    note one and a half octaves below bin 1.

    Args:
        sample_rate: Hz.
        n_fft: length of the Fourier transform, samples, at least 2.
        n_chroma: classes in an octave, at least 1.
        tuning: of A4 from 440 Hz, in classes.
        centre_octave: octaves above A0 that count most.
        octave_width: standard deviation of the octaves, above 0; None counts all alike.
        norm: which norm of the classes of a bin is 1, before the octaves are weighted.
        base: the note of class 0.

    Returns:
        float64 array ``[n_fft // 2 + 1, n_chroma]``, read-only: ``spectrum @ bank`` is the chroma.

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> bank = st.chroma_filterbank(sample_rate=16000, n_fft=4096)
        >>> a4 = np.arange(2049) == round(440.0 * 4096 / 16000)
        >>> int(np.argmax(a4 @ bank))  # C is 0
        9

    References:
        Ellis, "Chroma feature analysis and synthesis", 2007; librosa 0.11, ``filters.chroma``.
    """
    rate = checked_rate(sample_rate)
    integer("n_fft", n_fft, 2)
    integer("n_chroma", n_chroma, 1)
    check(bool(np.isfinite(tuning)), "tuning must be finite", tuning)
    check(bool(np.isfinite(centre_octave)), "centre_octave must be finite", centre_octave)
    if octave_width is not None:
        check(number("octave_width", octave_width, 0.0) > 0, "octave_width must be above 0", 0.0)
    one_of("norm", norm, ChromaNorm)

    hz = np.arange(1, n_fft) * (rate / n_fft)
    place = n_chroma * np.log2(hz / (_A0_HZ * 2.0 ** (tuning / n_chroma)))
    place = np.concatenate([[place[0] - 1.5 * n_chroma], place])
    width = np.append(np.maximum(np.diff(place), 1.0), 1.0)[:, None]
    half = np.round(n_chroma / 2)
    away = np.remainder(place[:, None] - np.arange(n_chroma) + half, n_chroma) - half
    bank = np.exp(-2.0 * (away / width) ** 2)
    bank /= _SUMS[norm](bank) if norm != "none" else 1.0
    if octave_width is not None:
        octaves = (place / n_chroma - centre_octave) / octave_width
        bank *= np.exp(-0.5 * octaves[:, None] ** 2)
    if one_of("base", base, ChromaBase) == "c":
        bank = np.roll(bank, -3 * (n_chroma // 12), axis=1)
    bank = np.ascontiguousarray(bank[: n_fft // 2 + 1])
    bank.setflags(write=False)
    return bank
