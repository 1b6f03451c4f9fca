"""Resampling beside soxr, SciPy, and the formulas of torchaudio and julius in torch.

``python -m benchmarks resampling`` prints the tables.
"""

import functools
import os
from collections.abc import Callable, Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import scipy.signal
import soxr
import tensorflow as tf
import torch

import spectrotools as st

from .harness import Case, compare, error_db, modes

BATCH, SECONDS, EDGE = 8, 2, 0.02
PAIRS = ((48000, 44100), (44100, 48000), (48000, 16000), (16000, 48000), (22050, 16000))
NOTE = (
    "Each signal is a sum of sines below 0.8 of the lower Nyquist frequency, and its error that "
    "beside the same sines at the new rate, without {edge:g} s at the ends. torchaudio's and "
    "julius's are their formulas and defaults, as the strided convolution in torch that both use."
)


def _sines(rate: int, highest_hz: float) -> np.ndarray:
    """The same 20 sines a signal at any rate."""
    rng = np.random.default_rng(0)
    frequencies = rng.uniform(20.0, highest_hz, (BATCH, 20, 1))
    phases = rng.uniform(0, 2 * np.pi, (BATCH, 20, 1))
    time = np.arange(SECONDS * rate) / rate
    waves = (
        np.sin(2 * np.pi * f * time + p)
        for f, p in zip(*map(_by_sine, (frequencies, phases)), strict=True)
    )
    return sum(waves) / 20


def _by_sine(values: np.ndarray) -> np.ndarray:
    return np.moveaxis(values, 1, 0)


def _strided(kernel: np.ndarray, source: int, target: int, width: int) -> Callable:
    """A convolution of stride ``source`` to ``target`` channels, which are then interleaved."""
    taps = torch.tensor(kernel[:, None], dtype=torch.float32)

    def call(audio: torch.Tensor) -> torch.Tensor:
        length = -(-audio.shape[-1] * target // source)
        padded = torch.nn.functional.pad(audio[:, None], (width, width + source))
        phases = torch.nn.functional.conv1d(padded, taps, stride=source)
        return phases.mT.reshape(len(audio), -1)[:, :length]

    return call


def _torchaudio(source: int, target: int, zeros: int = 6, rolloff: float = 0.99) -> Callable:
    """``torchaudio.functional.resample``: Hann's window over 6 zeros of a sinc."""
    base = min(source, target) * rolloff
    width = int(np.ceil(zeros * source / base))
    place = np.arange(-width, width + source) / source - np.arange(target)[:, None] / target
    place = np.clip(place * base, -zeros, zeros)
    kernel = np.sinc(place) * np.cos(np.pi * place / zeros / 2) ** 2 * base / source
    return _strided(kernel, source, target, width)


def _julius(source: int, target: int, zeros: int = 24, rolloff: float = 0.945) -> Callable:
    """``julius.resample_frac``: the same over 24 zeros, each phase divided by its sum."""
    base = min(source, target) * rolloff
    width = int(np.ceil(zeros * source / base))
    place = np.arange(-width, width + source) / source - np.arange(target)[:, None] / target
    place = np.clip(place * base, -zeros, zeros)
    kernel = np.sinc(place) * np.cos(np.pi * place / zeros / 2) ** 2
    return _strided(kernel / kernel.sum(axis=1, keepdims=True), source, target, width)


def _with_gradient(function: Callable, upstream: tf.Tensor) -> Callable:
    def both(audio: tf.Tensor) -> tuple:
        with tf.GradientTape() as tape:
            tape.watch(audio)
            result = function(audio)
        return result, tape.gradient(result, audio, output_gradients=upstream)

    return both


def _torch_gradient(function: Callable, audio: torch.Tensor, upstream: torch.Tensor) -> None:
    leaf = audio.detach().requires_grad_()
    function(leaf).backward(upstream)


def _pair(source: int, target: int) -> Iterator[str]:
    highest_hz = 0.4 * min(source, target)
    audio, expected = (_sines(rate, highest_hz) for rate in (source, target))
    single, edge = audio.astype(np.float32), int(EDGE * target)
    divisor = int(np.gcd(source, target))
    reduced = source // divisor, target // divisor
    ours = functools.partial(st.resample, sample_rate=source, target_rate=target)
    peers = {"torchaudio's": _torchaudio(*reduced), "julius's": _julius(*reduced)}
    given = torch.tensor(single)

    def error(result: object) -> float:
        return error_db(np.asarray(result)[:, edge:-edge], expected[:, edge:-edge])

    calls: dict[str, Callable] = modes("spectrotools", ours, tf.constant(single))
    for name, function in peers.items():
        calls[f"{name}, torch"] = functools.partial(function, given)
    for quality in ("HQ", "VHQ"):
        calls[f"soxr {quality}"] = lambda quality=quality: (
            soxr.resample(single.T, source, target, quality=quality).T
        )
    calls["scipy.signal.resample_poly"] = lambda: scipy.signal.resample_poly(
        single, reduced[1], reduced[0], axis=1
    )
    cases = [Case(name, call, error) for name, call in calls.items()]
    title = f"Resampling, {BATCH} x {SECONDS} s, {source} to {target} Hz"
    note, seconds = NOTE.format(edge=EDGE), BATCH * SECONDS
    yield compare(f"{title}, forward", cases, seconds, rounds=5, note=note)
    upstream = np.random.default_rng(1).standard_normal(expected.shape).astype(np.float32)
    both = _with_gradient(ours, tf.constant(upstream))
    calls = modes("spectrotools", both, tf.constant(single))
    for name, function in peers.items():
        back = functools.partial(_torch_gradient, function, given, torch.tensor(upstream))
        calls[f"{name}, torch"] = back
    cases = [Case(name, call) for name, call in calls.items()]
    yield compare(f"{title}, forward and gradient", cases, seconds, rounds=3, note=note)


def tables() -> Iterator[str]:
    """The usual pairs of rates."""
    for pair in PAIRS:
        yield from _pair(*pair)
