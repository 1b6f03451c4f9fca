import json

import numpy as np
import pytest

from spectrotools.data.spread import Spread


def joined(parts, width):
    whole = Spread(width)
    for part in parts:
        whole.join(Spread.of(part, width))
    return whole


def test_it_is_that_of_numpy():
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.normal(-30, 5, 7001), rng.uniform(-80, 20, 999)])
    parts = np.split(values.astype(np.float32), [1, 1, 500, 7000])  # one of them empty
    found, exact = joined(parts, 0.05), values.astype(np.float32).astype(np.float64)
    summary = found.summary()
    assert summary["count"] == 8000
    np.testing.assert_allclose(summary["mean"], exact.mean(), rtol=1e-12)
    np.testing.assert_allclose(summary["std"], exact.std(), rtol=1e-12)
    assert (summary["min"], summary["max"]) == (exact.min(), exact.max())
    for share, value in summary["quantiles"].items():
        # To the nearest rank, and a bin's width.
        low, high = np.quantile(exact, [float(share) - 2e-4, float(share) + 2e-4])
        assert low - 0.05 <= value <= high + 0.05


def test_far_from_zero_nothing_is_lost():
    values = 1e6 + np.arange(100.0)
    found = joined(np.split(values, 10), 0.25)
    np.testing.assert_allclose(found.summary()["std"], values.std(), rtol=1e-10)


def test_of_one_number_all_quantiles_are_that():
    summary = Spread.of(np.full(5, 440.1), 0.25).summary()
    assert set(summary["quantiles"].values()) == {440.1}
    assert summary["std"] == 0


def test_of_nothing_there_is_nothing_to_say():
    assert joined([np.zeros(0)], 1.0).summary() == {
        "count": 0, "mean": None, "std": None, "min": None, "max": None,
    }  # fmt: skip


@pytest.mark.parametrize("values", [np.zeros(0), np.array([0.1, -3.7, 1e-8])])
def test_json_holds_all_of_it(values):
    spread = Spread.of(values, 0.1)
    assert Spread.from_json(json.loads(json.dumps(spread.as_json()))) == spread
