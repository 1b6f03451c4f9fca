"""Pitch with a gradient: of tones that are known, of chains of ops, and of no sound."""

import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from tests.pitches import PITCHED, RANGE, RATE, UNPITCHED, cents, rich


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("f0_hz", [95.0, 130.0, 220.0, 440.0, 700.0, 940.0])
@pytest.mark.parametrize("n_harmonics", [5, 8])
def test_tones_of_harmonics_are_heard_within_a_twelfth_of_a_semitone(f0_hz, n_harmonics, dtype):
    result = st.spectral_f0(rich(f0_hz, n_harmonics).astype(dtype), **RANGE)
    assert result.dtype == tf.as_dtype(dtype)
    assert np.max(cents(result, f0_hz)[10:-10]) < 100 / 12


def test_a_missing_fundamental_is_heard():
    tone = rich(200.0, 8) - np.sin(2 * np.pi * 200.0 * np.arange(RATE) / RATE + 1)
    assert np.max(cents(st.spectral_f0(tone, **RANGE), 200.0)[10:-10]) < 100 / 12


def test_the_level_does_not_matter():
    tone = rich(313.0)
    whole, soft = (st.spectral_f0(gain * tone, **RANGE) for gain in (1.0, 1e-3))
    np.testing.assert_allclose(soft, whole, rtol=1e-3)


def test_silence_is_the_middle_of_the_range_and_all_else_is_in_it():
    silence = st.spectral_f0(UNPITCHED["silence"], **RANGE)
    np.testing.assert_allclose(silence, np.sqrt(80.0 * 1000.0), rtol=1e-9)
    for sound in UNPITCHED.values():
        result = st.spectral_f0(sound, **RANGE).numpy()
        assert np.all((result >= 80.0) & (result <= 1000.0))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_clipping_and_an_offset_leave_the_pitch(dtype):
    for name in ("clipped", "beside a hundred times its offset"):
        result = st.spectral_f0(PITCHED[name].astype(dtype), **RANGE)
        assert np.max(cents(result, 200.0)[10:-10]) < 100 / 12, name


@pytest.mark.parametrize("name", UNPITCHED | PITCHED)
def test_what_is_no_tone_has_no_nan_and_a_finite_gradient(name):
    sound = tf.constant((UNPITCHED | PITCHED)[name])
    with tf.GradientTape() as tape:
        tape.watch(sound)
        result = st.spectral_f0(sound, **RANGE)
        total = tf.reduce_sum(result)
    assert np.all(np.isfinite(result))
    assert np.all(np.isfinite(tape.gradient(total, sound)))


def heard(octaves: tf.Tensor, target_hz: float) -> tuple[tf.Tensor, tf.Tensor]:
    """Octaves of a saw above 200 Hz as they are heard, from the target, and their gradient."""
    with tf.GradientTape() as tape:
        tape.watch(octaves)
        f0_hz = tf.fill([51], 200.0 * tf.exp(np.log(2.0) * octaves))
        shape = tf.ones([51, 1], tf.float64) / np.arange(1, 9)
        grid = {"sample_rate": RATE, "hop_length": 160}
        tone = st.harmonic_synthesis(f0_hz, tf.ones_like(f0_hz), shape, **grid)
        found = st.spectral_f0(tone, **RANGE)[15:-15]
        away = tf.reduce_mean(tf.math.log(found / target_hz)) / np.log(2.0)
    return away, tape.gradient(away, octaves)


@pytest.mark.parametrize("octaves", [-0.3, 0.01, 0.4])
def test_a_pitch_that_rises_is_heard_to_rise_as_much(octaves):
    middle = np.mean([float(heard(tf.constant(octaves + d), 200.0)[1]) for d in RISES])
    assert middle == pytest.approx(1.0, abs=0.1)


RISES = np.arange(8) / 8 / 48  # candidates apart, of which the softmax leaves a ripple


def test_descent_tunes_an_oscillator():
    octaves = tf.constant(0.0, tf.float64)
    for _ in range(12):
        away, slope = heard(octaves, 260.0)
        octaves -= 0.5 * away * tf.sign(slope)
    assert float(octaves) == pytest.approx(np.log2(1.3), abs=1 / 144)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"temperature": 0.0}, "temperature must be above 0; got 0.0"),
        ({"power_floor": 0.0}, "power_floor must be above 0; got 0.0"),
        ({"n_harmonics": 0}, "n_harmonics must be an integer of at least 1; got 0"),
        ({"bins_per_octave": 0}, "bins_per_octave must be an integer of at least 1; got 0"),
        ({"fmin": 0.0}, "fmin must be above 0 Hz and below fmax=1000; got 0.0"),
        ({"audio": np.float64(0.0)}, "audio must have a time axis; got"),
    ],
)
def test_what_is_wrong_is_named(wrong, message):
    given = {"audio": np.zeros(1000), **RANGE, **wrong}
    with pytest.raises(ValueError, match=message):
        st.spectral_f0(given.pop("audio"), **given)
