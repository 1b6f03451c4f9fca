"""A tournament beside a sort."""

import numpy as np
import pytest
import tensorflow as tf

from spectrotools.ops.greatest import greatest


@pytest.mark.parametrize("columns", [1, 2, 3, 7, 8, 13, 205])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("kind", ["distinct", "many equal", "silence", "one infinite"])
def test_the_mean_and_the_least_are_those_of_a_sort(columns, count, kind, rng):
    count = min(count, columns)
    values = rng.standard_normal((6, columns))
    if kind == "many equal":
        values = np.round(values)
    if kind == "silence":
        values = 0.0 * values
    if kind == "one infinite":
        values[0, 0] = np.inf
    taken = np.sort(values, axis=-1)[:, ::-1][:, :count]
    mean, least = greatest(tf.constant(values), count)
    np.testing.assert_allclose(mean, taken.mean(axis=-1), rtol=1e-13, atol=1e-15)
    np.testing.assert_array_equal(least, taken[:, -1])
