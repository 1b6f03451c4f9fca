"""Sound without its beginning or its end."""

from typing import Any, Literal

import keras
import tensorflow as tf

from .._validate import check, integer, one_of
from ..layers.processor import Processor

__all__ = ["Crop"]

Place = Literal["front", "back"]


@keras.saving.register_keras_serializable("spectrotools")
class Crop(Processor):
    """Cut a number of samples off.

    Args:
        samples: how many, at least 0.
        place: ``"front"`` or ``"back"``.
        **options: of ``keras.layers.Layer``.

    Raises:
        ValueError: if a setting is out of its range, or a sound is shorter than what is cut off.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> st.effects.Crop(samples=1, place="back")(tf.constant([[1.0, 2.0, 3.0]])).numpy()
        array([[1., 2.]], dtype=float32)
    """

    def __init__(self, *, samples: int, place: Place = "front", **options: Any) -> None:
        settings = {
            "samples": integer("samples", samples, 0),
            "place": one_of("place", place, Place),
        }
        super().__init__(settings=settings, **options)

    def get_controls(self, audio: tf.Tensor) -> dict[str, tf.Tensor]:
        """Pass the sound on."""
        time = audio.shape[-1]
        enough = time is None or time >= self.samples
        check(enough, f"audio must have at least samples={self.samples}", time)
        return {"audio": audio}

    def get_signal(self, audio: tf.Tensor) -> tf.Tensor:
        """Cut."""
        if self.place == "front":
            return audio[..., self.samples :]
        return audio[..., : tf.shape(audio)[-1] - self.samples]

    def initial_state(self, batch_shape: tuple[int, ...] = ()) -> dict[str, tf.Tensor]:
        """The state of a stream of which nothing has come yet, for :meth:`step`."""
        nothing = tf.zeros([*batch_shape, 0], self.compute_dtype)
        return {"pending": nothing, "left": tf.constant(self.samples)}

    def step(self, *inputs_and_state: Any) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Drop what comes first, or hold back what may be last: ``step(audio, state)``."""
        audio, state = inputs_and_state
        audio = self._input(audio)
        if self.place == "front":
            left = state["left"]
            return audio[..., left:], {**state, "left": tf.maximum(left - tf.shape(audio)[-1], 0)}
        whole = tf.concat([state["pending"], audio], axis=-1)
        ready = tf.maximum(tf.shape(whole)[-1] - self.samples, 0)
        return whole[..., :ready], {**state, "pending": whole[..., ready:]}

    def flush(self, state: dict[str, tf.Tensor]) -> tf.Tensor:
        """Nothing: what is still held back is what is cut off."""
        return state["pending"][..., :0]
