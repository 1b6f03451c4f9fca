"""What is told of a sound in a few numbers a frame."""

import tensorflow as tf

import spectrotools as st

from .entry import OP, Entry
from .inputs import SAMPLE_RATE, flat, magnitudes, spectra


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


def _parted() -> list[Entry]:
    def parts(spectrogram: tf.Tensor) -> tf.Tensor:
        return flat(tf.concat(st.hpss(spectrogram, width=(3, 5), margin=1.5), axis=-1))

    smooth = OP - {"linear"}
    return [
        Entry("hpss", lambda x: parts(tf.abs(_bands(x))), smooth),
        Entry("hpss complex", parts, smooth, input=spectra),
    ]


def _shapes() -> list[Entry]:
    """Of spectra of 6 bins, and of 33 where octaves are told apart."""
    hz = {"sample_rate": SAMPLE_RATE}
    levels = lambda x: tf.abs(_with_the_next(x))  # noqa: E731
    octaves = {"fmin": 1000.0, "n_bands": 3, "quantile": 0.3, **hz}
    smooth, steps = OP - {"linear"}, frozenset({"xla"})
    return [
        Entry(name, call, traits, any_rank=False)
        for name, traits, call in (
            ("spectral_centroid", smooth, lambda x: st.spectral_centroid(levels(x), **hz)),
            ("spectral_bandwidth", smooth, lambda x: st.spectral_bandwidth(levels(x), **hz)),
            (
                "spectral_bandwidth third",
                smooth,
                lambda x: st.spectral_bandwidth(levels(x), order=3.0, **hz),
            ),
            ("spectral_rolloff", steps, lambda x: st.spectral_rolloff(levels(x), **hz)),
            ("spectral_flatness", smooth, lambda x: st.spectral_flatness(levels(x))),
            ("spectral_flux", smooth, lambda x: st.spectral_flux(levels(x))),
        )
    ] + [
        Entry(
            "spectral_contrast",
            lambda x: flat(st.spectral_contrast(_at_33_bins(x), **octaves)),
            smooth,
            input=magnitudes,
            any_rank=False,
        ),
        Entry(
            "zero_crossing_rate",
            lambda x: st.zero_crossing_rate(x, hop_length=16, frame_length=50),
            steps,
        ),
    ]


def _with_the_next(audio: tf.Tensor) -> tf.Tensor:
    """Six bands, of the sound and of its next sample: each frame has a shape of its own."""
    audio = tf.convert_to_tensor(audio)
    ahead = tf.concat([audio[..., 1:], audio[..., :1]], axis=-1)
    return tf.stack([audio, ahead, audio + audio, ahead, audio, ahead + ahead], axis=-1)


def _at_33_bins(spectrogram: tf.Tensor) -> tf.Tensor:
    """Whose number the op wants to know."""
    spectrogram = tf.identity(spectrogram)
    spectrogram.set_shape([*[None] * (len(spectrogram.shape) - 1), 33])
    return spectrogram


ENTRIES = [*_cepstra(), *_deltas(), *_normalised(), *_parted(), *_shapes()]
