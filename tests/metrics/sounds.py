"""Pairs of sounds for metrics: recordings, and what some processing has made of them."""

from pathlib import Path

import numpy as np
import soundfile

__all__ = ["NAMES", "recording", "spoiled", "stretched"]

NAMES = ("brass", "piano", "speech")
_FOLDER = Path(__file__).resolve().parents[2] / "spectrotools" / "recordings"


def recording(name: str, seconds: float = 2.0) -> tuple[np.ndarray, int]:
    """The beginning of a bundled recording of one channel, and its sample rate."""
    audio, sample_rate = soundfile.read(_FOLDER / f"{name}.flac")
    return audio[: int(seconds * sample_rate)], sample_rate


def spoiled(audio: np.ndarray) -> np.ndarray:
    """The same sound, driven and dulled."""
    driven = np.tanh(4.0 * audio) / 4.0
    return 0.8 * driven + 0.3 * np.r_[0.0, driven[:-1]]


def stretched(audio: np.ndarray) -> np.ndarray:
    """The same sound, spoiled, faster by a tenth on the whole and unsteady."""
    place = np.linspace(0.0, 1.0, int(0.9 * len(audio)))
    place = (len(audio) - 1) * (place + 0.02 * np.sin(2 * np.pi * place))
    return np.interp(place, np.arange(len(audio)), spoiled(audio))
