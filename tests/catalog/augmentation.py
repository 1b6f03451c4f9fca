"""Sounds and spectrograms changed at random."""

import tensorflow as tf

import spectrotools as st

from .entry import OP, Entry
from .inputs import flat, noise


def _waves() -> list[Entry]:
    def each(op: object, **settings: object) -> object:
        """Every sample as an item of its own, so that items differ in more than a factor."""

        def call(audio: tf.Tensor) -> tf.Tensor:
            return op(tf.convert_to_tensor(audio)[..., None], seed=3, **settings)[..., 0]

        return call

    def patterned(audio: tf.Tensor, **settings: object) -> tf.Tensor:
        """Moved with signs that are in no order, so that one shift is not like another."""
        audio = tf.convert_to_tensor(audio)
        place = tf.cast(tf.range(tf.shape(audio)[-1]), tf.float64)
        signs = tf.cast(tf.sign(tf.sin(place**2)), audio.dtype)
        return st.random_shift(audio * signs, max_shift=100, seed=3, **settings)

    def mixed(audio: tf.Tensor) -> tf.Tensor:
        audio = tf.convert_to_tensor(audio)
        return st.mix_at_snr(audio, audio[..., ::-1], snr_db=3.0)

    drawn, smooth = OP | {"seeded"}, OP - {"linear"}
    noisy = lambda audio: st.add_noise(audio, snr_db=(-3.0, 3.0), seed=3)  # noqa: E731
    return [
        Entry("add_noise", noisy, smooth | {"seeded"}, input=noise),
        Entry("mix_at_snr", mixed, smooth),
        Entry("random_gain", each(st.random_gain, gain_db=(-20.0, 20.0)), drawn, input=noise),
        Entry("random_polarity", each(st.random_polarity), drawn, input=noise),
        Entry("random_shift", patterned, drawn, input=noise),
        Entry("random_shift wrap", lambda x: patterned(x, mode="wrap"), drawn, input=noise),
    ]


def _masks() -> list[Entry]:
    """Many short runs, of which two items share few."""
    settings = {"max_width": 8, "count": 30, "seed": 3}

    def frames(audio: tf.Tensor) -> tf.Tensor:
        audio = tf.convert_to_tensor(audio)
        return flat(st.mask_frames(tf.stack([audio, audio], axis=-1), **settings))

    def bins(audio: tf.Tensor) -> tf.Tensor:
        audio = tf.convert_to_tensor(audio)
        return flat(st.mask_bins(tf.stack([audio, audio], axis=-2), **settings))

    drawn = OP | {"seeded"}
    return [
        Entry("mask_frames", frames, drawn, input=noise),
        Entry("mask_bins", bins, drawn, input=noise),
    ]


ENTRIES = [*_waves(), *_masks()]
