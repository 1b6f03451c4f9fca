"""Measures of whole signals, from sums over all their samples."""

import functools
import math
from typing import Any

import numpy as np
import tensorflow as tf

from ..transforms.stft import STFT
from .evaluation import Evaluation

__all__ = ["SignalSums"]

_FLOOR_DB = -120.0  # as spectrotools.metrics.log_spectral_distance


class SignalSums:
    """The running sums of SNR, SI-SDR, log-spectral distance and convergence.

    They are those of ``spectrotools.metrics``, however the signals are cut, where all channels
    make one signal: a silent one takes no part in a ratio of energies.
    """

    notes: tuple[str, ...] = ()

    def __init__(self, sample_rate: int, evaluation: Evaluation):
        names = evaluation.asks("sums")
        self._names = names
        self._spectral = bool({"log_spectral_distance", "spectral_convergence"} & set(names))
        self._energies = np.zeros(4)  # of the reference, the estimate, their product, the error
        self._magnitudes = np.zeros(2)  # of the reference, of the error; squared
        self._distance, self._frames = 0.0, 0
        self._state: Any = None

    def add(self, reference: np.ndarray, estimate: np.ndarray) -> None:
        """Go on with ``[channels, samples]``."""
        x, y = reference.astype(np.float64), estimate.astype(np.float64)
        self._energies += [np.sum(x * x), np.sum(y * y), np.sum(x * y), np.sum((x - y) ** 2)]
        if self._spectral:
            stft, both = _stft(), tf.stack([reference, estimate])
            if self._state is None:
                self._state = stft.initial_state(tuple(both.shape[:-1]), both.dtype)
            spectra, self._state = stft.step(both, self._state)
            self._add_spectra(spectra.numpy())

    def _add_spectra(self, spectra: np.ndarray) -> None:
        powers = spectra.real.astype(np.float64) ** 2 + spectra.imag.astype(np.float64) ** 2
        error = np.sum((np.sqrt(powers[0]) - np.sqrt(powers[1])) ** 2)
        self._magnitudes += [np.sum(powers[0]), error]
        full_scale = (float(_stft().window_samples.sum()) / 2) ** 2
        np.maximum(powers, full_scale * 10 ** (_FLOOR_DB / 10), out=powers)
        levels = np.sqrt(np.mean((10 * np.log10(powers[0] / powers[1])) ** 2, axis=-1))
        self._distance += float(np.sum(levels))
        self._frames += levels.size

    def values(self) -> dict[str, float]:
        """What all of it comes to."""
        x, y, product, error = map(float, self._energies)
        found = {"snr": _decibels(x, error), "si_sdr": _scaled(x, y, product, error)}
        if self._spectral:
            self._add_spectra(_stft().flush(self._state).numpy())
            found["log_spectral_distance"] = self._distance / self._frames
            found["spectral_convergence"] = 0.0 - _decibels(*map(float, self._magnitudes))
        return {name: found[name] for name in self._names}


@functools.cache
def _stft() -> STFT:
    """The one that is the default of ``spectrotools.metrics``."""
    return STFT(n_fft=2048, hop_length=512)


def _scaled(x: float, y: float, product: float, error: float) -> float:
    """SI-SDR of energies, as good as their rounding lets it be."""
    if error == 0:
        return math.inf
    if product == 0:
        return -math.inf
    target = product**2 / x
    return _decibels(target, max(y - target, np.finfo(np.float64).eps * y))


def _decibels(signal: float, noise: float) -> float:
    if noise == 0:
        return math.inf
    return 10 * math.log10(signal / noise) if signal > 0 else -math.inf
