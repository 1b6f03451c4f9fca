"""Voices: oscillators of any kind, from controls at frames to samples and a phase to go on from.

A *bank* is what makes a kind of oscillator: a function of the controls, the course of the phase
through every segment, and what that is differentiated by. Everything else is here.
"""

from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from .._validate import check, integer, one_of
from .arguments import checked_rate, same_leading
from .controls import Interpolation, control_length, held
from .numerics import compiled, flatten_leading, sizes, with_shape, working_dtype
from .oscillator_phase import Course, OscillatorGrid, Slopes, course_of, final_units
from .tiles import tile_rows

__all__ = ["Voice", "along", "both_ends", "single_voice", "voice_of"]

_TILE = 2**17  # samples computed at a time
_LONGEST = 2**16  # samples in a segment, which are computed at once, of an exact quadratic phase


class Voice(NamedTuple):
    """What an oscillator gives where it is to be carried on."""

    audio: tf.Tensor
    final_phase: tf.Tensor


def voice_of(
    bank: Callable,
    frequencies_hz: tf.Tensor,
    *controls: tf.Tensor,
    initial_phase: Any,
    widths: tuple[int, ...],
    sample_rate: float,
    hop_length: int,
    length: Any,
    return_phase: bool,
    interpolation: Interpolation = "cosine",
    shared: int = 0,
    name: str = "f0_hz",
    **settings: Hashable,
) -> tf.Tensor | Voice:
    """Check, compute whole segments, and cut them to length.

    Args:
        bank: from ``*controls`` ``[batch, frames, ...]``, the ``Course`` and the ``Slopes`` of
            ``[batch * frames, phases]``, and by keyword ``grid`` and the settings, to
            ``[batch * frames, hop_length]``. It is a function of a module, so that one trace
            serves all calls.
        frequencies_hz: ``[..., frames, phases]``.
        *controls: ``[..., frames, n]`` each; the first gives dtype and frames.
        initial_phase: ``[..., phases]``, or None for 0.
        widths: the sizes of the last axes of frequencies and controls, which a tensor of unknown
            rank does not tell.
        sample_rate: Hz.
        hop_length: samples from one frame to the next.
        length: samples to give.
        return_phase: whether to give the phase at the end as well.
        interpolation: of amplitudes between frames.
        shared: how many of the last controls, ``[1, n]``, are of no item, and stay ``[1, 1, n]``.
        name: what the caller calls the frequencies.
        **settings: of the bank.

    Returns:
        ``[..., length]``, or a ``Voice``.
    """
    sample_rate = checked_rate(sample_rate)
    one_of("interpolation", interpolation, Interpolation)
    rule = f"hop_length, of which more frames make do with less, must be in [1, {_LONGEST}]"
    check(integer("hop_length", hop_length, 1) <= _LONGEST, rule, hop_length)
    first = controls[0]
    known = first.shape.rank is not None
    frames = first.shape[-2] if known else None
    frames = tf.shape(first)[-2] if frames is None else frames
    length = control_length(length, frames, hop_length, of=name)
    rows = first.shape[:-1].num_elements() if known else None
    tile = tile_rows(hop_length, _TILE, rows)
    audio, final_phase = _segments(
        frequencies_hz,
        _phase(initial_phase),
        tf.convert_to_tensor(length),
        *controls,
        bank=bank,
        grid=OscillatorGrid(hop_length, sample_rate, interpolation, tile),
        shared=shared,
        widths=widths,
        **settings,
    )
    audio = audio[..., :length]
    return Voice(audio, final_phase) if return_phase else audio


def single_voice(
    bank: Callable,
    f0_hz: tf.Tensor,
    *controls: tf.Tensor,
    initial_phase: Any,
    widths: tuple[int, ...],
    **rest: Any,
) -> tf.Tensor | Voice:
    """Give :func:`voice_of` one phase: of ``f0_hz [..., frames]`` from ``initial_phase [...]``.

    The widths are those of the controls.
    """
    phase = _phase(initial_phase)
    phase = None if phase is None else phase[..., None]
    widths = (1, *widths)
    voice = voice_of(bank, f0_hz[..., None], *controls, initial_phase=phase, widths=widths, **rest)
    if isinstance(voice, Voice):
        return Voice(voice.audio, tf.squeeze(voice.final_phase, axis=-1))
    return voice


def both_ends(amplitudes: tf.Tensor) -> tf.Tensor:
    """The amplitudes at both ends of every segment, ``[rows, 2, partials]``."""
    return _rows(tf.stack([amplitudes, held(amplitudes)[:, 1:]], axis=2))


def along(amplitudes: tf.Tensor, grid: OscillatorGrid) -> tf.Tensor:
    """What amplitudes ``[batch, frames, 1]`` at both ends give: ``[rows, 2, hop_length]``."""
    return both_ends(amplitudes) * tf.constant(grid.weights, amplitudes.dtype)


def _phase(phase: Any) -> tf.Tensor | None:
    """The phase at the first sample: radians, or the units of NumPy's and TensorFlow's int64."""
    if phase is None:
        return None
    rule = "initial_phase must be radians, floating point, or the int64 of a final_phase"
    if not tf.is_tensor(phase) and not hasattr(phase, "dtype"):
        # A whole number may have been either; 0 is the same in both.
        plain = np.asarray(phase)
        check(plain.dtype.kind == "f" or not np.any(plain), rule, phase)
        phase = np.asarray(plain, np.float64)
    phase = tf.convert_to_tensor(phase)
    check(phase.dtype.is_floating or phase.dtype == tf.int64, rule, phase.dtype.name)
    return phase


@compiled
def _segments(
    frequencies_hz: tf.Tensor,
    initial_phase: tf.Tensor | None,
    length: tf.Tensor,
    *controls: tf.Tensor,
    bank: Callable,
    grid: OscillatorGrid,
    shared: int,
    widths: tuple[int, ...],
    **settings: Hashable,
) -> tuple[tf.Tensor, tf.Tensor]:
    """The samples of all segments, ``[..., frames * hop_length]``, and the phase at ``length``."""
    given, dtype = controls[0].dtype, working_dtype(controls[0].dtype)
    precise = tf.cast(frequencies_hz, working_dtype(frequencies_hz.dtype))
    parts = [tf.cast(part, dtype) for part in controls]
    own = len(parts) - shared
    phase = tf.zeros_like(precise[..., 0, :]) if initial_phase is None else initial_phase
    phase, precise, *parts[:own] = _one_batch(phase[..., None, :], precise, *parts[:own])
    initial_phase, unfold_phase = flatten_leading(phase[..., 0, :], keep=1)
    unfold = flatten_leading(precise, keep=2)[1]
    parts = [flatten_leading(part, keep=2)[0] for part in (precise, *parts)]
    # Shapes that vary from call to call are forgotten, but not how many partials there are.
    precise, *parts = (
        with_shape(part, [None, None, width]) for part, width in zip(parts, widths, strict=True)
    )
    initial_phase = with_shape(initial_phase, [None, widths[0]])
    course, slopes = course_of(precise, initial_phase, grid=grid)
    final_phase = unfold_phase(final_units(course, length, hop_length=grid.hop_length))
    course = Course(*(_rows(part[:, :-1]) for part in course))
    slopes = Slopes(*(_rows(tf.cast(part, dtype)) for part in slopes))
    batch, frames, _ = sizes(parts[0])
    audio = bank(*parts, course, slopes, grid=grid, **settings)
    audio = tf.reshape(audio, [batch, frames * grid.hop_length])
    return tf.cast(unfold(audio), given), final_phase


def _one_batch(first: tf.Tensor, *others: tf.Tensor) -> tuple[tf.Tensor, ...]:
    """Broadcast the leading axes of all against each other."""
    for other in others:
        first, _ = same_leading(first, other, keep=2)
    return first, *(same_leading(first, other, keep=2)[1] for other in others)


def _rows(part: tf.Tensor) -> tf.Tensor:
    """Fold batch and segments into one axis."""
    batch, frames, *rest = sizes(part)
    return tf.reshape(part, [batch * frames, *rest])
