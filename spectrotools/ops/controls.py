"""Controls: values at frames, between which a signal changes from sample to sample.

Frame n stands at sample ``n * hop_length``; the samples from one frame up to the next are a
*segment*. After the last frame its value holds.
"""

import functools
from typing import Any, Literal

import numpy as np
import tensorflow as tf

from .._validate import check, integer

__all__ = [
    "Interpolation",
    "control_length",
    "held",
    "same_frames",
    "same_leading",
    "segment_count",
    "segment_ends",
    "segment_weights",
]

Interpolation = Literal["cosine", "linear"]


def control_length(length: Any, frames: Any, hop_length: int) -> Any:
    """The samples that ``frames`` of controls are to cover, checked; None is all they can.

    For ``n`` samples there are ``ceil(n / hop_length)`` frames, or one more, which stands at
    their end: the frames of an analysis fit either way.
    """
    integer("hop_length", hop_length, 1)
    if isinstance(frames, int):
        check(frames >= 1, "controls must have at least one frame", frames)
    if length is None:
        return frames * hop_length
    if isinstance(length, tf.Tensor | tf.Variable) and tf.executing_eagerly():
        length = length.numpy()
    if not tf.is_tensor(length):
        length = integer("length", length, 0)
        if isinstance(frames, int):
            low, high = max((frames - 2) * hop_length + 1, 0), frames * hop_length
            rule = f"length must be in [{low}, {high}] for {frames} frames of {hop_length=}"
            check(low <= length <= high, rule, length)
            return length
    count = tf.cast(frames, tf.int64)
    spare = count - tf.cast(segment_count(length, hop_length), tf.int64)
    rule = "length must have as many segments of hop_length as there are frames, or one less"
    fits = tf.debugging.Assert((spare >= 0) & (spare <= 1), [rule, length, frames])
    with tf.control_dependencies([fits] if fits is not None else []):
        return tf.identity(length)


def segment_count(length: Any, hop_length: int) -> Any:
    """How many segments ``length`` samples begin."""
    return -(-length // hop_length)


def held(controls: tf.Tensor) -> tf.Tensor:
    """Controls ``[batch, frames, ...]`` with the last frame twice."""
    return tf.concat([controls, controls[:, -1:]], axis=1)


def segment_ends(controls: tf.Tensor, segments: Any) -> tuple[tf.Tensor, tf.Tensor]:
    """The controls ``[batch, segments, ...]`` at the start and at the end of every segment."""
    controls = held(controls)
    return controls[:, :segments], controls[:, 1 : segments + 1]


def same_frames(**controls: tf.Tensor) -> None:
    """Check that controls ``[..., frames]`` have one number of frames, where it is known."""
    known = {name: tensor.shape[-1] for name, tensor in controls.items()}
    counts = [count for count in known.values() if count is not None]
    names = " and ".join(known)
    check(len(set(counts)) <= 1, f"{names} must have the same number of frames", known)


def same_leading(first: tf.Tensor, second: tf.Tensor, *, keep: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Broadcast all axes but the last ``keep`` of two tensors against each other."""
    if first.shape.rank is not None and second.shape.rank is not None:
        leading = first.shape[:-keep], second.shape[:-keep]
        if leading[0].is_fully_defined() and leading[0] == leading[1]:
            return first, second
    shapes = tf.shape(first), tf.shape(second)
    leading = tf.broadcast_dynamic_shape(shapes[0][:-keep], shapes[1][:-keep])
    return tuple(
        tf.broadcast_to(tensor, tf.concat([leading, shape[-keep:]], axis=0))
        for tensor, shape in zip((first, second), shapes, strict=True)
    )


@functools.lru_cache(maxsize=64)
def segment_weights(hop_length: int, interpolation: Interpolation) -> np.ndarray:
    """How much of either end there is in every sample of a segment, ``[2, hop_length]``.

    ``"cosine"`` is half a raised cosine: the same as windows of two hops by Hann, overlapped.
    """
    place = np.arange(hop_length) / hop_length
    later = place if interpolation == "linear" else np.sin(0.5 * np.pi * place) ** 2
    return np.stack([1.0 - later, later])
