"""The constant-Q transform of a signal that arrives in blocks: slice after slice.

A slice waits for what it hears after itself, so the delay is that of two or three settling times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import tensorflow as tf

from ..ops.framing import fit_length
from ..ops.numerics import compiled, complex_dtype, flatten_leading, working_dtype
from .cqt_slices import ENDLESS, analyse_some, synthesise_some, turned
from .cqt_tiling import Tiling

if TYPE_CHECKING:
    from .cqt import CQT


class AnalysisState(NamedTuple):
    """What an analysis remembers between blocks."""

    buffer: tf.Tensor  # [..., the last samples]
    samples: tf.Tensor  # int64, heard so far
    slices: tf.Tensor  # int64, given out so far


class SynthesisState(NamedTuple):
    """What a synthesis remembers between blocks."""

    buffers: tuple[tf.Tensor, ...]  # of each hop, [..., the last frames, bins]
    slices: tf.Tensor  # int64, given out so far


def initial_analysis(
    transform: CQT, batch_shape: tuple[int, ...], dtype: tf.DType
) -> AnalysisState:
    """The state of an analysis that has heard nothing."""
    nothing = tf.zeros([*batch_shape, 0], working_dtype(tf.as_dtype(dtype)))
    return AnalysisState(nothing, tf.zeros([], tf.int64), tf.zeros([], tf.int64))


@compiled
def analyse_step(
    block: tf.Tensor, state: AnalysisState, *, transform: CQT
) -> tuple[tuple[tf.Tensor, ...], AnalysisState]:
    """The frames of the slices that a block completes, and the state after it."""
    tiling = transform._tiling
    audio = tf.concat([state.buffer, tf.cast(block, state.buffer.dtype)], axis=-1)
    audio, unfold = flatten_leading(audio, keep=1)
    samples = state.samples + tf.cast(tf.shape(block)[-1], tf.int64)
    ready = _ready((samples - 1) // tiling.unit, tiling)
    start = samples - tf.shape(audio, tf.int64)[1]
    found = analyse_some(audio, tf.range(state.slices, ready), ENDLESS, start, tiling)
    parts = turned(found, state.slices * tiling.kept, tiling, -1.0)
    # The end of the signal may mirror what is as far back as a slice is long.
    first = tf.maximum((ready * tiling.kept - tiling.size) * tiling.unit, 0)
    kept = unfold(audio[:, tf.maximum(first - start, 0) :])
    return tuple(map(unfold, parts)), AnalysisState(kept, samples, ready)


@compiled
def analyse_flush(state: AnalysisState, *, transform: CQT) -> tuple[tf.Tensor, ...]:
    """The frames that wait for the end of the signal."""
    tiling = transform._tiling
    audio, unfold = flatten_leading(state.buffer, keep=1)
    start = state.samples - tf.shape(audio, tf.int64)[1]
    span = tiling.span(state.samples)
    audio = fit_length(audio, tf.cast(span * tiling.unit + 1 - start, tf.int32))
    slices = tf.range(state.slices, span // tiling.kept + 1)
    found = analyse_some(audio, slices, span, start, tiling)
    parts = turned(found, state.slices * tiling.kept, tiling, -1.0)
    left = span - state.slices * tiling.kept
    rates = [tiling.unit // hop for hop, _ in tiling.runs]
    return tuple(
        unfold(part[:, : left * rate + 1]) for part, rate in zip(parts, rates, strict=True)
    )


def initial_synthesis(
    transform: CQT, batch_shape: tuple[int, ...], dtype: tf.DType
) -> SynthesisState:
    """The state of a synthesis that has seen no frame."""
    kind = complex_dtype(working_dtype(tf.as_dtype(dtype)))
    nothing = [tf.zeros([*batch_shape, 0, bins], kind) for _, bins in transform._tiling.runs]
    return SynthesisState(tuple(nothing), tf.zeros([], tf.int64))


@compiled
def synthesise_step(
    parts: tuple[tf.Tensor, ...], state: SynthesisState, *, transform: CQT
) -> tuple[tf.Tensor, SynthesisState]:
    """The samples of the slices that new frames complete, and the state after them."""
    tiling = transform._tiling
    pairs = zip(state.buffers, parts, strict=True)
    flat = [flatten_leading(tf.concat(pair, axis=-2), keep=2) for pair in pairs]
    unfold = flat[0][1]
    seen, starts = [part for part, _ in flat], _starts(state, tiling)
    ends = [
        (start + tf.shape(part, tf.int64)[1] - 1) // (tiling.unit // hop)
        for part, start, (hop, _) in zip(seen, starts, tiling.runs, strict=True)
    ]
    ready = tf.maximum(_ready(tf.reduce_min(tf.stack(ends)), tiling), state.slices)
    audio = _sound(seen, tf.range(state.slices, ready), ENDLESS, starts, tiling)
    after = SynthesisState(state.buffers, ready)
    kept = [
        unfold(part[:, tf.maximum(later - start, 0) :])
        for part, start, later in zip(seen, starts, _starts(after, tiling), strict=True)
    ]
    return unfold(audio), after._replace(buffers=tuple(kept))


@compiled
def synthesise_flush(
    state: SynthesisState, length: tf.Tensor | None, *, transform: CQT
) -> tf.Tensor:
    """The samples that wait for the end, up to that of a signal of ``length``."""
    tiling = transform._tiling
    flat = [flatten_leading(part, keep=2) for part in state.buffers]
    seen, unfold, starts = [part for part, _ in flat], flat[0][1], _starts(state, tiling)
    hop = tiling.runs[0][0]
    span = (starts[0] + tf.shape(seen[0], tf.int64)[1] - 1) // (tiling.unit // hop)
    slices = tf.range(state.slices, span // tiling.kept + 1)
    audio = _sound(seen, slices, span, starts, tiling)
    end = span * tiling.unit if length is None else tf.cast(length, tf.int64)
    return unfold(audio[:, : tf.maximum(end - state.slices * tiling.kept * tiling.unit, 0)])


def _ready(heard: tf.Tensor, tiling: Tiling) -> tf.Tensor:
    """How many slices are complete where a signal is known up to ``heard`` units."""
    return tf.maximum((heard - tiling.size + tiling.context) // tiling.kept + 1, 0)


def _starts(state: SynthesisState, tiling: Tiling) -> list[tf.Tensor]:
    """The place of the first frame that is remembered, in each part."""
    first = tf.maximum(state.slices * tiling.kept - tiling.size, 0)
    return [first * (tiling.unit // hop) for hop, _ in tiling.runs]


def _sound(
    parts: list[tf.Tensor],
    slices: tf.Tensor,
    span: tf.Tensor | int,
    starts: list[tf.Tensor],
    tiling: Tiling,
) -> tf.Tensor:
    first = starts[0] // (tiling.unit // tiling.runs[0][0])
    return synthesise_some(turned(parts, first, tiling, 1.0), slices, span, starts, tiling)
