"""Scaling: from whatever a network puts out to what a control may be."""

import math
from typing import Any

import tensorflow as tf

from .._validate import check
from .numerics import compiled, custom_gradient, real_tensor, working_dtype

__all__ = ["exp_sigmoid", "gradient_reversal", "log_scale", "soft_limit", "sym_exp_sigmoid"]


def exp_sigmoid(
    x: Any, *, exponent: float = 10.0, max_value: float = 2.0, threshold: float = 1e-7
) -> tf.Tensor:
    r"""Map any number to an amplitude, evenly in decibels where it is small.

    .. math:: y = m\,\sigma(x)^{\ln e} + t

    Far below 0 each step of 1 is a factor of the ``exponent``, 20 dB of 10.

    Args:
        x: [...].
        exponent: :math:`e`, above 1.
        max_value: :math:`m`, the limit for large x, above 0.
        threshold: :math:`t`, the limit for small x, at least 0.

    Returns:
        between ``threshold`` and ``max_value + threshold``, of the shape of ``x``.

    Raises:
        ValueError: if ``x`` is not floating point, or a setting is out of its range.

    Example:
        >>> import spectrotools as st
        >>> [f"{y:.4g}" for y in st.exp_sigmoid([-10.0, -1.0, 0.0, 1.0, 10.0])]
        ['1.002e-07', '0.09722', '0.4054', '0.9722', '2']

    References:
        Engel, Hantrakul, Gu, Roberts, "DDSP: differentiable digital signal processing", 2020,
        eq. 5, and ddsp 3.7, ``core.exp_sigmoid``.
    """
    check(1.0 < exponent < math.inf, "exponent must be finite and above 1", exponent)
    check(0.0 < max_value < math.inf, "max_value must be finite and above 0", max_value)
    check(0.0 <= threshold < math.inf, "threshold must be finite and at least 0", threshold)
    settings = {"power": math.log(exponent), "height": float(max_value), "floor": float(threshold)}
    return _exp_sigmoid(real_tensor("x", x), **settings)


def sym_exp_sigmoid(x: Any, *, width: float = 8.0) -> tf.Tensor:
    r"""Map any number to an amplitude, alike on both sides of 0, where it is smallest.

    :func:`exp_sigmoid` of :math:`w (|x| / 2 - 1)`.

    Args:
        x: [...].
        width: :math:`w`, above 0; the wider, the deeper the well around 0.

    Returns:
        above 0 and up to 2, of the shape of ``x``.

    Raises:
        ValueError: if ``x`` is not floating point, or ``width`` is not above 0.

    Example:
        >>> import spectrotools as st
        >>> [f"{y:.4g}" for y in st.sym_exp_sigmoid([-2.0, 0.0, 2.0])]
        ['0.4054', '1.2e-07', '0.4054']

    References:
        ddsp 3.7, ``core.sym_exp_sigmoid``.
    """
    check(0.0 < width < math.inf, "width must be finite and above 0", width)
    return _sym_exp_sigmoid(real_tensor("x", x), width=float(width))


def log_scale(x: Any, *, low: float, high: float) -> tf.Tensor:
    r"""Map [-1, 1] to [low, high], evenly in octaves.

    .. math:: y = \sqrt{lh}\,(h / l)^{x / 2}

    Args:
        x: [...].
        low: what -1 becomes, above 0.
        high: what 1 becomes, above 0.

    Returns:
        above 0, of the shape of ``x``.

    Raises:
        ValueError: if ``x`` is not floating point, or a limit is not above 0.

    Example:
        >>> import spectrotools as st
        >>> [f"{y:.1f}" for y in st.log_scale([-1.0, 0.0, 1.0], low=10.0, high=1000.0)]
        ['10.0', '100.0', '1000.0']
    """
    check(0.0 < low < math.inf, "low must be finite and above 0", low)
    check(0.0 < high < math.inf, "high must be finite and above 0", high)
    middle, half = 0.5 * math.log(low * high), 0.5 * math.log(high / low)
    return _log_scale(real_tensor("x", x), middle=middle, half=half)


def soft_limit(x: Any, *, low: float = 0.0, high: float = 1.0) -> tf.Tensor:
    r"""Limit to [low, high] without a corner; far within, only the place is shifted.

    .. math:: y = l + \ln(1 + e^x) - \ln(1 + e^{x - (h - l)})

    so that an ``x`` counts from ``low``: 0 gives a little above it, ``high - low`` a little below
    ``high``.

    Args:
        x: [...].
        low: the limit for small x.
        high: the limit for large x, above ``low``.

    Returns:
        between the limits, of the shape of ``x``.

    Raises:
        ValueError: if ``x`` is not floating point, or the limits are not in order.

    Example:
        >>> import spectrotools as st
        >>> [f"{y:.3f}" for y in st.soft_limit([-20.0, 5.0, 40.0], low=10.0, high=20.0)]
        ['10.000', '15.000', '20.000']

    References:
        ddsp 3.7, ``core.soft_limit``.
    """
    ordered = -math.inf < low < high < math.inf
    check(ordered, "low must be below high, and both finite", (low, high))
    return _soft_limit(real_tensor("x", x), low=float(low), high=float(high))


def gradient_reversal(x: Any, *, scale: float = 1.0) -> tf.Tensor:
    """Pass values as they are, and gradients with the other sign.

    Args:
        x: [...].
        scale: by which gradients are multiplied, besides the sign; at least 0.

    Returns:
        ``x``.

    Raises:
        ValueError: if ``x`` is not floating point, or ``scale`` is below 0.

    Gradient:
        ``-scale`` times that of the result.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> x = tf.constant(3.0)
        >>> with tf.GradientTape() as tape:
        ...     tape.watch(x)
        ...     y = st.gradient_reversal(x) ** 2
        >>> f"{y:.1f} {tape.gradient(y, x):.1f}"
        '9.0 -6.0'

    References:
        Ganin, Lempitsky, "Unsupervised domain adaptation by backpropagation", 2015, section 3.1.
    """
    check(0.0 <= scale < math.inf, "scale must be finite and at least 0", scale)

    @custom_gradient
    def reversed_gradient(x: tf.Tensor) -> tuple:
        return tf.identity(x), lambda upstream: -scale * upstream

    return reversed_gradient(real_tensor("x", x))


@compiled
def _exp_sigmoid(x: tf.Tensor, *, power: float, height: float, floor: float) -> tf.Tensor:
    # Of the logarithm, which neither underflows nor has a power of 0 in its gradient.
    working = tf.cast(x, working_dtype(x.dtype))
    return tf.cast(height * tf.exp(power * tf.math.log_sigmoid(working)) + floor, x.dtype)


@compiled
def _sym_exp_sigmoid(x: tf.Tensor, *, width: float) -> tf.Tensor:
    working = tf.cast(x, working_dtype(x.dtype))
    return tf.cast(exp_sigmoid(width * (0.5 * tf.abs(working) - 1.0)), x.dtype)


@compiled
def _log_scale(x: tf.Tensor, *, middle: float, half: float) -> tf.Tensor:
    working = tf.cast(x, working_dtype(x.dtype))
    return tf.cast(tf.exp(middle + half * working), x.dtype)


@compiled
def _soft_limit(x: tf.Tensor, *, low: float, high: float) -> tf.Tensor:
    working = tf.cast(x, working_dtype(x.dtype))
    risen = tf.math.softplus(working) - tf.math.softplus(working - (high - low))
    return tf.cast(low + risen, x.dtype)
