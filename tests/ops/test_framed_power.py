"""Squared magnitudes of frames, two at a time too, against NumPy's Fourier transform."""

import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st

RUNS = pytest.mark.parametrize("jit", [None, False, True], ids=["eager", "graph", "xla"])
# Lengths of no frame, one, an even number of them and an odd one.
LENGTHS = (1, 63, 64, 65, 200, 217)


def of_numpy(signal: np.ndarray, stft: st.STFT) -> np.ndarray:
    """By NumPy, of frames that begin at whole hops and end within the signal."""
    count = max(0, 1 + (signal.shape[-1] - stft.n_fft) // stft.hop_length)
    starts = stft.hop_length * np.arange(count)
    frames = signal[..., starts[:, None] + np.arange(stft.n_fft)]
    return np.abs(np.fft.rfft(frames * stft.window_samples)) ** 2


def way(function, jit):
    return function if jit is None else tf.function(function, jit_compile=jit)


@RUNS
@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize(("n_fft", "hop_length"), [(64, 16), (64, 23), (2, 1), (15, 4)])
def test_powers_are_those_of_numpy(n_fft, hop_length, length, jit, rng):
    stft = st.STFT(n_fft=n_fft, hop_length=hop_length, convention="tf")
    signal = rng.standard_normal((3, length))
    expected = of_numpy(signal, stft)
    result = way(stft.power, jit)(tf.constant(signal))
    assert result.shape == expected.shape
    np.testing.assert_allclose(result, expected, atol=1e-12 * n_fft**2)


@RUNS
def test_powers_of_padded_frames_are_those_of_the_coefficients(jit, rng):
    stft = st.STFT(n_fft=256, hop_length=64)
    signal = tf.constant(rng.standard_normal((2, 2, 1000)).astype(np.float32))
    expected = np.abs(stft(tf.cast(signal, tf.float64))) ** 2
    result = way(stft.power, jit)(signal)
    assert result.dtype == tf.float32
    np.testing.assert_allclose(result, expected, atol=2e-6 * np.max(expected))
    half = way(stft.power, jit)(tf.cast(signal, tf.float16))
    assert half.dtype == tf.float32


@RUNS
@pytest.mark.parametrize("length", [200, 217])
def test_gradients_are_finite_differences(length, jit, rng):
    stft = st.STFT(n_fft=64, hop_length=16)
    signal, direction = (tf.constant(rng.standard_normal((2, length))) for _ in range(2))
    weights = rng.standard_normal(stft.power(signal).shape)

    def value(signal):
        return tf.reduce_sum(stft.power(signal) * weights)

    def slope(signal):
        with tf.GradientTape() as tape:
            tape.watch(signal)
            result = value(signal)
        return tape.gradient(result, signal)

    along = np.sum(way(slope, jit)(signal) * direction)
    step = 1e-4 * direction  # of a square the central difference is exact
    difference = (value(signal + step) - value(signal - step)) / 2e-4
    np.testing.assert_allclose(along, difference, rtol=1e-8)


@RUNS
def test_silence_before_a_burst_stays_below_any_floor(jit, rng):
    """Its frame is transformed together with one that holds the first quarter of the burst."""
    stft = st.STFT(n_fft=2048, hop_length=512, convention="tf")
    signal = np.concatenate([np.zeros(2048 + 4 * 512), rng.uniform(-1, 1, 8192)])
    result = way(stft.power, jit)(tf.constant(signal, tf.float32)).numpy()
    silent = 1 + 4  # frames that end before the burst
    assert np.max(result[silent:]) > 1e3
    assert np.sqrt(np.max(result[:silent])) < 1e-5


def test_a_graph_of_unknown_shape_gives_the_same(rng):
    stft = st.STFT(n_fft=64, hop_length=16, convention="tf")
    unknown = tf.function(stft.power, input_signature=[tf.TensorSpec(None, tf.float64)])
    for length in LENGTHS:
        signal = rng.standard_normal((2, length))
        np.testing.assert_allclose(unknown(signal), of_numpy(signal, stft), atol=1e-9)


def test_what_a_call_refuses_is_refused():
    stft = st.STFT(n_fft=64)
    with pytest.raises(ValueError, match="audio must be floating point"):
        stft.power(tf.zeros([100], tf.int16))
    with pytest.raises(ValueError, match="audio must have a time axis"):
        stft.power(tf.constant(0.0))
