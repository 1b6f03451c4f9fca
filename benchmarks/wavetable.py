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
    torch_turns,
    torch_with_gradient,
    turns,
    wave,
    with_gradient,
)

SIZE = 2048


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


def ddsp(f0_hz, amplitudes, table) -> tf.Tensor:
    """DDSP's arithmetic: hats of every table sample at every sample of sound."""
    phase = tf.cumsum(between(f0_hz) / RATE, axis=1, exclusive=True) % 1.0
    points = tf.cast(tf.linspace(0.0, 1.0, SIZE + 1), table.dtype)
    hats = tf.nn.relu(1.0 - tf.abs((phase[..., None] - points) * SIZE))
    wrapped = tf.concat([table, table[..., :1]], axis=-1)
    return between(amplitudes, FADE) * tf.reduce_sum(hats * wrapped, axis=-1)


def ddsp_by_item(f0_hz, amplitudes, table) -> tf.Tensor:
    """The same, item by item: all 16 at once would be 8.4 GB a tensor."""
    items = [ddsp(f0_hz[i : i + 1], amplitudes[i : i + 1], table) for i in range(BATCH)]
    return tf.concat(items, axis=0)


def plain(f0_hz, amplitudes, table) -> tf.Tensor:
    """Plain TensorFlow: two gathers of neighbours for every table."""
    place = tf.reshape(turns(f0_hz), [-1, SAMPLES]) % 1.0 * SIZE
    index = tf.cast(place, tf.int32)
    part = place - tf.cast(index, place.dtype)
    index, later = index % SIZE, (index + 1) % SIZE
    if len(table.shape) == 1:
        sound = tf.gather(table, index) * (1 - part) + tf.gather(table, later) * part
        return between(amplitudes, FADE) * sound
    flat, frame = tf.reshape(table, [-1]), tf.repeat(tf.range(FRAMES), HOP)
    ends = []
    for number in (frame, tf.minimum(frame + 1, FRAMES - 1)):
        first = (tf.range(BATCH)[:, None] * FRAMES + number) * SIZE
        sound = tf.gather(flat, first + index) * (1 - part) + tf.gather(flat, first + later) * part
        ends.append(tf.gather(amplitudes, number, axis=1) * sound)
    fade = tf.constant(np.tile(FADE, FRAMES), tf.float32)
    return ends[0] * (1 - fade) + ends[1] * fade


def torch_plain(f0_hz, amplitudes, table):
    """The same in torch."""
    import torch

    place = torch.stack(list(map(torch_turns, f0_hz))).reshape(BATCH, -1) % 1.0 * SIZE
    index = place.detach().long()
    part = place - index
    index, later = index % SIZE, (index + 1) % SIZE
    frame, fade = torch.arange(FRAMES).repeat_interleave(HOP), torch.from_numpy(FADE).float()
    fade, following = fade.repeat(FRAMES), torch.clamp(frame + 1, max=FRAMES - 1)
    if table.dim() == 1:
        heights = amplitudes[:, frame] * (1 - fade) + amplitudes[:, following] * fade
        return heights * (table[index] * (1 - part) + table[later] * part)
    flat, ends = table.reshape(-1), []
    for number in (frame, following):
        first = (torch.arange(BATCH)[:, None] * FRAMES + number) * SIZE
        sound = flat[first + index] * (1 - part) + flat[first + later] * part
        ends.append(amplitudes[:, number] * sound)
    return ends[0] * (1 - fade) + ends[1] * fade


def exact(f0_hz: np.ndarray, amplitudes: np.ndarray, table: np.ndarray) -> np.ndarray:
    """All items in float64: partials of the table, of their exact phase."""
    tables = np.broadcast_to(table, (BATCH, FRAMES, SIZE))
    return np.stack(list(map(_exact_item, f0_hz, amplitudes, tables)))


def _exact_item(f0_hz: np.ndarray, amplitudes: np.ndarray, tables: np.ndarray) -> np.ndarray:
    spectrum = np.fft.rfft(tables.astype(np.float64))[..., 1:21] * (-2 / SIZE)
    heights = spectrum.imag * amplitudes[:, None]
    later = np.concatenate([heights[1:], heights[-1:]])
    fade = FADE[:, None]
    along = heights[:, None] * (1 - fade) + later[:, None] * fade
    angles = TURN * exact_turns(f0_hz)[..., None] * np.arange(1, 21)
    return np.sum(along * np.sin(angles), axis=-1).ravel()


LOOKUPS = (
    "`bandlimited` is the default. The peers read tables along lines, as `linear` does. "
    "The exact sound has the 20 partials of the table and none of the images of lines."
)


def _speed(label: str, given: tuple[np.ndarray, ...], rounds: int) -> Iterator[str]:
    import torch

    tensors = [tf.constant(part) for part in given]
    torches = [torch.from_numpy(part) for part in given]
    expected = exact(*given)
    for step, wrap, torch_call in (
        ("forward", lambda function: function, torch_plain),
        ("forward and all gradients", with_gradient, torch_with_gradient(torch_plain)),
    ):
        calls = modes("spectrotools bandlimited", wrap(ours("bandlimited")), *tensors)
        for lookup in ("cubic", "linear"):
            call = functools.partial(wrap(ours(lookup)), *tensors)
            calls[f"spectrotools {lookup} eager"] = call
        graph = modes("plain TensorFlow", wrap(plain), *tensors)
        calls |= {mode: call for mode, call in graph.items() if "eager" not in mode}
        calls["plain torch"] = functools.partial(torch_call, *torches)
        cases = [
            Case(name, call, lambda result: error_db(wave(result), expected))
            for name, call in calls.items()
        ]
        title = f"{label}, {BATCH} x {SAMPLES} samples, {step}"
        yield compare(title, cases, BATCH * SECONDS, rounds=rounds, note=LOOKUPS)


def _beside_ddsp(given: tuple[np.ndarray, ...]) -> Iterator[str]:
    """One item, for what DDSP's arithmetic makes of it."""
    f0_hz, amplitudes, table = given
    one = [tf.constant(f0_hz[:1]), tf.constant(amplitudes[:1]), tf.constant(table)]
    expected = _exact_item(f0_hz[0], amplitudes[0], np.broadcast_to(table, (FRAMES, SIZE)))
    note = f"{LOOKUPS} DDSP sums the frequencies of the samples, which is not their integral."
    for step, wrap in (
        ("forward", lambda function: function),
        ("forward and all gradients", functools.partial(with_gradient, items=1)),
    ):
        calls = {
            f"spectrotools {lookup} eager": functools.partial(wrap(ours(lookup)), *one)
            for lookup in ("bandlimited", "linear")
        }
        peer = modes("DDSP's arithmetic", wrap(ddsp), *one)
        calls |= {mode: call for mode, call in peer.items() if "eager" not in mode}
        cases = [
            Case(name, call, lambda result: error_db(wave(result)[0], expected))
            for name, call in calls.items()
        ]
        title = f"One table of {SIZE}, 1 x {SAMPLES} samples, {step}"
        yield compare(title, cases, SECONDS, rounds=2, note=note)


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
        step = between(f0_hz) / RATE
        phase = tf.cumsum(step, axis=1, exclusive=True) % 1.0
        after, before = phase / step, (phase - 1) / step
        blep = tf.where(after < 1, 2 * after - after**2 - 1, tf.zeros_like(after))
        blep += tf.where(before > -1, before**2 + 2 * before + 1, tf.zeros_like(before))
        return between(amplitudes) * (2 * phase - 1 - blep)

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
        title = f"A saw, {BATCH} x {SAMPLES} samples, {label}"
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
