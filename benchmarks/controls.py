"""Controls at samples beside DDSP's and torch; glides and envelopes beside SciPy and NumPy.

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
from .plain import BATCH, FRAMES, HOP, RATE, SAMPLES

CHANNELS = 100
LATE = (
    "torch puts a frame into the middle of its segment, half a hop later than all others do: "
    "its values are others, and have no error here."
)


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
    yield compare(f"{title}, forward", cases, BATCH * SAMPLES / RATE, rounds, LATE)
    cases = [
        Case(name, call)
        for label, (function, _) in contenders.items()
        for name, call in modes(
            label, _with_gradient(function, tf.constant(upstream)), tf.constant(frames)
        ).items()
    ]
    cases.append(Case("torch interpolate", lambda: _torch_gradient(peer, peer_upstream)))
    yield compare(f"{title}, forward and gradient", cases, BATCH * SAMPLES / RATE, rounds, LATE)


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


def _notes() -> dict[str, np.ndarray]:
    """Settings of a note for every signal, s; all are let go while they sustain."""
    rng = np.random.default_rng(0)
    ranges = {
        "attack_seconds": (0.05, 0.5),
        "decay_seconds": (0.1, 0.5),
        "sustain": (0.3, 0.8),
        "release_seconds": (0.2, 0.8),
        "note_seconds": (1.5, 3.0),
    }
    return {name: rng.uniform(*ends, BATCH).astype(np.float32) for name, ends in ranges.items()}


def _interpolated(levels: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """numpy.interp of every signal, float64."""
    places = np.pad(np.cumsum(seconds.astype(np.float64), axis=1), ((0, 0), (1, 0)))
    time = np.arange(SAMPLES) / RATE
    pairs = zip(places, levels.astype(np.float64), strict=True)
    return np.stack([np.interp(time, place, level) for place, level in pairs])


def _ramps(levels: tf.Tensor, seconds: tf.Tensor) -> tf.Tensor:
    """Plain TensorFlow: a sum of ramps, one after the other."""
    time = tf.range(SAMPLES, dtype=tf.float32) / RATE
    starts = tf.cumsum(seconds, axis=1, exclusive=True)
    envelope = levels[:, :1] + tf.zeros_like(time)
    for i in range(seconds.shape[1]):
        place = (time - starts[:, i, None]) / seconds[:, i, None]
        rise = (levels[:, i + 1] - levels[:, i])[:, None]
        envelope += rise * tf.clip_by_value(place, 0.0, 1.0)
    return envelope


def _envelopes() -> Iterator[str]:
    """A note and the same by its breakpoints, beside plain ramps and numpy.interp."""
    notes = _notes()
    attack, decay, sustain, release, held = (part.astype(np.float64) for part in notes.values())
    zero = np.zeros(BATCH)
    levels = np.stack([zero, zero + 1, sustain, sustain, zero], axis=1)
    seconds = np.stack([attack, decay, held - attack - decay, release], axis=1)
    grid = {"sample_rate": RATE, "length": SAMPLES}
    given = tf.constant(levels, tf.float32), tf.constant(seconds, tf.float32)
    calls = modes(
        "adsr", lambda *parts: st.adsr(*parts, **grid), *map(tf.constant, notes.values())
    )
    calls |= modes(
        "breakpoint_envelope", lambda *parts: st.breakpoint_envelope(*parts, **grid), *given
    )
    calls |= modes("plain ramps, TensorFlow", _ramps, *given)
    calls["numpy.interp, float64"] = lambda: _interpolated(levels, seconds)
    expected = _interpolated(levels, seconds)
    cases = [
        Case(name, call, lambda result: error_db(result, expected)) for name, call in calls.items()
    ]
    yield compare(f"Notes, {BATCH} x {SAMPLES} values", cases, BATCH * SAMPLES / RATE)


def tables() -> Iterator[str]:
    """Controls of one channel and of many; a glide and envelopes at every sample."""
    yield from _upsampling(1)
    yield from _upsampling(CHANNELS)
    yield from _gliding()
    yield from _envelopes()
