"""Examples in batches, whatever holds them, in an order that a step's number tells."""

import abc

import tensorflow as tf

from .._validate import check, integer
from .features import FEATURES, Features

__all__ = ["Examples"]


class Examples(abc.ABC):
    """Some examples of one length, each a dict of float32 tensors.

    An example has ``audio`` ``[n_samples]`` and, with a value a frame, ``f0_hz``,
    ``f0_confidence`` and ``loudness_db`` ``[n_frames]``; see :class:`Features`.
    """

    features: Features
    n_samples: int

    @abc.abstractmethod
    def __len__(self) -> int:
        """How many there are."""

    @abc.abstractmethod
    def read(self, indices: tf.data.Dataset) -> tf.data.Dataset:
        """The examples of these numbers, int64 scalars, in this order."""

    @property
    def n_frames(self) -> int:
        """Frames of an example."""
        return self.features.n_frames(self.n_samples)

    @property
    def sizes(self) -> dict[str, int]:
        """How many numbers each part of an example has."""
        return {"audio": self.n_samples} | dict.fromkeys(FEATURES, self.n_frames)

    def dataset(
        self,
        batch_size: int,
        *,
        seed: int | None = None,
        repeat: bool = True,
        start_step: int = 0,
    ) -> tf.data.Dataset:
        """The examples in batches.

        Epochs follow one another without a seam: a batch may hold the last examples of one and
        the first of the next. Which examples a batch holds depends on ``seed`` and its number
        alone, so that training goes on where it was by ``start_step`` and nothing else.

        Args:
            batch_size: examples, at least 1.
            seed: of the order, which is another in each epoch; an integer of at least 0. None
                is the order in which they are kept.
            repeat: go on for ever; else the last batch of the only epoch may be smaller.
            start_step: batches to leave out, at no cost.

        Returns:
            A dataset of dicts, ``[batch_size, n_samples]`` and ``[batch_size, n_frames]``.

        Raises:
            ValueError: if an argument is out of its range.
        """
        integer("batch_size", batch_size, 1)
        start = integer("start_step", start_step, 0) * batch_size
        if seed is not None:
            integer("seed", seed, 0, 2**31 - 1)
        count = len(self)
        check(repeat or start <= count, f"start_step must be within {count} examples", start_step)
        epochs = tf.data.Dataset.range(start // count, 2**62 if repeat else 1)
        indices = epochs.flat_map(lambda epoch: _epoch(count, seed, epoch))
        indices = indices.skip(start % count)
        examples = self.read(indices).map(self._shaped)
        return examples.batch(batch_size, drop_remainder=repeat).prefetch(2)

    def _shaped(self, example: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """An example whose shape is known to the graph."""
        shapes = self.sizes.items()
        return {name: tf.ensure_shape(example[name], [size]) for name, size in shapes}


def _epoch(count: int, seed: int | None, epoch: tf.Tensor) -> tf.data.Dataset:
    """The numbers of the examples, in the order of an epoch."""
    if seed is None:
        return tf.data.Dataset.range(count)
    numbers, key = tf.range(count, dtype=tf.int64), tf.stack([tf.cast(seed, tf.int64), epoch])
    order = tf.random.experimental.stateless_shuffle(numbers, key, alg="philox")
    return tf.data.Dataset.from_tensor_slices(order)
