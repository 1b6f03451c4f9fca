"""Sound that a network puts out itself."""

from typing import Any

import keras
import tensorflow as tf

from .._validate import check
from ..layers.processor import Processor

__all__ = ["TensorToAudio"]


@keras.saving.register_keras_serializable("spectrotools")
class TensorToAudio(Processor):
    """Take samples ``[..., time, 1]`` for the sound ``[..., time]``.

    Args:
        **options: of ``keras.layers.Layer``.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> tuple(st.synths.TensorToAudio()(tf.zeros([2, 640, 1])).shape)
        (2, 640)
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)

    def get_controls(self, samples: tf.Tensor) -> dict[str, tf.Tensor]:
        """Pass ``[..., time, 1]`` on."""
        check(samples.shape[-1] in (1, None), "samples must be [..., time, 1]", samples.shape)
        return {"samples": samples}

    def get_signal(self, samples: tf.Tensor) -> tf.Tensor:
        """Drop the last axis."""
        return samples[..., 0]

    def initial_state(self, batch_shape: tuple[int, ...] = ()) -> tf.Tensor:
        """Silence, of no length."""
        return tf.zeros([*batch_shape, 0], self.compute_dtype)

    def step(self, *inputs_and_state: Any) -> tuple[tf.Tensor, tf.Tensor]:
        """Pass the block on: ``step(samples, state)``."""
        samples, state = inputs_and_state
        return self.get_signal(**self.get_controls(self._input(samples))), state

    def flush(self, state: tf.Tensor) -> tf.Tensor:
        """Nothing."""
        return state

    def no_more(self, *inputs: tf.Tensor) -> list[tf.Tensor]:
        """Samples of no more time."""
        return [samples[..., :0, :] for samples in inputs]
