"""Discrete Fourier transforms along the last axis, of as many rows as there are.

They are TensorFlow's. But cuFFT ends the whole process, with no error to catch, where a batch
asks it for more than 4 GiB; so where there is a GPU, a batch of rows is cut into batches of 1 GiB.
"""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from .numerics import flatten_leading, has_gpu, sizes

__all__ = ["fft", "ifft", "irfft", "rfft"]

_LARGEST = 2**30  # bytes of complex samples


def rfft(signals: tf.Tensor, size: Any = None) -> tf.Tensor:
    """Of real signals, filled with zeros or cut to ``size``: ``[..., size // 2 + 1]``."""
    length = None if size is None else [size]
    return _in_batches(lambda rows: tf.signal.rfft(rows, length), signals, size)


def irfft(spectra: tf.Tensor, size: Any) -> tf.Tensor:
    """The inverse of :func:`rfft`: ``[..., size]``."""
    return _in_batches(lambda rows: tf.signal.irfft(rows, [size]), spectra, size)


def fft(signals: tf.Tensor) -> tf.Tensor:
    """Of complex signals."""
    return _in_batches(tf.signal.fft, signals)


def ifft(spectra: tf.Tensor) -> tf.Tensor:
    """The inverse of :func:`fft`."""
    return _in_batches(tf.signal.ifft, spectra)


def _in_batches(transform: Callable, rows: tf.Tensor, size: Any = None) -> tf.Tensor:
    """Transform rows of any rank, known or not; ``size`` samples each, if not their own."""
    if not has_gpu():
        return transform(rows)
    sample = 2 * rows.dtype.real_dtype.size
    flat, unfold = flatten_leading(rows, keep=1)
    count, length = sizes(flat)
    size = length if size is None else size
    if isinstance(count, int) and isinstance(size, int):
        most = max(_LARGEST // (sample * size), 1)
        if count <= most:
            return transform(rows)
        parts = [transform(flat[first : first + most]) for first in range(0, count, most)]
        return unfold(tf.concat(parts, axis=0))
    most = tf.maximum(_LARGEST // (sample * tf.cast(tf.maximum(size, 1), tf.int64)), 1)
    most = tf.cast(tf.minimum(most, tf.int32.max), tf.int32)
    few = count <= most
    return unfold(
        tf.cond(few, lambda: transform(flat), lambda: _in_a_loop(transform, flat, count, most))
    )


def _in_a_loop(transform: Callable, rows: tf.Tensor, count: Any, most: tf.Tensor) -> tf.Tensor:
    """Batch after batch, of a number of them that only the graph knows."""
    batches = -(-count // most)
    filled = tf.pad(rows, [[0, batches * most - count], [0, 0]])
    parts = tf.reshape(filled, [batches, most, sizes(rows)[1]])
    kind = transform(rows[:1])  # of which nothing but the type is kept
    done = tf.map_fn(transform, parts, fn_output_signature=kind.dtype)
    return tf.reshape(done, [batches * most, sizes(kind)[1]])[:count]
