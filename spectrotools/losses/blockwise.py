"""Losses that take many times the memory of the sound, and how that is kept in the cache."""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from ..ops.numerics import (
    compiled,
    custom_gradient,
    flatten_leading,
    has_gpu,
    is_for_xla_on_cpu,
    sizes,
    with_shape,
    working_dtype,
)
from ..transforms.stft import STFT
from .loss import Loss
from .signals import checked_pair

__all__ = ["BlockwiseLoss"]

_IN_CACHE = 2**18  # samples of a batch to analyse at once; more leave the cache
_IN_BLOCK = 3 * 2**20  # samples of all frames in a block, some 40 MB
_ON_GPU = 2**8  # times that, some 10 GB, where there is a GPU


@dataclasses.dataclass(frozen=True)
class BlockwiseLoss(Loss):
    """A loss of which the number of one signal is a matter of that signal alone.

    XLA on a CPU lays out side by side all that a batch needs. These are hundreds of megabytes,
    which every call takes from the system anew, page by page, and which no cache holds. So there a
    loss goes through the batch by a few signals at a time, and makes their gradients along with
    their values: that takes half the time. XLA leaves out the gradients that nobody asks for. The
    terms, whose weights in a gradient are not known beforehand, are measured anew for that, in
    blocks. On a GPU blocks are far larger, so that nearly every batch is one.

    A subclass gives :meth:`measure` and :attr:`stfts`.
    """

    @property
    def stfts(self) -> tuple[STFT, ...]:
        """The transforms that it looks through."""
        raise NotImplementedError

    @property
    def redundancy(self) -> float:
        """How many samples all frames together have for each of the sound."""
        return sum(stft.n_fft / stft.hop_length for stft in self.stfts)

    def measure(self, target: tf.Tensor, audio: tf.Tensor) -> dict[str, tf.Tensor]:
        """Give the weighted terms, ``[batch]`` each, of float32 or float64 ``[batch, time]``."""
        raise NotImplementedError

    def terms(self, target: Any, audio: Any) -> dict[str, tf.Tensor]:
        """Give the weighted terms of the loss, whose sum it is."""
        return _terms(*checked_pair(target, audio, self.stfts), loss=self)

    def __call__(self, target: Any, audio: Any) -> tf.Tensor:
        """Give the loss of each signal: the sum of its :meth:`terms`, ``[...]``."""
        return _total(*checked_pair(target, audio, self.stfts), loss=self)


def _flat(target: tf.Tensor, audio: tf.Tensor) -> tuple:
    """Both as ``[batch, time]`` in the precision to compute in, and the way back."""
    dtype = working_dtype(audio.dtype)
    target, _ = flatten_leading(tf.cast(target, dtype), keep=1)
    flat, unfold = flatten_leading(tf.cast(audio, dtype), keep=1)
    return target, flat, lambda result: tf.cast(unfold(result), audio.dtype)


@compiled
def _terms(target: tf.Tensor, audio: tf.Tensor, *, loss: BlockwiseLoss) -> dict[str, tf.Tensor]:
    target, audio, unfold = _flat(target, audio)
    names: list[str] = []

    def measured(target: tf.Tensor, audio: tf.Tensor) -> tuple[tf.Tensor]:
        terms = loss.measure(target, audio)
        names[:] = terms
        return (tf.stack(list(terms.values()), axis=1),)

    def slopes(target: tf.Tensor, audio: tf.Tensor, upstream: tf.Tensor) -> tuple:
        with tf.GradientTape() as tape:
            tape.watch([target, audio])
            (terms,) = measured(target, audio)
        ways = {"output_gradients": upstream, "unconnected_gradients": "zero"}
        return tuple(tape.gradient(terms, [target, audio], **ways))

    # A gradient measures anew what, held for it, would be half the memory of a training step.
    @custom_gradient
    def values(target: tf.Tensor, audio: tf.Tensor) -> tuple:
        def gradient(upstream: tf.Tensor) -> tuple:
            shapes = [audio.shape[1:]] * 2
            return _mapped(loss, slopes, shapes, target, audio, upstream)

        (found,) = _mapped(loss, measured, [[None]], target, audio)
        return found, gradient

    found = measured(target, audio)[0] if _is_one(loss, audio) else values(target, audio)
    return dict(zip(names, map(unfold, tf.unstack(found, len(names), axis=1)), strict=True))


@compiled
def _total(target: tf.Tensor, audio: tf.Tensor, *, loss: BlockwiseLoss) -> tf.Tensor:
    target, audio, unfold = _flat(target, audio)
    if is_for_xla_on_cpu() or has_gpu():
        return unfold(_in_blocks(loss, target, audio))
    return unfold(tf.concat([_sum(loss, *pair) for pair in _parts(target, audio)], axis=0))


def _sum(loss: BlockwiseLoss, target: tf.Tensor, audio: tf.Tensor) -> tf.Tensor:
    return tf.add_n(list(loss.measure(target, audio).values()))


def _parts(*tensors: tf.Tensor) -> list[tuple[tf.Tensor, ...]]:
    """Cut a batch into parts that stay in the cache, where its size is known: the second's."""
    batch, time = tensors[1].shape
    if not batch or not time:
        return [tensors]
    count = min(-(-batch * time // _IN_CACHE), batch)
    cuts = np.diff(np.linspace(0, batch, count + 1).round().astype(int)).tolist()
    return list(zip(*(tf.split(tensor, cuts) for tensor in tensors), strict=True))


def _in_blocks(loss: BlockwiseLoss, target: tf.Tensor, audio: tf.Tensor) -> tf.Tensor:
    """The loss of each signal, in a loop over blocks of some."""
    if _is_one(loss, audio):
        return _sum(loss, target, audio)

    @tf.custom_gradient
    def values(target: tf.Tensor, audio: tf.Tensor) -> tuple:
        shapes = [[], *[audio.shape[1:]] * 2]
        graded = functools.partial(_graded, loss)
        value, *slopes = _mapped(loss, graded, shapes, target, audio)
        return value, lambda upstream: [upstream[:, None] * slope for slope in slopes]

    return values(target, audio)


def _graded(loss: BlockwiseLoss, *signals: tf.Tensor) -> tuple:
    """The losses of a block, and their slopes by both signals."""
    with tf.GradientTape() as tape:
        tape.watch(signals)
        value = _sum(loss, *signals)
    return value, *tape.gradient(value, signals, unconnected_gradients="zero")


def _is_one(loss: BlockwiseLoss, audio: tf.Tensor) -> bool:
    """Whether a batch is known to fit into one block; what a GPU is given unknown is taken to."""
    batch, time = sizes(audio)
    count, _ = _blocks(batch, time, loss.redundancy)
    return count == 1 if isinstance(count, int) else has_gpu()


def _mapped(
    loss: BlockwiseLoss, function: Callable, shapes: list, *tensors: tf.Tensor
) -> tuple[tf.Tensor, ...]:
    """What a function gives of tensors ``[batch, ...]``, in a loop over blocks of a few.

    Blocks are of one size; silence fills up the last.

    Args:
        loss: which says how many.
        function: from tensors to a tuple of some.
        shapes: of these, but for the batch.
        *tensors: the second of them ``[batch, time]``.
    """
    batch, time = sizes(tensors[1])
    count, size = _blocks(batch, time, loss.redundancy)

    def cut(tensor: tf.Tensor) -> tf.Tensor:
        width = sizes(tensor)[1]
        filled = tf.pad(tensor, [[0, count * size - batch], [0, 0]])
        return tf.reshape(filled, [count, size, width])

    def joined(blocks: tf.Tensor) -> tf.Tensor:
        whole = tf.reshape(blocks, [count * size, *sizes(blocks)[2:]])[:batch]
        return with_shape(whole, [tensors[1].shape[0], *blocks.shape[2:]])

    found = tf.map_fn(
        lambda block: function(*block),
        tuple(map(cut, tensors)),
        fn_output_signature=tuple(
            tf.TensorSpec([None, *shape], tensors[1].dtype) for shape in shapes
        ),
        parallel_iterations=1,
    )
    return tuple(map(joined, found))


def _blocks(batch: Any, time: Any, redundancy: float) -> tuple[Any, Any]:
    """How many blocks of how many signals, as even as can be: numbers, or scalar tensors."""
    known = isinstance(batch, int) and isinstance(time, int)
    greater = max if known else tf.maximum
    room = _IN_BLOCK * (_ON_GPU if has_gpu() else 1)
    most = greater(int(room / redundancy) // greater(time, 1), 1)
    count = greater(-(-batch // most), 1)
    return count, -(-batch // count)
