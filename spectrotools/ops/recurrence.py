r"""Recurrences of the first order whose every step has its own decay, all steps side by side.

Two steps in a row are one step: :math:`y \mapsto d_1 y + x_1`, then :math:`y \mapsto d_2 y + x_2`,
is :math:`y \mapsto d_2 d_1\,y + (d_2 x_1 + x_2)`; and so with a maximum for the sum, where no
decay is negative. Within rows of values a doubling number of steps is joined; what a row leaves
over to the next one is the same recurrence of the rows.

References:
    Blelloch, "Prefix sums and their applications", CMU-CS-90-190, 1990, sec. 1.4.
"""

from collections.abc import Callable

import tensorflow as tf

from .numerics import sizes

__all__ = ["linear_recurrence", "maximum_recurrence"]

_ROW = 256  # values that a recurrence goes through side by side
_LEVELS = 4  # rows of rows: 256 ** 4 values


def linear_recurrence(
    decay: tf.Tensor, drive: tf.Tensor, initial: tf.Tensor | None = None
) -> tf.Tensor:
    r"""Evaluate :math:`y[n] = d[n]\,y[n-1] + x[n]` on ``[batch, frames]``.

    Args:
        decay: d, ``[batch, frames]``.
        drive: x, ``[batch, frames]``.
        initial: what there was before the first value, ``[batch]``; None is 0.
    """
    return _evaluated(decay, drive, initial, tf.add)


def maximum_recurrence(
    decay: tf.Tensor, drive: tf.Tensor, initial: tf.Tensor | None = None
) -> tf.Tensor:
    r"""Evaluate :math:`y[n] = \max(d[n]\,y[n-1],\ x[n])` for numbers of at least 0.

    Args:
        decay: d, ``[batch, frames]``.
        drive: x, ``[batch, frames]``.
        initial: what there was before the first value, ``[batch]``; None is 0.
    """
    return _evaluated(decay, drive, initial, tf.maximum)


def _evaluated(
    decay: tf.Tensor, drive: tf.Tensor, initial: tf.Tensor | None, join: Callable
) -> tf.Tensor:
    if initial is not None:
        first = join(drive[:, :1], decay[:, :1] * initial[:, None])
        drive = tf.concat([first, drive[:, 1:]], axis=1)
    return _scan(decay, drive, join)


def _scan(decay: tf.Tensor, drive: tf.Tensor, join: Callable, levels: int = _LEVELS) -> tf.Tensor:
    batch, frames = sizes(drive)
    row = min(_ROW, max(frames, 1)) if isinstance(frames, int) else _ROW
    rows = -(-frames // row)
    padding = [[0, 0], [0, rows * row - frames]]
    decay, drive = (tf.reshape(tf.pad(x, padding), [batch, rows, row]) for x in (decay, drive))
    for shift in (2**k for k in range((row - 1).bit_length())):
        later = join(drive[..., shift:], decay[..., shift:] * drive[..., :-shift])
        longer = decay[..., shift:] * decay[..., :-shift]
        drive = tf.concat([drive[..., :shift], later], axis=-1)
        decay = tf.concat([decay[..., :shift], longer], axis=-1)
    if levels > 1 and not (isinstance(rows, int) and rows <= 1):
        ends = _scan(decay[..., -1], drive[..., -1], join, levels - 1)
        before = tf.concat([tf.zeros_like(ends[:, :1]), ends[:, :-1]], axis=1)
        drive = join(drive, decay * before[..., None])
    return tf.reshape(drive, [batch, rows * row])[:, :frames]
