"""Parameters that are matrices of a kind."""

from typing import Any, Literal

import keras
import numpy as np
import tensorflow as tf

from .._validate import check, integer, one_of
from .parameters import Parameter

__all__ = ["LowRank", "Orthogonal"]

Rotation = Literal["cayley", "exp"]


@keras.saving.register_keras_serializable("spectrotools")
class LowRank(Parameter):
    """A matrix that is the product of two thin ones.

    Args:
        initial: where it begins, ``[rows, columns]``; the nearest matrix of that rank is taken.
        rank: columns of the first factor, at least 1.
        **options: of :class:`Parameter`.

    Raises:
        ValueError: if the value is no matrix, or ``rank`` is larger than either of its sides.

    Example:
        >>> import spectrotools as st
        >>> matrix = st.layers.LowRank([[1.0, 2.0], [2.0, 4.0]], rank=1)
        >>> [[f"{x:.1f}" for x in row] for row in matrix.value()]
        [['1.0', '2.0'], ['2.0', '4.0']]
    """

    def __init__(self, initial: Any, *, rank: int, **options: Any) -> None:
        self._rank = integer("rank", rank, 1)
        super().__init__(initial, **options)

    def value(self) -> tf.Tensor:
        """What the parameter is now."""
        both, rows = super().value(), self._shape[0]
        return tf.matmul(both[:rows], both[rows:], transpose_b=True)

    def get_config(self) -> dict[str, Any]:
        """Return the settings."""
        return {**super().get_config(), "rank": self._rank}

    def _free_shape(self) -> tuple[int, ...]:
        check(len(self._shape) == 2, "initial must be a matrix", self._shape)
        integer("rank", self._rank, 1, min(self._shape))
        return sum(self._shape), self._rank

    def _free(self, value: np.ndarray) -> np.ndarray:
        left, sizes, right = np.linalg.svd(value, full_matrices=False)
        root = np.sqrt(sizes[: self._rank])
        return np.concatenate([left[:, : self._rank] * root, right[: self._rank].T * root])


@keras.saving.register_keras_serializable("spectrotools")
class Orthogonal(Parameter):
    r"""A square matrix Q that keeps lengths, :math:`Q^T Q = 1`.

    With the skew matrix :math:`S = W - W^T` of a variable, the initial matrix is turned by
    Cayley's :math:`(1 - S)(1 + S)^{-1}`, or by :math:`e^S`. Training begins at :math:`S = 0`.

    Args:
        initial: an orthogonal matrix to begin with, ``[size, size]``, or an initializer of one.
        form: ``"cayley"`` or ``"exp"``.
        **options: of :class:`Parameter`.

    Raises:
        ValueError: if ``initial`` is no orthogonal matrix.

    Example:
        >>> import spectrotools as st
        >>> matrix = st.layers.Orthogonal([[0.6, -0.8], [0.8, 0.6]])
        >>> [[f"{x:.1f}" for x in row] for row in matrix.value()]
        [['0.6', '-0.8'], ['0.8', '0.6']]

    References:
        Lezcano-Casado, Martínez-Rubio, "Cheap orthogonal constraints in neural networks", 2019.
    """

    def __init__(self, initial: Any, *, form: Rotation = "cayley", **options: Any) -> None:
        self._form = one_of("form", form, Rotation)
        super().__init__(initial, **options)

    def value(self) -> tf.Tensor:
        """What the parameter is now."""
        free, start = super().value(), tf.convert_to_tensor(self._start)
        skew = free - tf.transpose(free)
        if self._form == "exp":
            return tf.matmul(_exponential(skew), start)
        one = tf.eye(self._shape[0], dtype=skew.dtype)
        return tf.linalg.solve(one + skew, tf.matmul(one - skew, start))

    def get_config(self) -> dict[str, Any]:
        """Return the settings."""
        return {**super().get_config(), "form": self._form}

    def _made(self) -> keras.Variable:
        square = len(self._shape) == 2 and self._shape[0] == self._shape[1]
        check(square, "initial must be a square matrix", self._shape)
        self._start = self.add_weight(
            name="start",
            shape=self._shape,
            initializer=self._initializer,
            trainable=False,
            autocast=False,
        )
        return self.add_weight(
            name="variable",
            shape=self._shape,
            initializer="zeros",
            trainable=self.trainable,
            autocast=False,
        )

    def _free(self, value: np.ndarray) -> np.ndarray:
        off = np.max(np.abs(value.T @ value - np.eye(len(value))))
        check(off < 1e-3, "initial must be orthogonal, Q.T @ Q = 1", value)
        return value


def _exponential(matrix: tf.Tensor) -> tf.Tensor:
    """The exponential of a matrix whose norm is at most a thousand, by squaring its small part.

    ``tf.linalg.expm`` has a loop of a length that XLA does not know. In float64 the ten squarings
    cost nothing that float32 could tell.
    """
    small, one = tf.cast(matrix, tf.float64) / 1024.0, tf.eye(matrix.shape[0], dtype=tf.float64)
    result = one
    for order in range(12, 0, -1):
        result = one + tf.matmul(small, result) / order
    for _ in range(10):
        result = tf.matmul(result, result)
    return tf.cast(result, matrix.dtype)
