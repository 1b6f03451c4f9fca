r"""How far one spectrogram is from another, in each of the ways that losses have been made of.

A function here is given the powers :math:`|S|^2` of a target and of a sound at one resolution,
``[batch, frames, bins]``, and gives ``[batch]``.
"""

from collections.abc import Callable

import tensorflow as tf

from ..ops.magnitude import root
from ..ops.numerics import custom_gradient

__all__ = ["TERMS", "absolute_errors"]

_ALL = [-2, -1]  # frames and bins


def absolute_errors(
    target: tf.Tensor, audio: tf.Tensor, floor: float
) -> tuple[tf.Tensor, tf.Tensor]:
    r"""Take the mean errors of magnitudes and of their logarithms, both in one pass.

    With magnitudes :math:`t, a` and the floor :math:`f`, the gradient by the power
    :math:`a^2` of the first is :math:`\mathrm{sign}(a - t) / 2a`, of the second
    :math:`\mathrm{sign}(a - t) / 2a^2` above the floor: they share all that is costly.
    """

    @custom_gradient
    def errors(target: tf.Tensor, audio: tf.Tensor) -> tuple:
        least = tf.constant(floor, target.dtype) ** 2
        difference = tf.sqrt(audio) - tf.sqrt(target)
        ratio = tf.maximum(audio, least) / tf.maximum(target, least)
        linear = tf.reduce_mean(tf.abs(difference), axis=_ALL)
        nepers = 0.5 * tf.reduce_mean(tf.abs(tf.math.log(ratio)), axis=_ALL)

        def gradient(by_linear: tf.Tensor, by_nepers: tf.Tensor) -> tuple:
            count = tf.cast(tf.reduce_prod(tf.shape(audio)[1:]), audio.dtype)
            by_linear, by_nepers = (
                (0.5 / count * upstream)[:, None, None] for upstream in (by_linear, by_nepers)
            )

            def by(power: tf.Tensor, sign: tf.Tensor) -> tf.Tensor:
                inverse = tf.where(power > 0, tf.math.rsqrt(power), 0.0)
                logarithmic = tf.where(power > least, by_nepers, 0.0) * inverse
                return sign * inverse * (by_linear + logarithmic)

            sign = tf.sign(difference)
            return by(target, -sign), by(audio, sign)

        return (linear, nepers), gradient

    return errors(target, audio)


def _magnitude(target: tf.Tensor, audio: tf.Tensor, floor: float) -> tf.Tensor:
    return tf.reduce_mean(tf.abs(root(audio) - root(target)), axis=_ALL)


def _squared_magnitude(target: tf.Tensor, audio: tf.Tensor, floor: float) -> tf.Tensor:
    return tf.reduce_mean(tf.square(root(audio) - root(target)), axis=_ALL)


def _log_magnitude(target: tf.Tensor, audio: tf.Tensor, floor: float) -> tf.Tensor:
    return tf.reduce_mean(tf.abs(_nepers(target, audio, floor)), axis=_ALL)


def _squared_log_magnitude(target: tf.Tensor, audio: tf.Tensor, floor: float) -> tf.Tensor:
    return tf.reduce_mean(tf.square(_nepers(target, audio, floor)), axis=_ALL)


def _nepers(target: tf.Tensor, audio: tf.Tensor, floor: float) -> tf.Tensor:
    least = floor**2
    return 0.5 * (tf.math.log(tf.maximum(audio, least)) - tf.math.log(tf.maximum(target, least)))


def _convergence(target: tf.Tensor, audio: tf.Tensor, floor: float) -> tf.Tensor:
    error = tf.reduce_sum(tf.square(root(audio) - root(target)), axis=_ALL)
    energy = tf.reduce_sum(tf.maximum(target, floor**2), axis=_ALL)
    return root(error / energy)


def _cosine(target: tf.Tensor, audio: tf.Tensor, floor: float) -> tf.Tensor:
    """One minus the cosine of the angle between two frames, and 0 where one is silent."""
    lengths = root(tf.reduce_sum(target, axis=-1)) * root(tf.reduce_sum(audio, axis=-1))
    shared = tf.reduce_sum(root(target) * root(audio), axis=-1)
    return tf.reduce_mean(tf.math.divide_no_nan(lengths - shared, lengths), axis=-1)


def _divergence(target: tf.Tensor, audio: tf.Tensor, floor: float) -> tf.Tensor:
    """Kullback and Leibler's of two frames as distributions, over a floor."""
    wanted, heard = (_distribution(power, floor) for power in (target, audio))
    return tf.reduce_mean(tf.reduce_sum(wanted * tf.math.log(wanted / heard), axis=-1), axis=-1)


def _distribution(power: tf.Tensor, floor: float) -> tf.Tensor:
    magnitude = root(power) + floor
    return magnitude / tf.reduce_sum(magnitude, axis=-1, keepdims=True)


def _of_differences(axis: int) -> Callable:
    """The error of how magnitudes change along an axis."""

    def term(target: tf.Tensor, audio: tf.Tensor, floor: float) -> tf.Tensor:
        error = root(audio) - root(target)
        if axis == -1:
            return _mean_of(tf.abs(error[..., 1:] - error[..., :-1]))
        return _mean_of(tf.abs(error[:, 1:] - error[:, :-1]))

    return term


def _mean_of(errors: tf.Tensor) -> tf.Tensor:
    """The mean, and 0 of a single frame or bin, which changes nowhere."""
    count = tf.cast(tf.reduce_prod(tf.shape(errors)[1:]), errors.dtype)
    return tf.math.divide_no_nan(tf.reduce_sum(errors, axis=_ALL), count)


def _cumulative(target: tf.Tensor, audio: tf.Tensor, floor: float) -> tf.Tensor:
    error = tf.cumsum(root(audio) - root(target), axis=-1)
    return tf.reduce_mean(tf.abs(error), axis=_ALL)


TERMS: dict[str, Callable[[tf.Tensor, tf.Tensor, float], tf.Tensor]] = {
    "magnitude": _magnitude,
    "log_magnitude": _log_magnitude,
    "squared_magnitude": _squared_magnitude,
    "squared_log_magnitude": _squared_log_magnitude,
    "convergence": _convergence,
    "cosine": _cosine,
    "divergence": _divergence,
    "delta_time": _of_differences(-2),
    "delta_frequency": _of_differences(-1),
    "cumulative_frequency": _cumulative,
}
