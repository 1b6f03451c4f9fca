"""Delays beside DDSP's and a plain gather, compressors beside loops in torch and NumPy, shapers.

``python -m benchmarks effects`` prints the tables.
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

LONGEST = 400  # samples: the 25 ms of DDSP's modulated delay
SHORT = 4000  # samples of its table of frames, which grows with their product
TIMES = {"threshold_db": -30.0, "ratio": 4.0, "attack_seconds": 0.005, "release_seconds": 0.1}


def _frames(audio: tf.Tensor, phase: tf.Tensor) -> tf.Tensor:
    """DDSP's variable_length_delay: every sample's past is a table that is read by its phase."""
    padded = tf.pad(audio, [[0, 0], [LONGEST - 1, 0]])
    past = tf.signal.frame(padded, LONGEST, 1)[..., ::-1]
    table = tf.concat([past, past[..., :1]], axis=-1)
    distance = tf.abs(phase[..., None] - tf.linspace(0.0, 1.0, LONGEST + 1)) * LONGEST
    return tf.reduce_sum(tf.nn.relu(1.0 - distance) * table, axis=-1)


def _gather(audio: tf.Tensor, phase: tf.Tensor) -> tf.Tensor:
    """Plain TensorFlow: two gathers and a line."""
    place = tf.range(audio.shape[1], dtype=tf.float32) + (LONGEST + 1.0) - phase * LONGEST
    line, whole = tf.pad(audio, [[0, 0], [LONGEST + 1, 0]]), tf.floor(place)
    index = tf.cast(whole, tf.int32)
    first = tf.gather(line, index, batch_dims=1)
    second = tf.gather(line, tf.minimum(index + 1, line.shape[1] - 1), batch_dims=1)
    return first + (place - whole) * (second - first)


def _interpolated(audio: np.ndarray, late: np.ndarray) -> np.ndarray:
    """numpy.interp of every signal, float64."""
    places = np.arange(-1, audio.shape[1])
    padded = np.pad(audio.astype(np.float64), ((0, 0), (1, 0)))
    time = np.arange(audio.shape[1])
    pairs = zip(padded, late, strict=True)
    return np.stack([np.interp(time - d, places, x, left=0.0) for x, d in pairs])


def _delays() -> Iterator[str]:
    rng = np.random.default_rng(0)
    audio = rng.standard_normal((BATCH, SAMPLES)).astype(np.float32)
    turns = 0.7 * np.arange(SAMPLES) / RATE + rng.uniform(0, 1, (BATCH, 1))
    phase = (0.5 + 0.4 * np.sin(2 * np.pi * turns)).astype(np.float32)
    for batch, length in ((1, SHORT), (BATCH, SAMPLES)):
        sound, place = audio[:batch, :length], phase[:batch, :length]
        reference = _interpolated(sound, place.astype(np.float64) * LONGEST)
        given = tf.constant(sound), tf.constant(place)
        calls = modes(
            "spectrotools linear",
            lambda x, p: st.variable_length_delay(x, p, max_length=LONGEST),
            *given,
        )
        cubic = modes(
            "spectrotools cubic",
            lambda x, p: st.delay(x, p * LONGEST, max_delay=LONGEST, interpolation="cubic"),
            *given,
        )
        calls |= modes("plain gather, TensorFlow", _gather, *given)
        if length == SHORT:
            calls |= modes("DDSP's frames", _frames, *given)
        calls["numpy.interp, float64"] = lambda: _interpolated(sound, place * LONGEST)  # noqa: B023
        cases = [
            Case(name, call, lambda result: error_db(result, reference))  # noqa: B023
            for name, call in calls.items()
        ]
        cases += [Case(name, call) for name, call in cubic.items()]
        title = f"Delay that changes, up to {LONGEST} samples, {batch} x {length}"
        yield compare(title, cases, batch * length / RATE)


def _sweeps() -> Iterator[str]:
    """One sweep for all, and a comb whose delay stands still beside SciPy's filter."""
    audio = np.random.default_rng(0).standard_normal((BATCH, SAMPLES)).astype(np.float32)
    sound, still = tf.constant(audio), {"rate_hz": 0.0, "depth_ms": 0.0, "center_ms": 1.0}
    late = RATE // 1000
    comb = np.eye(1, late + 1, k=late)[0], np.r_[1.0, np.zeros(late - 1), -0.5]

    def filtered() -> np.ndarray:
        return scipy.signal.lfilter(*comb, audio.astype(np.float64))

    reference = filtered()
    fed_back = modes(
        "flanger that stands still",
        lambda x: st.flanger(x, sample_rate=RATE, feedback=0.5, mix=1.0, **still),
        sound,
    )
    fed_back["scipy.signal.lfilter, float64"] = filtered
    cases = [
        Case(name, call, lambda result: error_db(result, reference))
        for name, call in fed_back.items()
    ]
    for effect in (st.vibrato, st.chorus, st.flanger):
        calls = modes(effect.__name__, lambda x, e=effect: e(x, sample_rate=RATE), sound)
        cases += [Case(name, call) for name, call in calls.items()]
    yield compare(f"Sweeps, {BATCH} x {SAMPLES}", cases, BATCH * SAMPLES / RATE, 5)


def _wanted(audio: np.ndarray) -> np.ndarray:
    level = 20 * np.log10(np.maximum(np.abs(audio.astype(np.float64)), 1e-10))
    return np.maximum(level - TIMES["threshold_db"], 0) * (1 - 1 / TIMES["ratio"])


def _decays() -> tuple[float, float]:
    times = TIMES["attack_seconds"], TIMES["release_seconds"]
    attack, release = (float(np.exp(-1 / (seconds * RATE))) for seconds in times)
    return attack, release


def _in_numpy(audio: np.ndarray) -> np.ndarray:
    """One sample of all signals after the other, float64."""
    (attack, release), wanted = _decays(), _wanted(audio).T.copy()
    peak = smooth = np.zeros(len(audio))
    taken = np.zeros_like(wanted)
    for n, x in enumerate(wanted):
        peak = np.maximum(x, release * peak + (1 - release) * x)
        smooth = attack * smooth + (1 - attack) * peak
        taken[n] = smooth
    return audio * 10 ** (-taken.T / 20)


@torch.jit.script
def _scripted(wanted: torch.Tensor, attack: float, release: float) -> torch.Tensor:
    peak = torch.zeros_like(wanted[0])
    smooth = torch.zeros_like(wanted[0])
    taken = torch.empty_like(wanted)
    for n in range(wanted.shape[0]):
        peak = torch.maximum(wanted[n], release * peak + (1.0 - release) * wanted[n])
        smooth = attack * smooth + (1.0 - attack) * peak
        taken[n] = smooth
    return taken


def _in_torch(audio: torch.Tensor) -> torch.Tensor:
    level = 20 * torch.log10(audio.abs().clamp(min=1e-10))
    wanted = torch.relu(level - TIMES["threshold_db"]) * (1 - 1 / TIMES["ratio"])
    taken = _scripted(wanted.T.contiguous(), *_decays()).T
    return audio * 10 ** (-taken / 20)


def _compressors() -> Iterator[str]:
    """The loops of peers are sequential: one step of Python or TorchScript a sample."""
    rng = np.random.default_rng(0)
    loudness = 10 ** (rng.uniform(-60, 0, (BATCH, SAMPLES // 1000)) / 20)
    audio = np.repeat(loudness, 1000, axis=1) * rng.standard_normal((BATCH, SAMPLES))
    audio = audio.astype(np.float32)
    sound, peer = tf.constant(audio), torch.from_numpy(audio)
    upstream = tf.constant(rng.standard_normal(audio.shape), tf.float32)
    reference = _in_numpy(audio)

    def with_gradient(sound: tf.Tensor) -> tuple:
        with tf.GradientTape() as tape:
            tape.watch(sound)
            result = st.compressor(sound, sample_rate=RATE, **TIMES)
        return result, tape.gradient(result, sound, output_gradients=upstream)

    calls: dict[str, Callable] = modes(
        "compressor", lambda x: st.compressor(x, sample_rate=RATE, **TIMES), sound
    )
    calls["TorchScript, a loop of samples"] = lambda: _in_torch(peer)
    calls["NumPy, a loop of samples, float64"] = lambda: _in_numpy(audio)
    cases = [
        Case(name, call, lambda result: error_db(result, reference))
        for name, call in calls.items()
    ]
    others = modes("compressor and gradient", with_gradient, sound)
    others |= modes("expander", lambda x: st.expander(x, sample_rate=RATE), sound)
    others |= modes("limiter", lambda x: st.limiter(x, sample_rate=RATE), sound)
    cases += [Case(name, call) for name, call in others.items()]
    yield compare(f"Dynamics, {BATCH} x {SAMPLES}", cases, BATCH * SAMPLES / RATE, 3)


def _curves() -> Iterator[str]:
    """Beside the curve alone; two sounds mixed, and one put between two channels."""
    audio = np.random.default_rng(0).standard_normal((BATCH, SAMPLES)).astype(np.float32)
    sound, gain = tf.constant(audio), 10 ** (12.0 / 20)
    reference = np.tanh(gain * audio.astype(np.float64))
    error = lambda result: error_db(result, reference)  # noqa: E731
    cases = [Case(name, call, error) for name, call in modes("tanh", st.distortion, sound).items()]
    peer = torch.from_numpy(audio)
    cases.append(Case("torch.tanh", lambda: torch.tanh(gain * peer), error))
    for kind in ("tanh", "soft", "hard"):
        calls = modes(
            f"{kind}, means", lambda x, k=kind: st.distortion(x, kind=k, antialias=True), sound
        )
        cases += [Case(name, call) for name, call in calls.items()]
    calls = modes("crossfade", lambda x: st.crossfade(x, x, 0.3), sound)
    calls |= modes("pan", lambda x: st.pan(x, 0.3), sound)
    cases += [Case(name, call) for name, call in calls.items()]
    yield compare(f"Curves and mixes, {BATCH} x {SAMPLES}", cases, BATCH * SAMPLES / RATE, 5)


def tables() -> Iterator[str]:
    """Delays, sweeps, dynamics, and what has no memory."""
    yield from _delays()
    yield from _sweeps()
    yield from _compressors()
    yield from _curves()
