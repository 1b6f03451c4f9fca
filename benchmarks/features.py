"""Features of spectra beside librosa and torch: cepstra, PCEN, medians, shapes, and masks.

``python -m benchmarks features`` prints the tables.
"""

import os
from collections.abc import Callable, Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import librosa
import numpy as np
import tensorflow as tf
import torch

import spectrotools as st

from .harness import Case, compare, error_db, modes

BATCH, SECONDS, RATE, HOP, MELS = 16, 4, 16000, 256, 128
GRID = {"sample_rate": RATE, "hop_length": HOP}


def tables() -> Iterator[str]:
    """Of 16 clips of 4 s, but for the medians, which librosa takes seconds for, of one."""
    rng = np.random.default_rng(0)
    audio = rng.uniform(-1, 1, (BATCH, SECONDS * RATE)).astype(np.float32)
    stft = st.STFT(n_fft=1024, hop_length=HOP)
    levels = np.abs(stft(audio).numpy())
    mel = st.LogMel(stft, sample_rate=RATE, n_mels=MELS)(audio).numpy()
    yield _table("MFCC, 20 of 128 bands", _mfcc(mel))
    yield _table("Log-mel from 20 MFCC, 128 bands", _from_mfcc(mel))
    yield _table("Deltas over 9 frames of 128 bands", _deltas(mel))
    yield _table("PCEN, 128 bands", _pcen(np.exp(mel) * 2.0**31))
    yield _table("Spectral centroid, 513 bins", _centroid(levels))
    yield _table("Spectral contrast, 513 bins", _contrast(levels, RATE, n_bands=5))
    wide = np.abs(st.STFT(n_fft=2048, hop_length=512)(audio).numpy())
    yield _table("Spectral contrast, 1025 bins to 11025 Hz", _contrast(wide, 22050))
    yield _table("Zero crossings, 2048/512", _crossings(audio))
    yield _table("HPSS, 513 bins, medians of 31", _hpss(levels[:1]), SECONDS, rounds=1)
    yield _table("SpecAugment, 2 runs of frames and 2 of bands", _masks(mel))


def _table(title: str, parts: tuple, seconds: float = BATCH * SECONDS, rounds: int = 9) -> str:
    """Calls by name, and the float64 reference of their results, if there is one."""
    calls, reference = parts
    judge = None if reference is None else lambda result: _error(result, reference)
    cases = [Case(name, call, judge) for name, call in calls.items()]
    return compare(f"{title}, {seconds / SECONDS:.0f} x {SECONDS} s", cases, seconds, rounds)


def _error(result: object, reference: np.ndarray) -> float:
    return error_db(np.asarray(result), reference)


def _turned(array: np.ndarray) -> np.ndarray:
    return np.swapaxes(array, -1, -2)


def _mfcc(mel: np.ndarray) -> tuple[dict[str, Callable], np.ndarray]:
    tensor, peer = tf.constant(mel), torch.from_numpy(mel)
    matrix = torch.from_numpy(st.mfcc(np.eye(MELS, dtype=np.float32)).numpy())
    turned = _turned(mel)
    calls = modes("spectrotools", st.mfcc, tensor)
    calls["torch, torchaudio's arithmetic"] = lambda: peer @ matrix
    calls["librosa"] = lambda: _turned(librosa.feature.mfcc(S=turned))
    return calls, _turned(librosa.feature.mfcc(S=turned.astype(np.float64)))


def _from_mfcc(mel: np.ndarray) -> tuple[dict[str, Callable], np.ndarray]:
    cepstra = st.mfcc(mel).numpy()
    back = lambda x: st.mfcc_to_log_mel(x, n_mels=MELS)  # noqa: E731
    calls = modes("spectrotools", back, tf.constant(cepstra))
    turned = _turned(cepstra)

    def librosas(cepstra: np.ndarray) -> np.ndarray:
        power = librosa.feature.inverse.mfcc_to_mel(cepstra, n_mels=MELS)
        return _turned(10.0 * np.log10(power))  # which librosa gives instead of decibels

    calls["librosa"] = lambda: librosas(turned)
    return calls, librosas(turned.astype(np.float64))


def _deltas(mel: np.ndarray) -> tuple[dict[str, Callable], np.ndarray]:
    tensor, peer = tf.constant(mel), torch.from_numpy(mel)
    settings = {"width": 9, "mode": "nearest"}
    kernel = torch.arange(-4.0, 5.0).repeat(MELS, 1, 1) / 60.0

    def torchs() -> torch.Tensor:
        padded = torch.nn.functional.pad(peer.mT, (4, 4), mode="replicate")
        return torch.nn.functional.conv1d(padded, kernel, groups=MELS).mT

    calls = modes("spectrotools", lambda x: st.delta(x, **settings), tensor)
    calls["torch, torchaudio's arithmetic"] = torchs
    calls["librosa"] = lambda: librosa.feature.delta(mel, axis=-2, **settings)
    return calls, librosa.feature.delta(mel.astype(np.float64), axis=-2, **settings)


def _pcen(energies: np.ndarray) -> tuple[dict[str, Callable], np.ndarray]:
    energies = energies.astype(np.float32)
    tensor, peer = tf.constant(energies), torch.from_numpy(energies)
    frames = 0.4 * RATE / HOP
    share = 2.0 / (1.0 + np.sqrt(1.0 + 4.0 * frames**2))

    def torchs() -> torch.Tensor:
        """Frame by frame, as one writes it."""
        past, pasts = torch.ones(BATCH, MELS), []
        for frame in range(peer.shape[1]):
            past = (1 - share) * past + share * peer[:, frame]
            pasts.append(past)
        level = peer * torch.exp(-0.98 * torch.log(torch.stack(pasts, 1) + 1e-6))
        return 2**0.5 * torch.expm1(0.5 * torch.log1p(level / 2))

    librosas = lambda x: librosa.pcen(x, sr=RATE, hop_length=HOP, axis=-2)  # noqa: E731
    calls = modes("spectrotools", lambda x: st.pcen(x, **GRID), tensor)
    calls["torch, frame by frame"] = torchs
    calls["librosa"] = lambda: librosas(energies)
    return calls, librosas(energies.astype(np.float64))


def _centroid(levels: np.ndarray) -> tuple[dict[str, Callable], np.ndarray]:
    tensor, peer, turned = tf.constant(levels), torch.from_numpy(levels), _turned(levels)
    hz = torch.linspace(0, RATE / 2, levels.shape[-1])
    librosas = lambda x: librosa.feature.spectral_centroid(S=x, sr=RATE)[:, 0]  # noqa: E731
    calls = modes("spectrotools", lambda x: st.spectral_centroid(x, sample_rate=RATE), tensor)
    calls["torch, torchaudio's arithmetic"] = lambda: (peer * hz).sum(-1) / peer.sum(-1)
    calls["librosa"] = lambda: librosas(turned)
    return calls, librosas(turned.astype(np.float64))


def _contrast(
    levels: np.ndarray, rate: int, **settings: float
) -> tuple[dict[str, Callable], np.ndarray]:
    tensor, turned = tf.constant(levels), _turned(levels)

    def librosas(items: np.ndarray) -> np.ndarray:
        """Item by item, for its decibels are below the loudest of all."""
        parts = [librosa.feature.spectral_contrast(S=item, sr=rate, **settings) for item in items]
        return _turned(np.stack(parts))

    ours = lambda x: st.spectral_contrast(x, sample_rate=rate, **settings)  # noqa: E731
    calls = modes("spectrotools", ours, tensor)
    calls["librosa"] = lambda: librosas(turned)
    return calls, librosas(turned.astype(np.float64))


def _crossings(audio: np.ndarray) -> tuple[dict[str, Callable], np.ndarray]:
    tensor = tf.constant(audio)
    librosas = lambda: librosa.feature.zero_crossing_rate(audio)[:, 0]  # noqa: E731
    calls = modes("spectrotools", st.zero_crossing_rate, tensor)
    calls["librosa"] = librosas
    return calls, librosas()


def _hpss(levels: np.ndarray) -> tuple[dict[str, Callable], np.ndarray]:
    tensor, peer, turned = tf.constant(levels), torch.from_numpy(levels), _turned(levels)

    def median(values: torch.Tensor) -> torch.Tensor:
        """Along the last axis, by sorting every window."""
        before, after = values[..., :15].flip(-1), values[..., -15:].flip(-1)
        return torch.cat([before, values, after], -1).unfold(-1, 31, 1).median(-1).values

    def torchs() -> torch.Tensor:
        lasting, striking = median(peer.mT).mT, median(peer)
        return peer * lasting**2 / (lasting**2 + striking**2)

    librosas = lambda x: _turned(librosa.decompose.hpss(x)[0])  # noqa: E731
    calls = modes("spectrotools", lambda x: st.hpss(x).harmonic, tensor)
    calls["torch, every window sorted"] = torchs
    calls["librosa"] = lambda: librosas(turned)
    return calls, librosas(turned.astype(np.float64))


def _masks(mel: np.ndarray) -> tuple[dict[str, Callable], None]:
    tensor, peer = tf.constant(mel), torch.from_numpy(mel)

    def ours(values: tf.Tensor) -> tf.Tensor:
        masked = st.mask_frames(values, max_width=40, count=2, seed=0)
        return st.mask_bins(masked, max_width=27, count=2, seed=0)

    def torchs() -> torch.Tensor:
        """Runs of each item by comparisons, as torchaudio has them."""
        masked = peer
        for axis, width in ((1, 40), (2, 27), (1, 40), (2, 27)):
            size = masked.shape[axis]
            wide = torch.rand(BATCH, 1) * width
            start = torch.rand(BATCH, 1) * (size - wide)
            place = torch.arange(size)[None]
            inside = (place >= start) & (place < start + wide)
            masked = masked.masked_fill(inside[:, :, None] if axis == 1 else inside[:, None], 0.0)
        return masked

    calls = modes("spectrotools", ours, tensor)
    calls["torch, torchaudio's arithmetic"] = torchs
    return calls, None
