"""Means of the few greatest and of the few smallest of many values.

Values are compared in pairs, half of them with the other half. Of the k greatest, at most k / 2
are the lower one of a pair, for the higher one is then among them, too; of the k smallest
likewise. So each half is left with less to look for, and is compared in pairs in its turn, until
one greatest or smallest is looked for, or all are wanted. Some 50 of 300 values are left among
which are 6.
"""

import numpy as np
import tensorflow as tf

from .numerics import custom_gradient, sizes

__all__ = ["means_of_extremes"]

_FEW = 8  # values to look for by pairs; more are sorted

Parts = list[tf.Tensor]  # [of any count, columns]


def means_of_extremes(values: tf.Tensor, count: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Take the means of the ``count`` greatest and smallest values along the first axis.

    The gradient goes to those values in equal parts; what equals the last of them shares its part.

    Args:
        values: ``[size, columns]``, float32 or float64, of known size.
        count: from 1 to size.

    Returns:
        The two means, ``[columns]``.
    """
    if count == 1:
        return tf.reduce_max(values, axis=0), tf.reduce_min(values, axis=0)

    @custom_gradient
    def means(values: tf.Tensor) -> tuple:
        high, low = _candidates(values, count, count) if count <= _FEW else ([values], [values])
        highest, least = _greatest(tf.concat(high, axis=0), count)
        lowest, most = _greatest(-tf.concat(low, axis=0), count)

        def gradient(of_highest: tf.Tensor, of_lowest: tf.Tensor, *_: tf.Tensor) -> tf.Tensor:
            above, below = _shares(values, least, count), _shares(-values, most, count)
            return of_highest * above + of_lowest * below

        return (highest, -lowest, least, most), gradient

    return means(values)[:2]


def _candidates(values: tf.Tensor, most: int, least: int) -> tuple[Parts, Parts]:
    """What the ``most`` greatest are among, and what the ``least`` smallest are among.

    Halves are compared by reductions, for XLA computes each of these once, but a maximum of two
    tensors anew for all that follows from it.
    """
    size, columns = values.shape[0], sizes(values)[1]
    if max(most, least) == 1:
        high, low = (
            reduce(values, axis=0, keepdims=True) for reduce in (tf.reduce_max, tf.reduce_min)
        )
        return [high] * most, [low] * least
    if size <= 2 * max(most, least):
        return [values] * bool(most), [values] * bool(least)
    half = size // 2
    pairs = tf.reshape(values[: 2 * half], [2, half, columns])
    single = [values[2 * half :]] * (size % 2)
    of_higher = _candidates(tf.reduce_max(pairs, axis=0), most, least // 2)
    of_lower = _candidates(tf.reduce_min(pairs, axis=0), most // 2, least)
    high, low = (a + b for a, b in zip(of_higher, of_lower, strict=True))
    return high + single * bool(most), low + single * bool(least)


def _greatest(values: tf.Tensor, count: int) -> tuple[tf.Tensor, tf.Tensor]:
    """The mean of the ``count`` greatest, and the last of them.

    They are taken out one after the other. What is equal is taken out together, and counts as
    often as it is there.
    """
    if count > _FEW:
        best = tf.math.top_k(tf.transpose(values), count, sorted=False).values
        return tf.reduce_mean(best, axis=-1), tf.reduce_min(best, axis=-1)
    values = tf.concat(_candidates(values, count, 0)[0], axis=0)
    total = last = tf.zeros_like(values[0])
    left = tf.fill(tf.shape(total), tf.constant(count, values.dtype))
    nothing = tf.fill(tf.shape(values), tf.constant(-np.inf, values.dtype))
    for _ in range(count - 1):
        greatest = tf.reduce_max(values, axis=0)
        equal = values == greatest
        taken = tf.minimum(tf.reduce_sum(tf.cast(equal, values.dtype), axis=0), left)
        total += tf.math.multiply_no_nan(greatest, taken)
        last = tf.where(left > 0, greatest, last)
        left -= taken
        values = tf.where(equal, nothing, values)
    greatest = tf.reduce_max(values, axis=0)  # nan, if any value was
    total += tf.math.multiply_no_nan(greatest, left)
    return total / count, tf.where(left > 0, greatest, last)


def _shares(values: tf.Tensor, last: tf.Tensor, count: int) -> tf.Tensor:
    """What each value counts in the mean of the ``count`` greatest, given the last of them."""
    above, equal = (tf.cast(part, values.dtype) for part in (values > last, values == last))
    left = count - tf.reduce_sum(above, axis=0)
    return (above + equal * (left / tf.reduce_sum(equal, axis=0))) / count
