"""The penalty that keeps the slope of a critic near 1."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from .._validate import check
from ..ops.arguments import alike
from ..ops.noise import white_noise
from ..ops.numerics import with_shape, working_dtype
from .outputs import axes_of_an_item, flat_outputs, per_item

__all__ = ["gradient_penalty"]


def gradient_penalty(critic: Callable, real: Any, fake: Any, *, seed: Any) -> tf.Tensor:
    r"""Measure how far a critic's slope is from 1, at random places between real and made sounds.

    For each item of the batch a place :math:`\hat x = x + u (\tilde x - x)` is drawn between the
    real sound :math:`x` and the made one :math:`\tilde x`, :math:`u` uniform in [0, 1], and the
    penalty is

    .. math:: (\lVert \nabla_{\hat x} D(\hat x) \rVert_2 - 1)^2

    where :math:`D` is the mean of what the critic gives for the item. Penalties of several
    critics are added up. A critic must judge each item by itself: one with batch normalisation
    does not, and has no slope of its own at an item.

    Args:
        critic: a function of sounds ``[batch, ...]`` to scores ``[batch, ...]``, or to a list of
            scores of several critics.
        real: ``[batch, ...]``, floating point.
        fake: of the same shape and dtype.
        seed: as for :func:`spectrotools.white_noise`; another one each step. The same seed draws
            the same places.

    Returns:
        ``[batch]``, to be weighted (by 10 in the paper) and added to the critic's loss.

    Raises:
        ValueError: if the sounds are not floating point or do not fit each other, or the seed is
            none.

    Gradient:
        To the critic's variables and to both sounds, finite where the critic is flat.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> critic = lambda sound: 3.0 * sound[:, 0] + 4.0 * sound[:, 1]
        >>> real, fake = tf.zeros([2, 100]), tf.ones([2, 100])
        >>> penalty = st.losses.gradient_penalty(critic, real, fake, seed=0)
        >>> [f"{value:.4f}" for value in penalty]
        ['16.0000', '16.0000']

    References:
        Gulrajani et al., "Improved training of Wasserstein GANs", 2017, eq. 3 and algorithm 1.
    """
    real, fake = alike(real=real, fake=fake)
    fits = real.shape.rank != 0 and real.shape.is_compatible_with(fake.shape)
    rule = "real and fake must have one shape [batch, ...]"
    check(fits, rule, f"{real.shape} and {fake.shape}")
    between = _between(real, fake, seed)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(between)
        scores = [per_item(score) for score in flat_outputs("critic's scores", critic(between))]
    return tf.add_n([tf.square(_slope(tape, score, between) - 1.0) for score in scores])


def _between(real: tf.Tensor, fake: tf.Tensor, seed: Any) -> tf.Tensor:
    batch = tf.shape(real)[:1]
    share = 0.5 + 0.5 * white_noise(batch, seed=seed, dtype=real.dtype)
    share = tf.reshape(share, tf.concat([batch, tf.ones_like(tf.shape(real)[1:])], axis=0))
    return with_shape(real + share * (fake - real), real.shape)


def _slope(tape: tf.GradientTape, score: tf.Tensor, between: tf.Tensor) -> tf.Tensor:
    """The length of the gradient at each item, whose own gradient is 0 where it is 0."""
    gradient = tape.gradient(score, between, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    gradient = tf.cast(gradient, working_dtype(gradient.dtype))
    squared = tf.reduce_sum(tf.square(gradient), axis=axes_of_an_item(between))
    steep = squared > 0
    return tf.where(steep, tf.sqrt(tf.where(steep, squared, tf.ones_like(squared))), squared)
