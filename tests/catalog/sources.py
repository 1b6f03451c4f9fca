"""Oscillators, signals, and the way back from harmonics."""

import functools

import numpy as np
import tensorflow as tf

import spectrotools as st

from .entry import OP, Entry
from .inputs import SAMPLE_RATE, around, complex_noise, controls, noise, times


def _oscillators() -> list[Entry]:
    """Synthesisers, every control of which is made of one tensor ``[..., frames]``."""
    grid = {"sample_rate": SAMPLE_RATE, "hop_length": 4}
    smooth = frozenset({"differentiable", "xla"})

    def tone(x: tf.Tensor, **settings) -> tf.Tensor:
        x = tf.convert_to_tensor(x)
        harmonics = tf.stack([1.0 + x, x**2, 0.5 - x, *[0.1 * x] * 9], axis=-1)
        return st.harmonic_synthesis(700.0 + 50.0 * x, x, harmonics, **grid, **settings)

    def sinusoids(x: tf.Tensor, **settings) -> tf.Tensor:
        x = tf.convert_to_tensor(x)
        frequencies = tf.stack([500.0 + 90.0 * x, 1700.0 - 400.0 * x, 7000.0 + 1400.0 * x], -1)
        amplitudes = tf.stack([x, 1.0 - x, 0.5 * x], axis=-1)
        return st.sinusoidal_synthesis(frequencies, amplitudes, **grid, **settings)

    def phase(x: tf.Tensor) -> tf.Tensor:
        return tf.sin(st.oscillator_phase(500.0 + 90.0 * tf.convert_to_tensor(x), **grid))

    def partials(x: tf.Tensor) -> tf.Tensor:
        x = tf.convert_to_tensor(x)
        shifts = 0.1 * tf.stack([x, -x], axis=-1)
        made = st.harmonic_frequencies(x, 2, inharmonicity=x**2, shifts=shifts)
        return tf.reduce_sum(made, axis=-1)

    def normalized(x: tf.Tensor) -> tf.Tensor:
        x = tf.convert_to_tensor(x)
        distribution = tf.stack([2.0 + x, 2.0 - x, 1.5 + x], axis=-1)
        even = st.normalize_harmonics(distribution, 2600.0 + 100.0 * x, sample_rate=SAMPLE_RATE)
        return even[..., 0] - even[..., 1] * x

    def gathered(x: tf.Tensor) -> tf.Tensor:
        x = tf.convert_to_tensor(x)
        loudness = tf.stack([2.0 + x, 3.0 + x, 4.0 - x / 2], axis=-1)
        places = tf.stack([2.0 + x / 16, 4.0 - x / 16, 6.0 + x / 32], axis=-1)
        settings = {"sample_rate": 18.0, "n_harmonics": 5, "width": 0.25}
        amplitudes, shares = st.sinusoidal_to_harmonic(loudness, places, 2.0 + x / 64, **settings)
        return amplitudes * x - shares[..., 0]

    def audible(x: tf.Tensor) -> tf.Tensor:
        x = tf.convert_to_tensor(x)
        frequencies = 7600.0 + 300.0 * x
        return st.remove_above_nyquist(frequencies, x, sample_rate=SAMPLE_RATE, nyquist="smooth")

    fading = functools.partial(tone, nyquist="smooth", interpolation="linear")
    return [
        Entry("harmonic_synthesis", tone, smooth, input=controls, any_rank=False),
        Entry("harmonic_synthesis smooth", fading, smooth, input=controls, any_rank=False),
        Entry("sinusoidal_synthesis", sinusoids, smooth, input=controls, any_rank=False),
        Entry("oscillator_phase", phase, smooth, input=controls),
        Entry("harmonic_frequencies", partials, smooth, input=controls),
        Entry("normalize_harmonics", normalized, smooth, input=controls),
        Entry("remove_above_nyquist", audible, smooth, input=controls),
        Entry("sinusoidal_to_harmonic", gathered, smooth, input=controls),
    ]


def _voices() -> list[Entry]:
    """Oscillators of other shapes than sines; called with controls of [-1, 1]."""
    grid = {"sample_rate": SAMPLE_RATE, "hop_length": 4}
    made = functools.partial(st.wavetable_synthesis, **grid)
    tone = functools.partial(st.waveform_synthesis, **grid)
    fm = functools.partial(st.fm_synthesis, **grid)
    f0 = lambda x: around(x, 900.0, 40.0)  # noqa: E731
    table = (0.5, 1.0, -2.0, 0.25, -1.0, 0.0, 2.0, 1.0, -0.5, -1.0, 0.25, 0.5)
    calls = {
        "wavetable_synthesis": lambda x: made(f0(x), x, table),
        "wavetable_synthesis changing": lambda x: made(f0(x), x, times(x, table)),
        "wavetable_synthesis cubic": lambda x: made(f0(x), x, table, lookup="cubic"),
        "wavetable_synthesis cubic changing": lambda x: made(
            f0(x), x, times(x, table), lookup="cubic"
        ),
        "waveform_synthesis saw": lambda x: tone(f0(x), x, shape="saw"),
        "waveform_synthesis square": lambda x: tone(f0(x), x, shape="square"),
        "waveform_synthesis triangle": lambda x: tone(f0(x), x, shape="triangle"),
        "waveform_synthesis pulse": lambda x: tone(
            f0(x), x, shape="pulse", pulse_width=around(x, 0.4, 0.2)
        ),
        "waveform_synthesis saw hard": lambda x: tone(f0(x), x, shape="saw", nyquist="hard"),
        "waveform_synthesis triangle hard": lambda x: tone(
            f0(x), x, shape="triangle", nyquist="hard"
        ),
        "fm_synthesis": lambda x: fm(f0(x), x, [2.0, 1.5], times(x, (1.0, 2.0))),
        "lfo sine": lambda x: st.lfo(f0(x), **grid),
        "lfo triangle": lambda x: st.lfo(f0(x), shape="triangle", **grid),
    }
    traits, unranked = frozenset({"differentiable", "xla"}), ("changing", "fm_synthesis")
    return [
        Entry(label, call, traits, any_rank=not label.endswith(unranked))
        for label, call in calls.items()
    ] + [
        Entry("lfo square", lambda x: st.lfo(f0(x), shape="square", **grid), frozenset({"xla"})),
        Entry(
            "harmonics_to_wavetable",
            lambda x: st.harmonics_to_wavetable(times(x, (1.0, 0.5)), size=6)[..., 1],
            frozenset({"differentiable", "xla"}),
            any_rank=False,
        ),
    ]


def _signals() -> list[Entry]:
    """Frequencies within a Nyquist of 1.25 Hz; those of exponential glides are never 0."""
    rate = {"sample_rate": 2.5, "length": 8}
    glide = lambda hz: st.chirp(hz, 0.5 * hz, **rate)  # noqa: E731
    slide = lambda x: st.chirp(  # noqa: E731
        tf.exp(x - 1.0), tf.exp(0.5 * x), method="exponential", **rate
    )
    sweeps = lambda x: tf.concat(  # noqa: E731
        st.exponential_sweep(tf.exp(x - 3.0), tf.exp(0.5 * x - 1.0), **rate), axis=-1
    )
    beats = lambda times: st.clicks(  # noqa: E731
        times, sample_rate=50, length=40, click=[1.0, -0.5, 0.25]
    )
    spiral = lambda hz: st.hz_to_poles(hz, sample_rate=2.5, radius=hz)  # noqa: E731
    damped = lambda poles: st.damped_sinusoids(0.7 * poles, length=40)  # noqa: E731
    smooth = frozenset({"differentiable", "xla"})
    return [
        Entry("tone", functools.partial(st.tone, **rate), smooth),
        Entry("chirp", glide, smooth),
        Entry("chirp exponential", slide, smooth, input=noise),
        Entry("exponential_sweep", sweeps, smooth, input=noise),
        Entry("clicks", beats, frozenset({"xla"}), input=noise),
        Entry("damped_sinusoids", damped, smooth, input=complex_noise),
        Entry("hz_to_poles", spiral, smooth),
        Entry(
            "poles_to_hz",
            functools.partial(st.poles_to_hz, sample_rate=2.5),
            smooth,
            input=complex_noise,
        ),
    ]


def _harmonic_analysis() -> list[Entry]:
    """Harmonics of a glide, in windows shorter and longer than two hops, and of broken pitch."""

    def measured(audio: tf.Tensor, hop_length: int, gap: int = 10**6) -> tf.Tensor:
        audio = tf.convert_to_tensor(audio)
        frame = tf.range(1 + tf.shape(audio)[-1] // hop_length)
        f0_hz = 700.0 + 3.0 * tf.cast(frame, tf.float64)
        f0_hz = tf.where(frame % gap == 3, tf.constant(np.nan, tf.float64), f0_hz)
        settings = {"sample_rate": SAMPLE_RATE, "n_harmonics": 5, "fmin": 600.0}
        return st.harmonic_amplitudes(audio, f0_hz, hop_length=hop_length, **settings)

    return [
        Entry("harmonic_amplitudes", functools.partial(measured, hop_length=16), OP),
        Entry("harmonic_amplitudes long hop", functools.partial(measured, hop_length=75), OP),
        Entry("harmonic_amplitudes gaps", functools.partial(measured, hop_length=13, gap=7), OP),
    ]


ENTRIES = [*_oscillators(), *_voices(), *_signals(), *_harmonic_analysis()]
