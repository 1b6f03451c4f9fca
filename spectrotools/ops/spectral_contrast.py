"""How far peaks stand above valleys, in octaves of a spectrum."""

import functools
from typing import Any

import numpy as np
import tensorflow as tf

from .._validate import check, integer, number
from .arguments import checked_rate
from .extremes import means_of_extremes
from .numerics import compiled, flatten_leading, real_tensor, with_shape, working_dtype
from .units import power_to_db

__all__ = ["spectral_contrast"]


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
    empty = [band for band, (first, last, _) in enumerate(bands) if last <= first]
    check(not empty, "every band must hold bins: take a longer n_fft or a higher fmin", empty)
    return _contrast(levels, bands=bands)


@functools.lru_cache(maxsize=64)
def _bands(
    rate: float, n_fft: int, fmin: float, n_bands: int, quantile: float
) -> tuple[tuple[int, int, int], ...]:
    """Of each band its bins [first, last), and how many of them are a peak, as librosa has it.

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
        bands.append((first, end if is_last else end - 1, count))
    return tuple(bands)


@compiled
def _contrast(spectrogram: tf.Tensor, *, bands: tuple[tuple[int, int, int], ...]) -> tf.Tensor:
    levels = tf.cast(spectrogram, working_dtype(spectrogram.dtype))
    rows, unfold = flatten_leading(levels, keep=1)
    columns = tf.transpose(rows)  # bins first: what is compared lies side by side
    columns = with_shape(columns, [bands[-1][1], None])  # which calls of many ranks left unknown
    means = [
        means_of_extremes(columns[first:last], min(count, last - first))
        for first, last, count in bands
    ]
    peak, valley = (
        power_to_db(unfold(tf.stack(part, axis=-1))) for part in zip(*means, strict=True)
    )
    return tf.cast(peak - valley, spectrogram.dtype)
