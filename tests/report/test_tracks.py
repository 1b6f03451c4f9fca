import math

import numpy as np
import pytest
import scipy.signal

from spectrotools.report.evaluation import Evaluation
from spectrotools.report.pitch import voiced_f0
from spectrotools.report.tracks import Tracks

RATE = 16000


def saw(f0_hz: float, seconds: float = 1.0, rate: int = RATE) -> np.ndarray:
    time = np.arange(int(seconds * rate)) / rate
    return 0.3 * scipy.signal.sawtooth(2 * np.pi * f0_hz * time)


def measured(*pieces, **settings) -> tuple[dict[str, float], list[str]]:
    made = Tracks(RATE, Evaluation(**settings))
    for reference, estimate in pieces:
        made.add(np.atleast_2d(reference), np.atleast_2d(estimate))
    return made.values(), made.notes


@pytest.mark.parametrize("rate", [8000, 16000, 44100])
def test_a_steady_pitch_is_found_at_every_rate(rate):
    track = voiced_f0(saw(220, rate=rate), sample_rate=rate, frame_rate=100, fmin=60, fmax=1200)
    assert len(track) == 101
    cents = 1200 * np.log2(np.abs(track[5:-5]) / 220)
    assert np.abs(cents).max() < 11  # half of pYIN's step of a fifth of a semitone
    assert np.mean(track > 0) > 0.9


def test_noise_and_silence_are_not_voiced(rng):
    for audio in (0.1 * rng.normal(size=RATE), np.zeros(RATE)):
        track = voiced_f0(audio, sample_rate=RATE, frame_rate=100, fmin=60, fmax=1200)
        assert np.mean(track > 0) < 0.1
        assert np.all(np.isfinite(track))


def test_a_semitone_is_a_hundred_cents_off_and_voiced_all_the_same():
    values, notes = measured((saw(220), saw(220 * 2 ** (1 / 12))))
    assert values["f0_rmse"] == pytest.approx(100, abs=5)
    assert values["raw_pitch_accuracy"] < 0.05
    assert values["voicing_recall"] > 0.95
    assert notes == []


def test_what_falls_silent_is_voiced_half_of_the_time():
    half = saw(220) * (np.arange(RATE) < RATE // 2)
    values, _ = measured((saw(220), half))
    assert values["voicing_recall"] == pytest.approx(0.5, abs=0.06)
    assert values["f0_rmse"] < 10


def test_pieces_are_one_track():
    values, _ = measured((saw(220), saw(220)), (saw(220), np.zeros(RATE)))
    assert values["voicing_recall"] == pytest.approx(0.5, abs=0.02)


def test_without_a_voiced_reference_there_is_nothing_to_say():
    values, notes = measured((np.zeros(RATE), saw(220)))
    assert all(map(math.isnan, values.values()))
    assert len(values) == 3
    assert notes == ["no frame of the reference is voiced, and so none has a pitch"]


def test_nothing_is_tracked_unasked(monkeypatch):
    monkeypatch.setattr("spectrotools.report.tracks.voiced_f0", None)
    assert measured((saw(220), saw(220)), measures=("snr",)) == ({}, [])
