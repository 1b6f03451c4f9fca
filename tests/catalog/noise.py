"""Noise, and filters that change with it."""

import functools
from collections.abc import Callable

import tensorflow as tf

import spectrotools as st

from .entry import OP, Entry
from .inputs import SAMPLE_RATE, noise


def _changing(audio: tf.Tensor, **settings: object) -> tf.Tensor:
    """Audio through filters of gains that every precision knows exactly."""
    audio = tf.convert_to_tensor(audio)
    frames = -(-tf.shape(audio)[-1] // 16)
    eighths = (3 * tf.range(frames)[:, None] + 5 * tf.range(5)) % 8
    gains = tf.cast(eighths, audio.dtype) / 8
    return st.time_varying_fir(audio, gains, hop_length=16, **settings)


def _enveloped(envelope: tf.Tensor, **settings: object) -> tf.Tensor:
    """Noise of an envelope ``[..., frames]``; the op wants to know how many bands there are."""
    envelope = tf.convert_to_tensor(envelope)
    shape = tf.shape(envelope)
    flat = tf.reshape(envelope, [tf.reduce_prod(shape[:-1]), shape[-1], 1])
    magnitudes = flat * tf.constant([0.5, 1.0, 0.0, -0.25, 0.75], envelope.dtype)
    sound = st.filtered_noise(magnitudes, hop_length=4, seed=1, **settings)
    return tf.reshape(sound, tf.concat([shape[:-1], [4 * shape[-1]]], axis=0))


def _noise() -> list[Entry]:
    def added(draw: Callable, **settings: object) -> Callable:
        def call(audio: tf.Tensor) -> tf.Tensor:
            audio = tf.convert_to_tensor(audio)
            return audio + draw(tf.shape(audio), seed=1, dtype=audio.dtype, **settings)

        return call

    normal = added(st.white_noise, distribution="normal")
    velvet = added(st.velvet_noise, sample_rate=SAMPLE_RATE, density=1500.0)
    drawn, shaped = frozenset({"seeded", "xla"}), OP | {"seeded"}
    peer = functools.partial(_enveloped, convention="ddsp")
    late = functools.partial(_changing, convention="ddsp")
    return [
        Entry("white_noise", added(st.white_noise), drawn, input=noise),
        Entry("white_noise normal", normal, drawn, input=noise),
        Entry("velvet_noise", velvet, drawn, input=noise),
        Entry("time_varying_fir", _changing, OP),
        Entry("time_varying_fir ddsp", late, OP),
        Entry("filtered_noise", _enveloped, shaped, input=noise),
        Entry("filtered_noise ddsp", peer, shaped, input=noise),
    ]


ENTRIES = [*_noise()]
