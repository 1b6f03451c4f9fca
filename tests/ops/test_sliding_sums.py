"""Sums over windows against NumPy's, of every width and count."""

import numpy as np
import pytest
import tensorflow as tf

from spectrotools.ops.sliding_sums import frame_sums, sliding_sums


@pytest.mark.parametrize("width", [1, 2, 3, 4, 5, 7, 8, 30, 31])
@pytest.mark.parametrize("known", [True, False])
def test_sums_are_numpys(width, known, rng):
    run = tf.function(
        lambda values: sliding_sums(values, width),
        input_signature=None if known else [tf.TensorSpec([None, None], tf.float64)],
    )
    for count in (0, 1, width - 1, width, width + 1, 40):
        values = rng.standard_normal((2, count))
        result = run(values)
        if count < width:
            assert result.shape == (2, 0)
            continue
        windows = np.lib.stride_tricks.sliding_window_view(values, width, axis=1)
        np.testing.assert_allclose(result, windows.sum(axis=-1), rtol=0, atol=1e-13)


@pytest.mark.parametrize(("frame", "hop"), [(1, 1), (7, 3), (3, 7), (12, 4), (5, 5), (40, 1)])
def test_frames_are_numpys(frame, hop, rng):
    values = rng.standard_normal((2, 100))
    windows = np.lib.stride_tricks.sliding_window_view(values, frame, axis=1)[:, ::hop]
    result = frame_sums(tf.constant(values), frame, hop)
    np.testing.assert_allclose(result, windows.sum(axis=-1), rtol=0, atol=1e-13)


def test_what_is_small_survives_what_was_large():
    values = np.concatenate([np.full((1, 50), 1e15), np.full((1, 50), 1.0)], axis=1)
    np.testing.assert_array_equal(sliding_sums(tf.constant(values), 30)[0, 50:], 30.0)
