"""The greatest numbers of each row, by exchanges that XLA makes a few passes of."""

import numpy as np
import tensorflow as tf

__all__ = ["greatest"]

_Lanes = list[tf.Tensor]  # [rows, columns] each, of which every column is in descending order


def greatest(values: tf.Tensor, count: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Give the mean and the least of the ``count`` greatest of each row.

    They are found by a tournament: the halves of all columns are merged, again and again, and of
    each pair of them no more stay than are asked for.

    Args:
        values: ``[rows, columns]``, how many columns is known.
        count: at least 1, at most the columns; a few, for work and program grow with its square.

    Returns:
        ``[rows]`` both. They have no use for a gradient.

    References:
        Batcher, "Sorting networks and their applications", AFIPS 1968: the bitonic merge.
    """
    columns = values.shape[-1]
    if count == 1:
        most = tf.reduce_max(values, axis=-1)
        return most, most
    size = 1 << (columns - 1).bit_length()
    lowest = tf.fill([tf.shape(values)[0], size - columns], tf.constant(-np.inf, values.dtype))
    lanes = [tf.concat([values, lowest], axis=1)]
    most = 1 << (count - 1).bit_length()
    for _ in range(size.bit_length() - 1):
        half = lanes[0].shape[-1] // 2
        lanes = _merged(
            [lane[:, :half] for lane in lanes], [lane[:, half:] for lane in lanes], most
        )
    found = [lane[:, 0] for lane in lanes[:count]]
    return tf.add_n(found) / count, found[-1]


def _merged(one: _Lanes, other: _Lanes, most: int) -> _Lanes:
    """The greatest of both, at most so many lanes."""
    if len(one) < most:
        lanes = one + other[::-1]
    else:
        lanes = [tf.maximum(*pair) for pair in zip(one, other[::-1], strict=True)]
    step = len(lanes) // 2
    while step:
        for low in (k for k in range(len(lanes)) if not k & step):
            pair = lanes[low], lanes[low + step]
            lanes[low], lanes[low + step] = tf.maximum(*pair), tf.minimum(*pair)
        step //= 2
    return lanes
