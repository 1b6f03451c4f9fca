"""The demonstration that phase matters: the same magnitudes under four different phases."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import soxr

from .recordings import Recording, bundled, read, scan

if TYPE_CHECKING:  # names of files depend on this one, and are checked before TensorFlow is here
    from ..transforms.stft import STFT

__all__ = ["PHASES", "borrowed", "choose_lender", "renditions"]

PHASES = {
    "original": "The phase that belongs to it: nothing is missing.",
    "random": "A random phase for every number: each moment smears over its whole window.",
    "zero": "Zero phase in the middle of every window: one pulse a frame, the voice of a robot.",
    "other": "The phase of another recording: its rhythm and voice come through.",
}


def choose_lender(recordings: Sequence[Recording]) -> Recording:
    """Whose phase the first recording borrows: that of one which sounds, and otherwise.

    It is the next such recording; where there is none, the speech that comes along, and for
    that very speech the drums.
    """
    first, *others = recordings
    for other in others:
        if other.peak > 0 and not _same(first, other):
            return other
    paths = {path.stem: path for path in bundled()}
    speech = scan(paths["speech"])
    return scan(paths["drums"]) if _same(first, speech) else speech


def _same(one: Recording, other: Recording) -> bool:
    """Whether two files hold one sound; what has the same energy everywhere is taken for it."""
    return np.array_equal(one.energy, other.energy)


def renditions(
    audio: np.ndarray, other: np.ndarray, stft: "STFT", seed: int
) -> dict[str, np.ndarray]:
    """Give the magnitudes of ``audio`` four phases, and make sound of each.

    Args:
        audio: float32 ``[channels, samples]``.
        other: the signal that lends its phase, of the same shape.
        stft: the ``STFT`` in which magnitudes and phases are taken.
        seed: of the random phases, uniform on the circle.

    Returns:
        By the name of the phase, float32 ``[channels, samples]``.
    """
    spectrum = stft(audio).numpy()
    to_middle = stft.n_fft // 2 / stft.n_fft  # phase is counted from the start of the frame
    turns = -to_middle * np.arange(spectrum.shape[-1])
    phases = {
        "original": np.angle(spectrum),
        "random": np.random.default_rng(seed).uniform(-np.pi, np.pi, spectrum.shape),
        "zero": np.broadcast_to(2 * np.pi * turns, spectrum.shape),
        "other": np.angle(stft(other).numpy()),
    }
    magnitude = np.abs(spectrum)
    return {name: _sound(magnitude, phase, stft, audio) for name, phase in phases.items()}


def _sound(
    magnitude: np.ndarray, phase: np.ndarray, stft: "STFT", audio: np.ndarray
) -> np.ndarray:
    spectrum = (magnitude * np.exp(1j * phase)).astype(np.complex64)
    return stft.inverse(spectrum, length=audio.shape[-1]).numpy()


def borrowed(other: Recording, shape: tuple[int, ...], sample_rate: int) -> np.ndarray:
    """The loudest stretch of another recording, mixed to one channel and fitted.

    It is brought to ``sample_rate`` and repeated where it is too short; every channel of
    ``shape`` gets the same.
    """
    wanted = int(np.ceil(shape[1] * other.sample_rate / sample_rate)) + 1
    mono = read(other.path, *other.loudest(wanted)).mean(axis=0)
    fitted = soxr.resample(mono, other.sample_rate, sample_rate)
    if not len(fitted):  # shorter than one sample of the slower rate
        fitted = mono[:1]
    return np.broadcast_to(np.resize(fitted, shape[1]), shape).astype(np.float32)
