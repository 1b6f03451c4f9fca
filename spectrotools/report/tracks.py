"""Measures of the pitch of two sounds."""

import math

import numpy as np

from .. import metrics
from .evaluation import Evaluation
from .pitch import voiced_f0

__all__ = ["Tracks"]


class Tracks:
    """The fundamental of both sounds, by pYIN, of all channels mixed to one.

    A reference in which no frame is voiced says nothing of pitch.
    """

    def __init__(self, sample_rate: int, evaluation: Evaluation):
        self.notes: list[str] = []
        self._rate, self._evaluation = sample_rate, evaluation
        self._names = evaluation.asks("pitch")
        self._tracks: list[tuple[np.ndarray, np.ndarray]] = []

    def add(self, reference: np.ndarray, estimate: np.ndarray) -> None:
        """Go on with ``[channels, samples]``."""
        if self._names:
            self._tracks.append((self._tracked(reference), self._tracked(estimate)))

    def _tracked(self, audio: np.ndarray) -> np.ndarray:
        evaluation = self._evaluation
        return voiced_f0(
            audio.mean(axis=0),
            sample_rate=self._rate,
            frame_rate=evaluation.frame_rate,
            fmin=evaluation.fmin,
            fmax=evaluation.fmax,
        )

    def values(self) -> dict[str, float]:
        """What all of it comes to."""
        if not self._names:
            return {}
        reference, estimate = map(np.concatenate, zip(*self._tracks, strict=True))
        if not np.any(reference > 0):
            self.notes.append("no frame of the reference is voiced, and so none has a pitch")
            return dict.fromkeys(self._names, math.nan)
        return {name: float(getattr(metrics, name)(reference, estimate)) for name in self._names}
