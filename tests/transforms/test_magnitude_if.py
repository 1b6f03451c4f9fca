"""MagnitudeIF: what its numbers mean, how exactly they come back, silence, and refusals."""

import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from tests.tolerances import error_db


def snr_db(result, expected):
    error = np.linalg.norm(result - expected) / np.linalg.norm(expected)
    return -20 * np.log10(error)


def test_a_minute_of_noise_comes_back_to_100_db(rng):
    rep = st.MagnitudeIF(st.STFT(n_fft=1024, hop_length=256))
    audio = rng.uniform(-1, 1, 60 * 16000).astype(np.float32)
    restored = rep.inverse(rep(audio), length=len(audio)).numpy()
    assert snr_db(restored, audio) >= 100
    first, last = slice(0, 16000), slice(-16000, None)
    assert snr_db(restored[last], audio[last]) > snr_db(restored[first], audio[first]) - 1


def test_integer_phase_is_the_same_to_the_last_bit(rng):
    rep = st.MagnitudeIF(st.STFT(n_fft=256, hop_length=64), phase="integer")
    audio = rng.uniform(-1, 1, 20000).astype(np.float32)
    log_magnitude, frequency = rep(audio)
    assert frequency.dtype == tf.int32
    spectrum = rep.spectrum((log_magnitude, frequency))
    expected = np.angle(rep.stft(audio).numpy().astype(np.complex128))
    error = np.abs(
        np.angle(np.exp(1j * (np.angle(spectrum.numpy().astype(np.complex128)) - expected)))
    )
    assert np.max(error) < 1e-6
    # Summed in Python's integers, which have no end, and wrapped at the end.
    advance = np.array([k * 64 % 256 * 2**32 // 256 for k in range(129)], dtype=object)
    steps = frequency.numpy().astype(object)
    steps[1:] += advance
    turns = np.cumsum(steps, axis=0)
    phase = (np.vectorize(int)(turns) + 2**31) % 2**32 - 2**31
    expected = (phase * (2 * np.pi * 2.0**-32)).astype(np.float32)
    found = st.angle(rep.spectrum((tf.zeros_like(log_magnitude), frequency))).numpy()
    assert np.max(np.abs(np.angle(np.exp(1j * (found - expected).astype(np.float64))))) < 1e-6


def test_what_the_numbers_are():
    rep = st.MagnitudeIF(st.STFT(n_fft=512, hop_length=128))
    tone = np.cos(2 * np.pi * 1010.0 * np.arange(16000) / 16000)
    coefficients = rep(tone)
    assert coefficients._fields == ("log_magnitude", "instantaneous_frequency")
    magnitude = np.abs(rep.stft(tone))
    np.testing.assert_allclose(np.exp(coefficients.log_magnitude), magnitude + 1e-6, rtol=1e-9)
    steady = coefficients.instantaneous_frequency[20:-20, 32]
    np.testing.assert_allclose(steady, 2 * 128 * (1010 / 16000 - 32 / 512), atol=1e-6)


def test_silence_is_silence_and_has_a_gradient():
    rep = st.MagnitudeIF(st.STFT(n_fft=64, hop_length=16))
    silence = tf.zeros([2, 300])
    with tf.GradientTape() as tape:
        tape.watch(silence)
        log_magnitude, frequency = rep(silence)
        value = tf.reduce_sum(log_magnitude) + tf.reduce_sum(frequency)
    assert np.all(np.isfinite(tape.gradient(value, silence)))
    np.testing.assert_allclose(log_magnitude, np.log(1e-6), rtol=1e-6)
    assert np.max(np.abs(rep.inverse((log_magnitude, frequency), length=300))) < 1e-12


@pytest.mark.parametrize("phase", ["float", "integer"])
@pytest.mark.parametrize("length", [1, 15, 16, 17, 1000])
def test_float64_comes_back_to_rounding(length, phase, rng):
    rep = st.MagnitudeIF(st.STFT(n_fft=63, hop_length=13), phase=phase)
    audio = rng.uniform(-1, 1, (2, length))
    assert error_db(rep.inverse(rep(audio), length=length).numpy(), audio) < -230


def test_arguments_that_do_not_fit_are_refused():
    stft = st.STFT(n_fft=64)
    with pytest.raises(ValueError, match="stft must be an STFT; got 64"):
        st.MagnitudeIF(64)
    with pytest.raises(ValueError, match=r"log_floor must be above 0; got 0\.0"):
        st.MagnitudeIF(stft, log_floor=0.0)
    with pytest.raises(ValueError, match="phase must be one of 'float', 'integer'; got 'int'"):
        st.MagnitudeIF(stft, phase="int")
