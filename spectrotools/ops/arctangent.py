"""The angle of a point of the plane, which XLA on a CPU is slow to compute."""

import functools
import math

import numpy as np
import tensorflow as tf

from .numerics import is_for_xla_on_cpu

__all__ = ["arctangent"]

_DEGREE = 8  # of the square: 9 or more are no nearer in float32


def arctangent(imag: tf.Tensor, real: tf.Tensor) -> tf.Tensor:
    """The angle of (real, imag), as ``tf.atan2`` has it, signed zeros too.

    Under XLA on a CPU, where that takes some twenty times as long, float32 is computed by a
    polynomial for at most an eighth of a turn, and mirrored from there.
    """
    if imag.dtype != tf.float32 or not is_for_xla_on_cpu():
        return tf.atan2(imag, real)
    wide, high = tf.abs(real), tf.abs(imag)
    steep = high > wide
    # By comparisons, for XLA's least and greatest lose a NaN.
    more, less = tf.where(steep, high, wide), tf.where(steep, wide, high)
    slope = tf.where(more == less, tf.sign(more), less / more)  # both may be 0, or infinite
    square, (*rest, total) = slope * slope, _coefficients()
    for coefficient in reversed(rest):
        total = total * square + np.float32(coefficient)
    turned = total * slope
    turned = tf.where(steep, np.float32(math.pi / 2) - turned, turned)
    turned = tf.where(tf.bitcast(real, tf.int32) < 0, np.float32(math.pi) - turned, turned)
    sign = tf.bitwise.bitwise_and(tf.bitcast(imag, tf.int32), np.int32(-(2**31)))
    return tf.bitcast(tf.bitwise.bitwise_or(tf.bitcast(turned, tf.int32), sign), tf.float32)


@functools.lru_cache(maxsize=1)
def _coefficients() -> tuple[float, ...]:
    """Of atan(x) / x in powers of x^2, for x up to 1: nearly the best possible."""

    def ratio(square: np.ndarray) -> np.ndarray:
        return np.arctan(np.sqrt(square)) / np.sqrt(square)  # no node of the fit is at 0

    fit = np.polynomial.Chebyshev.interpolate(ratio, _DEGREE, [0.0, 1.0])
    return tuple(fit.convert(kind=np.polynomial.Polynomial).coef)
