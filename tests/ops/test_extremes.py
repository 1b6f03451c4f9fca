"""Means of a few of many beside a sort."""

import numpy as np
import pytest
import tensorflow as tf

from spectrotools.ops.extremes import _candidates, means_of_extremes


@pytest.mark.parametrize("size", [1, 3, 8, 41, 205])
@pytest.mark.parametrize("count", [1, 2, 5, 8, 9])
@pytest.mark.parametrize("kind", ["distinct", "many equal", "silence", "one infinite"])
def test_means_are_those_of_a_sort(size, count, kind, rng):
    count = min(count, size)
    values = rng.standard_normal((size, 6))
    if kind == "many equal":
        values = np.round(values)
    if kind == "silence":
        values = 0.0 * values
    if kind == "one infinite":
        values[0, 0] = np.inf
    order = np.sort(values, axis=0)
    greatest, smallest = means_of_extremes(tf.constant(values), count)
    np.testing.assert_allclose(
        greatest, order[size - count :].mean(axis=0), rtol=1e-13, atol=1e-15
    )
    np.testing.assert_allclose(smallest, order[:count].mean(axis=0), rtol=1e-13, atol=1e-15)


def test_the_gradient_goes_to_what_is_taken_and_what_is_equal_shares():
    values = tf.constant([[4.0], [1.0], [3.0], [3.0], [0.0], [3.0]], tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(values)
        greatest, smallest = means_of_extremes(values, 3)
        total = greatest + 10 * smallest
    third = 1 / 3  # of the greatest, two threes of three; of the smallest, one
    by_greatest = np.array([1, 0, 2 / 3, 2 / 3, 0, 2 / 3]) * third
    by_smallest = np.array([0, 1, third, third, 1, third]) * third
    gradient = tape.gradient(total, values)
    np.testing.assert_allclose(gradient[:, 0], by_greatest + 10 * by_smallest, rtol=1e-14)
    np.testing.assert_allclose([greatest[0], smallest[0]], [10 / 3, 4 / 3])


@pytest.mark.parametrize("count", [1, 2, 4, 8])
def test_what_is_no_number_makes_none(count, rng):
    """But under XLA, whose maxima on the CPU may pass over it."""
    values = rng.normal(size=(30, 30))
    np.fill_diagonal(values[:, :-1], np.nan)
    for part in means_of_extremes(tf.constant(values), count):
        np.testing.assert_array_equal(np.isnan(part), np.isnan(values).any(axis=0))


def test_few_are_left_to_sort():
    parts, _ = _candidates(tf.zeros([300, 1]), 6, 0)
    assert 6 <= sum(part.shape[0] for part in parts) <= 60
