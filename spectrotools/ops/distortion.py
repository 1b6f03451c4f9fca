r"""Distortion: waves bent by a curve, with or without the antiderivative that keeps them clean.

The mean of a curve f over the straight line from one sample to the next,

.. math:: y[n] = \frac{F(u[n]) - F(u[n-1])}{u[n] - u[n-1]}, \qquad F' = f,

is what a box filter makes of the bent line before it is sampled. Written as it stands the
quotient loses all its digits between equal samples. So here each difference of F is taken apart
into differences that are exact, and where samples are near each other the mean is that of five
points of Gauss and Legendre.
"""

from typing import Any, Literal

import numpy as np
import tensorflow as tf

from .._validate import check, one_of
from .arguments import check_broadcast, check_values, float64_tensor
from .carrying import Filtered, checked_memory, checked_state
from .numerics import compiled, real_tensor, sizes, working_dtype
from .signal_controls import along_time, rows_of

__all__ = ["DistortionKind", "distortion"]

DistortionKind = Literal["tanh", "soft", "hard"]

# Nearer than this the mean is that of points. Of a tanh their error is 2e-8 h^10, and that of
# the quotient's gradient eps / h^2. The others are polynomials, of which points miss nothing but
# a bend; there the quotient is exact, and only its gradient is not.
_NEAR = {
    "tanh": {tf.float32: 0.8, tf.float64: 0.15},
    "soft": {tf.float32: 1e-3, tf.float64: 1e-5},
    "hard": {tf.float32: 1e-3, tf.float64: 1e-5},
}
_BEND = {"soft": 1.5, "hard": 1.0}
_POINTS = 5


def distortion(
    audio: Any,
    *,
    drive_db: Any = 12.0,
    kind: DistortionKind = "tanh",
    antialias: bool = False,
    state: Any = None,
    return_state: bool = False,
) -> tf.Tensor | Filtered:
    r"""Bend a wave by a curve that saturates.

    .. math:: y = f(u), \qquad u = 10^{g / 20}\,x

    ========  =======================================  ========================================
    ``tanh``  :math:`\tanh u`
    ``soft``  :math:`u - \tfrac{4}{27} u^3`            up to :math:`|u| = 1.5`, beyond it ±1
    ``hard``  :math:`u`                                up to :math:`|u| = 1`, beyond it ±1
    ========  =======================================  ========================================

    All have a slope of 1 at 0, and stay within ±1. What they add goes far beyond the Nyquist
    frequency and is folded back. With ``antialias`` every sample is the mean of f over the
    straight line from the sample before to this one: what was at :math:`\nu` before it is folded
    is damped by :math:`\operatorname{sinc}(\nu / f_s)`, most where it would come down to the
    lowest frequencies. The whole is late by half a sample, and where f is straight high
    frequencies are damped by :math:`\cos(\omega / 2)`.

    Args:
        audio: ``[..., time]``, floating point.
        drive_db: g, dB: a number; or with fewer axes than ``audio``, ``[...]``, one for each
            signal; or ``[..., time]``. Of any floating dtype; leading axes are broadcast against
            each other.
        kind: the curve.
        antialias: whether to take means of the curve.
        state: what the block before left; None is silence.
        return_state: whether to give the state as well. Without ``antialias`` nothing is
            remembered.

    Returns:
        ``[..., time]``; or with ``return_state`` ``(audio, state)``, the state ``[..., 1]``.

    Raises:
        ValueError: if an argument is out of its range, or shapes do not fit.

    Gradient:
        by audio and drive.

    Example:
        >>> import spectrotools as st
        >>> bent = st.distortion([0.0, 0.5, 1.0, 2.0], drive_db=0.0, kind="soft")
        >>> [f"{sample:.3f}" for sample in bent]
        ['0.000', '0.481', '0.852', '1.000']

    References:
        Parker, Zavalishin, Le Bivic, "Reducing the aliasing of nonlinear waveshaping using
        continuous-time convolution", DAFx 2016, eq. 9.
    """
    audio = real_tensor("audio", audio)
    check(audio.shape.rank != 0, "audio must have a time axis", audio)
    one_of("kind", kind, DistortionKind)
    check_values("drive_db", drive_db)
    drive = along_time("drive_db", float64_tensor("drive_db", drive_db), audio)
    leading = check_broadcast(audio=audio.shape[:-1], drive_db=drive.shape[:-1])
    check(isinstance(antialias, bool), "antialias must be True or False", antialias)
    state = checked_memory(state, leading, (1,))
    result = _bent(audio, drive, state, kind=kind, antialias=antialias)
    return result if return_state else result.audio


@compiled
def _bent(
    audio: tf.Tensor, drive: tf.Tensor, state: Any, *, kind: DistortionKind, antialias: bool
) -> Filtered:
    given, dtype = audio.dtype, working_dtype(audio.dtype)
    audio, drive, unfold = rows_of(tf.cast(audio, dtype), drive)
    driven = audio * tf.cast(10.0 ** (drive / 20.0), dtype)
    before = checked_state(state, sizes(audio)[0], (1,), dtype)
    line = tf.concat([before, driven], axis=1)
    bent = _mean(line[:, 1:], line[:, :-1], kind) if antialias else _CURVES[kind][0](driven)
    return Filtered(tf.cast(unfold(bent), given), unfold(line[:, sizes(audio)[1] :]))


def _mean(here: tf.Tensor, before: tf.Tensor, kind: DistortionKind) -> tf.Tensor:
    """The mean of a curve from one value to the other; ``rise`` is that of its antiderivative."""
    (curve, rise), step = _CURVES[kind], here - before
    far = tf.abs(step) > tf.constant(_NEAR[kind][step.dtype], step.dtype)
    if kind in _BEND:
        ends = [_clipped(end, _BEND[kind]) for end in (here, before)]
        bent = tf.not_equal(ends[0], here) | tf.not_equal(ends[1], before)
        far &= bent & tf.not_equal(*ends)
    quotient = rise(here, before) / tf.where(far, step, tf.ones_like(step))
    places, weights = (part.tolist() for part in np.polynomial.legendre.leggauss(_POINTS))
    middle = before + 0.5 * step
    points = [
        0.5 * w * curve(middle + 0.5 * x * step) for x, w in zip(places, weights, strict=True)
    ]
    return tf.where(far, quotient, tf.add_n(points))


def _tanh_rise(here: tf.Tensor, before: tf.Tensor) -> tf.Tensor:
    r"""Of :math:`\ln \cosh u = |u| + \ln (1 + e^{-2 |u|}) - \ln 2`, whose second part is small."""
    here, before = tf.abs(here), tf.abs(before)
    small = tf.math.log1p(tf.exp(-2.0 * here)) - tf.math.log1p(tf.exp(-2.0 * before))
    return (here - before) + small


def _soft(driven: tf.Tensor) -> tf.Tensor:
    within = _clipped(driven, 1.5)
    return within - within**3 * (4 / 27)


def _soft_rise(here: tf.Tensor, before: tf.Tensor) -> tf.Tensor:
    """Of u^2 / 2 - u^4 / 27 within 1.5, and of a slope of 1 beyond."""
    a, b = _clipped(here, 1.5), _clipped(before, 1.5)
    within = (a - b) * (a + b) * (0.5 - (a * a + b * b) / 27.0)
    return within + (tf.abs(here - a) - tf.abs(before - b))


def _hard(driven: tf.Tensor) -> tf.Tensor:
    return _clipped(driven, 1.0)


def _hard_rise(here: tf.Tensor, before: tf.Tensor) -> tf.Tensor:
    """Of u^2 / 2 within 1, and of a slope of 1 beyond."""
    a, b = _clipped(here, 1.0), _clipped(before, 1.0)
    return (a - b) * (a + b) * 0.5 + (tf.abs(here - a) - tf.abs(before - b))


def _clipped(driven: tf.Tensor, bound: float) -> tf.Tensor:
    return tf.clip_by_value(driven, -bound, bound)


_CURVES = {
    "tanh": (tf.tanh, _tanh_rise),
    "soft": (_soft, _soft_rise),
    "hard": (_hard, _hard_rise),
}
