"""Levels against librosa's, and those of sines and squares in closed form."""

import librosa
import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st


@pytest.mark.parametrize(
    ("frame_length", "hop_length"), [(1, 1), (1, 5), (64, 16), (63, 16), (50, 64), (101, 7)]
)
def test_every_frame_is_that_of_librosa(frame_length, hop_length, rng):
    for length in (1, 15, 16, 17, 400):
        audio = rng.standard_normal((2, length))
        result = st.rms(audio, hop_length=hop_length, frame_length=frame_length)
        assert result.shape == (2, 1 + -(-length // hop_length))
        after = np.pad(audio, ((0, 0), (0, 2 * hop_length + frame_length)))
        framed = {"frame_length": frame_length, "hop_length": hop_length, "dtype": np.float64}
        peer = librosa.feature.rms(y=after, **framed)
        expected = peer[:, 0, : result.shape[1]]
        np.testing.assert_allclose(result, expected, rtol=1e-12, atol=1e-15)


def test_a_sine_and_a_square_have_their_levels():
    time = np.arange(16000) / 16000
    sine = np.sin(2 * np.pi * 1000.0 * time)
    for sound, level in ((sine, -3.0103), (np.sign(sine + 0.1), 0.0), (0.01 * sine, -43.0103)):
        for dtype in (np.float32, np.float64):
            result = st.rms_db(sound.astype(dtype), hop_length=64, frame_length=512)[5:-5]
            np.testing.assert_allclose(result, level, rtol=0, atol=1e-4)


def test_a_quiet_frame_keeps_its_precision_after_a_loud_one():
    audio = np.concatenate([np.full(5000, 1.0), np.full(5000, 1e-6)]).astype(np.float32)
    result = st.rms(audio, hop_length=10, frame_length=1000)
    np.testing.assert_allclose(result[-400:-60], 1e-6, rtol=1e-6)


@pytest.mark.parametrize("level", [st.rms, st.rms_db])
def test_gradients_of_what_is_partly_silent_are_finite(level, rng):
    audio = np.concatenate([np.zeros(100), rng.standard_normal(100), np.zeros(100)])
    variable = tf.constant(audio, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(variable)
        value = tf.reduce_sum(level(variable, hop_length=16, frame_length=32))
    gradient = tape.gradient(value, variable).numpy()
    assert np.all(np.isfinite(gradient))
    assert not np.any(gradient[:80])
    assert np.all(gradient[101:199])


def test_silence_is_0_and_the_floor():
    assert not np.any(st.rms(np.zeros(50), hop_length=16))
    np.testing.assert_allclose(st.rms_db(np.zeros(50), hop_length=16), -80.0, rtol=1e-14)
    quiet = st.rms_db(np.full(50, 1e-4, np.float32), hop_length=16, frame_length=1, floor_db=-200)
    np.testing.assert_allclose(quiet[:4], -80.0, rtol=1e-6)
    np.testing.assert_allclose(quiet[4:], -200.0, rtol=1e-6)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: st.rms(np.zeros(9), hop_length=0), "hop_length must be an integer of at least 1"),
        (
            lambda: st.rms(np.zeros(9), hop_length=3, frame_length=2.5),
            "frame_length must be an integer of at least 1; got 2.5",
        ),
        (lambda: st.rms(1.0, hop_length=3), "audio must have a time axis"),
        (
            lambda: st.rms_db(np.zeros(9), hop_length=3, floor_db=3.0),
            r"floor_db must be a number in \[-200, 0\]; got 3.0",
        ),
    ],
)
def test_what_is_wrong_is_named(call, match):
    with pytest.raises(ValueError, match=match):
        call()
