"""Convolutions whose reach doubles from layer to layer."""

from typing import Any

import keras
import tensorflow as tf

from .._validate import integer

__all__ = ["DilatedConvStack"]


@keras.saving.register_keras_serializable("spectrotools")
class DilatedConvStack(keras.layers.Layer):
    r"""Stack convolutions over time, each of which adds to what it is given.

    After a first convolution, layer i of every stack makes of x

    .. math:: x + \mathrm{norm}\big(\mathrm{conv}_{d^i}(\max(x, 0))\big)

    with a ``dilation`` d from tap to tap, and a norm of every frame over its channels. Frames hear
    as many before them as after: at the ends, zeros.

    Args:
        channels: of every layer, at least 1.
        kernel_size: taps, at least 1.
        layers: of a stack, at least 1.
        stacks: at least 1.
        dilation: d, at least 1.
        **options: of ``keras.layers.Layer``.

    Raises:
        ValueError: if a setting is out of its range.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> stack = st.layers.DilatedConvStack(channels=8)
        >>> tuple(stack(tf.zeros([2, 100, 3])).shape), stack.reach
        ((2, 100, 8), 63)

    References:
        van den Oord et al., "WaveNet: a generative model for raw audio", 2016, section 2.1, and
        ddsp 3.7, ``nn.DilatedConvStack``.
    """

    def __init__(
        self,
        *,
        channels: int = 256,
        kernel_size: int = 3,
        layers: int = 5,
        stacks: int = 2,
        dilation: int = 2,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.channels = integer("channels", channels, 1)
        self.kernel_size = integer("kernel_size", kernel_size, 1)
        self.layers_per_stack, self.stacks = (
            integer("layers", layers, 1),
            integer("stacks", stacks, 1),
        )
        self.dilation = integer("dilation", dilation, 1)
        self.dilations = [self.dilation**i for i in range(layers)] * stacks
        self.first = self._convolution(1)
        self.convolutions = [self._convolution(rate) for rate in self.dilations]
        self.norms = [keras.layers.LayerNormalization() for _ in self.dilations]

    @property
    def reach(self) -> int:
        """How many frames before, and after, a frame hears, at most."""
        return (1 + sum(self.dilations)) * (self.kernel_size - 1) // 2

    def build(self, shape: Any) -> None:
        """Make the weights for inputs of that shape."""
        self.first.build(shape)
        for layer in (*self.convolutions, *self.norms):
            layer.build((*shape[:-1], self.channels))

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """Give ``[batch, time, channels]`` of ``[batch, time, any]``."""
        x = self.first(x)
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            x += norm(convolution(tf.nn.relu(x)))
        return x

    def get_config(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        names = ("channels", "kernel_size", "stacks", "dilation")
        own = {name: getattr(self, name) for name in names}
        return {**super().get_config(), **own, "layers": self.layers_per_stack}

    def _convolution(self, rate: int) -> keras.layers.Layer:
        size = self.kernel_size
        return keras.layers.Conv1D(self.channels, size, dilation_rate=rate, padding="same")
