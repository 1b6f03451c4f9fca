"""Bootstrap intervals against SciPy's, and by how often they hold the mean."""

import inspect

import numpy as np
import pytest
import scipy.stats

import spectrotools as st
from spectrotools.metrics import bootstrap as module

interval = st.metrics.bootstrap_interval


def scipys(values: np.ndarray, confidence: float, method: str, seed: int) -> tuple[float, float]:
    generator = np.random.default_rng(seed)
    parameters = inspect.signature(scipy.stats.bootstrap).parameters
    name = "rng" if "rng" in parameters else "random_state"  # before SciPy 1.15
    found = scipy.stats.bootstrap(
        (values,),
        np.mean,
        confidence_level=confidence,
        method=method,
        n_resamples=9999,
        **{name: generator},
    )
    return tuple(map(float, found.confidence_interval))


@pytest.mark.parametrize("method", ["percentile", "bca"])
@pytest.mark.parametrize("confidence", [0.95, 0.8])
def test_intervals_are_scipys(method, confidence, rng):
    for number, values in enumerate((rng.standard_normal(20), rng.exponential(1.0, 41))):
        found = interval(values, confidence=confidence, seed=number, method=method)
        expected = scipys(values, confidence, method, number)
        np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_what_is_drawn_at_once_does_not_count(monkeypatch, rng):
    values = rng.exponential(1.0, 30)
    whole = interval(values, seed=3)
    monkeypatch.setattr(module, "_PART", 30 * 700)
    np.testing.assert_allclose(interval(values, seed=3), whole, rtol=1e-12)


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_nine_of_ten_hold_the_mean(method):
    held = 0
    for seed in range(400):
        values = np.random.default_rng(seed).exponential(1.0, 60)
        low, high = interval(values, confidence=0.9, method=method, seed=seed, n_resamples=999)
        held += low <= 1.0 <= high
    assert 0.84 < held / 400 < 0.94


def test_a_normal_sample_has_the_interval_of_its_standard_error(rng):
    values = rng.standard_normal(400)
    expected = values.mean() + np.array([-1, 1]) * 1.96 * values.std() / 20
    np.testing.assert_allclose(interval(values), expected, atol=0.01)


def test_equal_values_leave_nothing_unsure():
    assert interval([2.5, 2.5, 2.5]) == (2.5, 2.5)


def test_few_resamples_and_two_values_are_finite():
    for method in ("percentile", "bca"):
        low, high = interval([0.0, 1.0], n_resamples=1, method=method)
        assert 0.0 <= low <= high <= 1.0


@pytest.mark.parametrize(
    ("values", "wrong", "message"),
    [
        ([1.0], {}, r"values must be \[items >= 2\]; got \(1,\)"),
        (np.ones((2, 2)), {}, r"values must be \[items >= 2\]; got \(2, 2\)"),
        ([1.0, np.inf], {}, "values must be finite; got inf"),
        ([1.0, 2.0], {"confidence": 1.0}, r"confidence must be in \(0, 1\); got 1.0"),
        (
            [1.0, 2.0],
            {"method": "basic"},
            "method must be one of 'bca', 'percentile'; got 'basic'",
        ),
        ([1.0, 2.0], {"confidence": None}, r"confidence must be in \(0, 1\); got None"),
        ([1.0, 2.0], {"seed": 0.5}, "seed must be an integer of at least 0; got 0.5"),
        ([1.0, 2.0], {"n_resamples": 0}, "n_resamples must be an integer of at least 1; got 0"),
    ],
)
def test_values_that_are_none_are_refused(values, wrong, message):
    with pytest.raises(ValueError, match=message):
        interval(values, **wrong)
