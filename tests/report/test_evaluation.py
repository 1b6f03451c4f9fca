import re
from pathlib import Path

import pytest

import spectrotools as st
from spectrotools.report.evaluation import Evaluation
from spectrotools.report.measures import MEASURES, choose


def test_every_measure_is_a_public_metric():
    assert set(MEASURES) <= set(dir(st.metrics))


def test_whether_higher_is_nearer_is_what_the_metric_says():
    for measure in MEASURES.values():
        words = " ".join((getattr(st.metrics, measure.name).__doc__ or "").split())
        stated = {
            "higher": "Higher is nearer" in words or "1 is best" in words,
            "lower": "Lower is nearer" in words or "0 is best" in words or "0 is equal" in words,
        }
        other = "lower" if measure.nearer == "higher" else "higher"
        if any(stated.values()):
            assert stated[measure.nearer], measure.name
            assert not stated[other], measure.name


def test_measures_are_chosen_in_the_order_of_the_table():
    assert [m.name for m in choose(["f0_rmse", "snr", "snr"])] == ["snr", "f0_rmse"]
    assert choose(["snr", "all"]) == tuple(MEASURES.values())
    assert {m.of for m in choose(["all"], pitch=False)} == {"sums", "pieces"}


def test_measures_that_are_none_are_refused():
    with pytest.raises(ValueError, match=r"metric must be one of snr, .* or all; got 'snrr'\."):
        choose(["snr", "snrr"])
    with pytest.raises(ValueError, match=r"at least one that needs no pitch; got \['f0_rmse'\]"):
        choose(["f0_rmse"], pitch=False)


def test_pairs_are_ranked_by_what_is_measured():
    assert Evaluation().ranking.name == "multi_resolution_stft_distance"
    assert Evaluation(measures=("si_sdr", "snr")).ranking.name == "snr"
    assert Evaluation(ranked_by="f0_rmse").ranking.name == "f0_rmse"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"frame_rate": 5}, "frame_rate must be in [10, 1000]; got 5"),
        ({"fmin": 0}, "fmin must be in [20, 1500]; got 0"),
        ({"fmin": 100.0, "fmax": 150.0}, "fmax must be in [200, 3000]; got 150.0"),
        ({"fmax": float("nan")}, "fmax must be in [120, 3000]; got nan"),
        ({"piece_seconds": 0.5}, "piece_seconds must be in [1, 60]; got 0.5"),
        ({"clip_seconds": "x"}, "clip_seconds must be in [0.01, 60]; got 'x'"),
        ({"confidence": 1}, "confidence must be in (0, 1); got 1"),
        ({"seed": -1}, "seed must be an integer of at least 0; got -1"),
        ({"shown": 11}, "shown must be an integer in [0, 10]; got 11"),
        ({"measures": ("snr",), "ranked_by": "f0_rmse"}, "one of those measured, snr; got 'f0_r"),
    ],
)  # fmt: skip
def test_wrong_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        Evaluation(**settings)


def test_the_packaged_settings_are_the_defaults():
    text = (Path(__file__).parents[2] / "gin" / "evaluate.gin").read_text(encoding="utf-8")
    for name in ("fmin", "fmax"):
        assert f"\n{name} = {getattr(Evaluation(), name)}\n" in text
    for name in ("frame_rate", "piece_seconds", "confidence", "seed", "ranked_by", "shown"):
        assert f"\nEvaluation.{name} = {getattr(Evaluation(), name)}\n" in text
