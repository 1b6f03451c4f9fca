"""Contrast beside librosa's."""

import librosa
import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from tests.tolerances import assert_close

OCTAVES = [
    (22050, 2048, 200.0, 6, 0.02),
    (16000, 512, 200.0, 4, 0.3),
    (8000, 255, 250.0, 1, 0.9),
    (44100, 4096, 100.0, 8, 0.001),
]


@pytest.mark.parametrize(("rate", "n_fft", "fmin", "n_bands", "quantile"), OCTAVES)
def test_it_is_librosas(rate, n_fft, fmin, n_bands, quantile, rng):
    levels = rng.exponential(size=(7, n_fft // 2 + 1)) ** 4
    levels[3] = 0.0
    settings = {"fmin": fmin, "n_bands": n_bands, "quantile": quantile}
    hz = librosa.fft_frequencies(sr=rate, n_fft=n_fft)
    expected = librosa.feature.spectral_contrast(S=levels.T, sr=rate, freq=hz, **settings).T
    found = st.spectral_contrast(levels, sample_rate=rate, n_fft=n_fft, **settings)
    assert_close(found, expected, 64, np.float64)


def test_silence_has_none_and_no_slope():
    silence = tf.zeros([4, 1025])
    with tf.GradientTape() as tape:
        tape.watch(silence)
        contrast = st.spectral_contrast(silence, sample_rate=22050)
    np.testing.assert_array_equal(contrast, np.zeros([4, 7]))
    np.testing.assert_array_equal(tape.gradient(contrast, silence), np.zeros([4, 1025]))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sample_rate": 0}, "sample_rate must be above 0 Hz; got 0"),
        ({"n_fft": 600}, "n_fft must be of n_fft // 2 [+] 1 = 257 bins; got 600"),
        ({"fmin": 0.0}, r"fmin must be above 0 Hz; got 0\.0"),
        ({"n_bands": 0}, "n_bands must be an integer of at least 1; got 0"),
        ({"n_bands": 7}, r"the last of n_bands must begin below 8000\.0 Hz; got 12800"),
        ({"quantile": 1.0}, r"quantile must be in \(0, 1\); got 1\.0"),
        ({"fmin": 10.0}, r"every band must hold bins: take a longer n_fft .*; got \[0"),
    ],
)
def test_arguments_out_of_range_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        st.spectral_contrast(np.ones([3, 257]), **({"sample_rate": 16000} | settings))


def test_a_spectrogram_without_frames_is_refused():
    with pytest.raises(ValueError, match="of known bins"):
        st.spectral_contrast(np.ones(257), sample_rate=16000)
