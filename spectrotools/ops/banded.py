"""Products with matrices whose columns each draw on few neighbouring rows, as filterbanks do."""

import itertools

import numpy as np
import tensorflow as tf

from .numerics import custom_gradient, has_gpu

__all__ = ["banded_matmul"]

_BLOCKS = 4  # more do no less work worth its overhead, for mel banks of 40 to 128 bands
_BLOCKS_ON_GPU = 1  # whose launches and copies of slices cost more than zeros


def banded_matmul(rows: tf.Tensor, matrix: np.ndarray) -> tf.Tensor:
    """Multiply rows by a constant matrix, in blocks that leave most of its zeros out.

    Right for any matrix; one that is not banded is multiplied as a whole.

    Args:
        rows: ``[count, inputs]``, float32 or float64.
        matrix: ``[inputs, outputs]``.

    Returns:
        ``[count, outputs]``.
    """

    @custom_gradient
    def product(rows: tf.Tensor) -> tuple:
        parts = [
            tf.matmul(rows[:, low:high], tf.constant(matrix[low:high, first:last], rows.dtype))
            for first, last, low, high in _blocks(matrix)
        ]
        # The transpose of slices would add full-size paddings of them; this takes slices again.
        return tf.concat(parts, axis=1), lambda upstream: banded_matmul(upstream, matrix.T)

    return product(rows)


def _blocks(matrix: np.ndarray) -> list[tuple[int, int, int, int]]:
    """Runs [first, last) of columns, each with the rows [low, high) that they draw on."""
    inputs, outputs = matrix.shape
    count = _BLOCKS_ON_GPU if has_gpu() else _BLOCKS
    edges = [outputs * i // count for i in range(count + 1)]
    blocks = []
    for first, last in itertools.pairwise(edges):
        used = np.flatnonzero(np.any(matrix[:, first:last], axis=1))
        low, high = (int(used[0]), int(used[-1]) + 1) if used.size else (0, 0)
        blocks.append((first, last, low, high))
    work = sum((last - first) * (high - low) for first, last, low, high in blocks)
    return blocks if work <= matrix.size / 2 else [(0, outputs, 0, inputs)]
