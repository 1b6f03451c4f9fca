import dataclasses
import math
import statistics
from pathlib import Path

import numpy as np
import pytest
import scipy.stats

from spectrotools.report.comparisons import Comparison
from spectrotools.report.evaluation import Evaluation
from spectrotools.report.exhibits import ranked
from spectrotools.report.histogram import histogram
from spectrotools.report.measuring import Measured
from spectrotools.report.pairing import Pair
from spectrotools.report.summary import Summary, summarise

EVALUATION = Evaluation(measures=("snr",))


def comparisons(*values: float) -> list[Comparison]:
    nowhere = Path()
    return [
        Comparison(Pair(str(i), nowhere, nowhere), Measured({"snr": value}, 8000, 1, 1, ()))
        for i, value in enumerate(values)
    ]


def summary(*values: float, evaluation=EVALUATION) -> Summary:
    (made,) = summarise(comparisons(*values), evaluation)
    return made


def test_averages_are_of_finite_values_and_the_rest_is_counted(rng):
    values = list(rng.exponential(size=51))
    made = summary(*values, math.inf, math.nan, -math.inf, math.nan, math.nan)
    assert made.mean == pytest.approx(statistics.fmean(values))
    assert made.median == pytest.approx(statistics.median(values))
    assert (len(made.values), made.infinite, made.undefined) == (51, 2, 3)


def test_the_interval_is_that_of_scipys_bootstrap(rng):
    values = rng.exponential(size=60)
    evaluation = Evaluation(measures=("snr",), confidence=0.9)
    expected = scipy.stats.bootstrap(
        (values,), np.mean, confidence_level=0.9, method="BCa", rng=np.random.default_rng(1)
    ).confidence_interval
    found = summary(*values, evaluation=evaluation).interval
    assert found == pytest.approx(tuple(expected), abs=0.02)


def test_one_value_has_no_interval_and_none_has_nothing():
    one, none = summary(3.0), summary(math.nan, math.inf)
    assert (one.mean, one.median, one.interval) == (3.0, 3.0, None)
    assert math.isnan(none.mean)
    assert math.isnan(none.median)
    assert none.interval is None
    assert histogram(none) is None


def test_pairs_are_ranked_from_the_furthest():
    pairs = comparisons(3.0, math.nan, -math.inf, 20.0, math.inf)
    names = [comparison.pair.name for comparison in ranked(pairs, EVALUATION)]
    assert names == ["2", "0", "3", "4", "1"]


def test_where_lower_is_nearer_the_highest_are_the_furthest():
    evaluation = Evaluation(measures=("f0_rmse",))
    pairs = [
        dataclasses.replace(pair, measured=pair.measured._replace(values={"f0_rmse": value}))
        for pair, value in zip(comparisons(0, 0, 0), (5.0, math.inf, 9.0), strict=True)
    ]
    assert [pair.pair.name for pair in ranked(pairs, evaluation)] == ["1", "2", "0"]


def test_a_histogram_holds_every_value_and_its_lines_lie_where_they_belong(rng):
    values = np.append(rng.uniform(0, 10, 98), [0.0, 10.0])
    made = summary(*values)
    plot = histogram(made)
    assert sum(plot.counts) == 100
    for (left, width, height), count in zip(plot.bars, plot.counts, strict=True):
        inside = (values >= left / 10) & (values <= (left + width) / 10)
        assert np.sum(inside) == count
        assert height == pytest.approx(100 * count / max(plot.counts))
    assert plot.mean == pytest.approx(10 * made.mean)
    assert plot.median == pytest.approx(10 * made.median)
    assert plot.interval == pytest.approx(tuple(10 * end for end in made.interval))
    assert plot.ticks == [(20 * i, str(2 * i)) for i in range(6)]
    assert sorted(plot.rug) == pytest.approx(sorted(10 * values))


@pytest.mark.parametrize("value", [0.0, 5.0, -1e-12, 1e6, -20.0])
def test_a_histogram_of_one_value_is_a_box_about_it(value):
    plot = histogram(summary(value, value, value))
    assert plot.bars == [(0.0, 100.0, 100.0)]
    assert plot.counts == [3]
    assert plot.mean == pytest.approx(50, abs=1)
    assert plot.ticks


def test_many_values_have_no_rug_and_not_many_bins(rng):
    plot = histogram(summary(*rng.standard_cauchy(size=1000)))
    assert plot.rug == []
    assert len(plot.bars) <= 40


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (0.0, 1.0, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (-10.0, 0.0, ["−10", "−8", "−6", "−4", "−2", "0"]),
        (0.0, 0.012, ["0.0000", "0.0025", "0.0050", "0.0075", "0.0100"]),
    ],
)
def test_ticks_are_round_numbers(low, high, texts):
    plot = histogram(summary(low, high))
    assert [text for _, text in plot.ticks] == texts
    for place, text in plot.ticks:
        number = float(text.replace("−", "-"))
        assert place == pytest.approx(100 * (number - low) / (high - low))
