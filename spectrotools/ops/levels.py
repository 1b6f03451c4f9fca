"""How strong a signal is from frame to frame, to the ear of no one: root mean squares."""

import math
from typing import Any

import tensorflow as tf

from .._validate import check, integer, number
from .numerics import compiled, flatten_leading, real_tensor, sizes, working_dtype
from .sliding_sums import frame_sums

__all__ = ["rms", "rms_db"]


def rms(audio: Any, *, hop_length: int, frame_length: int = 2048) -> tf.Tensor:
    r"""Measure the root mean square of every frame.

    .. math:: r[t] = \sqrt{\frac{1}{N} \sum_{n=0}^{N-1} x[tH + n - \lfloor N/2 \rfloor]^2}

    of a ``frame_length`` N and a ``hop_length`` H; before and after the signal there is silence.
    The first ``1 + time // hop_length`` frames are those of librosa and of DDSP, and one follows
    where the signal goes on. As the square is taken, in float32 what is below 1e-19 counts as 0.

    Args:
        audio: ``[..., time]``, floating point.
        hop_length: samples from frame to frame, at least 1.
        frame_length: samples a frame, at least 1.

    Returns:
        ``[..., 1 + ceil(time / hop_length)]``.

    Raises:
        ValueError: if an argument is out of its range.

    Gradient:
        0 where all is silent.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> tone = np.sin(2 * np.pi * 1000.0 * np.arange(16000) / 16000)
        >>> level = st.rms(tone, hop_length=64, frame_length=512)
        >>> f"{len(level)} frames, {level[125]:.4f}"
        '251 frames, 0.7071'

    References:
        librosa 0.11, ``feature.rms``. ddsp 3.7, ``spectral_ops.compute_rms_energy``.
    """
    return _rms(*_checked(audio), **_framed(hop_length, frame_length))


def rms_db(
    audio: Any, *, hop_length: int, frame_length: int = 2048, floor_db: float = -80.0
) -> tf.Tensor:
    r"""Measure the level of every frame: :math:`20 \log_{10}` of :func:`rms`.

    A sine of amplitude 1 has -3.01 dB, a square wave 0 dB.

    Args:
        audio: ``[..., time]``, floating point.
        hop_length: as in :func:`rms`.
        frame_length: as in :func:`rms`.
        floor_db: what is lower, silence included, is that; dB, in [-200, 0].

    Returns:
        dB, ``[..., 1 + ceil(time / hop_length)]``.

    Raises:
        ValueError: if an argument is out of its range.

    Gradient:
        0 at the floor, silence included.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> tone = np.sin(2 * np.pi * 1000.0 * np.arange(16000) / 16000)
        >>> level = st.rms_db(np.append(tone, np.zeros(16000)), hop_length=8000, frame_length=512)
        >>> [f"{decibels:.2f}" for decibels in level]
        ['-6.02', '-3.01', '-6.02', '-80.00', '-80.00']

    References:
        ddsp 3.7, ``spectral_ops.compute_power``, whose ``range_db`` is ``-floor_db``.
    """
    floor_db = number("floor_db", floor_db, -200.0, 0.0)
    return _rms_db(*_checked(audio), floor_db=floor_db, **_framed(hop_length, frame_length))


def _checked(audio: Any) -> list[tf.Tensor]:
    audio = real_tensor("audio", audio)
    check(audio.shape.rank != 0, "audio must have a time axis", audio)
    return [audio]


def _framed(hop_length: int, frame_length: int) -> dict[str, int]:
    hop_length = integer("hop_length", hop_length, 1)
    return {"hop": hop_length, "size": integer("frame_length", frame_length, 1)}


@compiled
def _rms(audio: tf.Tensor, *, hop: int, size: int) -> tf.Tensor:
    power = _mean_squares(audio, hop, size)
    silent = power <= 0.0
    # The root of 1 in place of that of 0, whose gradient has no bound.
    root = tf.sqrt(tf.where(silent, tf.ones_like(power), power))
    return tf.cast(tf.where(silent, tf.zeros_like(power), root), audio.dtype)


@compiled
def _rms_db(audio: tf.Tensor, *, hop: int, size: int, floor_db: float) -> tf.Tensor:
    power = tf.maximum(_mean_squares(audio, hop, size), 10.0 ** (floor_db / 10.0))
    return tf.cast((10.0 / math.log(10.0)) * tf.math.log(power), audio.dtype)


def _mean_squares(audio: tf.Tensor, hop: int, size: int) -> tf.Tensor:
    flat, unfold = flatten_leading(tf.cast(audio, working_dtype(audio.dtype)), keep=1)
    time = sizes(flat)[1]
    after = -(-time // hop) * hop - time + size - size // 2
    padded = tf.pad(tf.square(flat), [[0, 0], [size // 2, after]])
    return unfold(frame_sums(padded, size, hop) / size)
