"""How features change from frame to frame: smoothed derivatives in time."""

import functools
from typing import Any, Literal

import numpy as np
import scipy.signal
import tensorflow as tf

from .._validate import check, integer, one_of
from .numerics import compiled, flatten_leading, real_tensor, sizes, working_dtype

__all__ = ["DeltaMode", "delta"]

DeltaMode = Literal["interp", "nearest"]


def delta(
    features: Any, *, width: int = 9, order: int = 1, mode: DeltaMode = "interp"
) -> tf.Tensor:
    r"""Estimate the derivative of features by the frames.

    It is that of the polynomial of degree ``order`` which fits the ``width`` frames around each
    one best (Savitzky and Golay's filter). Of the first order and W frames on either side,

    .. math:: d[t] = \frac{\sum_{n=1}^{W} n\,(x[t+n] - x[t-n])}{2 \sum_{n=1}^{W} n^2},

    which is HTK's.

    Args:
        features: ``[..., frames, features]``; with ``"interp"`` of at least ``width`` frames.
        width: frames, odd, at least 3 and above ``order``.
        order: of the derivative, at least 1.
        mode: at the ends ``"interp"`` takes the polynomial of the first and last ``width`` frames;
            ``"nearest"`` goes on with the first and last frame, as HTK does.

    Returns:
        the unit of the features, by frame to the power ``order``; of their shape.

    Raises:
        ValueError: if an argument is out of its range. Where a graph does not know how many
            frames there are, too few of them are an error when it runs.

    Example:
        >>> import spectrotools as st
        >>> rising = [[0.0], [2.0], [4.0], [6.0], [8.0]]
        >>> st.delta(rising, width=3).numpy()[:, 0].tolist()
        [2.0, 2.0, 2.0, 2.0, 2.0]
        >>> st.delta(rising, width=3, mode="nearest").numpy()[:, 0].tolist()
        [1.0, 2.0, 2.0, 2.0, 1.0]

    References:
        Furui, "Speaker-independent isolated word recognition using dynamic features of speech
        spectrum", 1986. Savitzky, Golay, "Smoothing and differentiation of data by simplified
        least squares procedures", 1964. Young et al., "The HTK book", eq. 5.16. librosa 0.11,
        ``feature.delta``.
    """
    features = real_tensor("features", features)
    rank = features.shape.rank
    check(rank is None or rank >= 2, "features must have an axis of frames", features.shape)
    width, order = integer("width", width, 3), integer("order", order, 1)
    check(width % 2 == 1, "width must be odd", width)
    check(width > order, f"width must be above order={order}", width)
    frames = features.shape[-2] if rank else None
    fits = one_of("mode", mode, DeltaMode) == "nearest" or frames is None or frames >= width
    cure = "a smaller width, or mode='nearest'"
    check(fits, f"features must have at least width={width} frames ({cure})", features.shape)
    return _derivative(features, width=width, order=order, mode=mode)


@functools.lru_cache(maxsize=64)
def _weights(width: int, order: int, place: int) -> np.ndarray:
    """What the frames of a window count in the derivative at one of them, float64 ``[width]``."""
    return scipy.signal.savgol_coeffs(width, order, deriv=order, pos=place, use="dot")


@compiled
def _derivative(features: tf.Tensor, *, width: int, order: int, mode: DeltaMode) -> tf.Tensor:
    half, dtype = width // 2, working_dtype(features.dtype)
    values, unfold = flatten_leading(tf.cast(features, dtype), keep=2)
    if mode == "nearest":
        first, last = (tf.repeat(end, half, axis=1) for end in (values[:, :1], values[:, -1:]))
        result = _middle(tf.concat([first, values, last], axis=1), width, order)
    else:
        middle = _middle(values, width, order)
        early = _at(range(half), values[:, :width], order)
        late = _at(range(half + 1, width), values[:, -width:], order)
        result = tf.concat([early, middle, late], axis=1)
    return tf.cast(unfold(result), features.dtype)


def _at(places: range, window: tf.Tensor, order: int) -> tf.Tensor:
    """The derivative at some places of one window ``[batch, width, features]``."""
    width = 2 * len(places) + 1
    rows = np.stack([_weights(width, order, place) for place in places])
    return tf.einsum("pw,bwf->bpf", tf.constant(rows, window.dtype), window)


def _middle(values: tf.Tensor, width: int, order: int) -> tf.Tensor:
    """The derivative in the middle of each window that fits, ``[batch, frames - width + 1, ...]``.

    Weights are even or odd, as the order is: each pair of frames is multiplied once.
    """
    half, weights = width // 2, _weights(width, order, width // 2)
    count = sizes(values)[1] - width + 1
    at = [values[:, place : place + count] for place in range(width)]
    sign = 1.0 if order % 2 == 0 else -1.0
    parts = [weights[half + n] * (at[half + n] + sign * at[half - n]) for n in range(1, half + 1)]
    return tf.add_n(parts if order % 2 else [weights[half] * at[half], *parts])
