"""A meter of programme loudness, of a sound that is there or that arrives in blocks."""

import dataclasses
from typing import Any, NamedTuple

import tensorflow as tf

from .._validate import check, one_of
from ..ops.k_weighting import metered_rate
from ..ops.loudness_gating import (
    ABSOLUTE_GATE,
    MOMENTARY,
    SHORT_TERM,
    Layout,
    channel_count,
    checked_programme,
    gated_loudness,
    gated_range,
    heard_power,
    hop_powers,
    means,
    summed,
    tenth,
    windowed_loudness,
)
from ..ops.numerics import compiled, flatten_leading, sizes
from .base import Transform

__all__ = ["LoudnessMeter"]


class Loudness(NamedTuple):
    """What a meter says of a programme."""

    momentary: tf.Tensor  # LUFS, [..., tenths - 3]
    short_term: tf.Tensor  # LUFS, [..., tenths - 29]
    integrated: tf.Tensor  # LUFS, [...]
    loudness_range: tf.Tensor  # LU, [...]


class CurrentLoudness(NamedTuple):
    """What a meter says as time goes on."""

    momentary: tf.Tensor  # LUFS, [..., tenths that a block has brought to an end]
    short_term: tf.Tensor  # LUFS, likewise


class WholeLoudness(NamedTuple):
    """What a meter says of all that it heard."""

    integrated: tf.Tensor  # LUFS, [...]
    loudness_range: tf.Tensor  # LU, [...]


class LoudnessState(NamedTuple):
    """What a meter remembers between blocks."""

    memory: tf.Tensor  # [..., 3, 2] of every channel, float64: of the K-weighting
    pending: tf.Tensor  # [..., samples] of every channel, float64: of a tenth that goes on
    powers: tf.Tensor  # [..., tenths] of the programme, float64: of the tenths that are over


@dataclasses.dataclass(frozen=True, kw_only=True)
class LoudnessMeter(Transform):
    """A loudness meter of EBU mode: momentary, short-term, integrated, and the loudness range.

    Called, it measures a whole programme: :func:`momentary_loudness`,
    :func:`short_term_loudness`, :func:`integrated_loudness` and :func:`loudness_range` in one.
    In a stream, :meth:`step` gives the momentary and short-term loudness as each tenth of a
    second is over, and :meth:`flush`, at any time, the integrated loudness and the range of all
    that was heard. However the programme is cut, they are those of the whole: as gates look back,
    the state keeps ten numbers a second, 300 kB an hour.

    Args:
        sample_rate: Hz, at least 8000.
        layout: what the channels are, as in :func:`integrated_loudness`; None: every signal is a
            programme by itself.

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> meter = st.LoudnessMeter(sample_rate=48000, layout="stereo")
        >>> tone = 0.1 * np.sin(2 * np.pi * 997.0 * np.arange(4 * 48000) / 48000)
        >>> programme, state = np.stack([tone, tone]), meter.initial_state()
        >>> for block in np.split(programme, [1000, 100000], axis=1):
        ...     (momentary, short_term), state = meter.step(block, state)
        ...     print(len(momentary), len(short_term), f"{meter.flush(state).integrated:.2f}")
        0 0 -70.00
        17 0 -20.00
        20 11 -20.00
        >>> f"{meter(programme).integrated:.2f}"
        '-20.00'

    References:
        ITU-R BS.1770-5, annex 1. EBU Tech 3341 and Tech 3342.
    """

    sample_rate: float
    layout: Layout | None = None

    def __post_init__(self) -> None:
        metered_rate(self.sample_rate)
        one_of("layout", self.layout, Layout, optional=True)

    def __call__(self, audio: Any) -> Loudness:
        """Measure ``[..., time]``, or with a layout ``[..., channels, time]``, in its dtype.

        What is quieter than -70 LUFS is -70.
        """
        return _measured(checked_programme(audio, self.layout), meter=self)

    def initial_state(self, batch_shape: tuple[int, ...] = ()) -> LoudnessState:
        """The state before the first sample, for :meth:`step`.

        ``batch_shape`` is that of the programmes, without the axis of channels.
        """
        channels = () if self.layout is None else (channel_count(self.layout),)
        shapes = [*batch_shape, *channels, 3, 2], [*batch_shape, *channels, 0], [*batch_shape, 0]
        return LoudnessState(*(tf.zeros(shape, tf.float64) for shape in shapes))

    def step(self, block: Any, state: LoudnessState) -> tuple[CurrentLoudness, LoudnessState]:
        """The loudness at the end of every tenth of a second that a block ends, and the state.

        ``block`` is ``[..., time]``, or with a layout ``[..., channels, time]``, of any length,
        with the leading axes of the state. The loudness is in its dtype.
        """
        block, memory = checked_programme(block, self.layout, "block"), _checked(state).memory
        fits = block.shape[:-1].is_compatible_with(memory.shape[:-2])
        rule = f"block must have the leading axes {memory.shape[:-2]} of the state"
        check(fits, rule, block.shape)
        return _step(block, state, meter=self)

    def flush(self, state: LoudnessState) -> WholeLoudness:
        """The loudness of all that was heard, float64; a stream may go on after it."""
        return _flush(_checked(state))


def _checked(state: LoudnessState) -> LoudnessState:
    rule = "state must be that of initial_state or of the step before"
    check(isinstance(state, LoudnessState), rule, state)
    return state


@compiled
def _measured(audio: tf.Tensor, *, meter: LoudnessMeter) -> Loudness:
    powers = hop_powers(audio, rate=float(meter.sample_rate), layout=meter.layout)
    parts = *_current(powers), *_whole(powers)
    return Loudness(*(tf.cast(part, audio.dtype) for part in parts))


@compiled
def _step(
    block: tf.Tensor, state: LoudnessState, *, meter: LoudnessMeter
) -> tuple[CurrentLoudness, LoudnessState]:
    rate, layout = float(meter.sample_rate), meter.layout
    power, memory = heard_power(block, state.memory, rate)
    power, unfold = flatten_leading(tf.concat([state.pending, power], axis=-1), keep=1)
    new = means(power, rate)
    pending = power[:, sizes(new)[1] * tenth(rate) :]
    powers = tf.concat([state.powers, summed(unfold(new), layout)], axis=-1)
    # Of the past, what the first new windows reach back to.
    known = tf.shape(state.powers)[-1]
    current = CurrentLoudness(
        *(
            tf.cast(_over(powers[..., tf.maximum(known - tenths + 1, 0) :], tenths), block.dtype)
            for tenths in (MOMENTARY, SHORT_TERM)
        )
    )
    return current, LoudnessState(memory, unfold(pending), powers)


@compiled
def _flush(state: LoudnessState) -> WholeLoudness:
    return _whole(state.powers)


def _current(powers: tf.Tensor) -> CurrentLoudness:
    return CurrentLoudness(_over(powers, MOMENTARY), _over(powers, SHORT_TERM))


def _over(powers: tf.Tensor, tenths: int) -> tf.Tensor:
    flat, unfold = flatten_leading(powers, keep=1)
    return unfold(windowed_loudness(flat, tenths, ABSOLUTE_GATE))


def _whole(powers: tf.Tensor) -> WholeLoudness:
    flat, unfold = flatten_leading(powers, keep=1)
    both = tf.stack([gated_loudness(flat), gated_range(flat)], axis=-1)
    integrated, loudness_range = tf.unstack(unfold(both), num=2, axis=-1)
    return WholeLoudness(integrated, loudness_range)
