r"""Sums of harmonics: one phase, and all its multiples in one pass over the samples.

With the exact phase :math:`u`, harmonics are summed in blocks around every eleventh,
:math:`c`. The two at :math:`c \pm m` are

.. math::
    a_+ \sin(c+m)u + a_- \sin(c-m)u =
    (a_+ + a_-) \cos mu \sin cu + (a_+ - a_-) \sin mu \cos cu

so that a hundred harmonics cost thirty sines, each of a whole multiple of :math:`u`, which wraps
without error, and two multiplications each. Of a block, XLA keeps all in registers.
"""

import math
from typing import Any

import tensorflow as tf

from .numerics import custom_gradient, has_gpu
from .nyquist import silenced
from .oscillator_phase import (
    NO_COURSE,
    Course,
    OscillatorGrid,
    Slopes,
    quarters_in_units,
    sine_of_units,
    units_along,
    unpacked,
)
from .tiles import over_tiles, tile_rows

__all__ = ["harmonic_sum"]

_TURN = 2.0 * math.pi
_REACH = 5  # harmonics on either side of the middle of a block: the fewest sines for a hundred
_PRODUCTS = 2**21  # sines in memory at a time, for the gradient by amplitudes


def harmonic_sum(
    ends: tf.Tensor,
    course: Course,
    slopes: Slopes,
    *,
    grid: OscillatorGrid,
    fade: int | None = None,
    quarters: int = 0,
) -> tf.Tensor:
    r"""Sum the harmonics of one phase over every segment.

    Args:
        ends: ``[rows, 2, harmonics]``, amplitudes at the start and at the end of the segments.
        course: phase of the segments, ``[rows]`` each.
        slopes: what it is differentiated by, ``[rows]`` each.
        grid: the samples of a segment.
        fade: as in :func:`silenced`.
        quarters: quarter turns by which every harmonic is ahead.

    Returns:
        ``[rows, hop_length]``.

    Gradient:
        by an amplitude the harmonic itself, summed over the segment; by phase
        :math:`2 \pi \sum_k k a_k \cos k u`, which is another such sum; by frequency also that
        of the fade.
    """
    ahead, like = quarters_in_units(quarters, ends.dtype), (grid, fade, quarters)

    @custom_gradient
    def total(ends: tf.Tensor, *phase: tf.Tensor) -> tuple:
        ends, (course, slopes) = tf.identity(ends), unpacked(phase)

        def gradient(upstream: tf.Tensor) -> tuple:
            by_ends = _products(upstream, course, slopes, *like, ends.shape[-1])
            by_slopes = _by_slopes(upstream, ends, course, slopes, *like)
            return by_ends, *by_slopes, *NO_COURSE

        given = ends, *course, *slopes[1:]
        settings: dict[str, Any] = {"shared": (ahead,), "grid": grid, "fade": fade}
        return over_tiles(_sum, *given, tile=grid.tile, **settings), gradient

    return total(ends, *slopes, *course)


def _products(
    weights: tf.Tensor,
    course: Course,
    slopes: Slopes,
    grid: OscillatorGrid,
    fade: int | None,
    quarters: int,
    harmonics: int,
) -> tf.Tensor:
    """Sum ``weights [rows, hop_length]`` times every harmonic, as it sounds from either end.

    The transpose of :func:`harmonic_sum`: ``[rows, 2, harmonics]``.
    """
    tile = min(grid.tile, tile_rows(grid.hop_length * harmonics, _PRODUCTS))
    ahead = quarters_in_units(quarters, weights.dtype)
    settings: dict[str, Any] = {"grid": grid, "fade": fade, "harmonics": harmonics}

    @custom_gradient
    def products(weights: tf.Tensor, *phase: tf.Tensor) -> tuple:
        weights, (course, slopes) = tf.identity(weights), unpacked(phase)

        def gradient(upstream: tf.Tensor) -> tuple:
            like: dict[str, Any] = {"grid": grid, "fade": fade, "quarters": quarters}
            by_weights = harmonic_sum(upstream, course, slopes, **like)
            by_slopes = _by_slopes(weights, upstream, course, slopes, **like)
            return by_weights, *by_slopes, *NO_COURSE

        given = weights, *course, *slopes[1:]
        return over_tiles(_product_rows, *given, tile=tile, shared=(ahead,), **settings), gradient

    return products(weights, *slopes, *course)


def _by_slopes(
    weights: tf.Tensor,
    ends: tf.Tensor,
    course: Course,
    slopes: Slopes,
    grid: OscillatorGrid,
    fade: int | None,
    quarters: int,
) -> tuple[tf.Tensor, ...]:
    """Differentiate the sum of ``weights`` times :func:`harmonic_sum` by the slopes."""
    k = tf.range(1, ends.shape[-1] + 1)
    steep = ends * (_TURN * tf.cast(k, ends.dtype))
    slope = harmonic_sum(steep, course, slopes, grid=grid, fade=fade, quarters=quarters + 1)
    by_slopes = (weights * slope) @ tf.constant(grid.slope_basis, ends.dtype)
    if fade is not None:
        fading = harmonic_sum(ends, course, slopes, grid=grid, fade=fade + 1, quarters=quarters)
        by_slopes += (weights * fading) @ tf.constant(grid.hz_basis, ends.dtype)
    return tuple(tf.unstack(by_slopes, axis=-1))


def _sum(
    ahead: tf.Tensor,
    ends: tf.Tensor,
    start: tf.Tensor,
    step: tf.Tensor,
    bend: tf.Tensor,
    start_hz: tf.Tensor,
    end_hz: tf.Tensor,
    *,
    grid: OscillatorGrid,
    fade: int | None,
) -> tf.Tensor:
    """The samples ``[rows, hop_length]`` of a tile."""
    units = units_along(Course(start, step, bend), grid.hop_length, ends.dtype)
    hz = grid.hz_along(start_hz, end_hz)
    weights = tf.constant(grid.weights, ends.dtype)
    reach = min(_REACH, ends.shape[-1] // 2)
    sines = [sine_of_units(units * m) for m in range(1, reach + 1)]
    cosines = [sine_of_units(units * m, 1) for m in range(1, reach + 1)]
    blocks = _blocks(ends, 2 * reach + 1)

    def with_block(block: Any, total: tf.Tensor) -> tuple:
        middle = block * (2 * reach + 1) + reach + 1
        k, here = tf.cast(middle, hz.dtype), blocks[block]

        def amplitude(m: int) -> tf.Tensor:
            begin, end = here[:, 0, reach + m, None], here[:, 1, reach + m, None]
            along = begin * weights[0] + end * weights[1]
            return silenced(along, k + m, hz, grid.nyquist_hz, fade)

        even, odd = amplitude(0), tf.zeros_like(hz)
        for m, (sine, cosine) in enumerate(zip(sines, cosines, strict=True), 1):
            above, below = amplitude(m), amplitude(-m)
            even += (above + below) * cosine
            odd += (above - below) * sine
        centre = units * tf.cast(middle, units.dtype) + ahead
        total += even * sine_of_units(centre)
        total += odd * sine_of_units(centre, 1)
        return block + 1, total

    total = tf.zeros_like(hz)
    if has_gpu():  # one kernel of all blocks, which reads sines and cosines once
        for block in range(blocks.shape[0]):
            _, total = with_block(block, total)
        return total
    # A loop, not ten copies of its body: XLA needs a third of the time and memory to compile it.
    start_with = tf.constant(0), total
    return tf.while_loop(lambda block, _: block < blocks.shape[0], with_block, start_with)[1]


def _blocks(ends: tf.Tensor, width: int) -> tf.Tensor:
    """Amplitudes block by block: ``[blocks, rows, 2, width]``, the last filled with zeros."""
    rows, _, harmonics = ends.shape
    count = -(-harmonics // width)
    ends = tf.pad(ends, [[0, 0], [0, 0], [0, count * width - harmonics]])
    return tf.transpose(tf.reshape(ends, [rows, 2, count, width]), [2, 0, 1, 3])


def _product_rows(
    ahead: tf.Tensor,
    weights: tf.Tensor,
    start: tf.Tensor,
    step: tf.Tensor,
    bend: tf.Tensor,
    start_hz: tf.Tensor,
    end_hz: tf.Tensor,
    *,
    grid: OscillatorGrid,
    fade: int | None,
    harmonics: int,
) -> tf.Tensor:
    """The products ``[rows, 2, harmonics]`` of a tile."""
    k = tf.range(1, harmonics + 1)
    units = units_along(Course(start, step, bend), grid.hop_length, weights.dtype)[..., None]
    hz = grid.hz_along(start_hz, end_hz)[..., None]
    sines = sine_of_units(units * tf.cast(k, units.dtype) + ahead)
    sines = silenced(sines, tf.cast(k, hz.dtype), hz, grid.nyquist_hz, fade)
    return (weights[:, None] * tf.constant(grid.weights, weights.dtype)) @ sines
