"""The inception score in closed forms, and against relative entropies by SciPy."""

import numpy as np
import pytest
import scipy.stats

import spectrotools as st

score = st.metrics.inception_score


def test_it_is_1_where_all_items_are_judged_alike(rng):
    assert score(np.full((30, 7), 1 / 7)) == pytest.approx(1.0, abs=1e-12)
    assert score(np.tile(rng.dirichlet(np.ones(7)), (30, 1))) == pytest.approx(1.0, abs=1e-12)
    assert score(np.tile(np.eye(7)[2], (30, 1))) == 1.0


@pytest.mark.parametrize("classes", [2, 7, 1000])
def test_it_is_the_number_of_classes_where_all_are_sure_and_as_frequent(classes):
    padded = np.eye(classes, classes + 3)  # of which three are never found
    assert score(np.tile(padded, (3, 1))) == pytest.approx(classes, rel=1e-10)


def test_it_is_the_mean_relative_entropy(rng):
    items = rng.dirichlet(np.full(6, 0.3), 50)
    expected = np.exp(np.mean([scipy.stats.entropy(p, items.mean(axis=0)) for p in items]))
    assert score(items) == pytest.approx(expected, rel=1e-10)
    assert score(items.astype(np.float32)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("items", "message"),
    [
        (
            np.ones(5),
            r"probabilities must be \[items, classes\], at least one of each; got \(5,\)",
        ),
        (np.ones((0, 5)), r"probabilities must be \[items, classes\], at least one of each; got"),
        (np.array([[1.5, -0.5]]), "probabilities must not be negative; got -0.5"),
        (
            np.array([[0.5, 0.5], [0.5, 0.6]]),
            "probabilities of each item must have the sum 1; got",
        ),
    ],
)
def test_probabilities_that_are_none_are_refused(items, message):
    with pytest.raises(ValueError, match=message):
        score(items)
