"""Clicks at given times."""

from typing import Any

import numpy as np
import tensorflow as tf

from .._validate import check
from .arguments import checked_length
from .numerics import compiled, flatten_leading, real_tensor, sizes

__all__ = ["clicks"]


def clicks(times_seconds: Any, *, sample_rate: float, length: Any, click: Any = None) -> tf.Tensor:
    """Place a click at each of the given times, as onsets and beats are made audible.

    A click starts at the sample nearest to its time; where clicks overlap they add. What would be
    before the first sample or past the last is cut off, so that lists of unequal lengths are made
    equal by times past the end, or by NaN.

    Args:
        times_seconds: ``[..., clicks]``, seconds; ``np.arange(0.0, 4.0, 0.5)`` is a metronome.
            Give long times in float64: float32 at 10 minutes is 3 samples wide.
        sample_rate: Hz.
        length: samples, at least 0; a number or an integer tensor.
        click: ``[click_length]``, the sound of each; None is a single sample of 1.

    Returns:
        ``[..., length]``, of the dtype of ``click``; float32 without.

    Raises:
        ValueError: if an argument is out of its range, ``times_seconds`` have no axis of clicks,
            or ``click`` is not floating point or has other axes than one.

    Gradient:
        By ``click``, not by the times.

    Example:
        >>> import spectrotools as st
        >>> st.clicks([0.0, 0.5], sample_rate=8, length=8, click=[1.0, 0.5]).numpy().tolist()
        [1.0, 0.5, 0.0, 0.0, 1.0, 0.5, 0.0, 0.0]

    References:
        librosa 0.11, ``clicks``, which rounds times down.
    """
    check(sample_rate > 0, "sample_rate must be above 0 Hz", sample_rate)
    if not tf.is_tensor(times_seconds):  # what is not a tensor would become float32
        times_seconds = np.asarray(times_seconds, np.float64)
    times = tf.cast(times_seconds, tf.float64)
    check(times.shape.rank != 0, "times_seconds must be [..., clicks]", times_seconds)
    click = real_tensor("click", [1.0] if click is None else click)
    check(click.shape.rank in (1, None), "click must be [click_length]", tuple(click.shape))
    return _clicks(times, click, checked_length(length), sample_rate=float(sample_rate))


@compiled
def _clicks(times: tf.Tensor, click: tf.Tensor, length: Any, *, sample_rate: float) -> tf.Tensor:
    width = tf.size(click)
    margin = tf.cast(width, tf.float64)
    # Before the margin is past the end of every click, and no NaN is after it.
    starts = times * sample_rate + margin
    starts = tf.where(
        starts > 0, tf.minimum(tf.round(starts), tf.cast(length, tf.float64) + margin), 0.0
    )
    starts, unfold = flatten_leading(starts, 1)
    batch, count = sizes(starts)
    padded = length + 2 * width
    places = tf.cast(starts, tf.int32)[..., None] + tf.range(width)
    places += padded * tf.range(batch)[:, None, None]
    sounds = tf.broadcast_to(click, [batch, count, width])
    placed = tf.math.unsorted_segment_sum(sounds, places, batch * padded)
    return unfold(tf.reshape(placed, [batch, padded])[:, width : width + length])
