r"""Where partials fall silent: at the Nyquist frequency, at once or in a fade.

The fade is half a cosine over the last tenth below it: at the place :math:`p` in that tenth, of
a partial at :math:`f_k = k f`, the gain is :math:`\frac12 + \frac12 \cos \pi p`.
"""

import math
from typing import Any, Literal

import tensorflow as tf

from .oscillator_phase import sine_of_turns

__all__ = ["Nyquist", "first_slope", "silenced"]

Nyquist = Literal["hard", "smooth"]

_FADE = 0.9  # of the Nyquist frequency: where the fade begins


def first_slope(form: Nyquist) -> int | None:
    """How :func:`silenced` is to be told the form: a fade not yet differentiated, or no fade."""
    return 0 if form == "smooth" else None


def silenced(
    values: tf.Tensor, number: Any, hz: tf.Tensor, nyquist_hz: float, slope: int | None
) -> tf.Tensor:
    """Multiply by the gain of partials at ``number * hz``, or by its derivative by ``hz``.

    Args:
        values: of partials.
        number: of every partial, a number or a tensor.
        hz: what the numbers are multiples of, of either sign; NaN is silent.
        nyquist_hz: half the sample rate.
        slope: how often the fade is differentiated; None cuts at once.

    Returns:
        a tensor like the values.
    """
    speed = number * tf.abs(hz)
    if slope is not None:
        place = (speed / nyquist_hz - _FADE) / (1.0 - _FADE)
        by_hz = number * tf.sign(hz) / ((1.0 - _FADE) * nyquist_hz)
        values *= _half_cosine(place, slope) * by_hz**slope
    return tf.where(speed < nyquist_hz, values, tf.zeros_like(values))


def _half_cosine(place: tf.Tensor, slope: int) -> tf.Tensor:
    """From 1 at 0 to 0 at 1, or a derivative of it, by a polynomial as the sines themselves."""
    half_turns = tf.clip_by_value(place, 0.0, 1.0)
    cosine = sine_of_turns(0.25 - 0.5 * half_turns)
    if slope == 0:
        return 0.5 + 0.5 * cosine
    sine = sine_of_turns(0.25 - tf.abs(0.5 * half_turns - 0.25))
    derivative = 0.5 * math.pi**slope * [cosine, -sine, -cosine, sine][slope % 4]
    return tf.where((place > 0) & (place < 1), derivative, tf.zeros_like(place))
