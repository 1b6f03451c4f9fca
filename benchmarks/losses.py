"""DDSP's loss of six resolutions beside plain TensorFlow, DDSP's and auraloss' arithmetic.

``python -m benchmarks losses`` prints the tables.
"""

import functools
import os
from collections.abc import Callable, Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
import torch

import spectrotools as st

from .harness import Case, compare, error_db, modes

BATCH, SAMPLES, RATE = 16, 64000, 16000
SIZES = (2048, 1024, 512, 256, 128, 64)
FLOOR = 1e-5


def _plain(logs: bool) -> Callable:
    """Plain TensorFlow: tf.signal.stft and tf.abs."""

    def loss(target: tf.Tensor, audio: tf.Tensor) -> tf.Tensor:
        total = 0.0
        for size in SIZES:
            wanted, heard = (
                tf.abs(tf.signal.stft(sound, size, size // 4, pad_end=True))
                for sound in (target, audio)
            )
            total += tf.reduce_mean(tf.abs(wanted - heard), axis=[1, 2])
            if logs:
                wanted, heard = (tf.math.log(tf.maximum(m, FLOOR)) for m in (wanted, heard))
                total += tf.reduce_mean(tf.abs(wanted - heard), axis=[1, 2])
        return total

    return loss


def _one_by_one(loss: Callable) -> Callable:
    """The same of a signal at a time, with its gradient: the best plain form under XLA."""

    def both(target: tf.Tensor, audio: tf.Tensor) -> tuple:
        spec = tf.TensorSpec([], tf.float32), tf.TensorSpec([SAMPLES], tf.float32)
        single = _with_gradient(lambda *pair: loss(*(sound[None] for sound in pair))[0])
        return tf.map_fn(lambda pair: single(*pair), (target, audio), fn_output_signature=spec)

    return both


def ddsp(logs: bool) -> Callable:
    """DDSP's arithmetic: its checks of logarithms, and one number for the batch."""

    def safe_log(magnitude: tf.Tensor) -> tf.Tensor:
        return tf.math.log(tf.where(magnitude <= 0.0, FLOOR, magnitude))

    def loss(target: tf.Tensor, audio: tf.Tensor) -> tf.Tensor:
        total = 0.0
        for size in SIZES:
            pair = [
                tf.abs(tf.signal.stft(sound, size, size // 4, size, pad_end=True))
                for sound in (target, audio)
            ]
            total += tf.reduce_mean(tf.abs(pair[0] - pair[1]))
            if logs:
                pair = [safe_log(magnitude) for magnitude in pair]
                total += tf.reduce_mean(tf.abs(pair[0] - pair[1]))
        return total

    return loss


def _torch(logs: bool) -> Callable:
    """Plain torch, its frames those of tf.signal."""
    windows = {size: torch.hann_window(size) for size in SIZES}

    def magnitudes(sound: torch.Tensor, size: int) -> torch.Tensor:
        hop = size // 4
        padded = torch.nn.functional.pad(sound, (0, size - hop))
        settings = {"window": windows[size], "center": False, "return_complex": True}
        return torch.stft(padded, size, hop, **settings).abs()

    def loss(target: torch.Tensor, audio: torch.Tensor) -> torch.Tensor:
        total = torch.zeros(len(audio))
        for size in SIZES:
            wanted, heard = magnitudes(target, size), magnitudes(audio, size)
            total = total + (wanted - heard).abs().mean((1, 2))
            if logs:
                wanted, heard = (m.clamp(min=FLOOR).log() for m in (wanted, heard))
                total = total + (wanted - heard).abs().mean((1, 2))
        return total

    return loss


def _auraloss(sizes: tuple, hops: tuple, windows: tuple) -> Callable:
    """auraloss' arithmetic: convergence and logarithms of magnitudes of at least 1e-4."""
    shapes = [torch.hann_window(win, dtype=torch.float64) for win in windows]
    grids = list(zip(sizes, hops, windows, shapes, strict=True))

    def magnitudes(sound: torch.Tensor, n_fft: int, hop: int, win: int, window: torch.Tensor):
        window = window.to(sound.dtype)
        spectrum = torch.stft(sound, n_fft, hop, win, window, return_complex=True)
        return torch.sqrt(torch.clamp(spectrum.real**2 + spectrum.imag**2, min=1e-8))

    def loss(target: torch.Tensor, audio: torch.Tensor) -> torch.Tensor:
        total = torch.zeros(len(audio))
        for grid in grids:
            wanted, heard = magnitudes(target, *grid), magnitudes(audio, *grid)
            error = torch.linalg.norm(wanted - heard, dim=(-2, -1))
            total = total + error / torch.linalg.norm(wanted, dim=(-2, -1)) / len(grids)
            logs = (wanted.log() - heard.log()).abs().mean((1, 2))
            total = total + logs / len(grids)
        return total

    return loss


def _with_gradient(loss: Callable) -> Callable:
    def both(target: tf.Tensor, audio: tf.Tensor) -> tuple:
        with tf.GradientTape() as tape:
            tape.watch(audio)
            value = loss(target, audio)
        return value, tape.gradient(value, audio)

    return both


def _torch_with_gradient(loss: Callable) -> Callable:
    def both(target: torch.Tensor, audio: torch.Tensor) -> tuple:
        leaf = audio.detach().requires_grad_()
        value = loss(target, leaf)
        value.sum().backward()
        return value.detach(), leaf.grad

    return both


def _sounds() -> tuple[np.ndarray, np.ndarray]:
    """A target of noise, and another that is a little quieter."""
    pair = np.random.default_rng(0).uniform(-1, 1, (2, BATCH, SAMPLES)).astype(np.float32)
    return pair[0], np.float32(0.8) * pair[1]


def _exact(target: np.ndarray, audio: np.ndarray, logs: bool) -> np.ndarray:
    """The loss of each signal in float64 by NumPy."""
    total = np.zeros(len(audio))
    for size in SIZES:
        window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
        for n, pair in enumerate(zip(target, audio, strict=True)):
            padded = (np.pad(sound.astype(np.float64), (0, size - size // 4)) for sound in pair)
            frames = (np.lib.stride_tricks.sliding_window_view(p, size) for p in padded)
            wanted, heard = (np.abs(np.fft.rfft(f[:: size // 4] * window)) for f in frames)
            total[n] += np.mean(np.abs(wanted - heard))
            if logs:
                wanted, heard = (np.log(np.maximum(m, FLOOR)) for m in (wanted, heard))
                total[n] += np.mean(np.abs(wanted - heard))
    return total


def _ddsp_tables(preset: str, logs: bool) -> Iterator[str]:
    target, audio = _sounds()
    reference = _exact(target, audio, logs)
    pair = tf.constant(target), tf.constant(audio)
    peers = torch.from_numpy(target), torch.from_numpy(audio)
    ours, plain, peer = st.losses.MultiScaleSpectral.preset(preset), _plain(logs), ddsp(logs)
    forms: list[tuple[str, Callable, Callable]] = [
        ("forward", lambda loss: loss, lambda loss: loss),
        ("forward and gradient", _with_gradient, _torch_with_gradient),
    ]

    def error(result: object) -> float:
        value = result[0] if isinstance(result, tuple) else result
        expected = reference if np.ndim(value) else reference.mean()
        return error_db(np.asarray(value), expected)

    for step, wrap, wrap_torch in forms:
        calls = modes("spectrotools", wrap(ours), *pair)
        calls |= modes("plain tf.signal", wrap(plain), *pair)
        if wrap is _with_gradient:
            single = modes("plain tf.signal, a signal at a time,", _one_by_one(plain), *pair)
            calls |= {name: call for name, call in single.items() if name.endswith("XLA")}
        calls |= modes("DDSP's arithmetic", wrap(peer), *pair)
        calls["plain torch"] = functools.partial(wrap_torch(_torch(logs)), *peers)
        cases = [Case(name, call, error) for name, call in calls.items()]
        title = f"Spectral loss, preset {preset!r}, {BATCH} x {SAMPLES // RATE} s, {step}"
        yield compare(title, cases, BATCH * SAMPLES / RATE, rounds=5)


def _auraloss_tables() -> Iterator[str]:
    """Its own three resolutions, and its arithmetic on the six of DDSP."""
    target, audio = _sounds()
    pair = tf.constant(target), tf.constant(audio)
    peers = torch.from_numpy(target), torch.from_numpy(audio)
    six = tuple(st.STFT(n_fft=n, hop_length=n // 4, convention="torch") for n in SIZES)
    weights = {"magnitude": 0.0, "convergence": 1.0, "least": 1e-4, "over_scales": "mean"}
    losses = {
        "its three resolutions": (
            st.losses.MultiScaleSpectral.preset("auraloss"),
            _auraloss((1024, 2048, 512), (120, 240, 50), (600, 1200, 240)),
        ),
        "six resolutions": (
            st.losses.MultiScaleSpectral(six, **weights),
            _auraloss(SIZES, tuple(n // 4 for n in SIZES), SIZES),
        ),
    }
    for name, (ours, peer) in losses.items():
        reference = np.asarray(peer(*(sound.double() for sound in peers)))

        def error(result: tuple, reference: np.ndarray = reference) -> float:
            return error_db(np.asarray(result[0]), reference)

        calls: dict[str, Callable] = modes("spectrotools", _with_gradient(ours), *pair)
        calls["auraloss' arithmetic, torch"] = functools.partial(
            _torch_with_gradient(peer), *peers
        )
        cases = [Case(title, call, error) for title, call in calls.items()]
        size = f"{BATCH} x {SAMPLES // RATE} s, forward and gradient"
        yield compare(f"auraloss' loss, {name}, {size}", cases, BATCH * SAMPLES / RATE, rounds=5)


def tables() -> Iterator[str]:
    """DDSP's loss without and with logarithms, and auraloss'."""
    yield from _ddsp_tables("ddsp", logs=False)
    yield from _ddsp_tables("ddsp_log", logs=True)
    yield from _auraloss_tables()
