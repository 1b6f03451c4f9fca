"""Oscillators beside DDSP's arithmetic and the best plain forms: time, memory and error.

``python -m benchmarks oscillators`` prints the tables.
"""

import functools
import os
import sys
from collections.abc import Callable, Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

from .harness import Case, compare, error_db, modes, peak_memory, print_peak
from .plain import (
    BATCH,
    FADE,
    FRAMES,
    GRID,
    HOP,
    RATE,
    SAMPLES,
    SECONDS,
    TURN,
    between,
    exact_turns,
    held,
    torch_turns,
    torch_with_gradient,
    turns,
    wave,
    with_gradient,
)

HARMONICS = 100
CHUNK = 25


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


def _windows(frames: tf.Tensor) -> tf.Tensor:
    """Frames at every sample by windows that overlap, as DDSP's resample method 'window'."""
    window = tf.signal.hann_window(2 * HOP, dtype=frames.dtype)
    parts = tf.transpose(held(frames), [0, 2, 1])[..., None] * window
    return tf.transpose(tf.signal.overlap_and_add(parts, HOP), [0, 2, 1])[:, HOP:-HOP]


def ddsp(f0_hz, amplitudes, distribution) -> tf.Tensor:
    """DDSP's published arithmetic: every harmonic its own frequency, phase and amplitude."""
    k = tf.range(1, distribution.shape[-1] + 1, dtype=f0_hz.dtype)
    frequencies = between(f0_hz[..., None] * k)
    heights = _windows(amplitudes[..., None] * distribution)
    heights = tf.where(frequencies >= RATE / 2, tf.zeros_like(heights), heights)
    phases = tf.cumsum(frequencies * (TURN / RATE), axis=1)
    return tf.reduce_sum(heights * tf.sin(phases), axis=-1)


def plain(f0_hz, amplitudes, distribution) -> tf.Tensor:
    """The best plain TensorFlow: one phase times k, and products with the frames at both ends."""
    k = tf.range(1, HARMONICS + 1, dtype=f0_hz.dtype)
    turned = turns(f0_hz)[..., None] * k
    sines = tf.sin((turned - tf.round(turned)) * TURN)
    audible = tf.reshape(between(f0_hz), [-1, FRAMES, HOP, 1]) * k < RATE / 2
    ends = held(amplitudes[..., None] * distribution)
    heights = tf.stack([ends[:, :-1], ends[:, 1:]], axis=-1)
    parts = tf.where(audible, sines, tf.zeros_like(sines)) @ heights
    fade = tf.constant(FADE, f0_hz.dtype)
    return tf.reshape(parts[..., 0] * (1 - fade) + parts[..., 1] * fade, [-1, SAMPLES])


def torch_plain(f0_hz, amplitudes, distribution):
    """The same in torch, in pieces that stay in the processor's cache."""
    import torch

    return torch.stack(list(map(_torch_item, f0_hz, amplitudes, distribution)))


def _torch_item(f0_hz, amplitudes, distribution):
    import torch

    k, place = torch.arange(1, HARMONICS + 1), torch.arange(HOP) / HOP
    fade = torch.sin(place * (np.pi / 2)) ** 2
    turned, f0 = torch_turns(f0_hz), torch.cat([f0_hz, f0_hz[-1:]])
    along = f0[:-1, None] * (1 - place) + f0[1:, None] * place
    heights = amplitudes[:, None] * distribution
    heights = torch.cat([heights, heights[-1:]])
    pieces = []
    for begin in range(0, FRAMES, CHUNK):
        end = begin + CHUNK
        angles = turned[begin:end, :, None] * k
        sines = torch.sin((angles - torch.round(angles)) * TURN)
        sines = sines * (along[begin:end, :, None] * k < RATE / 2)
        now = torch.einsum("fjk,fk->fj", sines, heights[begin:end])
        later = torch.einsum("fjk,fk->fj", sines, heights[begin + 1 : end + 1])
        pieces.append((now * (1 - fade) + later * fade).reshape(-1))
    return torch.cat(pieces)


def exact(f0_hz: np.ndarray, amplitudes: np.ndarray, distribution: np.ndarray) -> np.ndarray:
    """One item in float64, harmonic by harmonic; NaN where rounding decides what is cut."""
    place = np.arange(HOP) / HOP
    ends = np.append(f0_hz, f0_hz[-1]).astype(np.float64)
    frequency = ends[:-1, None] * (1 - place) + ends[1:, None] * place
    heights = amplitudes[:, None].astype(np.float64) * distribution
    later = np.concatenate([heights[1:], heights[-1:]])
    turned = exact_turns(f0_hz)
    total = np.zeros_like(turned)
    for k in range(1, HARMONICS + 1):
        along = heights[:, k - 1, None] * (1 - FADE) + later[:, k - 1, None] * FADE
        total[np.abs(k * frequency / (RATE / 2) - 1) < 1e-6] = np.nan
        total += along * (k * frequency < RATE / 2) * np.sin(TURN * (k * turned % 1.0))
    return total.ravel()


def _references(given: tuple[np.ndarray, ...]) -> dict[str, np.ndarray]:
    """In float64, item by item: all at once would be gigabytes."""
    items = list(zip(*given, strict=True))
    ddsps = [ddsp(*(tf.constant(part[None], tf.float64) for part in item)) for item in items]
    expected = np.stack([exact(*item) for item in items])
    return {
        "exact": expected,
        "DDSP's": np.where(np.isnan(expected), np.nan, np.concatenate(ddsps)),
    }


def _harmonics(given: tuple[np.ndarray, ...]) -> Iterator[str]:
    """Forward, and with all gradients."""
    import torch

    tensors = [tf.constant(part) for part in given]
    torches = [torch.from_numpy(part) for part in given]
    references = _references(given)
    note = (
        "DDSP sums the frequencies of the samples, this one's included: its arithmetic is held "
        "to itself in float64, all others to the exact integral. Samples that have a harmonic "
        "within 1e-6 of the Nyquist frequency, where rounding decides what is cut, do not count."
    )
    for label, wrap, torch_call in (
        ("forward", lambda function: function, torch_plain),
        ("forward and all gradients", with_gradient, torch_with_gradient(torch_plain)),
    ):
        calls = modes("spectrotools", wrap(ours), *tensors)
        for name, function in (("DDSP's arithmetic", ddsp), ("plain TensorFlow", plain)):
            peer = modes(name, wrap(function), *tensors)
            calls |= {mode: call for mode, call in peer.items() if "eager" not in mode}
        calls["plain torch"] = functools.partial(torch_call, *torches)
        cases = [
            Case(
                name,
                call,
                functools.partial(
                    _error, expected=references.get(name.split()[0], references["exact"])
                ),
            )
            for name, call in calls.items()
        ]
        title = f"Harmonics, {BATCH} x {SAMPLES} samples x {HARMONICS} harmonics, {label}"
        yield compare(title, cases, BATCH * SECONDS, rounds=3, note=note)


def _error(result: object, expected: np.ndarray) -> float:
    counts = np.isfinite(expected)
    return error_db(wave(result)[counts], expected[counts])


def tables() -> Iterator[str]:
    """Speed and memory of harmonics, and speed of sinusoids."""
    memory = _memory()  # first, for TensorFlow gives back little of what its allocator has had
    given = controls()
    yield from _harmonics(given)
    yield memory
    yield _sinusoids([tf.constant(part) for part in given])


def _on_torch(function: Callable) -> Callable:
    import torch

    return lambda *given: function(*(torch.from_numpy(part.numpy().copy()) for part in given))


PEAKS = {
    "spectrotools eager": lambda: ours,
    "spectrotools eager, with gradients": lambda: with_gradient(ours),
    "DDSP's arithmetic graph": lambda: tf.function(ddsp),
    "DDSP's arithmetic graph, with gradients": lambda: tf.function(with_gradient(ddsp)),
    "plain TensorFlow graph": lambda: tf.function(plain),
    "plain TensorFlow graph, with gradients": lambda: tf.function(with_gradient(plain)),
    "plain torch": lambda: _on_torch(torch_plain),
    "plain torch, with gradients": lambda: _on_torch(torch_with_gradient(torch_plain)),
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
        along = between(frequencies)
        heights = tf.where(along >= RATE / 2, 0.0, _windows(heights))
        return tf.reduce_sum(heights * tf.sin(tf.cumsum(along * (TURN / RATE), axis=1)), axis=-1)

    cases = []
    for label, wrap in (("forward", lambda function: function), ("gradients", with_gradient)):
        calls = modes(f"spectrotools, {label},", wrap(ours_too), frequencies, heights)
        graph = tf.function(wrap(ddsps))
        peer = functools.partial(graph, frequencies, heights)
        calls[f"DDSP's arithmetic, {label}, graph"] = peer
        cases += [Case(name, call) for name, call in calls.items()]
    title = f"{HARMONICS} sinusoids of their own frequencies, {BATCH} x {SAMPLES} samples"
    return compare(title, cases, BATCH * SECONDS, rounds=3)


if __name__ == "__main__":
    inputs = [tf.constant(part) for part in controls()]
    print_peak(functools.partial(PEAKS[sys.argv[2]](), *inputs))
