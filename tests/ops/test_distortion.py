"""Distortion against NumPy's curves, SciPy's integrals of them, and the spectrum of a sine."""

import itertools

import numpy as np
import pytest
import scipy.integrate
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as some

import spectrotools as st

CURVES = {
    "tanh": np.tanh,
    "soft": lambda u: np.where(np.abs(u) < 1.5, u - 4 / 27 * u**3, np.sign(u)),
    "hard": lambda u: np.clip(u, -1, 1),
}


@pytest.mark.parametrize("kind", CURVES)
def test_a_wave_is_bent_by_its_curve(kind, rng):
    audio, drives = rng.standard_normal((2, 200)), np.array([-6.0, 20.0])
    gains = 10 ** (drives / 20)
    for drive in (drives, np.tile(drives, (200, 1)).T):
        result = st.distortion(audio, drive_db=drive, kind=kind)
        np.testing.assert_allclose(result, CURVES[kind](gains[:, None] * audio), rtol=1e-14)


@pytest.mark.parametrize("kind", CURVES)
def test_antialiased_samples_are_means_of_the_curve(kind, rng):
    """By SciPy's adaptive integration, of steps from 1e-7 to 10."""
    audio = rng.uniform(-2.5, 2.5, 300)
    audio[1::2] = audio[::2] + 10 ** rng.uniform(-7, 1, 150) * rng.choice([-1, 1], 150)
    ends = np.r_[0.0, audio]
    bends = {"tanh": (), "soft": (-1.5, 1.5), "hard": (-1.0, 1.0)}[kind]

    def mean(a: float, b: float) -> float:
        if a == b:
            return float(CURVES[kind](a))
        within = [(bend - a) / (b - a) for bend in bends]
        places = [0.0, *sorted(place for place in within if 0 < place < 1), 1.0]
        line = lambda s: CURVES[kind](a + s * (b - a))  # noqa: E731
        pieces = itertools.pairwise(places)
        return sum(scipy.integrate.quad(line, *piece, epsabs=1e-14)[0] for piece in pieces)

    expected = np.array([mean(a, b) for a, b in itertools.pairwise(ends)])
    result = st.distortion(audio, drive_db=0.0, kind=kind, antialias=True)
    # Steps below 1e-5 across a bend are off by a 20th of themselves.
    np.testing.assert_allclose(result, expected, atol=2e-14 if kind == "tanh" else 1e-6)
    assert np.median(np.abs(result - expected)) < 1e-15
    single = st.distortion(audio.astype(np.float32), drive_db=0.0, kind=kind, antialias=True)
    np.testing.assert_allclose(single, expected, atol=2e-6 if kind == "tanh" else 1e-4)


def aliases_db(result: np.ndarray, turns: int) -> float:
    """Energy below 5 kHz of a bent sine that is at no harmonic of it, dB of the fundamental."""
    power = np.abs(np.fft.rfft(result)) ** 2
    folded = np.arange(5000) % turns > 0
    return 10 * np.log10(np.sum(power[:5000][folded]) / power[turns])


@pytest.mark.parametrize("kind", CURVES)
def test_means_suppress_what_is_folded_to_low_frequencies(kind):
    """Of a sine of 1245 Hz at 44.1 kHz, driven by 20 dB, by 20 dB at least."""
    turns, rate = 1245, 44100
    sine = np.sin(2 * np.pi * turns * np.arange(2 * rate) / rate)
    plain, means = (
        st.distortion(sine, drive_db=20.0, kind=kind, antialias=clean).numpy()[rate:]
        for clean in (False, True)
    )
    assert aliases_db(means, turns) < aliases_db(plain, turns) - 20.0


def test_means_are_half_a_sample_late_where_the_curve_is_straight(rng):
    audio = rng.uniform(-1, 1, 100)
    result = st.distortion(audio, drive_db=0.0, kind="hard", antialias=True)
    np.testing.assert_allclose(result, st.delay(audio, 0.5), atol=1e-12)


@pytest.mark.parametrize("antialias", [False, True])
@settings(max_examples=15, deadline=None)
@given(length=some.integers(0, 60), cuts=some.lists(some.integers(0, 20), max_size=5))
def test_blocks_are_the_whole(antialias, length, cuts):
    audio = np.random.default_rng(length).standard_normal((2, length))
    state, parts, start = None, [], 0
    for end in np.minimum(np.cumsum([*cuts, length]), length):
        part, state = st.distortion(
            audio[:, start:end], antialias=antialias, state=state, return_state=True
        )
        parts.append(part)
        start = end
    whole = st.distortion(audio, antialias=antialias)
    np.testing.assert_allclose(tf.concat(parts, axis=-1), whole, atol=1e-13)


@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize("kind", CURVES)
def test_distortion_is_differentiable_in_its_drive(kind, antialias, rng):
    audio, weights = rng.standard_normal((2, 100)), rng.standard_normal((2, 100))

    def value(drive):
        bent = st.distortion(audio, drive_db=drive, kind=kind, antialias=antialias)
        return tf.reduce_sum(bent * weights, axis=-1)

    drive = tf.constant([-3.0, 9.0], tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(drive)
        here = value(drive)
    difference = (value(drive + 1e-6) - value(drive - 1e-6)) / 2e-6
    np.testing.assert_allclose(tape.gradient(here, drive), difference, rtol=1e-6)


@pytest.mark.parametrize("kind", CURVES)
def test_the_gradient_of_equal_neighbours_is_that_of_the_curve(kind):
    audio = tf.fill([9], tf.constant(0.7, tf.float64))
    with tf.GradientTape() as tape:
        tape.watch(audio)
        bent = st.distortion(audio, drive_db=0.0, kind=kind, antialias=True)
    slope = {"tanh": 1 - np.tanh(0.7) ** 2, "soft": 1 - 4 / 9 * 0.49, "hard": 1.0}[kind]
    np.testing.assert_allclose(tape.gradient(bent, audio)[1:-1], slope, rtol=1e-12)


@pytest.mark.parametrize(
    ("audio", "wrong", "message"),
    [
        (np.float64(1.0), {}, "audio must have a time axis; got"),
        (np.ones(9), {"kind": "fuzz"}, "kind must be one of 'tanh', 'soft', 'hard'; got 'fuzz'"),
        (np.ones(9), {"drive_db": np.inf}, "drive_db must be finite; got inf"),
        (np.ones(9), {"drive_db": np.ones(8)}, "drive_db must have as many samples as audio"),
        (np.ones((2, 9)), {"drive_db": np.ones(3)}, "must broadcast; got"),
        (np.ones(9), {"antialias": 2}, "antialias must be True or False; got 2"),
        (np.ones(9), {"state": np.zeros(3)}, "state must be what the same op with the same"),
    ],
)
def test_a_distortion_that_is_none_is_refused(audio, wrong, message):
    with pytest.raises(ValueError, match=message):
        st.distortion(audio, **wrong)
