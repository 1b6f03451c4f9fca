"""Moved delays against interpolation by NumPy, and filters against what their op promises."""

import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from tests.tolerances import assert_close

RATE, TIME = 8000, 400
DOUBLE = {"dtype": "float64"}


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-x))


def late(audio: np.ndarray, samples: np.ndarray) -> np.ndarray:
    """Each sample read so far back, on the line between two; silence before the first."""
    place = np.arange(-TIME, TIME)
    padded = np.concatenate([np.zeros(TIME), audio])
    return np.interp(np.arange(TIME) - samples, place, padded)


def test_mod_delay_moves_about_its_centre(rng):
    audio, gain, phase = rng.standard_normal((3, 1, TIME))
    made = st.effects.ModDelay(
        sample_rate=RATE, center_ms=4.0, depth_ms=3.0, add_dry=False, **DOUBLE
    )
    samples = RATE / 1000 * (4.0 + 3.0 * (2.0 * sigmoid(phase[0]) - 1.0))
    level = 2.0 * sigmoid(gain[0]) ** np.log(10.0) + 1e-7
    assert_close(made(audio, gain, phase)[0], level * late(audio[0], samples), 1e4, np.float64)


def test_mod_delay_of_ddsp_moves_on_one_side_of_it(rng):
    """15 ms at phase 0 and 20 ms in the middle, of a centre of 15 and a depth of 10."""
    audio, phase = rng.standard_normal((1, TIME)), rng.uniform(0, 0.98, (1, TIME))
    made = st.effects.ModDelay(
        sample_rate=RATE, gain_scale_fn=None, phase_scale_fn=None, convention="ddsp", **DOUBLE
    )
    samples = 200.0 * (phase[0] * 0.4 + 0.6)
    expected = audio[0] + late(audio[0], samples)
    assert_close(made(audio, np.ones([1, TIME]), phase)[0], expected, 1e4, np.float64)
    for at, ms in ((0.0, 15.0), (0.5, 20.0)):
        click = np.eye(1, TIME)
        heard = made(click, np.ones([1, TIME]), np.full([1, TIME], at))[0].numpy()
        assert np.argmax(heard[1:]) + 1 == ms * RATE / 1000


@pytest.mark.parametrize(
    ("effect", "op", "settings"),
    [
        (st.effects.Vibrato, st.vibrato, {"rate_hz": 7.0, "depth_ms": 2.0, "center_ms": 3.0}),
        (st.effects.Chorus, st.chorus, {"rate_hz": 7.0, "mix": 0.3, "voices": 2}),
        (st.effects.Flanger, st.flanger, {"rate_hz": 7.0, "feedback": 0.3, "mix": 0.4}),
    ],
)
def test_a_swept_effect_is_its_op(effect, op, settings, rng):
    audio = rng.standard_normal((2, TIME))
    made = effect(sample_rate=RATE, **settings, **DOUBLE)
    assert_close(made(audio), op(audio, sample_rate=RATE, **settings), 1e4, np.float64)


def test_what_is_swept_may_be_learnt(rng):
    made = st.effects.Chorus(sample_rate=RATE, mix=st.layers.Bounded(0.5, low=0.0, high=1.0))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(made(tf.constant(rng.standard_normal((1, TIME)), tf.float32)) ** 2)
    (gradient,) = tape.gradient(loss, [made.trainable_variables[0].value])
    assert len(made.trainable_variables) == 1
    assert abs(float(gradient)) > 1e-3


def test_fir_filter_scales_and_filters_as_its_op(rng):
    audio, bands = rng.standard_normal((2, TIME)), rng.standard_normal((2, 10, 9))
    level = 2.0 * sigmoid(bands) ** np.log(10.0) + 1e-7
    for convention in (None, "ddsp"):
        made = st.effects.FIRFilter(hop_length=40, convention=convention, **DOUBLE)
        expected = st.time_varying_fir(audio, level, hop_length=40, convention=convention)
        assert_close(made(audio, bands), expected, 64, np.float64)


def test_add_and_crop_are_numpys(rng):
    first, second, third = rng.standard_normal((3, 2, 30))
    assert_close(
        st.effects.Add(**DOUBLE)(first, second, third), first + second + third, 8, np.float64
    )
    np.testing.assert_array_equal(st.effects.Crop(samples=4, **DOUBLE)(first), first[:, 4:])
    back = st.effects.Crop(samples=4, place="back", **DOUBLE)
    np.testing.assert_array_equal(back(first), first[:, :-4])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda e: e.ModDelay(sample_rate=1, center_ms=-1),
            "center_ms must be a number of at least 0",
        ),
        (
            lambda e: e.ModDelay(sample_rate=1, depth_ms=20),
            r"depth_ms must be in \[0, center",
        ),
        (lambda e: e.ModDelay(sample_rate=1), "depth_ms must be at least a sample; got 0.025"),
        (lambda e: e.ModDelay(sample_rate=9, phase_scale_fn=1), "phase_scale_fn must be a functi"),
        (lambda e: e.Vibrato(sample_rate=0), "sample_rate must be above 0 Hz; got 0"),
        (lambda e: e.Vibrato(sample_rate=9, rate_hz="fast"), "rate_hz must be a number, an array"),
        (
            lambda e: e.Chorus(sample_rate=9, max_delay_ms=1.0),
            r"max_delay_ms must be at least center_ms \+ depth_ms, 23, and above 0; got",
        ),
        (lambda e: e.Chorus(sample_rate=9, voices=0), "voices must be an integer of at least 1"),
        (
            lambda e: e.FIRFilter(hop_length=2)(tf.zeros([1, 4]), tf.zeros([1, 2, 0])),
            "magnitudes must have at least one band; got 0",
        ),
        (
            lambda e: e.FIRFilter(hop_length=2)(tf.zeros([1, 40]), tf.zeros([1, 2, 3])),
            "the length of audio must be in",
        ),
        (lambda e: e.Add().get_controls(), "signals must be at least one; got 0"),
        (lambda e: e.Add()(tf.zeros([1, 3]), tf.zeros([1, 4])), "must have the same length; got"),
        (lambda e: e.Crop(samples=-1), "samples must be an integer of at least 0; got -1"),
        (lambda e: e.Crop(samples=1, place="middle"), "place must be one of 'front', 'back'"),
        (
            lambda e: e.Crop(samples=5)(tf.zeros([1, 4])),
            "audio must have at least samples=5",
        ),
    ],
)
def test_an_effect_that_is_none_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(st.effects)
