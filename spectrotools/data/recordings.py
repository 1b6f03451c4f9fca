"""Recordings as they come from files: read in blocks, checked before any work."""

import contextlib
import dataclasses
import os
import re
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import numpy as np
import soundfile

from .._validate import check

__all__ = [
    "BLOCK",
    "Recording",
    "blocks",
    "bundled",
    "quiet_stderr",
    "read",
    "scan",
    "stated_seconds",
]

BLOCK = 65536  # samples that are in memory at a time, per channel
_UNKNOWN = 2**62  # samples: no length, but what libsndfile says where a header has none
_OGG_TAIL = 2**17  # bytes; the last page, which is at most half of that, lies in these
_CELL = 4096  # samples over which the energy is summed, to find the loudest excerpt


@dataclasses.dataclass(frozen=True)
class Recording:
    """A file that has been read once, from its first sample to its last."""

    path: Path
    sample_rate: int
    channels: int
    length: int  # samples in each channel
    encoding: str
    peak: float
    energy: np.ndarray = dataclasses.field(repr=False, compare=False)  # [cells, channels]

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.length / self.sample_rate

    def loudest(self, length: int) -> tuple[int, int]:
        """The most energetic stretch of ``length`` samples, as [start, stop), by whole cells."""
        length = min(length, self.length)
        cells = max(length // _CELL, 1)
        running = np.cumsum(np.append(0.0, self.energy.sum(axis=1)))
        sums = running[cells:] - running[:-cells]
        start = min(int(np.argmax(sums)) * _CELL, self.length - length)
        return start, start + length


@contextlib.contextmanager
def quiet_stderr() -> Iterator[None]:
    """Send what C libraries print on the standard error nowhere."""
    saved, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)


class _Sequential(soundfile.SoundFile):
    """A sound file whose reads leave the decoder where it is.

    After each read, soundfile seeks to the place where it already is; the MP3 decoder then
    forgets the bits that it had kept, and the next block begins with a glitch.
    """

    def seekable(self) -> bool:
        return False


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[soundfile.SoundFile]:
    """Open a sound file, or say in one sentence why it cannot be."""
    if path.is_fifo() or path.is_socket() or path.is_char_device():  # opening might wait for ever
        raise ValueError(f"{path} must be a file that can be read twice, not a stream.")
    path.open("rb").close()  # what is missing or forbidden fails here, in the system's own words
    if not path.stat().st_size:
        raise ValueError(f"{path} must hold audio, and is an empty file.")
    # A name is bytes to the system, and need not be Unicode; to Windows it is text.
    name = path if sys.platform == "win32" else os.fsencode(path)
    try:
        with quiet_stderr():
            file = _Sequential(name)
    except soundfile.LibsndfileError as error:
        raise ValueError(
            f"{path} is not audio that can be read (WAV, FLAC, OGG, MP3, ...): "
            f"{str(error.error_string).rstrip('.')}."
        ) from error
    with file:
        yield file


def blocks(path: Path, size: int = BLOCK, start: int = 0) -> Iterator[np.ndarray]:
    """Read a file from a sample to its end, float32 ``[channels, at most size]`` at a time."""
    with _opened(path) as file:
        if file.format in ("MP3", "OGG"):  # where seeking may miss by some samples
            for skipped in range(0, start, size):
                _next(file, path, min(size, start - skipped))
        else:
            file.seek(start)
        while (block := _next(file, path, size)).size:
            yield block


def _next(file: soundfile.SoundFile, path: Path, size: int) -> np.ndarray:
    try:
        with quiet_stderr():  # the MP3 decoder prints what it thinks of a damaged file
            return np.ascontiguousarray(file.read(size, dtype="float32", always_2d=True).T)
    except soundfile.LibsndfileError as error:
        raise ValueError(
            f"{path} is damaged or truncated: {error.error_string.strip('. ')}."
        ) from error


def read(path: Path, start: int, stop: int) -> np.ndarray:
    """Read the samples [start, stop), float32 ``[channels, stop - start]``."""
    parts, missing = [], stop - start
    for block in blocks(path, start=start):
        parts.append(block[:, :missing])
        missing -= parts[-1].shape[1]
        if not missing:
            break
    return np.concatenate(parts, axis=1)


def stated_seconds(path: Path) -> float:
    """How long a file's header says that it is; 0 where it says nothing that can be read."""
    try:
        with _opened(path) as file:
            return file.frames / file.samplerate if file.frames < _UNKNOWN else 0.0
    except (ValueError, OSError):
        return 0.0


def scan(path: Path) -> Recording:
    """Read a whole file once and check it.

    Raises:
        OSError: if the file is missing, forbidden or a directory.
        ValueError: if it is not audio, holds no sample, is truncated, or has a sample that is
            not a finite number; the message names the file and, for a sample, its time. Only
            an MP3 that does not state its length (it has no Xing header) can be truncated
            unnoticed.
    """
    peak, length, energy = 0.0, 0, []
    with _opened(path) as file:
        encoding = f"{file.format} {file.subtype}"
        sample_rate, channels, promised = file.samplerate, file.channels, file.frames
        _check_whole(path, file.extra_info)
        if file.format == "OGG":
            _check_ogg_ends(path)
    for block in blocks(path):
        _check_finite(path, block, length, sample_rate)
        peak = max(peak, float(np.abs(block).max()))
        length += block.shape[1]
        energy.append(_cell_energy(block))
    if length < promised < _UNKNOWN:
        raise ValueError(
            f"{path} is truncated: its header promises {promised / sample_rate:.2f} s "
            f"and {length / sample_rate:.2f} s are there."
        )
    check(length > 0, f"{path} must hold at least one sample; its header promises none", 0)
    return Recording(path, sample_rate, channels, length, encoding, peak, np.concatenate(energy))


def _check_whole(path: Path, log: str) -> None:
    """Find a data chunk cut short, which libsndfile corrects and tells only its log."""
    for promised, present in re.findall(r"(?:data|SSND)\s*: (\d+) \(should be (\d+)\)", log):
        unknown = int(promised) >= 0x7FFFF000  # what a program writes that cannot seek back
        if int(present) < int(promised) and not unknown:
            raise ValueError(
                f"{path} is truncated: its header promises {promised} bytes of audio "
                f"and {present} are there."
            )


def _check_ogg_ends(path: Path) -> None:
    """Find a stream cut short, which libsndfile decodes as far as it goes (RFC 3533, 6)."""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - _OGG_TAIL, 0))
        tail = file.read()
    for match in re.finditer(rb"OggS\0[\4-\7]", tail):  # a page with the flag of the last one
        page = tail[match.start() :]
        if len(page) > 26 and len(page) >= 27 + page[26] + sum(page[27 : 27 + page[26]]):
            return
    raise ValueError(f"{path} is truncated: the last page of its OGG stream is not there.")


def _check_finite(path: Path, block: np.ndarray, offset: int, sample_rate: int) -> None:
    bad = ~np.isfinite(block)
    if bad.any():
        index = int(np.argmax(bad.any(axis=0)))
        value = block[int(np.argmax(bad[:, index])), index]
        sample = offset + index
        raise ValueError(
            f"{path} must hold finite numbers; sample {sample} "
            f"(at {sample / sample_rate:.6f} s) is {value}."
        )


def _cell_energy(block: np.ndarray) -> np.ndarray:
    """Energy of every cell of a block, float64 ``[cells, channels]``."""
    square = np.square(block, dtype=np.float64)
    return np.add.reduceat(square, np.arange(0, block.shape[1], _CELL), axis=1).T


def bundled() -> list[Path]:
    """The recordings that come with the package, by name."""
    return sorted((Path(str(resources.files("spectrotools"))) / "recordings").glob("*.flac"))
