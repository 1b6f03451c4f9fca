"""Different bins against SciPy's test of proportions and its distances, and by what they find."""

import numpy as np
import pytest
import scipy.cluster.vq
import scipy.spatial
import scipy.stats

import spectrotools as st
from spectrotools.metrics.bins import _jensen_shannon, _k_means, _p_values

bins = st.metrics.number_of_different_bins
CENTRES = 10.0 * np.array([[0, 0], [0, 1], [1, 0], [1, 1], [2, 0]])


def mixture(rng: np.random.Generator, counts: list[int]) -> np.ndarray:
    """So many items about each of five centres far apart."""
    return np.repeat(CENTRES, counts, axis=0) + rng.standard_normal((sum(counts), 2))


def test_counts_and_divergence_are_those_of_known_clusters(rng):
    first, second = [400, 300, 200, 50, 50], [400, 260, 200, 120, 20]
    found = bins(mixture(rng, first), mixture(rng, second), n_bins=5)
    tests = [
        scipy.stats.chi2_contingency([[a, 1000 - a], [b, 1000 - b]], correction=False).pvalue
        for a, b in zip(first, second, strict=True)
    ]
    assert found.different == np.sum(np.array(tests) < 0.05) == 3
    assert found.share == 0.6
    expected = scipy.spatial.distance.jensenshannon(first, second) ** 2
    assert found.jensen_shannon == pytest.approx(expected, rel=1e-10)


def test_the_test_is_that_of_two_proportions(rng):
    first, second = rng.integers(0, 40, 30), rng.integers(0, 60, 30)
    m, n = first.sum(), second.sum()
    expected = [
        scipy.stats.chi2_contingency([[a, m - a], [b, n - b]], correction=False).pvalue
        for a, b in zip(first, second, strict=True)
    ]
    np.testing.assert_allclose(_p_values(first, second), expected, rtol=1e-9)


def test_bins_that_hold_all_or_nothing_of_both_are_alike():
    np.testing.assert_array_equal(_p_values(np.array([5, 0]), np.array([9, 0])), [1.0, 1.0])
    assert _jensen_shannon(np.array([5, 0]), np.array([9, 0])) == 0.0
    apart = _jensen_shannon(np.array([5, 0]), np.array([0, 9]))
    assert apart == pytest.approx(np.log(2), rel=1e-12)


def test_lost_modes_are_found_and_chance_is_not(rng):
    whole = mixture(rng, [200] * 5)
    assert bins(whole, mixture(rng, [200] * 5), n_bins=5).different == 0
    lost = bins(whole, mixture(rng, [500, 500, 0, 0, 0]), n_bins=5)
    assert lost.different == 5
    assert lost.jensen_shannon > 0.2


def test_of_one_distribution_about_the_significance_differs(rng):
    reference = rng.standard_normal((20000, 3))
    shares = [
        bins(reference, rng.standard_normal((5000, 3)), n_bins=50, significance=s).share
        for s in (0.05, 0.5)
    ]
    assert 0.0 <= shares[0] < 0.2
    assert 0.3 < shares[1] < 0.7


def test_dimensions_count_alike_whatever_their_unit(rng):
    first, second = mixture(rng, [100] * 5), mixture(rng, [150, 50, 100, 100, 100])
    units = np.array([1e6, 1e-6])
    assert bins(first, second, n_bins=5) == bins(first * units, second * units, n_bins=5)
    still = np.c_[first, np.ones(500)], np.c_[second, np.ones(500)]
    assert bins(*still, n_bins=5).different == bins(first, second, n_bins=5).different


def test_k_means_finds_what_scipys_does_not_improve(rng):
    items = rng.standard_normal((500, 3))
    centres = _k_means(items, 12, np.random.default_rng(0))
    labels, lengths = scipy.cluster.vq.vq(items, centres)
    again, _ = scipy.cluster.vq.kmeans2(items, centres, minit="matrix", iter=20)
    np.testing.assert_allclose(centres, again, atol=1e-12)
    assert len(np.unique(labels)) == 12
    starts = (items[rng.choice(500, 12, replace=False)] for _ in range(5))
    tried = (scipy.cluster.vq.kmeans2(items, start, minit="matrix", iter=50) for start in starts)
    best = min(np.mean(scipy.cluster.vq.vq(items, centres)[1] ** 2) for centres, _ in tried)
    assert np.mean(lengths**2) < 1.05 * best


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"n_bins": 1}, "n_bins must be an integer of at least 2; got 1"),
        ({"n_bins": 7}, "reference must have at least n_bins distinct items; got 6"),
        ({"significance": 0.0}, r"significance must be in \(0, 1\); got 0.0"),
        ({"significance": "5 %"}, r"significance must be in \(0, 1\); got '5 %'"),
        ({"seed": -1}, "seed must be an integer of at least 0; got -1"),
        (
            {"estimate": np.ones((0, 1))},
            r"estimate must be \[items, dims\] of at least 1 items and",
        ),
    ],
)
def test_bins_that_are_none_are_refused(wrong, message):
    reference = np.repeat(np.arange(6.0), 2)[:, None]
    given = {"reference": reference, "estimate": reference, "n_bins": 3, **wrong}
    with pytest.raises(ValueError, match=message):
        bins(**given)
