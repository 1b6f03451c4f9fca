"""The multi-scale spectral loss beside plain TensorFlow, DDSP's arithmetic, auraloss's and torch.

``python -m benchmarks losses`` prints the tables.
"""

import os
from collections.abc import Callable, Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
import torch

import spectrotools as st

from .harness import Case, compare, error_db, modes
from .plain import BATCH, RATE, SAMPLES

SIZES = (2048, 1024, 512, 256, 128, 64)
TRIPLE = ((1024, 120, 600), (2048, 240, 1200), (512, 50, 240))
FLOOR = 1e-5


def _sounds() -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, (2, BATCH, SAMPLES)).astype(np.float32)


def _errors(wanted: tf.Tensor, heard: tf.Tensor) -> tf.Tensor:
    logs = [tf.math.log(tf.maximum(magnitude, FLOOR)) for magnitude in (wanted, heard)]
    return tf.reduce_mean(tf.abs(wanted - heard)) + tf.reduce_mean(tf.abs(logs[0] - logs[1]))


def _plain(target: tf.Tensor, audio: tf.Tensor) -> tf.Tensor:
    """The best plain form seen: target and sound each by one call a size."""
    total = tf.constant(0.0)
    for size in SIZES:
        spectra = (
            tf.abs(tf.signal.stft(sound, size, size // 4, pad_end=True))
            for sound in (target, audio)
        )
        total += _errors(*spectra)
    return total


def _ddsp(target: tf.Tensor, audio: tf.Tensor) -> tf.Tensor:
    """DDSP's order of things: a spectrogram anew for each term."""
    total = tf.constant(0.0)

    def magnitude(sound: tf.Tensor, size: int) -> tf.Tensor:
        return tf.abs(tf.signal.stft(sound, size, size // 4, pad_end=True))

    for size in SIZES:
        total += tf.reduce_mean(tf.abs(magnitude(target, size) - magnitude(audio, size)))
        logs = []
        for sound in (target, audio):
            values = magnitude(sound, size)
            logs.append(tf.math.log(tf.where(values <= 0.0, FLOOR, values)))
        total += tf.reduce_mean(tf.abs(logs[0] - logs[1]))
    return total


def _torch_spectrum(
    sound: torch.Tensor, n_fft: int, hop: int, win: int, center: bool
) -> torch.Tensor:
    window = torch.hann_window(win)
    return torch.stft(sound, n_fft, hop, win, window, center=center, return_complex=True)


def _torch(target: torch.Tensor, audio: torch.Tensor) -> torch.Tensor:
    total = torch.zeros(())
    for size in SIZES:
        padded = (torch.nn.functional.pad(s, (0, size - size // 4)) for s in (target, audio))
        wanted, heard = (_torch_spectrum(s, size, size // 4, size, False).abs() for s in padded)
        logs = [torch.log(torch.clamp(m, min=FLOOR)) for m in (wanted, heard)]
        total = total + (wanted - heard).abs().mean() + (logs[0] - logs[1]).abs().mean()
    return total


def _auraloss(target: torch.Tensor, audio: torch.Tensor, sizes: tuple) -> torch.Tensor:
    """auraloss' arithmetic: convergence and log-magnitude of powers clamped at 1e-8."""
    total = torch.zeros(())
    for n_fft, hop, win in sizes:
        magnitudes = []
        for sound in (audio, target):
            spectrum = _torch_spectrum(sound, n_fft, hop, win, True)
            power = spectrum.real**2 + spectrum.imag**2
            magnitudes.append(torch.sqrt(torch.clamp(power, min=1e-8)))
        heard, wanted = magnitudes
        norms = (torch.linalg.norm(x, dim=(-2, -1)) for x in (wanted - heard, wanted))
        error, whole = norms
        total = total + (error / whole).mean() + (heard.log() - wanted.log()).abs().mean()
    return total / len(sizes)


def _graded(loss: Callable) -> Callable:
    def run(target: tf.Tensor, audio: tf.Tensor) -> tuple:
        with tf.GradientTape() as tape:
            tape.watch(audio)
            value = tf.reduce_mean(loss(target, audio))
        return value, tape.gradient(value, audio)

    return run


def _torch_graded(loss: Callable, *pair: torch.Tensor, **settings: object) -> Callable:
    target, audio = pair

    def run() -> tuple:
        leaf = audio.detach().requires_grad_()
        value = loss(target, leaf, **settings)
        value.backward()
        return value, leaf.grad

    return run


def _reference(sounds: np.ndarray) -> float:
    """The loss in NumPy float64."""
    total = 0.0
    for size in SIZES:
        window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
        padded = np.pad(sounds.astype(np.float64), [(0, 0), (0, 0), (0, size - size // 4)])
        frames = np.lib.stride_tricks.sliding_window_view(padded, size, axis=-1)
        parts = []
        for item in range(BATCH):
            spectra = np.abs(np.fft.rfft(frames[:, item, :: size // 4] * window))
            logs = np.log(np.maximum(spectra, FLOOR))
            errors = (np.mean(np.abs(pair[0] - pair[1])) for pair in (spectra, logs))
            parts.append(sum(errors))
        total += float(np.mean(parts))
    return total


def _six_scales() -> Iterator[str]:
    sounds = _sounds()
    given, peer = tf.unstack(tf.constant(sounds)), tuple(torch.from_numpy(s) for s in sounds)
    loss = st.losses.MultiScaleSpectral.preset("ddsp_log")
    expected = np.array(_reference(sounds))
    forward = {"spectrotools": loss, "plain TensorFlow": _plain, "DDSP's": _ddsp}
    error = lambda result: error_db(np.mean(np.asarray(result)), expected)  # noqa: E731
    cases = [
        Case(label, call, error)
        for name, function in forward.items()
        for label, call in modes(name, function, *given).items()
    ]
    cases.append(Case("plain torch", lambda: _torch(*peer), error))
    six = tuple((size, size // 4, size) for size in SIZES)
    cases.append(Case("auraloss's, torch, its own terms", lambda: _auraloss(*peer, sizes=six)))
    title = "Six-scale spectral loss (magnitude and logarithm), 16 x 4 s"
    yield compare(f"{title}, forward", cases, BATCH * SAMPLES / RATE, rounds=5)
    cases = [
        Case(label, call)
        for name, function in forward.items()
        for label, call in modes(name, _graded(function), *given).items()
    ]
    cases.append(Case("plain torch", _torch_graded(_torch, *peer)))
    graded = _torch_graded(_auraloss, *peer, sizes=six)
    cases.append(Case("auraloss's, torch, its own terms", graded))
    yield compare(f"{title}, forward and gradient", cases, BATCH * SAMPLES / RATE, rounds=5)


def _three_scales() -> Iterator[str]:
    sounds = _sounds()
    given, peer = tf.unstack(tf.constant(sounds)), tuple(torch.from_numpy(s) for s in sounds)
    loss = st.losses.MultiScaleSpectral.preset("auraloss")
    calls = modes("spectrotools", _graded(loss), *given)
    cases = [Case(name, call) for name, call in calls.items()]
    cases.append(Case("auraloss's, torch", _torch_graded(_auraloss, *peer, sizes=TRIPLE)))
    title = "Three-scale loss of auraloss and Parallel WaveGAN, 16 x 4 s, forward and gradient"
    yield compare(title, cases, BATCH * SAMPLES / RATE, rounds=5)


def tables() -> Iterator[str]:
    """Six scales as DDSP has them, and three as auraloss has them."""
    yield from _six_scales()
    yield from _three_scales()
