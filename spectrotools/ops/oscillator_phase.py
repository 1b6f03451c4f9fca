r"""Phase of oscillators: the integral of their frequency, exact for hours.

Frequency is linear from frame to frame, so that after :math:`j` samples of a segment of
:math:`H` samples, whose frequency goes from :math:`f_0` to :math:`f_1`, the phase in turns is

.. math:: \varphi(j) = \varphi_0 + \frac{f_0}{f_s}\,j + \frac{f_1 - f_0}{2 H f_s}\,j^2

and the next segment begins with :math:`\varphi(H)`. The three coefficients are whole numbers,
:math:`2^{62}` to the turn, and their overflow in 64 bits is the wrap around the circle. Sums of
whole numbers are the same in any order, on any device, in blocks or at once.
"""

import dataclasses
import functools
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from .controls import (
    Interpolation,
    held,
    segment_weights,
)
from .numerics import custom_gradient

__all__ = [
    "NO_COURSE",
    "Course",
    "OscillatorGrid",
    "Slopes",
    "course_of",
    "final_units",
    "one_phase",
    "quarters_in_units",
    "sine_of_turns",
    "sine_of_units",
    "turns_along",
    "units_along",
    "unpacked",
]

_BITS = 62  # of a turn in the integers of a course; the two above them are whole turns
_QUARTER = {tf.int32: 2**30, tf.int64: 2**62}
_DEGREE = {tf.float32: 9, tf.float64: 21}


class Course(NamedTuple):
    """The phase of every segment: units at its start, by the sample, and by its square."""

    start: tf.Tensor  # int64 [...]
    step: tf.Tensor
    bend: tf.Tensor


class Slopes(NamedTuple):
    """What the phase of a segment is differentiated by: turns at its start, Hz at both ends."""

    turns: tf.Tensor  # real [...]; only its gradient is used, for it drifts where units do not
    start_hz: tf.Tensor
    end_hz: tf.Tensor


NO_COURSE = Course(None, None, None)  # the gradient of one


def unpacked(phase: tuple[tf.Tensor, ...]) -> tuple[Course, Slopes]:
    """Sort the arguments of a custom gradient, which sees at higher orders only its own."""
    own = [tf.identity(part) for part in phase]
    return Course(*own[3:]), Slopes(*own[:3])


def one_phase(course: Course, slopes: Slopes, number: int = 0) -> tuple[Course, Slopes]:
    """Take one of the phases ``[rows, phases]``."""
    return Course(*(part[:, number] for part in course)), Slopes(
        *(part[:, number] for part in slopes)
    )


@dataclasses.dataclass(frozen=True)
class OscillatorGrid:
    """The samples of a segment, and how many segments are computed at a time."""

    hop_length: int
    sample_rate: float
    interpolation: Interpolation
    tile: int

    @property
    def nyquist_hz(self) -> float:
        """Half the sample rate, where partials fall silent."""
        return 0.5 * self.sample_rate

    @property
    def weights(self) -> np.ndarray:
        """How much of the amplitude at either end every sample has, ``[2, hop_length]``."""
        return segment_weights(self.hop_length, self.interpolation)

    @property
    def slope_basis(self) -> np.ndarray:
        """The derivative of the turns at every sample by the three slopes, ``[hop_length, 3]``."""
        j = np.arange(self.hop_length, dtype=np.float64)
        curve = j**2 / (2 * self.hop_length)
        return np.stack([j**0, (j - curve) / self.sample_rate, curve / self.sample_rate], axis=1)

    @property
    def hz_basis(self) -> np.ndarray:
        """The derivative of the frequency at every sample by the slopes, ``[hop_length, 3]``."""
        place = np.arange(self.hop_length) / self.hop_length
        return np.stack([0 * place, 1 - place, place], axis=1)

    def hz_along(self, start_hz: tf.Tensor, end_hz: tf.Tensor) -> tf.Tensor:
        """The frequency of every sample, ``[..., hop_length]``."""
        place = tf.constant(np.arange(self.hop_length) / self.hop_length, start_hz.dtype)
        return start_hz[..., None] + (end_hz - start_hz)[..., None] * place


def course_of(
    frequencies_hz: tf.Tensor, initial_phase: tf.Tensor, *, grid: OscillatorGrid
) -> tuple[Course, Slopes]:
    """Follow the phase of oscillators through their segments.

    Args:
        frequencies_hz: ``[batch, frames, partials]``, Hz. What is beyond the sample rate counts
            as the sample rate, NaN as 0.
        initial_phase: ``[batch, partials]``, radians, or int64, 2**64 to the turn.
        grid: the samples of a segment.

    Returns:
        the course ``[batch, frames + 1, partials]``, at the end of which nothing moves, and the
        slopes ``[batch, frames, partials]``.
    """
    no_pitch = tf.math.is_nan(frequencies_hz)  # counts as 0, whatever it is a function of
    start_hz = tf.where(no_pitch, tf.stop_gradient(frequencies_hz), frequencies_hz)
    end_hz = held(start_hz)[:, 1:]
    start, end = (_step_units(hz, grid.sample_rate) for hz in (start_hz, end_hz))
    half_rise = (end - start) // 2  # steps are even
    advance = grid.hop_length * (start + half_rise)
    units, turns = _initial(initial_phase)
    still = tf.zeros_like(start[:, :1])
    course = Course(
        _running_sum(advance) + units[:, None],
        tf.concat([start, still], axis=1),
        tf.concat([half_rise // grid.hop_length, still], axis=1),
    )
    by_segment = tf.cast(start_hz + end_hz, tf.float64) * (
        0.5 * grid.hop_length / grid.sample_rate
    )
    turns = _running_sum(by_segment)[:, :-1] + turns[:, None]
    return course, Slopes(turns, start_hz, end_hz)


def _running_sum(steps: tf.Tensor) -> tf.Tensor:
    """The sums before every step, and the whole."""
    return tf.concat([tf.zeros_like(steps[:, :1]), tf.cumsum(steps, axis=1)], axis=1)


def _step_units(frequency_hz: tf.Tensor, sample_rate: float) -> tf.Tensor:
    """Units of a turn in a sample, even, to the nearest.

    One division has not bits enough for hours, so its remainder is divided again; the remainder
    is exact, for a whole sample rate.
    """
    hz = tf.cast(frequency_hz, tf.float64)
    hz = tf.where(tf.math.is_nan(hz), tf.zeros_like(hz), hz)
    scaled = tf.clip_by_value(hz, -sample_rate, sample_rate) * 2.0**30
    coarse = tf.round(scaled / sample_rate)
    fine = tf.round((scaled - coarse * sample_rate) / sample_rate * 2.0 ** (_BITS - 31))
    return tf.cast(coarse, tf.int64) * 2 ** (_BITS - 30) + tf.cast(fine, tf.int64) * 2


def _initial(phase: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The phase at the first sample: units of a course, and turns to be differentiated by."""
    if phase.dtype == tf.int64:
        return phase // 2 ** (64 - _BITS), tf.zeros_like(phase, tf.float64)
    turns = tf.cast(phase, tf.float64) / (2.0 * np.pi)
    units = tf.round((turns - tf.round(turns)) * 2.0**_BITS)
    return tf.cast(units, tf.int64), turns


def final_units(course: Course, length: Any, *, hop_length: int) -> tf.Tensor:
    """The phase ``[batch, ...]`` of the sample after the last, int64, 2**64 to the turn."""
    row, j = length // hop_length, tf.cast(length % hop_length, tf.int64)
    start, step, bend = (tf.gather(part, row, axis=1) for part in course)
    return (start + j * (step + j * bend)) * 2 ** (64 - _BITS)


def units_along(course: Course, hop_length: int, dtype: tf.DType) -> tf.Tensor:
    """The phase of every sample, ``[..., hop_length]``, in int32 or int64 filled by a turn."""
    j = tf.range(hop_length, dtype=tf.int64)
    start, step, bend = (part[..., None] for part in course)
    units = start + j * (step + j * bend)
    if dtype == tf.float64:
        return units * 2 ** (64 - _BITS)
    # to the nearest of the 32 upper bits
    return tf.cast(tf.bitwise.right_shift(units + 2 ** (_BITS - 33), _BITS - 32), tf.int32)


def turns_along(units: tf.Tensor, slopes: Slopes, *, grid: OscillatorGrid) -> tf.Tensor:
    """Give the turns, in [-0.5, 0.5], of integer phase ``[rows, hop_length]``, with gradient."""

    @custom_gradient
    def turns(units: tf.Tensor, *slopes: tf.Tensor) -> tuple:
        dtype = slopes[0].dtype

        def gradient(upstream: tf.Tensor) -> tuple:
            basis = tf.constant(grid.slope_basis, dtype)
            return None, *tf.unstack(upstream @ basis, axis=-1)

        return tf.cast(units, dtype) * (0.25 / _QUARTER[units.dtype]), gradient

    return turns(units, *slopes)


def quarters_in_units(quarters: int, dtype: tf.DType) -> tf.Tensor:
    """So many quarter turns in the units of :func:`units_along`, for reals of this dtype."""
    units = tf.int64 if dtype == tf.float64 else tf.int32
    return tf.constant(((quarters + 2) % 4 - 2) * _QUARTER[units], units)


def sine_of_units(units: tf.Tensor, quarters: int = 0) -> tf.Tensor:
    """The sine of integer phase plus so many quarter turns, to the rounding of its type.

    Integers are folded into a quarter turn, where they become real and a polynomial does the
    rest: XLA's own sine on a CPU takes four times as long.
    """
    quarter = _QUARTER[units.dtype]
    dtype = tf.float32 if units.dtype == tf.int32 else tf.float64
    # The cosine is even and a quarter turn ahead; at the least integer both sides wrap.
    folded = quarter - tf.abs(units + ((quarters + 1) % 4 - 2) * quarter)
    return sine_of_turns(tf.cast(folded, dtype) * (0.25 / quarter))


def sine_of_turns(turns: tf.Tensor) -> tf.Tensor:
    """The sine of real phase within a quarter turn either way, to the rounding of its type."""
    dtype = turns.dtype
    square = turns * turns
    *rest, total = _sine_coefficients(_DEGREE[dtype])
    for coefficient in reversed(rest):
        total = total * square + tf.constant(coefficient, dtype)
    return total * turns


@functools.lru_cache(maxsize=4)
def _sine_coefficients(degree: int) -> tuple[float, ...]:
    """Of sin(2 pi x) / x in powers of x^2, for x up to a quarter: nearly the best possible."""
    fit = np.polynomial.Chebyshev.interpolate(
        lambda square: 2 * np.pi * np.sinc(2 * np.sqrt(square)), degree // 2, [0.0, 1 / 16]
    )
    return tuple(fit.convert(kind=np.polynomial.Polynomial).coef)
