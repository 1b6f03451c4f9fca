"""Kernel distances against double loops, and without bias."""

import itertools

import numpy as np
import pytest

import spectrotools as st
from spectrotools.metrics import kernel as module

distance = st.metrics.kernel_distance


def looped(first: np.ndarray, second: np.ndarray, kernel) -> float:
    """Equation 3 of Gretton et al., pair by pair."""

    def among(items):
        pairs = itertools.permutations(range(len(items)), 2)
        return np.mean([kernel(items[i], items[j]) for i, j in pairs])

    across = np.mean([kernel(x, y) for x in first for y in second])
    return float(among(first) + among(second) - 2 * across)


@pytest.mark.parametrize("rows", [1024, 7])
def test_distances_are_those_of_all_pairs(rows, rng, monkeypatch):
    monkeypatch.setattr(module, "_ROWS", rows)
    first, second = rng.standard_normal((21, 5)), 0.5 + rng.standard_normal((34, 5))
    expected = looped(first, second, lambda x, y: (x @ y / 5 + 1) ** 3)
    assert distance(first, second) == pytest.approx(expected, rel=1e-10)
    lengths = [np.linalg.norm(x - y) for x, y in itertools.combinations(first, 2)]
    for bandwidth in (None, 0.7):
        sigma = bandwidth or np.median(lengths)
        expected = looped(
            first, second, lambda x, y, s=sigma: np.exp(-np.sum((x - y) ** 2) / (2 * s * s))
        )
        found = distance(first, second, kernel="gaussian", bandwidth=bandwidth)
        assert found == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("kernel", ["polynomial", "gaussian"])
def test_there_is_no_bias_however_few_the_items(kernel, rng):
    settings = {"kernel": kernel, "bandwidth": 2.0 if kernel == "gaussian" else None}
    found = [distance(*rng.standard_normal((2, 5, 3)), **settings) for _ in range(4000)]
    assert abs(np.mean(found)) < 4 * np.std(found) / np.sqrt(len(found))
    assert np.min(found) < 0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"kernel": "linear"}, "kernel must be one of 'polynomial', 'gaussian'; got 'linear'"),
        ({"bandwidth": 1.0}, "bandwidth must be None for kernel='polynomial'; got 1.0"),
        (
            {"kernel": "gaussian", "bandwidth": 0.0},
            "bandwidth must be finite and above 0; got 0.0",
        ),
        (
            {"kernel": "gaussian", "bandwidth": "wide"},
            "bandwidth must be finite and above 0; got 'wide'",
        ),
        ({"kernel": "gaussian"}, "bandwidth must be given where half the items are equal; got"),
    ],
)
def test_kernels_that_are_none_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        distance(np.ones((5, 2)), np.ones((5, 2)), **wrong)
