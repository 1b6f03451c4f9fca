"""A parameter in a unit of its own."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from .._validate import number
from .parameters import Parameter

__all__ = ["Scaled"]


@keras.saving.register_keras_serializable("spectrotools")
class Scaled(Parameter):
    r"""A parameter that moves by ``scale`` where its variable moves by 1.

    Adam moves every number by about the learning rate, however many there are. So n numbers that
    add up to one thing, as the taps of a room do, move it :math:`\sqrt n` times as far; a scale of
    :math:`1 / \sqrt n` lets them move it as far as a single number would.

    Args:
        initial: where it begins.
        scale: of the variable, above 0.
        **options: of :class:`Parameter`.

    Raises:
        ValueError: if ``scale`` is not above 0.

    Example:
        >>> import spectrotools as st
        >>> taps = st.layers.Scaled([0.0, 0.5], scale=0.1)
        >>> taps.value().numpy().tolist(), taps.trainable_variables[0].numpy().tolist()
        ([0.0, 0.5], [0.0, 5.0])
    """

    def __init__(self, initial: Any, *, scale: float, **options: Any) -> None:
        self._scale = number("scale", scale, 1e-12)
        super().__init__(initial, **options)

    def value(self) -> tf.Tensor:
        """What the parameter is now."""
        return self._scale * super().value()

    def get_config(self) -> dict[str, Any]:
        """Return the settings."""
        return {**super().get_config(), "scale": self._scale}

    def _free(self, value: np.ndarray) -> np.ndarray:
        return value / self._scale
