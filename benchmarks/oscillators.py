"""Oscillators beside DDSP's arithmetic and the best plain forms, and their phase after hours.

``python -m benchmarks oscillators`` prints the tables.
"""

import functools
import os
import sys
from collections.abc import Callable, Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

from .harness import Case, compare, modes, peak_memory, print_peak

BATCH, FRAMES, HOP, RATE, HARMONICS = 16, 1000, 64, 16000, 100
SECONDS = FRAMES * HOP / RATE
GRID = {"sample_rate": RATE, "hop_length": HOP}
TURN = 2 * np.pi


def controls() -> tuple[np.ndarray, ...]:
    """Fundamental, amplitudes and distribution of a training step of DDSP's size."""
    rng = np.random.default_rng(0)
    f0_hz = rng.uniform(60.0, 140.0, (BATCH, FRAMES))
    amplitudes = rng.uniform(0.1, 1.0, (BATCH, FRAMES))
    distribution = rng.uniform(0.0, 1.0, (BATCH, FRAMES, HARMONICS)) / HARMONICS
    return tuple(part.astype(np.float32) for part in (f0_hz, amplitudes, distribution))


def ours(f0_hz, amplitudes, distribution) -> tf.Tensor:
    """What a user calls."""
    import spectrotools as st

    return st.harmonic_synthesis(f0_hz, amplitudes, distribution, **GRID)


def _lines(frames: tf.Tensor) -> tf.Tensor:
    """Frames ``[batch, frames, channels]`` at every sample, along lines."""
    held = tf.concat([frames, frames[:, -1:]], axis=1)
    place = tf.range(HOP, dtype=frames.dtype)[:, None] / HOP
    along = held[:, :-1, None] * (1 - place) + held[:, 1:, None] * place
    return tf.reshape(along, [frames.shape[0], -1, frames.shape[2]])


def _windows(frames: tf.Tensor) -> tf.Tensor:
    """The same by windows of two hops that overlap, as DDSP's resample method 'window'."""
    held = tf.concat([frames, frames[:, -1:]], axis=1)
    window = tf.signal.hann_window(2 * HOP, dtype=frames.dtype)
    parts = tf.transpose(held, [0, 2, 1])[..., None] * window
    return tf.transpose(tf.signal.overlap_and_add(parts, HOP), [0, 2, 1])[:, HOP:-HOP]


def ddsp(f0_hz, amplitudes, distribution) -> tf.Tensor:
    """DDSP's published arithmetic: every harmonic its own frequency, phase and amplitude."""
    k = tf.range(1, HARMONICS + 1, dtype=f0_hz.dtype)
    frequencies = _lines(f0_hz[..., None] * k)
    heights = _windows(amplitudes[..., None] * distribution)
    heights = tf.where(frequencies >= RATE / 2, tf.zeros_like(heights), heights)
    phases = tf.cumsum(frequencies * (TURN / RATE), axis=1)
    return tf.reduce_sum(heights * tf.sin(phases), axis=-1)


def plain(f0_hz, amplitudes, distribution) -> tf.Tensor:
    """The best plain TensorFlow: one phase, wrapped frame by frame, times k."""
    k = tf.range(1, HARMONICS + 1, dtype=f0_hz.dtype)
    f0 = _lines(f0_hz[..., None])[..., 0]
    steps = tf.reshape(f0 / RATE, [-1, FRAMES, HOP])
    within = tf.cumsum(steps, axis=2, exclusive=True)
    whole = tf.cumsum(tf.reduce_sum(steps, axis=2) % 1.0, axis=1, exclusive=True)
    turns = tf.reshape(within + whole[..., None] % 1.0, [f0.shape[0], -1, 1]) * k
    sines = tf.sin((turns - tf.round(turns)) * TURN)
    audible = tf.cast(f0[..., None] * k < RATE / 2, f0.dtype)
    return tf.reduce_sum(_lines(amplitudes[..., None] * distribution) * sines * audible, axis=-1)


def torch_plain(f0_hz, amplitudes, distribution):
    """The same in torch."""
    import torch

    def lines(frames):
        held = torch.cat([frames, frames[:, -1:]], dim=1)
        place = torch.arange(HOP)[:, None] / HOP
        along = held[:, :-1, None] * (1 - place) + held[:, 1:, None] * place
        return along.reshape(len(frames), -1, frames.shape[2])

    k = torch.arange(1, HARMONICS + 1)
    f0 = lines(f0_hz[..., None])[..., 0]
    steps = (f0 / RATE).reshape(-1, FRAMES, HOP)
    within = torch.cumsum(steps, 2) - steps
    each = steps.sum(2) % 1.0
    whole = (torch.cumsum(each, 1) - each) % 1.0
    turns = (within + whole[..., None]).reshape(len(f0), -1, 1) * k
    sines = torch.sin((turns - torch.round(turns)) * TURN)
    audible = f0[..., None] * k < RATE / 2
    return (lines(amplitudes[..., None] * distribution) * sines * audible).sum(-1)


def with_gradient(function: Callable) -> Callable:
    """The wave, and the gradient of a weighted sum of it by every control."""
    rng = np.random.default_rng(1)
    weights = tf.constant(rng.standard_normal((BATCH, FRAMES * HOP)), tf.float32)

    def both(*given: tf.Tensor) -> tuple:
        with tf.GradientTape() as tape:
            tape.watch(given)
            sound = function(*given)
        return sound, tape.gradient(sound, given, output_gradients=weights)

    return both


def torch_with_gradient(*given):
    """The same in torch."""
    import torch

    leaves = [tensor.detach().requires_grad_() for tensor in given]
    sound = torch_plain(*leaves)
    (sound * torch.ones_like(sound)).sum().backward()
    return sound, [leaf.grad for leaf in leaves]


def exact(f0_hz: np.ndarray, amplitudes: np.ndarray, distribution: np.ndarray) -> np.ndarray:
    """One item in float64, harmonic by harmonic, of its exact phase."""
    held = np.append(f0_hz, f0_hz[-1]).astype(np.float64)
    j = np.arange(HOP)
    rise = np.diff(held)[:, None]
    ends = np.cumsum((held[:-1] + held[1:]) / 2 * HOP / RATE)
    starts = np.concatenate([[0.0], ends[:-1]])[:, None]
    turns = starts + held[:-1, None] * j / RATE + rise * j**2 / (2 * HOP * RATE)
    frequency = held[:-1, None] + rise * j / HOP
    heights = amplitudes[:, None].astype(np.float64) * distribution
    later = np.concatenate([heights[1:], heights[-1:]])
    weight = np.sin(np.pi * j / (2 * HOP)) ** 2
    total = np.zeros_like(turns)
    for k in range(1, HARMONICS + 1):
        along = heights[:, k - 1, None] * (1 - weight) + later[:, k - 1, None] * weight
        total += along * (k * frequency < RATE / 2) * np.sin(TURN * k * (turns % 1.0))
    return total.ravel()


def error_db(sound: object, expected: np.ndarray) -> float:
    """Power of what is wrong in the first item, dB of what is right."""
    sound = sound[0] if isinstance(sound, tuple) else sound
    sound = np.asarray(sound.detach() if hasattr(sound, "detach") else sound)[0]
    return 10 * np.log10(np.mean((sound - expected) ** 2) / np.mean(expected**2))


def tables() -> Iterator[str]:
    """Speed, memory, and phase after ten minutes."""
    import torch

    given = controls()
    tensors = [tf.constant(part) for part in given]
    torches = [torch.from_numpy(part) for part in given]
    # Peers are held to their own arithmetic in float64: they define the phase a little otherwise.
    first = [tf.constant(part[:1], tf.float64) for part in given]
    errors = {
        "spectrotools": functools.partial(error_db, expected=exact(*(part[0] for part in given))),
        "DDSP's": functools.partial(error_db, expected=ddsp(*first)[0].numpy()),
        "plain": functools.partial(error_db, expected=plain(*first)[0].numpy()),
    }
    size = f"{BATCH} x {FRAMES * HOP} samples x {HARMONICS} harmonics"
    for label, wrap, torch_call in (
        ("forward", lambda function: function, torch_plain),
        ("forward and all gradients", with_gradient, torch_with_gradient),
    ):
        calls = modes("spectrotools", wrap(ours), *tensors)
        for name, function in (("DDSP's arithmetic", ddsp), ("plain TensorFlow", plain)):
            peer = modes(name, wrap(function), *tensors)
            calls |= {mode: call for mode, call in peer.items() if "eager" not in mode}
        calls["plain torch"] = functools.partial(torch_call, *torches)
        cases = [Case(name, call, errors[name.split()[0]]) for name, call in calls.items()]
        yield compare(f"Harmonics, {size}, {label}", cases, BATCH * SECONDS, rounds=3)
    yield _memory()
    yield _sinusoids(tensors)
    yield _in_tune()


PEAKS = {
    "spectrotools eager": lambda: ours,
    "spectrotools eager, with gradients": lambda: with_gradient(ours),
    "DDSP's arithmetic graph": lambda: tf.function(ddsp),
    "DDSP's arithmetic graph, with gradients": lambda: tf.function(with_gradient(ddsp)),
    "plain TensorFlow graph": lambda: tf.function(plain),
    "plain TensorFlow graph, with gradients": lambda: tf.function(with_gradient(plain)),
}


def _memory() -> str:
    title = "### Peak memory of the same over its inputs, MiB"
    lines = [title, "", "| case | MiB |", "|---|---:|"]
    for case in PEAKS:
        lines.append(f"| {case} | {peak_memory('benchmarks.oscillators', case):.0f} |")
    return "\n".join([*lines, ""])


def _sinusoids(tensors: list[tf.Tensor]) -> str:
    import spectrotools as st

    f0_hz, amplitudes, distribution = tensors
    frequencies = st.harmonic_frequencies(f0_hz, HARMONICS, inharmonicity=1e-4)
    heights = amplitudes[..., None] * distribution

    def ours_too(frequencies, heights):
        return st.sinusoidal_synthesis(frequencies, heights, **GRID)

    def ddsps(frequencies, heights):
        along = _lines(frequencies)
        heights = tf.where(along >= RATE / 2, 0.0, _windows(heights))
        return tf.reduce_sum(heights * tf.sin(tf.cumsum(along * (TURN / RATE), axis=1)), axis=-1)

    cases = []
    for label, wrap in (("forward", lambda function: function), ("gradients", with_gradient)):
        calls = modes(f"spectrotools, {label},", wrap(ours_too), frequencies, heights)
        graph = tf.function(wrap(ddsps))
        peer = functools.partial(graph, frequencies, heights)
        calls[f"DDSP's arithmetic, {label}, graph"] = peer
        cases += [Case(name, call) for name, call in calls.items()]
    title = f"{HARMONICS} sinusoids of their own frequencies, {BATCH} x {FRAMES * HOP} samples"
    return compare(title, cases, BATCH * SECONDS, rounds=3)


def _in_tune() -> str:
    """The worst of all harmonics of a steady tone in the last 80 ms of ten minutes."""
    import spectrotools as st

    lines = [
        "### Error of the worst harmonic after ten minutes, float32, dB of its power",
        "",
        "| sample rate | f0 | spectrotools | DDSP's cumulative sum |",
        "|---:|---:|---:|---:|",
    ]
    for rate in (16000, 48000):
        hop, last = rate // 100, 8
        frames = 60000
        for f0 in np.float32([71.3, 440.0, 441.7]):
            silent = np.zeros(frames - last, np.float32)
            grid = {"sample_rate": rate, "hop_length": hop}
            f0_hz = np.full_like(silent, f0)
            _, phase = st.harmonic_synthesis(
                f0_hz, silent, silent[:, None], return_phase=True, **grid
            )
            count = min(100, int(np.ceil(rate / 2 / f0)) - 1)
            each = np.eye(count, dtype=np.float32)[:, None].repeat(last, axis=1)
            f0_hz = np.full((count, last), f0)
            sound = st.harmonic_synthesis(
                f0_hz, np.ones_like(f0_hz), each, initial_phase=tf.fill([count], phase), **grid
            ).numpy()
            numerator, denominator = float(f0).as_integer_ratio()
            base = denominator * rate
            start = (frames - last) * hop
            steps = [numerator * t % base for t in range(start, start + last * hop)]
            sums = tf.cumsum(tf.fill([frames * hop], f0 * np.float32(TURN / rate)), exclusive=True)
            ends = np.asarray(sums[start:]), []
            worst = []
            for k in range(1, count + 1):
                expected = np.sin(TURN * np.array([k * step % base / base for step in steps]))
                drifted = np.sin(np.float32(k) * ends[0])
                worst.append(
                    [
                        10 * np.log10(np.mean((wave - expected) ** 2) / np.mean(expected**2))
                        for wave in (sound[k - 1], drifted)
                    ]
                )
            ours_db, ddsp_db = np.max(worst, axis=0)
            lines.append(f"| {rate} | {f0:.1f} | {ours_db:.0f} | {ddsp_db:.0f} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    inputs = [tf.constant(part) for part in controls()]
    print_peak(functools.partial(PEAKS[sys.argv[2]](), *inputs))
