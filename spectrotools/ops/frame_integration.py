"""Integration of phase steps one frame after the other, by least squares over the bins.

It hears only the frame before, so that a stream can go on where it stopped; it does not depend on
how loud the sound is; and it is differentiable.
"""

import numpy as np
import tensorflow as tf

__all__ = ["integrate_frame_by_frame", "rising_phasors"]

_LEAST = 1e-9  # part that the frame before has in each equation, or a bin may hear of no phase
_SILENT = 1e-18  # weight of a pause; gradients are divided by its square
_LEVELS = 3  # of cyclic reduction: bins up to 2**3 - 1 away are heard, a window's main lobe
_FAINT = 1e-12  # a sum of phasors this small has no phase


def rising_phasors(up: tf.Tensor) -> tf.Tensor:
    """Sum the steps of each frame from DC up: phasors of frames that follow from no other.

    Args:
        up: ``[batch, frames, bins - 1]``, turns from each bin to the next.

    Returns:
        ``[batch, frames, bins]``, complex, of size 1; DC is 1.
    """
    return _phasor(_lift(up))


def integrate_frame_by_frame(
    first: tf.Tensor, magnitudes: tf.Tensor, ahead: tf.Tensor, up: tf.Tensor
) -> tf.Tensor:
    r"""Integrate phase steps as unit phasors, each frame by least squares from the one before it.

    Frame n is the :math:`u / |u|` of the u that minimises

    .. math:: \sum_k (m_{n-1,k} m_{n,k})^4 |u_k - e^{2 \pi i a_k} p_k|^2
        + \sum_k (m_{n,k} m_{n,k+1})^4 |u_{k+1} - e^{2 \pi i b_k} u_k|^2

    with the phasors p of the frame before, its steps a ``ahead`` and the steps b ``up``: a
    tridiagonal system, solved by cyclic reduction.

    Args:
        first: ``[batch, bins]``, complex phasors of the first frame.
        magnitudes: ``[batch, frames, bins]``; no frame is like one.
        ahead: ``[batch, frames - 1, bins]``, turns from each frame to the next.
        up: ``[batch, frames - 1, bins - 1]``, turns from each bin to the next, of all frames but
            the first.

    Returns:
        ``[batch, frames, bins]`` complex phasors.
    """
    before, beside = _weights(magnitudes)
    # Measured from the sum of its steps up from DC, a frame's phase is smooth, its system real.
    lift = tf.pad(_lift(up), [[0, 0], [1, 0], [0, 0]])
    turn = _phasor(ahead - (lift[:, 1:] - lift[:, :-1]))
    above = tf.pad(beside, [[0, 0], [0, 0], [0, 1]])
    below = tf.pad(beside, [[0, 0], [0, 0], [1, 0]])
    before += _LEAST * (below + above) + _SILENT
    total = before + below + above  # divided by it, all is of a size that gradients survive
    pull = tf.cast(before / total, turn.dtype) * turn
    solver = _cyclic_reduction(tf.ones_like(total), below / total, above / total)

    def advance(phasors: tf.Tensor, frame: tuple) -> tf.Tensor:
        pull, *solver = frame
        return _unit(_solve(pull * phasors, solver))

    # The first frame follows from itself, by steps that change nothing.
    same = tf.ones_like(first)[:, tf.newaxis]
    idle = [tf.zeros_like(tf.math.real(same))] * len(solver)
    pairs = zip([same, *idle], [pull, *solver], strict=True)
    steps = tuple(tf.transpose(tf.concat(pair, axis=1), [1, 0, 2]) for pair in pairs)
    phasors = tf.scan(advance, steps, first)
    return tf.transpose(phasors, [1, 0, 2]) * _phasor(lift)


def _weights(magnitudes: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Weights of the equations to the frame before and to the next bin, of all but frame 0."""
    tiny = np.finfo(magnitudes.dtype.as_numpy_dtype).tiny
    loudest = tf.reduce_max(magnitudes, axis=2, keepdims=True)
    unit = tf.maximum(tf.maximum(loudest[:, :-1], loudest[:, 1:]), tiny)
    past, present = magnitudes[:, :-1] / unit, magnitudes[:, 1:] / unit
    return _fourth(past * present), _fourth(present[:, :, :-1] * present[:, :, 1:])


def _fourth(values: tf.Tensor) -> tf.Tensor:
    return tf.square(tf.square(values))  # pow is ten times as slow


def _lift(up: tf.Tensor) -> tf.Tensor:
    return tf.cumsum(tf.pad(up, [[0, 0], [0, 0], [1, 0]]), axis=2)


def _cyclic_reduction(diagonal: tf.Tensor, below: tf.Tensor, above: tf.Tensor) -> list[tf.Tensor]:
    """Prepare ``diagonal u_k - below u_{k-1} - above u_{k+1} = right`` for any right side.

    Each level replaces every equation by its sum with the two beside it, which makes the
    neighbours of u twice as far away and their weights smaller; after the last they are dropped.
    """
    solver = []
    for level in range(_LEVELS):
        shift = 2**level
        from_below = tf.math.divide_no_nan(below, _shifted(diagonal, shift))
        from_above = tf.math.divide_no_nan(above, _shifted(diagonal, -shift))
        diagonal = (
            diagonal - from_below * _shifted(above, shift) - from_above * _shifted(below, -shift)
        )
        below = from_below * _shifted(below, shift)
        above = from_above * _shifted(above, -shift)
        solver += [from_below, from_above]
    return solver


def _solve(right: tf.Tensor, solver: list[tf.Tensor]) -> tf.Tensor:
    """Solve the prepared equations, but for a positive factor of each unknown."""
    parts = tf.stack([tf.math.real(right), tf.math.imag(right)])  # padded faster than complex ones
    for level in range(_LEVELS):
        from_below, from_above = solver[2 * level :][:2]
        below, above = _shifted(parts, 2**level), _shifted(parts, -(2**level))
        parts += from_below * below + from_above * above
    return tf.complex(parts[0], parts[1])


def _shifted(values: tf.Tensor, by: int) -> tf.Tensor:
    """``values[..., k - by]``, and 0 where there is none."""
    bins = values.shape[-1]
    count = min(abs(by), bins)
    kept = values[..., : bins - count] if by > 0 else values[..., count:]
    sides = [count, 0] if by > 0 else [0, count]
    return tf.pad(kept, [[0, 0]] * (values.shape.rank - 1) + [sides])


def _unit(values: tf.Tensor) -> tf.Tensor:
    return values * tf.cast(1 / tf.maximum(tf.abs(values), _FAINT), values.dtype)


def _phasor(turns: tf.Tensor) -> tf.Tensor:
    turns -= tf.stop_gradient(tf.round(turns))
    return tf.complex(tf.cos(2 * np.pi * turns), tf.sin(2 * np.pi * turns))
