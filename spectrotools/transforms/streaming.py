"""A transform of frames, of a signal that arrives in blocks.

Analysis keeps the samples that later frames still need; synthesis keeps the overlap that later
frames will still add to. Both count in 64 bits, so that ten hours are like ten seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import tensorflow as tf

from ..ops.framing import fit_length
from ..ops.numerics import compiled, flatten_leading, sizes, working_dtype

if TYPE_CHECKING:
    from .framed import Framed


class AnalysisState(NamedTuple):
    """What an analysis remembers between blocks."""

    buffer: tf.Tensor  # [..., pending samples]
    samples: tf.Tensor  # int64, samples heard so far


class SynthesisState(NamedTuple):
    """What a synthesis remembers between blocks."""

    overlap: tf.Tensor  # [..., samples that later frames may still add to]
    frames: tf.Tensor  # int64, frames seen so far


def initial_analysis(
    transform: Framed, batch_shape: tuple[int, ...], dtype: tf.DType
) -> AnalysisState:
    """The state of an analysis that has heard nothing but the padding before the signal."""
    buffer = tf.zeros([*batch_shape, transform.delay], working_dtype(tf.as_dtype(dtype)))
    return AnalysisState(buffer, tf.zeros([], tf.int64))


@compiled
def analyse_step(
    block: tf.Tensor, state: AnalysisState, *, transform: Framed
) -> tuple[tf.Tensor, AnalysisState]:
    """The frames that a block completes, and the state after it."""
    block = tf.cast(block, state.buffer.dtype)
    audio, unfold = flatten_leading(tf.concat([state.buffer, block], axis=-1), keep=1)
    coefficients = transform.analysed(audio)
    pending = audio[:, sizes(coefficients)[1] * transform.hop_length :]
    samples = state.samples + tf.cast(tf.shape(block)[-1], tf.int64)
    return unfold(coefficients), AnalysisState(unfold(pending), samples)


@compiled
def analyse_flush(state: AnalysisState, *, transform: Framed) -> tf.Tensor:
    """The frames that reach beyond the end of the signal."""
    audio, unfold = flatten_leading(state.buffer, keep=1)
    heard = transform.delay + state.samples - tf.cast(tf.shape(audio)[1], tf.int64)
    done = heard // transform.hop_length
    left = tf.cast(transform.num_frames(state.samples) - done, tf.int32)
    audio = fit_length(audio, (left - 1) * transform.hop_length + transform.frame_length)
    return unfold(transform.analysed(audio))


def _held_rows(transform: Framed) -> int:
    """Rows behind the newest frame that wait: its own overlap, and what may lie past the end.

    The signal may end before the newest frame is complete; no sample goes out that a signal of
    so many frames need not have.
    """
    overlap = -(-transform.frame_length // transform.hop_length)
    unsure = transform.hop_length - transform.delay - transform.surplus
    return overlap - 1 + max(-(-unsure // transform.hop_length), 0)


def initial_synthesis(
    transform: Framed, batch_shape: tuple[int, ...], dtype: tf.DType
) -> SynthesisState:
    """The state of a synthesis that has seen no frame."""
    held = _held_rows(transform) * transform.hop_length
    overlap = tf.zeros([*batch_shape, held], working_dtype(tf.as_dtype(dtype)))
    return SynthesisState(overlap, tf.zeros([], tf.int64))


@compiled
def synthesise_step(
    coefficients: tf.Tensor, state: SynthesisState, *, transform: Framed
) -> tuple[tf.Tensor, SynthesisState]:
    """The samples that new frames make final, and the state after them."""
    hop_length = transform.hop_length
    coefficients, unfold = flatten_leading(coefficients, keep=2)
    overlap, _ = flatten_leading(state.overlap, keep=1)
    new = tf.cast(transform.overlapped(coefficients), overlap.dtype)
    held, ready = sizes(overlap)[1], sizes(coefficients)[1] * hop_length
    fresh = held + ready - sizes(new)[1]
    audio = tf.pad(new, [[0, 0], [fresh, 0]]) + tf.pad(overlap, [[0, 0], [0, ready]])
    start = _start(state, transform)
    begin = tf.clip_by_value(transform.delay - start, 0, tf.cast(ready, tf.int64))
    done = transform.finished(audio, begin, ready, start=start, frames=None)
    frames = state.frames + tf.cast(sizes(coefficients)[1], tf.int64)
    return unfold(done), SynthesisState(unfold(audio[:, ready:]), frames)


@compiled
def synthesise_flush(
    state: SynthesisState, length: tf.Tensor | None, *, transform: Framed
) -> tf.Tensor:
    """The samples still held, up to the end of a signal of ``length``."""
    if length is None:
        length = transform.default_length(state.frames)
    audio, unfold = flatten_leading(state.overlap, keep=1)
    start = _start(state, transform)
    held = tf.cast(tf.shape(audio)[1], tf.int64)
    begin = tf.clip_by_value(transform.delay - start, 0, held)
    wanted = transform.delay + length - start
    end = tf.clip_by_value(wanted, begin, held)
    audio = transform.finished(audio, begin, end, start=start, frames=state.frames)
    return unfold(fit_length(audio, tf.cast(tf.maximum(wanted - begin, 0), tf.int32)))


def _start(state: SynthesisState, transform: Framed) -> tf.Tensor:
    """The place of the first held sample, where the first frame starts at 0."""
    held = _held_rows(transform)
    overlap = -(-transform.frame_length // transform.hop_length)
    return (state.frames - held + overlap - 1) * transform.hop_length
