"""Fully connected layers, each normalised."""

from typing import Any

import keras
import tensorflow as tf

from .._validate import integer

__all__ = ["FullyConnected"]

_SLOPE = 0.2  # of what is below 0


@keras.saving.register_keras_serializable("spectrotools")
class FullyConnected(keras.layers.Layer):
    r"""Stack dense layers, each followed by its normalisation and a leaky rectifier.

    .. math:: x \leftarrow \mathrm{leaky}\big(\mathrm{norm}(W x + b)\big)

    where the norm takes every frame for itself, over its units, and the rectifier multiplies what
    is below 0 by 0.2. So a stack mixes nothing over time. Of no layers it gives what it is given.

    Args:
        units: of each layer, at least 1.
        layers: how many, at least 0.
        **options: of ``keras.layers.Layer``.

    Raises:
        ValueError: if a setting is out of its range.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> stack = st.layers.FullyConnected(units=8, layers=3)
        >>> tuple(stack(tf.zeros([2, 10, 1])).shape), stack.count_params()
        ((2, 10, 8), 208)

    References:
        Engel, Hantrakul, Gu, Roberts, "DDSP: differentiable digital signal processing", 2020,
        appendix B.
    """

    def __init__(self, *, units: int = 512, layers: int = 3, **options: Any) -> None:
        super().__init__(**options)
        self.units, count = integer("units", units, 1), integer("layers", layers, 0)
        self.dense = [keras.layers.Dense(self.units) for _ in range(count)]
        self.norms = [keras.layers.LayerNormalization() for _ in range(count)]

    def build(self, shape: Any) -> None:
        """Make the weights for inputs of that shape."""
        for dense, norm in zip(self.dense, self.norms, strict=True):
            dense.build(shape)
            shape = (*shape[:-1], self.units)
            norm.build(shape)

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """Give ``[..., units]`` of ``[..., channels]``."""
        for dense, norm in zip(self.dense, self.norms, strict=True):
            x = tf.nn.leaky_relu(norm(dense(x)), _SLOPE)
        return x

    def get_config(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        return {**super().get_config(), "units": self.units, "layers": len(self.dense)}
