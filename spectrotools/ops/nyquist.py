r"""Where partials fall silent: at the Nyquist frequency, at once or in a fade.

The fade is the smooth step over the last tenth below it: with the place :math:`p` in that tenth,
of a partial at :math:`f_k = k f`, the gain is :math:`g = 1 - 3 p^2 + 2 p^3`.
"""

from typing import Any, Literal

import tensorflow as tf

__all__ = ["LAST_SLOPE", "Nyquist", "first_slope", "silenced"]

Nyquist = Literal["hard", "smooth"]

LAST_SLOPE = 3  # the highest derivative of the fade that is not 0

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
        values *= _step(place, slope) * by_hz**slope
    return tf.where(speed < nyquist_hz, values, tf.zeros_like(values))


def _step(place: tf.Tensor, slope: int) -> tf.Tensor:
    """The smooth step from 1 at 0 to 0 at 1, or a derivative of it."""
    within = tf.clip_by_value(place, 0.0, 1.0)
    if slope == 0:
        return 1.0 - within * within * (3.0 - 2.0 * within)
    derivative = [6.0 * within * (within - 1.0), 12.0 * within - 6.0, 12.0 * tf.ones_like(place)]
    return tf.where((place > 0) & (place < 1), derivative[slope - 1], tf.zeros_like(place))
