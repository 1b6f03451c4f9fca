"""An encoder of sound as sinusoids, by a residual network over its spectrogram."""

from collections.abc import Iterable, Mapping
from typing import Any

import keras
import tensorflow as tf

from .._validate import check, integer
from ..ops.arguments import checked_rate
from ..transforms.log_mel import LogMel
from ..transforms.stft import STFT

__all__ = ["SINUSOIDS_PLUS_NOISE", "SinusoidalEncoder"]

SINUSOIDS_PLUS_NOISE = (("amplitudes", 100), ("frequencies", 100), ("magnitudes", 65))
_SPREAD = 0.1  # brings logarithms of bands to about [-1, 1]


@keras.saving.register_keras_serializable("spectrotools")
class SinusoidalEncoder(keras.layers.Layer):
    r"""Encode sound as the inputs of processors, frame by frame, by what it looks like.

    The logarithms of its mel bands are a picture ``[frames, bands]``. Every block of the network
    halves its bands, and adds two convolutions of 3 x 3 to what it is given:

    .. math:: x \leftarrow P x + C_2 \rho(n_2(C_1 \rho(n_1(x))))

    of norms over channels, rectifiers, and P of 1 x 1. A dense layer makes the outputs of what
    is left of a frame. Frame k is centred on sample ``k * hop_length``; a frame hears
    ``2 * len(channels) + 1`` frames on either side, so this does not stream.

    Args:
        sample_rate: Hz, of the audio.
        hop_length: samples from frame to frame.
        outputs: ``(name, size)`` of all that it puts out.
        channels: of each block, at least one.
        n_fft: samples of a window, at least ``hop_length``.
        n_mels: bands, at least 1.
        **options: of ``keras.layers.Layer``.

    Raises:
        ValueError: if a setting is out of its range, or a batch has no audio.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> encoder = st.models.SinusoidalEncoder(sample_rate=16000, hop_length=256)
        >>> outputs = encoder({"audio": tf.zeros([1, 4096])})
        >>> {name: tuple(value.shape) for name, value in outputs.items()}
        {'amplitudes': (1, 16, 100), 'frequencies': (1, 16, 100), 'magnitudes': (1, 16, 65)}

    References:
        He, Zhang, Ren, Sun, "Identity mappings in deep residual networks", 2016 (the blocks).
        Engel et al., "Self-supervised pitch detection by inverse audio synthesis", 2020 (the
        idea; sizes are ours).
    """

    def __init__(
        self,
        *,
        sample_rate: float,
        hop_length: int,
        outputs: Iterable[tuple[str, int]] = SINUSOIDS_PLUS_NOISE,
        channels: Iterable[int] = (16, 32, 64, 128),
        n_fft: int = 1024,
        n_mels: int = 128,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.sample_rate = checked_rate(sample_rate)
        self.hop_length = integer("hop_length", hop_length, 1)
        self.outputs = tuple((str(name), integer(str(name), n, 1)) for name, n in outputs)
        check(len(self.outputs) > 0, "outputs must have at least one name", self.outputs)
        self.channels = tuple(integer("channels", n, 1) for n in channels)
        check(len(self.channels) > 0, "channels must be of at least one block", self.channels)
        self.n_fft = integer("n_fft", n_fft, self.hop_length)
        self.n_mels = integer("n_mels", n_mels, 1)
        self.first = keras.layers.Conv2D(self.channels[0], 3, padding="same")
        self.blocks = [_ResidualBlock(count) for count in self.channels]
        self.dense_out = keras.layers.Dense(sum(size for _, size in self.outputs))

    @property
    def log_mel(self) -> LogMel:
        """The picture that the network is shown."""
        stft = STFT(n_fft=self.n_fft, hop_length=self.hop_length, convention="librosa")
        return LogMel(stft, sample_rate=self.sample_rate, n_mels=self.n_mels)

    def build(self, shapes: Mapping[str, Any]) -> None:
        """Make the weights."""
        self.first.build((None, None, self.n_mels, 1))
        given, bands = self.channels[0], self.n_mels
        for block, count in zip(self.blocks, self.channels, strict=True):
            block.build((None, None, bands, given))
            given, bands = count, -(-bands // 2)
        self.dense_out.build((None, None, given * bands))

    def call(self, batch: Mapping[str, Any]) -> dict[str, tf.Tensor]:
        """Give the outputs, ``[batch, frames, size]``, of the ``audio`` of a batch."""
        check("audio" in batch, "batch must have 'audio' to be encoded", sorted(batch))
        audio = tf.cast(batch["audio"], tf.float32)
        samples = audio.shape[-1]
        samples = tf.shape(audio)[-1] if samples is None else samples
        frames = -(-samples // self.hop_length)
        x = self.first(_SPREAD * self.log_mel(audio)[:, :frames, :, None])
        for block in self.blocks:
            x = block(x)
        x = tf.reshape(x, [tf.shape(x)[0], tf.shape(x)[1], x.shape[2] * x.shape[3]])
        names, sizes = zip(*self.outputs, strict=True)
        return dict(zip(names, tf.split(self.dense_out(x), sizes, axis=-1), strict=True))

    def get_config(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        names = ("sample_rate", "hop_length", "n_fft", "n_mels")
        settings = {name: getattr(self, name) for name in names}
        outputs = [list(output) for output in self.outputs]
        lists = {"outputs": outputs, "channels": list(self.channels)}
        return {**super().get_config(), **settings, **lists}


class _ResidualBlock(keras.layers.Layer):
    """Two convolutions beside a short cut, which halve the bands."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norms = [keras.layers.LayerNormalization(epsilon=1e-5) for _ in range(2)]
        options = {"padding": "same"}
        self.convolutions = [
            keras.layers.Conv2D(channels, 3, strides=(1, 2), **options),
            keras.layers.Conv2D(channels, 3, **options),
        ]
        self.short_cut = keras.layers.Conv2D(channels, 1, strides=(1, 2), **options)

    def build(self, shape: tuple) -> None:
        halved = (*shape[:2], -(-shape[2] // 2), self.short_cut.filters)
        for layer, given in (
            (self.norms[0], shape),
            (self.convolutions[0], shape),
            (self.norms[1], halved),
            (self.convolutions[1], halved),
            (self.short_cut, shape),
        ):
            layer.build(given)

    def call(self, x: tf.Tensor) -> tf.Tensor:
        made = x
        for norm, convolution in zip(self.norms, self.convolutions, strict=True):
            made = convolution(tf.nn.relu(norm(made)))
        return self.short_cut(x) + made
