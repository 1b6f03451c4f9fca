"""What a training run is made of."""

import dataclasses

import keras

from ..data.examples import Examples
from .source import Source

__all__ = ["Training"]


@dataclasses.dataclass(frozen=True)
class Training:
    """A model, and what it is trained on.

    Args:
        model: see :func:`spectrotools.train.loop.train`.
        source: of batches to train on, or examples.
        validation: of batches on which the loss is only measured.
        deterministic: take only algorithms that give the same numbers every time, on a GPU too.
    """

    model: keras.Model
    source: Source | Examples
    validation: Source | Examples | None = None
    deterministic: bool = True
