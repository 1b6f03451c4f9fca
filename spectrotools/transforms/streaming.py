"""The short-time Fourier transform of a signal that arrives in blocks.

Analysis keeps the samples that later frames still need; synthesis keeps the overlap that later
frames will still add to. Both count in 64 bits, so that ten hours are like ten seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import tensorflow as tf

from .._validate import check
from ..ops.fourier import framed_irfft, framed_rfft
from ..ops.framing import completed, fit_length
from ..ops.numerics import compiled, complex_dtype, flatten_leading, sizes, working_dtype
from ..ops.windows import canonical_dual, overlap_sums

if TYPE_CHECKING:
    from .stft import STFT


class AnalysisState(NamedTuple):
    """What an analysis remembers between blocks."""

    buffer: tf.Tensor  # [..., pending samples]
    samples: tf.Tensor  # int64, samples heard so far


class SynthesisState(NamedTuple):
    """What a synthesis remembers between blocks."""

    overlap: tf.Tensor  # [..., samples that later frames may still add to]
    frames: tf.Tensor  # int64, frames seen so far


def initial_analysis(
    transform: STFT, batch_shape: tuple[int, ...], dtype: tf.DType
) -> AnalysisState:
    """The state of an analysis that has heard nothing but the padding before the signal."""
    check(
        transform.pad_mode == "constant",
        "pad_mode must be 'constant' to stream: other padding looks ahead",
        transform.pad_mode,
    )
    buffer = tf.zeros([*batch_shape, transform.delay], working_dtype(tf.as_dtype(dtype)))
    return AnalysisState(buffer, tf.zeros([], tf.int64))


@compiled
def analyse_step(
    block: tf.Tensor, state: AnalysisState, *, transform: STFT
) -> tuple[tf.Tensor, AnalysisState]:
    """The frames that a block completes, and the state after it."""
    block = tf.cast(block, state.buffer.dtype)
    audio, unfold = flatten_leading(tf.concat([state.buffer, block], axis=-1), keep=1)
    spectrum = _spectrum(audio, transform)
    pending = audio[:, sizes(spectrum)[1] * transform.hop_length :]
    samples = state.samples + tf.cast(tf.shape(block)[-1], tf.int64)
    return unfold(spectrum), AnalysisState(unfold(pending), samples)


@compiled
def analyse_flush(state: AnalysisState, *, transform: STFT) -> tf.Tensor:
    """The frames that reach beyond the end of the signal."""
    audio, unfold = flatten_leading(state.buffer, keep=1)
    heard = transform.delay + state.samples - tf.cast(tf.shape(audio)[1], tf.int64)
    done = heard // transform.hop_length
    left = tf.cast(transform.num_frames(state.samples) - done, tf.int32)
    audio = fit_length(audio, (left - 1) * transform.hop_length + transform.n_fft)
    return unfold(_spectrum(audio, transform))


def _spectrum(audio: tf.Tensor, transform: STFT) -> tf.Tensor:
    precise = tf.cast(audio, transform.precision(audio.dtype))
    spectrum = framed_rfft(precise, transform.window_samples, transform.hop_length)
    return tf.cast(spectrum, complex_dtype(audio.dtype))


def _held_rows(transform: STFT) -> int:
    """Rows behind the newest frame that wait: its own overlap, and what may lie past the end.

    The signal may end before the newest frame is complete; no sample goes out that a signal of
    so many frames need not have.
    """
    overlap = -(-transform.n_fft // transform.hop_length)
    unsure = transform.hop_length - transform.delay - transform.surplus
    return overlap - 1 + max(-(-unsure // transform.hop_length), 0)


def initial_synthesis(
    transform: STFT, batch_shape: tuple[int, ...], dtype: tf.DType
) -> SynthesisState:
    """The state of a synthesis that has seen no frame."""
    held = _held_rows(transform) * transform.hop_length
    overlap = tf.zeros([*batch_shape, held], working_dtype(tf.as_dtype(dtype)))
    return SynthesisState(overlap, tf.zeros([], tf.int64))


@compiled
def synthesise_step(
    coefficients: tf.Tensor, state: SynthesisState, *, transform: STFT
) -> tuple[tf.Tensor, SynthesisState]:
    """The samples that new frames make final, and the state after them."""
    window, hop_length = transform.window_samples, transform.hop_length
    precise = tf.cast(
        coefficients, complex_dtype(transform.inverse_precision(state.overlap.dtype))
    )
    coefficients, unfold = flatten_leading(precise, keep=2)
    overlap, _ = flatten_leading(state.overlap, keep=1)
    new = framed_irfft(coefficients, canonical_dual(window, hop_length), hop_length)
    new = tf.cast(new, overlap.dtype)
    held, ready = sizes(overlap)[1], sizes(coefficients)[1] * hop_length
    fresh = held + ready - sizes(new)[1]
    audio = tf.pad(new, [[0, 0], [fresh, 0]]) + tf.pad(overlap, [[0, 0], [0, ready]])
    start = _start(state, transform)
    begin = tf.clip_by_value(transform.delay - start, 0, tf.cast(ready, tf.int64))
    sums = overlap_sums(window, hop_length)
    done = completed(audio, begin, ready, start=start, frames=None, sums=sums)
    frames = state.frames + tf.cast(sizes(coefficients)[1], tf.int64)
    return unfold(done), SynthesisState(unfold(audio[:, ready:]), frames)


@compiled
def synthesise_flush(
    state: SynthesisState, length: tf.Tensor | None, *, transform: STFT
) -> tf.Tensor:
    """The samples still held, up to the end of a signal of ``length``."""
    if length is None:
        length = transform.default_length(state.frames)
    audio, unfold = flatten_leading(state.overlap, keep=1)
    start = _start(state, transform)
    sums = overlap_sums(transform.window_samples, transform.hop_length)
    held = tf.cast(tf.shape(audio)[1], tf.int64)
    begin = tf.clip_by_value(transform.delay - start, 0, held)
    wanted = transform.delay + length - start
    end = tf.clip_by_value(wanted, begin, held)
    audio = completed(audio, begin, end, start=start, frames=state.frames, sums=sums)
    return unfold(fit_length(audio, tf.cast(tf.maximum(wanted - begin, 0), tf.int32)))


def _start(state: SynthesisState, transform: STFT) -> tf.Tensor:
    """The place of the first held sample, where the first frame starts at 0."""
    held = _held_rows(transform)
    overlap = -(-transform.n_fft // transform.hop_length)
    return (state.frames - held + overlap - 1) * transform.hop_length
