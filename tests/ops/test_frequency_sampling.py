"""Impulse responses of magnitudes against their formula in NumPy, and DDSP's in its own steps."""

import numpy as np
import pytest
import scipy.signal
import tensorflow as tf

import spectrotools as st
from tests.tolerances import error_db


def formula(magnitudes: np.ndarray, window_size: int) -> np.ndarray:
    """The inverse transform about its middle, weighted by a periodic Hann window."""
    size = max(2 * (len(magnitudes) - 1), 1)
    response = np.fft.irfft(magnitudes, size) if size > 1 else magnitudes
    k = np.arange(window_size) - window_size // 2
    return np.cos(np.pi * k / window_size) ** 2 * response[k % size]


@pytest.mark.parametrize("bands", [1, 2, 3, 9, 65, 512, 513, 600])
def test_a_response_is_the_windowed_transform(bands, rng):
    magnitudes = rng.uniform(0, 1, (2, 3, bands))
    longest = max(2 * (bands - 1), 1)
    for window_size in {1, (longest + 1) // 2, max(longest - 1, 1), longest}:
        result = st.frequency_impulse_response(magnitudes, window_size=window_size).numpy()
        assert result.shape == (2, 3, window_size)
        for given, made in zip(magnitudes.reshape(6, -1), result.reshape(6, -1), strict=True):
            assert error_db(made, formula(given, window_size)) < -295
    whole = st.frequency_impulse_response(magnitudes)
    np.testing.assert_array_equal(
        whole, st.frequency_impulse_response(magnitudes, window_size=longest)
    )


@pytest.mark.parametrize("window_size", [None, 33, 32, 7])
def test_the_filter_is_late_by_half_its_window_at_every_frequency(window_size, rng):
    size = window_size or 128
    taps = st.frequency_impulse_response(rng.uniform(0.5, 1, 65), window_size=window_size).numpy()
    frequencies, delay = scipy.signal.group_delay((taps, 1.0), w=100)
    gains = np.abs(scipy.signal.freqz(taps, worN=frequencies)[1])
    np.testing.assert_allclose(delay[gains > 1e-2], size // 2, rtol=0, atol=1e-9)


def test_what_it_filters_is_late_beside_the_filter_without_delay(rng):
    audio, magnitudes = rng.standard_normal(640), rng.uniform(0, 1, 65)
    taps = st.frequency_impulse_response(magnitudes)
    late = st.fft_convolve(audio, taps)[64 : 64 + 640]
    frames = np.tile(magnitudes, (10, 1))
    assert error_db(late, st.time_varying_fir(audio, frames, hop_length=64)) < -290


def ddsp_response(magnitudes: np.ndarray, window_size: int) -> np.ndarray:
    """DDSP's steps: ``frequency_impulse_response`` and ``apply_window_to_impulse_response``."""
    response = np.fft.irfft(magnitudes)
    size = len(response)
    window_size = window_size if 0 < window_size <= size else size
    window = tf.signal.hann_window(window_size, dtype=tf.float64).numpy()
    padding = size - window_size
    if padding > 0:
        half = (window_size + 1) // 2
        window = np.concatenate([window[half:], np.zeros(padding), window[:half]])
    else:
        window = np.fft.fftshift(window)
    response = window * response
    if padding > 0:
        start = size - (half - 1) + 1
        return np.concatenate([response[start:], response[: half + 1]])
    return np.fft.fftshift(response)


@pytest.mark.parametrize("window_size", [0, 128, 200, 127, 64, 33, 3])
def test_in_its_convention_a_response_is_ddsps(window_size, rng):
    magnitudes = rng.uniform(0, 1, 65)
    result = st.frequency_impulse_response(magnitudes, window_size=window_size, convention="ddsp")
    # Of a window of 3 its indices leave silence.
    expected = ddsp_response(magnitudes, window_size)
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-15)


@pytest.mark.parametrize(("window_size", "late"), [(0, 2), (64, 0), (33, 0)])
def test_ddsp_is_two_samples_late_at_65_bands_and_without_a_window(window_size, late, rng):
    """Of a filter that lets all through, by the samples that DDSP cuts off in front."""
    audio = rng.standard_normal(500)
    taps = st.frequency_impulse_response(
        np.ones(65), window_size=window_size, convention="ddsp"
    ).numpy()
    begin = (len(taps) - 1) // 2 - 1
    cropped = st.fft_convolve(audio, taps)[begin : begin + 500].numpy()
    lags = scipy.signal.correlation_lags(500, 500)
    assert lags[np.argmax(scipy.signal.correlate(cropped, audio))] == late
    if window_size == 0:
        np.testing.assert_allclose(cropped[2:], audio[:-2], rtol=0, atol=1e-13)


def test_half_precision_is_computed_in_single(rng):
    magnitudes = tf.constant(rng.uniform(0, 1, (2, 65)), tf.float16)
    result = st.frequency_impulse_response(magnitudes)
    single = st.frequency_impulse_response(tf.cast(magnitudes, tf.float32))
    np.testing.assert_array_equal(result, tf.cast(single, tf.float16))


@pytest.mark.parametrize(
    ("magnitudes", "wrong", "message"),
    [
        (1.0, {}, r"magnitudes must be \[..., bands\] of a known number of bands; got"),
        (np.ones([2, 0]), {}, "magnitudes must have at least one band; got 0"),
        (np.ones(5), {"window_size": 9}, r"window_size must be an integer in \[1, 8\]; got 9"),
        (np.ones(5), {"convention": "torch"}, "convention must be one of 'ddsp'; got"),
        (np.ones(2), {"convention": "ddsp"}, "magnitudes must have at least 3 bands in conv"),
        (np.ones(5), {"convention": "ddsp", "window_size": 2}, "window_size must be at least 3"),
        (np.ones(5, np.int16), {}, "magnitudes must be floating point; got int16"),
    ],
)
def test_what_is_out_of_range_is_refused(magnitudes, wrong, message):
    with pytest.raises(ValueError, match=message):
        st.frequency_impulse_response(magnitudes, **wrong)
