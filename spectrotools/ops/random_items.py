"""Numbers drawn from a seed for each item of a batch, the same in a batch of any size."""

import math
import numbers
from typing import Any

import tensorflow as tf

from .._validate import check
from .noise import noise_samples

__all__ = ["checked_range", "uniform_items"]

_STREAM = 2**40  # numbers of an item, after which come those of another purpose


def uniform_items(key: tf.Tensor, items: Any, count: int, stream: int) -> tf.Tensor:
    """Numbers in [0, 1), float64 ``[items, count]``.

    Args:
        key: of :func:`seed_key`.
        items: how many, a number or a scalar tensor.
        count: numbers for each.
        stream: what they are for: one seed gives different purposes different numbers.
    """
    start = tf.constant(stream * _STREAM, tf.int64)
    return (noise_samples(key, items, start, count, "uniform", tf.float64) + 1.0) / 2.0


def checked_range(name: str, value: Any) -> tuple[float, float]:
    """A pair of numbers, the second of which is no lower; one number is both."""
    pair = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    rule = f"{name} must be a number, or two (low, high) of which the second is no lower"
    plain = all(isinstance(part, numbers.Real) and math.isfinite(part) for part in pair)
    check(plain and len(pair) == 2 and pair[0] <= pair[1], rule, value)
    return float(pair[0]), float(pair[1])
