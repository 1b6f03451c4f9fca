"""Recursive filters beside those of SciPy, and beside frequency sampling in torch.

``python -m benchmarks filters`` prints the tables. Beside the sequential filters of SciPy is the
form that dasp and others take to differentiate: frequency sampling, by one transform.
"""

import os
from collections.abc import Callable, Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import scipy.signal
import tensorflow as tf
import torch

import spectrotools as st

from .harness import Case, compare, error_db, modes
from .plain import BATCH, RATE, SAMPLES

HARD = {
    "pole at 0.9999": np.array([[1, 0, 0, 1, -2 * 0.9999 * np.cos(0.3), 0.9999**2]]),
    "low-pass at 30 Hz": scipy.signal.butter(2, 30, fs=48000, output="sos"),
    "high-pass at 38 Hz": scipy.signal.butter(2, 38, "high", fs=48000, output="sos"),
    "eight poles at 100 Hz": scipy.signal.cheby1(8, 1, 100, fs=48000, output="sos"),
    "band of 10 Hz": scipy.signal.butter(4, [50, 60], "band", fs=48000, output="sos"),
}
HOP = 64
ORDER = 16


def _with_gradient(function: Callable) -> Callable:
    def both(*tensors: tf.Tensor) -> tuple:
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            value = tf.reduce_sum(function(*tensors) ** 2)
        return value, tape.gradient(value, tensors)

    return both


def _sampled(audio: torch.Tensor, sos: torch.Tensor) -> torch.Tensor:
    """Sections by the samples of their response, over twice the signal: what rings on wraps."""
    n_fft = 2 * audio.shape[-1]
    response = torch.ones(n_fft // 2 + 1, dtype=torch.complex64)
    for row in sos:
        response = response * torch.fft.rfft(row[:3], n_fft) / torch.fft.rfft(row[3:], n_fft)
    return torch.fft.irfft(torch.fft.rfft(audio, n_fft) * response, n_fft)[:, : audio.shape[-1]]


def _sampled_gradient(audio: torch.Tensor, sos: torch.Tensor) -> tuple:
    leaves = audio.detach().requires_grad_(), sos.detach().requires_grad_()
    value = (_sampled(*leaves) ** 2).sum()
    value.backward()
    return value, [leaf.grad for leaf in leaves]


def _cascades() -> Iterator[str]:
    """One section and six, of coefficients that stay."""
    rng = np.random.default_rng(0)
    audio = rng.uniform(-1, 1, (BATCH, SAMPLES)).astype(np.float32)
    wide = audio.astype(np.float64)
    for count in (1, 6):
        sos = scipy.signal.butter(2 * count, 0.05, output="sos")
        expected = scipy.signal.sosfilt(sos, wide)
        given = tf.constant(audio), tf.constant(sos)
        peer = torch.from_numpy(audio), torch.from_numpy(sos.astype(np.float32))
        error = lambda result, expected=expected: error_db(result, expected)  # noqa: E731
        calls = modes("sosfilt", st.sosfilt, *given)
        calls["torch, frequency sampling"] = lambda peer=peer: _sampled(*peer)
        calls["scipy.signal.sosfilt, float64"] = lambda sos=sos: scipy.signal.sosfilt(sos, wide)
        cases = [Case(name, call, error) for name, call in calls.items()]
        title = f"{count} second-order section{'s' * (count > 1)}, {BATCH} x {SAMPLES}"
        yield compare(f"{title}, forward", cases, BATCH * SAMPLES / RATE)
        calls = modes("sosfilt", _with_gradient(st.sosfilt), *given)
        calls["torch, frequency sampling"] = lambda peer=peer: _sampled_gradient(*peer)
        cases = [Case(name, call) for name, call in calls.items()]
        yield compare(f"{title}, forward and gradient", cases, BATCH * SAMPLES / RATE)


def _changing() -> Iterator[str]:
    """An all-pole filter of speech, of new coefficients every hop, beside SciPy hop by hop."""
    rng = np.random.default_rng(0)
    frames, batch = SAMPLES // HOP, 4
    audio = rng.uniform(-1, 1, (batch, SAMPLES)).astype(np.float32)
    radius = rng.uniform(0.5, 0.98, (batch, frames, ORDER // 2))
    poles = radius * np.exp(1j * np.linspace(0.2, 2.9, ORDER // 2))
    poles = np.concatenate([poles, poles.conj()], axis=-1).reshape(-1, ORDER)
    a = np.stack([np.poly(row).real for row in poles]).reshape(batch, frames, ORDER + 1)
    one = np.ones([1, 1])

    def hop_by_hop() -> np.ndarray:
        result = np.zeros([batch, SAMPLES])
        for i in range(batch):
            for frame in range(frames):
                begin, end = frame * HOP, (frame + 1) * HOP
                past = result[i, max(begin - ORDER, 0) : begin][::-1]
                zi = scipy.signal.lfiltic([1.0], a[i, frame], past)
                block = audio[i, begin:end].astype(np.float64)
                result[i, begin:end], _ = scipy.signal.lfilter([1.0], a[i, frame], block, zi=zi)
        return result

    expected = hop_by_hop()

    def ours(audio: tf.Tensor, a: tf.Tensor) -> tf.Tensor:
        return st.lfilter(audio, one, a, hop_length=HOP)

    error = lambda result: error_db(result, expected)  # noqa: E731
    calls = modes("lfilter", ours, tf.constant(audio), tf.constant(a))
    calls["scipy.signal.lfilter hop by hop, float64"] = hop_by_hop
    title = f"{ORDER} poles that change every {HOP} samples, {batch} x {SAMPLES}"
    cases = [Case(name, call, error) for name, call in calls.items()]
    yield compare(f"{title}, forward", cases, batch * SAMPLES / RATE, 3)
    calls = modes("lfilter", _with_gradient(ours), tf.constant(audio), tf.constant(a))
    cases = [Case(name, call) for name, call in calls.items()]
    yield compare(f"{title}, forward and gradient", cases, batch * SAMPLES / RATE, 3)


def _hard() -> Iterator[str]:
    """Errors against SciPy in float64, of noise of 100 000 samples."""
    rng = np.random.default_rng(0)
    audio = rng.uniform(-1, 1, (2, 100_003))
    single = audio.astype(np.float32)
    lines = [
        "### Filters of poles near the unit circle, largest error against scipy.signal.sosfilt\n",
        "| filter | float64 | float32 | torch, frequency sampling, float32 |",
        "|---|---:|---:|---:|",
    ]
    for name, sos in HARD.items():
        expected = scipy.signal.sosfilt(sos, audio)
        rounded = scipy.signal.sosfilt(sos, single.astype(np.float64))
        peer = _sampled(torch.from_numpy(single), torch.from_numpy(sos.astype(np.float32)))
        errors = (
            error_db(st.sosfilt(audio, sos), expected),
            error_db(st.sosfilt(single, sos), rounded),
            error_db(peer, rounded),
        )
        lines.append(f"| {name} | " + " | ".join(f"{error:.0f} dB" for error in errors) + " |")
    yield "\n".join(lines) + "\n"


def tables() -> Iterator[str]:
    """Exactness on hard filters; cascades that stay; a filter that changes."""
    yield from _hard()
    yield from _cascades()
    yield from _changing()
