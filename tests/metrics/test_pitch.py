"""Pitch and voicing against mir_eval, on tracks of every kind of frame."""

import functools

import mir_eval
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

import spectrotools as st

METRICS = st.metrics


def track(rng: np.random.Generator, frames: int, voiced: float = 0.6) -> np.ndarray:
    """Pitches of 50 to 1000 Hz: voiced, of unvoiced frames (negative), and none at all (0)."""
    pitch = 50 * 20 ** rng.uniform(0, 1, frames)
    return pitch * rng.choice([1, -1, 0], frames, p=[voiced, (1 - voiced) / 2, (1 - voiced) / 2])


def estimated(rng: np.random.Generator, reference: np.ndarray) -> np.ndarray:
    """A track that is right, a little off, an octave off, or says otherwise."""
    cents = rng.choice([0.0, 49.0, -49.0, 51.0, 1200.0, -2430.0, 600.0], len(reference))
    other = track(rng, len(reference))
    pitch = reference * 2 ** (cents / 1200) * rng.choice([1, -1], len(reference), p=[0.9, 0.1])
    return np.where(rng.uniform(0, 1, len(reference)) < 0.2, other, pitch)


def theirs(reference: np.ndarray, estimate: np.ndarray, tolerance: float) -> dict[str, float]:
    """The same numbers by mir_eval."""
    voicing, cents = [], []
    for hz in (reference, estimate):
        pitch, is_voiced = mir_eval.melody.freq_to_voicing(hz)
        voicing.append(is_voiced)
        cents.append(mir_eval.melody.hz2cents(pitch))
    series = (voicing[0], cents[0], voicing[1], cents[1])
    melody = mir_eval.melody
    return {
        "raw_pitch_accuracy": melody.raw_pitch_accuracy(*series, cent_tolerance=tolerance),
        "raw_chroma_accuracy": melody.raw_chroma_accuracy(*series, cent_tolerance=tolerance),
        "overall_accuracy": melody.overall_accuracy(*series, cent_tolerance=tolerance),
        "voicing_recall": melody.voicing_recall(*voicing),
        "voicing_false_alarm": melody.voicing_false_alarm(*voicing),
    }


@pytest.mark.filterwarnings("ignore:(Reference|Estimated) melody has no voiced frames")
@settings(max_examples=60, deadline=None)
@given(
    frames=some.integers(1, 60),
    share=some.sampled_from([0.0, 0.3, 0.6, 1.0]),
    tolerance=some.sampled_from([50.0, 25.0, 100.0, 590.0]),
    seed=some.integers(0, 10**6),
)
def test_accuracies_are_mir_evals(frames, share, tolerance, seed):
    rng = np.random.default_rng(seed)
    reference = track(rng, frames, share)
    estimate = estimated(rng, reference)
    for name, expected in theirs(reference, estimate, tolerance).items():
        settings = {"tolerance_cents": tolerance} if name.endswith("accuracy") else {}
        found = getattr(METRICS, name)(reference, estimate, **settings)
        assert float(found) == pytest.approx(expected, rel=1e-12), name


def test_nan_is_no_pitch_as_0_is(rng):
    reference = np.abs(track(rng, 50))
    estimate = np.abs(estimated(rng, reference))
    marked = [np.where(hz == 0, np.nan, hz) for hz in (reference, estimate)]
    for name in (*theirs(reference, estimate, 50.0), "voicing_f1", "f0_rmse"):
        metric = getattr(METRICS, name)
        assert float(metric(*marked)) == float(metric(reference, estimate)), name


def test_rmse_is_of_frames_that_both_say_are_voiced():
    cents = np.array([10.0, -30.0, 1200.0])
    reference = np.array([100.0, 200.0, 300.0, 400.0, 0.0, -440.0])
    estimate = np.r_[reference[:3] * 2 ** (cents / 1200), 0.0, 400.0, 440.0]
    expected = np.sqrt(np.mean(cents**2))
    assert float(METRICS.f0_rmse(reference, estimate)) == pytest.approx(expected, rel=1e-10)
    expected = np.sqrt(np.mean((estimate[:3] - reference[:3]) ** 2))
    found = METRICS.f0_rmse(reference, estimate, unit="hz")
    assert float(found) == pytest.approx(expected, rel=1e-12)


def test_tracks_without_voice_give_numbers_that_are_told():
    voiced, unvoiced = np.full(5, 220.0), np.zeros(5)
    expected = {
        METRICS.f0_rmse: (np.inf, 0.0, 0.0),
        METRICS.raw_pitch_accuracy: (0.0, 0.0, 0.0),
        METRICS.raw_chroma_accuracy: (0.0, 0.0, 0.0),
        METRICS.overall_accuracy: (0.0, 0.0, 1.0),
        METRICS.voicing_recall: (0.0, 1.0, 1.0),
        METRICS.voicing_false_alarm: (0.0, 1.0, 0.0),
        METRICS.voicing_f1: (0.0, 0.0, 1.0),
    }
    references, estimates = [voiced, unvoiced, unvoiced], [unvoiced, voiced, unvoiced]
    for metric, numbers in expected.items():
        found = metric(np.stack(references), np.stack(estimates))
        np.testing.assert_array_equal(found, numbers, err_msg=metric.__name__)


@settings(max_examples=30, deadline=None)
@given(frames=some.integers(1, 40), seed=some.integers(0, 10**6))
def test_f1_is_the_harmonic_mean_of_precision_and_recall(frames, seed):
    rng = np.random.default_rng(seed)
    reference, estimate = track(rng, frames), track(rng, frames)
    precision, recall = (
        float(METRICS.voicing_recall(*pair))
        for pair in ((estimate, reference), (reference, estimate))
    )
    found = float(METRICS.voicing_f1(reference, estimate))
    if (reference > 0).any() and (estimate > 0).any():
        expected = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        assert found == pytest.approx(expected, rel=1e-12)


PITCHED = ("f0_rmse", "overall_accuracy", "raw_chroma_accuracy", "raw_pitch_accuracy")
VOICED = ("voicing_f1", "voicing_false_alarm", "voicing_recall")


@pytest.mark.parametrize("name", PITCHED + VOICED)
@pytest.mark.parametrize(
    ("reference", "estimate", "message"),
    [
        (
            np.ones(9),
            np.ones(8),
            "estimate_f0_hz must have the shape and dtype of reference_f0_hz",
        ),
        (
            [440, 220],
            [440, 220],
            "reference_f0_hz must be floating point; .* written with a point",
        ),
        (np.float32(1.0), np.float32(1.0), "reference_f0_hz must have a frames axis; got"),
        (np.ones(0), np.ones(0), "reference_f0_hz must not have an empty frames axis; got"),
    ],
)
def test_tracks_that_are_none_are_refused(name, reference, estimate, message):
    with pytest.raises(ValueError, match=message):
        getattr(METRICS, name)(reference, estimate)


@pytest.mark.parametrize("name", PITCHED[1:])
@pytest.mark.parametrize("tolerance", [0.0, -1.0, np.inf, np.nan, "half"])
def test_tolerances_that_are_none_are_refused(name, tolerance):
    with pytest.raises(ValueError, match="tolerance_cents must be finite and above 0; got"):
        getattr(METRICS, name)(np.ones(9), np.ones(9), tolerance_cents=tolerance)


def test_a_unit_that_is_none_is_refused():
    with pytest.raises(ValueError, match="unit must be one of 'cents', 'hz'; got 'midi'"):
        METRICS.f0_rmse(np.ones(9), np.ones(9), unit="midi")


class Network:
    """A tracker that is not ours: some frequencies, and how sure it is of each."""

    def __init__(self, f0_hz, confidence):
        self.f0_hz, self.confidence = np.asarray(f0_hz), np.asarray(confidence)

    def __call__(self, audio, /):
        return st.PitchTrack(self.f0_hz, self.confidence > 0.5, self.confidence)


def test_any_tracker_is_compared_as_mir_eval_compares_it(rng):
    true_hz = np.where(rng.uniform(size=200) < 0.7, rng.uniform(80, 400, 200), 0.0)
    near = np.abs(true_hz + 1e-9) * 2 ** rng.uniform(-0.08, 0.08, 200)
    heard = np.where(true_hz > 0, near, 100.0)
    tracker: st.PitchTracker = Network(heard, rng.uniform(size=200))
    track = tracker(np.zeros(16000))
    time = np.arange(200) / 100
    sign = np.where(track.voiced, 1.0, -1.0)
    expected = mir_eval.melody.evaluate(time, true_hz, time, sign * heard)
    for name, ours in (
        ("Raw Pitch Accuracy", st.metrics.raw_pitch_accuracy),
        ("Raw Chroma Accuracy", st.metrics.raw_chroma_accuracy),
        ("Overall Accuracy", st.metrics.overall_accuracy),
        ("Voicing Recall", st.metrics.voicing_recall),
        ("Voicing False Alarm", st.metrics.voicing_false_alarm),
    ):
        assert float(ours(true_hz, track)) == pytest.approx(expected[name], abs=1e-9), name


def test_our_own_tracker_goes_in_as_it_is():
    tone = st.tone(220.0, sample_rate=16000, length=16000)
    tracker = functools.partial(st.pyin, sample_rate=16000, fmin=80.0, fmax=1000.0, hop_length=160)
    track = tracker(tone)
    assert float(st.metrics.raw_pitch_accuracy(np.full(101, 220.0, np.float32), track)) > 0.95
    assert float(st.metrics.f0_rmse(track, track)) == 0.0
