"""Checkpoints that are whole or not there at all, however a run ends."""

import contextlib
import hashlib
import json
import os
import re
import shutil
import tempfile
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .._validate import integer

__all__ = ["Checkpoint", "Checkpoints"]

_UNFINISHED = ".unfinished-"
_NAME = re.compile(r"step-(\d{9})")
_DATA, _MANIFEST = "variables.bin", "manifest.json"


class Checkpoint(NamedTuple):
    """What a run goes on from."""

    step: int
    record: dict[str, Any]  # of plain values, for JSON
    arrays: list[np.ndarray]


class Checkpoints:
    """The checkpoints of a run, each a folder ``step-000000500`` of two files.

    ``variables.bin`` holds the bytes of all arrays, ``manifest.json`` their types and shapes, the
    record, and a SHA-256 of all that. Both are written aside and flushed to the disk, and then
    the folder is renamed, so a killed process leaves a checkpoint or none.
    """

    def __init__(self, folder: Path, keep: int = 3):
        self._folder = folder
        self._keep = integer("keep", keep, 1)

    def save(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint, and then remove all but the last ``keep``.

        Raises:
            OSError: if it cannot be written; earlier ones are as they were.
        """
        final = self._folder / f"step-{checkpoint.step:09}"
        stage = None
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            stage = self._folder / f"{_UNFINISHED}{final.name}-{os.getpid()}"
            stage.mkdir()
            _write(stage, checkpoint)
            self._remove(final)
            os.replace(stage, final)
            _flush(self._folder)
        except OSError as error:
            if stage is not None:
                shutil.rmtree(stage, ignore_errors=True)
            reason = error.strerror or str(error)
            raise OSError(f"{final} could not be written: {reason}.") from error
        for old in self._paths()[: -self._keep]:
            self._remove(old)

    def newest(self) -> Checkpoint | None:
        """Read the last whole checkpoint; warn of any that is later and is not."""
        for path in reversed(self._paths()):
            try:
                return _read(path)
            except (OSError, ValueError, KeyError, TypeError) as error:
                warnings.warn(f"{path} is not whole, and is passed over: {error}", stacklevel=2)
        return None

    def sweep(self) -> None:
        """Remove what a killed process left unfinished; call where no other one writes."""
        for left in self._folder.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(left, ignore_errors=True)

    def _paths(self) -> list[Path]:
        """All checkpoints, the earliest first."""
        return sorted(path for path in self._folder.glob("step-*") if _NAME.fullmatch(path.name))

    def _remove(self, path: Path) -> None:
        """Remove a checkpoint so that no half of it is ever seen."""
        with contextlib.suppress(FileNotFoundError):
            gone = tempfile.mkdtemp(prefix=_UNFINISHED, dir=self._folder)
            try:
                os.replace(path, Path(gone) / path.name)
            finally:
                shutil.rmtree(gone, ignore_errors=True)


def _write(folder: Path, checkpoint: Checkpoint) -> None:
    arrays = [np.ascontiguousarray(array) for array in checkpoint.arrays]
    manifest = {
        "step": checkpoint.step,
        "record": checkpoint.record,
        "arrays": [[array.dtype.name, list(array.shape)] for array in checkpoint.arrays],
    }
    blocks = [array.tobytes() for array in arrays]
    manifest["sha256"] = _digest(manifest, blocks)
    _write_file(folder / _DATA, blocks)
    _write_file(folder / _MANIFEST, [json.dumps(manifest, indent=1).encode()])
    _flush(folder)


def _read(folder: Path) -> Checkpoint:
    manifest = json.loads((folder / _MANIFEST).read_bytes())
    expected = manifest.pop("sha256")
    data = (folder / _DATA).read_bytes()
    if _digest(manifest, [data]) != expected:
        raise ValueError("its checksum differs.")
    arrays, begin = [], 0
    for name, shape in manifest["arrays"]:
        kind = np.dtype(name)
        count = int(np.prod(shape, dtype=np.int64))
        arrays.append(np.frombuffer(data, kind, count, begin).reshape(shape))
        begin += count * kind.itemsize
    return Checkpoint(manifest["step"], manifest["record"], arrays)


def _digest(manifest: dict[str, Any], blocks: Iterable[bytes]) -> str:
    digest = hashlib.sha256(json.dumps(manifest, sort_keys=True).encode())
    for block in blocks:
        digest.update(block)
    return digest.hexdigest()


def _write_file(path: Path, blocks: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        for block in blocks:
            file.write(block)
        file.flush()
        os.fsync(file.fileno())


def _flush(folder: Path) -> None:
    """Flush the names in a folder to the disk, where a system can."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
