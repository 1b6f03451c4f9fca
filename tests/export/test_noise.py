"""Noise against TensorFlow's own generator, which knows the same words by another program."""

import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from spectrotools.export.noise import uniform_noise


@pytest.mark.parametrize("start", [0, 1, 2, 3, -5, -64, 10 * 3600 * 48000 + 3, 2**32 + 7])
@pytest.mark.parametrize("seed", [(0, 0), (7, -3), (-(2**31), 2**31 - 1)])
def test_it_is_white_noise_bit_by_bit(start, seed):
    key = tf.constant(seed, tf.int32)
    wanted = st.white_noise([1, 101], seed=key, start=start)[0]
    np.testing.assert_array_equal(uniform_noise(key, tf.constant(start, tf.int64), 101), wanted)


def test_a_length_may_be_unknown():
    key, start = tf.constant([1, 2]), tf.constant(9, tf.int64)
    noise = tf.function(uniform_noise, autograph=False)
    for count in (1, 4, 50):
        wanted = st.white_noise([1, count], seed=key, start=9)[0]
        np.testing.assert_array_equal(noise(key, start, tf.constant(count)), wanted)
