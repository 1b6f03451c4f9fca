r"""The phase of oscillators by sums and products of integers alone.

As in :mod:`spectrotools.ops.oscillator_phase`, where frequency goes from :math:`f_0` to
:math:`f_1` in H samples the phase after j of them is, in turns,

.. math:: \varphi_0 + (2 H j - j^2)\,a + j^2 b, \qquad a, b = \frac{f_0, f_1}{2 H f_s}

Here a and b are whole numbers, :math:`2^{64}` to the turn, and so is all that is made of them.
"""

from fractions import Fraction
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from .words import times, upper_word

__all__ = ["Phases", "phases"]

_FRACTION = 30  # bits of a Hz, more than float32 has from 1/64 Hz on


class Phases(NamedTuple):
    """The phase of every sample, and of the one after the last."""

    along: tf.Tensor  # int32 [segments, hop_length], 2**32 to the turn
    after: tf.Tensor  # int64 [], 2**64 to the turn


def phases(
    hz: tf.Tensor, start: tf.Tensor, moves: tf.Tensor, *, hop_length: int, sample_rate: float
) -> Phases:
    """Follow one phase through the segments between frames.

    Args:
        hz: ``[segments + 1]``, float32, Hz at every frame; beyond the sample rate counts as it.
        start: the phase of the first sample, int64, 2**64 to the turn.
        moves: int64 ``[segments]``, 1, or 0 where the phase stays.
        hop_length: samples of a segment.
        sample_rate: Hz.
    """
    steps = _steps(tf.clip_by_value(hz, -sample_rate, sample_rate), hop_length, sample_rate)
    a, b = steps[:-1] * moves, steps[1:] * moves
    advance = hop_length**2 * (a + b)
    begin = start + tf.cumsum(advance, exclusive=True)
    j = np.arange(hop_length, dtype=np.int64)
    along = begin[:, None] + (2 * hop_length * j - j**2) * a[:, None] + j**2 * b[:, None]
    return Phases(upper_word(along + 2**31), begin[-1] + advance[-1])


def _steps(hz: tf.Tensor, hop_length: int, sample_rate: float) -> tf.Tensor:
    """Hz by 2 H times the sample rate, in units."""
    turn = Fraction(2**64) / (2 * hop_length * Fraction(sample_rate))
    whole = tf.floor(hz)
    rest = tf.cast((hz - whole) * 2.0**_FRACTION, tf.int64)
    return times(tf.cast(whole, tf.int64), turn) + times(rest, turn / 2**_FRACTION)
