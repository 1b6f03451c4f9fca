"""Signals and constant-Q coefficients in overlapping slices, and whole ones put together again.

A signal goes on mirrored beyond its ends, and so do its coefficients, conjugated. Of what a slice
gives, the part is kept that its own ends cannot reach.
"""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from ..ops.constant_q import analyse_slices, synthesise_slices
from ..ops.numerics import sizes
from .cqt_tiling import Tiling
from .framed import Length

__all__ = ["ENDLESS", "analyse", "analyse_some", "synthesise", "synthesise_some", "turned"]

ENDLESS = 2**40  # units: a span whose end is not known yet
_REFINED = 2  # times that float64 corrects the inverse of several slices, each by 130 dB


def analyse(audio: tf.Tensor, span: Length, tiling: Tiling) -> list[tf.Tensor]:
    """Analyse ``[batch, span * unit + 1]``, as one slice or as several."""
    if isinstance(span, int) and tiling.is_whole(span):
        return list(analyse_slices(audio, tiling.groups(span)))
    parts = analyse_some(audio, tf.range(span // tiling.kept + 1), span, 0, tiling)
    rates = [tiling.unit // hop for hop, _ in tiling.runs]
    return [part[:, : span * rate + 1] for part, rate in zip(parts, rates, strict=True)]


def synthesise(parts: Sequence[tf.Tensor], span: Length, tiling: Tiling) -> tf.Tensor:
    """Synthesise ``[batch, span * unit + 1]``, as one slice or as several."""
    if isinstance(span, int) and tiling.is_whole(span):
        return synthesise_slices(parts, tiling.groups(span))
    slices, starts = tf.range(span // tiling.kept + 1), [0] * len(parts)
    end = span * tiling.unit + 1
    audio = synthesise_some(parts, slices, span, starts, tiling)[:, :end]
    if audio.dtype == tf.float64:
        for _ in range(_REFINED):
            again = analyse(audio, span, tiling)
            missing = [wanted - got for wanted, got in zip(parts, again, strict=True)]
            audio += synthesise_some(missing, slices, span, starts, tiling)[:, :end]
    return audio


def analyse_some(
    audio: tf.Tensor, slices: tf.Tensor, span: Length, start: tf.Tensor | int, tiling: Tiling
) -> list[tf.Tensor]:
    """The frames of consecutive slices, of a signal of which ``audio`` begins at ``start``."""
    cut, _ = _cut(audio, slices, tiling.unit, span, start, tiling)
    length = tiling.size * tiling.unit + 1
    parts = analyse_slices(tf.reshape(cut, [-1, length]), tiling.groups(tiling.size))
    batch = sizes(audio)[0]
    joined = []
    for part, (hop, bins) in zip(parts, tiling.runs, strict=True):
        middle = _kept(part, tiling.unit // hop, tiling)
        joined.append(tf.reshape(middle, [batch, tf.size(slices) * middle.shape[1], bins]))
    return joined


def synthesise_some(
    parts: Sequence[tf.Tensor],
    slices: tf.Tensor,
    span: Length,
    starts: Sequence[tf.Tensor | int],
    tiling: Tiling,
) -> tf.Tensor:
    """The samples of consecutive slices, of coefficients of which each part has its start."""
    cut = []
    for part, start, (hop, bins) in zip(parts, starts, tiling.runs, strict=True):
        rate = tiling.unit // hop
        taken, sign = _cut(part, slices, rate, span, start, tiling)
        imaginary = tf.math.imag(taken) * tf.cast(sign[:, :, None], taken.dtype.real_dtype)
        taken = tf.complex(tf.math.real(taken), imaginary)
        cut.append(tf.reshape(taken, [-1, tiling.size * rate + 1, bins]))
    sound = synthesise_slices(cut, tiling.groups(tiling.size))
    middle = _kept(sound, tiling.unit, tiling)
    return tf.reshape(middle, [sizes(parts[0])[0], tf.size(slices) * middle.shape[1]])


def _cut(
    values: tf.Tensor,
    slices: tf.Tensor,
    rate: int,
    span: Length,
    start: tf.Tensor | int,
    tiling: Tiling,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Cut slices out of ``[batch, time, ...]``, ``rate`` values to the unit, mirrored at its ends.

    Returns:
        ``[batch, slices, size * rate + 1, ...]``, and the sign ``[slices, size * rate + 1]`` of
        what is imaginary: -1 where mirrored, and 0 at the two ends, which mirror themselves.
    """
    first = (tf.cast(slices, tf.int64) * tiling.kept - tiling.context) * rate
    place = first[:, None] + tf.range(tiling.size * rate + 1, dtype=tf.int64)
    end = tf.cast(span, tf.int64) * rate
    folded = tf.math.floormod(place, 2 * end)
    inside = tf.where(folded > end, 2 * end - folded, folded) - tf.cast(start, tf.int64)
    sign = tf.where(folded % end == 0, tf.zeros_like(folded), tf.sign(end - folded))
    return tf.gather(values, inside, axis=1), sign


def _kept(values: tf.Tensor, rate: int, tiling: Tiling) -> tf.Tensor:
    first = tiling.context * rate
    return values[:, first : first + tiling.kept * rate]


def turned(
    parts: Sequence[tf.Tensor], first: tf.Tensor | int, tiling: Tiling, direction: float
) -> Sequence[tf.Tensor]:
    """Take the turning of the bands' middles off, or put it on again, from a unit on.

    ``direction`` is -1 to take it off; with ``phase="signal"`` it stays as it is.
    """
    if tiling.phase == "signal":
        return parts
    middles = tiling.middles / tiling.sample_rate
    results, done = [], 0
    for part, (hop, count) in zip(parts, tiling.runs, strict=True):
        begin = tf.cast(first, tf.int64) * (tiling.unit // hop)
        frames = tf.cast(begin + tf.range(tf.shape(part, tf.int64)[1]), tf.float64)
        turns = frames[:, None] * tf.constant(middles[done : done + count] * hop % 1.0)
        done += count
        angle = (turns - tf.round(turns)) * (2 * np.pi * direction)
        turning = tf.complex(tf.cos(angle), tf.sin(angle))
        results.append(part * tf.cast(turning, part.dtype))
    return results
