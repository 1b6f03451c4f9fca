"""What the processors of an exported model share: states of fixed shapes, a hop behind.

Keras's streams hold back what depends on the next frame, so that blocks of sound are of another
length than blocks of frames. Here sound comes a hop late instead, of as many hops as there are
frames, and the state has one shape from the beginning, when it is all 0.
"""

from typing import Any, NamedTuple, Protocol

import numpy as np
import tensorflow as tf

__all__ = ["Block", "State", "Voice"]

State = dict[str, Any]  # of tensors; of arrays where nothing has come yet


class Block(NamedTuple):
    """Where a block of frames stands in its stream."""

    position: tf.Tensor  # int64 [], samples given before
    frames: tf.Tensor  # int32 [], how many of the given frames are real; the last of these holds
    hops: Any  # how many are given, a number or int32 []

    def lasting(self, held: tf.Tensor, given: tf.Tensor) -> tf.Tensor:
        """The frame before the block and those in it: ``[hops + 1, ...]``."""
        every = tf.minimum(tf.range(self.hops + 1), self.frames)
        return tf.gather(tf.concat([held, given], axis=0), every)

    def sounding(self, dtype: tf.DType) -> tf.Tensor:
        """1 for every hop, ``[hops]``, but 0 for the first of a stream, before its first frame."""
        later = (tf.range(self.hops) > 0) | (self.position > 0)
        return tf.cast(later, dtype)


class Voice(Protocol):
    """A processor that plays block by block."""

    initial_state: dict[str, np.ndarray]

    def step(self, inputs: list[tf.Tensor], state: State, block: Block) -> tuple[tf.Tensor, State]:
        """Make ``[samples]`` of what the processor is given, and the state after it."""
