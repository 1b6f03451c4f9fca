"""Sums over windows that overlap, in time that does not grow with the overlap.

They are sums of sums, never differences: what is positive keeps its precision after a loud past.
"""

import tensorflow as tf

from .framing import fit_length, frame_count
from .numerics import sizes

__all__ = ["frame_sums", "sliding_sums"]


def sliding_sums(values: tf.Tensor, width: int) -> tf.Tensor:
    """Sum every run of ``width`` values.

    By doubling: sums of 1, 2, 4, ... values, of which those that ``width`` is made of are joined.

    Args:
        values: ``[batch, count]``.
        width: values of a run, at least 1.

    Returns:
        ``[batch, max(count - width + 1, 0)]``.
    """
    count = frame_count(sizes(values)[1], width, 1)
    parts, start, size = [], 0, 1
    while size <= width:
        if width & size:
            parts.append(values[:, start : start + count])
            start += size
        values = values[:, :-size] + values[:, size:]
        size *= 2
    return tf.add_n(parts)


def frame_sums(values: tf.Tensor, frame_length: int, hop_length: int) -> tf.Tensor:
    """Sum the frames that fit entirely.

    Args:
        values: ``[batch, time]``.
        frame_length: values a frame, at least 1.
        hop_length: values from one frame's start to the next one's, at least 1.

    Returns:
        ``[batch, frames]``, ``frames = 1 + (time - frame_length) // hop_length`` or 0.
    """
    batch, time = sizes(values)
    frames = frame_count(time, frame_length, hop_length)
    whole, rest = divmod(frame_length, hop_length)
    rows = frames + whole
    rows = tf.reshape(fit_length(values, rows * hop_length), [batch, rows, hop_length])
    parts = [tf.reduce_sum(rows[:, whole:, :rest], axis=2)] if rest else []
    if whole:
        sums = tf.reduce_sum(rows, axis=2)
        parts.append(sliding_sums(sums, whole)[:, :frames])
    return tf.add_n(parts)
