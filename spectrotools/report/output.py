"""The sound files that are written."""

import struct
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from .._validate import check

__all__ = ["FloatWav"]

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
