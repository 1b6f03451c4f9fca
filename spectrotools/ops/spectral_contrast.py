"""How far peaks stand above valleys, in octaves of a spectrum."""

import functools
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from .._validate import check, integer, number
from .arguments import checked_rate
from .greatest import greatest
from .numerics import (
    compiled,
    custom_gradient,
    flatten_leading,
    real_tensor,
    with_shape,
    working_dtype,
)
from .tiles import over_tiles, tile_rows
from .units import power_to_db

__all__ = ["spectral_contrast"]

_FEW = 4  # of a band; more are sorted
_ROWS = 2**12  # spectra at a time


class _Band(NamedTuple):
    """Bins [first, last), of which so many are a peak, and as many a valley."""

    first: int
    last: int
    taken: int


def spectral_contrast(
    spectrogram: Any,
    *,
    sample_rate: float,
    n_fft: int | None = None,
    fmin: float = 200.0,
    n_bands: int = 6,
    quantile: float = 0.02,
) -> tf.Tensor:
    r"""Give the levels of the peaks of each octave above those of its valleys.

    Octaves begin at ``fmin``, below which there is one band more, and the last one reaches up to
    half the sample rate. Of n bins, peak and valley are the means of the :math:`\max(1, n q)`
    greatest and smallest, with the ``quantile`` q. Both are levels in dB of what is taken for
    power, at least -100 dB and at most 80 dB below the greatest of an item.

    Args:
        spectrogram: ``[..., frames, bins]``, not negative; how many bins there are is known.
        sample_rate: Hz.
        n_fft: length of the Fourier transform, samples; None is ``2 * (bins - 1)``.
        fmin: Hz, above 0.
        n_bands: octaves, at least 1, each of which begins below ``sample_rate / 2``.
        quantile: in (0, 1).

    Returns:
        dB, ``[..., frames, n_bands + 1]``; 0 of silence.

    Raises:
        ValueError: if an argument is out of its range, or a band has no bin.

    Gradient:
        that of the bins that are taken; 0 of silence.

    Example:
        >>> import spectrotools as st
        >>> spectrum = st.STFT(n_fft=2048)(st.white_noise([22050], seed=0))
        >>> tuple(st.spectral_contrast(abs(spectrum), sample_rate=22050).shape)
        (45, 7)

    References:
        Jiang, Lu, Zhang, Tao, Cai, "Music type classification by spectral contrast feature", 2002.
        librosa 0.11, ``feature.spectral_contrast``.
    """
    levels, rate = real_tensor("spectrogram", spectrogram), checked_rate(sample_rate)
    rank = levels.shape.rank
    bins = (levels.shape[-1] if rank and rank >= 2 else None) or 0
    check(bins > 0, "spectrogram must be [..., frames, bins], of known bins", levels.shape)
    n_fft = max(2 * (bins - 1), 1) if n_fft is None else integer("n_fft", n_fft, 1)
    check(n_fft // 2 + 1 == bins, f"n_fft must be of n_fft // 2 + 1 = {bins} bins", n_fft)
    check(number("fmin", fmin, 0.0) > 0, "fmin must be above 0 Hz", fmin)
    check(0 < quantile < 1, "quantile must be in (0, 1)", quantile)
    integer("n_bands", n_bands, 1)
    highest = fmin * 2.0 ** (n_bands - 1)
    check(highest < rate / 2, f"the last of n_bands must begin below {rate / 2} Hz", highest)
    bands = _bands(rate, n_fft, float(fmin), n_bands, float(quantile))
    empty = [place for place, band in enumerate(bands) if band.last <= band.first]
    check(not empty, "every band must hold bins: take a longer n_fft or a higher fmin", empty)
    return _contrast(levels, bands=bands)


@functools.lru_cache(maxsize=64)
def _bands(
    rate: float, n_fft: int, fmin: float, n_bands: int, quantile: float
) -> tuple[_Band, ...]:
    """The bands, as librosa has them.

    A band takes the bin before it, too, and leaves its own last one to the next band, which is
    counted in both.
    """
    hz = np.arange(n_fft // 2 + 1) * (rate / n_fft)
    edges = np.concatenate([[0.0], fmin * 2.0 ** np.arange(n_bands + 1)])
    bands = []
    for band in range(n_bands + 1):
        first = int(np.searchsorted(hz, edges[band]))
        end = int(np.searchsorted(hz, edges[band + 1], side="right"))
        is_last = band == n_bands
        end = len(hz) if is_last else end
        first -= band > 0 and end > first
        count = max(int(np.rint(quantile * (end - first))), 1)
        last = end if is_last else end - 1
        bands.append(_Band(first, last, min(count, last - first)))
    return tuple(bands)


@compiled
def _contrast(spectrogram: tf.Tensor, *, bands: tuple[_Band, ...]) -> tf.Tensor:
    levels = tf.cast(spectrogram, working_dtype(spectrogram.dtype))
    rows, unfold = flatten_leading(levels, keep=1)
    rows = with_shape(rows, [rows.shape[0], bands[-1].last])
    few = tuple(band for band in bands if band.taken <= _FEW)
    found = dict(zip(few, tf.unstack(_means(rows, few), axis=-1), strict=True)) if few else {}
    means = tf.stack([found[b] if b in found else _sorted(rows, b) for b in bands], axis=-1)
    peak, valley = (power_to_db(unfold(part)) for part in tf.unstack(means, axis=1))
    return tf.cast(peak - valley, spectrogram.dtype)


def _sorted(rows: tf.Tensor, band: _Band) -> tf.Tensor:
    """The means ``[rows, 2]`` of the greatest and of the smallest of a band."""
    values = rows[:, band.first : band.last]
    peak, valley = (
        tf.reduce_mean(tf.math.top_k(side, band.taken, sorted=False).values, axis=-1)
        for side in (values, -values)
    )
    return tf.stack([peak, -valley], axis=-1)


def _means(rows: tf.Tensor, bands: tuple[_Band, ...]) -> tf.Tensor:
    """The same of bands of few, ``[rows, 2, bands]``.

    A gradient goes to those that are taken. Where more are equal than are, they share it.
    """
    tile = tile_rows(1, _ROWS, rows.shape[0])

    @custom_gradient
    def means(rows: tf.Tensor) -> tuple:
        means, inmost = tf.unstack(over_tiles(_extremes, rows, tile=tile, bands=bands), axis=1)

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            parts = [
                tf.pad(
                    _slope(rows, band, inmost[..., place, None], upstream[..., place, None]),
                    [[0, 0], [band.first, rows.shape[-1] - band.last]],
                )
                for place, band in enumerate(bands)
            ]
            return tf.add_n(parts)

        return means, gradient

    return means(rows)


def _extremes(rows: tf.Tensor, *, bands: tuple[_Band, ...]) -> tf.Tensor:
    """Means of what is taken, and its inmost, of peaks and valleys: ``[rows, 2, 2, bands]``."""
    parts = [(rows[:, band.first : band.last], band.taken) for band in bands]
    peaks = [tf.stack(greatest(band, count), axis=1) for band, count in parts]
    valleys = [-tf.stack(greatest(-band, count), axis=1) for band, count in parts]
    return tf.stack([tf.stack(side, axis=-1) for side in (peaks, valleys)], axis=2)


def _slope(rows: tf.Tensor, band: _Band, inmost: tf.Tensor, upstream: tf.Tensor) -> tf.Tensor:
    """What every bin of a band counts in its means, times ``upstream``, both ``[rows, 2, 1]``."""
    values, total = rows[:, band.first : band.last], 0.0
    for side, sign in enumerate((1.0, -1.0)):
        beyond = tf.cast(sign * values > sign * inmost[:, side], values.dtype)
        equal = tf.cast(values == inmost[:, side], values.dtype)
        left = band.taken - tf.reduce_sum(beyond, axis=-1, keepdims=True)
        share = left / tf.maximum(tf.reduce_sum(equal, axis=-1, keepdims=True), 1.0)
        total += (beyond + share * equal) * (upstream[:, side] / band.taken)
    return total
