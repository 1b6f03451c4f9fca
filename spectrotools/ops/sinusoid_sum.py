r"""Sums of sinusoids, each with a phase of its own, in one pass over the samples.

The amplitudes along a segment are mixtures of a few shapes, such as a fade in and a fade out.
"""

import functools
import math
from typing import Any

import numpy as np
import tensorflow as tf

from .numerics import custom_gradient
from .nyquist import silenced
from .oscillator_phase import (
    NO_COURSE,
    Course,
    OscillatorGrid,
    Slopes,
    sine_of_units,
    units_along,
    unpacked,
)
from .tiles import over_tiles, tile_rows

__all__ = ["sinusoid_sum"]

_TURN = 2.0 * math.pi
_PRODUCTS = 2**21  # sines in memory at a time, for the gradients


def sinusoid_sum(
    mixture: tf.Tensor,
    course: Course,
    slopes: Slopes,
    *,
    grid: OscillatorGrid,
    fade: int | None = None,
    order: int = 0,
    quarters: int = 0,
) -> tf.Tensor:
    r"""Sum sinusoids over every segment.

    Args:
        mixture: ``[rows, shapes, sinusoids]``, how much of every shape the amplitudes have:
            their values at the start and at the end, in order 0.
        course: phase of the segments, ``[rows, sinusoids]`` each.
        slopes: what it is differentiated by, ``[rows, sinusoids]`` each.
        grid: the samples of a segment.
        fade: as in :func:`silenced`.
        order: how many times the shapes have been differentiated by the slopes.
        quarters: quarter turns by which every sinusoid is ahead.

    Returns:
        ``[rows, hop_length]``.

    Gradient:
        by the mixture the sinusoid itself, by its phase :math:`2 \pi a \cos u`, both times a
        shape and summed over the segment; by its frequency also that of the fade.
    """
    settings: dict[str, Any] = {"grid": grid, "fade": fade, "order": order, "quarters": quarters}

    @custom_gradient
    def total(mixture: tf.Tensor, *phase: tf.Tensor) -> tuple:
        mixture, (course, slopes) = tf.identity(mixture), unpacked(phase)

        def gradient(upstream: tf.Tensor) -> tuple:
            by_mixture = _products(upstream, course, slopes, **settings)
            by_slopes = _by_slopes(upstream, mixture, course, slopes, **settings)
            return by_mixture, *by_slopes, *NO_COURSE

        return over_tiles(
            _sum, mixture, *course, *slopes[1:], tile=grid.tile, **settings
        ), gradient

    return total(mixture, *slopes, *course)


def _products(
    weights: tf.Tensor,
    course: Course,
    slopes: Slopes,
    *,
    grid: OscillatorGrid,
    fade: int | None,
    order: int,
    quarters: int,
) -> tf.Tensor:
    """Sum ``weights [rows, hop_length]`` times every shape times every sinusoid.

    The transpose of :func:`sinusoid_sum`: ``[rows, shapes, sinusoids]``.
    """
    settings: dict[str, Any] = {"grid": grid, "fade": fade, "order": order, "quarters": quarters}
    tile = min(grid.tile, tile_rows(grid.hop_length * course.start.shape[-1], _PRODUCTS))

    @custom_gradient
    def products(weights: tf.Tensor, *phase: tf.Tensor) -> tuple:
        weights, (course, slopes) = tf.identity(weights), unpacked(phase)

        def gradient(upstream: tf.Tensor) -> tuple:
            by_weights = sinusoid_sum(upstream, course, slopes, **settings)
            by_slopes = _by_slopes(weights, upstream, course, slopes, **settings)
            return by_weights, *by_slopes, *NO_COURSE

        return over_tiles(
            _product_rows, weights, *course, *slopes[1:], tile=tile, **settings
        ), gradient

    return products(weights, *slopes, *course)


def _by_slopes(
    weights: tf.Tensor,
    mixture: tf.Tensor,
    course: Course,
    slopes: Slopes,
    *,
    grid: OscillatorGrid,
    fade: int | None,
    order: int,
    quarters: int,
) -> tuple[tf.Tensor, ...]:
    """Differentiate the sum of ``weights`` times :func:`sinusoid_sum` by the slopes."""
    along: dict[str, Any] = {
        "grid": grid,
        "fade": fade,
        "order": order + 1,
        "quarters": quarters + 1,
    }
    parts = _products(weights, course, slopes, **along)
    rows, sinusoids = tf.shape(parts)[0], parts.shape[-1]
    parts = tf.reshape(parts, [rows, mixture.shape[1], len(Slopes._fields), sinusoids])
    by_slopes = tf.unstack(tf.reduce_sum(mixture[:, :, None] * parts, axis=1), axis=1)
    if fade is not None:
        fading: dict[str, Any] = {"grid": grid, "order": order, "quarters": quarters}
        for i, basis in enumerate(grid.hz_basis.T[1:], 1):
            along_hz = weights * tf.constant(basis, weights.dtype)
            parts = _products(along_hz, course, slopes, fade=fade + 1, **fading)
            by_slopes[i] += tf.reduce_sum(mixture * parts, axis=1)
    return tuple(by_slopes)


@functools.lru_cache(maxsize=32)
def _shapes(grid: OscillatorGrid, order: int) -> np.ndarray:
    """The weights of the grid, times the derivative of the phase by each slope, and again."""
    shapes = grid.weights
    for _ in range(order):
        shapes = (shapes[:, None] * _TURN * grid.slope_basis.T).reshape(-1, grid.hop_length)
    return shapes


def _sum(
    mixture: tf.Tensor,
    start: tf.Tensor,
    step: tf.Tensor,
    bend: tf.Tensor,
    start_hz: tf.Tensor,
    end_hz: tf.Tensor,
    *,
    grid: OscillatorGrid,
    fade: int | None,
    order: int,
    quarters: int,
) -> tf.Tensor:
    """The samples ``[rows, hop_length]`` of a tile."""
    units = units_along(Course(start, step, bend), grid.hop_length, mixture.dtype)
    amplitude = sum(
        mixture[:, i, :, None] * tf.constant(shape, mixture.dtype)
        for i, shape in enumerate(_shapes(grid, order))
    )
    sines = amplitude * sine_of_units(units, quarters)
    hz = grid.hz_along(start_hz, end_hz)
    return tf.reduce_sum(silenced(sines, 1.0, hz, grid.nyquist_hz, fade), axis=1)


def _product_rows(
    weights: tf.Tensor,
    start: tf.Tensor,
    step: tf.Tensor,
    bend: tf.Tensor,
    start_hz: tf.Tensor,
    end_hz: tf.Tensor,
    *,
    grid: OscillatorGrid,
    fade: int | None,
    order: int,
    quarters: int,
) -> tf.Tensor:
    """The products ``[rows, shapes, sinusoids]`` of a tile."""
    units = units_along(Course(start, step, bend), grid.hop_length, weights.dtype)
    hz = grid.hz_along(start_hz, end_hz)
    sines = silenced(sine_of_units(units, quarters), 1.0, hz, grid.nyquist_hz, fade)
    return tf.matmul(
        weights[:, None] * tf.constant(_shapes(grid, order), weights.dtype),
        sines,
        transpose_b=True,
    )
