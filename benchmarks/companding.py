"""Mu-law there and back beside torch, librosa and the plain formula in TensorFlow."""

import os
from collections.abc import Callable, Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import librosa
import numpy as np
import tensorflow as tf
import torch

import spectrotools as st

from .harness import Case, compare, error_db, modes

BATCH, SECONDS, RATE = 16, 4, 16000
MU = 255.0


def _plain(audio: tf.Tensor) -> tf.Tensor:
    """The two formulas as one writes them down, without a thought for NaN or full scale."""
    level = tf.sign(audio) * tf.math.log1p(MU * tf.abs(audio)) / np.log1p(MU)
    codes = tf.cast((level + 1.0) / 2.0 * MU + 0.5, tf.int32)
    level = tf.cast(codes, tf.float32) / MU * 2.0 - 1.0
    return tf.sign(level) * (tf.exp(tf.abs(level) * np.log1p(MU)) - 1.0) / MU


def _torch(audio: torch.Tensor) -> torch.Tensor:
    """What torchaudio documents of its mu_law_encoding and mu_law_decoding."""
    mu = torch.tensor(MU)
    level = torch.sign(audio) * torch.log1p(mu * torch.abs(audio)) / torch.log1p(mu)
    codes = ((level + 1.0) / 2.0 * mu + 0.5).to(torch.int64)
    level = codes.to(torch.float32) / mu * 2.0 - 1.0
    return torch.sign(level) * (torch.exp(torch.abs(level) * torch.log1p(mu)) - 1.0) / mu


def _levels(codes: np.ndarray) -> np.ndarray:
    """The audio of wavenet codes by the convention's formula in NumPy float64."""
    level = codes / MU * 2.0 - 1.0
    return np.sign(level) * np.expm1(np.abs(level) * np.log1p(MU)) / MU


def tables() -> Iterator[str]:
    """Encode and decode of 16 clips of 4 s at 8 bits."""
    # Levels of codes: in the middle of their cells, so that there and back is the identity.
    codes = np.random.default_rng(0).integers(0, 256, (BATCH, SECONDS * RATE))
    exact = _levels(codes)
    audio = exact.astype(np.float32)
    tensor, peer = tf.constant(audio), torch.from_numpy(audio)
    error = lambda result: error_db(result, exact)  # noqa: E731
    calls: dict[str, Callable] = modes(
        "spectrotools", lambda audio: st.mu_law_decode(st.mu_law_encode(audio)), tensor
    )
    calls |= modes("plain formula, tensorflow", _plain, tensor)
    calls["torch, torchaudio's formula"] = lambda: _torch(peer)
    cases = [Case(name, call, error) for name, call in calls.items()]
    cases.append(
        Case(
            "librosa, its own convention",
            lambda: librosa.mu_expand(librosa.mu_compress(audio, mu=MU), mu=MU),
        )
    )
    title = f"mu-law encode and decode, 8 bits, {BATCH} x {SECONDS} s"
    yield compare(title, cases, BATCH * SECONDS)
