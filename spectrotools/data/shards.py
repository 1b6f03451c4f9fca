"""Examples read from shards."""

import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from .._validate import check
from .cuts import Cuts
from .examples import Examples
from .features import Features
from .files import read_json
from .records import parse, record_at

__all__ = ["Shards"]

_FORMAT = 1


class Shards(Examples):
    """Read the examples that :func:`prepare` wrote.

    They are found by their number wherever they are, so that a shuffle is one of all, and takes
    no memory. A folder that is not finished is not read, nor one with a shard of another size
    than its schema tells; what is in the shards is compared by :meth:`verify`.

    Args:
        path: the folder.
        split: which part of it, such as ``"train"``.
        features: what they have to be, if anything.

    Attributes:
        features: what was measured, and at which rate.
        cuts: how the recordings were cut.
        statistics: of pitch and loudness of the split, what ``statistics.json`` says of it.
        n_samples: of an example.

    Raises:
        FileNotFoundError: if the folder is missing or unfinished, or a shard is.
        ValueError: if it has no such split, or one without examples; if its features are
            others; or if a shard is damaged.

    Example:
        >>> import tempfile
        >>> import spectrotools as st
        >>> recordings = st.__path__[0] + "/recordings"
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     done = st.data.prepare(recordings, folder, shares={"train": 1.0})
        ...     shards = st.data.Shards(folder, "train")
        ...     batches = shards.dataset(batch_size=4, seed=0, start_step=1000)
        ...     batch = next(iter(batches))
        >>> sorted(batch), tuple(batch["f0_hz"].shape)
        (['audio', 'f0_confidence', 'f0_hz', 'loudness_db'], (4, 1000))
    """

    def __init__(
        self, path: str | os.PathLike, split: str = "train", *, features: Features | None = None
    ):
        self._path = Path(path)
        schema = _schema(self._path)
        self.features = Features.from_config(schema["features"])
        self.cuts = Cuts.from_config(schema["cuts"])
        self.n_samples = self.cuts.n_samples(self.features)
        _check_features(self.features, features)
        splits = schema["splits"]
        check(split in splits, f"split must be one of {', '.join(splits)}", split)
        self._shards: list[dict[str, Any]] = [s for s in splits[split] if s["examples"]]
        rule = f"split {split!r} of {path} must have examples; it has none of files"
        check(len(self._shards) > 0, rule, len(splits[split]))
        _check_sizes(self._path, self._shards, schema["record_bytes"])
        self.statistics: dict[str, Any] = read_json(self._path / "statistics.json")[split]
        self._record_bytes: int = schema["record_bytes"]
        self._ends = np.cumsum([shard["examples"] for shard in self._shards])

    def __len__(self) -> int:
        return int(self._ends[-1])

    def read(self, indices: tf.data.Dataset) -> tf.data.Dataset:
        """The examples of these numbers."""
        records = indices.map(self._record, num_parallel_calls=4, deterministic=True)
        return records.map(lambda record: parse(record, self.sizes))

    def _record(self, index: tf.Tensor) -> tf.Tensor:
        record = tf.numpy_function(self._bytes, [index], tf.string, stateful=False)
        return tf.ensure_shape(record, [])

    def _bytes(self, index: np.int64) -> bytes:
        """The record of that number, alone."""
        shard = int(np.searchsorted(self._ends, index, side="right"))
        told = self._shards[shard]
        before = self._ends[shard] - told["examples"]
        return record_at(self._path / told["name"], int(index - before), self._record_bytes)

    def verify(self) -> None:
        """Compare all bytes of the split with the sums that were taken when they were written.

        Raises:
            ValueError: if a shard is damaged.
        """
        for shard in self._shards:
            path = self._path / shard["name"]
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            check(found == shard["sha256"], f"{path} must have sha256 {shard['sha256']}", found)


def _schema(path: Path) -> dict[str, Any]:
    schema = read_json(path / "schema.json")
    if schema is None:
        raise FileNotFoundError(
            f"{path} has no schema.json: it is no prepared data, or not finished; "
            "'spectrotools prepare' makes and finishes it."
        )
    rule = f"{path} must be of format {_FORMAT}, which this release reads"
    check(schema["format"] == _FORMAT, rule, schema["format"])
    return schema


def _check_features(found: Features, wanted: Features | None) -> None:
    if wanted is None:
        return
    there, asked = found.get_config(), wanted.get_config()
    for name, value in asked.items():
        check(there[name] == value, f"{name} must be {value!r}, as asked", there[name])


def _check_sizes(path: Path, shards: list[dict[str, Any]], record_bytes: int) -> None:
    for shard in shards:
        file = path / shard["name"]
        size = file.stat().st_size
        check(size == shard["bytes"], f"{file} must have {shard['bytes']} bytes", size)
        whole = size == shard["examples"] * record_bytes
        check(whole, f"{file} must have records of {record_bytes} bytes", shard["examples"])
