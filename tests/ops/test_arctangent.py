"""The angle of a point of the plane under XLA against NumPy's in float64."""

import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from spectrotools.ops.arctangent import arctangent

EDGES = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e-37, -3e38]


@pytest.fixture(params=[np.float32, np.float64])
def under_xla(request):
    """The function under XLA, and the type that it is given."""
    return tf.function(arctangent, jit_compile=True), request.param


def test_it_is_numpys_to_the_rounding_of_its_type(under_xla, rng):
    function, dtype = under_xla
    imag, real = (rng.normal(size=(2, 100000)) * 10.0 ** rng.uniform(-9, 9, 100000)).astype(dtype)
    expected = np.arctan2(imag.astype(np.float64), real)
    np.testing.assert_allclose(function(imag, real), expected, rtol=2 * np.finfo(dtype).eps)


def test_on_the_axes_and_beyond_it_is_numpys(under_xla):
    function, dtype = under_xla
    imag, real = (part.ravel() for part in np.meshgrid(*2 * [np.array(EDGES, dtype)]))
    result, expected = function(imag, real).numpy(), np.arctan2(imag, real)
    np.testing.assert_allclose(result, expected, rtol=2 * np.finfo(dtype).eps)
    there = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(result)[there], np.signbit(expected)[there])


def test_the_angle_of_complex_numbers_takes_it_with_its_gradient(rng):
    values = tf.constant(rng.normal(size=50) + 1j * rng.normal(size=50), tf.complex64)

    def gradient(values):
        with tf.GradientTape() as tape:
            tape.watch(values)
            value = tf.reduce_sum(tf.square(st.angle(values)))
        return tape.gradient(value, values)

    compiled = tf.function(gradient, jit_compile=True)(values)
    expected = 2 * np.angle(values) * 1j * values / np.abs(values) ** 2
    np.testing.assert_allclose(compiled, expected, rtol=1e-5)
