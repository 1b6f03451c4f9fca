"""Signal to noise, as it is and whatever the gain."""

from typing import Any

import tensorflow as tf

from ..ops.numerics import compiled
from .arguments import decibels, pair

__all__ = ["si_sdr", "snr"]


def snr(reference: Any, estimate: Any) -> tf.Tensor:
    r"""Give the signal-to-noise ratio, all that differs from the reference being noise.

    .. math:: 10 \log_{10} \frac{\sum x^2}{\sum (x - \hat x)^2}

    Higher is nearer: infinite where both are equal, minus infinity where only the reference is
    silent, and 0 dB where only the estimate is. A delay of half a period is noise too.

    Args:
        reference: ``[..., time]``, x.
        estimate: ``[..., time]``, :math:`\hat x`, of the same shape and dtype.

    Returns:
        dB, ``[...]``, float32 or float64.

    Raises:
        ValueError: if the two do not fit each other, or are not sound.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> reference = np.ones([2, 100])
        >>> st.metrics.snr(reference, np.array([[0.9], [0.99]]) * reference).numpy().round(6)
        array([20., 40.])
    """
    return _snr(*pair(reference, estimate))


@compiled
def _snr(reference: tf.Tensor, estimate: tf.Tensor) -> tf.Tensor:
    return decibels(_energy(reference), _energy(reference - estimate))


def si_sdr(reference: Any, estimate: Any, *, zero_mean: bool = False) -> tf.Tensor:
    r"""Give the scale-invariant signal-to-distortion ratio: :func:`snr` whatever the gain.

    .. math:: 10 \log_{10} \frac{\|\alpha x\|^2}{\|\alpha x - \hat x\|^2}, \qquad
        \alpha = \frac{\langle \hat x, x \rangle}{\|x\|^2}

    Higher is nearer: infinite where both are equal, and as good as rounding lets it be, some
    140 dB in float32, where the gain alone differs. Minus infinity where nothing of the reference
    is in the estimate, as where one of them alone is silent.

    Args:
        reference: ``[..., time]``, x.
        estimate: ``[..., time]``, :math:`\hat x`, of the same shape and dtype.
        zero_mean: whether each signal loses its mean first, so that an offset is no distortion.

    Returns:
        dB, ``[...]``, float32 or float64.

    Raises:
        ValueError: if the two do not fit each other, or are not sound.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> reference = np.array([1.0, -1.0, 1.0, -1.0])
        >>> noise = np.array([0.1, 0.1, -0.1, -0.1])
        >>> f"{st.metrics.si_sdr(reference, 0.5 * (reference + noise)):.3f}"
        '20.000'

    References:
        Le Roux, Wisdom, Erdogan and Hershey, "SDR: half-baked or well done?", ICASSP 2019.
    """
    return _si_sdr(*pair(reference, estimate), zero_mean=bool(zero_mean))


@compiled
def _si_sdr(reference: tf.Tensor, estimate: tf.Tensor, *, zero_mean: bool) -> tf.Tensor:
    if zero_mean:
        reference -= tf.reduce_mean(reference, axis=-1, keepdims=True)
        estimate -= tf.reduce_mean(estimate, axis=-1, keepdims=True)
    energy = _energy(reference)
    # By the same sum as the energy, so that equal signals have a gain of 1 to the last bit.
    gain = tf.math.divide_no_nan(tf.reduce_sum(reference * estimate, axis=-1), energy)
    target = gain[..., None] * reference
    heard = _energy(target)
    ratio = decibels(heard, _energy(target - estimate))
    lost = (heard == 0) & (energy > 0)  # a silent estimate has no noise either
    return tf.where(lost, tf.fill(tf.shape(ratio), -tf.cast(float("inf"), ratio.dtype)), ratio)


def _energy(signal: tf.Tensor) -> tf.Tensor:
    # Not tf.square, which XLA may sum in another order than a product.
    return tf.reduce_sum(signal * signal, axis=-1)
