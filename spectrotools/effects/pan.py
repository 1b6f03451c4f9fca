"""A place between two channels."""

from typing import Any

import keras
import tensorflow as tf

from .._validate import one_of
from ..layers.parameters import within_range
from ..ops.mixing import PanLaw, pan
from .effect import Effect

__all__ = ["Pan"]


@keras.saving.register_keras_serializable("spectrotools")
class Pan(Effect):
    """Put a sound between left and right: :func:`spectrotools.pan` as a layer.

    Args:
        position: a parameter in [-1, 1], from left to right.
        law: as in :func:`spectrotools.pan`.
        **options: of ``keras.layers.Layer``.

    Raises:
        ValueError: if a setting is out of its range.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> right = st.effects.Pan(position=1.0)
        >>> right(tf.constant([[1.0, 2.0]])).numpy().round(3).tolist()
        [[[0.0, 0.0], [1.0, 2.0]]]
    """

    def __init__(
        self, *, position: Any = 0.0, law: PanLaw = "equal_power", **options: Any
    ) -> None:
        own = {"dtype": options.get("dtype", "float32")}
        settings = {
            "position": within_range("position", position, -1.0, 1.0, **own),
            "law": one_of("law", law, PanLaw),
        }
        super().__init__(settings=settings, **options)

    def get_controls(self, audio: tf.Tensor) -> dict[str, tf.Tensor]:
        """Give the place as it is now.

        Args:
            audio: ``[..., time]``.
        """
        return {"audio": audio, "position": self._value("position")}

    def signal_shape(self, batch_shape: tuple[int, ...]) -> tuple[int, ...]:
        """The leading axes of the sound, of those of the inputs: two channels are added."""
        return (*batch_shape, 2)

    def flush(self, state: dict[str, Any]) -> tf.Tensor:
        """Nothing: an effect gives as much as it is given."""
        return self.get_signal(**self.get_controls(state["silence"]))

    def _process(self, controls: dict[str, Any], left: Any) -> tuple[tf.Tensor, Any]:
        return pan(controls["audio"], controls["position"], law=self.law), None
