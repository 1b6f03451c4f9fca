"""Files that appear whole or not at all."""

import contextlib
import os
import shutil
import struct
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from .._validate import check

__all__ = ["FloatWav", "check_free", "staged"]

_WAV_LIMIT = 2**32 - 64  # bytes of audio that the header's 32-bit sizes can count


class FloatWav:
    """A 32-bit float WAV file of known length, written block by block.

    The header goes first and is right from the start, so the writer never seeks, and every
    failure of the disk is an ``OSError`` where it happens.
    """

    def __init__(self, path: Path, sample_rate: int, channels: int, length: int):
        size = 4 * channels * length
        check(size <= _WAV_LIMIT, f"a WAV file must hold at most {_WAV_LIMIT} bytes", size)
        self._left = length
        self._file = path.open("wb")
        self._file.write(_header(sample_rate, channels, length))

    def write(self, block: np.ndarray) -> None:
        """Append ``[channels, samples]``."""
        self._left -= block.shape[1]
        self._file.write(np.ascontiguousarray(block.T, dtype="<f4").tobytes())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        if kind is None:
            check(self._left == 0, "the blocks must add up to the file's length", -self._left)


def _header(sample_rate: int, channels: int, length: int) -> bytes:
    """RIFF header of IEEE float samples (format 3), with the fact chunk that it requires."""
    frame = 4 * channels
    format_chunk = struct.pack(
        "<4sIHHIIHHH", b"fmt ", 18, 3, channels, sample_rate, sample_rate * frame, frame, 32, 0
    )
    fact_chunk = struct.pack("<4sII", b"fact", 4, length)
    data_chunk = struct.pack("<4sI", b"data", frame * length)
    body = b"WAVE" + format_chunk + fact_chunk + data_chunk
    return struct.pack("<4sI", b"RIFF", len(body) + frame * length) + body


def check_free(
    folder: Path, names: Iterable[str], inputs: Iterable[Path], overwrite: bool
) -> None:
    """Refuse, before any work, to write over an input, or over any file unasked.

    Raises:
        FileExistsError: if a file is in the way.
        NotADirectoryError: if ``folder`` is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f"{folder} is a file; --out must name a directory.")
    sources = {path.resolve() for path in inputs}
    for path in (folder / name for name in names):
        if path.resolve() in sources:
            raise FileExistsError(f"{path} is an input and would be lost; use another --out.")
        if path.exists() and not overwrite:
            raise FileExistsError(f"{path} exists; give --overwrite to replace it.")


@contextlib.contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """Give a place to write that becomes ``folder``'s content only if all goes well.

    Files are moved, each in one step, when the block ends; on an error or an interruption
    they vanish, and so do the directories made for them.
    """
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    stage = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=folder))
        yield stage
        for path in sorted(stage.iterdir()):
            os.replace(path, folder / path.name)
        stage.rmdir()
    except BaseException:
        if stage is not None:
            shutil.rmtree(stage, ignore_errors=True)
        for path in made:
            with contextlib.suppress(OSError):
                path.rmdir()
        raise
