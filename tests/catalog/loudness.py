"""Levels, loudness and peaks; decibels in sixteenths, so that no test of them saturates."""

import tensorflow as tf

import spectrotools as st

from .entry import OP, Entry
from .inputs import SAMPLE_RATE, flat, pitches, times

LOWEST_RATE = 8000  # Hz, of a programme
RINGING = 1024.0  # what poles at 38 Hz make of a rounding


def held(audio: tf.Tensor, samples: int) -> tf.Tensor:
    """A sound slowed down, so that a short one is a programme of some tenths of a second."""
    return flat(times(audio, (1.0,) * samples))


def _frames() -> list[Entry]:
    smooth = frozenset({"differentiable", "xla"})
    framed = {"sample_rate": SAMPLE_RATE, "hop_length": 24, "n_fft": 64}

    def weighted(numbers: tf.Tensor, weighting: str) -> tf.Tensor:
        hertz = tf.convert_to_tensor(numbers) * 500.0
        return 0.0625 * st.frequency_weighting(hertz, weighting=weighting)

    return [
        Entry("rms", lambda audio: st.rms(audio, hop_length=24, frame_length=65), smooth),
        Entry(
            "rms_db",
            lambda audio: 0.0625 * st.rms_db(audio, hop_length=48, frame_length=32),
            smooth,
        ),
        Entry("loudness", lambda audio: 0.0625 * st.loudness(audio, **framed), smooth),
        Entry(
            "loudness ddsp",
            lambda audio: 0.0625 * st.loudness(audio, convention="ddsp", **framed),
            smooth,
        ),
        Entry(
            "frequency_weighting",
            lambda numbers: weighted(numbers, "A"),
            smooth,
            input=pitches,
        ),
        Entry(
            "frequency_weighting D",
            lambda numbers: weighted(numbers, "D"),
            smooth,
            input=pitches,
        ),
        Entry(
            "true_peak",
            lambda audio: 0.0625 * st.true_peak(audio, sample_rate=SAMPLE_RATE)[..., None],
            smooth,
        ),
    ]


def _programmes() -> list[Entry]:
    """Programmes of signals by themselves, and of two channels that are one."""
    smooth = frozenset({"differentiable", "xla"})
    rate = {"sample_rate": LOWEST_RATE}
    meter = st.LoudnessMeter(**rate)

    def pair(audio: tf.Tensor, samples: int) -> tf.Tensor:
        sound = held(audio, samples)
        return tf.stack([sound, tf.reverse(sound, [-1])], axis=-2)

    def whole(audio: tf.Tensor) -> tf.Tensor:
        stereo = st.integrated_loudness(pair(audio, 64), layout="stereo", **rate)
        return 0.0625 * stereo[..., None]

    def normalized(audio: tf.Tensor) -> tf.Tensor:
        """One sample of each that is held, as many as there were."""
        settings = {"target_lufs": -9.0, "max_true_peak_db": -1.0, **rate}
        return st.loudness_normalize(held(audio, 64), **settings)[..., ::64]

    def metered(audio: tf.Tensor) -> tf.Tensor:
        """All that a meter says; where there is no momentary loudness the rest remains."""
        parts = meter(held(audio, 320))
        ends = [part[..., None] for part in (parts.integrated, parts.loudness_range)]
        return 0.0625 * tf.concat([parts.momentary, parts.short_term, *ends], axis=-1)

    return [
        Entry(
            "k_weighting",
            lambda audio: st.k_weighting(audio, **rate),
            OP,
            k=RINGING,
        ),
        Entry(
            "momentary_loudness",
            lambda audio: 0.0625 * st.momentary_loudness(held(audio, 64), **rate),
            smooth,
            any_rank=False,
        ),
        Entry(
            "short_term_loudness",
            lambda audio: 0.0625 * st.short_term_loudness(held(audio, 320), **rate),
            smooth,
            any_rank=False,
        ),
        Entry("integrated_loudness", whole, smooth, any_rank=False),
        Entry(
            "loudness_range",
            lambda audio: st.loudness_range(held(audio, 320), **rate)[..., None],
            smooth,
            any_rank=False,
        ),
        Entry("loudness_normalize", normalized, smooth, any_rank=False),
        Entry("LoudnessMeter", metered, smooth | {"value"}, value=meter, any_rank=False),
    ]


ENTRIES = [*_frames(), *_programmes()]
