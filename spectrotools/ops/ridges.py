r"""Ridges: the paths of partials through a picture of time and frequency."""

import functools
from typing import Any

import numpy as np
import tensorflow as tf

from .._validate import check, integer, number
from .numerics import compiled, flatten_leading, real_tensor, with_shape, working_dtype
from .viterbi import viterbi

__all__ = ["ridges"]


def ridges(
    levels: Any, *, n_ridges: int = 1, penalty: float = 1.0, max_step: int = 8, half_width: int = 8
) -> tf.Tensor:
    r"""Follow the loudest smooth paths from frame to frame, one after the other.

    A ridge b is the path that maximises

    .. math:: \sum_t L[t, b_t] - \lambda \sum_{t > 0} (b_t - b_{t-1})^2, \qquad
        |b_t - b_{t-1}| \le m,

    of the ``levels`` L, the ``penalty`` :math:`\lambda` and the ``max_step`` m, found by dynamic
    programming, so that no path is better. The next one is that of what is left when the bins
    within ``half_width`` of it have the lowest level of all.

    Args:
        levels: ``[..., frames, bins]``, finite, such as dB or a logarithm of magnitudes.
        n_ridges: how many, at least 1.
        penalty: of the square of a step of one bin, in the unit of the levels, at least 0.
        max_step: bins from frame to frame, at least 0.
        half_width: bins that are taken away on either side of a ridge, at least 0.

    Returns:
        bins, int32 ``[..., n_ridges, frames]``.

    Raises:
        ValueError: if an argument is out of its range, or ``levels`` have no frame or bins of an
            unknown number.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> stft = st.STFT(n_fft=512, hop_length=128)
        >>> low, high = (st.tone(hz, sample_rate=16000, length=4000) for hz in (500.0, 2000.0))
        >>> levels = st.amplitude_to_db(abs(stft(high + 0.5 * low)))
        >>> st.ridges(levels, n_ridges=2)[:, 10].numpy().tolist()  # bins of 31.25 Hz
        [64, 16]

    References:
        Carmona, Hwang and Torrésani, "Characterization of signals by the ridges of their wavelet
        transforms", IEEE TSP 45(10), 1997. Viterbi, "Error bounds for convolutional codes and an
        asymptotically optimum decoding algorithm", 1967.
    """
    levels = real_tensor("levels", levels)
    rank = levels.shape.rank
    rule = "levels must be [..., frames, bins]"
    check(rank is None or rank >= 2, rule, levels.shape)
    check(rank is None or levels.shape[-2] != 0, "levels must have at least one frame", levels)
    bins = (levels.shape[-1] if rank else None) or 0
    check(bins > 0, "levels must have bins of a known number, at least 1", levels.shape)
    count = integer("n_ridges", n_ridges, 1)
    penalty, step = number("penalty", penalty, 0.0), integer("max_step", max_step, 0)
    width = integer("half_width", half_width, 0)
    settings = {"bins": bins, "count": count, "half_width": width}
    return _ridges(levels, penalty=penalty, max_step=min(step, bins - 1), **settings)


@functools.lru_cache(maxsize=32)
def _costs(bins: int, penalty: float, max_step: int) -> np.ndarray:
    step = np.arange(-max_step, max_step + 1)
    costs = np.tile(-penalty * np.square(step.astype(np.float64)), (bins, 1))
    costs.setflags(write=False)
    return costs


@compiled
def _ridges(
    levels: tf.Tensor, *, bins: int, count: int, penalty: float, max_step: int, half_width: int
) -> tf.Tensor:
    levels, unfold = flatten_leading(tf.cast(levels, working_dtype(levels.dtype)), keep=2)
    costs = tf.constant(_costs(bins, penalty, max_step), levels.dtype)
    lowest = tf.reduce_min(levels, axis=[1, 2], keepdims=True)
    found = []
    for _ in range(count):
        ridge = viterbi(levels, costs)
        found.append(ridge)
        near = tf.abs(tf.range(bins) - ridge[:, :, None]) <= half_width
        levels = tf.where(near, lowest, levels)
    stacked = tf.stack(found, axis=1)
    return unfold(with_shape(stacked, [levels.shape[0], count, levels.shape[1]]))
