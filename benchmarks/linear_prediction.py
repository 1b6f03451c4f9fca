"""Linear prediction and its other forms, beside librosa, SciPy, NumPy and a plain form in torch.

``python -m benchmarks linear_prediction`` prints the tables.
"""

import os
from collections.abc import Callable, Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import librosa
import numpy as np
import scipy.linalg
import scipy.signal
import tensorflow as tf
import torch

import spectrotools as st

from .harness import Case, compare, error_db, modes

FRAMES, SIZE, ORDER, RATE = 1000, 512, 16, 16000
FEW = 100  # frames of those contenders that take one at a time
NOTE = (
    f"SciPy, librosa and NumPy take {FEW} of the {FRAMES} frames: their times are to be "
    f"multiplied by {FRAMES // FEW}."
)


def _frames() -> np.ndarray:
    """Noise through resonances that differ from frame to frame, windowed."""
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((FRAMES, SIZE))
    poles = rng.uniform(0.7, 0.95, (FRAMES, 2)) * np.exp(1j * rng.uniform(0.2, 2.5, (FRAMES, 2)))
    sounds = [
        scipy.signal.lfilter([1.0], np.real(np.poly([*pole, *np.conj(pole)])), each)
        for pole, each in zip(poles, noise, strict=True)
    ]
    return (np.hanning(SIZE) * sounds).astype(np.float32)


def _by_scipy(frames: np.ndarray) -> np.ndarray:
    predictors = []
    for frame in frames:
        lags = np.correlate(frame, frame, "full")[SIZE - 1 : SIZE + ORDER]
        predictors.append(np.append(1.0, scipy.linalg.solve_toeplitz(lags[:-1], -lags[1:])))
    return np.stack(predictors)


def _by_torch(frames: torch.Tensor) -> torch.Tensor:
    """Correlation by Fourier transform, and a batched solution of the equations."""
    lags = torch.fft.irfft(torch.fft.rfft(frames, n=2 * SIZE).abs() ** 2)[:, : ORDER + 1]
    place = torch.arange(ORDER)
    matrix = lags[:, (place[:, None] - place).abs()]
    solved = torch.linalg.solve(matrix, -lags[:, 1:, None])[..., 0]
    return torch.cat([torch.ones(len(frames), 1), solved], dim=1)


def _by_roots(predictors: np.ndarray) -> np.ndarray:
    frequencies = []
    for predictor in predictors:
        ahead, behind = np.append(predictor, 0.0), np.append(0.0, predictor[::-1])
        angles = np.angle(np.concatenate([np.roots(ahead + s * behind) for s in (1, -1)]))
        frequencies.append(np.sort(angles[(angles > 1e-6) & (angles < np.pi - 1e-6)]))
    return np.stack(frequencies)


def _cases(calls: dict[str, Callable], expected: np.ndarray) -> list[Case]:
    return [
        Case(name, call, lambda result: error_db(result[: len(expected)], expected))
        for name, call in calls.items()
    ]


def _coefficients(method: str) -> Callable:
    return lambda frames: st.linear_prediction(frames, order=ORDER, method=method).coefficients


def tables() -> Iterator[str]:
    """Predictors by both methods, and line spectral frequencies."""
    frames = _frames()
    given, few = tf.constant(frames), frames[:FEW].astype(np.float64)
    peer, seconds = torch.from_numpy(frames), FRAMES * SIZE / RATE
    title = f"{FRAMES} frames of {SIZE}, order {ORDER}"
    calls = modes("spectrotools", _coefficients("autocorrelation"), given)
    calls |= {"torch": lambda: _by_torch(peer), "SciPy, float64": lambda: _by_scipy(few)}
    cases = _cases(calls, _by_scipy(few))
    yield compare(f"Prediction by autocorrelation, {title}", cases, seconds, 5, NOTE)

    calls = modes("spectrotools", _coefficients("burg"), given)
    calls["librosa, float64"] = lambda: librosa.lpc(few, order=ORDER)
    cases = _cases(calls, librosa.lpc(few, order=ORDER))
    yield compare(f"Prediction by Burg's method, {title}", cases, seconds, 5, NOTE)

    predictors = _coefficients("autocorrelation")(tf.constant(frames, tf.float64))
    single, few = tf.cast(predictors, tf.float32), predictors.numpy()[:FEW]
    calls = modes("lpc_to_lsf", st.lpc_to_lsf, single)
    calls["roots, NumPy, float64"] = lambda: _by_roots(few)
    frequencies = tf.cast(st.lpc_to_lsf(predictors), tf.float32)
    cases = _cases(calls, _by_roots(few))
    cases += _cases(modes("lsf_to_lpc", st.lsf_to_lpc, frequencies), few)
    yield compare(f"Line spectral frequencies, {FRAMES} of order {ORDER}", cases, seconds, 5, NOTE)
