"""How right the pitch of a track is, as mir_eval counts it, and how far off in cents or Hz."""

import math
from typing import Any, Literal

import tensorflow as tf

from .._validate import check, one_of
from ..ops.numerics import compiled
from .arguments import finite
from .voicing import part, track_pair, voiced

__all__ = ["f0_rmse", "overall_accuracy", "raw_chroma_accuracy", "raw_pitch_accuracy"]

Unit = Literal["cents", "hz"]


def f0_rmse(reference_f0_hz: Any, estimate_f0_hz: Any, *, unit: Unit = "cents") -> tf.Tensor:
    r"""Give the root mean square by which pitch is off, over frames that both say are voiced.

    .. math:: \sqrt{\frac{1}{|V|} \sum_{t \in V} d[t]^2}, \qquad
        d = 1200 \log_2 (\hat f / f) \;\text{ or }\; \hat f - f

    Lower is nearer, 0 is equal. One octave error in a hundred frames is 120 cents: see
    :func:`raw_pitch_accuracy` too. Where the reference has no voiced frame it is 0, for there is
    nothing to miss; where it has, and the estimate has none there, it is infinite.

    Args:
        reference_f0_hz: ``[..., frames]``, Hz; 0, NaN or a negative number is no voice;
            or a :class:`PitchTrack`.
        estimate_f0_hz: ``[..., frames]``, of the same shape and dtype.
        unit: of d: ``"cents"`` or ``"hz"``.

    Returns:
        Cents or Hz, ``[...]``, float32 or float64.

    Raises:
        ValueError: if an argument is not what it has to be.

    Example:
        >>> import spectrotools as st
        >>> f"{st.metrics.f0_rmse([220.0, 440.0, 0.0], [220.0, 466.1638, 330.0]):.2f}"
        '70.71'
    """
    one_of("unit", unit, Unit)
    return _rmse(*track_pair(reference_f0_hz, estimate_f0_hz), unit=unit)


@compiled
def _rmse(reference: tf.Tensor, estimate: tf.Tensor, *, unit: Unit) -> tf.Tensor:
    both = voiced(reference) & voiced(estimate)
    apart = _cents(reference, estimate) if unit == "cents" else estimate - reference
    squares = tf.reduce_sum(tf.where(both, tf.square(apart), tf.zeros_like(apart)), axis=-1)
    count = tf.reduce_sum(tf.cast(both, squares.dtype), axis=-1)
    lost = (count == 0) & tf.reduce_any(voiced(reference), axis=-1)
    rmse = tf.sqrt(tf.math.divide_no_nan(squares, count))
    return tf.where(lost, tf.fill(tf.shape(rmse), tf.cast(math.inf, rmse.dtype)), rmse)


def raw_pitch_accuracy(
    reference_f0_hz: Any, estimate_f0_hz: Any, *, tolerance_cents: float = 50.0
) -> tf.Tensor:
    """Give the part of the reference's voiced frames where the pitch is right.

    Higher is nearer, 1 is best. Whether the estimate says that a frame is voiced does not matter,
    if it has a pitch at all: a negative number is a pitch of an unvoiced frame, 0 or NaN is none.
    Where the reference has no voiced frame it is 0, as in mir_eval.

    Args:
        reference_f0_hz: ``[..., frames]``, Hz, or a :class:`PitchTrack`.
        estimate_f0_hz: ``[..., frames]``, of the same shape and dtype.
        tolerance_cents: pitch is right when it is off by less, above 0.

    Returns:
        In [0, 1], ``[...]``, float32 or float64.

    Raises:
        ValueError: if an argument is not what it has to be.

    Example:
        >>> import spectrotools as st
        >>> float(st.metrics.raw_pitch_accuracy([220.0, 440.0, 0.0], [221.0, 220.0, 100.0]))
        0.5

    References:
        Salamon et al., "Melody extraction from polyphonic music signals", IEEE Signal
        Processing Magazine 31(2), 2014; Raffel et al., "mir_eval", ISMIR 2014.
    """
    return _accuracy(*_checked(reference_f0_hz, estimate_f0_hz, tolerance_cents), chroma=False)


def raw_chroma_accuracy(
    reference_f0_hz: Any, estimate_f0_hz: Any, *, tolerance_cents: float = 50.0
) -> tf.Tensor:
    """Give :func:`raw_pitch_accuracy` where an error of whole octaves is none.

    Args:
        reference_f0_hz: ``[..., frames]``, Hz, or a :class:`PitchTrack`.
        estimate_f0_hz: ``[..., frames]``, of the same shape and dtype.
        tolerance_cents: pitch is right when it is off by less, above 0.

    Returns:
        In [0, 1], ``[...]``, float32 or float64.

    Raises:
        ValueError: if an argument is not what it has to be.

    Example:
        >>> import spectrotools as st
        >>> float(st.metrics.raw_chroma_accuracy([220.0, 440.0, 0.0], [221.0, 220.0, 100.0]))
        1.0

    References:
        Those of :func:`raw_pitch_accuracy`.
    """
    return _accuracy(*_checked(reference_f0_hz, estimate_f0_hz, tolerance_cents), chroma=True)


def overall_accuracy(
    reference_f0_hz: Any, estimate_f0_hz: Any, *, tolerance_cents: float = 50.0
) -> tf.Tensor:
    """Give the part of all frames where both voicing and, if voiced, pitch are right.

    Args:
        reference_f0_hz: ``[..., frames]``, Hz; 0, NaN or a negative number is no voice;
            or a :class:`PitchTrack`.
        estimate_f0_hz: ``[..., frames]``, of the same shape and dtype.
        tolerance_cents: pitch is right when it is off by less, above 0.

    Returns:
        In [0, 1], 1 is best, ``[...]``, float32 or float64.

    Raises:
        ValueError: if an argument is not what it has to be.

    Example:
        >>> import spectrotools as st
        >>> reference, estimate = [220.0, 440.0, 0.0, 0.0], [221.0, 220.0, 100.0, 0.0]
        >>> float(st.metrics.overall_accuracy(reference, estimate))
        0.5

    References:
        Those of :func:`raw_pitch_accuracy`.
    """
    return _overall(*_checked(reference_f0_hz, estimate_f0_hz, tolerance_cents))


def _checked(reference_f0_hz: Any, estimate_f0_hz: Any, tolerance_cents: float) -> tuple:
    reference, estimate = track_pair(reference_f0_hz, estimate_f0_hz)
    check(
        finite(tolerance_cents) > 0, "tolerance_cents must be finite and above 0", tolerance_cents
    )
    return reference, estimate, tf.constant(tolerance_cents, reference.dtype)


@compiled
def _accuracy(
    reference: tf.Tensor, estimate: tf.Tensor, tolerance: tf.Tensor, *, chroma: bool
) -> tf.Tensor:
    apart = tf.abs(_cents(reference, estimate))
    if chroma:
        apart = tf.abs(apart - 1200 * tf.floor(apart / 1200 + 0.5))
    right = voiced(reference) & (estimate != 0) & (apart < tolerance)
    return part(right, voiced(reference), none=0.0, dtype=reference.dtype)


@compiled
def _overall(reference: tf.Tensor, estimate: tf.Tensor, tolerance: tf.Tensor) -> tf.Tensor:
    both = voiced(reference) & voiced(estimate)
    right = both & (tf.abs(_cents(reference, estimate)) < tolerance)
    neither = ~voiced(reference) & ~voiced(estimate)
    return tf.reduce_mean(tf.cast(right | neither, reference.dtype), axis=-1)


def _cents(reference: tf.Tensor, estimate: tf.Tensor) -> tf.Tensor:
    """How much higher the estimate is, and 0 where one of the two has no pitch."""
    known = (reference != 0) & (estimate != 0)
    reference, estimate = (
        tf.where(known, tf.abs(track), tf.ones_like(track)) for track in (reference, estimate)
    )
    return (1200 / math.log(2)) * (tf.math.log(estimate) - tf.math.log(reference))
