"""The demonstration that phase matters: the same magnitudes under five different phases."""

import numpy as np

from ..phase_retrieval import griffin_lim
from ..transforms.stft import STFT

__all__ = ["renditions"]

_ITERATIONS = 100  # of phase retrieval


def renditions(
    audio: np.ndarray, other: np.ndarray, stft: STFT, seed: int
) -> dict[str, np.ndarray]:
    """Give the magnitudes of ``audio`` five phases, and make sound of each.

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
    sounds = {name: _sound(magnitude, phase, stft, audio) for name, phase in phases.items()}
    length = audio.shape[-1]
    retrieved = griffin_lim(magnitude, stft, length=length, n_iter=_ITERATIONS, init="forest")
    return sounds | {"retrieved": retrieved.numpy()}


def _sound(magnitude: np.ndarray, phase: np.ndarray, stft: STFT, audio: np.ndarray) -> np.ndarray:
    spectrum = (magnitude * np.exp(1j * phase)).astype(np.complex64)
    return stft.inverse(spectrum, length=audio.shape[-1]).numpy()
