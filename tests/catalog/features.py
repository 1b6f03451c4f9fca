"""What is told of a sound in a few numbers a frame."""

import tensorflow as tf

import spectrotools as st

from .entry import OP, Entry
from .inputs import flat


def _bands(audio: tf.Tensor) -> tf.Tensor:
    """Six bands, each of them the sound, its negative or its double."""
    audio = tf.convert_to_tensor(audio)
    return tf.stack([audio, -audio, -audio, audio + audio, audio, -audio], axis=-1)


def _cepstra() -> list[Entry]:
    def back(audio: tf.Tensor) -> tf.Tensor:
        return flat(st.mfcc_to_log_mel(_bands(audio), n_mels=8, lifter=5))

    def htk(audio: tf.Tensor) -> tf.Tensor:
        return flat(st.mfcc(_bands(audio), n_mfcc=5, lifter=22, convention="htk"))

    return [
        Entry("mfcc", lambda x: flat(st.mfcc(_bands(x), n_mfcc=5, lifter=3)), OP, any_rank=False),
        Entry("mfcc htk", htk, OP, any_rank=False),
        Entry("mfcc_to_log_mel", back, OP, any_rank=False),
    ]


def _deltas() -> list[Entry]:
    def changes(audio: tf.Tensor, **settings: int) -> tf.Tensor:
        return flat(st.delta(_bands(audio), mode="nearest", **settings))

    return [
        Entry("delta", lambda audio: changes(audio), OP),
        Entry("delta second", lambda audio: changes(audio, width=5, order=2), OP),
    ]


def _normalised() -> list[Entry]:
    """Energies of 50 frames a second, by one past and by one a band."""
    grid = {"sample_rate": 800.0, "hop_length": 16}

    def whole(audio: tf.Tensor) -> tf.Tensor:
        return flat(st.pcen(tf.abs(_bands(audio)), **grid))

    def each(audio: tf.Tensor) -> tf.Tensor:
        seconds = [0.03, 0.1, 0.25, 0.5, 1.0, 8.0]
        bands = tf.abs(_bands(audio))
        return flat(st.pcen(bands, gain=0.5, bias=1.0, time_constant=seconds, **grid))

    smooth = OP - {"linear"}
    return [
        Entry("pcen", whole, smooth, any_rank=False),
        Entry("pcen by band", each, smooth, any_rank=False),
    ]


ENTRIES = [*_cepstra(), *_deltas(), *_normalised()]
