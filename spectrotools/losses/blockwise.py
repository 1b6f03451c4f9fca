"""Losses that take many times the memory of the sound, and how that is kept in the cache."""

import dataclasses
import functools
from typing import Any

import numpy as np
import tensorflow as tf

from ..ops.numerics import (
    compiled,
    flatten_leading,
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
_IN_BLOCK = 3 * 2**20  # samples of all frames in a block, some 40 MB, for XLA


@dataclasses.dataclass(frozen=True)
class BlockwiseLoss(Loss):
    """A loss of which the number of one signal is a matter of that signal alone.

    XLA on a CPU lays out side by side all that a batch needs. These are hundreds of megabytes,
    which every call takes from the system anew, page by page, and which no cache holds. So there a
    loss goes through the batch by a few signals at a time, and makes their gradients along with
    their values: that takes half the time. XLA leaves out the gradients that nobody asks for.

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
    parts = [loss.measure(*pair) for pair in _parts(target, audio)]
    return {name: unfold(tf.concat([part[name] for part in parts], axis=0)) for name in parts[0]}


@compiled
def _total(target: tf.Tensor, audio: tf.Tensor, *, loss: BlockwiseLoss) -> tf.Tensor:
    target, audio, unfold = _flat(target, audio)
    if is_for_xla_on_cpu():
        return unfold(_in_blocks(loss, target, audio))
    return unfold(tf.concat([_sum(loss, *pair) for pair in _parts(target, audio)], axis=0))


def _sum(loss: BlockwiseLoss, target: tf.Tensor, audio: tf.Tensor) -> tf.Tensor:
    return tf.add_n(list(loss.measure(target, audio).values()))


def _parts(target: tf.Tensor, audio: tf.Tensor) -> list[tuple[tf.Tensor, tf.Tensor]]:
    """Cut a batch into parts that stay in the cache, where its size is known."""
    batch, time = audio.shape
    if not batch or not time:
        return [(target, audio)]
    count = min(-(-batch * time // _IN_CACHE), batch)
    cuts = np.diff(np.linspace(0, batch, count + 1).round().astype(int)).tolist()
    return list(zip(tf.split(target, cuts), tf.split(audio, cuts), strict=True))


def _in_blocks(loss: BlockwiseLoss, target: tf.Tensor, audio: tf.Tensor) -> tf.Tensor:
    """The loss of each signal, in a loop over blocks of some."""
    batch, time = sizes(audio)
    count, size = _blocks(batch, time, loss.redundancy)
    if isinstance(count, int) and count == 1:
        return _sum(loss, target, audio)

    def cut(signals: tf.Tensor) -> tf.Tensor:
        """Blocks of one size, of which silence fills up the last."""
        filled = tf.pad(signals, [[0, count * size - batch], [0, 0]])
        return tf.reshape(filled, [count, size, time])

    @tf.custom_gradient
    def values(target: tf.Tensor, audio: tf.Tensor) -> tuple:
        shapes = [None], [None, audio.shape[1]], [None, audio.shape[1]]
        found = tf.map_fn(
            functools.partial(_graded, loss),
            (cut(target), cut(audio)),
            fn_output_signature=tuple(tf.TensorSpec(shape, audio.dtype) for shape in shapes),
            parallel_iterations=1,
        )
        value, *slopes = (
            tf.reshape(each, [count * size, *rest])[:batch]
            for each, rest in zip(found, ([], [time], [time]), strict=True)
        )
        value = with_shape(value, audio.shape[:1])
        return value, lambda upstream: [upstream[:, None] * slope for slope in slopes]

    return values(target, audio)


def _graded(loss: BlockwiseLoss, signals: tuple[tf.Tensor, tf.Tensor]) -> tuple:
    """The losses of a block, and their slopes by both signals."""
    with tf.GradientTape() as tape:
        tape.watch(signals)
        value = _sum(loss, *signals)
    return value, *tape.gradient(value, signals, unconnected_gradients="zero")


def _blocks(batch: Any, time: Any, redundancy: float) -> tuple[Any, Any]:
    """How many blocks of how many signals, as even as can be: numbers, or scalar tensors."""
    known = isinstance(batch, int) and isinstance(time, int)
    greater = max if known else tf.maximum
    most = greater(int(_IN_BLOCK / redundancy) // greater(time, 1), 1)
    count = greater(-(-batch // most), 1)
    return count, -(-batch // count)
