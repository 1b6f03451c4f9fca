r"""Feedback through a delay that changes: sound that hears its own past.

.. math:: v[n] = x[n] + g\,v(n - D[n]), \qquad |g| < 1,\ D \ge 1

with v on lines between its samples. Where the delay is short and changes, no recurrence of few
steps is known; but what is wrong with v shrinks by g at every sample, for the weights of a line
add up to 1, wherever the right side is put in for the left. After k times nothing is wrong by
more than :math:`g^k / (1 - g)` of the peak of x, nor anything at all before sample k times the
shortest delay: as many times are done, side by side for all samples, as leave nothing but
rounding.

The gradient is the same with the transposed delay, :math:`\lambda = u + A^T \lambda`, for u that
comes from above; that by gain and delay is the one of a single step from v, times :math:`\lambda`.
Nothing of the steps between has to be kept.
"""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from .delay_line import read_line
from .numerics import custom_gradient, sizes, with_shape

__all__ = ["feedback_delay"]


def feedback_delay(drive: tf.Tensor, gain: tf.Tensor, delay: tf.Tensor) -> tf.Tensor:
    """Feed the delayed result back into it.

    Args:
        drive: x, ``[batch, time]``.
        gain: g, ``[batch or 1, 1]``, within (-1, 1). An axis of 1 that stands for more is known
            to be of 1.
        delay: D, ``[batch or 1, time or 1]`` likewise, samples, of at least 1.

    Returns:
        v, ``[batch, time]``.
    """

    @custom_gradient
    def solved(drive: tf.Tensor, gain: tf.Tensor, delay: tf.Tensor) -> tuple:
        def gradient(upstream: tf.Tensor) -> tuple:
            heard = _transposed(upstream, gain, delay)
            sound = feedback_delay(drive, gain, delay)
            return heard, *_by_settings(sound, gain, delay, heard)

        return _converged(drive, lambda v: _echo(v, gain, delay), gain, delay), gradient

    return solved(drive, gain, delay)


def _transposed(drive: tf.Tensor, gain: tf.Tensor, delay: tf.Tensor) -> tf.Tensor:
    @custom_gradient
    def solved(drive: tf.Tensor, gain: tf.Tensor, delay: tf.Tensor) -> tuple:
        def gradient(upstream: tf.Tensor) -> tuple:
            sound = feedback_delay(upstream, gain, delay)
            heard = _transposed(drive, gain, delay)
            return sound, *_by_settings(sound, gain, delay, heard)

        def step(heard: tf.Tensor) -> tf.Tensor:
            return _spread(gain * heard, delay)

        return _converged(drive, step, gain, delay), gradient

    return solved(drive, gain, delay)


def _echo(sound: tf.Tensor, gain: tf.Tensor, delay: tf.Tensor) -> tf.Tensor:
    near, far, part = _taps(sound, delay)
    return gain * ((1.0 - part) * near + part * far)


def _taps(sound: tf.Tensor, delay: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """The samples at both ends of the line that is read, and how far from one to the other."""
    line, whole = tf.pad(sound, [[0, 0], [1, 0]]), tf.floor(delay)
    near, far = (read_line(line, late, memory=1, stencil="whole") for late in (whole, whole + 1.0))
    return near, far, tf.cast(delay - whole, sound.dtype)


def _spread(heard: tf.Tensor, delay: tf.Tensor) -> tf.Tensor:
    """The transpose of reading: what is heard of each sample, put back to where it was."""
    batch, time = sizes(heard)
    whole = tf.floor(delay)
    part = tf.cast(delay - whole, heard.dtype)
    near = tf.range(1, time + 1) - tf.cast(whole, tf.int32) + tf.zeros([batch, 1], tf.int32)
    # One sample before the first takes all that is older.
    places = tf.maximum(tf.concat([near, near - 1], axis=1), 0)
    places += (time + 1) * tf.range(batch)[:, None]
    amounts = tf.concat([(1.0 - part) * heard, part * heard], axis=1)
    flat = tf.reshape(amounts, [-1]), tf.reshape(places, [-1])
    summed = tf.math.unsorted_segment_sum(*flat, batch * (time + 1))
    return tf.reshape(summed, [batch, time + 1])[:, 1:]


def _by_settings(
    sound: tf.Tensor, gain: tf.Tensor, delay: tf.Tensor, heard: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """The gradient of the product of an echo with what is heard of it, by gain and delay."""
    near, far, part = _taps(sound, delay)
    by_gain = heard * ((1.0 - part) * near + part * far)
    by_delay = tf.cast(gain * heard * (far - near), delay.dtype)
    return _folded(by_gain, gain), _folded(by_delay, delay)


def _folded(gradient: tf.Tensor, like: tf.Tensor) -> tf.Tensor:
    """Add up over the axes that a tensor is known to have one of."""
    axes = [axis for axis in (0, 1) if like.shape[axis] == 1]
    folded = tf.reduce_sum(gradient, axis=axes, keepdims=True)
    return with_shape(folded, like.shape)


def _converged(drive: tf.Tensor, step: Callable, gain: tf.Tensor, delay: tf.Tensor) -> tf.Tensor:
    """Repeat ``v = drive + step(v)`` until nothing but rounding is left to change."""
    time, dtype = tf.cast(sizes(drive)[1], drive.dtype), drive.dtype
    strength = tf.reduce_max(tf.abs(gain))
    strength = tf.clip_by_value(strength, tf.constant(1e-3, dtype), tf.constant(0.999, dtype))
    small = tf.math.log(float(np.finfo(dtype.as_numpy_dtype).eps) * (1.0 - strength))
    reach = tf.maximum(tf.cast(tf.floor(tf.reduce_min(delay)), dtype), 1.0)
    times = tf.minimum(tf.math.ceil(small / tf.math.log(strength)), tf.math.ceil(time / reach))
    times = tf.cast(times, tf.int32)

    def again(count: tf.Tensor, sound: tf.Tensor) -> tuple:
        return count + 1, drive + step(sound)

    start = tf.zeros([], tf.int32), drive
    return tf.while_loop(lambda count, sound: count < times, again, start)[1]
