"""Magnitudes against NumPy's hypot, their gradients against the closed form."""

import numpy as np
import pytest
import tensorflow as tf

from spectrotools.ops.magnitude import magnitude, squared_magnitude
from tests.tolerances import assert_close


def of_size(rng, low, high, dtype):
    """Complex numbers of all directions, their magnitudes even in the logarithm."""
    size = 10.0 ** rng.uniform(low, high, 1000)
    return (size * np.exp(2j * np.pi * rng.uniform(size=1000))).astype(dtype)


@pytest.mark.parametrize(
    ("dtype", "low", "high"), [(np.complex64, -15, 19), (np.complex128, -145, 154)]
)
def test_magnitude_is_exact_to_rounding_in_its_range(dtype, low, high, rng):
    values = of_size(rng, low, high, dtype)
    wide = values.astype(np.clongdouble)
    expected = np.hypot(wide.real, wide.imag)
    result = magnitude(tf.constant(values)).numpy()
    assert np.max(np.abs(result / expected - 1)) < 4 * np.finfo(dtype).eps


def test_smaller_magnitudes_are_off_by_less_than_is_said(rng):
    values = of_size(rng, -30, -15, np.complex64)
    error = np.abs(magnitude(tf.constant(values)).numpy() - np.abs(values.astype(np.complex128)))
    assert np.max(error) < 2e-19


@pytest.mark.parametrize("offset", [0.0, 0.5])
def test_values_and_gradients_are_the_closed_forms(offset, rng):
    values = of_size(rng, -3, 3, np.complex128)
    upstream = rng.standard_normal(1000)
    point = tf.constant(values)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(point)
        root, square = magnitude(point, offset), squared_magnitude(point)
    size = np.hypot(np.abs(values), np.sqrt(offset))
    assert_close(root, size, 4, np.float64)
    assert_close(square, np.abs(values) ** 2, 4, np.float64)
    by_root = tape.gradient(root, point, output_gradients=tf.constant(upstream))
    assert_close(by_root, values / size * upstream, 8, np.float64)
    by_square = tape.gradient(square, point, output_gradients=tf.constant(upstream))
    assert_close(by_square, 2 * values * upstream, 8, np.float64)


def test_derivatives_at_zero_are_zero_to_the_third():
    point = tf.zeros([2], tf.complex128)
    with tf.GradientTape() as outer:
        outer.watch(point)
        with tf.GradientTape() as middle:
            middle.watch(point)
            with tf.GradientTape() as inner:
                inner.watch(point)
                value = magnitude(point)
            first = inner.gradient(value, point)
            total = tf.math.real(first)
        second = middle.gradient(total, point)
        total = tf.math.real(second)
    third = outer.gradient(total, point)
    np.testing.assert_array_equal(np.stack([first, second, third]), 0)
