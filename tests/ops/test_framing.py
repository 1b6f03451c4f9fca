"""Framing against NumPy: padding of every mode by any amount, frames, their transpose."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as some

from spectrotools.ops.framing import fit_length, frame, frame_count, overlap_add, pad


@pytest.mark.parametrize("mode", ["constant", "reflect", "symmetric", "edge"])
@pytest.mark.parametrize("length", [1, 2, 3, 10])
@pytest.mark.parametrize(("left", "right"), [(0, 0), (1, 0), (0, 5), (7, 33)])
def test_pad_is_numpys(mode, length, left, right):
    audio = np.arange(1.0, 2 * length + 1).reshape(2, length)
    expected = np.pad(audio, [(0, 0), (left, right)], mode=mode)
    np.testing.assert_array_equal(pad(tf.constant(audio), left, right, mode), expected)
    unknown = tf.function(
        lambda audio, right: pad(audio, left, right, mode),
        input_signature=[tf.TensorSpec([None, None], tf.float64), tf.TensorSpec([], tf.int32)],
    )
    np.testing.assert_array_equal(unknown(audio, right), expected)


@settings(max_examples=60, deadline=None)
@given(length=some.integers(0, 90), frame_length=some.integers(1, 40), hop=some.integers(1, 45))
def test_frames_are_numpys_windows_and_overlap_add_their_transpose(length, frame_length, hop):
    rng = np.random.default_rng(length)
    audio = rng.standard_normal((2, length))
    if length >= frame_length:
        view = np.lib.stride_tricks.sliding_window_view(audio, frame_length, axis=-1)
        expected = view[:, ::hop]
    else:
        expected = np.zeros((2, 0, frame_length))
    frames = frame(tf.constant(audio), frame_length, hop)
    np.testing.assert_array_equal(frames, expected)
    assert frame_count(length, frame_length, hop) == expected.shape[1]

    other = rng.standard_normal(expected.shape)
    window = rng.standard_normal(frame_length)
    added = overlap_add(tf.constant(other), window, hop)
    summed = np.zeros(added.shape)
    for t in range(other.shape[1]):
        summed[:, t * hop : t * hop + frame_length] += other[:, t] * window
    np.testing.assert_allclose(added, summed, rtol=0, atol=1e-14)


def test_fit_length_cuts_and_extends():
    audio = tf.constant([[1.0, 2.0, 3.0]])
    np.testing.assert_array_equal(fit_length(audio, 2), [[1.0, 2.0]])
    np.testing.assert_array_equal(fit_length(audio, 3), audio)
    np.testing.assert_array_equal(fit_length(audio, tf.constant(5)), [[1.0, 2.0, 3.0, 0.0, 0.0]])
