"""True peaks of sines whose peaks lie between samples, as EBU Tech 3341 asks for them."""

import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st

RATE = 48000


def faded(samples: int) -> np.ndarray:
    """A ramp at both ends: a sine that starts at once has a higher peak there."""
    ramp = np.minimum(np.arange(samples), np.arange(samples)[::-1]) / 480
    return np.minimum(ramp, 1.0)


@pytest.mark.parametrize(
    ("amplitude", "period", "degrees", "expected"),
    [
        (0.5, 4, 0.0, -6.0),
        (0.5, 4, 45.0, -6.0),
        (0.5, 6, 60.0, -6.0),
        (0.5, 8, 67.5, -6.0),
        (1.41, 4, 45.0, 3.0),
    ],
)
def test_cases_15_to_19(amplitude, period, degrees, expected):
    turns = np.arange(RATE) / period + degrees / 360
    audio = amplitude * np.sin(2 * np.pi * turns) * faded(RATE)
    for dtype in (np.float32, np.float64):
        result = float(st.true_peak(audio.astype(dtype), sample_rate=RATE))
        assert expected - 0.4 < result < expected + 0.2


@pytest.mark.parametrize("offset", range(4))
def test_a_peak_at_any_quarter_of_a_sample_is_seen(offset):
    """In the manner of cases 20 to 23: made at four times the rate, and every fourth sample."""
    place = np.arange(-4000, 4000) / 4
    high = np.sinc(place / 3) * np.cos(2 * np.pi * place / 8) * np.hanning(8000)  # peak 1 at 0
    low = high[offset::4]
    result = float(st.true_peak(low, sample_rate=RATE))
    assert -0.4 < result < 0.2
    assert result == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize("times", [1, 2, 3, 4, 8])
def test_it_is_never_below_the_samples(times, rng):
    audio = rng.uniform(-1, 1, (5, 300))
    result = st.true_peak(audio, sample_rate=RATE, oversampling=times)
    peaks = 20 * np.log10(np.max(np.abs(audio), axis=-1))
    assert np.all(result >= peaks - 1e-9)
    if times == 1:
        np.testing.assert_allclose(result, peaks, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("times", "period"), [(4, 4.01), (4, 3.01), (8, 4.01), (2, 8.01)])
def test_a_sine_is_not_lower_than_the_steps_between_samples_make_it(times, period):
    audio = np.sin(2 * np.pi * np.arange(20000) / period) * faded(20000)
    result = float(st.true_peak(audio, sample_rate=RATE, oversampling=times))
    assert 20 * np.log10(np.cos(np.pi / period / times)) - 1e-3 < result < 2e-3


@pytest.mark.parametrize(("rate", "times"), [(8000, 4), (88200, 4), (96000, 2), (192000, 1)])
def test_the_rate_says_how_much_oversampling_is_needed(rate, times, rng):
    audio = rng.uniform(-1, 1, 500)
    expected = st.true_peak(audio, sample_rate=44100, oversampling=times)
    np.testing.assert_array_equal(st.true_peak(audio, sample_rate=rate), expected)


def test_silence_and_nothing_are_the_floor():
    for samples in (0, 1, 100):
        silence = tf.zeros([2, samples])
        np.testing.assert_allclose(st.true_peak(silence, sample_rate=RATE), -120.0, rtol=1e-6)
    assert float(st.true_peak(tf.zeros([9]), sample_rate=RATE, floor_db=-60.0)) == pytest.approx(
        -60
    )


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"oversampling": 0}, r"oversampling must be an integer in \[1, 64\]; got 0"),
        ({"floor_db": 1.0}, r"floor_db must be a number in \[-300, 0\]; got 1.0"),
        ({"sample_rate": None}, "sample_rate must be a number; got None"),
        ({"audio": 1.0}, "audio must have a time axis"),
    ],
)
def test_what_is_wrong_is_named(settings, match):
    arguments = {"audio": np.zeros(10), "sample_rate": RATE} | settings
    with pytest.raises(ValueError, match=match):
        st.true_peak(arguments.pop("audio"), **arguments)
