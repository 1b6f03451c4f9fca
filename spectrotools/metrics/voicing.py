"""Which frames are voiced, and how right that is."""

from typing import Any

import tensorflow as tf

from ..ops.numerics import compiled
from ..ops.pitch_track import PitchTrack
from .arguments import pair

__all__ = ["part", "track_pair", "voiced", "voicing_f1", "voicing_false_alarm", "voicing_recall"]


def voicing_recall(reference_f0_hz: Any, estimate_f0_hz: Any) -> tf.Tensor:
    """Give the part of the reference's voiced frames that the estimate says are voiced.

    Args:
        reference_f0_hz: ``[..., frames]``, Hz; 0, NaN or a negative number is no voice;
            or a :class:`PitchTrack`.
        estimate_f0_hz: ``[..., frames]``, of the same shape and dtype.

    Returns:
        In [0, 1], 1 is best, ``[...]``; 1 where the reference has no voiced frame.

    Raises:
        ValueError: if the two do not fit each other, or are not floating point.

    Example:
        >>> import spectrotools as st
        >>> float(st.metrics.voicing_recall([220.0, 220.0, 0.0], [225.0, 0.0, 100.0]))
        0.5

    References:
        Salamon et al., IEEE Signal Processing Magazine 31(2), 2014; mir_eval, ISMIR 2014.
    """
    return _recall(*track_pair(reference_f0_hz, estimate_f0_hz))


def voicing_false_alarm(reference_f0_hz: Any, estimate_f0_hz: Any) -> tf.Tensor:
    """Give the part of the reference's unvoiced frames that the estimate says are voiced.

    Args:
        reference_f0_hz: ``[..., frames]``, Hz; 0, NaN or a negative number is no voice;
            or a :class:`PitchTrack`.
        estimate_f0_hz: ``[..., frames]``, of the same shape and dtype.

    Returns:
        In [0, 1], 0 is best, ``[...]``; 0 where the reference has no unvoiced frame.

    Raises:
        ValueError: if the two do not fit each other, or are not floating point.

    Example:
        >>> import spectrotools as st
        >>> float(st.metrics.voicing_false_alarm([220.0, 0.0, 0.0], [225.0, 0.0, 100.0]))
        0.5

    References:
        Those of :func:`voicing_recall`.
    """
    return _false_alarm(*track_pair(reference_f0_hz, estimate_f0_hz))


def voicing_f1(reference_f0_hz: Any, estimate_f0_hz: Any) -> tf.Tensor:
    r"""Give the F1 score of the voiced frames, V/UV F1.

    .. math:: \frac{2\,|V \cap \hat V|}{|V| + |\hat V|}

    Args:
        reference_f0_hz: ``[..., frames]``, Hz; 0, NaN or a negative number is no voice;
            or a :class:`PitchTrack`.
        estimate_f0_hz: ``[..., frames]``, of the same shape and dtype.

    Returns:
        In [0, 1], 1 is best, ``[...]``; 1 where neither has a voiced frame.

    Raises:
        ValueError: if the two do not fit each other, or are not floating point.

    Example:
        >>> import spectrotools as st
        >>> float(st.metrics.voicing_f1([220.0, 220.0, 0.0], [225.0, 0.0, 0.0])).__round__(4)
        0.6667

    References:
        Morrison et al., "Chunked autoregressive GAN for conditional waveform synthesis",
        ICLR 2022.
    """
    return _f1(*track_pair(reference_f0_hz, estimate_f0_hz))


def track_pair(reference_f0_hz: Any, estimate_f0_hz: Any) -> tuple[tf.Tensor, tf.Tensor]:
    """Two checked tracks, in which 0 alone stands for no pitch, of trackers or of numbers."""
    tracks = _signed(reference_f0_hz), _signed(estimate_f0_hz)
    reference, estimate = pair(*tracks, suffix="_f0_hz", axis="frames")
    return _without_nan(reference), _without_nan(estimate)


def _signed(track: Any) -> Any:
    """Hz of what a tracker gives, negative where there is no voice; all else as it is."""
    if not isinstance(track, PitchTrack):
        return track
    f0_hz = tf.abs(tf.convert_to_tensor(track.f0_hz))
    return tf.where(track.voiced, f0_hz, -f0_hz)


def _without_nan(track: tf.Tensor) -> tf.Tensor:
    return tf.where(tf.math.is_nan(track), tf.zeros_like(track), track)


def voiced(track: tf.Tensor) -> tf.Tensor:
    """Which frames are voiced, bool."""
    return track > 0


@compiled
def _recall(reference: tf.Tensor, estimate: tf.Tensor) -> tf.Tensor:
    return part(voiced(estimate), voiced(reference), none=1.0, dtype=reference.dtype)


@compiled
def _false_alarm(reference: tf.Tensor, estimate: tf.Tensor) -> tf.Tensor:
    return part(voiced(estimate), ~voiced(reference), none=0.0, dtype=reference.dtype)


def part(found: tf.Tensor, among: tf.Tensor, *, none: float, dtype: tf.DType) -> tf.Tensor:
    """The part of the frames ``among`` that are ``found``, ``none`` where there are none."""
    hits, all_of_them = (
        tf.reduce_sum(tf.cast(frames, dtype), axis=-1) for frames in (found & among, among)
    )
    ratio = tf.math.divide_no_nan(hits, all_of_them)
    return tf.where(all_of_them == 0, tf.fill(tf.shape(ratio), tf.cast(none, dtype)), ratio)


@compiled
def _f1(reference: tf.Tensor, estimate: tf.Tensor) -> tf.Tensor:
    hits, there, said = (
        tf.reduce_sum(tf.cast(frames, reference.dtype), axis=-1)
        for frames in (voiced(reference) & voiced(estimate), voiced(reference), voiced(estimate))
    )
    f1 = tf.math.divide_no_nan(2 * hits, there + said)
    return tf.where(there + said == 0, tf.ones_like(f1), f1)
