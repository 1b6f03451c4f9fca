"""Controls brought to samples, beside DDSP's arithmetic and torch; envelopes beside SciPy.

``python -m benchmarks controls`` prints the tables.
"""

import os
from collections.abc import Callable, Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import scipy.interpolate
import scipy.signal
import tensorflow as tf
import torch

import spectrotools as st

from .harness import Case, compare, error_db, modes

BATCH, FRAMES, CHANNELS, HOP, RATE = 16, 1000, 100, 64, 16000
SAMPLES = FRAMES * HOP


def _resized(controls: tf.Tensor) -> tf.Tensor:
    """DDSP's linear: TensorFlow's legacy resize of an image one pixel wide."""
    return tf.compat.v1.image.resize(controls[:, :, None], [SAMPLES, 1], method="bilinear")[
        :, :, 0
    ]


def _windowed(controls: tf.Tensor) -> tf.Tensor:
    """DDSP's window: every frame weighs a Hann window of two hops, which overlap by one."""
    held = tf.concat([controls, controls[:, -1:]], axis=1)
    windows = tf.transpose(held, [0, 2, 1])[..., None] * tf.signal.hann_window(2 * HOP)
    summed = tf.signal.overlap_and_add(windows, HOP)
    return tf.transpose(summed, [0, 2, 1])[:, HOP:-HOP]


def _torch(controls: torch.Tensor) -> torch.Tensor:
    """Linear, by half a hop late: torch puts frames into the middle of their segments."""
    return torch.nn.functional.interpolate(controls, size=SAMPLES, mode="linear")


def _with_gradient(function: Callable, upstream: tf.Tensor) -> Callable:
    def both(controls: tf.Tensor) -> tuple:
        with tf.GradientTape() as tape:
            tape.watch(controls)
            result = function(controls)
        return result, tape.gradient(result, controls, output_gradients=upstream)

    return both


def _torch_gradient(controls: torch.Tensor, upstream: torch.Tensor) -> torch.Tensor:
    leaf = controls.detach().requires_grad_()
    _torch(leaf).backward(upstream)
    return leaf.grad


def _references(frames: np.ndarray) -> dict[str, np.ndarray]:
    held = np.concatenate([frames, frames[:, -1:]], axis=1).astype(np.float64)
    line = scipy.interpolate.interp1d(np.arange(FRAMES + 1), held, axis=1)
    whole, part = np.divmod(np.arange(SAMPLES) / HOP, 1.0)
    return {
        "linear": line(whole + part),
        "cosine": line(whole + np.sin(np.pi * part / 2) ** 2),
    }


def _upsampling(channels: int) -> Iterator[str]:
    """Frames to samples, forward, and forward and gradient; one channel has no axis here."""
    rng = np.random.default_rng(0)
    frames = rng.uniform(0, 1, (BATCH, FRAMES, channels)).astype(np.float32)
    upstream = rng.standard_normal((BATCH, SAMPLES, channels)).astype(np.float32)
    peer = torch.from_numpy(frames).mT.contiguous()
    peer_upstream = torch.from_numpy(upstream).mT.contiguous()

    def ours(method: str, hop_length: float = HOP) -> Callable:
        def call(controls: tf.Tensor) -> tf.Tensor:
            if channels > 1:
                return st.upsample(
                    controls, hop_length=hop_length, length=SAMPLES, method=method, channels=True
                )
            flat = st.upsample(
                controls[..., 0], hop_length=hop_length, length=SAMPLES, method=method
            )
            return flat[..., None]

        return call

    contenders = {
        "spectrotools linear": (ours("linear"), "linear"),
        "spectrotools cosine": (ours("cosine"), "cosine"),
        "spectrotools cubic": (ours("cubic"), None),
        "spectrotools linear, broken hop": (ours("linear", (SAMPLES - 1) / (FRAMES - 1)), None),
        "DDSP's linear": (_resized, "linear"),
        "DDSP's window": (_windowed, "cosine"),
    }
    # The references of 100 channels would be gigabytes; one tells the error of all.
    references = _references(frames) if channels == 1 else {}

    def error(kind: str | None) -> Callable | None:
        reference = references.get(kind or "")
        return None if reference is None else lambda result: error_db(result, reference)

    cases = [
        Case(name, call, error(kind))
        for label, (function, kind) in contenders.items()
        for name, call in modes(label, function, tf.constant(frames)).items()
    ]
    cases.append(Case("torch interpolate", lambda: _torch(peer)))
    title = f"Controls, {BATCH} x {FRAMES} frames x {channels} to {SAMPLES} samples"
    rounds = 9 if channels == 1 else 3
    yield compare(f"{title}, forward", cases, BATCH * SAMPLES / RATE, rounds)
    cases = [
        Case(name, call)
        for label, (function, _) in contenders.items()
        for name, call in modes(
            label, _with_gradient(function, tf.constant(upstream)), tf.constant(frames)
        ).items()
    ]
    cases.append(Case("torch interpolate", lambda: _torch_gradient(peer, peer_upstream)))
    yield compare(f"{title}, forward and gradient", cases, BATCH * SAMPLES / RATE, rounds)


def _gliding() -> Iterator[str]:
    f0_hz = np.random.default_rng(0).uniform(100, 400, (BATCH, SAMPLES))
    a, pitch = np.exp(-1 / (0.05 * RATE)), np.log2(f0_hz)

    def filtered() -> np.ndarray:
        return 2 ** scipy.signal.lfilter([1 - a], [1, -a], pitch, zi=a * pitch[:, :1])[0]

    reference = filtered()
    calls = modes(
        "spectrotools exponential",
        lambda pitch: st.glide(pitch, 0.05, sample_rate=RATE),
        tf.constant(f0_hz, tf.float32),
    )
    error = lambda result: error_db(result, reference)  # noqa: E731
    cases = [Case(name, call, error) for name, call in calls.items()]
    cases.append(Case("scipy.signal.lfilter, float64", filtered, error))
    yield compare(f"Glide, {BATCH} x {SAMPLES} values", cases, BATCH * SAMPLES / RATE)


def tables() -> Iterator[str]:
    """Controls of one channel and of many; a glide at every sample."""
    yield from _upsampling(1)
    yield from _upsampling(CHANNELS)
    yield from _gliding()
