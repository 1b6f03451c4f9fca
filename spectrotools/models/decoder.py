"""What decoders share: features by name to what processors take by name."""

from collections.abc import Iterable, Mapping
from typing import Any

import keras
import tensorflow as tf

from .._validate import check, integer, number

__all__ = ["FOLLOWING", "HARMONIC_PLUS_NOISE", "Decoder"]

LOUDNESS = "loudness_scaled"
_RANGE = 4.0  # of what is added, over the 80 dB of loudness

HARMONIC_PLUS_NOISE = (("amplitudes", 1), ("harmonic_distribution", 60), ("magnitudes", 65))
# A tone of amplitude 0.1 has a loudness of about 0 dB, and exp_sigmoid(-1) is 0.097.
FOLLOWING = {"amplitudes": -1.0, "magnitudes": 0.0}


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
        following: outputs that follow loudness from the start, with what is added to each where
            the loudness is 0 dB; for every 20 dB less it is 1 less, by which
            :func:`spectrotools.exp_sigmoid` falls by about as much. So a network has to learn only
            what an instrument departs in. Needs the input ``"loudness_scaled"``.
        **options: of ``keras.layers.Layer``.

    Raises:
        ValueError: if there are no inputs or outputs, a name comes twice, or what follows is no
            output or has no loudness to follow.

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
        following: Mapping[str, float] | None = None,
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
        self.following = {
            name: number(f"following[{name!r}]", value, -100.0, 100.0)
            for name, value in dict(following or {}).items()
        }
        rule = f"following must name outputs, of {sorted(dict(self.outputs))}"
        check(set(self.following) <= set(dict(self.outputs)), rule, sorted(self.following))
        heard = not self.following or LOUDNESS in self.inputs
        check(heard, f"inputs must have {LOUDNESS!r} to be followed", self.inputs)
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
        return self._outputs(self.decode(self._chosen(features)), features)

    def step(
        self, features: Mapping[str, tf.Tensor], state: Any
    ) -> tuple[dict[str, tf.Tensor], Any]:
        """Decode the next frames: ``(outputs, state)``.

        However frames are cut into blocks, the outputs of all steps are together those of
        :meth:`call`.
        """
        channels, state = self.decode_step(self._chosen(features), state)
        return self._outputs(channels, features), state

    def _chosen(self, features: Mapping[str, tf.Tensor]) -> list[tf.Tensor]:
        for name in self.inputs:
            check(name in features, f"features must have {name!r}", sorted(features))
        return [features[name] for name in self.inputs]

    def _outputs(
        self, channels: tf.Tensor, features: Mapping[str, tf.Tensor]
    ) -> dict[str, tf.Tensor]:
        names, sizes = zip(*self.outputs, strict=True)
        made = dict(zip(names, tf.split(self.dense_out(channels), sizes, axis=-1), strict=True))
        for name, at_full in self.following.items():
            made[name] += at_full + _RANGE * (features[LOUDNESS] - 1.0)
        return made

    def get_config(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        outputs = [list(output) for output in self.outputs]
        settings = {"inputs": list(self.inputs), "outputs": outputs, "following": self.following}
        return {**super().get_config(), **settings}
