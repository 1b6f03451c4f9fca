"""The gated recurrent unit that XLA gets on a CPU, beside that of Keras."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from spectrotools.layers.gru import GRU
from spectrotools.ops.gated_recurrence import gated_recurrence

BATCH, SIZE, UNITS = 2, 3, 5


def given(rng: np.random.Generator, frames: int, dtype: type = np.float32) -> list[tf.Tensor]:
    """Inputs, the state before them, and weights."""
    shapes = [(BATCH, frames, SIZE), (BATCH, UNITS)]
    shapes += [(SIZE, 3 * UNITS), (UNITS, 3 * UNITS), (2, 3 * UNITS)]
    return [tf.constant(0.5 * rng.standard_normal(shape), dtype) for shape in shapes]


@pytest.mark.parametrize("frames", [1, 12])
def test_xla_gets_the_numbers_and_gradients_of_keras(frames, rng):
    layers = (
        keras.layers.GRU(UNITS, return_sequences=True, return_state=True),
        GRU(UNITS, return_state=True),
    )
    inputs, state, *weights = given(rng, frames)
    upstream = tf.constant(rng.standard_normal((BATCH, frames, UNITS)), tf.float32)
    for layer in layers:
        layer.build(inputs.shape)
        layer.set_weights(weights)

    def both(layer: keras.layers.Layer) -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch([inputs, state])
            states, last = layer(inputs, initial_state=state)
            value = tf.reduce_sum(states * upstream) + tf.reduce_sum(last**2)
        return [states, last, *tape.gradient(value, [inputs, state, *layer.trainable_variables])]

    expected = both(layers[0])
    found = tf.function(lambda: both(layers[1]), jit_compile=True)()
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


def test_its_gradient_is_that_of_central_differences(rng):
    tensors = given(rng, 7, np.float64)
    upstream = rng.standard_normal((BATCH, 7, UNITS))
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        value = tf.reduce_sum(gated_recurrence(*tensors) * upstream)
    step = 1e-5
    for index, gradient in enumerate(tape.gradient(value, tensors)):
        way = rng.standard_normal(gradient.shape)

        def along(by: float, index: int = index, way: np.ndarray = way) -> float:
            moved = [each + by * way if k == index else each for k, each in enumerate(tensors)]
            return float(np.sum(gated_recurrence(*moved) * upstream))

        slope = (along(step) - along(-step)) / (2 * step)
        np.testing.assert_allclose(np.sum(gradient * way), slope, rtol=1e-7)


def test_frames_may_be_unknown(rng):
    tensors = given(rng, 9)
    kinds = [tf.TensorSpec([None, None, SIZE]), *(tf.TensorSpec(t.shape) for t in tensors[1:])]
    unknown = tf.function(gated_recurrence, input_signature=kinds)
    np.testing.assert_allclose(unknown(*tensors), gated_recurrence(*tensors), atol=1e-6)
