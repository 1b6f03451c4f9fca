r"""Responses of rooms that decay as an exponential, and how fast a response decays."""

import math
from typing import Any, Literal

import tensorflow as tf

from .._validate import check, number, one_of
from .arguments import (
    alike,
    check_broadcast,
    check_values,
    checked_length,
    checked_rate,
    common_dtype,
)
from .noise import Distribution, noise_samples, seed_key, start_place
from .numerics import compiled, flatten_leading, real_tensor, sizes, working_dtype

__all__ = ["energy_decay_curve", "exponential_decay_response", "reverberation_time"]

DecayConvention = Literal["ddsp"]

_DECADES = 3.0  # of amplitude, which are 60 dB


def exponential_decay_response(
    gain: Any,
    decay: Any,
    *,
    length: Any,
    seed: Any,
    sample_rate: float | None = None,
    distribution: Distribution = "uniform",
    convention: DecayConvention | None = None,
) -> tf.Tensor:
    r"""Make the impulse response of a room: noise that decays as an exponential.

    With w the :func:`white_noise` of the seed, :math:`f_s` the sample rate and L the length:

    ==============  ==============================================  =========================
    convention      response                                        decay
    ==============  ==============================================  =========================
    None            :math:`G\,10^{-3 n / (d f_s)}\,w[n]`            seconds, in which it
                                                                    falls by 60 dB
    ``"ddsp"``      :math:`G\,e^{-(2 + e^d)\,n / (L - 1)}\,w[n]`    any number; the larger,
                                                                    the faster
    ==============  ==============================================  =========================

    DDSP's own noise has no seed; all else is its arithmetic. Its other reverberation, of noise
    filtered by magnitudes at frames, is :func:`filtered_noise` of those magnitudes.

    Args:
        gain: G, ``[...]``.
        decay: d, ``[...]``; in seconds, above 0.
        length: L, samples, a number or a scalar tensor.
        seed: as in :func:`white_noise`; every response of a batch is of another noise.
        sample_rate: Hz; given in no convention, and only then.
        distribution: of the noise, ``"uniform"`` in [-1, 1] or ``"normal"``.
        convention: the peer whose arithmetic to follow.

    Returns:
        ``[..., length]``, the leading axes broadcast.

    Raises:
        ValueError: if a number is out of its range, or leading axes do not fit.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> room = st.exponential_decay_response(1.0, 0.5, length=8000, seed=0, sample_rate=16000)
        >>> [f"{np.std(part):.3f}" for part in np.split(room, 4)]
        ['0.305', '0.054', '0.010', '0.002']

    References:
        Moorer, "About this reverberation business", Computer Music Journal 3(2), 1979. Engel,
        Hantrakul, Gu, Roberts, "DDSP: differentiable digital signal processing", 2020.
    """
    one_of("distribution", distribution, Distribution)
    rate = None
    if convention is None:
        check(sample_rate is not None, "sample_rate must be given in no convention", sample_rate)
        rate = checked_rate(sample_rate or 0.0)
        check_values("decay", decay, 0.0, within=True)
    else:
        one_of("convention", convention, DecayConvention)
        rule = f"sample_rate must be None in convention {convention!r}"
        check(sample_rate is None, rule, sample_rate)
    gain, decay = alike(gain=gain, decay=decay)
    check_broadcast(gain=gain.shape, decay=decay.shape)
    length = checked_length(length)
    return _response(
        gain, decay, length, seed_key(seed), sample_rate=rate, distribution=distribution
    )


@compiled
def _response(
    gain: tf.Tensor,
    decay: tf.Tensor,
    length: Any,
    key: tf.Tensor,
    *,
    sample_rate: float | None,
    distribution: Distribution,
) -> tf.Tensor:
    kept, dtype = common_dtype(gain, decay)
    gain, decay = tf.cast(gain, dtype), tf.cast(decay, dtype)
    gain, decay = gain + tf.zeros_like(decay), decay + tf.zeros_like(gain)
    gain, unfold = flatten_leading(gain[..., None], 1)
    decay, _ = flatten_leading(decay[..., None], 1)
    time = tf.cast(tf.range(length), dtype)
    if sample_rate is None:
        exponent = (2.0 + tf.exp(decay)) * (time / tf.cast(tf.maximum(length - 1, 1), dtype))
    else:
        exponent = time * (_DECADES * math.log(10.0) / sample_rate / decay)
    noise = noise_samples(key, sizes(gain)[0], start_place(0), length, distribution, dtype)
    return tf.cast(unfold(gain * tf.exp(-exponent) * noise), kept)


def energy_decay_curve(impulse_response: Any, *, floor_db: float = -200.0) -> tf.Tensor:
    r"""Measure what energy of a response is still to come, by integrating backwards.

    .. math:: E[n] = 10 \log_{10} \frac{\sum_{k \ge n} h[k]^2}{\sum_k h[k]^2}

    which is the mean of the decays of all noises that could have been cut off there. It is summed
    in float64.

    Args:
        impulse_response: h, ``[..., time]``.
        floor_db: what is lower, or where all is silent, is that, below 0 dB.

    Returns:
        dB, ``[..., time]``, from 0 down.

    Raises:
        ValueError: if ``impulse_response`` is not floating point or has no time axis, or the
            floor is not below 0.

    Gradient:
        0 at the floor, silence included.

    Example:
        >>> import spectrotools as st
        >>> curve = st.energy_decay_curve([3.0, -1.0, 0.0, 0.1])
        >>> [f"{level:.1f}" for level in curve]
        ['0.0', '-10.0', '-30.0', '-30.0']

    References:
        Schroeder, "New method of measuring reverberation time", JASA 37, 1965. ISO
        3382-1:2009, section 5.3.
    """
    response = _checked_response(impulse_response)
    check(-math.inf < floor_db < 0.0, "floor_db must be finite and below 0 dB", floor_db)
    return _curve(response, floor_db=float(floor_db))


def _checked_response(impulse_response: Any) -> tf.Tensor:
    response = real_tensor("impulse_response", impulse_response)
    check(response.shape.rank != 0, "impulse_response must have a time axis", response)
    return response


@compiled
def _curve(response: tf.Tensor, *, floor_db: float) -> tf.Tensor:
    dtype = working_dtype(response.dtype)
    level = _level(tf.cast(response, tf.float64), floor_db)
    return tf.cast(tf.cast(level, dtype), response.dtype)


def _level(response: tf.Tensor, floor_db: float) -> tf.Tensor:
    """The curve in dB of a response in float64."""
    left = tf.cumsum(response**2, axis=-1, reverse=True)
    total = left[..., :1]
    heard = left > total * 10.0 ** (floor_db / 10.0)
    ratio = tf.where(heard, left, 1.0) / tf.where(total > 0.0, total, 1.0)
    level = (10.0 / math.log(10.0)) * tf.math.log(tf.where(heard, ratio, 1.0))
    return tf.where(heard, level, tf.constant(floor_db, tf.float64))


def reverberation_time(
    impulse_response: Any,
    *,
    sample_rate: float,
    decay_db: tuple[float, float] = (-5.0, -35.0),
) -> tf.Tensor:
    r"""Measure in how many seconds a response decays by 60 dB.

    The line of least squares through the samples of :func:`energy_decay_curve` between the two
    levels of ``decay_db``, and how long it takes for 60 dB: by default :math:`T_{30}`; with
    ``(-5, -25)`` it is :math:`T_{20}`, with ``(0, -10)`` the early decay time.

    Args:
        impulse_response: ``[..., time]``, which has to go on below the lower level: noise that
            does not decay, and an end that is cut off, bend the curve.
        sample_rate: Hz.
        decay_db: levels from which and to which the line is drawn, dB, at most 0, falling.

    Returns:
        Seconds, ``[...]``; 0 where no two samples lie between the levels, as of a click and of
        silence.

    Raises:
        ValueError: as :func:`energy_decay_curve`, or if the levels do not fall.

    Gradient:
        takes the samples between the levels to stay those.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> decay = 10 ** (-3 * np.arange(16000) / (0.5 * 8000))
        >>> f"{st.reverberation_time(decay, sample_rate=8000):.3f}"
        '0.500'

    References:
        ISO 3382-1:2009, section 6.
    """
    response, rate = _checked_response(impulse_response), checked_rate(sample_rate)
    pair = isinstance(decay_db, tuple | list) and len(decay_db) == 2
    check(pair, "decay_db must be two levels", decay_db)
    high, low = (number("decay_db", level, -math.inf) for level in decay_db)
    falling = -math.inf < low < high <= 0.0
    check(falling, "decay_db must be two levels of at most 0 dB, the second lower", decay_db)
    return _time(response, rate=rate, high=high, low=low)


@compiled
def _time(response: tf.Tensor, *, rate: float, high: float, low: float) -> tf.Tensor:
    dtype = working_dtype(response.dtype)
    level = _level(tf.cast(response, tf.float64), 2.0 * low)
    chosen = tf.cast((level <= high) & (level >= low), tf.float64)
    count = tf.maximum(tf.reduce_sum(chosen, axis=-1, keepdims=True), 1.0)

    def centred(values: tf.Tensor) -> tf.Tensor:
        mean = tf.reduce_sum(values * chosen, axis=-1, keepdims=True) / count
        return (values - mean) * chosen

    seconds = tf.cast(tf.range(tf.shape(response)[-1]), tf.float64) / rate
    seconds = centred(seconds)
    spread = tf.reduce_sum(seconds**2, axis=-1)
    fall = -tf.reduce_sum(seconds * centred(level), axis=-1)
    falls = fall > 0.0
    result = tf.where(falls, 60.0 * spread, 0.0) / tf.where(falls, fall, 1.0)
    return tf.cast(tf.cast(result, dtype), response.dtype)
