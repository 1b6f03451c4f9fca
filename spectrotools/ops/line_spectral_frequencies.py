r"""Line spectral frequencies of a predictor, by eigenvalues.

The sum and the difference of a predictor and itself backwards,
:math:`A(z) \pm z^{-p-1} A(z^{-1})`, have all their zeros on the unit circle, in turn, if
:math:`1 / A` is stable. With :math:`x = z^{1/2} + z^{-1/2} = 2 \cos(\omega / 2)`, either obeys a
recurrence of three terms in the order, :math:`y_{n+1} = x\,y_n - \lambda_n\,y_{n-1}`, with
:math:`\lambda_n = (1 \mp k_n)(1 \pm k_{n-1})` of the reflection coefficients: the zeros are the
eigenvalues of a symmetric matrix of three diagonals, and so is their square,
:math:`2 + 2 \cos \omega`, of one half the size.
"""

import math
from typing import Any

import tensorflow as tf

from .numerics import compiled, flatten_leading
from .reflection import checked_predictor, rounded, stepped_down

__all__ = ["lpc_to_lsf", "lsf_to_lpc"]


def lpc_to_lsf(coefficients: Any) -> tf.Tensor:
    r"""Give the line spectral frequencies of a stable predictor.

    They rise, from above 0 to below :math:`\pi`, those of the sum and of the difference in turn,
    and lie close together where the spectrum has a peak. Any rising numbers are those of a stable
    filter, so they may be smoothed and interpolated; :func:`lsf_to_lpc` is the way back. They are
    computed in float64.

    Args:
        coefficients: ``[..., order + 1]``, of a known order of at least 1; divided by the first.

    Returns:
        Radians a sample, ``[..., order]``. NaN if the filter is not stable.

    Raises:
        ValueError: if ``coefficients`` are not floating point or their number is not known.

    Example:
        >>> import spectrotools as st
        >>> [f"{w:.4f}" for w in st.lpc_to_lsf([1.0, -0.9, 0.64])]
        ['0.8892', '1.2974']

    References:
        Itakura, "Line spectrum representation of linear predictive coefficients of speech
        signals", JASA 57, 1975. Delsarte, Genin, "The split Levinson algorithm", IEEE TASSP
        34(3), 1986.
    """
    coefficients, size = checked_predictor("coefficients", coefficients, "order + 1", 2)
    return _to_lsf(coefficients, order=size - 1)


def lsf_to_lpc(frequencies: Any) -> tf.Tensor:
    r"""Make the predictor of the given line spectral frequencies.

    .. math:: A(z) = \tfrac{1}{2} (P(z) + Q(z))

    of the polynomials whose zeros are at :math:`e^{\pm i \omega}` for the first, third ... of the
    frequencies (P) and for the others (Q), and further at z = -1 of P and 1 of Q (of odd order
    both of Q). It is computed in float64.

    Args:
        frequencies: radians a sample, ``[..., order]``, of a known order of at least 1; rising
            within 0 and :math:`\pi`, or the filter is not stable.

    Returns:
        ``[..., order + 1]``, the first of them 1.

    Raises:
        ValueError: if ``frequencies`` are not floating point or their number is not known.

    Example:
        >>> import spectrotools as st
        >>> [f"{a:.3f}" for a in st.lsf_to_lpc([0.8892, 1.2974])]
        ['1.000', '-0.900', '0.640']

    References:
        Itakura, "Line spectrum representation of linear predictive coefficients of speech
        signals", JASA 57, 1975.
    """
    frequencies, order = checked_predictor("frequencies", frequencies, "order", 1)
    return _from_lsf(frequencies, order=order)


@compiled
def _to_lsf(coefficients: tf.Tensor, *, order: int) -> tf.Tensor:
    flat, unfold = flatten_leading(tf.cast(coefficients, tf.float64), 1)
    sections = stepped_down(flat, order + 1)
    stable = tf.reduce_all(tf.abs(sections) < 1.0, axis=1, keepdims=True)
    before = sections[:, :-1]
    first = 2.0 * (1.0 - sections[:, :1])
    of_sum = tf.concat([first, (1.0 - sections[:, 1:]) * (1.0 + before)], axis=1)
    of_difference = (1.0 + sections[:, 1:]) * (1.0 - before)
    even, odd = _zeros(of_sum, order + 1, stable), _zeros(of_difference, order, stable)
    pairs = tf.stack([even[:, : order // 2], odd], axis=2)
    pairs = tf.reshape(pairs, [tf.shape(flat)[0], order // 2 * 2])
    frequencies = tf.concat([pairs, even[:, order // 2 :]], axis=1)
    nothing = tf.constant(math.nan, frequencies.dtype)
    return rounded(unfold(tf.where(stable, frequencies, nothing)), coefficients.dtype)


def _zeros(terms: tf.Tensor, size: int, stable: tf.Tensor) -> tf.Tensor:
    """The rising angles, below half a turn, of the zeros of a recurrence of ``size - 1`` terms."""
    half = size // 2
    terms = tf.pad(terms, [[0, 0], [0, 2 * half - (size - 1)]])
    diagonal = terms[:, 0::2] + terms[:, 1::2]
    beside = tf.sqrt(terms[:, 1:-1:2] * terms[:, 2::2])
    matrix = tf.linalg.diag(diagonal)
    if half > 1:
        matrix += tf.linalg.diag(beside, k=1) + tf.linalg.diag(beside, k=-1)
    if half == 0:
        return terms
    # A decomposition of numbers that are none would fail, and of all signals with it.
    matrix = tf.where(stable[:, :, None], matrix, tf.eye(half, dtype=matrix.dtype))
    return tf.acos(tf.reverse(tf.linalg.eigvalsh(matrix), [1]) / 2.0 - 1.0)


@compiled
def _from_lsf(frequencies: tf.Tensor, *, order: int) -> tf.Tensor:
    flat, unfold = flatten_leading(tf.cast(frequencies, tf.float64), 1)
    one = tf.ones_like(flat[:, :1])
    of_sum, of_difference = one, one
    for place in range(order):
        middle = -2.0 * tf.cos(flat[:, place : place + 1])
        if place % 2 == 0:
            of_sum = _times(of_sum, middle)
        else:
            of_difference = _times(of_difference, middle)
    if order % 2 == 0:
        of_sum, of_difference = _with_zero(of_sum, 1.0), _with_zero(of_difference, -1.0)
    else:
        of_difference = _with_zero(_with_zero(of_difference, 1.0), -1.0)
    return rounded(unfold((of_sum + of_difference)[:, :-1] / 2.0), frequencies.dtype)


def _times(polynomial: tf.Tensor, middle: tf.Tensor) -> tf.Tensor:
    """A polynomial times 1 + middle / z + 1 / z^2."""
    ends = tf.pad(polynomial, [[0, 0], [0, 2]]) + tf.pad(polynomial, [[0, 0], [2, 0]])
    return ends + middle * tf.pad(polynomial, [[0, 0], [1, 1]])


def _with_zero(polynomial: tf.Tensor, sign: float) -> tf.Tensor:
    """A polynomial times 1 + sign / z."""
    return tf.pad(polynomial, [[0, 0], [0, 1]]) + sign * tf.pad(polynomial, [[0, 0], [1, 0]])
