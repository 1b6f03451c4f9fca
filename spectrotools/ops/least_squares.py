"""Least squares under constraints, for many right-hand sides at once."""

import numpy as np
import tensorflow as tf

from .numerics import sizes

__all__ = ["nonnegative_least_squares"]


def nonnegative_least_squares(
    target: tf.Tensor, matrix: np.ndarray, *, max_iter: int, tolerance: float
) -> tf.Tensor:
    r"""Solve :math:`\min_{x \ge 0} \|x A - y\|` for every row of the target.

    Accelerated projected gradient, each row restarted on its own where its momentum points uphill,
    from the pseudo-inverse with what is negative cut off.

    Args:
        target: ``[rows, outputs]``, y.
        matrix: ``[inputs, outputs]``, A.
        max_iter: iterations at most.
        tolerance: stop when no row moves by more than this, relative to its norm.

    Returns:
        ``[rows, inputs]``.

    References:
        Beck and Teboulle, "A fast iterative shrinkage-thresholding algorithm", SIAM J. Imaging
        Sciences 2(1), 2009, section 4. O'Donoghue and Candès, "Adaptive restart for accelerated
        gradient schemes", Found. Comput. Math. 15, 2015, section 3.2.
    """
    step = 1.0 / np.linalg.norm(matrix, 2) ** 2
    forward = tf.constant(matrix, target.dtype)
    backward = tf.constant(step * matrix.T, target.dtype)
    start = tf.nn.relu(tf.matmul(target, tf.constant(np.linalg.pinv(matrix), target.dtype)))

    def unfinished(count: tf.Tensor, moved: tf.Tensor, *_: tf.Tensor) -> tf.Tensor:
        return (count < max_iter) & (moved > tolerance)

    def improve(
        count: tf.Tensor, _: tf.Tensor, point: tf.Tensor, ahead: tf.Tensor, pace: tf.Tensor
    ) -> tuple:
        gradient = tf.matmul(tf.matmul(ahead, forward) - target, backward)
        new = tf.nn.relu(ahead - gradient)
        uphill = tf.reduce_sum((ahead - new) * (new - point), axis=-1, keepdims=True) > 0
        pace = tf.where(uphill, tf.ones_like(pace), pace)
        faster = (1.0 + tf.sqrt(1.0 + 4.0 * pace**2)) / 2.0
        size = tf.maximum(tf.norm(new, axis=-1), np.finfo(target.dtype.as_numpy_dtype).tiny)
        parts = tf.norm(new - point, axis=-1) / size
        # A row that is no number never settles, and must not keep the others from it.
        moved = tf.reduce_max(tf.where(tf.math.is_finite(parts), parts, tf.zeros_like(parts)))
        return count + 1, moved, new, new + (pace - 1.0) / faster * (new - point), faster

    pace = tf.ones([sizes(target)[0], 1], target.dtype)
    first = (0, tf.constant(np.inf, target.dtype), start, start, pace)
    return tf.while_loop(unfinished, improve, first)[2]
