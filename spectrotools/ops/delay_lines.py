r"""Delay lines that feed one another, in blocks as long as the shortest of them.

For N lines of delays :math:`d_i`, each with a filter of one pole,

.. math::
    q_i[n] = e_i[n] + b_i z_i[n - d_i] + b'_i z_i[n - d_i - 1], \qquad
    v_i[n] = p_i v_i[n-1] + q_i[n], \qquad z[n] = A\,v[n].

No sample of a block of :math:`\min_i d_i` needs another one of it, so that it is computed at once.
Backwards in time the same equations, of :math:`A^T`, hold for the gradient: with D the delays and
gains, P the poles and :math:`\bar v` the upstream gradient, :math:`\bar q = P(\bar v + A^T r)`
for the solution of :math:`r = P(D \bar v + D A^T r)`, and :math:`r = D \bar q`.
"""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from .numerics import custom_gradient, sizes, with_shape
from .recurrence import linear_recurrence

__all__ = ["delayed", "line_outputs"]


def delayed(signals: tf.Tensor, delays: Sequence[int], length: Any) -> tf.Tensor:
    """The last ``length`` samples of signals ``[batch, lines, time]``, each delayed by its own.

    There have to be ``max(delays)`` samples before those.
    """
    begin = sizes(signals)[2] - length
    parts = [signals[:, i, begin - d : begin - d + length] for i, d in enumerate(delays)]
    return tf.stack(parts, axis=1)


def line_outputs(
    drive: tf.Tensor,
    feedback: tf.Tensor,
    filters: Sequence[tf.Tensor],
    *,
    delays: tuple[int, ...],
) -> tf.Tensor:
    """Evaluate what comes out of the lines, v, of silence before the first sample.

    Args:
        drive: e, ``[batch, lines, time]``.
        feedback: A, ``[batch, lines, lines]``, from the second axis of lines to the first.
        filters: b and, if lines do filter, b' and p, ``[batch, lines]`` each.
        delays: samples, at least 1.
    """
    if len(filters) == 1:
        return _plain(drive, filters[0][:, :, None] * feedback, delays)
    return _damped(drive, feedback, *filters, delays=delays)


def _plain(drive: tf.Tensor, feedback: tf.Tensor, delays: tuple[int, ...]) -> tf.Tensor:
    """The outputs where a line only delays: v = e + D A v."""

    @custom_gradient
    def outputs(drive: tf.Tensor, feedback: tf.Tensor) -> tuple:
        result = _in_blocks(drive, feedback, None, delays)

        def gradient(upstream: tf.Tensor) -> tuple:
            turned, back = tf.reverse(upstream, [2]), tf.linalg.matrix_transpose(feedback)
            late = _plain(_late(turned, delays), back, delays)
            by_drive = tf.reverse(turned + tf.matmul(back, late), [2])
            return by_drive, tf.matmul(tf.reverse(late, [2]), result, transpose_b=True)

        return result, gradient

    return outputs(drive, feedback)


def _damped(
    drive: tf.Tensor,
    feedback: tf.Tensor,
    gains: tf.Tensor,
    later: tf.Tensor,
    poles: tf.Tensor,
    *,
    delays: tuple[int, ...],
) -> tf.Tensor:
    """The outputs where a line also filters: v = P (e + D A v)."""

    @custom_gradient
    def outputs(
        drive: tf.Tensor,
        feedback: tf.Tensor,
        gains: tf.Tensor,
        later: tf.Tensor,
        poles: tf.Tensor,
    ) -> tuple:
        result = _in_blocks(drive, feedback, (gains, later, poles), delays)

        def gradient(upstream: tf.Tensor) -> tuple:
            turned, back = tf.reverse(upstream, [2]), tf.linalg.matrix_transpose(feedback)
            driven = _filtered(turned, gains, later, delays)
            late = _damped(driven, back, gains, later, poles, delays=delays)
            by_drive = tf.reverse(_one_pole(turned + tf.matmul(back, late), poles), [2])
            fed, before = tf.matmul(feedback, result), tuple(d + 1 for d in delays)
            return (
                by_drive,
                tf.matmul(tf.reverse(late, [2]), result, transpose_b=True),
                tf.reduce_sum(by_drive * _late(fed, delays), axis=2),
                tf.reduce_sum(by_drive * _late(fed, before), axis=2),
                tf.reduce_sum(by_drive * _late(result, (1,) * len(delays)), axis=2),
            )

        return result, gradient

    return outputs(drive, feedback, gains, later, poles)


def _late(signals: tf.Tensor, delays: tuple[int, ...]) -> tf.Tensor:
    """Signals ``[batch, lines, time]``, each delayed by its own, of silence before."""
    padded = tf.pad(signals, [[0, 0], [0, 0], [max(delays), 0]])
    return delayed(padded, delays, sizes(signals)[2])


def _filtered(
    signals: tf.Tensor, gains: tf.Tensor, later: tf.Tensor, delays: tuple[int, ...]
) -> tf.Tensor:
    before = tuple(d + 1 for d in delays)
    at_once = gains[:, :, None] * _late(signals, delays)
    return at_once + later[:, :, None] * _late(signals, before)


def _one_pole(signals: tf.Tensor, poles: tf.Tensor, initial: tf.Tensor | None = None) -> tf.Tensor:
    """Evaluate v[n] = p v[n-1] + q[n] for every line."""
    batch, lines, time = sizes(signals)
    decay = tf.broadcast_to(poles[:, :, None], [batch, lines, time])
    decay, signals = (tf.reshape(part, [batch * lines, time]) for part in (decay, signals))
    first = None if initial is None else tf.reshape(initial, [batch * lines])
    return tf.reshape(linear_recurrence(decay, signals, first), [batch, lines, time])


def _in_blocks(
    drive: tf.Tensor, feedback: tf.Tensor, damping: tuple | None, delays: tuple[int, ...]
) -> tf.Tensor:
    batch, lines, time = sizes(drive)
    block, memory = min(delays), max(delays) + (damping is not None)
    # At least one, for a list of none does not know how large they would have been.
    count = -(-time // block)
    count = max(count, 1) if isinstance(count, int) else tf.maximum(count, 1)
    drive = tf.pad(drive, [[0, 0], [0, 0], [0, count * block - time]])
    drive = tf.transpose(tf.reshape(drive, [batch, lines, count, block]), [2, 0, 1, 3])

    def step(index: tf.Tensor, past: tf.Tensor, last: tf.Tensor, done: tf.TensorArray) -> tuple:
        begin = [memory - d for d in delays]
        fed = tf.stack([past[:, i, b : b + block] for i, b in enumerate(begin)], axis=1)
        heard = drive[index]
        if damping is None:
            heard += fed
        else:
            gains, later, poles = damping
            before = tf.stack([past[:, i, b - 1 : b - 1 + block] for i, b in enumerate(begin)], 1)
            heard += gains[:, :, None] * fed + later[:, :, None] * before
            heard = _one_pole(heard, poles, last)
        past = tf.concat([past[:, :, block:], tf.matmul(feedback, heard)], axis=2)
        return index + 1, past, heard[:, :, -1], done.write(index, heard)

    shape = [drive.shape[1], lines, block]
    silence = with_shape(tf.zeros([batch, lines, memory], drive.dtype), [shape[0], lines, memory])
    done = tf.TensorArray(drive.dtype, size=count, element_shape=shape)
    *_, done = tf.while_loop(
        lambda index, *_: index < count,
        step,
        (tf.constant(0), silence, silence[:, :, 0], done),
        maximum_iterations=count,
    )
    result = tf.reshape(tf.transpose(done.stack(), [1, 2, 0, 3]), [batch, lines, count * block])
    return result[:, :, :time]
