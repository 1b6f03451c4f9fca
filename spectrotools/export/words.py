"""Integers of 64 bits where there is neither a shift nor a division of them."""

from fractions import Fraction

import tensorflow as tf

__all__ = ["times", "upper_word"]


def upper_word(numbers: tf.Tensor) -> tf.Tensor:
    """The upper half of int64: int32, rounded down; every device has it second."""
    return tf.bitcast(numbers, tf.int32)[..., 1]


def times(numbers: tf.Tensor, factor: Fraction) -> tf.Tensor:
    """Numbers within 2**31, int64, times a fraction; within 1 of it, modulo 2**64."""
    whole = round(factor)
    rest = round((factor - whole) * 2**32)
    return numbers * whole + tf.cast(upper_word(numbers * rest + 2**31), tf.int64)
