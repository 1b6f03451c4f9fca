"""An encoder of timbre, by cepstral coefficients."""

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from .._validate import check, integer
from ..layers.gru import GRU
from ..ops.arguments import checked_rate
from ..ops.mfcc import mfcc
from ..ops.upsampling import upsample
from ..transforms.log_mel import LogMel
from ..transforms.stft import STFT

__all__ = ["MFCCEncoder"]

_BANDS, _LOWEST, _HIGHEST = 128, 20.0, 8000.0  # mel, Hz


@keras.saving.register_keras_serializable("spectrotools")
class MFCCEncoder(keras.layers.Layer):
    """Encode what pitch and loudness do not tell of a sound: its timbre over time.

    Cepstral coefficients of its mel spectrum (128 bands from 20 Hz to 8 kHz, at most to half the
    sample rate) are normalised over time, each for itself, go through a gated recurrent unit, and
    come down to ``size`` numbers a frame. Frames are ``stride`` hops apart, and on straight lines
    in between. The norm knows the whole sound, so this does not stream.

    Args:
        sample_rate: Hz, of the audio.
        hop_length: samples from frame to frame of what is put out.
        stride: hops from frame to frame of the analysis, whose windows are two such frames.
        n_mfcc: coefficients, in [1, 128].
        rnn_units: of the recurrent layer, at least 1.
        size: numbers a frame, at least 1.
        **options: of ``keras.layers.Layer``.

    Raises:
        ValueError: if a setting is out of its range, or a batch has no audio.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> encoder = st.models.MFCCEncoder(sample_rate=16000, hop_length=64)
        >>> tuple(encoder({"audio": tf.zeros([2, 16000])}).shape), encoder.count_params()
        ((2, 250, 16), 843852)

    References:
        Engel, Hantrakul, Gu, Roberts, "DDSP: differentiable digital signal processing", 2020,
        appendix B.
    """

    def __init__(
        self,
        *,
        sample_rate: float,
        hop_length: int,
        stride: int = 8,
        n_mfcc: int = 30,
        rnn_units: int = 512,
        size: int = 16,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.sample_rate = checked_rate(sample_rate)
        self.hop_length = integer("hop_length", hop_length, 1)
        self.stride, self.size = integer("stride", stride, 1), integer("size", size, 1)
        self.n_mfcc = integer("n_mfcc", n_mfcc, 1, _BANDS)
        self.rnn_units = integer("rnn_units", rnn_units, 1)
        self.norm = keras.layers.GroupNormalization(groups=-1, epsilon=1e-5)
        self.rnn = GRU(self.rnn_units)
        self.dense_out = keras.layers.Dense(self.size)

    @property
    def log_mel(self) -> LogMel:
        """The spectrogram that coefficients are of."""
        hop = self.stride * self.hop_length
        return LogMel(
            STFT(n_fft=2 * hop, hop_length=hop, convention="ddsp"),
            sample_rate=self.sample_rate,
            n_mels=_BANDS,
            fmin=_LOWEST,
            fmax=min(_HIGHEST, self.sample_rate / 2),
            convention="tf",
        )

    def build(self, shapes: Mapping[str, Any]) -> None:
        """Make the weights."""
        self.norm.build((None, None, self.n_mfcc))
        self.rnn.build((None, None, self.n_mfcc))
        self.dense_out.build((None, None, self.rnn_units))

    def call(self, batch: Mapping[str, Any]) -> tf.Tensor:
        """Give ``z``, ``[batch, frames, size]``, of the ``audio`` of a batch."""
        check("audio" in batch, "batch must have 'audio' to be encoded", sorted(batch))
        audio = tf.cast(batch["audio"], tf.float32)
        cepstra = mfcc(self.log_mel(audio), n_mfcc=self.n_mfcc)
        z = self.dense_out(self.rnn(self.norm(cepstra)))
        samples = audio.shape[-1]
        samples = tf.shape(audio)[-1] if samples is None else samples
        frames = -(-samples // self.hop_length)
        return upsample(z, hop_length=self.stride, length=frames, channels=True)

    def get_config(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        names = ("sample_rate", "hop_length", "stride", "n_mfcc", "rnn_units", "size")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
