"""The wavelets of librosa's constant-Q transform, at the rates at which librosa uses them."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from .._validate import check
from .windows import Window, window_samples

__all__ = ["Octave", "Settings", "check_fits", "octaves"]

_ERB = 24.7 / 0.108  # Hz, Glasberg and Moore's bandwidth at 0 Hz over its slope


class Settings(NamedTuple):
    """What decides the wavelets, and is checked, as in ``librosa_cqt``."""

    sample_rate: float
    hop_length: int
    fmin: float
    n_bins: int
    bins_per_octave: int
    gamma: float | None
    filter_scale: float
    norm: float | None
    window: Window
    scale: bool


class Octave(NamedTuple):
    """Bands that librosa takes from frames of one length."""

    size: int  # samples of a frame, which is a power of two
    spectra: np.ndarray  # complex [bands, bins], to multiply the lowest bins of a frame with

    def kernels(self, band: int | slice = slice(None)) -> np.ndarray:
        """What to multiply the frame itself with, complex ``[..., size]``."""
        return np.fft.fft(self.spectra[band], self.size, norm="forward")


def _bands(settings: Settings) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Centre and upper edge, Hz, and the length in samples, of every band."""
    frequency = settings.fmin * 2.0 ** (np.arange(settings.n_bins) / settings.bins_per_octave)
    step = 2.0 ** (2.0 / settings.bins_per_octave)
    alpha = (step - 1) / (step + 1)
    gamma = _ERB * alpha if settings.gamma is None else settings.gamma
    quality = settings.filter_scale / alpha
    samples = window_samples(settings.window, 1000, 1000, 0)
    width = len(samples) * np.sum(samples**2) / np.sum(np.abs(samples)) ** 2  # bins
    edge = frequency * (1 + 0.5 * width / quality) + 0.5 * gamma
    return frequency, edge, quality * settings.sample_rate / (frequency + gamma / alpha)


def check_fits(settings: Settings) -> None:
    """Raise ``ValueError`` if a band reaches above half the sample rate."""
    _, edge, _ = _bands(settings)
    nyquist = settings.sample_rate / 2
    fitting = int(np.sum(edge <= nyquist))
    limit = f"sample_rate / 2 = {nyquist:g} Hz"
    rule = f"fmin must leave its band, which ends at {edge[0]:g} Hz, below {limit}"
    check(fitting > 0, rule, settings.fmin)
    rule = f"n_bins must be at most {fitting}, for the top band to end below {limit}"
    check(fitting == settings.n_bins, rule, settings.n_bins)


def _rates(settings: Settings, highest: float) -> np.ndarray:
    """By how much librosa lowers the sample rate before it takes each band."""
    octaves = -(-settings.n_bins // settings.bins_per_octave)
    hop_length = settings.hop_length
    halvings = (hop_length & -hop_length).bit_length() - 1
    spare = int(np.ceil(np.log2(settings.sample_rate / 2 / highest))) - 2
    early = min(max(spare, 0), max(halvings - octaves + 1, 0))
    octave = np.arange(settings.n_bins)[::-1] // settings.bins_per_octave
    return 2 ** np.minimum(early + octave, halvings)


def octaves(settings: Settings) -> Iterator[Octave]:
    """What to multiply the frames with, from the lowest octave up."""
    frequency, edge, length = _bands(settings)
    rates = _rates(settings, np.max(edge))
    gain = np.sqrt(length) if settings.scale else length
    first = settings.n_bins % settings.bins_per_octave
    starts = range(first - settings.bins_per_octave if first else 0, settings.n_bins)
    for start in starts[:: settings.bins_per_octave]:
        run = slice(max(start, 0), start + settings.bins_per_octave)
        rate = rates[run][0]
        samples = length[run] / rate
        n_fft = max(2 ** int(np.ceil(np.log2(np.max(samples)))), 2)
        wavelets = np.zeros((len(samples), n_fft), np.complex128)
        for padded, hz, count in zip(wavelets, frequency[run], samples, strict=True):
            wavelet = _wavelet(settings, hz * rate, count)
            padded[n_fft // 2 + int(-count // 2) :][: len(wavelet)] = wavelet
        spectra = np.fft.fft(wavelets)[:, : n_fft // 2 + 1] * gain[run, None]
        yield Octave(n_fft * int(rate), spectra)


def _wavelet(settings: Settings, hz: float, length: float) -> np.ndarray:
    time = np.arange(-length // 2, length // 2)
    window = window_samples(settings.window, len(time), len(time), 0)
    size = 1.0 if settings.norm is None else np.linalg.norm(window, settings.norm)
    return window / size * np.exp(2j * np.pi * hz / settings.sample_rate * time)
