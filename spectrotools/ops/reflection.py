r"""Reflection coefficients of a predictor: of the sections of its lattice.

A predictor of order m is one of order m - 1, and that one backwards in time:
:math:`A_m(z) = A_{m-1}(z) + k_m\,z^{-m} A_{m-1}(z^{-1})`. The filter :math:`1 / A` is stable if
and only if all :math:`|k_m| < 1`.
"""

from typing import Any

import tensorflow as tf

from .._validate import check
from .numerics import compiled, flatten_leading, real_tensor, with_shape, working_dtype

__all__ = [
    "checked_predictor",
    "lpc_to_reflection",
    "reflection_to_lpc",
    "rounded",
    "stepped_down",
    "stepped_up",
]


def reflection_to_lpc(reflection: Any) -> tf.Tensor:
    r"""Make the predictor that has the given reflection coefficients.

    .. math:: a_m[i] = a_{m-1}[i] + k_m\,a_{m-1}[m - i], \qquad i = 0, \dots, m

    from :math:`a_0 = 1`. Every stable filter :math:`1 / A` comes of coefficients within (-1, 1),
    such as the hyperbolic tangents of any numbers, which can be learned without a bound. It is
    computed in float64.

    Args:
        reflection: k, ``[..., order]``, of a known order.

    Returns:
        ``[..., order + 1]``, the first of them 1.

    Raises:
        ValueError: if ``reflection`` is not floating point or its order is not known.

    Example:
        >>> import spectrotools as st
        >>> [f"{a:.3f}" for a in st.reflection_to_lpc([0.5, -0.25])]
        ['1.000', '0.375', '-0.250']

    References:
        Markel, Gray, "Linear prediction of speech", 1976, chapter 5.
    """
    reflection, order = checked_predictor("reflection", reflection, "order", 0)
    return _to_lpc(reflection, order=order)


def lpc_to_reflection(coefficients: Any) -> tf.Tensor:
    r"""Give the reflection coefficients of a predictor, the inverse of :func:`reflection_to_lpc`.

    .. math:: k_m = a_m[m], \qquad a_{m-1}[i] = \frac{a_m[i] - k_m\,a_m[m - i]}{1 - k_m^2}

    All of them lie in (-1, 1) if and only if :math:`1 / A` is stable. What follows one of exactly
    1 or -1 is not defined. It is computed in float64.

    Args:
        coefficients: a, ``[..., order + 1]``, of a known order; divided by the first.

    Returns:
        ``[..., order]``.

    Raises:
        ValueError: if ``coefficients`` are not floating point or their number is not known.

    Example:
        >>> import spectrotools as st
        >>> [f"{k:.3f}" for k in st.lpc_to_reflection([1.0, 0.375, -0.25])]
        ['0.500', '-0.250']

    References:
        Markel, Gray, "Linear prediction of speech", 1976, chapter 5.
    """
    coefficients, size = checked_predictor("coefficients", coefficients, "order + 1", 1)
    return _to_reflection(coefficients, size=size)


def checked_predictor(name: str, value: Any, axis: str, least: int) -> tuple[tf.Tensor, int]:
    """Numbers ``[..., axis]`` of a known size, at least ``least``, and that size."""
    tensor = real_tensor(name, value)
    rank = tensor.shape.rank
    size = tensor.shape[-1] if rank else None
    size = -1 if size is None else int(size)
    check(size >= least, f"{name} must be [..., {axis}] of a known order", tensor.shape)
    return tensor, size


def rounded(result: tf.Tensor, dtype: tf.DType) -> tf.Tensor:
    """A float64 result in the dtype asked for, half precision by way of float32."""
    return tf.cast(tf.cast(result, working_dtype(dtype)), dtype)


@compiled
def _to_lpc(reflection: tf.Tensor, *, order: int) -> tf.Tensor:
    flat, unfold = flatten_leading(tf.cast(reflection, tf.float64), 1)
    predictor = tf.ones_like(tf.reduce_sum(flat, axis=1, keepdims=True))
    for m in range(order):
        predictor = stepped_up(predictor, flat[:, m : m + 1])
    return rounded(unfold(predictor), reflection.dtype)


@compiled
def _to_reflection(coefficients: tf.Tensor, *, size: int) -> tf.Tensor:
    flat, unfold = flatten_leading(tf.cast(coefficients, tf.float64), 1)
    return rounded(unfold(stepped_down(flat, size)), coefficients.dtype)


def stepped_up(predictor: tf.Tensor, reflection: tf.Tensor) -> tf.Tensor:
    """A predictor ``[batch, m]`` with one more section, ``[batch, 1]``."""
    ahead = tf.pad(predictor, [[0, 0], [0, 1]])
    return ahead + reflection * tf.reverse(ahead, [1])


def stepped_down(coefficients: tf.Tensor, size: int) -> tf.Tensor:
    """The reflection coefficients ``[batch, size - 1]`` of predictors ``[batch, size]``."""
    coefficients = with_shape(coefficients, [coefficients.shape[0], size])
    predictor, sections = coefficients / coefficients[:, :1], []
    for m in range(size - 1, 0, -1):
        last = predictor[:, m:]
        sections.append(last)
        behind = tf.reverse(predictor[:, 1:], [1])
        predictor = (predictor[:, :m] - last * behind) / (1.0 - last**2)
    return tf.concat([coefficients[:, :0], *reversed(sections)], axis=1)
