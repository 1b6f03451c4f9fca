"""The phase gradient: the published Gaussians, and a chirp whose phase is known."""

import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from spectrotools.ops.phase_gradient import gaussian_width, phase_steps


def test_gaussian_width_is_near_the_published_constants():
    # Prusa, Balazs and Sondergaard, 2017, table I: gamma over the squared length of the window.
    for window, constant in (("hann", 0.25645), ("hamming", 0.29794), ("blackman", 0.17954)):
        samples = st.STFT(n_fft=1024, window=window).window_samples
        assert gaussian_width(samples) / 1024**2 == pytest.approx(constant, rel=0.04)


def test_steps_are_those_of_the_phase_where_there_is_sound(rng):
    stft = st.STFT(n_fft=512, hop_length=64)
    time = np.arange(8192)
    spectrum = stft(np.cos(0.4 * time + 4e-5 * time**2)).numpy()
    ahead, up = phase_steps(tf.abs(spectrum)[None], stft.window_samples, 64)
    middle = np.s_[20:100]
    loud = np.abs(spectrum) > 0.3 * np.abs(spectrum).max()
    for steps, axis in ((ahead, 0), (up, 1)):
        turns = np.diff(np.angle(spectrum), axis=axis) / (2 * np.pi)
        ends = loud[1:] & loud[:-1] if axis == 0 else loud[:, 1:] & loud[:, :-1]
        error = steps[0].numpy()[middle] - turns[middle]
        error = (error - np.round(error))[ends[middle]]
        assert error.size > 150
        assert np.max(np.abs(error)) < 0.02


def test_steps_do_not_depend_on_loudness_and_are_finite_next_to_silence(rng):
    stft = st.STFT(n_fft=64)
    magnitudes = np.abs(stft(rng.standard_normal(640)))[None]
    magnitudes[:, 10] = 0.0
    whole = phase_steps(tf.constant(magnitudes), stft.window_samples, 16)
    quieter = phase_steps(tf.constant(1e-5 * magnitudes), stft.window_samples, 16)
    for one, two in zip(whole, quieter, strict=True):
        assert np.all(np.isfinite(one))
        np.testing.assert_allclose(two, one, rtol=0, atol=1e-9)
