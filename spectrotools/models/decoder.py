"""What decoders share: features by name to what processors take by name."""

from collections.abc import Iterable, Mapping
from typing import Any

import keras
import tensorflow as tf

from .._validate import check, integer

__all__ = ["HARMONIC_PLUS_NOISE", "Decoder"]

HARMONIC_PLUS_NOISE = (("amplitudes", 1), ("harmonic_distribution", 60), ("magnitudes", 65))


@keras.saving.register_keras_serializable("spectrotools")
class Decoder(keras.layers.Layer):
    """A network from features of sound to the inputs of processors, frame by frame.

    A decoder of one's own has :meth:`decode`, which gives channels to all frames; a dense layer
    makes of them as many numbers as the outputs need. To stream, it has :meth:`initial_state` and
    :meth:`decode_step`.

    Args:
        inputs: names of the features: ``"f0_scaled"``, ``"loudness_scaled"``,
            ``"pitch_scaled"``, ``"velocity_scaled"``, and ``"z"`` of an encoder.
        outputs: ``(name, size)`` of all that it puts out.
        **options: of ``keras.layers.Layer``.

    Raises:
        ValueError: if there are no inputs or outputs, or a name comes twice.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> class Linear(st.models.Decoder):
        ...     def decode(self, features):
        ...         return tf.concat(features, axis=-1)
        >>> decoder = Linear(inputs=["loudness_scaled"], outputs=[("amplitudes", 1)])
        >>> tuple(decoder({"loudness_scaled": tf.zeros([2, 10, 1])})["amplitudes"].shape)
        (2, 10, 1)
    """

    def __init__(
        self,
        *,
        inputs: Iterable[str],
        outputs: Iterable[tuple[str, int]] = HARMONIC_PLUS_NOISE,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.inputs = tuple(inputs)
        self.outputs = tuple((str(name), integer(str(name), n, 1)) for name, n in outputs)
        for kind, names in (("inputs", self.inputs), ("outputs", tuple(dict(self.outputs)))):
            check(len(names) > 0, f"{kind} must have at least one name", names)
        given = len(self.inputs), len(self.outputs)
        apart = (len(set(self.inputs)), len(dict(self.outputs))) == given
        check(apart, "inputs and outputs must each have names of their own", given)
        self.dense_out = keras.layers.Dense(sum(size for _, size in self.outputs))

    def decode(self, features: list[tf.Tensor]) -> tf.Tensor:
        """Make channels ``[batch, frames, channels]`` of the features, in their order."""
        raise NotImplementedError(f"{type(self).__name__} has no decode.")

    def initial_state(self, batch_size: int) -> Any:
        """The state of a stream of which nothing has come yet, for :meth:`step`."""
        raise ValueError(f"decoder must stream; got {type(self).__name__}.")

    def decode_step(self, features: list[tf.Tensor], state: Any) -> tuple[tf.Tensor, Any]:
        """Do the same as :meth:`decode` for the next frames: ``(channels, state)``."""
        raise ValueError(f"decoder must stream; got {type(self).__name__}.")

    def call(self, features: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Decode all frames.

        Args:
            features: ``[batch, frames, size]`` by name; more than the inputs may be given.

        Returns:
            ``[batch, frames, size]`` by the names of the outputs.
        """
        return self._split(self.decode(self._chosen(features)))

    def step(
        self, features: Mapping[str, tf.Tensor], state: Any
    ) -> tuple[dict[str, tf.Tensor], Any]:
        """Decode the next frames: ``(outputs, state)``.

        However frames are cut into blocks, the outputs of all steps are together those of
        :meth:`call`.
        """
        channels, state = self.decode_step(self._chosen(features), state)
        return self._split(channels), state

    def _chosen(self, features: Mapping[str, tf.Tensor]) -> list[tf.Tensor]:
        for name in self.inputs:
            check(name in features, f"features must have {name!r}", sorted(features))
        return [features[name] for name in self.inputs]

    def _split(self, channels: tf.Tensor) -> dict[str, tf.Tensor]:
        names, sizes = zip(*self.outputs, strict=True)
        return dict(zip(names, tf.split(self.dense_out(channels), sizes, axis=-1), strict=True))

    def get_config(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        outputs = [list(output) for output in self.outputs]
        return {**super().get_config(), "inputs": list(self.inputs), "outputs": outputs}
