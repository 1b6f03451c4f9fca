r"""Delays that a slow sine sweeps: the phase of the sweep, and the line that it reads.

.. math:: D(t) = c + d \sin(2 \pi f t + \varphi)

The phase is counted in whole numbers, :math:`2^{64}` to the turn: after ten hours it is what it
was in the first second. The real numbers that it is differentiated by are added as zeros.
"""

import math
from typing import Any, NamedTuple

import tensorflow as tf

from .._validate import check
from .carrying import checked_state
from .delay_line import SPARE, Stencil, read_line
from .feedback_delay import feedback_delay
from .numerics import compiled, flatten_leading, sizes, with_shape, working_dtype
from .oscillator_phase import OscillatorGrid, course_of
from .signal_controls import rows_of

__all__ = ["STRONGEST", "Sweep", "SweepState", "swept"]

STRONGEST = 0.99  # feedback that a tensor may reach


class Sweep(NamedTuple):
    """How a delay is swept and heard, float64 ``[...]``, or ``[batch or 1, 1]`` each."""

    rate_hz: tf.Tensor
    depth_ms: tf.Tensor
    center_ms: tf.Tensor
    phase: tf.Tensor  # at the first sample, radians
    mix: tf.Tensor
    feedback: tf.Tensor  # 0 where there is none


class SweepState(NamedTuple):
    """What a block leaves over to the next."""

    audio: tf.Tensor  # [..., max_delay + 2]: the last of the line
    phase: tf.Tensor  # int64, 2**64 to the turn: of the sample after the last


@compiled
def swept(
    audio: tf.Tensor,
    sweep: Sweep,
    state: SweepState | None,
    *,
    sample_rate: float,
    voices: int,
    max_delay: int | None,
    stencil: Stencil,
    recursive: bool,
) -> tuple[tf.Tensor, SweepState]:
    """Mix sound with its delayed copies, whose sweeps are spread evenly around the turn.

    Args:
        audio: ``[..., time]``.
        sweep: how to sweep.
        state: what the block before left; None is silence.
        sample_rate: Hz.
        voices: how many copies, of which the mean is heard.
        max_delay: the longest delay, samples, where there is to be a state.
        stencil: how to read between samples.
        recursive: whether the delayed sound is fed back.
    """
    given, dtype = audio.dtype, working_dtype(audio.dtype)
    audio, blank = tf.cast(audio, dtype), sum(tf.zeros_like(part) for part in sweep)
    sweep = Sweep(*(part + blank for part in sweep))
    first, step = _counted(sweep, state and state.phase, sample_rate)
    _, packed_count, _ = rows_of(audio, tf.stack([first, step], axis=-1))
    audio, packed, unfold = rows_of(audio, tf.stack(sweep, axis=-1))
    # Not packed[:, i, None]: of a stack, Grappler would forget the new axis.
    packed = with_shape(packed, [None, len(sweep)])
    sweep = Sweep(*tf.split(packed, len(sweep), axis=1))
    time = sizes(audio)[1]
    after = 4 * (first + step * tf.cast(time, tf.int64))
    delays = _delays(sweep, packed_count, time, sample_rate, voices)
    longest = time + SPARE if max_delay is None else max_delay
    least = 1.0 if recursive else 0.0  # what is fed back is never of the same sample
    delays = [
        tf.clip_by_value(delay, tf.constant(least, delay.dtype), tf.cast(longest, delay.dtype))
        for delay in delays
    ]
    memory = 1 if max_delay is None else max_delay + SPARE
    past = checked_state(state and state.audio, sizes(audio)[0], (memory,), dtype)
    sound = audio
    if recursive:
        gain = tf.cast(tf.clip_by_value(sweep.feedback, -STRONGEST, STRONGEST), dtype)
        line = tf.concat([past, tf.zeros_like(audio)], axis=1)
        sound += gain * read_line(line, delays[0], memory=memory, stencil=stencil)
        sound = feedback_delay(sound, gain, delays[0])
    line = tf.concat([past, sound], axis=1)
    heard = [read_line(line, delay, memory=memory, stencil=stencil) for delay in delays]
    mix = tf.cast(sweep.mix, dtype)
    mixed = (1.0 - mix) * audio + mix * (tf.add_n(heard) / voices)
    left = SweepState(unfold(line[:, time:]), after)
    return tf.cast(unfold(mixed), given), left


def _counted(sweep: Sweep, start: Any, sample_rate: float) -> tuple[tf.Tensor, tf.Tensor]:
    """The phase at the first sample and its step by the sample, int64, 2**62 to the turn."""
    initial = sweep.phase
    if start is not None:
        start = tf.convert_to_tensor(start)
        check(start.dtype == tf.int64, "the phase of a state must be int64", start.dtype.name)
        initial = tf.broadcast_to(start, tf.shape(initial))
    rate, unfold = flatten_leading(sweep.rate_hz[..., None], keep=1)
    initial, _ = flatten_leading(initial[..., None], keep=1)
    grid = OscillatorGrid(1, sample_rate, "linear", 1)
    course, _ = course_of(rate[..., None], initial, grid=grid)
    first, step = (tf.squeeze(unfold(part[:, 0]), axis=-1) for part in course[:2])
    return first, step


def _delays(
    sweep: Sweep, count: tf.Tensor, time: Any, sample_rate: float, voices: int
) -> list[tf.Tensor]:
    """The delays ``[rows, time]`` of every voice, samples."""
    first, step = tf.split(with_shape(count, [None, 2]), 2, axis=1)
    place = tf.range(time, dtype=tf.int64)
    units = 4 * (first + step * place)
    rate, phase = (part - tf.stop_gradient(part) for part in (sweep.rate_hz, sweep.phase))
    moved = rate * (tf.cast(place, tf.float64) / sample_rate) + phase / (2.0 * math.pi)
    delays = []
    for voice in range(voices):
        shift = (voice * 2**64 // voices + 2**63) % 2**64 - 2**63
        turns = tf.cast(units + tf.constant(shift, tf.int64), tf.float64) * 2.0**-64 + moved
        swing = sweep.depth_ms * tf.sin(2.0 * math.pi * turns)
        delays.append((sweep.center_ms + swing) * (sample_rate / 1000.0))
    return delays
