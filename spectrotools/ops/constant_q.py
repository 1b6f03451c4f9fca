r"""Constant-Q: filters that share out the spectrum, and their coefficients, slice by slice.

A *slice* is a stretch of :math:`HT + 1` samples, seen as one half of an even signal of period
:math:`2HT`. Its spectrum :math:`X` is real, and so is what a filter :math:`g_k` lets through of
it. With :math:`M = 2T` and ``hop_length`` :math:`H`, the coefficients

.. math:: c_k[n] = \sqrt{\tfrac{w}{H}}\,\frac1M \sum_j g_k[j]\,X[j]\,e^{2\pi i jn/M},
    \qquad n = 0, \dots, T

(:math:`w` is 1 at DC and at the Nyquist frequency, else 2) are then the Fourier transform of a
real sequence of M numbers, the products folded: :math:`g_k` is no wider than M bins. With
:math:`\sum_k g_k^2 = 1` this is a tight frame of even signals: half the first sample, all the
others and half the last one have the energy of half the first coefficients, all the others and
half the last ones, and the transpose is the inverse.

References:
    Holighaus, Dörfler, Velasco and Grill, "A framework for invertible, real-time constant-Q
    transforms", IEEE TASLP 21(4), 2013: painless frames in the frequency domain, and slices.
"""

import functools
import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from .fft import irfft, rfft
from .numerics import custom_gradient, sizes

__all__ = [
    "Group",
    "analyse_slices",
    "band_corners",
    "make_groups",
    "settling",
    "synthesise_slices",
]

_KAISER = 14.0  # of the crossfades: their echo in time is below -130 dB after 9 / width
_SETTLED = 9.0


def band_corners(
    sample_rate: float, bins_per_octave: int, fmin: float, fmax: float, gamma: float
) -> np.ndarray:
    """Say between which frequencies each filter rises and falls.

    The first filter is the rest down to DC, the last one the rest up to the Nyquist frequency;
    those between stand at ``fmin * 2**(k / bins_per_octave)``, up to ``fmax``.

    Args:
        sample_rate: Hz.
        bins_per_octave: at least 1.
        fmin: of the lowest filter between, Hz, above 0.
        fmax: of the highest one, Hz, a step below half the sample rate at most.
        gamma: Hz by which every filter is wider, at least 0.

    Returns:
        Hz, float64 ``[bands, 4]``: a filter is 0 up to the first, rises to the second, falls from
        the third on and is 0 from the fourth on.
    """
    nyquist, ratio = sample_rate / 2.0, 2.0 ** (1.0 / bins_per_octave)
    count = int(np.floor(np.log2(fmax / fmin) * bins_per_octave + 1e-9)) + 1
    centres = fmin * ratio ** np.arange(count)
    low = np.maximum(centres / ratio - gamma / 2.0, 0.0)
    high = np.minimum(centres * ratio + gamma / 2.0, nyquist)
    bands = np.stack([low, centres, centres, high], axis=1)
    below = [0.0, 0.0, low[0], centres[0]]
    above = [centres[-1], high[-1], nyquist, nyquist]
    return np.array([below, *bands, above])


def settling(corners: np.ndarray) -> float:
    """Seconds after which nothing is left of what a filter heard, to -130 dB of it.

    Args:
        corners: of :func:`band_corners`; the narrowest rise or fall decides.
    """
    rising, falling = corners[1:, 1] - corners[1:, 0], corners[:-1, 3] - corners[:-1, 2]
    return _SETTLED / float(min(rising.min(), falling.min()))


@functools.cache
def _crossfade_table() -> tuple[np.ndarray, np.ndarray]:
    place = np.linspace(-1.0, 1.0, 2**17 + 1)
    total = np.cumsum(np.i0(_KAISER * np.sqrt(1.0 - place**2)))
    done = (total - total[0]) / (total[-1] - total[0])
    return (place + 1.0) / 2.0, np.sin(np.pi / 2.0 * done)


def _filter(frequencies: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """The filter between four corners, before all are made to share out the spectrum."""
    low, full, full_until, high = corners
    up = (frequencies - low) / (full - low) if full > low else np.ones_like(frequencies)
    down = (high - frequencies) / (high - full_until) if high > full_until else np.ones_like(up)
    return np.interp(np.minimum(up, down), *_crossfade_table())


class Band(NamedTuple):
    """What one filter lets through: the bins from ``start`` on, times these weights.

    Those at DC and at the Nyquist frequency reach as far to either side, and their coefficients
    are real; the others have positive frequencies only.
    """

    start: int
    weights: np.ndarray
    real: bool


class Group(NamedTuple):
    """Neighbouring filters that share a hop."""

    hop_length: int
    frames: int  # in a slice, less one
    bands: tuple[Band, ...]


@functools.lru_cache(maxsize=16)
def make_groups(
    corners: tuple[tuple[float, ...], ...],
    runs: tuple[tuple[int, int], ...],
    sample_rate: float,
    half: int,
) -> tuple[Group, ...]:
    """Lay filters out over slices of ``half + 1`` samples.

    Args:
        corners: of :func:`band_corners`.
        runs: a hop, which divides ``half``, and how many filters have it; and so on.
        sample_rate: Hz.
        half: samples in half a period of the even signal.

    Returns:
        One group for each run.
    """
    step = sample_rate / (2 * half)  # Hz from bin to bin
    spans = [_span(edges, step, half) for edges in corners]
    filters = [
        _filter(np.arange(*span) * step, np.array(edges))
        for span, edges in zip(spans, corners, strict=True)
    ]
    power = np.zeros(half + 1)
    for (start, stop), weights in zip(spans, filters, strict=True):
        power[start:stop] += weights**2
    starts = [start for start, _ in spans]
    shared = [
        weights / np.sqrt(power[start : start + len(weights)])
        for start, weights in zip(starts, filters, strict=True)
    ]
    lowest, highest = shared[0], shared[-1]
    bands = [
        Band(1 - len(lowest), np.concatenate([lowest[:0:-1], lowest]), real=True),
        *(
            Band(start, weights, real=False)
            for start, weights in zip(starts[1:-1], shared[1:-1], strict=True)
        ),
        Band(starts[-1], np.concatenate([highest, highest[-2::-1]]), real=True),
    ]
    ends = np.cumsum([count for _, count in runs])
    return tuple(
        Group(hop, half // hop, tuple(bands[end - count : end]))
        for (hop, count), end in zip(runs, ends, strict=True)
    )


def _span(edges: tuple[float, ...], step: float, half: int) -> tuple[int, int]:
    """The bins [start, stop) in which a filter is not 0."""
    low, full, full_until, high = edges
    start = int(np.floor(low / step)) + 1 if full > low else 0
    stop = int(np.ceil(high / step)) if high > full_until else half + 1
    return start, min(stop, half + 1)


def _end(band: Band) -> int:
    return band.start + len(band.weights)


def _folds(
    bands: Sequence[Band], fold: int, width: int, dtype: tf.DType
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Which rows of the spectrum, cut into rows of one fold, each filter sums, weighted how.

    Yields:
        ``[bands]`` indices of rows and their ``[bands, width]`` weights, until all are summed;
        past the ``width`` there is nothing.
    """
    firsts = np.array([band.start // fold for band in bands])
    lasts = np.array([(_end(band) - 1) // fold for band in bands])
    for turn in range(int(np.max(lasts - firsts)) + 1):
        weights = np.zeros([len(bands), width], dtype.as_numpy_dtype)
        for row, band in enumerate(bands):
            begin = (firsts[row] + turn) * fold - band.start  # of the row, in the filter
            part = band.weights[max(begin, 0) : max(begin + fold, 0)]
            gain = 1.0 if band.real else np.sqrt(2.0)
            weights[row, max(-begin, 0) : max(-begin, 0) + len(part)] = gain * part
        yield firsts + turn, weights


def _places(groups: Sequence[Group]) -> tuple[np.ndarray, np.ndarray]:
    """Where, in all folded spectra in a row, each bin is, and its weights on the way back.

    Returns:
        ``[places of one bin, bins]`` int32 indices and float64 weights.
    """
    half = groups[0].frames * groups[0].hop_length
    heard, entries, offset = np.zeros(half + 1, int), [], 0
    for group in groups:
        fold = 2 * group.frames
        scale = fold * np.sqrt(group.hop_length)
        for band in group.bands:
            around = np.arange(band.start, band.start + len(band.weights))
            inside = (around >= 0) & (around <= half)
            bins, weights = around[inside], scale * band.weights[inside]
            # A real band is even in frequency: what is odd of it counts for nothing.
            sides = [(1, weights / 2), (-1, weights / 2)] if band.real else [(1, weights / 2**0.5)]
            for side, weight in sides:
                entries.append((heard[bins], bins, offset + side * bins % fold, weight))
                heard[bins] += 1
            offset += fold
    places, back = np.zeros([heard.max(), half + 1], np.int32), np.zeros([heard.max(), half + 1])
    for layer, bins, place, weight in entries:
        places[layer, bins], back[layer, bins] = place, weight
    return places, back


def analyse_slices(audio: tf.Tensor, groups: Sequence[Group]) -> tuple[tf.Tensor, ...]:
    """Transform slices to coefficients, a tensor for each hop.

    Args:
        audio: ``[batch, half + 1]``, float32 or float64.
        groups: of :func:`make_groups`, for that ``half``.

    Returns:
        For each group ``[batch, frames + 1, bands]``, complex64 or complex128.
    """

    @custom_gradient
    def transform(audio: tf.Tensor) -> tuple:
        def gradient(*upstream: tf.Tensor) -> tf.Tensor:
            doubled = [part * _ends(sizes(part)[1], 2.0, part.dtype)[:, None] for part in upstream]
            sound = synthesise_slices(doubled, groups)
            return sound * _ends(sizes(sound)[1], 0.5, sound.dtype)

        # The spectrum of an even signal is real, and even. It is long: float32 would miss -130 dB.
        spectrum = rfft(_mirrored(tf.cast(audio, tf.float64)))
        spectrum = _mirrored(tf.cast(tf.math.real(spectrum), audio.dtype))
        return tuple(_coefficients(spectrum, group) for group in groups), gradient

    return transform(audio)


def synthesise_slices(coefficients: Sequence[tf.Tensor], groups: Sequence[Group]) -> tf.Tensor:
    """Undo :func:`analyse_slices`; what is imaginary in the first and last frame is ignored.

    Args:
        coefficients: for each group ``[batch, frames + 1, bands]``, complex.
        groups: of :func:`make_groups`.

    Returns:
        ``[batch, half + 1]``, float32 or float64.
    """

    @custom_gradient
    def transform(*coefficients: tf.Tensor) -> tuple:
        def gradient(upstream: tf.Tensor) -> tuple:
            doubled = upstream * _ends(sizes(upstream)[1], 2.0, upstream.dtype)
            parts = analyse_slices(doubled, groups)
            return tuple(part * _ends(sizes(part)[1], 0.5, part.dtype)[:, None] for part in parts)

        pairs = zip(coefficients, groups, strict=True)
        folded = tf.concat([_folded(part, group) for part, group in pairs], axis=1)
        spectrum = tf.add_n(
            [
                tf.gather(folded, layer, axis=1) * tf.constant(weights, folded.dtype)
                for layer, weights in zip(*_places(groups), strict=True)
            ]
        )
        half = groups[0].frames * groups[0].hop_length
        even = irfft(tf.cast(spectrum, tf.complex128), 2 * half)
        return tf.cast(even[:, : half + 1], spectrum.dtype), gradient

    return transform(*coefficients)


def _ends(count: int | tf.Tensor, weight: float, dtype: tf.DType) -> tf.Tensor:
    """Ones, but for the first and the last of so many."""
    end = tf.constant([weight], dtype)
    return tf.concat([end, tf.ones([count - 2], dtype), end], axis=0)


def _mirrored(half: tf.Tensor) -> tf.Tensor:
    """The whole period of an even sequence, of which the first half is given, ends included."""
    return tf.concat([half, tf.reverse(half[:, 1:-1], axis=[1])], axis=1)


def _coefficients(spectrum: tf.Tensor, group: Group) -> tf.Tensor:
    fold = 2 * group.frames
    cut = tf.reshape(spectrum, [-1, group.hop_length, fold])

    def octave(band: Band) -> int:
        """By which power of 2 the row that a filter is in need not be whole."""
        inside = 0 <= band.start and _end(band) <= fold
        return (fold // _end(band)).bit_length() if inside else 0

    parts = []
    for power, run in itertools.groupby(group.bands, octave):
        bands, width = list(run), fold >> max(power - 1, 0)
        folds = _folds(bands, fold, width, cut.dtype)
        row = cut[:, :, :width] if power else cut
        folded = tf.add_n(
            [tf.gather(row, rows % group.hop_length, axis=1) * weights for rows, weights in folds]
        )
        parts.append(rfft(folded / (fold * group.hop_length**0.5), fold))
    return tf.transpose(tf.concat(parts, axis=1), [0, 2, 1], conjugate=True)


def _folded(coefficients: tf.Tensor, group: Group) -> tf.Tensor:
    by_band = tf.transpose(coefficients, [0, 2, 1], conjugate=True)
    folded = irfft(by_band, 2 * group.frames)
    batch, bands, size = sizes(folded)
    return tf.reshape(folded, [batch, bands * size])
