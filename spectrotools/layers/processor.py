"""Processors: layers of Keras from whatever a network puts out to sound."""

import importlib
from collections.abc import Callable
from typing import Any, Self

import keras
import tensorflow as tf

from .._validate import check
from .settings import described, restored

__all__ = ["Processor", "checked_function", "custom_objects"]


@keras.saving.register_keras_serializable("spectrotools")
class Processor(keras.layers.Layer):
    """A layer in two steps: inputs to controls that a person understands, and those to sound.

    A class of one's own has :meth:`get_controls` and :meth:`get_signal`, which are functions of
    their arguments and of the variables alone; to stream it has :meth:`initial_state`,
    :meth:`step` and, where something is left over, :meth:`flush`.

    All is computed in float32, or float64 if ``dtype`` says so, under any policy: audio is not
    known to three digits.

    Args:
        settings: the arguments of a class of one's own, by name; they become attributes, and are
            saved and loaded.
        **options: of ``keras.layers.Layer``.

    Example:
        >>> import spectrotools as st
        >>> class Gain(st.layers.Processor):
        ...     def get_controls(self, audio, gain_db):
        ...         return {"audio": audio, "gain": st.db_to_amplitude(gain_db)}
        ...
        ...     def get_signal(self, audio, gain):
        ...         return audio * gain[..., None]
        >>> Gain()(tf.ones([1, 2]), tf.constant([20.0])).numpy().tolist()
        [[10.0, 10.0]]
    """

    def __init__(self, *, settings: dict[str, Any] | None = None, **options: Any) -> None:
        super().__init__(**{"dtype": "float32", **options})
        self._names = tuple(settings or ())
        for name, value in (settings or {}).items():
            setattr(self, name, value)

    def get_controls(self, *inputs: Any, **named: Any) -> dict[str, Any]:
        """Make controls, by name, of the inputs."""
        raise NotImplementedError(f"{type(self).__name__} has no get_controls.")

    def get_signal(self, *ordered: Any, **controls: Any) -> tf.Tensor:
        """Make sound ``[..., time]`` of the controls."""
        raise NotImplementedError(f"{type(self).__name__} has no get_signal.")

    def call(self, *inputs: Any, return_outputs_dict: bool = False, **named: Any) -> Any:
        """Make sound of the inputs, those of :meth:`get_controls`.

        With ``return_outputs_dict`` it is ``{"signal": sound, "controls": controls}``.
        """
        controls = self.get_controls(*inputs, **named)
        signal = self.get_signal(**controls)
        return {"signal": signal, "controls": controls} if return_outputs_dict else signal

    def build(self, *shapes: Any, **named: Any) -> None:
        """Do nothing: variables are made with the layer, of sizes that are its settings."""
        self.built = True

    def initial_state(self, batch_shape: tuple[int, ...] = ()) -> Any:
        """The state of a stream of which nothing has come yet, for :meth:`step`."""
        raise NotImplementedError(f"{type(self).__name__} does not stream.")

    def signal_shape(self, batch_shape: tuple[int, ...]) -> tuple[int, ...]:
        """The leading axes of the sound, of those of the inputs."""
        return tuple(batch_shape)

    def step(self, *inputs_and_state: Any) -> tuple[tf.Tensor, Any]:
        """Process the next block: ``step(*inputs, state)`` gives ``(sound, state)``.

        However inputs are cut into blocks, the sounds of all steps and of :meth:`flush` after
        them are together that of the whole.
        """
        raise NotImplementedError(f"{type(self).__name__} does not stream.")

    def flush(self, state: Any) -> tf.Tensor:
        """The sound that a stream still owes when its last block has come."""
        raise NotImplementedError(f"{type(self).__name__} does not stream.")

    def no_more(self, *inputs: tf.Tensor) -> list[tf.Tensor]:
        """Inputs like those given to :meth:`step`, of no more time."""
        return [value[..., :0] for value in inputs]

    def get_config(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        settings = {name: described(getattr(self, name)) for name in self._names}
        return {**super().get_config(), **settings}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Build the processor that ``get_config`` described."""
        kept = ("dtype", "name", "trainable")
        return cls(**{n: v if n in kept else restored(v) for n, v in config.items()})

    def _value(self, name: str) -> tf.Tensor:
        """A parameter of that name as it is now, in the layer's dtype."""
        return tf.cast(getattr(self, name).value(), self.compute_dtype)

    def _input(self, value: Any) -> tf.Tensor:
        """An input of a step as Keras hands it to a call: a tensor, of the layer's dtype."""
        value = tf.convert_to_tensor(value)
        return tf.cast(value, self.compute_dtype) if value.dtype.is_floating else value


def checked_function(name: str, function: Any) -> Callable | None:
    """A function of one tensor, or None for none."""
    check(function is None or callable(function), f"{name} must be a function, or None", function)
    return function


def custom_objects() -> dict[str, type]:
    """Give all classes of this package that a saved model may hold, losses and metrics among them.

    Returns:
        for ``keras.models.load_model(path, custom_objects=st.layers.custom_objects())``. Where
        they are imported already, Keras knows them without.

    Example:
        >>> import spectrotools as st
        >>> st.layers.custom_objects()["spectrotools>Harmonic"].__name__
        'Harmonic'
    """
    package = importlib.import_module(__package__.partition(".")[0])
    found = {}
    for folder in ("layers", "synths", "effects", "losses", "metrics", "models"):
        module = getattr(package, folder)
        for name in module.__all__:
            kind = getattr(module, name)
            if isinstance(kind, type):
                found[keras.saving.get_registered_name(kind)] = kind
    return found
