"""Metrics beside torch's, librosa's and the published formulas.

``python -m benchmarks metrics`` prints the tables.
"""

import os
from collections.abc import Callable, Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import librosa
import numpy as np
import scipy.linalg
import tensorflow as tf
import torch

import spectrotools as st

from .harness import Case, compare, error_db, modes
from .plain import BATCH, RATE, SAMPLES

RESOLUTIONS = ((1024, 120, 600), (2048, 240, 1200), (512, 50, 240))
FRAMES = 1250  # 10 s of mel-cepstra
ITEMS, DIMS = 2000, 512


def _resolution(x: torch.Tensor, y: torch.Tensor, n_fft: int, hop: int, win: int) -> torch.Tensor:
    """One resolution of auraloss, of each signal by itself."""
    window = torch.hann_window(win, dtype=x.dtype)
    spectra = [torch.stft(s, n_fft, hop, win, window, return_complex=True) for s in (x, y)]
    first, second = (torch.sqrt(torch.clamp(s.real**2 + s.imag**2, min=1e-8)) for s in spectra)
    error = torch.linalg.norm(first - second, dim=(-2, -1))
    convergence = error / torch.linalg.norm(first, dim=(-2, -1))
    return convergence + (first.log() - second.log()).abs().mean(dim=(-2, -1))


def _in_torch(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return sum(_resolution(x, y, *settings) for settings in RESOLUTIONS) / len(RESOLUTIONS)


def _spectra() -> Iterator[str]:
    rng = np.random.default_rng(0)
    reference = rng.standard_normal((BATCH, SAMPLES)).astype(np.float32)
    estimate = reference + 0.1 * rng.standard_normal((BATCH, SAMPLES)).astype(np.float32)
    pair = (tf.constant(reference), tf.constant(estimate))
    peers = (torch.from_numpy(reference), torch.from_numpy(estimate))
    expected = _in_torch(*(peer.double() for peer in peers)).numpy()
    calls: dict[str, Callable] = modes("M-STFT", st.metrics.multi_resolution_stft_distance, *pair)
    calls["torch, auraloss' arithmetic"] = lambda: _in_torch(*peers)
    cases = [
        Case(name, call, lambda result: error_db(result, expected)) for name, call in calls.items()
    ]
    for name in ("log_spectral_distance", "spectral_convergence", "si_sdr"):
        cases += [Case(*item) for item in modes(name, getattr(st.metrics, name), *pair).items()]
    for name in ("loudness_error", "periodicity_error"):
        metric = getattr(st.metrics, name)
        rated = modes(name, lambda x, y, m=metric: m(x, y, sample_rate=RATE), *pair)
        cases += [Case(*item) for item in rated.items()]
    title = f"Distances of sound, {BATCH} x {SAMPLES}"
    yield compare(title, cases, BATCH * SAMPLES / RATE, 3)


def _warping() -> Iterator[str]:
    rng = np.random.default_rng(0)
    costs = rng.uniform(size=(FRAMES, FRAMES))
    totals = librosa.sequence.dtw(C=costs, backtrack=False)
    cases = [
        Case("dtw", lambda: st.metrics.dtw(costs)[0], lambda r: error_db(r, totals[-1, -1])),
        Case("librosa (Numba)", lambda: librosa.sequence.dtw(C=costs)),
    ]
    sound = rng.standard_normal((2, 10 * RATE))
    distortion = lambda: st.metrics.mel_cepstral_distortion(*sound, sample_rate=RATE)  # noqa: E731
    cases.append(Case("mel_cepstral_distortion of 10 s", distortion))
    note = "librosa is given the matrix too, and gives back all totals."
    yield compare(f"Dynamic time warping, {FRAMES} x {FRAMES}", cases, 10.0, 3, note)


def _by_sqrtm(first: np.ndarray, second: np.ndarray) -> float:
    """The formula as it is published."""
    one, other = (np.cov(items, rowvar=False) for items in (first, second))
    root = scipy.linalg.sqrtm(one @ other).real
    means = np.sum((first.mean(axis=0) - second.mean(axis=0)) ** 2)
    return float(means + np.trace(one) + np.trace(other) - 2 * np.trace(root))


def _embeddings() -> Iterator[str]:
    items = np.random.default_rng(0).standard_normal((ITEMS, DIMS))
    louder = 1.001 * items
    expected = 1e-6 * (np.trace(np.cov(items, rowvar=False)) + np.sum(items.mean(axis=0) ** 2))
    error = lambda result: error_db(result, expected)  # noqa: E731
    cases = [
        Case("frechet_distance", lambda: st.metrics.frechet_distance(items, louder), error),
        Case("scipy.linalg.sqrtm of covariances", lambda: _by_sqrtm(items, louder), error),
        Case("kernel_distance", lambda: st.metrics.kernel_distance(items, louder)),
    ]
    note = "Of items and the same a thousandth larger, whose distance is known."
    yield compare(f"Embeddings, 2 x {ITEMS} x {DIMS}", cases, 1.0, 2, note)


def tables() -> Iterator[str]:
    """Distances of sound, warping of time, and sets of embeddings."""
    yield from _spectra()
    yield from _warping()
    yield from _embeddings()
