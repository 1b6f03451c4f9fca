"""Feedback delay networks, made and measured decays, beside plain forms in torch and NumPy.

``python -m benchmarks reverberation`` prints the tables.
"""

import os
from collections.abc import Callable, Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import scipy.stats
import tensorflow as tf
import torch

import spectrotools as st

from .harness import Case, compare, error_db, modes

RATE, SECONDS, DECAY, LINES = 48000, 2, 1.5, 8
LENGTH = SECONDS * RATE
DELAYS = (1031, 1327, 1523, 1871, 2053, 2311, 2539, 2803)
SHELF = {"high_decay_seconds": 0.5, "crossover_hz": 4000.0}
TAPS, BATCH = 48000, 16
PEER = (
    "The transfer function is sampled at twice the length of the response and transformed back, "
    "by a solution of 8 equations at every frequency: what decays later than that folds over."
)


def _network() -> list[np.ndarray]:
    """A click, an orthogonal matrix and gains, float32."""
    rng = np.random.default_rng(0)
    mixing = scipy.stats.ortho_group.rvs(LINES, random_state=0)
    parts = np.eye(1, LENGTH)[0], mixing, *rng.standard_normal((2, LINES))
    return [part.astype(np.float32) for part in parts]


def _shelf(decay: float, high: float, crossover: float) -> np.ndarray:
    """Two gains and a pole of every line, float64."""
    low, high = (10 ** (-3 * np.array(DELAYS) / (each * RATE)) for each in (decay, high))
    edge, ratio = np.tan(np.pi * crossover / RATE), np.sqrt(high / low)
    parts = high + edge * high / ratio, edge * high / ratio - high, 1 - edge * ratio
    return np.stack(parts) / (1 + edge * ratio)


def _by_samples(audio, mixing, into, out, shelf: np.ndarray | None) -> np.ndarray:
    """A sample at a time, NumPy float64."""
    delays, lines = np.array(DELAYS), np.arange(LINES)
    gain, later, pole = np.zeros((3, LINES)) if shelf is None else shelf
    gain = 10 ** (-3 * delays / (DECAY * RATE)) if shelf is None else gain
    audio, mixing, into, out = (part.astype(np.float64) for part in (audio, mixing, into, out))
    before = delays.max() + 1
    entered, given = np.zeros((LINES, before + len(audio))), np.zeros(LINES)
    result = np.zeros(len(audio))
    for n, sample in enumerate(audio):
        now, past = (entered[lines, before + n - delays - k] for k in (0, 1))
        given = gain * now + later * past + pole * given
        result[n] = out @ given
        entered[:, before + n] = into * sample + mixing @ given
    return result


def _by_blocks(audio, mixing, into, out) -> torch.Tensor:
    """The best plain form: a block of the shortest delay at once, torch."""
    block, before = min(DELAYS), max(DELAYS)
    gain = 10.0 ** (-3 * torch.tensor(DELAYS) / (DECAY * RATE))
    entered = torch.zeros(LINES, before + len(audio) + block)
    entered[:, before : before + len(audio)] = into[:, None] * audio
    given = torch.zeros(LINES, len(audio) + block)
    for start in range(0, len(audio), block):
        places = [before + start - delay for delay in DELAYS]
        fed = torch.stack([entered[i, p : p + block] for i, p in enumerate(places)])
        given[:, start : start + block] = gain[:, None] * fed
        entered[:, before + start : before + start + block] += (
            mixing @ given[:, start : start + block]
        )
    return out @ given[:, : len(audio)]


def _by_frequencies(mixing, into, out, filters: Callable) -> torch.Tensor:
    """The response by its transfer function at 2 * LENGTH points of the circle, torch."""
    turns = torch.arange(LENGTH + 1) * (torch.pi / LENGTH)
    delayed = torch.exp(1j * turns.double()[:, None] * torch.tensor(DELAYS)).cfloat()
    inverse = torch.diag_embed(delayed / filters(torch.exp(-1j * turns)[:, None]))
    heard = torch.linalg.solve(inverse - mixing, into[:, None].cfloat())[..., 0]
    return torch.fft.irfft(heard @ out.cfloat(), n=2 * LENGTH)[:LENGTH]


def _networks() -> Iterator[str]:
    parts = _network()
    shelf = _shelf(DECAY, *SHELF.values())
    peers = [torch.from_numpy(part) for part in parts]
    gain = torch.tensor(10 ** (-3 * np.array(DELAYS) / (DECAY * RATE)), dtype=torch.float32)
    now, later, pole = torch.from_numpy(shelf).float()
    settings = {"delays": DELAYS, "sample_rate": RATE}
    for label, extra in (("plain", {}), ("damped", SHELF)):

        def ours(*parts: tf.Tensor, extra: dict = extra) -> tf.Tensor:
            return st.feedback_delay_network(*parts, DECAY, **settings, **extra)

        calls = modes("spectrotools", ours, *map(tf.constant, parts))
        if not extra:
            calls["blocks, torch"] = lambda: _by_blocks(*peers)
        filters = (lambda z: (now + later * z) / (1 - pole * z)) if extra else (lambda _: gain)
        calls["frequencies, torch"] = lambda filters=filters: _by_frequencies(*peers[1:], filters)
        expected = _by_samples(*parts, shelf if extra else None)
        cases = [
            Case(name, call, lambda result, expected=expected: error_db(result, expected))
            for name, call in calls.items()
        ]
        title = f"Feedback delay network, {label}, {LINES} lines, {LENGTH} samples"
        yield compare(title, cases, SECONDS, 5, PEER)


def _learned() -> Iterator[str]:
    """The response and its gradient by the matrix and the gains."""
    parts = _network()
    upstream = np.random.default_rng(1).standard_normal(LENGTH).astype(np.float32)
    settings = {"delays": DELAYS, "sample_rate": RATE}

    def ours(click: tf.Tensor, *parts: tf.Tensor) -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(parts)
            result = st.feedback_delay_network(click, *parts, DECAY, **settings)
        return tape.gradient(result, parts, output_gradients=tf.constant(upstream))

    def frequencies() -> tuple[torch.Tensor, ...]:
        leaves = [torch.from_numpy(part).requires_grad_() for part in parts[1:]]
        gain = 10.0 ** (-3 * torch.tensor(DELAYS) / (DECAY * RATE))
        result = _by_frequencies(*leaves, lambda _: gain)
        return torch.autograd.grad(result, leaves, torch.from_numpy(upstream))

    calls = modes("spectrotools", ours, *map(tf.constant, parts))
    calls["frequencies, torch"] = frequencies
    doubles = [tf.constant(part, tf.float64) for part in parts]
    with tf.GradientTape() as tape:
        tape.watch(doubles[1])
        result = st.feedback_delay_network(*doubles, DECAY, **settings)
    expected = tape.gradient(
        result, doubles[1], output_gradients=tf.constant(upstream * 1.0, "double")
    )
    cases = [
        Case(name, call, lambda result: error_db(result[0], expected.numpy()))
        for name, call in calls.items()
    ]
    note = "The error is that of the gradient by the matrix, against ours in float64."
    title = f"Feedback delay network, gradient, {LINES} lines, {LENGTH} samples"
    yield compare(title, cases, SECONDS, 5, note)


def _decays() -> Iterator[str]:
    """Responses beside DDSP's arithmetic, and their curves beside NumPy."""
    rng = np.random.default_rng(0)
    gain, decay = rng.uniform(0.5, 2, BATCH), rng.uniform(0, 4, BATCH)
    given = tf.constant(gain, tf.float32), tf.constant(decay, tf.float32)
    noise = st.white_noise([BATCH, TAPS], seed=0)

    def ours(gain: tf.Tensor, decay: tf.Tensor) -> tf.Tensor:
        return st.exponential_decay_response(gain, decay, length=TAPS, seed=0, convention="ddsp")

    def plain(gain: tf.Tensor, decay: tf.Tensor) -> tf.Tensor:
        drawn = tf.random.stateless_uniform([BATCH, TAPS], [0, 0], -1.0, 1.0, alg="philox")
        time = tf.linspace(0.0, 1.0, TAPS)
        return gain[:, None] * tf.exp(-(2.0 + tf.exp(decay))[:, None] * time) * drawn

    time = np.linspace(0.0, 1.0, TAPS)
    decays = np.exp(-(2 + np.exp(np.float64(given[1])))[:, None] * time)
    response = np.float64(given[0])[:, None] * decays * noise.numpy()
    cases = [
        Case(name, call, lambda result: error_db(result, response))
        for name, call in modes("spectrotools", ours, *given).items()
    ]
    cases += [
        Case(name, call) for name, call in modes("DDSP's, TensorFlow", plain, *given).items()
    ]
    note = "TensorFlow's own noise is another, and has no error here."
    seconds = BATCH * TAPS / RATE
    yield compare(f"Decaying noise, {BATCH} x {TAPS}", cases, seconds, 5, note)

    def curve() -> np.ndarray:
        left = np.cumsum(response[:, ::-1] ** 2, axis=1)[:, ::-1]
        return np.maximum(10 * np.log10(left / left[:, :1]), -200.0)

    expected = curve()
    calls = modes("energy_decay_curve", st.energy_decay_curve, tf.constant(response, tf.float32))
    calls["NumPy, float64"] = curve
    cases = [
        Case(name, call, lambda result: error_db(result, expected)) for name, call in calls.items()
    ]
    timed = modes(
        "reverberation_time",
        lambda response: st.reverberation_time(response, sample_rate=RATE),
        tf.constant(response, tf.float32),
    )
    cases += [Case(name, call) for name, call in timed.items()]
    yield compare(f"Decays measured, {BATCH} x {TAPS}", cases, seconds, 5)


def tables() -> Iterator[str]:
    """Networks, their gradients, and decays made and measured."""
    yield from _networks()
    yield from _learned()
    yield from _decays()
