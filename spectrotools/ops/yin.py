"""The pitch of a sound where it repeats itself, frame by frame."""

from typing import Any

import tensorflow as tf

from .._validate import check, number
from .framing import PadMode
from .numerics import compiled, flatten_leading, real_tensor, working_dtype
from .periodicity import (
    Lags,
    PitchConvention,
    differences,
    over_frames,
    troughs,
    vertices,
)
from .pitch_track import PitchTrack

__all__ = ["yin"]


def yin(
    audio: Any,
    *,
    sample_rate: float,
    fmin: float,
    fmax: float,
    hop_length: int,
    frame_length: int | None = None,
    trough_threshold: float = 0.1,
    pad_mode: PadMode = "constant",
    convention: PitchConvention | None = None,
) -> PitchTrack:
    r"""Find the fundamental of every frame by itself: YIN.

    The period is the first lag at which the normalised difference

    .. math::
        d'(k) = \frac{k\, d(k)}{\sum_{j=1}^{k} d(j)}, \qquad
        d(k) = \frac{1}{N-k} \sum_{j=0}^{N-k-1} (x_j - x_{j+k})^2

    has a trough below the threshold, and of no such trough the lowest place; a parabola through
    three values of :math:`d` refines it. No frame knows of the others: :func:`pyin` follows a
    pitch through time, and decides better where there is none.

    Args:
        audio: ``[..., time]``.
        sample_rate: Hz, above 0.
        fmin: the lowest fundamental, Hz, above 0. The frame holds at least one period and 2
            samples of it.
        fmax: the highest fundamental, Hz, above ``fmin`` and at most half the sample rate. What is
            higher repeats after more periods, too, and is taken for a tone that low.
        hop_length: samples from one frame to the next, at least 1.
        frame_length: samples, None for 4 periods of ``fmin``, in librosa's convention for 2048.
        trough_threshold: of :math:`d'`, above 0 and at most 1: the part of the power that
            does not repeat.
        pad_mode: what is beyond the ends, ``"constant"`` (zeros), ``"reflect"``, ``"symmetric"``
            or ``"edge"``, as in ``numpy.pad``.
        convention: None for the above, ``"librosa"`` for what librosa 0.11 finds: its sum lacks a
            part, and the parabola goes through :math:`d'`, so that low sines come out up to 10
            cents sharp, and the ends of the range count as troughs.

    Returns:
        a :class:`PitchTrack` of ``1 + time // hop_length`` frames; frame t is centred on sample
        ``t * hop_length``. A frame is voiced where there is a trough below the threshold, and its
        probability is :math:`1 - d'`, what repeats of its power.

    Raises:
        ValueError: if a setting is out of its range.

    Gradient:
        none: which lag is chosen has no slope. :func:`spectral_f0` has one.

    Example:
        >>> import spectrotools as st
        >>> tone = st.tone(220.0, sample_rate=16000, length=4000)
        >>> track = st.yin(tone, sample_rate=16000, fmin=60.0, fmax=1000.0, hop_length=1000)
        >>> [f"{f0:.2f}" for f0 in track.f0_hz[1:-1]]
        ['220.00', '220.00', '220.00']

    References:
        de Cheveigne, Kawahara, "YIN, a fundamental frequency estimator for speech and music",
        2002, equations 7 and 8, with a window that shrinks with the lag.
    """
    lags = Lags.checked(sample_rate, fmin, fmax, hop_length, frame_length, pad_mode, convention)
    threshold = number("trough_threshold", trough_threshold, 0.0, 1.0)
    check(threshold > 0, "trough_threshold must be above 0", threshold)
    audio = real_tensor("audio", audio)
    check(audio.shape.rank != 0, "audio must have a time axis", audio)
    return _yin(audio, lags=lags, threshold=threshold)


@compiled
def _yin(audio: tf.Tensor, *, lags: Lags, threshold: float) -> PitchTrack:
    dtype = audio.dtype
    audio, unfold = flatten_leading(tf.cast(audio, working_dtype(dtype)), keep=1)

    def of_frames(frames: tf.Tensor) -> tf.Tensor:
        return tf.stack(_first_trough(frames, lags, threshold), axis=-1)

    found = over_frames(of_frames, (2,), tf.stop_gradient(audio), lags)
    f0_hz, height = tf.unstack(found, axis=-1)
    voiced = height < threshold
    sure = tf.clip_by_value(1.0 - height, 0.0, 1.0)
    f0_hz, sure = (tf.cast(unfold(part), dtype) for part in (f0_hz, sure))
    return PitchTrack(f0_hz, unfold(voiced), sure)


def _first_trough(frames: tf.Tensor, lags: Lags, threshold: float) -> tuple[tf.Tensor, tf.Tensor]:
    """Hz, and the height of the trough, 1 where there is none, ``[rows]`` each."""
    normalised, smooth = differences(frames, lags)
    shifts, heights = vertices(normalised, smooth, lags)
    low = troughs(normalised, lags)
    deep = low & (heights < threshold)
    first = tf.argmax(deep, axis=1, output_type=tf.int32)
    lag = tf.where(tf.reduce_any(deep, axis=1), first, _lowest(normalised, lags))
    shift, height = (tf.gather(part, lag, batch_dims=1) for part in (shifts, heights))
    height = tf.where(tf.gather(low, lag, batch_dims=1), height, tf.ones_like(height))
    period = tf.cast(lag + lags.first, frames.dtype) + shift
    return lags.sample_rate / period, height


def _lowest(normalised: tf.Tensor, lags: Lags) -> tf.Tensor:
    """The place of the lowest value, of those that are not only neighbours of a period."""
    if lags.convention:
        return tf.argmin(normalised, axis=1, output_type=tf.int32)
    return 1 + tf.argmin(normalised[:, 1:-1], axis=1, output_type=tf.int32)
