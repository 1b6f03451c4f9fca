r"""Magnitudes of complex numbers, with gradients that are cheap and finite at 0.

.. math::
    \nabla |z|^2 = 2 z g, \qquad
    \nabla \sqrt{|z|^2 + \delta} = z\, g / \sqrt{|z|^2 + \delta},

for the upstream gradient :math:`g`, and 0 where the root is 0.
"""

import tensorflow as tf

from .numerics import custom_gradient

__all__ = ["magnitude", "root", "squared_magnitude"]


@custom_gradient
def squared_magnitude(values: tf.Tensor) -> tuple:
    """Square the magnitudes of complex numbers, of any shape."""

    def gradient(upstream: tf.Tensor) -> tf.Tensor:
        # Not tf.cast, of whose own gradient TensorFlow warns.
        return values * tf.complex(2.0 * upstream, tf.zeros_like(upstream))

    return tf.square(tf.math.real(values)) + tf.square(tf.math.imag(values)), gradient


def magnitude(values: tf.Tensor, offset: float = 0.0) -> tf.Tensor:
    r"""Take the magnitudes of complex numbers, as :math:`\sqrt{|z|^2 + \delta}`.

    Faster than ``tf.abs``, most of all backward, but of a smaller range, for the square has one
    too: exact to rounding from 1e-15 to 1e19 in float32, from 1e-145 to 1e154 in float64. A
    smaller one is off by at most 2e-19 (2e-154).

    Args:
        values: complex64 or complex128, any shape.
        offset: :math:`\delta`, at least 0.

    Returns:
        float32 or float64, of the same shape.
    """
    squared = squared_magnitude(values)
    return root(squared + offset if offset else squared)


@custom_gradient
def root(values: tf.Tensor) -> tuple:
    """Take square roots, with a gradient of 0 at 0."""

    def gradient(upstream: tf.Tensor) -> tf.Tensor:
        # This root, not tf.sqrt's result: so the second derivative is finite at 0 as well. The
        # identity belongs to the gradient's own graph, in which the third one looks for it.
        return tf.math.divide_no_nan(0.5 * upstream, root(tf.identity(values)))

    return tf.sqrt(values), gradient
