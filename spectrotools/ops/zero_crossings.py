"""How often a signal changes its sign."""

from typing import Any

import tensorflow as tf

from .._validate import check, integer
from .numerics import compiled, flatten_leading, real_tensor
from .sliding_sums import frame_sums

__all__ = ["zero_crossing_rate"]

_SILENCE = 1e-10  # what is nearer to 0 counts as 0, and 0 as positive: librosa's


def zero_crossing_rate(
    audio: Any, *, hop_length: int = 512, frame_length: int = 2048
) -> tf.Tensor:
    """Give the share of the samples of each frame at which the sign changes.

    Frames are centred, and before and after the signal it stays what it is at the ends.

    Args:
        audio: ``[..., time]``, floating point.
        hop_length: samples from frame to frame, at least 1.
        frame_length: samples a frame, at least 2.

    Returns:
        in [0, 1), ``[..., frames]``, ``1 + time // hop_length`` frames of an even length.

    Raises:
        ValueError: if an argument is out of its range.

    Gradient:
        none: it goes in steps.

    Example:
        >>> import spectrotools as st
        >>> tone = st.tone(1000.0, sample_rate=16000, length=16000)
        >>> rate = st.zero_crossing_rate(tone, frame_length=1600)
        >>> f"{rate[15]:.3f}"  # 200 crossings in 1600 samples, one of them before the first
        '0.124'

    References:
        librosa 0.11, ``feature.zero_crossing_rate``.
    """
    audio = real_tensor("audio", audio)
    check(audio.shape.rank != 0, "audio must have a time axis", audio)
    hop, size = integer("hop_length", hop_length, 1), integer("frame_length", frame_length, 2)
    return _rate(audio, hop=hop, size=size)


@compiled
def _rate(audio: tf.Tensor, *, hop: int, size: int) -> tf.Tensor:
    flat, unfold = flatten_leading(audio, keep=1)
    negative = flat < tf.constant(-_SILENCE, audio.dtype)
    dtype = tf.float64 if audio.dtype == tf.float64 else tf.float32
    crossings = tf.cast(negative[:, 1:] != negative[:, :-1], dtype)
    crossings = tf.pad(crossings, [[0, 0], [size // 2, size // 2]])
    return tf.cast(unfold(frame_sums(crossings, size - 1, hop) / size), audio.dtype)
