"""Loudness against DDSP's numbers, librosa's weighting and closed forms."""

import librosa
import numpy as np
import pytest

import spectrotools as st
from spectrotools.metrics.loudness import a_weighting_db, loudness_db

RATE = 16000


def sine(hz: float, amplitude: float = 1.0, rate: int = RATE) -> np.ndarray:
    return amplitude * np.sin(2 * np.pi * hz * np.arange(rate) / rate)


@pytest.mark.parametrize(
    ("audio", "expected"),
    [
        (sine(1000.0), 19.805),
        (sine(1000.0, 0.1), -0.195),
        (sine(100.0), 1.04),
        (np.zeros(RATE), -80.0),
    ],
)
def test_loudness_is_what_ddsp_gives(audio, expected):
    heard = loudness_db(audio, sample_rate=RATE, hop_length=64)
    assert heard.shape == (251,)
    assert np.median(heard) == pytest.approx(expected, abs=1e-3)


def test_the_weighting_is_librosas():
    hz = np.r_[np.geomspace(1.0, 24000.0, 500)]
    np.testing.assert_allclose(a_weighting_db(hz), librosa.A_weighting(hz, min_db=None), rtol=1e-9)
    assert a_weighting_db(np.zeros(1)) == -np.inf


@pytest.mark.parametrize("hz", [31.5, 63.0, 125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0])
def test_the_weighting_is_that_of_the_standards_table(hz):
    """IEC 61672-1, table 3."""
    table = {31.5: -39.4, 63: -26.2, 125: -16.1, 250: -8.6, 500: -3.2}
    table |= {1000: 0.0, 2000: 1.2, 4000: 1.0, 8000: -1.1}
    exact = 1000 * 10 ** (round(10 * np.log10(hz / 1000)) / 10)
    assert float(a_weighting_db(exact)) == pytest.approx(table[hz], abs=0.051)


def test_loudness_error_is_librosas_arithmetic(rng):
    reference, estimate = rng.standard_normal((2, 3, 8000)) * [[[0.3]], [[0.01]]]
    hz = np.maximum(librosa.fft_frequencies(sr=22050, n_fft=512), 1e-3)  # no logarithm of 0
    weights = 10 ** (librosa.A_weighting(hz) / 10)

    def heard(audio):
        spectrum = librosa.stft(audio, n_fft=512, hop_length=22050 // 100)
        power = np.mean(np.abs(spectrum) ** 2 * weights[:, None], axis=-2)
        return np.maximum(10 * np.log10(np.maximum(power, 1e-8)), -80.0)

    expected = np.mean(np.abs(heard(reference) - heard(estimate)), axis=-1)
    found = st.metrics.loudness_error(reference, estimate, sample_rate=22050, frame_rate=100.0)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_silence_is_80_db_below():
    tone = sine(1000.0)
    found = st.metrics.loudness_error(tone, 0 * tone, sample_rate=RATE)
    assert float(found) == pytest.approx(99.8, abs=0.1)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"sample_rate": 0}, "sample_rate must be above 0 Hz; got 0"),
        ({"sample_rate": None}, "sample_rate must be above 0 Hz; got None"),
        ({"sample_rate": "16 kHz"}, "sample_rate must be above 0 Hz; got '16 kHz'"),
        ({"frame_rate": "all"}, r"frame_rate must be in \[.* got 'all'"),
        ({"sample_rate": np.inf}, "sample_rate must be above 0 Hz; got inf"),
        (
            {"frame_rate": 20.0},
            r"frame_rate must be in \[sample_rate / 512, sample_rate = 16000\]",
        ),
        ({"frame_rate": 16001.0}, r"frame_rate must be in \[.* got 16001.0"),
        ({"frame_rate": np.nan}, r"frame_rate must be in \[.* got nan"),
    ],
)
def test_rates_that_are_none_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        st.metrics.loudness_error(np.ones(9), np.ones(9), **{"sample_rate": RATE, **wrong})
