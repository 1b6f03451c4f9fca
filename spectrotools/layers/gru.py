"""A gated recurrent unit whose gradient XLA can compute fast, and in little memory."""

from typing import Any

import keras
import tensorflow as tf

from ..ops.gated_recurrence import gated_recurrence
from ..ops.numerics import is_for_xla_on_cpu

__all__ = ["GRU"]


class GRU(keras.layers.GRU):
    """The unit of Keras, but for XLA on a CPU, which gets one with a gradient in closed form.

    XLA carries what a loop's gradient needs through every turn of it: of Keras's loop that is a
    gradient of all weights, and a dozen numbers a unit and frame. Weights and numbers are the
    same, within rounding; on a GPU it is cuDNN's.

    Args:
        units: of the state.
        **options: of ``keras.layers.GRU``, those of its arithmetic left as they are.
    """

    def __init__(self, units: int, **options: Any) -> None:
        super().__init__(units, return_sequences=True, **options)

    def inner_loop(
        self, sequences: tf.Tensor, initial_state: Any, mask: Any, training: bool = False
    ) -> tuple[tf.Tensor, tf.Tensor, list[tf.Tensor]]:
        """Run over the frames, as Keras asks: the last state, all, and what to go on from."""
        if mask is not None or not is_for_xla_on_cpu():
            return super().inner_loop(sequences, initial_state, mask, training=training)
        (state,) = initial_state
        weights = (self.cell.kernel, self.cell.recurrent_kernel, self.cell.bias)
        tensors = [tf.convert_to_tensor(weight) for weight in weights]
        states = gated_recurrence(sequences, state, *tensors)
        return states[:, -1], states, [states[:, -1]]
