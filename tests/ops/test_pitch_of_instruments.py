"""Pitch of sampled instruments, of notes that are known."""

import numpy as np
import pytest

import spectrotools as st
from benchmarks.instruments import FLUIDSYNTH, NAMES, RATE, SOUND_FONT, accuracy, played

PRESENT = FLUIDSYNTH is not None and SOUND_FONT.exists()


@pytest.mark.slow
@pytest.mark.outside_program
@pytest.mark.skipif(not PRESENT, reason="needs FluidSynth and the sound font FluidR3_GM")
def test_instruments_play_the_notes_that_are_heard(tmp_path):
    settings = {"sample_rate": RATE, "fmin": 32.0, "fmax": 2500.0, "hop_length": 160}
    found = []
    for name in NAMES:
        audio = played(name, tmp_path)
        found.append(accuracy(audio, name, st.pyin(audio, **settings), 160))
        assert found[-1][0] > 0.95, name
    right, octave, voiced = np.mean(found, axis=0)
    assert right >= 0.98
    assert octave <= 0.01
    assert voiced >= 0.98
