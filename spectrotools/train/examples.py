"""Examples as a source of batches, and what a path holds of them."""

import warnings
from pathlib import Path

import tensorflow as tf

from .._validate import check
from ..data.assembly import SCHEMA
from ..data.audio_folder import AudioFolder
from ..data.examples import Examples
from ..data.features import Features
from ..data.shards import Shards
from ..report.wording import counted
from .source import Source

__all__ = ["Batches", "as_source", "examples_in"]


class Batches:
    """Batches of examples, in an order that the seed decides."""

    def __init__(self, examples: Examples):
        self._examples = examples
        self.sample_rate = examples.features.sample_rate

    def batches(self, batch_size: int, start_step: int, seed: int) -> tf.data.Dataset:
        """Give the batches from the ``start_step``-th on."""
        return self._examples.dataset(batch_size, seed=seed, start_step=start_step)


def as_source(given: Source | Examples) -> Source:
    """Examples as batches; what gives batches is returned as it is."""
    return Batches(given) if isinstance(given, Examples) else given


def examples_in(
    path: str, split: str | None = "train", features: Features | None = None
) -> Shards | AudioFolder:
    """Read what ``spectrotools prepare`` wrote, or a folder of recordings as they are.

    Args:
        path: the folder.
        split: which part of it; None is every file of a folder of recordings.
        features: what the examples have to hold; None is what prepared ones do, and the defaults
            for recordings.

    Raises:
        ValueError: if ``path`` is no folder, or is prepared data and ``split`` is None.
    """
    rule = "the data must be a folder, of recordings or of what 'spectrotools prepare' wrote"
    check(Path(path).is_dir(), rule, path)
    if (Path(path) / SCHEMA).is_file():
        if split is None:
            raise ValueError(f"split must name one of the prepared data in {path}; got None.")
        return Shards(path, split, features=features)
    folder = AudioFolder(path, split=split, features=features)
    if folder.failures:
        reasons = "; ".join(f"{name}: {why}" for name, why in folder.failures.items())
        count = counted(len(folder.failures), f"file of {path} is", f"files of {path} are")
        warnings.warn(f"{count} left out. {reasons}", stacklevel=2)
    return folder
