"""Pitch followed through time: against librosa, against notes that are known, and no pitch."""

import librosa
import numpy as np
import pytest
import soundfile
import tensorflow as tf

import spectrotools as st
from spectrotools.data import recordings
from tests.pitches import PITCHED, RANGE, RATE, TIME, UNPITCHED, cents, rich

WIDE = {"fmin": 65.0, "fmax": 2093.0, "frame_length": 2048, "hop_length": 512}


def as_librosa(audio: np.ndarray, rate: int, **settings: object) -> tuple:
    """Both tracks of the same settings, ours first."""
    frequency, voiced, probability = librosa.pyin(audio, sr=rate, fill_na=None, **settings)
    theirs = st.PitchTrack(frequency, voiced, probability)
    return st.pyin(audio, sample_rate=rate, convention="librosa", **settings), theirs


def agree(ours: st.PitchTrack, theirs: st.PitchTrack) -> None:
    """To 99 of a hundred pitches, 98 of a hundred decisions."""
    assert ours.f0_hz.shape == theirs.f0_hz.shape
    assert np.mean(cents(ours.f0_hz, theirs.f0_hz)[theirs.voiced] < 5) >= 0.99
    assert np.mean(ours.voiced == theirs.voiced) >= 0.98


@pytest.mark.slow
@pytest.mark.parametrize("path", recordings.bundled(), ids=lambda path: path.stem)
def test_recordings_are_as_librosa_hears_them(path):
    audio, rate = soundfile.read(path, always_2d=True)
    ours, theirs = as_librosa(audio[:, 0], rate, **WIDE)
    agree(ours, theirs)
    np.testing.assert_allclose(ours.probability, theirs.probability, rtol=0, atol=1e-6)
    single = st.pyin(
        audio[:, 0].astype(np.float32), sample_rate=rate, convention="librosa", **WIDE
    )
    agree(single, theirs)


@pytest.mark.parametrize(
    "settings",
    [
        {"resolution": 0.2, "max_transition_rate": 100.0},  # 26 semitones, an odd width
        {"resolution": 0.2, "max_transition_rate": 19.0},  # an even one, and bins of even number
        {"resolution": 0.2, "max_transition_rate": 19.0, "fmax": 805.0},  # of odd number
        {"n_thresholds": 17, "beta_parameters": (1, 9), "boltzmann_parameter": 0.5},
        {"switch_prob": 0.2, "no_trough_prob": 0.3, "resolution": 0.5},
    ],
)
def test_settings_do_what_librosas_do(settings, rng):
    turns = np.cumsum(300 + 150 * np.sin(2 * np.pi * TIME)) / RATE
    audio = np.sin(2 * np.pi * turns) + 0.3 * np.sign(np.sin(4 * np.pi * turns))
    audio = audio * (np.sin(6 * np.pi * TIME) > -0.5) + 0.05 * rng.standard_normal(RATE)
    given = {"fmin": 100.0, "fmax": 800.0, "frame_length": 1024, "hop_length": 352, **settings}
    ours, theirs = as_librosa(audio, RATE, **given)
    agree(ours, theirs)
    np.testing.assert_allclose(ours.probability, theirs.probability, rtol=0, atol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", UNPITCHED)
def test_no_pitch_is_invented(name, dtype):
    track = st.pyin(UNPITCHED[name].astype(dtype), **RANGE)
    assert all(np.all(np.isfinite(part)) for part in (track.f0_hz, track.probability))
    assert not np.any(track.voiced)
    assert np.max(track.probability) < 0.5


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", PITCHED)
def test_pitch_is_heard_at_any_level(name, dtype):
    track = st.pyin(PITCHED[name].astype(dtype), **RANGE)
    assert np.max(cents(track.f0_hz, 200.0)[5:-5]) < 0.1
    assert np.all(track.voiced[5:-5])


def test_the_frequency_is_no_step_of_the_model():
    track = st.pyin(rich(203.3), resolution=1.0, **RANGE)
    assert np.max(cents(track.f0_hz, 203.3)[5:-5]) < 0.2
    steps = st.pyin(rich(203.3), resolution=1.0, convention="librosa", **RANGE).f0_hz.numpy()
    octaves = 12 * np.log2(steps / 80.0)
    np.testing.assert_allclose(octaves, np.round(octaves), rtol=0, atol=1e-6)


def test_a_glide_is_followed_and_a_pause_is_none():
    f0_hz = 200.0 * 2.0**TIME
    audio = np.sin(2 * np.pi * np.cumsum(f0_hz) / RATE) + 0.5 * np.sin(
        4 * np.pi * np.cumsum(f0_hz) / RATE
    )
    audio[6000:10000] = 1e-3 * np.random.default_rng(0).standard_normal(4000)
    track = st.pyin(audio, **RANGE)
    heard = np.arange(101) * 160
    edge = 500  # samples over which a frame holds both
    sounds = (heard < 6000 - edge) | ((heard > 10000 + edge) & (heard < RATE - edge))
    quiet = (heard > 6000 + 3 * edge) & (heard < 10000 - 3 * edge)
    true = np.append(f0_hz, 400.0)[heard]
    assert np.max(cents(track.f0_hz, true)[sounds][2:]) < 10
    assert np.all(track.voiced.numpy()[sounds][2:])
    assert not np.any(track.voiced.numpy()[quiet])


@pytest.mark.slow
def test_long_sound_in_parts_is_as_in_one(monkeypatch):
    audio = np.concatenate([rich(200.0), rich(301.0), UNPITCHED["white noise"]] * 4)
    whole = st.pyin(audio, **RANGE)
    spec = [tf.TensorSpec([None], tf.float64)]
    unknown = tf.function(lambda audio: st.pyin(audio, **RANGE), input_signature=spec)(audio)
    for one, other in zip(whole, unknown, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9)
    monkeypatch.setattr("spectrotools.ops.periodicity._IN_MEMORY", 2**15)
    small = tf.function(lambda audio: st.pyin(audio, **RANGE))(audio)
    for one, other in zip(whole, small, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"n_thresholds": 0}, "n_thresholds must be an integer of at least 1; got 0"),
        ({"beta_parameters": (1, 2, 3)}, r"beta_parameters must be two numbers; got \(1, 2, 3\)"),
        ({"beta_parameters": (0, 2)}, "beta_parameters must be above 0; got 0.0"),
        ({"boltzmann_parameter": 0}, "boltzmann_parameter must be above 0; got 0.0"),
        ({"resolution": 0.0}, "resolution must be above 0; got 0.0"),
        ({"resolution": 1.5}, r"resolution must be a number in \[0, 1\]; got 1.5"),
        ({"max_transition_rate": -1}, "max_transition_rate must be a number of at least 0"),
        ({"switch_prob": 0.0}, "switch_prob must be above 0; got 0.0"),
        ({"switch_prob": 1.0}, "switch_prob must be below 1; got 1.0"),
        ({"no_trough_prob": 2.0}, r"no_trough_prob must be a number in \[0, 1\]; got 2.0"),
    ],
)
def test_beliefs_that_are_none_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        st.pyin(np.zeros(1000), **RANGE, **wrong)
