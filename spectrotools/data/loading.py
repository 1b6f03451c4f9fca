"""A file as a model takes it: one channel, at one rate."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soxr

from .recordings import blocks, scan

__all__ = ["load_mono"]


def load_mono(path: Path, sample_rate: int) -> np.ndarray:
    """Read a whole file, mixed to one channel by the mean and resampled, float32 ``[time]``.

    Raises:
        OSError, ValueError: if the file cannot be read (see ``recordings.scan``), or is shorter
            than one sample of ``sample_rate``.
    """
    rate = scan(path).sample_rate
    mixed: Iterator[np.ndarray] = (block.mean(axis=0) for block in blocks(path))
    if rate != sample_rate:
        mixed = _resampled(mixed, rate, sample_rate)
    audio = np.concatenate(list(mixed))
    if not len(audio):
        raise ValueError(f"{path} is shorter than one sample at {sample_rate} Hz.")
    return audio


def _resampled(parts: Iterator[np.ndarray], rate: int, wanted: int) -> Iterator[np.ndarray]:
    stream = soxr.ResampleStream(rate, wanted, 1, dtype="float32")
    for part in parts:
        yield stream.resample_chunk(part)
    yield stream.resample_chunk(np.zeros(0, np.float32), last=True)
