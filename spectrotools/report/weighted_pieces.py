"""Measures of pieces of a sound, averaged by their length."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import metrics
from .evaluation import Evaluation

__all__ = ["WeightedPieces"]

_Function = Callable[[np.ndarray, np.ndarray, int, Evaluation], Any]

_FUNCTIONS: dict[str, _Function] = {
    "multi_resolution_stft_distance": lambda x, y, rate, evaluation: (
        metrics.multi_resolution_stft_distance(x, y)
    ),
    "mel_cepstral_distortion": lambda x, y, rate, evaluation: metrics.mel_cepstral_distortion(
        x, y, sample_rate=rate
    ),
    "loudness_error": lambda x, y, rate, evaluation: metrics.loudness_error(
        x, y, sample_rate=rate
    ),
    "periodicity_error": lambda x, y, rate, evaluation: metrics.periodicity_error(
        x,
        y,
        sample_rate=rate,
        frame_rate=evaluation.frame_rate,
        fmin=evaluation.fmin,
        fmax=evaluation.fmax,
    ),
}
_POWER = {"periodicity_error": 2}  # of a root mean square, squares are averaged


class WeightedPieces:
    """The means of ``spectrotools.metrics`` over channels, and over pieces by their length.

    A measure that a piece is too short for, or that its rate is too low for, says nothing.
    """

    def __init__(self, sample_rate: int, evaluation: Evaluation):
        self.notes: list[str] = []
        self._rate, self._evaluation = sample_rate, evaluation
        self._sums = dict.fromkeys(evaluation.asks("pieces"), 0.0)
        self._length = 0

    def add(self, reference: np.ndarray, estimate: np.ndarray) -> None:
        """Go on with ``[channels, samples]``."""
        length = reference.shape[1]
        for name, total in self._sums.items():
            if not math.isnan(total):
                self._sums[name] += length * self._measured(name, reference, estimate)
        self._length += length

    def _measured(self, name: str, reference: np.ndarray, estimate: np.ndarray) -> float:
        """The mean over channels, one after the other, for they cost as much memory as time."""
        function, power = _FUNCTIONS[name], _POWER.get(name, 1)
        try:
            values = [
                float(function(x, y, self._rate, self._evaluation)) ** power
                for x, y in zip(reference, estimate, strict=True)
            ]
        except ValueError as error:
            self.notes.append(f"no {name}: {str(error).rstrip('.')}")
            return math.nan
        return float(np.mean(values))

    def values(self) -> dict[str, float]:
        """What all of it comes to."""
        return {
            name: (total / self._length) ** (1 / _POWER.get(name, 1))
            for name, total in self._sums.items()
        }
