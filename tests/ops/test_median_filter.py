"""Medians beside SciPy's and NumPy's."""

import numpy as np
import pytest
import scipy.ndimage
import tensorflow as tf

from spectrotools.ops.median_filter import median_filter


@pytest.mark.parametrize("width", [1, 3, 5, 7, 9, 13, 15, 17, 31, 33])
@pytest.mark.parametrize("more", [0, 1, 37])
def test_medians_are_numpys_ties_included(width, more, rng):
    values = rng.integers(0, 9, (width + more, 3)).astype(np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(values, width, axis=0)
    np.testing.assert_array_equal(
        median_filter(tf.constant(values), width), np.median(windows, -1)
    )


def test_medians_of_zeros_and_ones_are_right():
    """What orders all of them orders everything: the zero-one principle."""
    values = (np.arange(2**9)[None] >> np.arange(9)[:, None] & 1).astype(np.float32)
    expected = np.median(values, axis=0, keepdims=True)
    np.testing.assert_array_equal(median_filter(tf.constant(values), 9), expected)


def test_medians_are_scipys(rng):
    values = rng.standard_normal((90, 4))
    expected = scipy.ndimage.median_filter(values, size=(31, 1))[15:-15]
    np.testing.assert_array_equal(median_filter(tf.constant(values), 31), expected)


@pytest.mark.parametrize("jit", [False, True])
def test_the_gradient_goes_to_the_median_and_is_shared_by_equals(jit):
    values = tf.constant([[1.0], [5.0], [2.0], [2.0], [9.0]])

    @tf.function(jit_compile=jit)
    def gradient(values):
        with tf.GradientTape() as tape:
            tape.watch(values)
            medians = median_filter(values, 3)  # 2, 2 and 2
        upstream = tf.constant([[1.0], [10.0], [100.0]])
        return tape.gradient(medians, values, output_gradients=upstream)

    np.testing.assert_allclose(gradient(values)[:, 0], [0.0, 0.0, 56.0, 55.0, 0.0])
