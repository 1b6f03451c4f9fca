"""What all losses are."""

from typing import Any

import keras
import tensorflow as tf

from .._value import Value

__all__ = ["Loss"]


class Loss(Value):
    """A frozen, keyword-only dataclass that measures how far sound is from a target.

    A loss gives one number for each signal of a batch, which Keras averages: so it goes into
    ``compile(loss=...)`` as it is, and the worst of a batch can be found. Its terms, weighted as
    in the sum, are there by name for logging; asking for them costs no second pass.

    A subclass gives :meth:`terms`. Keras saves it with a model and loads it again, for every
    subclass is registered with it, under the name of its package.

    Example:
        >>> import dataclasses
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> @dataclasses.dataclass(frozen=True, kw_only=True)
        ... class Absolute(st.losses.Loss):
        ...     weight: float = 1.0
        ...     def terms(self, target, audio):
        ...         return {"absolute": self.weight * tf.reduce_mean(abs(target - audio), axis=-1)}
        >>> loss = Absolute(weight=2.0)
        >>> loss(tf.zeros([3, 100]), tf.ones([3, 100])).numpy().tolist()
        [2.0, 2.0, 2.0]
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        keras.saving.register_keras_serializable(cls.__module__.split(".")[0])(cls)

    def terms(self, target: Any, audio: Any) -> dict[str, tf.Tensor]:
        """Give the weighted terms of the loss, whose sum it is.

        Args:
            target: ``[..., time]``, the sound that there should be (Keras' ``y_true``).
            audio: ``[..., time]``, the sound that there is (``y_pred``).

        Returns:
            Name of each term to ``[...]``.

        Raises:
            ValueError: if the two do not fit each other, or are too short for what looks at them.
        """
        raise NotImplementedError

    def __call__(self, target: Any, audio: Any) -> tf.Tensor:
        """Give the loss of each signal: the sum of its :meth:`terms`, ``[...]``."""
        return tf.add_n(list(self.terms(target, audio).values()))
