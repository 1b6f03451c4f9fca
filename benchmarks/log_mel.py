"""Log-mel spectrograms beside torch, librosa and nnAudio; magnitudes back from them.

``python -m benchmarks log_mel`` prints the tables.
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

BATCH, SECONDS, RATE, MELS = 16, 4, 16000, 128


def _torch(bank: np.ndarray) -> Callable[[torch.Tensor], torch.Tensor]:
    window = torch.hann_window(1024)
    matrix = torch.from_numpy(bank.astype(np.float32))

    def log_mel(audio: torch.Tensor) -> torch.Tensor:
        spectrum = torch.stft(audio, 1024, 256, window=window, return_complex=True)
        return torch.log(torch.clamp(spectrum.abs().mT @ matrix, min=1e-5))

    return log_mel


def tables() -> Iterator[str]:
    """Forward, forward and gradient, and the pseudo-inverse, of 16 clips of 4 s."""
    stft = st.STFT(n_fft=1024, hop_length=256, convention="torch")
    mel = st.LogMel(stft, sample_rate=RATE, n_mels=MELS)
    audio = np.random.default_rng(0).uniform(-1, 1, (BATCH, SECONDS * RATE)).astype(np.float32)
    tensor, peer, torchs = tf.constant(audio), torch.from_numpy(audio), _torch(mel.filterbank)
    reference = torchs(peer).numpy()

    def plain(audio: tf.Tensor) -> tf.Tensor:
        padded = tf.pad(audio, [[0, 0], [512, 512]], "REFLECT")
        magnitude = tf.abs(tf.signal.stft(padded, 1024, 256))
        bank = tf.constant(mel.filterbank, tf.float32)
        return tf.math.log(tf.maximum(magnitude @ bank, 1e-5))

    def librosas() -> np.ndarray:
        bands = librosa.feature.melspectrogram(
            y=audio,
            sr=RATE,
            n_fft=1024,
            hop_length=256,
            n_mels=MELS,
            power=1.0,
            pad_mode="reflect",
        )
        return np.log(np.maximum(bands, 1e-5)).swapaxes(-1, -2)

    calls = modes("spectrotools", mel, tensor)
    calls |= modes("plain tf.signal", plain, tensor)
    calls["torch, torchaudio's arithmetic"] = lambda: torchs(peer)
    calls["librosa"] = librosas
    error = lambda result: error_db(np.asarray(result), reference)  # noqa: E731
    cases = [Case(name, call, error) for name, call in calls.items()]
    title = f"Log-mel, {MELS} bands, 1024/256, {BATCH} x {SECONDS} s"
    yield compare(f"{title}, forward", cases, BATCH * SECONDS)

    def with_gradient(function: Callable) -> Callable:
        def both(point: tf.Tensor) -> tuple:
            with tf.GradientTape() as tape:
                tape.watch(point)
                result = function(point)
            return result, tape.gradient(result, point)

        return both

    def torch_gradient() -> torch.Tensor:
        leaf = peer.detach().requires_grad_()
        torchs(leaf).sum().backward()
        return leaf.grad

    calls = modes("spectrotools", with_gradient(mel), tensor)
    calls |= modes("plain tf.signal", with_gradient(plain), tensor)
    calls["torch, torchaudio's arithmetic"] = torch_gradient
    cases = [Case(name, call) for name, call in calls.items()]
    yield compare(f"{title}, forward and gradient", cases, BATCH * SECONDS)

    log_mel = mel(tensor)
    calls = modes("spectrotools nnls", mel.pseudo_inverse, log_mel)
    bands = np.exp(log_mel.numpy()).swapaxes(-1, -2)
    calls["librosa.util.nnls"] = lambda: librosa.util.nnls(mel.filterbank.T, bands).swapaxes(
        -1, -2
    )
    residual = lambda found: _residual_db(np.asarray(found), mel.filterbank, bands)  # noqa: E731
    cases = [Case(name, call, residual) for name, call in calls.items()]
    title = (
        f"Magnitudes from log-mel, {BATCH} x {SECONDS} s; the error is the residual of the bands"
    )
    yield compare(title, cases, BATCH * SECONDS, rounds=1)


def _residual_db(magnitudes: np.ndarray, bank: np.ndarray, bands: np.ndarray) -> float:
    wanted = bands.swapaxes(-1, -2)
    return float(
        20 * np.log10(np.linalg.norm(magnitudes @ bank - wanted) / np.linalg.norm(wanted))
    )
