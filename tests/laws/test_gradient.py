"""Law: gradients are finite on silence and equal to central differences."""

import numpy as np
import pytest
import tensorflow as tf

from tests.catalog import having


def directional(entry, point: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    """A real number made of every output, so that its gradient sees every path."""
    result = entry.call(point)
    if result.dtype.is_complex:
        result = tf.concat([tf.math.real(result), tf.math.imag(result)], axis=-1)
    return tf.reduce_sum(tf.math.tanh(result) * weights[: result.shape[-1]])


def random_direction(rng: np.random.Generator, like: np.ndarray) -> np.ndarray:
    direction = rng.standard_normal(like.shape)
    if np.iscomplexobj(like):
        return direction + 1j * rng.standard_normal(like.shape)
    return direction


@pytest.mark.parametrize("length", [100, 257])
@pytest.mark.parametrize("entry", having("differentiable"))
def test_gradient_is_that_of_central_differences(entry, length, rng):
    point = entry.make_input(rng, (2, length))
    weights = tf.constant(rng.standard_normal(4096))
    variable = tf.constant(point)
    with tf.GradientTape() as tape:
        tape.watch(variable)
        value = directional(entry, variable, weights)
    gradient = tape.gradient(value, variable).numpy()
    direction, step = random_direction(rng, point), 1e-6
    ahead = directional(entry, tf.constant(point + step * direction), weights)
    behind = directional(entry, tf.constant(point - step * direction), weights)
    expected = float(ahead - behind) / (2 * step)
    # TensorFlow's gradient by z is d/d(re) + i d/d(im), so the step along d is Re(conj(g) d).
    assert np.sum(np.real(np.conj(gradient) * direction)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("entry", having("differentiable"))
def test_second_order_gradient_is_that_of_differences_of_the_first(entry, rng):
    point = entry.make_input(rng, (1, 80))
    weights = tf.constant(rng.standard_normal(4096))
    direction, step = random_direction(rng, point), 1e-6

    def slope(at: np.ndarray) -> tf.Tensor:
        variable = tf.constant(at)
        with tf.GradientTape() as tape:
            tape.watch(variable)
            value = directional(entry, variable, weights)
        return tape.gradient(value, variable)

    variable = tf.constant(point)
    with tf.GradientTape() as outer:
        outer.watch(variable)
        with tf.GradientTape() as inner:
            inner.watch(variable)
            value = directional(entry, variable, weights)
        along = tf.reduce_sum(
            tf.math.real(tf.math.conj(inner.gradient(value, variable)) * direction)
        )
    second = outer.gradient(along, variable).numpy()
    expected = (slope(point + step * direction) - slope(point - step * direction)) / (2 * step)
    np.testing.assert_allclose(second, expected, rtol=0, atol=1e-6 * np.abs(expected).max())


@pytest.mark.parametrize("entry", having("differentiable"))
def test_gradient_is_finite_on_silence(entry):
    silence = tf.zeros_like(tf.constant(entry.make_input(np.random.default_rng(0), (2, 200))))
    with tf.GradientTape() as tape:
        tape.watch(silence)
        result = entry.call(silence)
        value = tf.reduce_sum(tf.abs(result))
    assert np.all(np.isfinite(tape.gradient(value, silence)))
