"""The peak of the sound that samples stand for, between the samples too."""

import math
from typing import Any

import tensorflow as tf

from .._validate import check, integer, number
from .arguments import checked_rate
from .numerics import compiled, real_tensor, working_dtype
from .resampling import resample

__all__ = ["needed_oversampling", "true_peak", "true_peak_db"]

_ZEROS, _BETA = 32, 9.0  # of the interpolation: right up to 0.91 of the Nyquist frequency
_MOST = 64  # times of oversampling


def true_peak(
    audio: Any, *, sample_rate: float, oversampling: int | None = None, floor_db: float = -120.0
) -> tf.Tensor:
    r"""Measure the highest magnitude of a signal, also between its samples.

    .. math:: 20 \log_{10} \max_m |u[m]|

    for u the signal at a rate that is ``oversampling`` times as high, by a Kaiser-windowed sinc
    that leaves the samples themselves as they are: never is the result below the highest of them.
    Of a sine of frequency f it may be too low by :math:`20 \log_{10} \cos(\pi f / (f_s N))`, for
    a factor N: by 0.17 dB at half the Nyquist frequency and 4.

    Args:
        audio: ``[..., time]``, floating point; 1 is full scale.
        sample_rate: Hz; it says how much oversampling is needed, and nothing else.
        oversampling: N, in [1, 64]; None is 4, from 96 kHz on 2, and from 192 kHz on 1.
        floor_db: what is lower, silence included, is that; dB, in [-300, 0].

    Returns:
        dBTP, decibels of full scale, ``[...]``.

    Raises:
        ValueError: if an argument is out of its range.

    Gradient:
        by the samples around the peak; 0 at the floor, silence included.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> tone = np.sin(np.pi / 4 + np.pi / 2 * np.arange(4800))  # no sample above 0.7071
        >>> fade = np.minimum(1, np.minimum(np.arange(4800), np.arange(4800)[::-1]) / 100)
        >>> f"{st.true_peak(tone * fade, sample_rate=48000):.2f} dBTP"
        '0.00 dBTP'

    References:
        ITU-R BS.1770-5, annex 2. EBU Tech 3341, section 2.4.
    """
    rate, audio = checked_rate(sample_rate), real_tensor("audio", audio)
    check(audio.shape.rank != 0, "audio must have a time axis", audio)
    floor_db = number("floor_db", floor_db, -300.0, 0.0)
    times = needed_oversampling(rate) if oversampling is None else oversampling
    return true_peak_db(audio, times=integer("oversampling", times, 1, _MOST), floor_db=floor_db)


def needed_oversampling(rate: float) -> int:
    """By how much to oversample: what is above 20 kHz matters little, and higher rates have it."""
    return 4 if rate < 96000 else 2 if rate < 192000 else 1


@compiled
def true_peak_db(audio: tf.Tensor, *, times: int, floor_db: float) -> tf.Tensor:
    """:func:`true_peak`, of arguments that were checked."""
    working = tf.cast(audio, working_dtype(audio.dtype))
    between = resample(
        working, sample_rate=1, target_rate=times, zeros=_ZEROS, rolloff=1.0, beta=_BETA
    )
    peak = tf.maximum(tf.reduce_max(tf.abs(between), axis=-1), 10.0 ** (floor_db / 20.0))
    return tf.cast((20.0 / math.log(10.0)) * tf.math.log(peak), audio.dtype)
