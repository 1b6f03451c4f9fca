"""Synthesisers are the ops they stand on, refuse what those refuse, and draw noise anew."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from tests.tolerances import assert_close

GRID = {"sample_rate": 16000, "hop_length": 64}
FLAT = tf.zeros([1, 10])


def test_harmonic_has_the_length_that_it_is_given():
    controls = tf.ones([1, 11, 1]), tf.ones([1, 11, 3]), tf.fill([1, 11, 1], 300.0)
    synth = st.synths.Harmonic(length=640, **GRID)
    whole = st.synths.Harmonic(**GRID)(*controls)
    assert_close(synth(*controls), whole[:, :640], 8, np.float32)


def test_inputs_may_be_named():
    """Called, and in a model."""
    sizes = {"amplitudes": 1, "harmonic_distribution": 3, "f0_hz": 1}
    inputs = {name: tf.fill([1, 5, size], 300.0) for name, size in sizes.items()}
    synth = st.synths.Harmonic(scale_fn=None, **GRID)
    expected = synth(*inputs.values())
    assert_close(synth(**inputs), expected, 0, np.float32)
    ends = {name: keras.Input((None, size), name=name) for name, size in sizes.items()}
    assert_close(keras.Model(ends, synth(**ends))(inputs), expected, 0, np.float32)


def test_a_steady_sinusoid_is_one():
    """An amplitude of 0.4054 at 255.74 Hz, which zeros are scaled to."""
    sound = st.synths.Sinusoidal(dtype="float64", **GRID)(
        np.zeros([1, 20, 1]), np.zeros([1, 20, 1])
    )
    hz = np.sqrt(440.0 * 2 ** (-69 / 12) * 8000.0)
    expected = (2 * 0.5 ** np.log(10) + 1e-7) * np.sin(2 * np.pi * hz / 16000 * np.arange(1280))
    assert_close(sound[0], expected, 1e5, np.float64)


def test_frequencies_may_be_scaled_otherwise():
    scale = functools.partial(st.frequencies_softmax, depth=4, fmin=100.0, fmax=400.0)
    synth = st.synths.Sinusoidal(freq_scale_fn=scale, **GRID)
    again = st.synths.Sinusoidal.from_config(synth.get_config())
    controls = again.get_controls(tf.zeros([1, 3, 2]), tf.zeros([1, 3, 8]))
    np.testing.assert_allclose(controls["frequencies_hz"], np.full([1, 3, 2], 200.0), rtol=1e-6)


def test_harmonics_begin_by_falling_as_told():
    """In octaves of 0, 1, log2(3) and 2, by the published scaling; the last is above Nyquist."""
    synth = st.synths.Harmonic(initial_rolloff=0.6, dtype="float64", **GRID)
    zeros = np.zeros([1, 2, 1]), np.zeros([1, 2, 4]), np.full([1, 2, 1], 2500.0)
    found = synth.get_controls(*zeros)["harmonic_distribution"]
    logits = -0.6 * np.log2([1.0, 2.0, 3.0])
    scaled = 2.0 * (1.0 / (1.0 + np.exp(-logits))) ** np.log(10.0) + 1e-7
    expected = np.append(scaled / scaled.sum(), 0.0)
    np.testing.assert_allclose(found, np.tile(expected, [1, 2, 1]), rtol=1e-12)
    unscaled = st.synths.Harmonic(initial_rolloff=0.6, scale_fn=None, **GRID)
    even = unscaled.get_controls(*(tf.ones_like(each) for each in zeros))
    np.testing.assert_allclose(even["harmonic_distribution"], np.full([1, 2, 4], 0.25))


def test_a_scaling_of_ones_own_is_saved_if_registered():
    synth = st.synths.Harmonic(scale_fn=keras.ops.abs, **GRID)
    again = st.synths.Harmonic.from_config(synth.get_config())
    np.testing.assert_array_equal(again.scale_fn(tf.constant([-2.0])), [2.0])
    with pytest.raises(ValueError, match="a partial must bind by keyword only; got"):
        st.synths.Harmonic(scale_fn=functools.partial(st.exp_sigmoid, 1.0), **GRID).get_config()


def test_every_step_of_training_hears_another_noise():
    """In a compiled graph too: the generator of seeds is a variable."""
    synth = st.synths.FilteredNoise(hop_length=64, scale_fn=None, seed=0)
    for jit in (False, True):
        run = tf.function(synth, jit_compile=jit)
        first, second, third = (run(tf.ones([2, 50, 17])).numpy() for _ in range(3))
        for one, other in ((first, second), (second, third), (first[:1], first[1:])):
            assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.06


def test_a_seed_brings_the_same_noise_again():
    made = [st.synths.FilteredNoise(hop_length=64, seed=4) for _ in range(2)]
    bands = tf.fill([1, 5, 9], 5.0)
    np.testing.assert_array_equal(made[0](bands), made[1](bands))


def test_a_filter_longer_than_the_bands_give_is_all_they_give():
    ones, key = tf.ones([1, 5, 9]), tf.constant([1, 2])
    made = [st.synths.FilteredNoise(hop_length=64, window_size=w) for w in (257, 16, None)]
    sounds = [synth.get_signal(**synth.get_controls(ones, seed=key)) for synth in made]
    np.testing.assert_array_equal(sounds[0], sounds[1])
    np.testing.assert_array_equal(sounds[0], sounds[2])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: st.synths.Harmonic(sample_rate=0, hop_length=1), "sample_rate must be above 0"),
        (lambda: st.synths.Harmonic(sample_rate=1, hop_length=0), "hop_length must be an integer"),
        (lambda: st.synths.Harmonic(length=-1, **GRID), "length must be an integer of at"),
        (lambda: st.synths.Harmonic(scale_fn=3, **GRID), "scale_fn must be a function, or None"),
        (
            lambda: st.synths.Harmonic(initial_rolloff=-1.0, **GRID),
            "initial_rolloff must be a number of at least 0; got -1.0",
        ),
        (
            lambda: st.synths.Harmonic(convention="torch", **GRID),
            "convention must be one of",
        ),
        (lambda: st.synths.Wavetable(lookup="sinc", **GRID), "lookup must be one of"),
        (
            lambda: st.synths.FilteredNoise(hop_length=4, window_size=-1),
            "window_size must be an in",
        ),
        (lambda: st.synths.FilteredNoise(hop_length=4, seed=-1), "seed must be an integer in"),
        (
            lambda: st.synths.FilteredNoise(hop_length=4)(tf.zeros([1, 3, 0])),
            "magnitudes must have at least one band; got 0",
        ),
        (
            lambda: st.synths.Harmonic(**GRID)(tf.zeros([1, 3, 2]), tf.zeros([1, 3, 4]), FLAT),
            r"amplitudes must be \[..., frames\] or \[..., frames, 1\]; got \(1, 3, 2\)",
        ),
        (
            lambda: st.synths.Harmonic(**GRID)(FLAT, tf.zeros([1, 9, 4]), FLAT),
            "must have the same number of frames",
        ),
        (
            lambda: st.synths.TensorToAudio()(tf.zeros([1, 9, 2])),
            r"samples must be \[..., time, 1\]; got",
        ),
    ],
)
def test_what_makes_no_sound_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
