"""Controls: values at frames, between which a signal changes from sample to sample.

Frame n stands at sample ``n * hop_length``; the samples from one frame up to the next are a
*segment*. After the last frame its value holds.

A hop is a whole number, or the ``Fraction`` that :func:`checked_hop` makes of any other: where a
sample stands between its frames is then told in integers, alike on every device, at any length.
"""

import functools
import numbers
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import tensorflow as tf

from .._validate import check, integer
from .arguments import check_broadcast

__all__ = [
    "Hop",
    "Interpolation",
    "checked_hop",
    "control_length",
    "held",
    "same_frames",
    "segment_count",
    "segment_ends",
    "segment_start",
    "segment_weights",
]

Hop = int | Fraction
Interpolation = Literal["cosine", "linear"]

_SHORTEST, _LONGEST = 2.0**-31, 2.0**31  # samples; beyond, int64 would not hold the products
_FINEST = 2**26  # largest denominator: as near as float64 gets, and coarse enough for int64


def checked_hop(hop_length: Any) -> Hop:
    """The hop as an int, or the fraction nearest to it, which is the one meant by 44100 / 250."""
    is_real = isinstance(hop_length, numbers.Real) and not isinstance(hop_length, bool)
    rule = f"hop_length must be a number in [{_SHORTEST:.2g}, {_LONGEST:.2g}]"
    check(is_real and _SHORTEST <= hop_length <= _LONGEST, rule, hop_length)
    exact = hop_length if isinstance(hop_length, numbers.Rational) else float(hop_length)
    hop = Fraction(exact)
    # Of a hop below 1 it is the frames a sample that have to be right.
    hop = hop.limit_denominator(_FINEST) if hop >= 1 else 1 / (1 / hop).limit_denominator(_FINEST)
    return hop.numerator if hop.denominator == 1 else hop


def control_length(
    length: Any, frames: Any, hop_length: Hop, *, of: str, name: str = "length"
) -> Any:
    """The samples that ``frames`` of controls are to cover, checked; None is all they can.

    For ``n`` samples there are ``ceil(n / hop_length)`` frames, or one more, which stands at
    their end: the frames of an analysis fit either way. Of a fractional hop they are also enough
    if the last of them stands before sample ``n``. Errors say ``name`` of the length, and whose
    frames they are: those ``of`` an argument.
    """
    if not isinstance(hop_length, Fraction):
        integer("hop_length", hop_length, 1)
    if isinstance(frames, int):
        check(frames >= 1, f"{of} must have at least one frame", frames)
    if length is None:
        return segment_start(frames, hop_length)
    if isinstance(length, tf.Tensor | tf.Variable) and tf.executing_eagerly():
        length = length.numpy()
    if not tf.is_tensor(length):
        length = integer(name, length, 0)
        if isinstance(frames, int):
            low, high = _fitting(frames, hop_length)
            hop = hop_length if isinstance(hop_length, int) else float(hop_length)
            fits = f"{frames} frames of {of} at hop_length={hop}"
            check(low <= length <= high, f"{name} must be in [{low}, {high}] for {fits}", length)
            return length
    low, high = _fitting(tf.cast(frames, tf.int64), hop_length)
    wide = tf.cast(length, tf.int64)
    rule = f"{name} must be as many segments of hop_length as {of} has frames, or one less"
    fits = tf.debugging.Assert((low <= wide) & (wide <= high), [rule, length, frames])
    with tf.control_dependencies([fits] if fits is not None else []):
        return tf.identity(length)


def _fitting(frames: Any, hop_length: Hop) -> tuple[Any, Any]:
    """The fewest and the most samples that so many frames fit."""
    low = (frames - 2) * hop_length.numerator // hop_length.denominator + 1
    low = max(low, 0) if isinstance(low, int) else tf.maximum(low, 0)
    return low, segment_start(frames, hop_length)


def segment_start(segment: Any, hop_length: Hop) -> Any:
    """The first sample that does not stand before a frame, int64 tensors for tensors."""
    if isinstance(hop_length, int):
        return segment * hop_length
    segment = segment if isinstance(segment, int) else tf.cast(segment, tf.int64)
    return -(-segment * hop_length.numerator // hop_length.denominator)


def segment_count(length: Any, hop_length: Hop) -> Any:
    """How many segments ``length`` samples begin: the frames up to the last sample."""
    if isinstance(hop_length, int):
        return -(-length // hop_length)
    length = length if isinstance(length, int) else tf.cast(length, tf.int64)
    count = (length - 1) * hop_length.denominator // hop_length.numerator + 1
    return max(count, 0) if isinstance(count, int) else tf.maximum(count, 0)


def held(controls: tf.Tensor) -> tf.Tensor:
    """Controls ``[batch, frames, ...]`` with the last frame twice."""
    return tf.concat([controls, controls[:, -1:]], axis=1)


def segment_ends(controls: tf.Tensor, segments: Any) -> tuple[tf.Tensor, tf.Tensor]:
    """The controls ``[batch, segments, ...]`` at the start and at the end of every segment."""
    controls = held(controls)
    return controls[:, :segments], controls[:, 1 : segments + 1]


def same_frames(channels: tuple[str, ...] = (), **controls: tf.Tensor) -> list[tf.Tensor]:
    """Check that controls have one number of frames, at least one, and return them.

    What is only known when a graph runs is checked then, as ``InvalidArgumentError``.

    Args:
        channels: names of those that are ``[..., frames, n]``; all others are ``[..., frames]``.
            Leading axes have to broadcast.
        **controls: by the names of the arguments that they are.
    """
    axes = {name: 2 if name in channels else 1 for name in controls}
    for name, tensor in controls.items():
        shape = "[..., frames]" if axes[name] == 1 else "[..., frames, n]"
        if tensor.shape.rank is not None:
            check(tensor.shape.rank >= axes[name], f"{name} must be {shape}", tuple(tensor.shape))
    known = {name: tensor.shape[-axes[name]] for name, tensor in controls.items()}
    counts = [count for count in known.values() if count is not None]
    names = " and ".join(known)
    check(len(set(counts)) <= 1, f"{names} must have the same number of frames", known)
    check(0 not in counts, f"{names} must have at least one frame", known)
    check_broadcast(**{name: tensor.shape[: -axes[name]] for name, tensor in controls.items()})
    if len(counts) == len(controls):
        return list(controls.values())
    return _checked_when_run(names, controls, axes)


def _checked_when_run(
    names: str, controls: dict[str, tf.Tensor], axes: dict[str, int]
) -> list[tf.Tensor]:
    counts = [tf.shape(tensor)[-axes[name]] for name, tensor in controls.items()]
    rule = f"{names} must have the same number of frames, at least one"
    same = tf.reduce_all([(counts[0] > 0) & tf.equal(count, counts[0]) for count in counts])
    checked = tf.debugging.Assert(same, [rule, *counts])
    with tf.control_dependencies([checked] if checked is not None else []):
        return [tf.identity(tensor) for tensor in controls.values()]


@functools.lru_cache(maxsize=64)
def segment_weights(hop_length: int, interpolation: Interpolation) -> np.ndarray:
    """How much of either end there is in every sample of a segment, ``[2, hop_length]``.

    ``"cosine"`` is half a raised cosine: the same as windows of two hops by Hann, overlapped.
    """
    place = np.arange(hop_length) / hop_length
    later = place if interpolation == "linear" else np.sin(0.5 * np.pi * place) ** 2
    return np.stack([1.0 - later, later])
