"""K-weighting: the tables of BS.1770 at 48 kHz, and their response at every other rate."""

import numpy as np
import pytest
import scipy.signal

import spectrotools as st

# ITU-R BS.1770-5, annex 1, tables 1 and 2.
SHELF = [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241]
SHELF += [0.73248077421585]
HIGH_PASS = [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621]
STANDARD = np.array([SHELF, HIGH_PASS])


def test_at_48_khz_it_is_the_standards_filter(rng):
    audio = rng.standard_normal((2, 20000))
    expected = scipy.signal.sosfilt(STANDARD, audio)
    result = st.k_weighting(audio, sample_rate=48000)
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-11)


def response_db(rate: float, hertz: np.ndarray) -> np.ndarray:
    """What becomes of a click, a second long, as decibels of the given frequencies."""
    click = np.zeros(int(rate))
    click[0] = 1.0
    heard = st.k_weighting(click, sample_rate=rate).numpy()
    _, response = scipy.signal.freqz(heard, worN=hertz, fs=rate)
    return 20 * np.log10(np.abs(response))


@pytest.mark.parametrize(
    ("rate", "within"),
    [
        (8000, 0.05),
        (11025, 0.015),
        (16000, 0.003),
        (22050, 0.001),
        (32000, 2e-4),
        (44100, 2e-4),
        (48000, 1e-9),
        (88200, 2e-4),
        (96000, 2e-4),
        (192000, 2e-4),
    ],
)
def test_at_any_rate_the_response_is_that_of_48_khz(rate, within):
    hertz = np.geomspace(20.0, min(0.45 * rate, 20000.0), 50)
    _, standard = scipy.signal.sosfreqz(STANDARD, worN=hertz, fs=48000)
    expected = 20 * np.log10(np.abs(standard))
    np.testing.assert_allclose(response_db(rate, hertz), expected, rtol=0, atol=within)


@pytest.mark.parametrize("rate", [8000, 11025, 44100, 192000])
def test_at_997_hz_the_gain_is_what_the_meter_takes_off(rate):
    assert response_db(rate, np.array([997.0]))[0] == pytest.approx(0.691, abs=2e-5)


def test_blocks_are_the_whole(rng):
    audio, state, parts = rng.standard_normal((3, 5000)), None, []
    for block in np.split(audio, [1, 1000, 1001], axis=1):
        result = st.k_weighting(block, sample_rate=44100, state=state, return_state=True)
        parts.append(result.audio)
        state = result.state
    expected = st.k_weighting(audio, sample_rate=44100)
    np.testing.assert_allclose(np.concatenate(parts, axis=1), expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("rate", "match"),
    [
        (7999.0, "sample_rate must be at least 8000 Hz; got 7999.0"),
        (-1.0, "sample_rate must be above 0 Hz; got -1.0"),
        ("cd", "sample_rate must be a number; got 'cd'"),
    ],
)
def test_rates_have_room_for_the_shelf(rate, match):
    with pytest.raises(ValueError, match=match):
        st.k_weighting(np.zeros(10), sample_rate=rate)
    with pytest.raises(ValueError, match=match):
        st.LoudnessMeter(sample_rate=rate)
