r"""The Fourier series of saws and triangles, cut after any harmonic, at the price of a few sines.

With :math:`N = K + 1/2` and :math:`g(u) = 1 / (2 \sin(u/2)) - 1/u`, the harmonics left out are

.. math::
    \sum_{k > K} c_k e^{iku} = \int_N^\infty c_x\,e^{ixu}\,dx
    + i\,e^{iNu} \sum_m \frac{(-i)^m}{m!}\,g^{(m)}(u)\,\frac{d^m c_N}{dN^m}

(Euler and Maclaurin's sum at half integers, :math:`-1 / (2 \sinh(\tfrac12 d/dx))`, summed again
where :math:`e^{ixu}` turns). For :math:`c_k = 1/k` the integral is a sine integral; for
:math:`1/k^2` it follows from that. On :math:`|u| \le \pi` a term is about
:math:`m! / (\pi N)^{m+1}`, so that a few are enough, but for the first few harmonics, which are
summed one by one. What is differentiated once or twice has a closed form, Dirichlet's.

A fade by half a cosine over the last tenth below the Nyquist frequency multiplies harmonics by
:math:`\tfrac12 - \tfrac12 \cos k \delta`, where :math:`\delta = 20 \pi f_0 / f_s` is the phase of
ten samples. Cosines multiply to cosines of sums and differences, so that what is faded is made of
series cut at both ends of that tenth: as they are, ten samples ahead, and ten behind.
"""

import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import scipy.special
import tensorflow as tf

from .numerics import custom_gradient
from .oscillator_phase import (
    NO_COURSE,
    Course,
    OscillatorGrid,
    Slopes,
    sine_of_turns,
    sine_of_units,
    units_along,
    unpacked,
)
from .tiles import over_tiles

__all__ = ["HARD", "SMOOTH", "Cut", "Shift", "cut_series", "gain_of"]

_FEW = {tf.float32: 8, tf.float64: 16}  # harmonics that are summed one by one
_TERMS = {tf.float32: 6, tf.float64: 12}
_DEGREES = {tf.float32: (9, 9, 7), tf.float64: (12, 19, 14)}  # near, far, of g: see _constants
_FAR = 6.0  # where the sine integral becomes that of large arguments
_MOST = 2**20  # harmonics, which a phase at rest would have without end
_TURN = 2.0 * math.pi

# Close to its peak Dirichlet's kernel is sin(N u) / (2 sin(u / 2)) in powers, which can be
# differentiated again; its closed form would there be a difference of what is large.
_CLOSE = 0.5  # of N u
_SINC = tuple((-1.0) ** i / math.factorial(2 * i + 1) for i in range(8))
_HALF_COSECANT = (1.0, 1 / 24, 7 / 5760, 31 / 967680, 127 / 154828800)  # u / (2 sin(u / 2))


class Cut(NamedTuple):
    """One of the cuts that are added up."""

    place: float  # of the Nyquist frequency
    ahead: int  # samples that the phase is ahead, at the frequency that it has
    weight: float


HARD = (Cut(1.0, 0, 1.0),)
SMOOTH = (
    Cut(1.0, 0, 0.5),
    Cut(0.9, 0, 0.5),
    *(Cut(1.0, ahead, -0.25) for ahead in (-10, 10)),
    *(Cut(0.9, ahead, 0.25) for ahead in (-10, 10)),
)


def gain_of(hz: tf.Tensor, cuts: tuple[Cut, ...], grid: OscillatorGrid) -> tf.Tensor:
    """What a harmonic of this frequency is multiplied by; 0 for NaN."""
    total = tf.zeros_like(hz)
    for cut in cuts:
        gain = cut.weight * tf.cos(hz * (_TURN * cut.ahead / grid.sample_rate))
        total += tf.where(tf.abs(hz) < cut.place * grid.nyquist_hz, gain, tf.zeros_like(gain))
    return total


class Shift(NamedTuple):
    """What the phase is behind, in turns, at both ends of every segment: real ``[rows]``."""

    start: tf.Tensor
    end: tf.Tensor


def cut_series(
    course: Course,
    slopes: Slopes,
    shift: Shift,
    *,
    grid: OscillatorGrid,
    order: int,
    cuts: tuple[Cut, ...] = HARD,
) -> tf.Tensor:
    r"""Sum the harmonics below the Nyquist frequency of the series of a triangle, or its slopes.

    .. math::
        F_n(u) = \frac{d^n}{du^n} \sum_{k=1}^K \frac{\cos ku}{k^2}, \qquad K |f| < p f_s / 2

    Args:
        course: phase of the segments, ``[rows]`` each.
        slopes: what it is differentiated by, ``[rows]`` each.
        shift: linear along the segment.
        grid: the samples of a segment.
        order: n, at least 0; at 1 it is minus the series of a saw.
        cuts: which sums, each to its place p, are added up.

    Returns:
        ``[rows, hop_length]``, where K is that of every sample.

    Gradient:
        by phase, shift and frequency, that of a K that stays as it is: the fade is known to it.
    """
    line = np.arange(grid.hop_length) / grid.hop_length
    ends = np.stack([1 - line, line], axis=1)
    basis = np.concatenate([grid.slope_basis, -ends], axis=1)
    settings: dict[str, Any] = {"grid": grid, "cuts": cuts}

    @custom_gradient
    def series(start: tf.Tensor, end: tf.Tensor, *phase: tf.Tensor) -> tuple:
        course, slopes = unpacked(phase)
        shift = Shift(tf.identity(start), tf.identity(end))

        def gradient(upstream: tf.Tensor) -> tuple:
            slope = cut_series(course, slopes, shift, order=order + 1, **settings)
            rates = tf.constant(_TURN * basis, slope.dtype)
            *by_slopes, by_start, by_end = tf.unstack((upstream * slope) @ rates, axis=-1)
            moved = tuple(cut._replace(weight=cut.weight * cut.ahead) for cut in cuts if cut.ahead)
            if moved:
                fade = cut_series(course, slopes, shift, grid=grid, order=order + 1, cuts=moved)
                rates = tf.constant(_TURN / grid.sample_rate * ends, slope.dtype)
                by_hz = tf.unstack((upstream * fade) @ rates, axis=-1)
                by_slopes = [by_slopes[0], by_slopes[1] + by_hz[0], by_slopes[2] + by_hz[1]]
            return by_start, by_end, *by_slopes, *NO_COURSE

        given = *course, *slopes[1:], *shift
        return over_tiles(_series, *given, tile=grid.tile, order=order, **settings), gradient

    return series(*shift, *slopes, *course)


class _Point(NamedTuple):
    """What is known of every sample."""

    units: tf.Tensor
    turns: tf.Tensor
    count: tf.Tensor  # K, a whole number in the real type
    top: tf.Tensor  # K times the phase, in units


def _series(
    start: tf.Tensor,
    step: tf.Tensor,
    bend: tf.Tensor,
    start_hz: tf.Tensor,
    end_hz: tf.Tensor,
    shift_start: tf.Tensor,
    shift_end: tf.Tensor,
    *,
    grid: OscillatorGrid,
    order: int,
    cuts: tuple[Cut, ...],
) -> tf.Tensor:
    """The samples ``[rows, hop_length]`` of a tile."""
    units = units_along(Course(start, step, bend), grid.hop_length, start_hz.dtype)
    units -= _units_of(grid.hz_along(shift_start, shift_end), units.dtype)
    hz = grid.hz_along(start_hz, end_hz)
    places, ahead, weights = (np.array(part)[:, None, None] for part in zip(*cuts, strict=True))
    # Side by side, for XLA would take as many times as long to compile them one by one.
    turns = hz * tf.constant(ahead / grid.sample_rate, hz.dtype)
    units = units + _units_of(turns, units.dtype) if np.any(ahead) else units[None]
    each = _cut_at(units, tf.abs(hz), tf.constant(places * grid.nyquist_hz, hz.dtype), order)
    return tf.reduce_sum(tf.constant(weights, hz.dtype) * each, axis=0)


def _cut_at(units: tf.Tensor, speed: tf.Tensor, end_hz: tf.Tensor, order: int) -> tf.Tensor:
    """The harmonics below a frequency, ``[cuts, rows, hop_length]``."""
    dtype = speed.dtype
    count = tf.minimum(tf.floor(end_hz / speed), float(_MOST))
    count -= tf.cast(count * speed >= end_hz, dtype)
    count = tf.where(speed < end_hz, count, tf.zeros_like(count))  # 0 for NaN
    turns = tf.cast(units, dtype) * (0.5**31 if units.dtype == tf.int32 else 0.5**63) * 0.5
    point = _Point(units, turns, count, units * tf.cast(count, units.dtype))
    if order >= 2:
        return _dirichlet(point, order)
    few, terms = _FEW[dtype], _TERMS[dtype]
    return tf.where(
        count < few,
        _one_by_one(point, few - 1, order),
        _all_but_the_rest(point, terms, order),
    )


def _units_of(turns: tf.Tensor, dtype: tf.DType) -> tf.Tensor:
    """Real turns as integer phase."""
    turns -= tf.round(turns)
    if dtype == tf.int64:
        return tf.cast(tf.round(turns * 2.0**62), tf.int64) * 4
    return tf.cast(tf.cast(tf.round(turns * 2.0**31), tf.int64) * 2, tf.int32)


def _one_by_one(point: _Point, most: int, order: int) -> tf.Tensor:
    total = tf.zeros_like(point.turns)
    for k in range(1, most + 1):
        wave = -sine_of_units(point.units * k) / k
        if order == 0:
            wave = sine_of_units(point.units * k, 1) / k**2
        total += tf.where(k <= point.count, wave, tf.zeros_like(wave))
    return total


def _all_but_the_rest(point: _Point, terms: int, order: int) -> tf.Tensor:
    """The series without end, less the harmonics above K."""
    u = _TURN * tf.abs(point.turns)
    square = (2.0 * point.turns) ** 2
    sign = tf.sign(point.turns)
    n = tf.maximum(point.count, 1.0) + 0.5
    sine, cosine = _half_beyond(point, sign)
    near, far_cosine, far_sine, bends = _constants(u.dtype, terms)
    x = n * u
    inverse = _FAR / tf.maximum(x, _FAR)
    far = (_horner(far_cosine, inverse) * cosine + _horner(far_sine, inverse) * sine) * inverse
    small = tf.minimum(x, _FAR)
    integral = tf.where(x < _FAR, 0.5 * math.pi - small * _horner(near, (small / _FAR) ** 2), far)
    even, odd = tf.zeros_like(u), tf.zeros_like(u)
    for m in reversed(range(terms)):
        bend = _horner(bends[m], square) * (1.0 if m % 2 else u) * (1.0 if order else m + 1.0)
        turned = bend * (-1.0) ** (m // 2)
        even, odd = even / n, odd / n
        if m % 2:
            odd += turned
        else:
            even += turned
    even, odd = even / n, odd / n
    if order:
        rest = integral + even * cosine - odd * sine
        return -sign * (0.5 * (math.pi - u) - rest)
    rest = cosine / n - u * integral - (odd * cosine + even * sine) / n
    return math.pi**2 / 6 - 0.5 * math.pi * u + 0.25 * u**2 - rest


def _half_beyond(point: _Point, sign: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Sine and cosine of K + 1/2 times the phase, as if that were positive."""
    half = 0.5 * tf.abs(point.turns)
    half_sine, half_cosine = sine_of_turns(half), sine_of_turns(0.25 - half)
    sine, cosine = sign * sine_of_units(point.top), sine_of_units(point.top, 1)
    return sine * half_cosine + cosine * half_sine, cosine * half_cosine - sine * half_sine


def _dirichlet(point: _Point, order: int) -> tf.Tensor:
    r"""Minus :math:`\sum_k \cos ku`, differentiated by u as often as ``order`` is above 2."""
    if order > 2:
        # By no tape, for there are contexts in which none records.
        return tf.gradients(_dirichlet(point, order - 1), point.turns)[0] / _TURN
    turns, n = point.turns, point.count + 0.5
    close = tf.abs(_TURN * n * turns) < _CLOSE
    u = tf.where(close, _TURN * turns, tf.zeros_like(turns))
    series = n * _horner(_SINC, (n * u) ** 2) * _horner(_HALF_COSECANT, u**2)
    half = 0.5 * tf.where(close, tf.fill(tf.shape(turns), tf.cast(0.25, turns.dtype)), turns)
    cotangent = sine_of_turns(0.25 - tf.abs(half)) / sine_of_turns(half)
    ratio = 0.5 * (_sine_at(point, 0) * cotangent + _sine_at(point, 1))
    return 0.5 - tf.where(close, series, ratio)


def _sine_at(point: _Point, quarters: int) -> tf.Tensor:
    """The sine of K times the phase plus quarter turns, differentiable by the turns."""

    @custom_gradient
    def sine(turns: tf.Tensor) -> tuple:
        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            slope = _sine_at(point._replace(turns=turns), quarters + 1)
            return upstream * _TURN * point.count * slope

        return sine_of_units(point.top, quarters), gradient

    return sine(point.turns)


def _horner(coefficients: tuple[float, ...], x: tf.Tensor) -> tf.Tensor:
    *rest, last = coefficients
    total = tf.fill(tf.shape(x), tf.constant(last, x.dtype))
    for coefficient in reversed(rest):
        total = total * x + tf.constant(coefficient, x.dtype)
    return total


@functools.lru_cache(maxsize=4)
def _constants(dtype: tf.DType, terms: int) -> tuple:
    """Coefficients of polynomials.

    Returns:
        of Si(x) / x in (x / 6)^2; of (pi/2 - Si) in 6/x, divided by that, what goes with the
        cosine and with the sine; of every derivative of g in (u / pi)^2, divided by u if odd.
    """
    near_degree, far_degree, bend_degree = _DEGREES[dtype]

    def near(y: np.ndarray) -> np.ndarray:
        x = _FAR * np.sqrt(y)
        return np.where(x > 1e-8, scipy.special.sici(x)[0] / np.maximum(x, 1e-8), 1.0)

    def far(y: np.ndarray, sine: bool) -> np.ndarray:
        x = _FAR / np.maximum(y, 1e-4)
        si, ci = scipy.special.sici(x)
        rest = 0.5 * np.pi - si
        part = rest * np.sin(x) - ci * np.cos(x) if sine else rest * np.cos(x) + ci * np.sin(x)
        return np.where(y > 1e-4, part * x / _FAR, 0.0 if sine else 1.0 / _FAR)

    return (
        _polynomial(near, near_degree),
        _polynomial(lambda y: far(y, False), far_degree),
        _polynomial(lambda y: far(y, True), far_degree),
        tuple(_polynomial(functools.partial(_bend, m=m), bend_degree) for m in range(terms)),
    )


def _bend(square: np.ndarray, m: int) -> np.ndarray:
    """The derivative number m of g at (u / pi)^2, divided by u if it is odd in u."""
    # g(u) = sum_n 2 (1 - 2^(1 - 2n)) zeta(2n) u^(2n-1) / (2 pi)^(2n)
    n = np.arange(m // 2 + 1, 120)[:, None]
    size = 2 * (1 - 2.0 ** (1 - 2 * n)) * scipy.special.zeta(2.0 * n)
    powers = 2 * n - 1 - m - (m % 2 == 0)
    places = np.pi * np.sqrt(square) / _TURN
    scale = _TURN ** -(1.0 + m + (m % 2 == 0))
    return np.sum(size * scipy.special.poch(2 * n - m, m) * places**powers * scale, axis=0)


def _polynomial(function: Callable, degree: int) -> tuple[float, ...]:
    """Powers of y on [0, 1], nearly the best possible."""
    fit = np.polynomial.Chebyshev.interpolate(function, degree, [0.0, 1.0])
    return tuple(fit.convert(kind=np.polynomial.Polynomial).coef)
