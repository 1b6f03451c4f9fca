r"""Signals to test and to measure with: tones, chirps, and a sweep with its inverse.

All is float64 until the wave is there; its whole turns are taken off the phase first. A float32
wave is off by the rounding of its samples, in the last of ten minutes as in the first.
"""

import math
import numbers
from typing import Any, Literal, NamedTuple

import tensorflow as tf

from .._validate import check, one_of
from .arguments import checked_length
from .numerics import compiled, real_tensor

__all__ = ["ExponentialSweep", "chirp", "exponential_sweep", "tone"]

ChirpMethod = Literal["linear", "exponential"]

_TURN = 2.0 * math.pi


class ExponentialSweep(NamedTuple):
    """A sweep and the filter that makes an impulse of it, ``[..., length]`` each."""

    sweep: tf.Tensor
    inverse: tf.Tensor


def tone(
    frequency_hz: Any, *, sample_rate: float, length: Any, initial_phase: Any = 0.0
) -> tf.Tensor:
    r"""Make a sine of steady frequency.

    .. math:: x[n] = \sin(2 \pi f n / f_s + \varphi)

    Phase is exact to :math:`10^{-15}` turns for three hours at 48 kHz: in float32 the error of a
    sample is the rounding of the sine.

    Args:
        frequency_hz: [...], Hz; a number or a tensor. A number may not be beyond
            ``sample_rate / 2``; a tensor may, and then sounds where sampling folds it to. Below 0
            the phase runs backwards.
        sample_rate: Hz.
        length: samples, at least 0; a number or an integer tensor.
        initial_phase: radians, a number or a tensor that broadcasts against ``frequency_hz``.

    Returns:
        ``[..., length]``, of the dtype of what is given as a tensor; float32 of plain numbers,
        which are taken at full precision (440.1 is not rounded to float32).

    Raises:
        ValueError: if an argument is out of its range, or a tensor is not floating point.

    Example:
        >>> import spectrotools as st
        >>> [f"{x:.4f}" for x in st.tone(1000, sample_rate=8000, length=4)]
        ['0.0000', '0.7071', '1.0000', '0.7071']

    References:
        librosa 0.11, ``tone``, whose ``phi`` of None is this ``initial_phase`` of 0.
    """
    _check_band(sample_rate, frequency_hz=frequency_hz)
    tensors, dtype = _tensors(frequency_hz=frequency_hz, initial_phase=initial_phase)
    return _tone(*tensors, checked_length(length), sample_rate=float(sample_rate), dtype=dtype)


def chirp(
    start_hz: Any,
    end_hz: Any,
    *,
    sample_rate: float,
    length: Any,
    method: ChirpMethod = "linear",
    initial_phase: Any = 0.0,
) -> tf.Tensor:
    r"""Make a sine whose frequency glides from ``start_hz`` to ``end_hz``.

    With T = length / sample_rate and u = t / T, the frequency and its integral, the phase, are

    .. math::
        f_0 + (f_1 - f_0) u, \qquad & 2 \pi T \left(f_0 u + (f_1 - f_0) u^2 / 2\right)
        \qquad \text{linear} \\
        f_0 (f_1 / f_0)^u, \qquad & 2 \pi T f_0 \frac{(f_1 / f_0)^u - 1}{\ln(f_1 / f_0)}
        \qquad \text{exponential}

    so that ``end_hz`` is reached one sample after the last. Phase is right to
    :math:`3 \cdot 10^{-16}` of the turns made so far: 10 minutes up to 24 kHz are 7 million turns,
    and the error of the float64 wave is -157 dB, of a float32 one its rounding, -150 dB.

    Args:
        start_hz: [...], Hz; a number or a tensor. A number may not be beyond
            ``sample_rate / 2``; a tensor may, and then sounds where sampling folds it to.
        end_hz: [...], Hz, the same. An exponential chirp never meets 0: of numbers, both must be
            above it or both below; of tensors that are not, it is NaN.
        sample_rate: Hz.
        length: samples, at least 0; a number or an integer tensor.
        method: how the frequency glides, ``"linear"`` or ``"exponential"`` (also called
            logarithmic): as many Hz, or as many octaves, in every second.
        initial_phase: radians, a number or a tensor that broadcasts against the frequencies.

    Returns:
        ``[..., length]``, of the dtype of what is given as a tensor; float32 of plain numbers.

    Raises:
        ValueError: if an argument is out of its range, or a tensor is not floating point.

    Example:
        >>> import spectrotools as st
        >>> glide = st.chirp(20, 8000, sample_rate=16000, length=16000, method="exponential")
        >>> tuple(glide.shape), f"{glide[-1]:.3f}"
        ((16000,), '0.614')

    References:
        SciPy, ``signal.chirp`` (``phi=-90`` is this ``initial_phase`` of 0), and librosa 0.11,
        ``chirp``.
    """
    one_of("method", method, ChirpMethod)
    _check_band(sample_rate, start_hz=start_hz, end_hz=end_hz)
    if method == "exponential" and _are_numbers(start_hz, end_hz):
        rule = "start_hz and end_hz of an exponential chirp must both be above 0 or both below"
        check(start_hz * end_hz > 0, rule, (start_hz, end_hz))
    tensors, dtype = _tensors(start_hz=start_hz, end_hz=end_hz, initial_phase=initial_phase)
    settings = {"sample_rate": float(sample_rate), "method": method, "dtype": dtype}
    return _chirp(*tensors, checked_length(length), **settings)


def exponential_sweep(
    start_hz: Any,
    end_hz: Any,
    *,
    sample_rate: float,
    length: Any,
    fade_in_octaves: float = 1.0,
    fade_out_octaves: float = 1 / 12,
) -> ExponentialSweep:
    r"""Make a sweep to measure a room or a device with, and the filter that inverts it.

    The sweep is the exponential :func:`chirp`; the inverse is the sweep backwards, at
    :math:`4 f(t) \ln(f_1 / f_0) / (T f_s^2)` of its amplitude, which makes up for the time spent
    on each frequency. Of a recording of the sweep,

        ``response = scipy.signal.fftconvolve(recording, inverse)[length - 1 :]``

    is the impulse response, with a gain of 1 in the band; the distortion of order k arrives
    :math:`T \ln k / \ln(f_1 / f_0)` before it, where ``[: length - 1]`` shows it.

    Both fade in and out, by :math:`\sin^2` over octaves; started and stopped at once, they would
    leave ripples of 3 dB at the ends of the band. In 10 seconds from 20 Hz to 20 kHz the gain is
    1 to 0.05 dB between the fades, and the sweep convolved with its inverse is the impulse of the
    faded band to -99 dB. Five times shorter or lower, the ripples are five times as large.

    Args:
        start_hz: [...], Hz, above 0; a number, which is checked, or a tensor, which is not.
        end_hz: [...], Hz, above ``start_hz`` and, of a number, at most ``sample_rate / 2``.
        sample_rate: Hz.
        length: samples, at least 1; a number or an integer tensor.
        fade_in_octaves: over which the sweep fades in above ``start_hz``, at least 0.
        fade_out_octaves: over which it fades out below ``end_hz``, at least 0.

    Returns:
        ``(sweep, inverse)``, each ``[..., length]``, of the dtype of what is given as a tensor;
        float32 of plain numbers.

    Raises:
        ValueError: if an argument is out of its range, or a tensor is not floating point.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> sweep, inverse = st.exponential_sweep(50, 8000, sample_rate=16000, length=16000)
        >>> room = np.zeros(400)
        >>> room[100], room[300] = 1.0, -0.5
        >>> recording = np.convolve(sweep, room)
        >>> response = np.convolve(recording, inverse)[16000 - 1 :]
        >>> print(np.round(response[[100, 300]] / response[100], 2))
        [ 1.  -0.5]

    References:
        Farina, "Simultaneous measurement of impulse response and distortion with a swept-sine
        technique", AES 108th Convention, 2000.
    """
    _check_band(sample_rate, start_hz=start_hz, end_hz=end_hz)
    for name, octaves in (("in", fade_in_octaves), ("out", fade_out_octaves)):
        check(octaves >= 0, f"fade_{name}_octaves must be at least 0", octaves)
    if _are_numbers(start_hz, end_hz):
        check(0 < start_hz < end_hz, "must be 0 < start_hz < end_hz", (start_hz, end_hz))
        total, octaves = fade_in_octaves + fade_out_octaves, math.log2(end_hz / start_hz)
        check(total <= octaves, f"fades must fit in the sweep's {octaves:.3f} octaves", total)
    tensors, dtype = _tensors(start_hz=start_hz, end_hz=end_hz)
    fades = (float(fade_in_octaves), float(fade_out_octaves))
    settings = {"sample_rate": float(sample_rate), "fades": fades, "dtype": dtype}
    return ExponentialSweep(*_exponential_sweep(*tensors, checked_length(length, 1), **settings))


def _are_numbers(*values: Any) -> bool:
    return all(isinstance(value, numbers.Real) for value in values)


def _check_band(sample_rate: float, **frequencies: Any) -> None:
    check(sample_rate > 0, "sample_rate must be above 0 Hz", sample_rate)
    half = sample_rate / 2
    for name, value in frequencies.items():
        if _are_numbers(value):
            check(-half <= value <= half, f"{name} must be in [{-half}, {half}] Hz", value)


def _tensors(**values: Any) -> tuple[list[tf.Tensor], tf.DType]:
    """Give all as float64, and the dtype of the first that has one, or float32."""
    plain = {name for name, value in values.items() if type(value) in (int, float)}
    tensors = {
        name: tf.constant(value, tf.float64) if name in plain else real_tensor(name, value)
        for name, value in values.items()
    }
    dtypes = [tensor.dtype for name, tensor in tensors.items() if name not in plain]
    return [tf.cast(tensor, tf.float64) for tensor in tensors.values()], (*dtypes, tf.float32)[0]


def _counted(length: Any) -> tf.Tensor:
    """The numbers of the samples, in float64."""
    return tf.cast(tf.range(length), tf.float64)


@compiled
def _tone(
    frequency: tf.Tensor, phase: tf.Tensor, length: Any, *, sample_rate: float, dtype: tf.DType
) -> tf.Tensor:
    # A 64th of a Hz times a count of samples is exact, and so is its remainder; the rest of the
    # frequency turns too little for its rounding to be heard.
    coarse = tf.stop_gradient(tf.round(frequency * 64.0) / 64.0)[..., None]
    fine = frequency[..., None] - coarse
    time = _counted(length)
    turns = (tf.math.floormod(coarse * time, sample_rate) + fine * time) / sample_rate
    return _sine(turns, phase, dtype)


@compiled
def _chirp(
    start: tf.Tensor,
    end: tf.Tensor,
    phase: tf.Tensor,
    length: Any,
    *,
    sample_rate: float,
    method: ChirpMethod,
    dtype: tf.DType,
) -> tf.Tensor:
    samples = tf.cast(length, tf.float64)
    passed = _counted(length) / tf.maximum(samples, 1.0)
    glide = {"linear": _linear, "exponential": _exponential}[method]
    cycles = glide(start[..., None], end[..., None], passed)
    return _sine(cycles * (samples / sample_rate), phase, dtype)


def _linear(start: tf.Tensor, end: tf.Tensor, passed: tf.Tensor) -> tf.Tensor:
    """The integral of the frequency over the part of the time that has passed."""
    return passed * (start + 0.5 * (end - start) * passed)


def _exponential(start: tf.Tensor, end: tf.Tensor, passed: tf.Tensor) -> tf.Tensor:
    nepers = tf.math.log(end / start) * passed
    # expm1(x) / x, by its series where the derivatives of the quotient would cancel.
    small = tf.abs(nepers) < 0.05
    large = tf.where(small, tf.ones_like(nepers), nepers)
    near = tf.where(small, nepers, tf.zeros_like(nepers))
    series = tf.ones_like(near)
    for order in range(9, 1, -1):
        series = 1.0 + near / order * series
    return start * passed * tf.where(small, series, tf.math.expm1(large) / large)


def _sine(turns: tf.Tensor, phase: tf.Tensor, dtype: tf.DType) -> tf.Tensor:
    turns += phase[..., None] / _TURN
    turns -= tf.stop_gradient(tf.round(turns))
    return tf.cast(tf.sin(turns * _TURN), dtype)


@compiled
def _exponential_sweep(
    start: tf.Tensor,
    end: tf.Tensor,
    length: Any,
    *,
    sample_rate: float,
    fades: tuple[float, float],
    dtype: tf.DType,
) -> tuple[tf.Tensor, tf.Tensor]:
    samples = tf.cast(length, tf.float64)
    start, end, passed = start[..., None], end[..., None], _counted(length) / samples
    seconds = samples / sample_rate
    nepers = tf.math.log(end / start)
    wave = tf.sin(_TURN * seconds * _exponential(start, end, passed))
    for octaves, fade in zip((passed, 1.0 - passed), fades, strict=True):
        if fade > 0:
            share = tf.minimum(octaves * nepers / (math.log(2.0) * fade), 1.0)
            wave *= tf.sin(0.5 * math.pi * share) ** 2
    frequency = start * tf.exp(nepers * passed)
    inverse = tf.reverse(wave * frequency * nepers, [-1]) * (4.0 / (seconds * sample_rate**2))
    return tf.cast(wave, dtype), tf.cast(inverse, dtype)
