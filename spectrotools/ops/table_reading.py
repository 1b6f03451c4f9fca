r"""Reading of wavetables: the sample at a phase, between those that a table has.

With the exact phase :math:`u` in turns and a table of :math:`N` samples, the place is
:math:`N u = i + x`: a whole index and a fraction, split as integers. Between samples there is a
line, or Catmull and Rom's cubic, whose slopes are central differences:

.. math:: y = \sum_p x^p \sum_t M_{pt}\, T_{(i + t - o) \bmod N}
"""

from typing import Any, Literal

import numpy as np
import tensorflow as tf

from .numerics import custom_gradient
from .oscillator_phase import (
    NO_COURSE,
    Course,
    OscillatorGrid,
    Slopes,
    units_along,
    unpacked,
)
from .tiles import over_tiles, total_over_tiles

__all__ = ["Stencil", "read_tables"]

Stencil = Literal["linear", "cubic"]

# The taps before the index, and the weight of every tap [power of x, tap].
_STENCILS = {
    "linear": (0, np.array([[1.0, 0.0], [-1.0, 1.0]])),
    "cubic": (
        1,
        0.5
        * np.array(
            [
                [0.0, 2.0, 0.0, 0.0],
                [-1.0, 0.0, 1.0, 0.0],
                [2.0, -5.0, 4.0, -1.0],
                [-1.0, 3.0, -3.0, 1.0],
            ]
        ),
    ),
}
_LOW = 2**32 - 1


def read_tables(
    tables: tf.Tensor,
    course: Course,
    slopes: Slopes,
    *,
    grid: OscillatorGrid,
    stencil: Stencil,
    table_ids: tf.Tensor | None = None,
    order: int = 0,
) -> tf.Tensor:
    r"""Read a table at the phases of every sample of every segment.

    Args:
        tables: ``[tables, size]``.
        course: phases at which segments are read, ``[rows, readings]`` each.
        slopes: what they are differentiated by, ``[rows, readings]`` each.
        grid: the samples of a segment.
        stencil: what lies between the samples of a table.
        table_ids: which table is read, int32 ``[rows, readings]``; None is one for every row.
        order: how often what is read is differentiated by the phase in turns.

    Returns:
        ``[rows, readings, hop_length]``; 0 where the frequency is not below the Nyquist frequency.

    Gradient:
        by the tables what they are read with, added up where it was read; by the phase the slope
        of the line or the cubic.
    """
    settings: dict[str, Any] = {"grid": grid, "stencil": stencil, "order": order}

    @custom_gradient
    def samples(tables: tf.Tensor, *given: tf.Tensor) -> tuple:
        tables, (course, slopes) = tf.identity(tables), unpacked(given[:6])
        ids = tuple(map(tf.identity, given[6:]))

        def gradient(upstream: tf.Tensor) -> tuple:
            by_tables = _spread(upstream, tables, course, slopes, *ids, **settings)
            by_slopes = _by_slopes(upstream, tables, course, slopes, *ids, **settings)
            return by_tables, *by_slopes, *NO_COURSE, *(None for _ in ids)

        parts, tile = (*course, *slopes[1:]), grid.tile
        if ids:
            return over_tiles(
                _read, *parts, *ids, tile=tile, shared=(tables,), **settings
            ), gradient
        return over_tiles(_read, tables, *parts, tile=tile, **settings), gradient

    return samples(tables, *slopes, *course, *(() if table_ids is None else (table_ids,)))


def _spread(
    weights: tf.Tensor,
    tables: tf.Tensor,
    course: Course,
    slopes: Slopes,
    table_ids: tf.Tensor | None = None,
    **settings: Any,
) -> tf.Tensor:
    """Add ``weights [rows, readings, hop_length]`` up where they are read: ``[tables, size]``.

    It is the transpose of :func:`read_tables`; of the tables only the shape is used.
    """
    size = tables.shape[-1]

    @custom_gradient
    def spread(weights: tf.Tensor, count: tf.Tensor, *given: tf.Tensor) -> tuple:
        weights, (course, slopes) = tf.identity(weights), unpacked(given[:6])
        ids = tuple(map(tf.identity, given[6:]))

        def gradient(upstream: tf.Tensor) -> tuple:
            read = (upstream, course, slopes)
            by_weights = read_tables(*read, table_ids=next(iter(ids), None), **settings)
            by_slopes = _by_slopes(weights, *read, *ids, **settings)
            return by_weights, None, *by_slopes, *NO_COURSE, *(None for _ in ids)

        parts, tile = (weights, *course, *slopes[1:]), settings["grid"].tile
        if ids:
            nothing = tf.zeros([count, size], weights.dtype)
            return total_over_tiles(_add, nothing, *parts, *ids, tile=tile, **settings), gradient
        return over_tiles(_add_to_none, *parts, tile=tile, size=size, **settings), gradient

    ids = () if table_ids is None else (table_ids,)
    return spread(weights, tf.shape(tables)[0], *slopes, *course, *ids)


def _by_slopes(
    weights: tf.Tensor,
    tables: tf.Tensor,
    course: Course,
    slopes: Slopes,
    table_ids: tf.Tensor | None = None,
    *,
    grid: OscillatorGrid,
    stencil: Stencil,
    order: int,
) -> tuple[tf.Tensor, ...]:
    """Differentiate the sum of ``weights`` times :func:`read_tables` by the slopes."""
    slope = read_tables(
        tables,
        course,
        slopes,
        grid=grid,
        stencil=stencil,
        table_ids=table_ids,
        order=order + 1,
    )
    basis = tf.constant(grid.slope_basis, weights.dtype)
    return tuple(tf.unstack((weights * slope) @ basis, axis=-1))


def _read(
    tables: tf.Tensor,
    start: tf.Tensor,
    step: tf.Tensor,
    bend: tf.Tensor,
    start_hz: tf.Tensor,
    end_hz: tf.Tensor,
    table_ids: tf.Tensor | None = None,
    *,
    grid: OscillatorGrid,
    stencil: Stencil,
    order: int,
) -> tf.Tensor:
    """The samples ``[rows, readings, hop_length]`` of a tile."""
    size, dtype = tables.shape[-1], tables.dtype
    taps, fraction = _taps(Course(start, step, bend), table_ids, size, stencil, grid, dtype)
    flat = tf.reshape(tables, [-1])
    samples = [tf.gather(flat, tap) for tap in taps]
    total = tf.zeros_like(fraction)
    for power in reversed(_derivative(stencil, order, size)):
        total = total * fraction + sum(
            float(weight) * sample for weight, sample in zip(power, samples, strict=True) if weight
        )
    return tf.where(_audible(start_hz, end_hz, grid), total, tf.zeros_like(total))


def _add(
    total: tf.Tensor,
    weights: tf.Tensor,
    start: tf.Tensor,
    step: tf.Tensor,
    bend: tf.Tensor,
    start_hz: tf.Tensor,
    end_hz: tf.Tensor,
    table_ids: tf.Tensor | None = None,
    *,
    grid: OscillatorGrid,
    stencil: Stencil,
    order: int,
) -> tf.Tensor:
    """The tables ``[tables, size]`` with what a tile adds to them."""
    size, dtype = total.shape[-1], total.dtype
    taps, fraction = _taps(Course(start, step, bend), table_ids, size, stencil, grid, dtype)
    weights = tf.where(_audible(start_hz, end_hz, grid), weights, tf.zeros_like(weights))
    flat, powers = tf.reshape(total, [-1]), _derivative(stencil, order, size)
    for tap, column in zip(taps, powers.T, strict=True):
        share = tf.zeros_like(fraction)
        for weight in reversed(column):
            share = share * fraction + tf.constant(weight, dtype)
        places = tf.reshape(tap, [-1, 1])
        flat = tf.tensor_scatter_nd_add(flat, places, tf.reshape(share * weights, [-1]))
    return tf.reshape(flat, tf.shape(total))


def _add_to_none(weights: tf.Tensor, *parts: tf.Tensor, size: int, **settings: Any) -> tf.Tensor:
    """The tables ``[rows, size]`` of a tile, one for each segment."""
    return _add(tf.zeros([weights.shape[0], size], weights.dtype), weights, *parts, **settings)


def _derivative(stencil: Stencil, order: int, size: int) -> np.ndarray:
    """The weights ``[power, tap]`` of a derivative by the phase in turns."""
    weights = _STENCILS[stencil][1]
    for _ in range(order):
        weights = size * np.arange(1, len(weights))[:, None] * weights[1:]
    return weights


def _audible(start_hz: tf.Tensor, end_hz: tf.Tensor, grid: OscillatorGrid) -> tf.Tensor:
    return tf.abs(grid.hz_along(start_hz, end_hz)) < grid.nyquist_hz


def _taps(
    course: Course,
    table_ids: tf.Tensor | None,
    size: int,
    stencil: Stencil,
    grid: OscillatorGrid,
    dtype: tf.DType,
) -> tuple[list[tf.Tensor], tf.Tensor]:
    """Where in the flat tables every sample is read, and the fraction after the index."""
    index, fraction = _place(units_along(course, grid.hop_length, dtype), size, dtype)
    table_ids = tf.range(course.start.shape[0])[:, None] if table_ids is None else table_ids
    first = (table_ids * size)[..., None]
    before, weights = _STENCILS[stencil]
    ahead = -before % size
    taps = [first + tf.truncatemod(index + ahead + i, size) for i in range(weights.shape[1])]
    return taps, fraction


def _place(units: tf.Tensor, size: int, dtype: tf.DType) -> tuple[tf.Tensor, tf.Tensor]:
    """Split the phase times the size of a table into a whole number, int32, and a fraction."""
    wide = tf.cast(units, tf.int64)
    if dtype == tf.float64:
        upper = tf.bitwise.bitwise_and(tf.bitwise.right_shift(wide, 32), _LOW) * size
        lower = tf.bitwise.bitwise_and(wide, _LOW) * size
        place = upper + tf.bitwise.right_shift(lower, 32)
        finest = tf.cast(tf.bitwise.bitwise_and(lower, _LOW), dtype) * 2.0**-64
        fraction = tf.cast(tf.bitwise.bitwise_and(place, _LOW), dtype) * 2.0**-32 + finest
    else:
        place = tf.bitwise.bitwise_and(wide, _LOW) * size
        half = tf.bitwise.right_shift(tf.bitwise.bitwise_and(place, _LOW), 1)
        fraction = tf.cast(tf.cast(half, tf.int32), dtype) * 2.0**-31
    return tf.cast(tf.bitwise.right_shift(place, 32), tf.int32), fraction
