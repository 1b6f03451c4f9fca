"""Derivatives of features beside librosa's, and of polynomials."""

import librosa
import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from tests.tolerances import assert_close


@pytest.mark.parametrize("mode", ["interp", "nearest"])
@pytest.mark.parametrize(("width", "order"), [(3, 1), (9, 1), (9, 2), (5, 3), (11, 4)])
def test_it_is_librosas(width, order, mode, rng):
    features = rng.standard_normal((2, 12, 30))
    expected = librosa.feature.delta(features, width=width, order=order, mode=mode, axis=-2)
    found = st.delta(features, width=width, order=order, mode=mode)
    assert_close(found, expected, 4096, np.float64)


def test_as_many_frames_as_a_window_are_enough(rng):
    features = rng.standard_normal((9, 3))
    expected = librosa.feature.delta(features, width=9, axis=-2)
    assert_close(st.delta(features), expected, 64, np.float64)


def test_a_parabola_has_its_second_derivative_to_the_ends():
    t = np.arange(20.0)[:, None]
    found = st.delta(3.0 * t**2 + t - 5.0, width=7, order=2)
    np.testing.assert_allclose(found, 6.0, rtol=0, atol=1e-10)


@pytest.mark.parametrize("mode", ["interp", "nearest"])
def test_a_graph_that_does_not_know_the_frames_gives_the_same(mode, rng):
    features = rng.standard_normal((3, 14, 5))
    run = tf.function(
        lambda x: st.delta(x, mode=mode), input_signature=[tf.TensorSpec([None] * 3, tf.float64)]
    )
    assert_close(run(features), st.delta(features, mode=mode), 8, np.float64)


@pytest.mark.parametrize("jit", [False, True])
def test_ways_to_run_and_the_gradient_agree_at_the_ends(jit, rng):
    """The catalogue holds mode="nearest"; this is the other one, which is linear, too."""
    features, weights = rng.standard_normal((2, 2, 10, 3))
    matrix = st.delta(np.eye(10)).numpy()  # the derivative of each frame alone

    @tf.function(jit_compile=jit)
    def both(features):
        with tf.GradientTape() as tape:
            tape.watch(features)
            value = st.delta(features)
        return value, tape.gradient(value, features, output_gradients=tf.constant(weights))

    value, gradient = both(tf.constant(features))
    assert_close(value, matrix @ features, 64, np.float64)
    assert_close(gradient, matrix.T @ weights, 64, np.float64)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"width": 8}, "width must be odd; got 8"),
        ({"width": 1}, "width must be an integer of at least 3; got 1"),
        ({"order": 0}, "order must be an integer of at least 1; got 0"),
        ({"width": 3, "order": 3}, "width must be above order=3; got 3"),
        ({"mode": "mirror"}, "mode must be one of 'interp', 'nearest'; got 'mirror'"),
        ({"width": 13}, r"features must have at least width=13 frames \(a smaller width.*12, 2"),
    ],
)
def test_arguments_out_of_range_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        st.delta(np.zeros((12, 2)), **settings)


def test_features_without_frames_are_refused():
    with pytest.raises(ValueError, match="features must have an axis of frames"):
        st.delta(np.zeros(12))
