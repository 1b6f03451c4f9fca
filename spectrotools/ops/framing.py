"""Signals to overlapping frames and back, on ``[batch, time]``.

A signal is cut into *rows* of one hop. A frame is then a run of consecutive rows, so that
framing is one gather of whole rows and overlap-add one sum of shifted rows, at any hop.
"""

from typing import Literal

import numpy as np
import tensorflow as tf

from .numerics import sizes

__all__ = ["PadMode", "completed", "fit_length", "frame", "frame_count", "overlap_add", "pad"]

PadMode = Literal["constant", "reflect", "symmetric", "edge"]

_MAX_SHIFTS = 16  # beyond, one shifted addition a row costs more operations than it saves


def pad(audio: tf.Tensor, left: int, right: tf.Tensor | int, mode: PadMode) -> tf.Tensor:
    """Extend ``[batch, time]`` as ``numpy.pad`` does, also by more than the signal's length.

    Args:
        audio: ``[batch, time]``.
        left: samples to add before the first.
        right: samples to add after the last, may be a tensor.
        mode: ``constant`` adds zeros; ``reflect`` mirrors about the end samples, ``symmetric``
            about the edges beyond them, ``edge`` holds the end samples.

    Returns:
        ``[batch, left + time + right]``.
    """
    if mode == "constant":
        return tf.pad(audio, [[0, 0], [left, right]])
    _, length = sizes(audio)
    # Only what padding can reach, for the gradient of a gather passes over all it gathered from.
    first = length - right - 1
    first = max(first, 0) if isinstance(first, int) else tf.maximum(first, 0)
    head, tail = audio[:, : left + 1], audio[:, first:]
    before = tf.gather(head, _source_index(tf.range(-left, 0), length, mode), axis=1)
    beyond = _source_index(length + tf.range(right), length, mode)
    after = tf.gather(tail, beyond - first, axis=1)
    return tf.concat([before, audio, after], axis=1)


def _source_index(index: tf.Tensor, length: tf.Tensor | int, mode: PadMode) -> tf.Tensor:
    """Which sample stands at a position outside [0, length)."""
    if mode == "edge":
        return tf.clip_by_value(index, 0, length - 1)
    if mode == "symmetric":
        folded = tf.math.floormod(index, 2 * length)
        return tf.minimum(folded, 2 * length - 1 - folded)
    period = tf.maximum(2 * (length - 1), 1)  # a single sample reflects into itself
    folded = tf.math.floormod(index, period)
    return tf.minimum(folded, period - folded)


def frame_count(length: tf.Tensor | int, frame_length: int, hop_length: int) -> tf.Tensor | int:
    """Frames that fit entirely into ``length`` samples."""
    count = 1 + (length - frame_length) // hop_length
    return max(count, 0) if isinstance(count, int) else tf.maximum(count, 0)


def frame(audio: tf.Tensor, frame_length: int, hop_length: int) -> tf.Tensor:
    """Cut a signal into the frames that fit entirely.

    Args:
        audio: ``[batch, time]``.
        frame_length: samples a frame.
        hop_length: samples from one frame's start to the next one's.

    Returns:
        ``[batch, frames, frame_length]``, ``frames = 1 + (time - frame_length) // hop_length``.
    """
    batch, time = sizes(audio)
    frames = frame_count(time, frame_length, hop_length)
    rows_per_frame = -(-frame_length // hop_length)
    rows = frames + rows_per_frame - 1
    audio = fit_length(audio, rows * hop_length)
    index = tf.range(frames)[:, None] + tf.range(rows_per_frame)
    framed = tf.gather(tf.reshape(audio, [batch, rows, hop_length]), index, axis=1)
    framed = tf.reshape(framed, [batch, frames, rows_per_frame * hop_length])
    return framed[:, :, :frame_length] if frame_length % hop_length else framed


def overlap_add(frames: tf.Tensor, window: np.ndarray, hop_length: int) -> tf.Tensor:
    """Add weighted frames where they overlap: the transpose of weighted framing.

    Args:
        frames: ``[batch, frames, frame_length]``.
        window: ``[frame_length]`` weights.
        hop_length: samples from one frame's start to the next one's.

    Returns:
        ``[batch, rows * hop_length]``, ``rows = frames + ceil(frame_length / hop_length) - 1``
        (0 without frames); samples past the last frame's end are zero.
    """
    batch, count, frame_length = sizes(frames)
    overlap = -(-frame_length // hop_length)
    if frame_length % hop_length:
        frames = tf.pad(frames, [[0, 0], [0, 0], [0, overlap * hop_length - frame_length]])
    rows = tf.reshape(frames, [batch, count, overlap, hop_length])
    padded = np.pad(window, (0, overlap * hop_length - frame_length))
    weights = tf.constant(padded.reshape(overlap, hop_length), frames.dtype)
    if overlap <= _MAX_SHIFTS:
        # Weighting each row as it is cut out saves a pass over all frames.
        used = [j for j in range(overlap) if padded[j * hop_length : (j + 1) * hop_length].any()]
        shifted = [
            tf.pad(rows[:, :, j] * weights[j], [[0, 0], [j, overlap - 1 - j], [0, 0]])
            for j in used or [0]
        ]
        summed = tf.add_n(shifted)
    else:
        summed = _skewed_sum(rows * weights, batch, count, overlap, hop_length)
    return tf.reshape(summed, [batch, (count + overlap - 1) * hop_length])


def _skewed_sum(
    rows: tf.Tensor, batch: tf.Tensor, count: tf.Tensor, overlap: int, hop_length: int
) -> tf.Tensor:
    """Sum ``rows[:, m - j, j]`` over ``j`` for every ``m``, in a fixed number of operations.

    Padding each of the ``overlap`` sequences by ``overlap`` rows and reading the result with a
    stride one row shorter shifts sequence ``j`` by ``j`` rows.
    """
    sequences = tf.transpose(rows, [0, 2, 1, 3])
    padded = tf.pad(sequences, [[0, 0], [0, 0], [0, overlap], [0, 0]])
    flat = tf.reshape(padded, [batch, overlap * (count + overlap), hop_length])
    width = count + overlap - 1
    skewed = tf.reshape(flat[:, : overlap * width], [batch, overlap, width, hop_length])
    return tf.reduce_sum(skewed, axis=1)


def fit_length(audio: tf.Tensor, length: tf.Tensor | int) -> tf.Tensor:
    """Cut or zero-extend ``[batch, time]`` at its end to ``length`` samples."""
    missing = length - sizes(audio)[1]
    if not isinstance(missing, int):
        return tf.pad(audio[:, :length], [[0, 0], [0, tf.maximum(missing, 0)]])
    if missing <= 0:
        return audio[:, :length] if missing else audio
    return tf.pad(audio, [[0, 0], [0, missing]])


def completed(
    audio: tf.Tensor,
    begin: tf.Tensor | int,
    end: tf.Tensor | int,
    *,
    start: tf.Tensor | int,
    frames: tf.Tensor | int | None,
    sums: np.ndarray,
) -> tf.Tensor:
    r"""Cut out of an overlap-add, raised to the steady level near the ends, where frames lack.

    A sample that all its frames reached is right already, if they were weighted by the
    canonical dual. One near an end saw fewer, and is multiplied by the steady window sum over
    its own. Where that sum is below :math:`\epsilon^2` of the largest, rounding has left
    nothing of the sample, and it becomes zero.

    Args:
        audio: ``[batch, time]``, part of an overlap-add.
        begin: the first sample of ``audio`` to take.
        end: the first sample not to take, in [begin, time].
        start: the place of ``audio``'s first sample; the first frame starts at 0.
        frames: how many frames were added, None where more are to come.
        sums: ``[overlap + 1, hop_length]`` of :func:`windows.overlap_sums`.

    Returns:
        ``[batch, end - begin]``.
    """
    overlap, hop_length = sums.shape[0] - 1, sums.shape[1]
    head = _clip((overlap - 1) * hop_length - start, begin, end)
    tail = end if frames is None else _clip(frames * hop_length - start, head, end)

    def gain(first: tf.Tensor | int, last: tf.Tensor | int) -> tf.Tensor:
        place = tf.cast(start, tf.int64) + tf.range(first, last, dtype=tf.int64)
        row = place // hop_length
        high = tf.clip_by_value(row + 1, 0, overlap)
        seen, steady = _at(sums, high, place), _at(sums, tf.fill(tf.shape(row), overlap), place)
        if frames is not None:
            low = tf.clip_by_value(row + 1 - tf.cast(frames, tf.int64), 0, overlap)
            seen -= _at(sums, low, place)
        lost = seen <= np.finfo(audio.dtype.as_numpy_dtype).eps ** 2 * sums[-1].max()
        return tf.cast(tf.where(lost, tf.zeros_like(seen), steady / seen), audio.dtype)

    # One product of the whole lets XLA fuse it with the sum of frames before it.
    steady_part = tf.ones([tf.cast(tail, tf.int64) - tf.cast(head, tf.int64)], audio.dtype)
    gains = tf.concat([gain(begin, head), steady_part, gain(tail, end)], axis=0)
    return audio[:, begin:end] * gains


def _at(sums: np.ndarray, row: tf.Tensor, place: tf.Tensor) -> tf.Tensor:
    hop_length = sums.shape[1]
    return tf.gather(sums.reshape(-1), tf.cast(row, tf.int64) * hop_length + place % hop_length)


def _clip(value: tf.Tensor | int, low: tf.Tensor | int, high: tf.Tensor | int) -> tf.Tensor | int:
    if all(isinstance(number, int) for number in (value, low, high)):
        return min(max(value, low), high)
    low, high = (tf.cast(bound, tf.int64) for bound in (low, high))
    return tf.minimum(tf.maximum(tf.cast(value, tf.int64), low), high)
