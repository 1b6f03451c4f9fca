"""Fully connected layers beside NumPy."""

import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st


def test_of_no_layers_it_gives_what_it_is_given(rng):
    given = tf.constant(rng.standard_normal((2, 3, 4)), tf.float32)
    np.testing.assert_array_equal(st.layers.FullyConnected(layers=0)(given), given)


def test_a_layer_is_its_published_arithmetic(rng):
    """Dense, norm over the units with 1e-3 under the root, a slope of 0.2 below 0."""
    stack, given = st.layers.FullyConnected(units=4, layers=1), rng.standard_normal((2, 3, 5))
    stack.build((2, 3, 5))
    stack.set_weights([rng.standard_normal(weight.shape) for weight in stack.weights])
    kernel, bias, scale, shift = (np.asarray(weight, np.float64) for weight in stack.weights)
    x = given @ kernel + bias
    x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-3)
    expected = np.maximum(x * scale + shift, 0.2 * (x * scale + shift))
    np.testing.assert_allclose(stack(given.astype(np.float32)), expected, rtol=0, atol=1e-5)


def test_wrong_settings_are_refused():
    with pytest.raises(ValueError, match="units must be an integer of at least 1; got 0"):
        st.layers.FullyConnected(units=0)
    with pytest.raises(ValueError, match="layers must be an integer of at least 0; got -1"):
        st.layers.FullyConnected(layers=-1)
