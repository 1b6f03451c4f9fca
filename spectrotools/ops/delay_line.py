r"""A delay line: sound that is kept, and read between its samples.

The sound of a delay of D samples, which lies between samples, is a sum of samples around it:
with :math:`j = \lfloor D \rfloor` and :math:`d = D - j` on a line,
:math:`(1 - d)\,x[n - j] + d\,x[n - j - 1]`; or on the cubic through four samples.
"""

from typing import Any, Literal

import tensorflow as tf

from .numerics import sizes

__all__ = ["SPARE", "Stencil", "read_line"]

Stencil = Literal["whole", "linear", "cubic"]

SPARE = 2  # samples of a line that may be read beyond its longest delay


def read_line(
    line: tf.Tensor, delay: tf.Tensor, *, memory: Any, stencil: Stencil, within: bool = False
) -> tf.Tensor:
    """Read a line at a delay of its own for every sample.

    Args:
        line: ``[batch, memory + time]``; what is read before it is its first sample.
        delay: ``[batch or 1, time or 1]``, samples, of at least 0.
        memory: how many samples of the line are older than what is read for.
        stencil: how to read between samples; of a ``"whole"`` delay there is nothing between.
        within: whether all delays are known to be at least ``SPARE`` less than the memory.

    Returns:
        ``[batch, time]``, of the dtype of ``line``.
    """
    time = sizes(line)[1] - memory
    first, weights = _stencil(delay, stencil, line.dtype)
    if within and delay.shape == [1, 1]:
        taps = _slices(line, memory - first[0, 0], time, len(weights))
    else:
        taps = _gathered(line, memory + tf.range(time) - first, len(weights))
    if stencil == "whole":
        return taps[0]
    return tf.add_n([weight * tap for weight, tap in zip(weights, taps, strict=True)])


def _stencil(
    delay: tf.Tensor, stencil: Stencil, dtype: tf.DType
) -> tuple[tf.Tensor, list[tf.Tensor]]:
    """The whole delay of the first sample that is read, int32, and the weights of all."""
    first = tf.floor(delay)
    if stencil == "whole":
        return tf.cast(first, tf.int32), [tf.ones([], dtype)]
    if stencil == "linear":
        d = tf.cast(delay - first, dtype)
        return tf.cast(first, tf.int32), [1.0 - d, d]
    # Between the second and the third of four; a delay below 1 has no sample before it.
    first = tf.maximum(first - 1.0, 0.0)
    d = tf.cast(delay - first, dtype)
    weights = [
        (1.0 - d) * (2.0 - d) * (3.0 - d) / 6.0,
        d * (2.0 - d) * (3.0 - d) / 2.0,
        d * (d - 1.0) * (3.0 - d) / 2.0,
        d * (d - 1.0) * (d - 2.0) / 6.0,
    ]
    return tf.cast(first, tf.int32), weights


def _slices(line: tf.Tensor, begin: Any, time: Any, points: int) -> list[tf.Tensor]:
    """Of one delay for all: the samples from ``begin`` on, and those up to ``points - 1`` before.

    They are cut out of one slice, whose place alone is not known to XLA.
    """
    begin = tf.clip_by_value(begin - (points - 1), 0, sizes(line)[1] - time - (points - 1))
    part = tf.slice(line, [0, begin], [sizes(line)[0], time + points - 1])
    return [part[:, points - 1 - k : points - 1 - k + time] for k in range(points)]


def _gathered(line: tf.Tensor, index: tf.Tensor, points: int) -> list[tf.Tensor]:
    last = sizes(line)[1] - 1
    taps = []
    for k in range(points):
        place = tf.clip_by_value(index - k, 0, last)  # whatever NaN becomes
        if index.shape[0] == 1:
            taps.append(tf.gather(line, place[0], axis=1))
        else:
            taps.append(tf.gather(line, place, batch_dims=1))
    return taps
