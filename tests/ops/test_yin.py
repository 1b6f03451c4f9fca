"""YIN against librosa, against tones that are known, and where there is no pitch."""

import librosa
import numpy as np
import pytest
import soundfile

import spectrotools as st
from spectrotools.data import recordings
from tests.pitches import PITCHED, RANGE, RATE, TIME, UNPITCHED, cents, rich


@pytest.mark.parametrize("path", recordings.bundled(), ids=lambda path: path.stem)
@pytest.mark.parametrize(
    ("dtype", "bound", "share"), [("float64", 0.5, 1.0), ("float32", 1, 0.99)]
)
def test_recordings_are_as_librosa_hears_them(path, dtype, bound, share):
    audio, rate = soundfile.read(path, always_2d=True)
    audio = audio[:, 0]
    settings = {"fmin": 65.0, "fmax": 2093.0, "frame_length": 2048, "hop_length": 512}
    expected = librosa.yin(audio, sr=rate, **settings)
    track = st.yin(audio.astype(dtype), sample_rate=rate, convention="librosa", **settings)
    assert np.mean(cents(track.f0_hz, expected) < bound) >= share


@pytest.mark.parametrize("frame_length", [1024, 1023])
@pytest.mark.parametrize("pad_mode", ["constant", "reflect", "edge"])
def test_ends_are_padded_as_by_librosa(frame_length, pad_mode, rng):
    audio = rich(313.0)[:5001] + 0.1 * rng.standard_normal(5001)
    settings = {"fmin": 100.0, "fmax": 700.0, "frame_length": frame_length, "hop_length": 250}
    expected = librosa.yin(audio, sr=RATE, pad_mode=pad_mode, **settings)
    settings |= {"pad_mode": pad_mode, "convention": "librosa", "sample_rate": RATE}
    result = st.yin(audio, **settings).f0_hz
    np.testing.assert_allclose(result, expected, rtol=1e-6)
    assert result.shape == [1 + 5001 // 250]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("f0_hz", [81.3, 100.0, 219.9, 440.0, 987.0])
@pytest.mark.parametrize(("n_harmonics", "bound"), [(1, 0.6), (5, 3.0)])
def test_a_tone_is_found_as_well_as_a_parabola_fits(f0_hz, n_harmonics, bound, dtype):
    track = st.yin(rich(f0_hz, n_harmonics).astype(dtype), **RANGE)
    inside = slice(5, -5)
    assert np.max(cents(track.f0_hz, f0_hz)[inside]) < 0.05 + bound * (f0_hz / 1000) ** 2
    assert np.all(track.voiced[inside])
    assert np.min(track.probability[inside]) > 0.99


def test_librosas_sines_are_as_sharp_as_librosas():
    sine = np.sin(2 * np.pi * 100.0 * TIME)
    exact = st.yin(sine, frame_length=2048, **RANGE).f0_hz[10:-10]
    sharp = st.yin(sine, convention="librosa", **RANGE).f0_hz[10:-10]
    assert np.max(cents(exact, 100.0)) < 0.02
    assert np.median(cents(sharp, 100.0)) > 2.0


def test_a_period_between_two_samples_is_not_taken_for_two():
    f0_hz = RATE / 6.5
    settings = RANGE | {"fmin": 500.0, "fmax": 4000.0}
    track = st.yin(np.sin(2 * np.pi * f0_hz * TIME), **settings)
    assert np.max(cents(track.f0_hz, f0_hz)[5:-5]) < 30


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", UNPITCHED)
def test_no_pitch_is_invented(name, dtype):
    track = st.yin(UNPITCHED[name].astype(dtype), **RANGE)
    assert all(np.all(np.isfinite(part)) for part in (track.f0_hz, track.probability))
    assert np.mean(track.voiced) == 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", PITCHED)
def test_pitch_is_heard_at_any_level(name, dtype):
    track = st.yin(PITCHED[name].astype(dtype), **RANGE)
    assert np.max(cents(track.f0_hz, 200.0)[5:-5]) < 0.1
    assert np.all(track.voiced[5:-5])


def test_frames_in_parts_are_the_frames_of_the_whole():
    audio = np.tile(rich(200.0), 12) + np.random.default_rng(0).standard_normal(12 * RATE)
    batch = np.stack([audio, audio[::-1]])  # more frames than are in memory at a time
    whole = st.yin(batch, **RANGE).f0_hz
    part = st.yin(batch[:, 8 * RATE : 9 * RATE], **RANGE).f0_hz
    np.testing.assert_allclose(whole[:, 805:895], part[:, 5:95], rtol=1e-6)


@pytest.mark.parametrize("op", [st.yin, st.pyin])
@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"audio": np.float64(1.0)}, "audio must have a time axis; got"),
        ({"audio": np.zeros(99, np.int16)}, "audio must be floating point; got int16.* / 32768"),
        ({"sample_rate": 0}, "sample_rate must be above 0 Hz; got 0"),
        ({"fmax": 8001.0}, "fmax must be at most 8000 Hz; got 8001.0"),
        ({"fmax": np.nan}, "fmax must be a number of at least 0; got nan"),
        ({"fmin": 0.0}, "fmin must be above 0 Hz and below fmax=1000; got 0.0"),
        ({"fmin": 1000.0}, "fmin must be above 0 Hz and below fmax=1000; got 1000.0"),
        ({"hop_length": 0}, "hop_length must be an integer of at least 1; got 0"),
        ({"frame_length": 201}, "frame_length must be an integer of at least 202; got 201"),
        ({"pad_mode": "wrap"}, "pad_mode must be one of 'constant', .*; got 'wrap'"),
        ({"convention": "praat"}, "convention must be one of 'librosa'; got 'praat'"),
    ],
)
def test_what_is_wrong_is_named(op, wrong, message):
    given = {"audio": np.zeros(1000), **RANGE, **wrong}
    with pytest.raises(ValueError, match=message):
        op(given.pop("audio"), **given)


def test_a_threshold_that_is_none_is_refused():
    with pytest.raises(ValueError, match=r"trough_threshold must be above 0; got 0\.0"):
        st.yin(np.zeros(1000), trough_threshold=0.0, **RANGE)
    with pytest.raises(ValueError, match=r"trough_threshold must be a number in \[0, 1\]; got 2"):
        st.yin(np.zeros(1000), trough_threshold=2, **RANGE)
