"""Wavetables beside DDSP's lookup and plain gathers; waveforms beside sums of their harmonics.

``python -m benchmarks wavetable`` prints the tables.
"""

import functools
import os
import sys
from collections.abc import Callable, Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

from .harness import Case, compare, error_db, modes, peak_memory, print_peak

BATCH, FRAMES, HOP, RATE, SIZE = 16, 1000, 64, 16000, 2048
SECONDS = FRAMES * HOP / RATE
GRID = {"sample_rate": RATE, "hop_length": HOP}


def controls() -> tuple[np.ndarray, ...]:
    """Fundamental, amplitudes and a table of 20 harmonics, one for all."""
    rng = np.random.default_rng(0)
    f0_hz = rng.uniform(60.0, 140.0, (BATCH, FRAMES))
    amplitudes = rng.uniform(0.1, 1.0, (BATCH, FRAMES))
    table = rng.uniform(0.0, 1.0, 20) @ np.sin(
        2 * np.pi * np.outer(np.arange(1, 21), np.arange(SIZE)) / SIZE
    )
    return tuple(part.astype(np.float32) for part in (f0_hz, amplitudes, table))


def tables_of(table: np.ndarray) -> np.ndarray:
    """One for every frame."""
    gains = np.random.default_rng(1).uniform(0.5, 1.0, (BATCH, FRAMES, 1))
    return (gains * table).astype(np.float32)


def ours(lookup: str) -> Callable:
    """What a user calls."""
    import spectrotools as st

    return functools.partial(st.wavetable_synthesis, lookup=lookup, **GRID)


def _lines(frames: tf.Tensor) -> tf.Tensor:
    """Frames ``[batch, frames, ...]`` at every sample, along lines."""
    held = tf.concat([frames, frames[:, -1:]], axis=1)
    place = tf.reshape(
        tf.range(HOP, dtype=frames.dtype) / HOP, [HOP] + [1] * (len(frames.shape) - 2)
    )
    along = held[:, :-1, None] * (1 - place) + held[:, 1:, None] * place
    return tf.reshape(along, [frames.shape[0], -1, *frames.shape[2:]])


def ddsp(f0_hz, amplitudes, table) -> tf.Tensor:
    """DDSP's arithmetic: hats of every table sample at every sample of sound."""
    phase = tf.cumsum(_lines(f0_hz) / RATE, axis=1, exclusive=True) % 1.0
    points = tf.linspace(0.0, 1.0, SIZE + 1)
    hats = tf.nn.relu(1.0 - tf.abs((phase[..., None] - points) * SIZE))
    wrapped = tf.concat([table, table[..., :1]], axis=-1)
    if len(table.shape) == 3:
        wrapped = _lines(wrapped)
    return _lines(amplitudes) * tf.reduce_sum(hats * wrapped, axis=-1)


def ddsp_by_item(f0_hz, amplitudes, table) -> tf.Tensor:
    """The same, item by item: all 16 at once would be 8.4 GB a tensor."""
    shared = len(table.shape) == 1
    items = [
        ddsp(f0_hz[i : i + 1], amplitudes[i : i + 1], table if shared else table[i : i + 1])
        for i in range(BATCH)
    ]
    return tf.concat(items, axis=0)


def plain(f0_hz, amplitudes, table) -> tf.Tensor:
    """Plain TensorFlow: a cumulative sum, and two gathers of neighbours for every table."""
    place = tf.cumsum(_lines(f0_hz) / RATE, axis=1, exclusive=True) % 1.0 * SIZE
    index = tf.cast(place, tf.int32)
    part = place - tf.cast(index, place.dtype)
    index, later = index % SIZE, (index + 1) % SIZE
    if len(table.shape) == 1:
        sound = tf.gather(table, index) * (1 - part) + tf.gather(table, later) * part
        return _lines(amplitudes) * sound
    flat, frame = tf.reshape(table, [-1]), tf.repeat(tf.range(FRAMES), HOP)
    ends = []
    for number in (frame, tf.minimum(frame + 1, FRAMES - 1)):
        first = (tf.range(BATCH)[:, None] * FRAMES + number) * SIZE
        ends.append(
            tf.gather(flat, first + index) * (1 - part) + tf.gather(flat, first + later) * part
        )
    fade = tf.tile(tf.range(HOP, dtype=tf.float32) / HOP, [FRAMES])
    return _lines(amplitudes) * (ends[0] * (1 - fade) + ends[1] * fade)


def torch_plain(f0_hz, amplitudes, table):
    """The same in torch."""
    import torch

    def lines(frames):
        held = torch.cat([frames, frames[:, -1:]], dim=1)
        place = torch.arange(HOP) / HOP
        return (held[:, :-1, None] * (1 - place) + held[:, 1:, None] * place).reshape(BATCH, -1)

    steps = lines(f0_hz) / RATE
    place = (torch.cumsum(steps, 1) - steps) % 1.0 * SIZE
    index = place.detach().long()
    part = place - index
    index, later = index % SIZE, (index + 1) % SIZE
    if table.dim() == 1:
        return lines(amplitudes) * (table[index] * (1 - part) + table[later] * part)
    flat, frame = table.reshape(-1), torch.arange(FRAMES).repeat_interleave(HOP)
    ends = []
    for number in (frame, torch.clamp(frame + 1, max=FRAMES - 1)):
        first = (torch.arange(BATCH)[:, None] * FRAMES + number) * SIZE
        ends.append(flat[first + index] * (1 - part) + flat[first + later] * part)
    fade = (torch.arange(HOP) / HOP).repeat(FRAMES)
    return lines(amplitudes) * (ends[0] * (1 - fade) + ends[1] * fade)


def with_gradient(function: Callable) -> Callable:
    """The wave, and the gradient of a weighted sum of it by every control."""
    rng = np.random.default_rng(1)
    weights = tf.constant(rng.standard_normal((BATCH, FRAMES * HOP)), tf.float32)

    def both(*given: tf.Tensor) -> tuple:
        with tf.GradientTape() as tape:
            tape.watch(given)
            sound = function(*given)
        gradients = tape.gradient(sound, given, output_gradients=weights)
        return sound, [tf.convert_to_tensor(gradient) for gradient in gradients]

    return both


def torch_with_gradient(*given):
    """The same in torch."""
    leaves = [tensor.detach().requires_grad_() for tensor in given]
    sound = torch_plain(*leaves)
    sound.sum().backward()
    return sound, [leaf.grad for leaf in leaves]


def exact(f0_hz: np.ndarray, amplitudes: np.ndarray, table: np.ndarray) -> np.ndarray:
    """The first item in float64: partials of the table, of their exact phase."""
    held = np.append(f0_hz[0], f0_hz[0, -1]).astype(np.float64)
    j = np.arange(HOP)
    starts = np.concatenate([[0.0], np.cumsum((held[:-1] + held[1:]) / 2 * HOP / RATE)[:-1]])
    curve = np.diff(held)[:, None] * j**2 / (2 * HOP * RATE)
    turns = (starts[:, None] + held[:-1, None] * j / RATE + curve) % 1.0
    tables = table if table.ndim == 1 else table[0]
    spectrum = np.fft.rfft(tables.astype(np.float64))[..., 1:21] * (-2 / SIZE)
    heights = np.broadcast_to(spectrum.imag, (FRAMES, 20)) * amplitudes[0, :, None]
    later = np.concatenate([heights[1:], heights[-1:]])
    share = (j / HOP)[:, None]
    along = heights[:, None] * (1 - share) + later[:, None] * share
    return np.sum(along * np.sin(2 * np.pi * turns[..., None] * np.arange(1, 21)), -1).ravel()


def _error(expected: np.ndarray) -> Callable:
    def error(result: object) -> float:
        sound = result[0] if isinstance(result, tuple) else result
        return error_db(
            np.asarray(sound[0].detach() if hasattr(sound, "detach") else sound[0]), expected
        )

    return error


def _speed(label: str, given: tuple[np.ndarray, ...], rounds: int) -> Iterator[str]:
    import torch

    tensors = [tf.constant(part) for part in given]
    torches = [torch.from_numpy(part) for part in given]
    error = _error(exact(*given))
    for step, wrap, torch_call in (
        ("forward", lambda function: function, torch_plain),
        ("forward and all gradients", with_gradient, torch_with_gradient),
    ):
        calls: dict[str, Callable] = {}
        for lookup in ("bandlimited", "cubic", "linear"):
            function = functools.partial(ours(lookup), interpolation="linear")
            calls[f"spectrotools {lookup} eager"] = functools.partial(wrap(function), *tensors)
        graph = modes("plain TensorFlow", wrap(plain), *tensors)
        calls |= {mode: call for mode, call in graph.items() if "eager" not in mode}
        calls["plain torch"] = functools.partial(torch_call, *torches)
        cases = [Case(name, call, error) for name, call in calls.items()]
        size = f"{BATCH} x {FRAMES * HOP} samples"
        yield compare(f"{label}, {size}, {step}", cases, BATCH * SECONDS, rounds=rounds)


def _beside_ddsp(given: tuple[np.ndarray, ...]) -> Iterator[str]:
    """One item, for what DDSP's arithmetic makes of it."""
    one = [tf.constant(part[:1]) for part in given[:2]] + [tf.constant(given[2])]
    error = _error(exact(*given))
    function = functools.partial(ours("linear"), interpolation="linear")
    for step, gradient in (("forward", False), ("forward and all gradients", True)):

        def wrap(function: Callable, gradient: bool = gradient) -> Callable:
            if not gradient:
                return function

            def both(*parts: tf.Tensor) -> tuple:
                with tf.GradientTape() as tape:
                    tape.watch(parts)
                    sound = function(*parts)
                return sound, [tf.convert_to_tensor(g) for g in tape.gradient(sound, parts)]

            return both

        calls = {"spectrotools linear eager": functools.partial(wrap(function), *one)}
        peer = modes("DDSP's arithmetic", wrap(ddsp), *one)
        calls |= {mode: call for mode, call in peer.items() if "eager" not in mode}
        cases = [Case(name, call, error) for name, call in calls.items()]
        title = f"One table of {SIZE}, 1 x {FRAMES * HOP} samples, {step}"
        yield compare(title, cases, SECONDS, rounds=2)


def _waveforms() -> Iterator[str]:
    """Saws beside the same harmonics summed, and beside PolyBLEP, which aliases."""
    import spectrotools as st

    f0_hz, amplitudes, _ = (tf.constant(part) for part in controls())
    count = int(RATE / 2 / 60)
    each = tf.constant(-2 / np.pi / np.arange(1, count + 1), tf.float32)
    distribution = tf.broadcast_to(each, [BATCH, FRAMES, count])

    def saw(f0_hz, amplitudes):
        return st.waveform_synthesis(f0_hz, amplitudes, shape="saw", **GRID)

    def summed(f0_hz, amplitudes):
        return st.harmonic_synthesis(f0_hz, amplitudes, distribution, **GRID)

    def polyblep(f0_hz, amplitudes):
        step = _lines(f0_hz) / RATE
        phase = tf.cumsum(step, axis=1, exclusive=True) % 1.0
        after, before = phase / step, (phase - 1) / step
        blep = tf.where(after < 1, 2 * after - after**2 - 1, tf.zeros_like(after))
        blep += tf.where(before > -1, before**2 + 2 * before + 1, tf.zeros_like(before))
        return _lines(amplitudes) * (2 * phase - 1 - blep)

    for label, wrap in (
        ("forward", lambda function: function),
        ("forward and gradients", with_gradient),
    ):
        calls = {
            "waveform_synthesis saw, eager": functools.partial(wrap(saw), f0_hz, amplitudes),
            f"its {count} harmonics summed, eager": functools.partial(
                wrap(summed), f0_hz, amplitudes
            ),
            "PolyBLEP graph": functools.partial(tf.function(wrap(polyblep)), f0_hz, amplitudes),
        }
        cases = [Case(name, call) for name, call in calls.items()]
        title = f"A saw, {BATCH} x {FRAMES * HOP} samples, {label}"
        yield compare(title, cases, BATCH * SECONDS, rounds=3)


PEAKS = {
    "spectrotools bandlimited eager": lambda: ours("bandlimited"),
    "spectrotools bandlimited eager, with gradients": lambda: with_gradient(ours("bandlimited")),
    "spectrotools linear eager": lambda: ours("linear"),
    "spectrotools linear eager, with gradients": lambda: with_gradient(ours("linear")),
    "plain TensorFlow graph": lambda: tf.function(plain),
    "plain TensorFlow graph, with gradients": lambda: tf.function(with_gradient(plain)),
    "DDSP's arithmetic graph, item by item": lambda: tf.function(ddsp_by_item),
}


def _memory() -> str:
    title = f"### Peak memory of one table of {SIZE} over its inputs, MiB"
    lines = [title, "", "| case | MiB |", "|---|---:|"]
    for case in PEAKS:
        lines.append(f"| {case} | {peak_memory('benchmarks.wavetable', case):.0f} |")
    return "\n".join([*lines, ""])


def tables() -> Iterator[str]:
    """Speed and memory, of a table for all frames and of one for each; then saws."""
    f0_hz, amplitudes, table = controls()
    yield from _speed(f"One table of {SIZE}", (f0_hz, amplitudes, table), 5)
    changing = (f0_hz, amplitudes, tables_of(table))
    yield from _speed(f"A table of {SIZE} for every frame", changing, 2)
    yield from _beside_ddsp((f0_hz, amplitudes, table))
    yield _memory()
    yield from _waveforms()


if __name__ == "__main__":
    inputs = [tf.constant(part) for part in controls()]
    print_peak(functools.partial(PEAKS[sys.argv[2]](), *inputs))
