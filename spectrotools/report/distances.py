r"""How far a result is from its original, in NumPy float64, block by block.

The spectra :math:`S` and :math:`\hat S` are of frames of 2048 samples, 512 apart, weighted by a
periodic Hann window and scaled so that a full-scale sine has magnitude 1. Zeros surround the
signal, and every frame counts in which one of its samples has a weight: the first starts at
sample -1536, so that each sample has all four of its frames. All channels count alike.
"""

import functools
import math
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .._validate import check
from ..data.recordings import blocks, scan

__all__ = ["FLOOR_DB", "FRAME", "HOP", "Distances", "compare", "distances"]

FRAME, HOP = 2048, 512
FLOOR_DB = -120.0  # under the hiss of 16-bit audio in one bin


class Distances(NamedTuple):
    r"""Three distances between an original :math:`x` and a result :math:`\hat x`.

    * ``snr_db``, signal-to-noise ratio,
      :math:`10 \log_{10} (\sum x^2 / \sum (x - \hat x)^2)`: infinite where they are equal,
      minus infinity where only the original is silent. Higher is nearer.
    * ``log_spectral_distance_db``, :math:`L(S) = 20 \log_{10} \max(|S|, 10^{-6})` compared:
      the root mean square of :math:`L(S) - L(\hat S)` over a frame's bins, averaged over
      frames. Lower is nearer; 0 is equal.
    * ``spectral_convergence_db``,
      :math:`20 \log_{10} (\| |S| - |\hat S| \|_F / \| S \|_F)`: minus infinity where all
      magnitudes are equal. Lower is nearer.

    References:
        Gray and Markel, "Distance measures for speech processing", IEEE TASSP 24(5), 1976 (log
        spectral distance). Sturmel and Daudet, "Signal reconstruction from STFT magnitude: a
        state of the art", DAFx 2011 (spectral convergence).
    """

    snr_db: float
    log_spectral_distance_db: float
    spectral_convergence_db: float


def compare(original: Path, result: Path) -> Distances:
    """Measure the distances between two files.

    Raises:
        OSError, ValueError: if a file cannot be read (see ``recordings.scan``), or if they
            differ in rate, channels or length.
    """
    first, second = scan(original), scan(result)
    for name in ("sample_rate", "channels", "length"):
        mine, other = getattr(first, name), getattr(second, name)
        rule = f"{result} must have the {name} of {original}, {mine}"
        check(mine == other, rule, other)
    return distances(zip(blocks(original), blocks(result), strict=True))


def distances(pairs: Iterable[tuple[np.ndarray, np.ndarray]]) -> Distances:
    """Measure the distances between two signals that come in blocks ``[channels, samples]``."""
    meter = _Meter()
    for original, result in pairs:
        meter.add(np.stack([original, result]).astype(np.float64))
    return meter.result()


class _Meter:
    """The running sums of the three distances."""

    def __init__(self) -> None:
        self._signal = self._noise = 0.0
        self._magnitude = self._magnitude_error = 0.0
        self._level_distance, self._frames = 0.0, 0
        self._pending = np.zeros((2, 0, FRAME - HOP))  # [2, channels, samples]

    def add(self, pair: np.ndarray) -> None:
        self._signal += float(np.sum(pair[0] ** 2))
        self._noise += float(np.sum((pair[0] - pair[1]) ** 2))
        if not self._pending.size:
            self._pending = np.zeros((2, pair.shape[1], FRAME - HOP))
        pair = np.concatenate([self._pending, pair], axis=-1)
        frames = max(1 + (pair.shape[-1] - FRAME) // HOP, 0)
        self._pending = pair[..., frames * HOP :]
        if frames:
            self._add_frames(pair)

    def _add_frames(self, pair: np.ndarray) -> None:
        frames = np.lib.stride_tricks.sliding_window_view(pair, FRAME, axis=-1)[..., ::HOP, :]
        original, result = np.abs(np.fft.rfft(frames * _window(), axis=-1))
        self._magnitude += float(np.sum(original**2))
        self._magnitude_error += float(np.sum((original - result) ** 2))
        floor = 10.0 ** (FLOOR_DB / 20.0)
        ratio = np.maximum(original, floor) / np.maximum(result, floor)
        level = np.sqrt(np.mean((20.0 * np.log10(ratio)) ** 2, axis=-1))
        self._level_distance += float(np.sum(level))
        self._frames += level.size

    def result(self) -> Distances:
        check(self._pending.size > 0, "the signals must hold at least one sample", 0)
        # The window begins with a zero, so a frame at the very last sample has none.
        self._add_frames(np.pad(self._pending, [(0, 0), (0, 0), (0, FRAME - 2)]))
        return Distances(
            _ratio_db(self._signal, self._noise),
            self._level_distance / self._frames,
            0.0 - _ratio_db(self._magnitude, self._magnitude_error),  # never -0.0
        )


@functools.cache
def _window() -> np.ndarray:
    """A periodic Hann window under which a full-scale sine has magnitude 1."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / FRAME)
    return window * (2 / window.sum())


def _ratio_db(signal: float, noise: float) -> float:
    if noise == 0.0:
        return math.inf
    return 10.0 * math.log10(signal / noise) if signal > 0.0 else -math.inf
