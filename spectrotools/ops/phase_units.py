"""Phase in whole units of a turn: int32 or int64, whose overflow is the wrap around the circle.

There are :math:`2^{32}` of them in a turn in int32, :math:`2^{64}` in int64. Differences and
running sums are exact, and wrap by themselves.
"""

import numpy as np
import tensorflow as tf

__all__ = [
    "half_turns_to_int",
    "int_to_half_turns",
    "int_to_phase",
    "phase_to_int",
    "turns_to_int",
    "unborn_units",
    "units_advance",
    "units_dtype",
    "units_sum",
]

_TURN = 2.0 * np.pi

# Units of a turn, by their type: 2**width of them are one. Snapped phase leaves the lowest bits 0,
# as many as a float of half a turn has no room for.
_WIDTH = {tf.int32: 32, tf.int64: 64}
_SPARE = {tf.int32: 32 - 25, tf.int64: 64 - 54}
_UNITS = {tf.float32: tf.int32, tf.float64: tf.int64}


def units_advance(
    units: tf.Tensor, own: tuple[int, int] | None, before: tf.Tensor | None = None
) -> tf.Tensor:
    """Difference integer phase ``[..., frames, bins]`` along the frames, less the bins' own.

    ``own`` is the hop and the size of the transform, which say how far the middle of a bin
    advances in a hop; None leaves that in. ``before`` is the phase of the frame before the first
    one, ``[..., 1, bins]``; None is that of :func:`unborn_units`.
    """
    unborn = unborn_units(tf.shape(units)[-1], own, units.dtype)
    before = tf.zeros_like(units[..., :1, :]) + unborn if before is None else before
    return units - tf.concat([before, units[..., :-1, :]], axis=-2) + unborn


def units_sum(
    steps: tf.Tensor, own: tuple[int, int] | None, before: tf.Tensor | None = None
) -> tf.Tensor:
    """Sum integer advances along the frames, around the circle: undo :func:`units_advance`."""
    unborn = unborn_units(tf.shape(steps)[-1], own, steps.dtype)
    return tf.cumsum(steps - unborn, axis=-2) + (unborn if before is None else before)


def unborn_units(bins: tf.Tensor | int, own: tuple[int, int] | None, dtype: tf.DType) -> tf.Tensor:
    """Give the phase ``[bins]`` before the first frame, from which each bin's own leads to 0.

    With it, the first advance is the first phase itself.
    """
    if own is None:
        return tf.zeros([bins], dtype)
    hop_length, n_fft = own
    width, grid = _WIDTH[dtype], 2 ** _SPARE[dtype]
    turns = [-k * hop_length % n_fft for k in range(n_fft // 2 + 1)]
    units = [(2 * part * 2**width // n_fft + grid) // (2 * grid) * grid for part in turns]
    half = 2 ** (width - 1)
    table = np.array([(unit + half) % (2 * half) - half for unit in units])
    return tf.constant(table, dtype)[:bins]


def units_dtype(dtype: tf.DType) -> tf.DType:
    """The type of integer phase that goes with a type of real numbers."""
    return _UNITS[dtype]


def phase_to_int(phase: tf.Tensor, *, snapped: bool) -> tf.Tensor:
    """Round phase, radians, to integers, 2**32 to the turn (2**64 in float64).

    Where it is to become a float again, it is ``snapped`` to 2**25 (2**54) places on the turn.
    """
    return turns_to_int(phase * (1.0 / _TURN), snapped=snapped)


def half_turns_to_int(frequency: tf.Tensor) -> tf.Tensor:
    """Round half turns to the integers of :func:`phase_to_int`; exact for snapped ones."""
    return turns_to_int(frequency * 0.5, snapped=False)


def turns_to_int(turns: tf.Tensor, *, snapped: bool) -> tf.Tensor:
    """Round turns to the integers of :func:`phase_to_int`."""
    units = _UNITS[turns.dtype]
    grid = 2.0 ** (_WIDTH[units] - (_SPARE[units] if snapped else 0))
    places = tf.round((turns - tf.round(turns)) * grid)  # the difference is exact
    places = tf.where(places >= grid / 2, places - grid, places)
    whole = tf.cast(places, units)
    return whole * 2 ** _SPARE[units] if snapped else whole


def int_to_half_turns(units: tf.Tensor, dtype: tf.DType) -> tf.Tensor:
    """Give the half turns, in [-1, 1], of integer phase; exact where it is snapped."""
    return tf.cast(units, dtype) * 2.0 ** (1 - _WIDTH[units.dtype])


def int_to_phase(units: tf.Tensor, dtype: tf.DType) -> tf.Tensor:
    """Give the radians, in [-pi, pi], of integer phase."""
    return tf.cast(units, dtype) * (_TURN * 2.0 ** -_WIDTH[units.dtype])
