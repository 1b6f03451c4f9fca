"""The sum of sounds."""

from typing import Any

import keras
import tensorflow as tf

from .._validate import check
from ..layers.processor import Processor
from .joining import check_same_length, joined

__all__ = ["Add"]


@keras.saving.register_keras_serializable("spectrotools")
class Add(Processor):
    """Add sounds up.

    Inputs are any number of sounds, of one length. In a stream those that come first wait.

    Args:
        **options: of ``keras.layers.Layer``.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> st.effects.Add()(tf.ones([1, 3]), tf.fill([1, 3], 2.0)).numpy().tolist()
        [[3.0, 3.0, 3.0]]
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)

    def get_controls(self, *signals: tf.Tensor) -> dict[str, tf.Tensor]:
        """Name the sounds."""
        check(len(signals) > 0, "signals must be at least one", len(signals))
        named = {f"signal_{number}": signal for number, signal in enumerate(signals, 1)}
        check_same_length(**named)
        return named

    def get_signal(self, **signals: tf.Tensor) -> tf.Tensor:
        """Add up."""
        first, *others = signals.values()
        return sum(others, start=first)

    def initial_state(self, batch_shape: tuple[int, ...] = ()) -> tf.Tensor:
        """The state of a stream of which nothing has come yet, for :meth:`step`."""
        return tf.zeros([*batch_shape, 0], self.compute_dtype)

    def step(self, *inputs_and_state: Any) -> tuple[tf.Tensor, Any]:
        """Add up as much as has come of all: ``step(*signals, state)``."""
        *signals, state = inputs_and_state
        blocks = [self._input(signal) for signal in signals]
        pending = state if isinstance(state, list) else [state] * len(blocks)
        ready, pending = joined(blocks, pending)
        return self.get_signal(**self.get_controls(*ready)), pending

    def flush(self, state: Any) -> tf.Tensor:
        """Nothing, if all sounds were as long as each other."""
        return (state[0] if isinstance(state, list) else state)[..., :0]
