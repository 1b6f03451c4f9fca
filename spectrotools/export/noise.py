"""The noise of :func:`spectrotools.white_noise`, bit by bit, where there is no generator.

Philox-4x32-10 of Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC
2011, section 3.3, by products of 64 bits. The four words of a counter are held as two pairs: those
that a round multiplies, and those that it adds.
"""

from typing import Any

import numpy as np
import tensorflow as tf

from .words import upper_word

__all__ = ["uniform_noise"]

_ROUNDS = 10
_FACTORS = np.array([[0xD2511F53], [0xCD9E8D57]], np.int64)
_WEYL = np.array([0x9E3779B9, 0xBB67AE85], np.uint32)  # added to the key every round


def uniform_noise(seed: tf.Tensor, start: tf.Tensor, count: Any) -> tf.Tensor:
    """Give samples from ``start`` on of the first noise of a seed, uniform in [-1, 1].

    Args:
        seed: int32 ``[2]``.
        start: int64, within 2**33; beyond, the noise repeats.
        count: how many.

    Returns:
        float32 ``[count]``.
    """
    group = upper_word(start * 2**30)  # a fourth
    skipped = tf.cast(start - 4 * tf.cast(group, tf.int64), tf.int32)
    words = _words(seed, tf.cast(group, tf.int64) + tf.range(_int64(count // 4 + 2)))
    return tf.cast(tf.slice(words, skipped[None], [count]), tf.float32) * 2.0**-31


def _int64(count: Any) -> Any:
    return np.int64(count) if isinstance(count, int) else tf.cast(count, tf.int64)


def _words(key: tf.Tensor, groups: tf.Tensor) -> tf.Tensor:
    """Four words each, ``[4 * groups]``, int32."""
    counters = tf.bitcast(groups + tf.int64.min, tf.int32)
    zeros = tf.zeros_like(counters[:, 0])
    multiplied = tf.stack([counters[:, 0], zeros])
    added = tf.stack([counters[:, 1], zeros])
    for number in range(_ROUNDS):
        weyl = (_WEYL * np.uint32(number)).view(np.int32)
        # Unsigned: a word and 0 above it.
        unsigned = tf.bitcast(tf.stack([multiplied, tf.zeros_like(multiplied)], -1), tf.int64)
        product = tf.reverse(tf.bitcast(unsigned * _FACTORS, tf.int32), axis=[0])
        round_key = (key + weyl)[:, None]
        multiplied = tf.bitwise.bitwise_xor(
            tf.bitwise.bitwise_xor(product[..., 1], added), round_key
        )
        added = product[..., 0]
    both = tf.stack([multiplied, added], axis=1)  # [2, 2, groups]: words 0, 1 and 2, 3
    return tf.reshape(tf.transpose(both, [2, 0, 1]), [-1])
