"""MDCT and PQMF, and their ways back, beside tf.signal, SciPy and torch.

``python -m benchmarks lapped`` prints every table.
"""

import os
from collections.abc import Callable, Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import scipy.fft
import scipy.signal
import tensorflow as tf
import torch

import spectrotools as st

from .harness import Case, compare, error_db, modes

BATCH, RATE, LENGTH = 16, 16000, 65536
SECONDS = BATCH * LENGTH / RATE


def _noise() -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, (BATCH, LENGTH)).astype(np.float32)


def _cases(calls: dict[str, Callable], reference: np.ndarray) -> list[Case]:
    judged = {name: None if name.startswith("floor") else _error(reference) for name in calls}
    return [Case(name, call, judged[name]) for name, call in calls.items()]


def _error(reference: np.ndarray) -> Callable[[object], float]:
    return lambda result: error_db(np.asarray(result).reshape(reference.shape), reference)


def _scipys(audio: np.ndarray, window: np.ndarray) -> np.ndarray:
    """The plain form in NumPy: frames, their fold, and SciPy's DCT-IV."""
    bins = len(window) // 2
    frames = np.lib.stride_tricks.sliding_window_view(audio, 2 * bins, axis=-1)[:, ::bins]
    a, b, c, d = np.split(frames * window.astype(audio.dtype), 4, axis=-1)
    folded = np.concatenate([-c[..., ::-1] - d, a - b[..., ::-1]], axis=-1)
    return scipy.fft.dct(folded, type=4, norm="ortho")


def mdct_tables(win_length: int) -> Iterator[str]:
    """Forward and inverse, of 16 clips of 4 s."""
    mdct, bins = st.MDCT(win_length=win_length), win_length // 2
    audio = _noise()
    tensor, padded = tf.constant(audio), np.pad(audio, [(0, 0), (bins, bins)])
    reference = _scipys(padded.astype(np.float64), mdct.window_samples)
    window = lambda length, dtype: tf.cast(mdct.window_samples, dtype)  # noqa: E731
    peer = lambda x: tf.signal.mdct(  # noqa: E731
        tf.pad(x, [[0, 0], [bins, bins]]), win_length, window_fn=window, norm="ortho"
    )
    bare, halves = tf.function(tf.signal.fft), tf.zeros([*reference.shape[:2], bins // 2])
    halves = tf.complex(halves, halves)
    calls = modes("spectrotools", mdct, tensor)
    calls |= modes("tf.signal.mdct", peer, tensor)
    calls["NumPy fold + SciPy DCT-IV"] = lambda: _scipys(padded, mdct.window_samples)
    calls["floor: complex64 FFT of half as many bins, graph"] = lambda: bare(halves)
    title = f"MDCT {win_length}, {BATCH} x {LENGTH / RATE:.1f} s"
    yield compare(f"{title}, forward", _cases(calls, reference), SECONDS)

    coefficients = tf.constant(reference, tf.float32)
    inverse = lambda x: mdct.inverse(x, length=LENGTH)  # noqa: E731
    back = lambda x: tf.signal.inverse_mdct(x, window_fn=window, norm="ortho")[:, bins:-bins]  # noqa: E731
    calls = modes("spectrotools", inverse, coefficients)
    calls |= modes("tf.signal.inverse_mdct", back, coefficients)
    yield compare(f"{title}, inverse", _cases(calls, audio.astype(np.float64)), SECONDS)


def _filters(bank: st.PQMF) -> np.ndarray:
    n = np.arange(bank.order + 1) - bank.order / 2
    k = np.arange(bank.n_bands)[:, None]
    phase = (2 * k + 1) * np.pi / (2 * bank.n_bands) * n + (-1.0) ** k * np.pi / 4
    return 2 * bank.window_samples * np.cos(phase)


def pqmf_tables() -> Iterator[str]:
    """The published bank of 4 bands, beside a strided convolution and its transpose by torch."""
    bank = st.PQMF(n_bands=4, convention="parallel_wavegan")
    audio, weights = _noise(), _filters(bank)
    tensor, peer = tf.constant(audio), torch.from_numpy(audio)[:, None]
    kernel = torch.from_numpy(weights[:, None].astype(np.float32))
    padded = np.pad(audio.astype(np.float64), [(0, 0), (31, 31)])
    bands = [scipy.signal.fftconvolve(padded, h[None, ::-1], "valid")[:, ::4] for h in weights]
    reference = np.stack(bands, axis=-1)
    strided = lambda: torch.nn.functional.conv1d(peer, kernel, stride=4, padding=31)  # noqa: E731
    calls = modes("spectrotools", bank, tensor)
    calls["torch conv1d, strided"] = lambda: strided().transpose(1, 2)
    title = f"PQMF of 4 bands, 63 taps, {BATCH} x {LENGTH / RATE:.1f} s"
    yield compare(f"{title}, analysis", _cases(calls, reference), SECONDS)

    coefficients, subbands = tf.constant(reference, tf.float32), strided()
    spread = np.zeros([BATCH, 4, LENGTH])
    spread[:, :, ::4] = 4 * reference.transpose(0, 2, 1)
    spread = np.pad(spread, [(0, 0), (0, 0), (31, 31)])
    whole = sum(
        scipy.signal.fftconvolve(spread[:, k], weights[k][None], "valid") for k in range(4)
    )
    synthesis = lambda x: bank.synthesis(x, length=LENGTH)  # noqa: E731
    transposed = lambda: torch.nn.functional.conv_transpose1d(  # noqa: E731
        4 * subbands, kernel, stride=4, padding=31, output_padding=3
    )
    calls = modes("spectrotools", synthesis, coefficients)
    calls["torch conv_transpose1d, strided"] = transposed
    yield compare(f"{title}, synthesis", _cases(calls, whole), SECONDS)


def tables() -> Iterator[str]:
    """Every table of the subject."""
    for win_length in (512, 2048):
        yield from mdct_tables(win_length)
    yield from pqmf_tables()
