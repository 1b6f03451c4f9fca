"""Fréchet distances against matrix roots by SciPy, closed forms, and the bias of theory."""

import numpy as np
import pytest
import scipy.linalg

import spectrotools as st

METRICS = st.metrics


def by_sqrtm(first: np.ndarray, second: np.ndarray) -> float:
    """The formula as it is published."""
    covariances = [np.cov(items, rowvar=False) for items in (first, second)]
    root = scipy.linalg.sqrtm(covariances[0] @ covariances[1]).real
    means = np.sum((first.mean(axis=0) - second.mean(axis=0)) ** 2)
    return float(means + np.trace(covariances[0] + covariances[1] - 2 * root))


def correlated(rng: np.random.Generator, items: int, dims: int) -> np.ndarray:
    return rng.standard_normal((items, dims)) @ rng.standard_normal((dims, dims)) + rng.uniform(
        -1, 1, dims
    )


@pytest.mark.parametrize(("items", "dims"), [((60, 90), 5), ((500, 400), 40), ((200, 70), 1)])
def test_distance_is_the_published_formula(items, dims, rng):
    first, second = correlated(rng, items[0], dims), correlated(rng, items[1], dims)
    if dims == 1:
        deviations = np.std(first, ddof=1) - np.std(second, ddof=1)
        expected = deviations**2 + (first.mean() - second.mean()) ** 2
    else:
        expected = by_sqrtm(first, second)
    assert METRICS.frechet_distance(first, second) == pytest.approx(expected, rel=1e-8)
    given = [np.mean(first, axis=0), np.atleast_2d(np.cov(first, rowvar=False))]
    given += [np.mean(second, axis=0), np.atleast_2d(np.cov(second, rowvar=False))]
    assert METRICS.gaussian_frechet_distance(*given) == pytest.approx(expected, rel=1e-8)


def test_commuting_gaussians_have_a_closed_form(rng):
    basis, _ = np.linalg.qr(rng.standard_normal((6, 6)))
    first, second = np.array([4.0, 1.0, 0.0, 9.0, 0.0, 2.0]), np.array([1.0, 1.0, 5.0, 0, 0, 3.0])
    covariances = [basis @ np.diag(values) @ basis.T for values in (first, second)]
    mean = np.arange(6.0)
    found = METRICS.gaussian_frechet_distance(mean, covariances[0], -mean, covariances[1])
    expected = np.sum((np.sqrt(first) - np.sqrt(second)) ** 2) + 4 * np.sum(mean**2)
    assert found == pytest.approx(expected, rel=1e-7)


def test_fewer_items_than_dimensions_do_no_harm(rng):
    """Of items on two lines at right angles, one covariance knows nothing of the other."""
    along = rng.standard_normal((10, 1))
    first, second = along * np.eye(50)[0], along * np.eye(50)[1]
    expected = 2 * np.var(along, ddof=1) + 2 * np.mean(along) ** 2
    assert METRICS.frechet_distance(first, second) == pytest.approx(expected, rel=1e-12)
    wide = rng.standard_normal((20, 300))
    assert METRICS.frechet_distance(wide, wide) == pytest.approx(0.0, abs=1e-11)
    assert METRICS.frechet_distance(wide, wide + 1.0) == pytest.approx(300.0, rel=1e-12)


def test_it_keeps_what_a_product_of_covariances_would_lose(rng):
    """Deviations from 1 to 1e-7, whose squares differ by the precision of float64."""
    scales = np.logspace(0, -7, 8)
    first = rng.standard_normal((1000, 8))
    found = METRICS.frechet_distance(first * scales, first * scales * (1 + 1e-3))
    deviations = np.sum((np.std(first, axis=0, ddof=1) * scales) ** 2)
    expected = 1e-6 * (deviations + np.sum((first.mean(axis=0) * scales) ** 2))
    assert found == pytest.approx(expected, rel=1e-6)


def test_the_limit_takes_the_bias_away(rng):
    """Of the same standard Gaussian: d / n of the mean, (d^2 + d) / 4n of the covariance."""
    dims, slope = 6, 6 + (36 + 6) / 4
    reference = rng.standard_normal((20000, dims))
    found = [
        METRICS.extrapolated_frechet_distance(
            reference, rng.standard_normal((2000, dims)), smallest=300, seed=seed
        )
        for seed in range(40)
    ]
    mean = np.mean(found, axis=0)
    kept = slope / 20000  # the reference's own
    assert mean[0] == pytest.approx(slope / 2000 + kept, rel=0.2)
    assert mean[1] == pytest.approx(kept, abs=0.002)
    assert mean[2] == pytest.approx(slope, rel=0.15)


def test_draws_are_of_the_seed_and_the_distance_is_of_all(rng):
    first, second = rng.standard_normal((2, 100, 3))
    found = METRICS.extrapolated_frechet_distance(first, second, seed=1)
    assert found == METRICS.extrapolated_frechet_distance(first, second, seed=1)
    assert found.limit != METRICS.extrapolated_frechet_distance(first, second, seed=2).limit
    assert found.distance == METRICS.frechet_distance(first, second)


@pytest.mark.parametrize(
    ("reference", "estimate", "message"),
    [
        (
            np.ones(5),
            np.ones((5, 2)),
            r"reference must be \[items, dims\] of at least 2 items and",
        ),
        (
            np.ones((5, 2)),
            np.ones((1, 2)),
            r"estimate must be \[items, dims\] of at least 2 items",
        ),
        (np.ones((5, 0)), np.ones((5, 0)), r"at least 2 items and 1 dimension; got \(5, 0\)"),
        (
            np.ones((5, 2)),
            np.ones((5, 3)),
            "estimate must have the 2 dimensions of reference; got",
        ),
        (np.full((5, 2), np.nan), np.ones((5, 2)), "reference must be finite; got nan"),
        (
            np.ones((5, 2)),
            np.ones((5, 2)) * 1j,
            "estimate must be of real numbers; got 'complex128",
        ),
    ],
)
def test_embeddings_that_are_none_are_refused(reference, estimate, message):
    for metric in (METRICS.frechet_distance, METRICS.kernel_distance):
        with pytest.raises(ValueError, match=message):
            metric(reference, estimate)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"estimate": np.ones((2, 2))}, "estimate must have at least 3 items to take subsets of"),
        ({"smallest": 1}, r"smallest must be an integer in \[2, 8\]; got 1"),
        ({"smallest": 9}, r"smallest must be an integer in \[2, 8\]; got 9"),
        ({"seed": -1}, "seed must be an integer of at least 0; got -1"),
        ({"n_subsets": 1}, "n_subsets must be an integer of at least 2; got 1"),
    ],
)
def test_subsets_that_are_none_are_refused(wrong, message):
    given = {"reference": np.ones((9, 2)), "estimate": np.ones((9, 2)), **wrong}
    with pytest.raises(ValueError, match=message):
        METRICS.extrapolated_frechet_distance(**given)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({0: np.ones((2, 2))}, r"reference_mean must be \[dims >= 1\]; got \(2, 2\)"),
        ({1: np.eye(3)}, r"reference_covariance must be \[dims, dims\] of reference_mean, 2; got"),
        (
            {3: np.array([[1.0, 0.5], [0.0, 1.0]])},
            "estimate_covariance must be symmetric; got 0.5",
        ),
        ({3: np.diag([1.0, -1.0])}, "estimate_covariance must be positive semidefinite; got"),
        (
            {2: np.ones(3), 3: np.eye(3)},
            "estimate_mean must be of the size of reference_mean; got",
        ),
    ],
)
def test_gaussians_that_are_none_are_refused(wrong, message):
    given = [np.ones(2), np.eye(2), np.ones(2), np.eye(2)]
    for place, value in wrong.items():
        given[place] = value
    with pytest.raises(ValueError, match=message):
        METRICS.gaussian_frechet_distance(*given)
