"""Integration of steps on a grid along the strongest paths, all at once.

Whatever path is taken from one place of a spectrogram to another, the steps of phase along it sum
up to a phase; the sums differ, because around a zero the steps do not close. The path to trust is
the loudest: the one whose quietest place is loudest. All these paths together are the maximum
spanning forest of the grid, and Boruvka's algorithm finds it in a few rounds, in each of which
every tree grows by its best edge at the same time.

References:
    Nesetril, Milkova and Nesetrilova, "Otakar Boruvka on minimum spanning tree problem", Discrete
    Mathematics 233, 2001.
"""

import tensorflow as tf

from .numerics import sizes

__all__ = ["integrate_along_forest"]

_NONE = 0  # the key of no edge


def integrate_along_forest(
    weights: tf.Tensor, ahead: tf.Tensor, up: tf.Tensor, *, tolerance: float = 1e-6
) -> tf.Tensor:
    """Sum steps along the maximum spanning forest of the grids ``[batch, frames, bins]``.

    An edge is as strong as the weaker of its ends, times the root of the other: of the edges of a
    quiet place, the one to its loudest neighbour. Sums wrap around the circle, as int32 does.

    Args:
        weights: ``[batch, frames, bins]``, float32, not negative.
        ahead: ``[batch, frames - 1, bins]``, int32: from each frame to the next.
        up: ``[batch, frames, bins - 1]``, int32: from each bin to the next.
        tolerance: what is weaker than this part of the strongest of its grid is left at 0.

    Returns:
        ``[batch, frames, bins]``, int32; the root of each tree has 0.
    """
    batch, frames, bins = sizes(weights)
    count = batch * frames * bins
    ahead = tf.pad(ahead, [[0, 0], [0, 1], [0, 0]])
    up = tf.pad(up, [[0, 0], [0, 0], [0, 1]])
    steps = tf.reshape(tf.stack([ahead, up], axis=-1), [2 * count])
    keys = _edge_keys(weights, tolerance)
    grid = [batch, frames, bins]

    def grow(tree: tf.Tensor, total: tf.Tensor, _: tf.Tensor) -> tuple:
        candidates = _strongest_way_out(tf.reshape(tree, grid), keys)
        best = tf.math.unsorted_segment_max(candidates, tree, count)
        parent, offset = _hooked(best, tree, total, steps, bins)
        parent, offset = _to_the_roots(parent, offset)
        grown = tf.reduce_any(best > _NONE)
        return tf.gather(parent, tree), total + tf.gather(offset, tree), grown

    alone = (tf.range(count), tf.zeros([count], tf.int32), tf.constant(True))
    _, total, _ = tf.while_loop(lambda *state: state[2], grow, alone)
    return tf.reshape(total, grid)


def _edge_keys(weights: tf.Tensor, tolerance: float) -> tuple[tf.Tensor, tf.Tensor]:
    """Order the edges to the next frame and to the next bin: by strength, then by number.

    The order is strict and the same from both ends, so that no round closes a cycle. Bits of
    floats that are not negative are ordered as the floats are.
    """
    strongest = tf.reduce_max(weights, axis=[1, 2], keepdims=True)
    relative = tf.math.divide_no_nan(weights, strongest)
    relative = tf.where(relative >= tolerance, relative, 0.0)
    number = 2 * tf.reshape(
        tf.range(tf.size(weights, tf.int64), dtype=tf.int64), tf.shape(weights)
    )

    def key(other: tf.Tensor, axis: int) -> tf.Tensor:
        strength = tf.minimum(relative, other) * tf.sqrt(tf.maximum(relative, other))
        bits = tf.cast(tf.bitcast(strength, tf.int32), tf.int64)
        return tf.where(bits > 0, bits * 2**32 + number + axis, _NONE)

    next_frame = tf.pad(relative[:, 1:], [[0, 0], [0, 1], [0, 0]])
    next_bin = tf.pad(relative[:, :, 1:], [[0, 0], [0, 0], [0, 1]])
    return key(next_frame, 0), key(next_bin, 1)


def _strongest_way_out(tree: tf.Tensor, keys: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
    """The best key at each place of an edge that leaves its tree, flat."""
    by_frame, by_bin = ([0, 0], [0, 1], [0, 0]), ([0, 0], [0, 0], [0, 1])
    leaves = tf.pad(tree[:, 1:] != tree[:, :-1], by_frame)
    later = tf.where(leaves, keys[0], _NONE)
    leaves = tf.pad(tree[:, :, 1:] != tree[:, :, :-1], by_bin)
    higher = tf.where(leaves, keys[1], _NONE)
    earlier = tf.pad(later[:, :-1], [[0, 0], [1, 0], [0, 0]])
    lower = tf.pad(higher[:, :, :-1], [[0, 0], [0, 0], [1, 0]])
    best = tf.maximum(tf.maximum(later, higher), tf.maximum(earlier, lower))
    return tf.reshape(best, [-1])


def _hooked(
    best: tf.Tensor, tree: tf.Tensor, total: tf.Tensor, steps: tf.Tensor, bins: tf.Tensor | int
) -> tuple[tf.Tensor, tf.Tensor]:
    """Hang each root on the tree that its best edge leads to: its parent, and its sum from there.

    Of two roots that chose the same edge the first stays a root.
    """
    root = tf.range(tf.size(tree))
    grows = best > _NONE
    edge = tf.cast(tf.where(grows, best % 2**32, 0), tf.int32)
    near = edge // 2
    far = tf.minimum(near + tf.where(edge % 2 == 0, bins, 1), tf.size(tree) - 1)
    step = tf.gather(steps, edge) + tf.gather(total, near) - tf.gather(total, far)
    near, far = tf.gather(tree, near), tf.gather(tree, far)
    parent = tf.where(grows, tf.where(near == root, far, near), root)
    offset = tf.where(grows, tf.where(near == root, -step, step), 0)
    stays = (tf.gather(parent, parent) == root) & (root < parent)
    return tf.where(stays, root, parent), tf.where(stays, 0, offset)


def _to_the_roots(parent: tf.Tensor, offset: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Follow parents to the roots, twice as far each time, summing offsets."""

    def jump(parent: tf.Tensor, offset: tf.Tensor, _: tf.Tensor) -> tuple:
        further = tf.gather(parent, parent)
        moved = tf.reduce_any(further != parent)
        return further, offset + tf.gather(offset, parent), moved

    return tf.while_loop(lambda *state: state[2], jump, (parent, offset, tf.constant(True)))[:2]
