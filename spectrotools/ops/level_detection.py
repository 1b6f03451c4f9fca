r"""Levels in dB, and what follows them: up by an attack, down by a release.

The smooth decoupled peak detector,

.. math::
    y_1[n] = \max(x[n],\ a_R\,y_1[n-1] + (1 - a_R)\,x[n]), \qquad
    y[n] = a_A\,y[n-1] + (1 - a_A)\,y_1[n],

is three recurrences that have parallel forms: with l the release alone,
:math:`l[n] = a_R\,l[n-1] + (1 - a_R)\,x[n]`, the rest :math:`z = y_1 - l` is
:math:`z[n] = \max(x[n] - l[n],\ a_R\,z[n-1])`, which never is below 0.

References:
    Giannoulis, Massberg, Reiss, "Digital dynamic range compressor design - a tutorial and
    analysis", JAES 60(6), 2012, eq. 17.
"""

import math

import tensorflow as tf

from .recurrence import linear_recurrence, maximum_recurrence

__all__ = ["decay_of", "followed", "level_db", "released"]

FLOOR_DB = -200.0  # silence


def level_db(audio: tf.Tensor) -> tf.Tensor:
    """The level of every sample, dB, at least -200."""
    magnitude = tf.maximum(tf.abs(audio), tf.constant(10.0 ** (FLOOR_DB / 20.0), audio.dtype))
    return tf.math.log(magnitude) * (20.0 / math.log(10.0))


def decay_of(seconds: tf.Tensor, sample_rate: float) -> tf.Tensor:
    """What is left after a sample of what decays to 1 / e in so many seconds; 0 of none."""
    samples = tf.maximum(seconds * sample_rate, tf.constant(1e-3, seconds.dtype))
    return tf.exp(-1.0 / samples)


def released(wanted: tf.Tensor, decay: tf.Tensor, before: tf.Tensor | None) -> tf.Tensor:
    """Rise at once, fall by a decay towards what is wanted.

    Args:
        wanted: x, ``[batch, time]``, at least 0.
        decay: ``[batch or 1, 1]``.
        before: what came of the sample before the first, ``[batch]``; None is 0.

    Returns:
        y_1, ``[batch, time]``.
    """
    decay += tf.zeros_like(wanted)
    fallen = linear_recurrence(decay, (1.0 - decay) * wanted, before)
    return fallen + maximum_recurrence(decay, tf.nn.relu(wanted - fallen))


def followed(
    wanted: tf.Tensor, attack: tf.Tensor, release: tf.Tensor, before: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """The smooth decoupled peak detector.

    Args:
        wanted: x, ``[batch, time]``, at least 0.
        attack: the decay of attacks, ``[batch or 1, 1]``.
        release: that of releases.
        before: the last y_1 and y, ``[batch, 2]``.

    Returns:
        y, ``[batch, time]``, and the last y_1 and y.
    """
    peaks = released(wanted, release, before[:, 0])
    attack += tf.zeros_like(wanted)
    smooth = linear_recurrence(attack, (1.0 - attack) * peaks, before[:, 1])
    both = tf.concat([before[:, None], tf.stack([peaks, smooth], axis=-1)], axis=1)
    return smooth, both[:, -1]
