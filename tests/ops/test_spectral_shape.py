"""The shape of spectra beside librosa's, and of spectra whose shape is known."""

import itertools

import librosa
import numpy as np
import pytest
import scipy.spatial.distance
import tensorflow as tf

import spectrotools as st
from tests.tolerances import assert_close

HZ = {"sample_rate": 16000}
PEERS = {
    "centroid": (st.spectral_centroid, librosa.feature.spectral_centroid),
    "bandwidth": (st.spectral_bandwidth, librosa.feature.spectral_bandwidth),
    "rolloff": (st.spectral_rolloff, librosa.feature.spectral_rolloff),
}


@pytest.fixture
def levels(rng):
    """Spectra of noise, one of them silent, one of them a bin alone."""
    levels = rng.exponential(size=(2, 9, 129))
    levels[0, 3] = 0.0
    levels[1, 5] = np.arange(129) == 40
    return levels


def turned(levels):
    return levels.swapaxes(-1, -2)


@pytest.mark.parametrize("name", list(PEERS))
def test_it_is_librosas(name, levels):
    op, peer = PEERS[name]
    expected = peer(S=turned(levels), sr=16000)[..., 0, :]
    assert_close(op(levels, **HZ), expected, 64, np.float64)


@pytest.mark.parametrize("name", list(PEERS))
def test_a_transform_of_odd_length_has_other_frequencies(name, levels):
    op, peer = PEERS[name]
    hz = librosa.fft_frequencies(sr=16000, n_fft=257)
    expected = peer(S=turned(levels), sr=16000, freq=hz)[..., 0, :]
    assert_close(op(levels, n_fft=257, **HZ), expected, 64, np.float64)


@pytest.mark.parametrize("order", [1.0, 3.0])
def test_bandwidths_of_other_orders_are_librosas(order, levels):
    expected = librosa.feature.spectral_bandwidth(S=turned(levels), sr=16000, p=order)
    found = st.spectral_bandwidth(levels, order=order, **HZ)
    assert_close(found, expected[..., 0, :], 1e4, np.float64)  # a bin alone has a root of rounding


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_rolloffs_of_other_shares_are_librosas(share, levels):
    expected = librosa.feature.spectral_rolloff(S=turned(levels), sr=16000, roll_percent=share)
    found = st.spectral_rolloff(levels, share=share, **HZ)
    assert_close(found, expected[..., 0, :], 4, np.float64)


@pytest.mark.parametrize("settings", [{}, {"power": 1.0}, {"amin": 1e-3}])
def test_flatness_is_librosas(settings, levels):
    expected = librosa.feature.spectral_flatness(S=turned(levels), **settings)[..., 0, :]
    assert_close(st.spectral_flatness(levels, **settings), expected, 64, np.float64)


def test_flux_is_twice_scipys_distance_by_the_cosine(rng):
    levels = rng.exponential(size=(5, 20))
    pairs = itertools.pairwise(levels)
    expected = [0.0, *(2 * scipy.spatial.distance.cosine(*pair) for pair in pairs)]
    assert_close(st.spectral_flux(levels), np.array(expected), 64, np.float64)


def test_flux_hears_no_level_and_knows_silence():
    shape = np.array([1.0, 2.0, 0.0])
    levels = np.stack([shape, 7 * shape, 0 * shape, shape, [0.0, 0.0, 3.0]])
    np.testing.assert_allclose(st.spectral_flux(levels), [0, 0, 1, 1, 2], atol=1e-15)


@pytest.mark.parametrize(
    ("op", "value"),
    [
        (lambda x: st.spectral_centroid(x, **HZ), 0.0),
        (lambda x: st.spectral_bandwidth(x, **HZ), 0.0),
        (lambda x: st.spectral_bandwidth(x, order=1.5, **HZ), 0.0),
        (lambda x: st.spectral_rolloff(x, **HZ), 0.0),
        (st.spectral_flatness, 1.0),
        (st.spectral_flux, 0.0),
    ],
)
def test_silence_has_a_value_and_no_slope(op, value):
    silence = tf.zeros([4, 33])
    with tf.GradientTape() as tape:
        tape.watch(silence)
        result = op(silence)
    np.testing.assert_allclose(result, value, atol=1e-6)
    slope = tape.gradient(result, silence, unconnected_gradients="zero")
    np.testing.assert_array_equal(slope, np.zeros([4, 33]))


def test_a_spectrum_of_one_bin_is_at_0_hz():
    assert st.spectral_centroid([[1.0]], **HZ).numpy() == 0.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: st.spectral_centroid(x[0], **HZ), "spectrogram must be .*, of known bins"),
        (lambda x: st.spectral_centroid(x, sample_rate=0), "sample_rate must be above 0 Hz"),
        (
            lambda x: st.spectral_centroid(x, n_fft=10, **HZ),
            r"n_fft must be of .* = 5 bins.*got 10",
        ),
        (lambda x: st.spectral_bandwidth(x, order=0.5, **HZ), "order must be .* at least 1; got"),
        (lambda x: st.spectral_rolloff(x, share=1.5, **HZ), r"share must be a number in \[0, 1\]"),
        (lambda x: st.spectral_flatness(x, amin=0.0), r"amin must be above 0; got 0\.0"),
        (lambda x: st.spectral_flatness(x, power=0.5), "power must be a number of at least 1"),
    ],
)
def test_arguments_out_of_range_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(np.ones([3, 5]))
