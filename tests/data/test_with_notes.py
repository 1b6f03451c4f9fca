"""Notes of examples beside those that were played."""

import numpy as np
import pytest

import spectrotools as st
from spectrotools.data.cuts import Cuts
from spectrotools.data.memory import InMemory


def test_notes_are_those_that_were_played():
    """Each of three notes of a phrase has a vibrato of a fifth of a semitone."""
    played = st.data.SyntheticNotes(count=3, example_seconds=1.5, notes=3, seed=1)
    for example in st.data.WithNotes(played).dataset(1, repeat=False):
        frames = example["pitch"].shape[1] // 3
        for k in range(3):
            middle = slice(k * frames + frames // 4, (k + 1) * frames - frames // 4)
            f0_hz = np.asarray(example["f0_hz"])[0, middle].astype(float)
            note = np.round(np.median(69 + 12 * np.log2(f0_hz / 440)))
            np.testing.assert_array_equal(example["pitch"][0, middle], note)
            level = np.mean(127 * (np.asarray(example["loudness_db"])[0, middle] / 80 + 1))
            heard = np.asarray(example["velocity"])[0, middle]
            assert heard.min() == pytest.approx(level, abs=8)


def test_pitch_holds_through_a_rest_and_velocity_does_not():
    features = st.data.Features(sample_rate=1600, frame_rate=100, fmax=800, n_fft=128)
    held = np.repeat([0.0, 1.0, 0.0, 1.0, 0.0], 40).astype(np.float32)
    recording = {
        "audio": np.zeros(3200, np.float32),
        "f0_hz": np.repeat([100, 220, 100, 440, 100], 40).astype(np.float32),
        "f0_confidence": held,
        "loudness_db": np.where(held > 0, -20, -80).astype(np.float32),
    }
    cuts = Cuts(example_seconds=2.0, hop_seconds=2.0)
    (example,) = st.data.WithNotes(InMemory([recording], cuts, features)).dataset(1, repeat=False)
    np.testing.assert_array_equal(example["pitch"][0], np.repeat([57, 57, 57, 69, 69], 40))
    np.testing.assert_allclose(example["velocity"][0], held * 95.25)


def test_silence_has_a_pitch_and_no_velocity():
    features = st.data.Features(sample_rate=1600, frame_rate=100, fmax=800, n_fft=128)
    silence = {"audio": np.zeros(1600, np.float32), "f0_hz": np.full(100, 100, np.float32)}
    silence |= {"f0_confidence": np.zeros(100, np.float32)}
    silence |= {"loudness_db": np.full(100, -80, np.float32)}
    cuts = Cuts(example_seconds=1.0, hop_seconds=1.0)
    (example,) = st.data.WithNotes(InMemory([silence], cuts, features)).dataset(1, repeat=False)
    assert np.all(example["pitch"] == 69.0)
    assert np.all(example["velocity"] == 0.0)


def test_what_is_no_examples_is_refused():
    with pytest.raises(ValueError, match="examples must be Examples; got 3"):
        st.data.WithNotes(3)
