"""DDSP's decoder: a recurrent layer between fully connected ones."""

from collections.abc import Iterable, Mapping
from typing import Any

import keras
import tensorflow as tf

from .._validate import check, integer
from ..layers.fully_connected import FullyConnected
from ..layers.gru import GRU
from .decoder import HARMONIC_PLUS_NOISE, Decoder

__all__ = ["RecurrentDecoder"]


@keras.saving.register_keras_serializable("spectrotools")
class RecurrentDecoder(Decoder):
    """Decode by a gated recurrent unit between fully connected stacks.

    Each input goes through a stack of its own; the recurrent layer hears all of them, and the
    last stack what it makes of them and all of them once more. Time runs forward only, so frames
    may come in blocks: the state is that of the recurrent layer, ``[batch, rnn_units]``.

    Args:
        inputs: names of the features, as in :class:`Decoder`.
        outputs: ``(name, size)`` each.
        rnn_units: of the recurrent layer, at least 1.
        units: of each fully connected layer, at least 1.
        layers: of each stack, at least 0.
        **options: of ``keras.layers.Layer``.

    Raises:
        ValueError: if a setting is out of its range.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> decoder = st.models.RecurrentDecoder(rnn_units=256, layers=0)
        >>> features = {name: tf.zeros([1, 10, 1]) for name in decoder.inputs}
        >>> tuple(decoder(features)["harmonic_distribution"].shape), decoder.count_params()
        ((1, 10, 60), 232314)

    References:
        Engel, Hantrakul, Gu, Roberts, "DDSP: differentiable digital signal processing", 2020,
        appendix B.
    """

    def __init__(
        self,
        *,
        inputs: Iterable[str] = ("loudness_scaled", "f0_scaled"),
        outputs: Iterable[tuple[str, int]] = HARMONIC_PLUS_NOISE,
        rnn_units: int = 512,
        units: int = 512,
        layers: int = 3,
        **options: Any,
    ) -> None:
        super().__init__(inputs=inputs, outputs=outputs, **options)
        self.rnn_units = integer("rnn_units", rnn_units, 1)
        stack = {"units": integer("units", units, 1), "layers": integer("layers", layers, 0)}
        self.stack_settings = stack
        self.input_stacks = [FullyConnected(**stack) for _ in self.inputs]
        self.rnn = GRU(self.rnn_units, return_state=True)
        self.output_stack = FullyConnected(**stack)

    def build(self, shapes: Mapping[str, Any]) -> None:
        """Make the weights for features of these shapes."""
        heard = 0
        for name, stack in zip(self.inputs, self.input_stacks, strict=True):
            check(name in shapes, f"features must have {name!r}", sorted(shapes))
            stack.build(shapes[name])
            heard += self._width(shapes[name][-1])
        frames = tuple(shapes[self.inputs[0]])[:-1]
        self.rnn.build((*frames, heard))
        self.output_stack.build((*frames, heard + self.rnn_units))
        self.dense_out.build((*frames, self._width(heard + self.rnn_units)))

    def _width(self, given: int) -> int:
        """The channels of a stack's output."""
        return self.stack_settings["units"] if self.stack_settings["layers"] else given

    def decode(self, features: list[tf.Tensor]) -> tf.Tensor:
        """Make channels of the features, from nothing heard."""
        return self.decode_step(features, None)[0]

    def initial_state(self, batch_size: int) -> tf.Tensor:
        """The state of a stream of which nothing has come yet, ``[batch, rnn_units]``."""
        return tf.zeros([batch_size, self.rnn_units])

    def decode_step(self, features: list[tf.Tensor], state: Any) -> tuple[tf.Tensor, tf.Tensor]:
        """Make channels of the next frames, from the state of those before."""
        pairs = zip(self.input_stacks, features, strict=True)
        heard = [stack(feature) for stack, feature in pairs]
        joined = tf.concat(heard, axis=-1)
        if joined.shape[1] == 0:  # of which Keras would take the first frame
            remembered = tf.zeros([*tf.unstack(tf.shape(joined))[:2], self.rnn_units])
        else:
            remembered, state = self.rnn(joined, initial_state=state)
        return self.output_stack(tf.concat([*heard, remembered], axis=-1)), state

    def get_config(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        return {**super().get_config(), "rnn_units": self.rnn_units, **self.stack_settings}
