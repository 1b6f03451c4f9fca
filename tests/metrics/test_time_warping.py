"""Dynamic time warping against librosa's."""

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

import spectrotools as st


@settings(max_examples=60, deadline=None)
@given(rows=some.integers(1, 40), columns=some.integers(1, 40), seed=some.integers(0, 999))
def test_cost_and_path_are_librosas(rows, columns, seed):
    costs = np.random.default_rng(seed).uniform(0, 1, (rows, columns))
    expected, path = librosa.sequence.dtw(C=costs)
    total, found = st.metrics.dtw(costs)
    assert total == pytest.approx(expected[-1, -1], rel=1e-12)
    np.testing.assert_array_equal(found, path[::-1])


@settings(max_examples=40, deadline=None)
@given(rows=some.integers(1, 12), columns=some.integers(1, 12), seed=some.integers(0, 999))
def test_of_equal_costs_the_path_is_librosas_too(rows, columns, seed):
    costs = np.random.default_rng(seed).integers(0, 2, (rows, columns)).astype(float)
    expected, path = librosa.sequence.dtw(C=costs)
    total, found = st.metrics.dtw(costs)
    assert total == expected[-1, -1]
    np.testing.assert_array_equal(found, path[::-1])


def test_the_path_undoes_a_known_warp(rng):
    sequence = rng.standard_normal((50, 3))
    repeats = rng.integers(1, 4, 50)
    warped = np.repeat(sequence, repeats, axis=0)
    costs = np.linalg.norm(sequence[:, None] - warped[None], axis=-1)
    total, path = st.metrics.dtw(costs)
    assert total == 0.0
    np.testing.assert_array_equal(path[:, 0], np.repeat(np.arange(50), repeats))
    np.testing.assert_array_equal(path[:, 1], np.arange(repeats.sum()))


def test_negative_and_read_only_costs_are_taken_as_they_are():
    costs = np.broadcast_to(-np.ones(4), (3, 4))
    total, path = st.metrics.dtw(costs)
    assert total == -6.0
    assert len(path) == 6


@pytest.mark.parametrize(
    ("costs", "message"),
    [
        (np.ones(3), r"costs must be \[rows, columns\], at least one of each; got \(3,\)"),
        (np.ones((0, 3)), r"costs must be \[rows, columns\], at least one of each; got \(0, 3\)"),
        (np.full((2, 2), np.inf), "costs must be finite; got inf"),
    ],
)
def test_costs_that_are_none_are_refused(costs, message):
    with pytest.raises(ValueError, match=message):
        st.metrics.dtw(costs)
