"""Integers of 64 bits against Python's, which have no end."""

from fractions import Fraction

import numpy as np
import pytest
import tensorflow as tf

from spectrotools.export.words import times, upper_word


def test_the_upper_word_is_the_number_without_its_lower_bits(rng):
    numbers = rng.integers(-(2**63), 2**63 - 1, 1000)
    numbers[:4] = [0, -1, 2**63 - 1, -(2**63)]
    np.testing.assert_array_equal(upper_word(tf.constant(numbers)), numbers >> 32)


@pytest.mark.parametrize(
    "factor", [Fraction(2**64, 2 * 64 * 16000), Fraction(2**34, 88200), Fraction(1, 3)]
)
def test_a_product_with_a_fraction_is_within_one(factor, rng):
    numbers = rng.integers(-(2**31), 2**31 - 1, 500)
    numbers[:3] = [0, 2**31 - 1, -(2**31)]
    made = times(tf.constant(numbers), factor).numpy()
    for number, product in zip(numbers.tolist(), made.tolist(), strict=True):
        off = (Fraction(product) - number * factor) % 2**64
        assert min(off, 2**64 - off) <= 1
