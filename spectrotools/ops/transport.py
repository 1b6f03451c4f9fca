r"""Optimal transport on a line: what it costs to move one distribution of mass into another.

On a line the cheapest plan never crosses its own path: it moves the mass between the quantiles
:math:`q` and :math:`q + dq` of one distribution to the same quantiles of the other. So the cost
of any convex power p is

.. math:: W_p^p = \int_0^1 |F^{-1}(q) - G^{-1}(q)|^p \, dq,

a sum over the steps of both cumulative distributions F and G, and for p = 1 also
:math:`\int |F(x) - G(x)| \, dx`.
"""

import functools
from typing import Any

import numpy as np
import tensorflow as tf

from .._validate import check
from .arguments import alike, check_broadcast, check_values, common_dtype
from .numerics import compiled, with_shape

__all__ = ["grid_transport_cost", "transport_cost"]


def transport_cost(
    u_values: Any, v_values: Any, u_weights: Any, v_weights: Any, *, p: float = 1.0
) -> tf.Tensor:
    r"""Give the least cost of moving masses on a line from some places to others.

    That is :math:`W_p^p`, the p-th power of the Wasserstein distance, which for p = 1 is the
    distance itself. Both masses are taken in parts of their sums, so that twice the weight costs
    the same; weights that are all 0 are taken as all equal.

    Args:
        u_values: ``[..., n]``, places, in any order.
        v_values: ``[..., m]``, places.
        u_weights: ``[..., n]``, the mass at each place, at least 0.
        v_weights: ``[..., m]``, likewise.
        p: the power of the way that a part of the mass goes, in [1, 8].

    Returns:
        ``[...]``, in the unit of the places to the power of p.

    Raises:
        ValueError: if an argument is not floating point or out of its range, or shapes do not fit.

    Gradient:
        By places and weights. Where both distributions have steps of the same height, such as
        two that are equal, it is one of those from either side.

    Example:
        >>> import spectrotools as st
        >>> cost = st.transport_cost([440.0, 880.0], [550.0], [0.75, 0.25], [2.0])
        >>> f"{float(cost):.1f} Hz"
        '165.0 Hz'

    References:
        Villani, "Topics in optimal transportation", 2003, theorem 2.18.
    """
    check_values("p", p, 1.0, 8.0)
    names = {"u_values": u_values, "v_values": v_values}
    names |= {"u_weights": u_weights, "v_weights": v_weights}
    tensors = alike(**names)
    for name, tensor in zip(names, tensors, strict=True):
        vacant = tensor.shape.rank == 0 or tensor.shape[-1:] == [0]
        check(not vacant, f"{name} must have at least one place", tensor.shape)
    _check_places("u", tensors[0], tensors[2])
    _check_places("v", tensors[1], tensors[3])
    check_broadcast(**{n: tensor.shape[:-1] for n, tensor in zip(names, tensors, strict=True)})
    return _transport_cost(*tensors, p=float(p))


def _check_places(side: str, values: tf.Tensor, weights: tf.Tensor) -> None:
    fits = values.shape[-1:].is_compatible_with(weights.shape[-1:])
    rule = f"{side}_values and {side}_weights must be of one number of places"
    check(fits, rule, f"{values.shape} and {weights.shape}")


@compiled
def _transport_cost(
    u: tf.Tensor, v: tf.Tensor, u_weights: tf.Tensor, v_weights: tf.Tensor, *, p: float
) -> tf.Tensor:
    kept, working = common_dtype(u, v, u_weights, v_weights)
    tensors = [tf.cast(tensor, working) for tensor in (u, v, u_weights, v_weights)]
    leading = functools.reduce(
        tf.broadcast_dynamic_shape, [tf.shape(tensor)[:-1] for tensor in tensors]
    )
    flat = [_spread(tensor, leading) for tensor in tensors]
    (u, u_weights), (v, v_weights) = _in_order(flat[0], flat[2]), _in_order(flat[1], flat[3])
    mass, from_u, to_v = _plan(_cumulative(u_weights), _cumulative(v_weights))
    way = tf.abs(_taken(u, from_u) - _taken(v, to_v))
    cost = tf.reshape(tf.reduce_sum(mass * _power(way, p), axis=-1), leading)
    known = functools.reduce(tf.broadcast_static_shape, [tensor.shape[:-1] for tensor in tensors])
    return tf.cast(with_shape(cost, known), kept)


def _spread(tensor: tf.Tensor, leading: tf.Tensor) -> tf.Tensor:
    """A tensor for each item of a batch, ``[batch, places]``."""
    shape = tf.concat([leading, tf.shape(tensor)[-1:]], axis=0)
    rows = tf.reshape(tf.broadcast_to(tensor, shape), [tf.reduce_prod(leading), shape[-1]])
    return with_shape(rows, [None, None if tensor.shape.rank is None else tensor.shape[-1]])


def grid_transport_cost(
    u_weights: tf.Tensor, v_weights: tf.Tensor, grid: np.ndarray, *, p: float
) -> tf.Tensor:
    """Give the :func:`transport_cost` between masses at the same places.

    Args:
        u_weights: ``[batch, n]``, float32 or float64.
        v_weights: ``[batch, n]``.
        grid: ``[n]``, places in order.
        p: power.

    Returns:
        ``[batch]``.
    """
    below = _cumulative(u_weights), _cumulative(v_weights)
    if p == 1:
        steps = tf.constant(np.diff(grid), u_weights.dtype)
        return tf.linalg.matvec(tf.abs(below[0] - below[1])[:, :-1], steps)
    mass, from_u, to_v = _plan(*below)
    places = tf.constant(grid, u_weights.dtype)
    way = tf.abs(tf.gather(places, from_u) - tf.gather(places, to_v))
    return tf.reduce_sum(mass * _power(way, p), axis=-1)


def _in_order(values: tf.Tensor, weights: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    order = tf.argsort(values, axis=-1, stable=True)
    return _taken(values, order), _taken(weights, order)


def _taken(values: tf.Tensor, index: tf.Tensor) -> tf.Tensor:
    """What stands at the indices along the last axis."""
    return tf.gather(values, index, axis=-1, batch_dims=1)


def _power(way: tf.Tensor, p: float) -> tf.Tensor:
    """A way to the power of p, with a gradient of 0 where there is none to go."""
    if p in (1.0, 2.0):
        return way if p == 1.0 else tf.square(way)
    moved = way > 0
    return tf.where(moved, tf.where(moved, way, tf.ones_like(way)) ** p, tf.zeros_like(way))


def _cumulative(weights: tf.Tensor) -> tf.Tensor:
    """Which part of the mass is at each place or before it."""
    total = tf.reduce_sum(weights, axis=-1, keepdims=True)
    there = tf.not_equal(total, 0.0)  # as NaN is too, and so it stays NaN
    even = tf.ones_like(weights) / tf.cast(tf.shape(weights)[-1], weights.dtype)
    parts = weights / tf.where(there, total, tf.ones_like(total))
    return tf.cumsum(tf.where(tf.broadcast_to(there, tf.shape(parts)), parts, even), axis=-1)


def _plan(u_below: tf.Tensor, v_below: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """The cheapest plan: ``[batch, n + m - 1]`` masses, and where each goes from and to.

    A part of the mass ends wherever one of the distributions has a step.
    """
    levels = tf.concat([u_below[..., :-1], v_below[..., :-1]], axis=-1)
    order = tf.argsort(levels, axis=-1, stable=True)
    levels = _taken(levels, order)
    none = tf.zeros_like(u_below[..., :1])
    mass = tf.concat([levels, none + 1.0], axis=-1) - tf.concat([none, levels], axis=-1)
    steps = tf.cast(order < tf.shape(u_below)[-1] - 1, tf.int32)
    first = tf.zeros_like(none, tf.int32)
    from_u = tf.concat([first, tf.cumsum(steps, axis=-1)], axis=-1)
    to_v = tf.concat([first, tf.cumsum(1 - steps, axis=-1)], axis=-1)
    return mass, from_u, to_v
