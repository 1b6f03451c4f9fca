"""Ratios against closed forms of orthogonal noise, and where they are infinite."""

import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st

N = 1000
TIME = 2 * np.pi * np.arange(N) / N
TONE = np.sin(5 * TIME)


def noisy(db: float, gain: float = 1.0) -> np.ndarray:
    """The tone and another one, orthogonal and so many dB softer."""
    return gain * (TONE + 10 ** (-db / 20) * np.sin(8 * TIME))


@pytest.mark.parametrize("db", [-20.0, 0.0, 12.5, 60.0])
@pytest.mark.parametrize("gain", [1.0, 0.1, 3.0])
def test_ratios_are_those_of_orthogonal_noise(db, gain):
    assert float(st.metrics.si_sdr(TONE, noisy(db, gain))) == pytest.approx(db, abs=1e-9)
    noise = (1 - gain) ** 2 + gain**2 * 10 ** (-db / 10)
    expected = -10 * np.log10(noise)
    assert float(st.metrics.snr(TONE, noisy(db, gain))) == pytest.approx(expected, abs=1e-9)


def test_a_negative_gain_is_no_distortion_but_is_noise():
    assert float(st.metrics.si_sdr(TONE, noisy(20.0, -1.0))) == pytest.approx(20.0, abs=1e-9)
    assert float(st.metrics.snr(TONE, -TONE)) == pytest.approx(-20 * np.log10(2), abs=1e-9)


def test_an_offset_is_a_distortion_unless_the_mean_is_taken_away():
    offset = noisy(20.0) + 5.0
    expected = -10 * np.log10(0.01 + 2 * 25.0)
    assert float(st.metrics.si_sdr(TONE, offset)) == pytest.approx(expected, abs=1e-9)
    without = st.metrics.si_sdr(TONE + 3.0, offset, zero_mean=True)
    assert float(without) == pytest.approx(20.0, abs=1e-9)


@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_ratios_of_silence_are_infinite_or_zero(dtype, jit, rng):
    sound, silence = rng.standard_normal(N).astype(dtype), np.zeros(N, dtype)
    references = np.stack([sound, silence, sound, silence])
    estimates = np.stack([sound, silence, silence, sound])
    for metric, lost in ((st.metrics.snr, 0.0), (st.metrics.si_sdr, -np.inf)):
        run = tf.function(metric, jit_compile=jit)
        np.testing.assert_array_equal(run(references, estimates), [np.inf, np.inf, lost, -np.inf])


def test_float32_is_as_exact_as_it_can_be(rng):
    """Of sums of a million samples, and of noise 100 dB below the sound."""
    sound = rng.standard_normal((3, 10**6)).astype(np.float32)
    noise = (1e-5 * rng.standard_normal((3, 10**6))).astype(np.float32)
    exact, heard = sound.astype(np.float64), (sound + noise).astype(np.float64)
    expected = 10 * np.log10(np.sum(exact**2, -1) / np.sum((exact - heard) ** 2, -1))
    np.testing.assert_allclose(st.metrics.snr(sound, sound + noise), expected, atol=1e-3)
    np.testing.assert_allclose(st.metrics.si_sdr(sound, sound + noise), expected, atol=0.2)


@pytest.mark.parametrize("metric", [st.metrics.snr, st.metrics.si_sdr])
@pytest.mark.parametrize(
    ("reference", "estimate", "message"),
    [
        (np.float64(1.0), np.float64(1.0), "reference must have a time axis; got"),
        (np.ones(9, np.int16), np.ones(9, np.int16), "reference must be floating point; got int"),
        (np.ones(9), np.ones(9, np.int16), "estimate must be floating point; got int16"),
        (np.ones(9), np.ones(8), "estimate must have the shape and dtype of reference, float64"),
        (np.ones((2, 9)), np.ones(9), "estimate must have the shape and dtype of reference"),
        (np.ones(9), np.ones(9, np.float32), r"of reference, float64 \(9,\); got 'float32 \(9,"),
        (np.ones((2, 0)), np.ones((2, 0)), "reference must not have an empty time axis; got"),
    ],
)
def test_pairs_that_are_none_are_refused(metric, reference, estimate, message):
    with pytest.raises(ValueError, match=message):
        metric(reference, estimate)
