"""Integration frame by frame: against least squares by LAPACK, and where the steps agree."""

import numpy as np
import pytest
import tensorflow as tf

from spectrotools.ops.frame_integration import integrate_frame_by_frame, rising_phasors

POWER = 4  # of the product of two magnitudes: the weight of the step between them


def least_squares(before, magnitudes, ahead, up):
    """Phasors of one frame from those before it, by LAPACK's least squares, float64."""
    past, present = magnitudes
    bins = len(present)
    weights = np.concatenate([(past * present) ** POWER, (present[:-1] * present[1:]) ** POWER])
    rows = np.zeros((2 * bins - 1, bins), complex)
    rows[range(bins), range(bins)] = 1.0
    for k in range(bins - 1):
        rows[bins + k, k : k + 2] = -np.exp(2j * np.pi * up[k]), 1.0
    right = np.concatenate([np.exp(2j * np.pi * ahead) * before, np.zeros(bins - 1)])
    weights = np.sqrt(weights)
    found = np.linalg.lstsq(weights[:, None] * rows, weights * right, rcond=None)[0]
    return found / np.abs(found)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize(("bins", "tolerance"), [(8, 1e-8), (60, 0.06)])
def test_a_frame_is_the_least_squares_one(bins, tolerance, scale, rng):
    magnitudes = scale * rng.uniform(0.7, 1.3, (2, 2, bins))
    first = np.exp(2j * np.pi * rng.uniform(size=(2, bins)))
    # What the frame before asks for and what the bins ask for disagree by a quarter turn at most.
    wanted = np.angle(first) / (2 * np.pi) + rng.uniform(-0.1, 0.1, (2, bins))
    ahead = (wanted - np.angle(first) / (2 * np.pi))[:, None]
    up = (np.diff(wanted, axis=1) + rng.uniform(-0.1, 0.1, (2, bins - 1)))[:, None]
    found = integrate_frame_by_frame(*map(tf.constant, (first, magnitudes, ahead, up)))
    np.testing.assert_allclose(found[:, 0], first, atol=1e-12)
    for item in range(2):
        expected = least_squares(first[item], magnitudes[item], ahead[item, 0], up[item, 0])
        np.testing.assert_allclose(found[item, 1], expected, rtol=0, atol=tolerance)


def test_steps_that_agree_are_summed_whatever_the_weights(rng):
    turns = rng.uniform(-3, 3, (2, 7, 20))
    magnitudes = rng.uniform(0, 1, turns.shape) ** 4
    magnitudes[0, 3] = 0.0  # from one side of silence to the other
    first = np.exp(2j * np.pi * turns[:, 0])
    steps = np.diff(turns, axis=1), np.diff(turns, axis=2)[:, 1:]
    found = integrate_frame_by_frame(*map(tf.constant, (first, magnitudes, *steps)))
    np.testing.assert_allclose(found, np.exp(2j * np.pi * turns), rtol=0, atol=1e-9)


def test_rising_phasors_sum_from_dc(rng):
    turns = np.pad(rng.uniform(-3, 3, (2, 3, 8)), [(0, 0), (0, 0), (1, 0)])
    found = rising_phasors(np.diff(turns, axis=2))
    np.testing.assert_allclose(found, np.exp(2j * np.pi * turns), rtol=0, atol=1e-12)
