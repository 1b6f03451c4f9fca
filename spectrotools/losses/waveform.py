"""Losses on the samples themselves: absolute, squared and log-cosh errors."""

import dataclasses
import math
from typing import Any

import tensorflow as tf

from .._validate import number
from ..ops.emphasis import preemphasis
from ..ops.numerics import compiled, working_dtype
from .loss import Loss
from .signals import checked_pair

__all__ = ["L1", "L2", "LogCosh", "WaveformLoss", "mean", "power"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class WaveformLoss(Loss):
    """What losses on samples share: one term, of signals that may be filtered first.

    A subclass gives :meth:`distance`.
    """

    preemphasis: float = 0.0

    def __post_init__(self) -> None:
        self._keep("preemphasis", -1.0, 1.0)

    def _keep(self, name: str, low: float, high: float = math.inf) -> None:
        """Check a setting, and keep it as a float."""
        object.__setattr__(self, name, number(name, getattr(self, name), low, high))

    def terms(self, target: Any, audio: Any) -> dict[str, tf.Tensor]:
        """Give the one term, by the name of the class in small letters."""
        distance = _distance(*checked_pair(target, audio), loss=self)
        return {type(self).__name__.lower(): distance}

    def distance(self, target: tf.Tensor, audio: tf.Tensor) -> tf.Tensor:
        """Measure along the last axis, in float32 or float64."""
        raise NotImplementedError


@compiled
def _distance(target: tf.Tensor, audio: tf.Tensor, *, loss: WaveformLoss) -> tf.Tensor:
    signals = [tf.cast(signal, working_dtype(audio.dtype)) for signal in (target, audio)]
    if loss.preemphasis:
        signals = [preemphasis(signal, coefficient=loss.preemphasis) for signal in signals]
    return tf.cast(loss.distance(*signals), audio.dtype)


def mean(signal: tf.Tensor) -> tf.Tensor:
    """The mean of each signal."""
    return tf.reduce_mean(signal, axis=-1)


def power(signal: tf.Tensor) -> tf.Tensor:
    """The mean square of each signal; 1 is that of a square wave at full scale."""
    return mean(tf.square(signal))


@dataclasses.dataclass(frozen=True, kw_only=True)
class L1(WaveformLoss):
    r"""Take the mean absolute error of the samples, :math:`\frac{1}{N} \sum_n |y_n - x_n|`.

    Args:
        preemphasis: coefficient of the filter that both signals pass first, in [-1, 1]; 0 for none
            (see :func:`spectrotools.preemphasis`).

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> import spectrotools as st
        >>> st.losses.L1()([[1.0, 0.0]], [[0.5, 0.25]]).numpy().tolist()
        [0.375]
    """

    def distance(self, target: tf.Tensor, audio: tf.Tensor) -> tf.Tensor:
        """Measure along the last axis."""
        return mean(tf.abs(target - audio))


@dataclasses.dataclass(frozen=True, kw_only=True)
class L2(WaveformLoss):
    r"""Take the mean squared error of the samples, :math:`\frac{1}{N} \sum_n (y_n - x_n)^2`.

    Args:
        preemphasis: coefficient of the filter that both signals pass first, in [-1, 1]; 0 for none
            (see :func:`spectrotools.preemphasis`).

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> import spectrotools as st
        >>> st.losses.L2()([[1.0, 0.0]], [[0.5, 0.25]]).numpy().tolist()
        [0.15625]
    """

    def distance(self, target: tf.Tensor, audio: tf.Tensor) -> tf.Tensor:
        """Measure along the last axis."""
        return power(target - audio)


@dataclasses.dataclass(frozen=True, kw_only=True)
class LogCosh(WaveformLoss):
    r"""Take an error that is squared where it is small, and absolute where it is large.

    .. math:: \frac{1}{N} \sum_n \frac{1}{a} \ln \cosh \big(a (y_n - x_n)\big)

    which is :math:`a e^2 / 2` for a small error :math:`e`, and :math:`|e| - \ln 2 / a` for a large
    one; its slope, :math:`\tanh a e`, never exceeds 1.

    Args:
        curvature: :math:`a`, per unit of amplitude, in [1e-6, 1e6]. Errors well below 1 / a are
            small.
        preemphasis: coefficient of the filter that both signals pass first, in [-1, 1]; 0 for none
            (see :func:`spectrotools.preemphasis`).

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> import spectrotools as st
        >>> loss = st.losses.LogCosh(curvature=10.0)
        >>> [f"{value:.5f}" for value in loss([[0.01], [1.0]], [[0.0], [0.0]])]
        ['0.00050', '0.93069']

    References:
        Chen et al., "Log hyperbolic cosine loss improves variational auto-encoder", 2019;
        auraloss' ``LogCoshLoss``.
    """

    curvature: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self._keep("curvature", 1e-6, 1e6)

    def distance(self, target: tf.Tensor, audio: tf.Tensor) -> tf.Tensor:
        """Measure along the last axis."""
        return mean(_log_cosh(self.curvature * (target - audio))) / self.curvature


def _log_cosh(values: tf.Tensor) -> tf.Tensor:
    r""":math:`\ln(1 + 2 \sinh^2 u/2)` up to 1, which keeps small ones; beyond, the asymptote."""
    size = tf.abs(values)
    near = tf.math.log1p(2.0 * tf.square(tf.sinh(0.5 * tf.clip_by_value(values, -1.0, 1.0))))
    far = size + tf.math.log1p(tf.exp(-2.0 * size)) - math.log(2.0)
    return tf.where(size < 1.0, near, far)
