"""Dilated convolutions beside NumPy, and how far they hear."""

import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st


def convolved(layer, x: np.ndarray, rate: int) -> np.ndarray:
    """Three taps, a rate apart, zeros beyond the ends."""
    kernel, bias = (np.asarray(weight, np.float64) for weight in layer.weights)
    padded = np.pad(x, [(0, 0), (rate, rate), (0, 0)])
    taps = [padded[:, tap * rate : tap * rate + x.shape[1]] for tap in range(3)]
    return sum(tap @ weight for tap, weight in zip(taps, kernel, strict=True)) + bias


def test_they_are_their_published_arithmetic(rng):
    stack = st.layers.DilatedConvStack(channels=4, layers=2, stacks=2)
    given = rng.standard_normal((2, 20, 3))
    stack.build(given.shape)
    stack.set_weights([rng.standard_normal(weight.shape) for weight in stack.weights])
    x = convolved(stack.first, given, 1)
    layers = zip(stack.convolutions, stack.norms, (1, 2, 1, 2), strict=True)
    for layer, norm, rate in layers:
        y = convolved(layer, np.maximum(x, 0.0), rate)
        scale, shift = (np.asarray(weight, np.float64) for weight in norm.weights)
        y = (y - y.mean(-1, keepdims=True)) / np.sqrt(y.var(-1, keepdims=True) + 1e-3)
        x = x + y * scale + shift
    np.testing.assert_allclose(stack(given.astype(np.float32)), x, rtol=0, atol=1e-4)


def test_frames_hear_as_far_as_they_say(rng):
    stack = st.layers.DilatedConvStack(channels=4, layers=3, stacks=1)
    given = tf.constant(rng.standard_normal((1, 41, 2)), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(given)
        middle = tf.reduce_sum(stack(given)[:, 20] ** 2)
    heard = np.flatnonzero(np.any(np.asarray(tape.gradient(middle, given))[0] != 0.0, axis=-1))
    assert 20 - stack.reach <= heard[0]
    assert heard[-1] <= 20 + stack.reach
    assert stack.reach == 1 + 1 + 2 + 4


@pytest.mark.parametrize("name", ["channels", "kernel_size", "layers", "stacks", "dilation"])
def test_wrong_settings_are_refused(name):
    with pytest.raises(ValueError, match=f"{name} must be an integer of at least 1; got 0"):
        st.layers.DilatedConvStack(**{name: 0})
