"""A decoder without recurrence."""

from collections.abc import Iterable, Mapping
from typing import Any

import keras
import tensorflow as tf

from .._validate import check
from ..layers.dilated_convolutions import DilatedConvStack
from .decoder import HARMONIC_PLUS_NOISE, Decoder

__all__ = ["DilatedDecoder"]


@keras.saving.register_keras_serializable("spectrotools")
class DilatedDecoder(Decoder):
    """Decode by dilated convolutions: all frames side by side, each with those around it.

    It trains faster than :class:`RecurrentDecoder` on processors that do much at once, and it
    hears what comes next; so it does not stream.

    Args:
        inputs: names of the features, as in :class:`Decoder`.
        outputs: ``(name, size)`` each.
        channels: as in :class:`spectrotools.layers.DilatedConvStack`, as are all that follow.
        kernel_size: taps.
        layers: of a stack.
        stacks: how many.
        dilation: from layer to layer.
        **options: of ``keras.layers.Layer``.

    Raises:
        ValueError: if a setting is out of its range.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> decoder = st.models.DilatedDecoder(channels=16)
        >>> features = {name: tf.zeros([1, 10, 1]) for name in decoder.inputs}
        >>> tuple(decoder(features)["magnitudes"].shape)
        (1, 10, 65)

    References:
        ddsp 3.7, ``decoders.DilatedConvDecoder``.
    """

    def __init__(
        self,
        *,
        inputs: Iterable[str] = ("loudness_scaled", "f0_scaled"),
        outputs: Iterable[tuple[str, int]] = HARMONIC_PLUS_NOISE,
        channels: int = 256,
        kernel_size: int = 3,
        layers: int = 5,
        stacks: int = 2,
        dilation: int = 2,
        **options: Any,
    ) -> None:
        super().__init__(inputs=inputs, outputs=outputs, **options)
        sizes = {"channels": channels, "kernel_size": kernel_size, "layers": layers}
        self.stack_settings = {**sizes, "stacks": stacks, "dilation": dilation}
        self.stack = DilatedConvStack(**self.stack_settings)

    def build(self, shapes: Mapping[str, Any]) -> None:
        """Make the weights for features of these shapes."""
        for name in self.inputs:
            check(name in shapes, f"features must have {name!r}", sorted(shapes))
        frames = tuple(shapes[self.inputs[0]])[:-1]
        self.stack.build((*frames, sum(shapes[name][-1] for name in self.inputs)))
        self.dense_out.build((*frames, self.stack.channels))

    def decode(self, features: list[tf.Tensor]) -> tf.Tensor:
        """Make channels of the features."""
        return self.stack(tf.concat(features, axis=-1))

    def get_config(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        return {**super().get_config(), **self.stack_settings}
