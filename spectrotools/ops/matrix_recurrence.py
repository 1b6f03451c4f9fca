r"""Recurrences of vectors, :math:`s_{k+1} = M_k s_k + v_k`, all steps side by side.

As in :mod:`recurrence`, two steps in a row are one: their matrices multiply. Within rows of steps
a doubling number of them is joined; what a row leaves over to the next is the same recurrence of
the rows. Where one matrix stays, only its powers are made.
"""

from typing import Any

import tensorflow as tf

from .numerics import sizes

__all__ = ["changing_recurrence", "matrix_powers", "steady_recurrence", "times"]

_ROW = 512  # steps that are joined side by side
_LEVELS = 3  # rows of rows: 512 ** 3 steps
_HUGE = 1e150  # no product of two such numbers overflows, to leave NaN where nothing is driven


def steady_recurrence(matrix: tf.Tensor, drive: tf.Tensor, levels: int = _LEVELS) -> tf.Tensor:
    r"""Evaluate :math:`s_k = M s_{k-1} + v_k` from :math:`s_{-1} = 0`.

    Args:
        matrix: M, ``[batch or 1, frames or 1, order, order]``.
        drive: v, ``[batch, frames, steps, order]``.
        levels: of rows of rows.

    Returns:
        s, ``[batch, frames, steps, order]``.
    """
    batch, frames, steps, order = sizes(drive)
    row, rows = _row_and_rows(steps)
    powers = matrix_powers(matrix, row + 1)[:, :, 1:]
    padded = tf.pad(drive, [[0, 0], [0, 0], [0, rows * row - steps], [0, 0]])
    local = _joined(powers, tf.reshape(padded, [batch, frames, rows, row, order]))
    if levels > 1 and not (isinstance(rows, int) and rows <= 1):
        ends = steady_recurrence(powers[:, :, -1], local[:, :, :, -1], levels - 1)
        before = tf.pad(ends[:, :, :-1], [[0, 0], [0, 0], [1, 0], [0, 0]])
        shape = [*sizes(powers)[:2], row * order, order]
        carried = times(before, tf.reshape(powers, shape))
        local += tf.reshape(carried, [batch, frames, rows, row, order])
    return tf.reshape(local, [batch, frames, rows * row, order])[:, :, :steps]


def changing_recurrence(matrices: tf.Tensor, drive: tf.Tensor, levels: int = _LEVELS) -> tf.Tensor:
    r"""Evaluate :math:`s_k = M_k s_{k-1} + v_k` from :math:`s_{-1} = 0`.

    Args:
        matrices: M, ``[batch or 1, steps, order, order]``.
        drive: v, ``[batch, steps, order]``.
        levels: of rows of rows.

    Returns:
        s, ``[batch, steps, order]``.
    """
    batch, steps, order = sizes(drive)
    row, rows = _row_and_rows(steps)
    shared, beyond = sizes(matrices)[0], rows * row - steps
    matrices = tf.pad(matrices, [[0, 0], [0, beyond], [0, 0], [0, 0]])
    matrices = tf.reshape(matrices, [shared, rows, row, order, order])
    drive = tf.reshape(tf.pad(drive, [[0, 0], [0, beyond], [0, 0]]), [batch, rows, row, order])
    for shift in (2**k for k in range((row - 1).bit_length())):
        later = drive[:, :, shift:] + tf.linalg.matvec(
            matrices[:, :, shift:], drive[:, :, :-shift]
        )
        longer = _product(matrices[:, :, shift:], matrices[:, :, :-shift])
        drive = tf.concat([drive[:, :, :shift], later], axis=2)
        matrices = tf.concat([matrices[:, :, :shift], longer], axis=2)
    if levels > 1 and not (isinstance(rows, int) and rows <= 1):
        ends = changing_recurrence(matrices[:, :, -1], drive[:, :, -1], levels - 1)
        before = tf.pad(ends[:, :-1], [[0, 0], [1, 0], [0, 0]])
        drive += tf.linalg.matvec(matrices, before[:, :, None])
    return tf.reshape(drive, [batch, rows * row, order])[:, :steps]


def matrix_powers(matrix: tf.Tensor, count: int) -> tf.Tensor:
    """The first ``count`` powers from the 0th on, ``[..., count, order, order]``."""
    order = matrix.shape[-1]
    same = tf.eye(order, batch_shape=tf.shape(matrix)[:-2], dtype=matrix.dtype)
    powers, highest = same[..., None, :, :], matrix
    for _ in range((count - 1).bit_length()):
        powers = tf.concat([powers, _product(highest[..., None, :, :], powers)], axis=-3)
        highest = _product(highest, highest)
    return powers[..., :count, :, :]


def _product(second: tf.Tensor, first: tf.Tensor) -> tf.Tensor:
    return tf.clip_by_value(tf.matmul(second, first), -_HUGE, _HUGE)


def _row_and_rows(steps: Any) -> tuple[int, Any]:
    row = min(_ROW, max(steps, 1)) if isinstance(steps, int) else _ROW
    return row, -(-steps // row)


def _joined(powers: tf.Tensor, drive: tf.Tensor) -> tf.Tensor:
    """The recurrence along rows of known size, ``[batch, frames, rows, row, order]``."""
    batch, frames, rows, row, order = sizes(drive)
    for shift in (2**k for k in range((row - 1).bit_length())):
        earlier = tf.reshape(drive[..., :-shift, :], [batch, frames, rows * (row - shift), order])
        later = tf.reshape(
            times(earlier, powers[:, :, shift - 1]), [batch, frames, rows, row - shift, order]
        )
        drive = tf.concat([drive[..., :shift, :], drive[..., shift:, :] + later], axis=-2)
    return drive


def times(vectors: tf.Tensor, matrix: tf.Tensor) -> tf.Tensor:
    """``[batch, frames, steps, n]`` by ``[batch or 1, frames or 1, m, n]``, to ``m`` each.

    A matrix that all share is one product, which is faster than many, and so is its gradient.
    """
    if matrix.shape[0] != 1 or matrix.shape[1] != 1:
        return tf.matmul(vectors, matrix, transpose_b=True)
    batch, frames, steps, size = sizes(vectors)
    flat = tf.reshape(vectors, [batch * frames * steps, size])
    product = tf.matmul(flat, matrix[0, 0], transpose_b=True)
    return tf.reshape(product, [batch, frames, steps, matrix.shape[-2]])
