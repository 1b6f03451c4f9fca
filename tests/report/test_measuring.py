import numpy as np
import pytest

from spectrotools.report.evaluation import Evaluation
from spectrotools.report.measuring import Measured, measure
from spectrotools.report.pairing import Pair

SUMS = Evaluation(measures=("snr", "log_spectral_distance"))


@pytest.fixture
def compared(write):
    """Write two sounds, and measure one against the other."""

    def compared(reference, generated, rates=(8000, 8000), evaluation=SUMS) -> Measured:
        files = (
            write(name, sound, rate)
            for name, sound, rate in zip(
                ("r.wav", "g.wav"), (reference, generated), rates, strict=True
            )
        )
        return measure(Pair("x", *files), evaluation)

    return compared


def test_what_both_have_is_compared(compared, rng):
    sound = 0.1 * rng.normal(size=(2, 9000))
    error = 0.01 * np.ones((2, 7000))
    measured = compared(sound, sound[:, :7000] + error)
    expected = 10 * np.log10(np.mean(sound[:, :7000] ** 2) / 1e-4)
    assert measured.values["snr"] == pytest.approx(expected, abs=1e-4)
    assert (measured.sample_rate, measured.channels, measured.length) == (8000, 2, 7000)
    note = "it is 0.250 s shorter than its reference; what both have is compared"
    assert measured.notes == (note,)
    longer = compared(sound[:, :7000], sound)
    assert longer.values["snr"] == np.inf
    assert longer.notes == (note.replace("shorter", "longer"),)


@pytest.mark.parametrize(
    ("silent", "note"),
    [((0, 1), "the reference is silent"), ((1, 0), "it is silent"), ((0, 0), "both are silent")],
)
def test_silence_is_told(compared, silent, note):
    sounds = [factor * np.ones(3000) for factor in silent]
    assert compared(*sounds).notes == (note,)


@pytest.mark.parametrize(
    ("channels", "rates", "message"),
    [
        ((1, 2), (8000, 8000), "it has 2 channels and its reference 1 channel; bring both to the"),
        ((1, 1), (8000, 16000), "its rate is 16000 Hz and that of its reference 8000 Hz; bring"),
    ],
)
def test_what_does_not_fit_is_refused(compared, channels, rates, message):
    sounds = [np.ones((count, 100)) for count in channels]
    with pytest.raises(ValueError, match=message):
        compared(*sounds, rates=rates)


def test_long_sound_is_read_in_equal_pieces_of_bounded_length(compared, monkeypatch, rng):
    class Meter:
        notes = ()

        def __init__(self, sample_rate, evaluation):
            pass

        def add(self, reference, estimate):
            lengths.append((reference.shape[1], estimate.shape[1]))

        def values(self):
            return {"snr": 0.0, "log_spectral_distance": 0.0}

    lengths: list[tuple[int, int]] = []
    monkeypatch.setattr("spectrotools.report.measuring.SignalSums", Meter)
    evaluation = Evaluation(measures=SUMS.measures, piece_seconds=1.0)
    compared(np.ones(20002), np.ones(30000), evaluation=evaluation)
    assert lengths == [(6668, 6668), (6668, 6668), (6666, 6666)]


@pytest.mark.slow
@pytest.mark.parametrize("length", [1, 2, 511, 1025])
def test_the_shortest_sound_has_all_measures(compared, length):
    sound = 0.1 * np.cos(np.arange(length))
    values = compared(sound, 1.1 * sound, evaluation=Evaluation()).values
    assert values["snr"] == pytest.approx(20, abs=1e-3)
    assert not np.isnan([values[name] for name in values if "pitch" not in name][:8]).any()
