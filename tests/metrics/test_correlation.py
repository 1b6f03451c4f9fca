"""Periodicity against a plain double loop, and against what is known of tones and noise."""

import numpy as np
import pytest

import spectrotools as st

RATE = 8000


def plain(audio: np.ndarray, hop_length: int, fmin: float, fmax: float) -> np.ndarray:
    """The normalised cross-correlation at whole lags, frame by frame."""
    window, longest = int(np.ceil(2.5 * RATE / fmin)), int(np.ceil(RATE / fmin))
    reach = window + longest
    padded = np.pad(audio, (reach // 2, reach))
    found = []
    for middle in range(0, len(audio) + 1, hop_length):
        frame = padded[middle : middle + reach]
        begin = frame[:window]
        best = 0.0
        for lag in range(int(np.ceil(RATE / fmax)), int(RATE / fmin) + 1):
            later = frame[lag : lag + window]
            energies = (begin @ begin + window * 1e-6) * (later @ later + window * 1e-6)
            best = max(best, begin @ later / np.sqrt(energies))
        found.append(best)
    return np.array(found)


def test_it_is_the_best_normalised_correlation_of_whole_lags_or_better(rng):
    """Of sound whose period is a whole number of samples the best lag is one of these."""
    audio = np.tile(rng.standard_normal(67), 30) * np.linspace(0.2, 1.0, 67 * 30)
    settings = {"fmin": 100.0, "fmax": 400.0, "frame_rate": 100.0}
    found = st.metrics.periodicity(audio, sample_rate=RATE, **settings).numpy()
    expected = plain(audio, 80, 100.0, 400.0)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    noise = rng.standard_normal(2000)
    found = st.metrics.periodicity(noise, sample_rate=RATE, **settings).numpy()
    expected = plain(noise, 80, 100.0, 400.0)
    assert np.all(found >= expected - 1e-9)
    assert np.max(found - expected) < 0.15
    assert np.mean(found - expected) < 0.03


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100])
@pytest.mark.parametrize("hz", [60.1, 123.4, 317.9, 540.0])
def test_harmonic_tones_are_periodic_whatever_their_period(rate, hz):
    numbers = np.arange(1, int(0.45 * rate / hz))
    time = np.arange(rate // 2) / rate
    audio = np.sum(np.sin(2 * np.pi * hz * numbers[:, None] * time) / numbers[:, None], axis=0)
    found = st.metrics.periodicity(0.3 * audio, sample_rate=rate).numpy()
    assert np.all(found[5:-5] > 0.9985)


@pytest.mark.parametrize("share", [0.9, 0.5])
def test_in_noise_it_is_the_tones_part_of_the_power(share, rng):
    """Of the one lag of a tone at fmin, in long windows, whose mean tells the part closely."""
    time = np.arange(4 * RATE) / RATE
    tone = np.sqrt(2 * share) * np.sin(2 * np.pi * 20.0 * time)
    audio = tone + np.sqrt(1 - share) * rng.standard_normal(len(time))
    settings = {"fmin": 20.0, "fmax": 20.0, "frame_rate": 10.0}
    found = st.metrics.periodicity(audio, sample_rate=RATE, **settings).numpy()[3:-3]
    assert np.mean(found) == pytest.approx(share, abs=0.02)


def test_silence_and_what_is_under_the_floor_is_none(rng):
    tone = np.sin(2 * np.pi * 200 * np.arange(RATE) / RATE)
    assert not np.any(st.metrics.periodicity(0 * tone, sample_rate=RATE))
    middle = slice(10, -10)
    for amplitude, floor_db, expected in ((1e-3, -60.0, 1 / 3), (1e-3, -100.0, 1.0)):
        found = st.metrics.periodicity(amplitude * tone, sample_rate=RATE, floor_db=floor_db)
        np.testing.assert_allclose(found[middle], expected, atol=2e-3)


@pytest.mark.parametrize("length", [1, 79, 80, 81, 4001])
def test_there_is_a_frame_for_every_hop(length):
    found = st.metrics.periodicity(np.ones((2, 1, length)), sample_rate=RATE)
    assert found.shape == (2, 1, 1 + length // 80)
    assert np.all((found >= 0) & (found <= 1))


def test_float32_is_float64(rng):
    audio = 0.1 * rng.standard_normal((2, 8000)) + np.sin(np.arange(8000) / 10)
    exact = st.metrics.periodicity(audio, sample_rate=RATE)
    single = st.metrics.periodicity(audio.astype(np.float32), sample_rate=RATE)
    np.testing.assert_allclose(single, exact, atol=2e-6)


def test_errors_are_root_mean_squares(rng):
    reference, estimate = rng.standard_normal((2, 3, 4000))
    tracks = [st.metrics.periodicity(x, sample_rate=RATE).numpy() for x in (reference, estimate)]
    expected = np.sqrt(np.mean((tracks[0] - tracks[1]) ** 2, axis=-1))
    found = st.metrics.periodicity_error(reference, estimate, sample_rate=RATE)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    np.testing.assert_allclose(st.metrics.periodicity_rmse(*tracks), expected, rtol=1e-12)


def test_a_track_without_frames_is_refused():
    with pytest.raises(ValueError, match="reference must not have an empty frames axis; got"):
        st.metrics.periodicity_rmse(np.ones((2, 0)), np.ones((2, 0)))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"sample_rate": -1}, "sample_rate must be above 0 Hz; got -1"),
        ({"frame_rate": 0.0}, r"frame_rate must be in \(0, sample_rate = 8000\]; got 0.0"),
        ({"frame_rate": 8001}, r"frame_rate must be in \(0, sample_rate = 8000\]; got 8001"),
        ({"fmin": 0.0}, r"fmin must be in \(0, fmax\] and fmax at most sample_rate / 2 = 4000.0"),
        ({"fmin": 300.0, "fmax": 200.0}, r"fmin must be in \(0, fmax\] .* got \(300.0, 200.0\)"),
        ({"fmax": 4001.0}, r"fmin must be in \(0, fmax\] .* got \(50.0, 4001.0\)"),
        ({"sample_rate": None}, "sample_rate must be above 0 Hz; got None"),
        ({"frame_rate": "all"}, r"frame_rate must be in \(0, sample_rate = 8000\]; got 'all'"),
        ({"fmin": None}, r"fmin must be in \(0, fmax\] .* got \(None, 550.0\)"),
        ({"floor_db": "low"}, "floor_db must be finite; got 'low'"),
        ({"floor_db": -np.inf}, "floor_db must be finite; got -inf"),
    ],
)
def test_settings_that_are_none_are_refused(wrong, message):
    settings = {"sample_rate": RATE, **wrong}
    with pytest.raises(ValueError, match=message):
        st.metrics.periodicity(np.ones(9), **settings)
    with pytest.raises(ValueError, match=message):
        st.metrics.periodicity_error(np.ones(9), np.ones(9), **settings)


def test_audio_that_is_none_is_refused():
    with pytest.raises(ValueError, match="audio must be floating point; got int16"):
        st.metrics.periodicity(np.ones(9, np.int16), sample_rate=RATE)
    with pytest.raises(ValueError, match="audio must have a time axis; got"):
        st.metrics.periodicity(np.float32(1.0), sample_rate=RATE)
