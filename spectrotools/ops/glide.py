"""Pitch that glides from note to note."""

import math
from typing import Any, Literal

import tensorflow as tf

from .._validate import check, one_of
from .arguments import alike, check_broadcast, check_values, checked_rate, common_dtype
from .controls import checked_hop
from .numerics import compiled, flatten_leading, sizes
from .recurrence import linear_recurrence

__all__ = ["glide"]

Curve = Literal["exponential", "linear"]


def glide(
    f0_hz: Any,
    glide_seconds: Any,
    *,
    sample_rate: float,
    hop_length: float = 1,
    curve: Curve = "exponential",
) -> tf.Tensor:
    r"""Let pitch glide from note to note (portamento), evenly in semitones.

    With :math:`p[n] = \log_2 f[n]`, held from value to value, and :math:`\tau` the glide in
    values, ``glide_seconds * sample_rate / hop_length``:

    ===============  ==================================================================
    ``exponential``  :math:`q[n] = a\,q[n-1] + (1 - a)\,p[n]` with :math:`a = e^{-1/\tau}`,
                     which has 63 % of a step behind it after ``glide_seconds``
    ``linear``       the mean of p over the last :math:`\tau`, so that every step is one
                     straight line of ``glide_seconds``; lines that overlap add up
    ===============  ==================================================================

    as if the first pitch had lasted for ever. The recurrence is evaluated for all values side
    by side, in a number of steps that grows with the logarithm of their number.

    Args:
        f0_hz: ``[..., frames]``, Hz. A value that is no pitch (0 or less, or not finite) comes
            back as it is, and meanwhile the glide goes on to the last pitch before.
        glide_seconds: [...]; 0 (or less, in a tensor) does not glide.
        sample_rate: Hz.
        hop_length: samples from value to value; 1 if there is one a sample.
        curve: how a step is smoothed.

    Returns:
        Hz, ``[..., frames]``.

    Raises:
        ValueError: if ``f0_hz`` is not floating point or has no frames, or a number is out of its
            range.

    Example:
        >>> import spectrotools as st
        >>> steps = [220.0, 220.0, 440.0, 440.0, 440.0]
        >>> octave = st.glide(steps, 0.3, sample_rate=10, curve="linear")
        >>> [f"{hz:.1f}" for hz in octave]
        ['220.0', '220.0', '277.2', '349.2', '440.0']
    """
    check_values("glide_seconds", glide_seconds, 0.0)
    f0_hz, glide_seconds = alike(f0_hz=f0_hz, glide_seconds=glide_seconds)
    rank = f0_hz.shape.rank
    known = rank is None or (rank >= 1 and f0_hz.shape[-1] != 0)
    check(known, "f0_hz must be [..., frames], of at least one", f0_hz.shape)
    check_broadcast(f0_hz=f0_hz.shape[:-1], glide_seconds=glide_seconds.shape)
    values_a_second = checked_rate(sample_rate) / float(checked_hop(hop_length))
    one_of("curve", curve, Curve)
    return _glide(f0_hz, glide_seconds, rate=values_a_second, curve=curve)


@compiled
def _glide(f0_hz: tf.Tensor, seconds: tf.Tensor, *, rate: float, curve: Curve) -> tf.Tensor:
    kept, _ = common_dtype(f0_hz, seconds)
    # A float32 decay of near 1 would be off by whole cents of where a long glide leads.
    values, f0_hz = tf.cast(seconds, tf.float64)[..., None] * rate, tf.cast(f0_hz, tf.float64)
    values, f0_hz = values + tf.zeros_like(f0_hz), f0_hz + tf.zeros_like(values)
    f0_hz, unfold = flatten_leading(f0_hz, 1)
    values, _ = flatten_leading(values, 1)
    pitched = (f0_hz > 0) & (f0_hz < math.inf)
    safe = tf.where(pitched, f0_hz, tf.ones_like(f0_hz))
    first = _first(safe, pitched)
    # Relative to the first pitch, where nothing has happened yet: a steady pitch stays exact.
    target = linear_recurrence(
        tf.cast(~pitched, tf.float64),
        tf.where(pitched, tf.math.log(safe / first), tf.zeros_like(safe)),
    )
    smooth = _exponential(target, values) if curve == "exponential" else _mean(target, values)
    return unfold(tf.cast(tf.where(pitched, first * tf.exp(smooth), f0_hz), kept))


def _first(f0_hz: tf.Tensor, pitched: tf.Tensor) -> tf.Tensor:
    """The first pitch of each item, ``[batch, 1]``; 1 where there is none."""
    count = tf.cumsum(tf.cast(pitched, tf.int32), axis=-1)
    chosen = tf.where(pitched & (count == 1), f0_hz, tf.zeros_like(f0_hz))
    first = tf.reduce_sum(chosen, axis=-1, keepdims=True)
    return tf.where(first > 0, first, tf.ones_like(first))


def _exponential(target: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    rate = 1.0 / tf.maximum(values, 1e-3)  # its exponential is 0
    return linear_recurrence(tf.exp(-rate), -tf.math.expm1(-rate) * target)


def _mean(target: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    """The mean of the last ``values`` of ``target``, at least one; before the first it is 0."""
    frames, width = sizes(target)[1], tf.maximum(values, 1.0)
    summed = tf.cumsum(target, axis=-1)
    before = tf.maximum(tf.range(1, frames + 1, dtype=tf.float64) - width, 0.0)
    whole = tf.floor(before)
    index = tf.clip_by_value(tf.cast(whole, tf.int32), 0, frames - 1)  # whatever NaN becomes
    step = tf.gather(target, index, batch_dims=1)
    reached = tf.gather(summed, index, batch_dims=1) - step * (1.0 - (before - whole))
    return (summed - reached) / width
