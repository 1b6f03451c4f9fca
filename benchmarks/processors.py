"""A group of processors beside DDSP's arithmetic: harmonics and noise through a reverberation.

``python -m benchmarks processors`` prints the tables.
"""

import os
from collections.abc import Callable, Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import scipy.signal
import tensorflow as tf

import spectrotools as st

from . import noise, oscillators
from .harness import Case, compare, error_db, modes
from .plain import FRAMES, GRID, HOP, RATE, SAMPLES, SECONDS, with_gradient

ITEMS, BANDS, TAPS = 4, 65, 48000
RESPONSE = np.random.default_rng(2).standard_normal(TAPS) * np.geomspace(0.1, 1e-5, TAPS)
RESPONSE[0] = 0.0


def _features() -> list[tf.Tensor]:
    """What a network puts out, and a fundamental; the same for both."""
    rng = np.random.default_rng(0)
    f0_hz = rng.uniform(60.0, 78.0, (ITEMS, FRAMES))  # of which all harmonics are heard
    logits = [rng.standard_normal((ITEMS, FRAMES, n)) for n in (1, oscillators.HARMONICS, BANDS)]
    return [tf.constant(part, tf.float32) for part in (f0_hz[..., None], *logits)]


def _group(noisy: bool) -> Callable:
    nodes = [(st.synths.Harmonic(name="tone", **GRID), ["amplitudes", "harmonics", "f0_hz"])]
    wet = "tone/signal"
    if noisy:
        nodes.append((st.synths.FilteredNoise(name="breath", hop_length=HOP), ["magnitudes"]))
        nodes.append((st.effects.Add(name="both"), ["tone/signal", "breath/signal"]))
        wet = "both/signal"
    response = st.layers.Parameter(RESPONSE)
    nodes.append((st.effects.Reverb(name="room", impulse_response=response), [wet]))
    group = st.layers.ProcessorGroup(nodes)
    names = ("f0_hz", "amplitudes", "harmonics", "magnitudes")
    return lambda *features: group(dict(zip(names, features, strict=True)))


def _exp_sigmoid(x: tf.Tensor) -> tf.Tensor:
    return 2.0 * tf.nn.sigmoid(x) ** np.log(10.0) + 1e-7


def _ddsp(noisy: bool) -> Callable:
    """DDSP's published arithmetic of the same; its noise is drawn anew in every call."""
    response = tf.constant(RESPONSE, tf.float32)
    size = 2 ** int(np.ceil(np.log2(SAMPLES + TAPS - 1)))

    def call(f0_hz, amplitudes, harmonics, magnitudes) -> tf.Tensor:
        even = _exp_sigmoid(harmonics)
        even /= tf.reduce_sum(even, axis=-1, keepdims=True)
        sound = oscillators.ddsp(f0_hz[..., 0], _exp_sigmoid(amplitudes)[..., 0], even)
        if noisy:
            drawn = tf.random.uniform([ITEMS, SAMPLES], -1.0, 1.0)
            sound += noise.ddsp_tf(drawn, _exp_sigmoid(magnitudes - 5.0))
        spectrum = tf.signal.rfft(sound, [size]) * tf.signal.rfft(response, [size])
        return sound + tf.signal.irfft(spectrum, [size])[:, :SAMPLES]

    return call


def _expected(features: list[tf.Tensor]) -> np.ndarray:
    """The first tone through the room, in float64."""
    f0_hz, amplitudes, harmonics, _ = (np.asarray(part[0], np.float64) for part in features)
    sigmoid = lambda x: 2.0 * (1.0 / (1.0 + np.exp(-x))) ** np.log(10.0) + 1e-7  # noqa: E731
    even = sigmoid(harmonics) / sigmoid(harmonics).sum(axis=-1, keepdims=True)
    dry = oscillators.exact(f0_hz[..., 0], sigmoid(amplitudes)[..., 0], even)
    return dry + scipy.signal.fftconvolve(dry, RESPONSE)[:SAMPLES]


def tables() -> Iterator[str]:
    features = _features()
    expected = _expected(features)
    error = lambda result: error_db(np.asarray(result)[0], expected)  # noqa: E731
    size = f"{ITEMS} x {SECONDS:.0f} s at {RATE} Hz, {oscillators.HARMONICS} harmonics"
    cases = [
        Case(name, call, error)
        for name, call in modes("spectrotools", _group(False), *features).items()
    ] + [Case(name, call) for name, call in modes("DDSP's", _ddsp(False), *features).items()]
    note = "DDSP's phase is another by half a step at either end, and has no error here."
    title = f"Tone through {TAPS} taps, {size}"
    yield compare(title, cases, ITEMS * SECONDS, 5, note)
    both = {"spectrotools": _group(True), "DDSP's": _ddsp(True)}
    cases = [
        Case(name, call)
        for label, function in both.items()
        for name, call in modes(label, with_gradient(function, ITEMS), *features).items()
    ]
    title = f"Tone and noise of {BANDS} bands through {TAPS} taps and all gradients, {size}"
    yield compare(title, cases, ITEMS * SECONDS, 3)
