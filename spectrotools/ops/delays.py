r"""Delays of any length, whole or not, that may change from sample to sample."""

import functools
import math
import numbers
from collections.abc import Callable
from typing import Any, Literal

import tensorflow as tf

from .._validate import check, integer, one_of
from .arguments import check_broadcast, check_values, float64_tensor
from .carrying import Filtered, checked_memory, checked_state
from .delay_line import SPARE, read_line
from .numerics import compiled, real_tensor, sizes, working_dtype
from .recurrence import linear_recurrence
from .signal_controls import along_time, rows_of

__all__ = ["DelayInterpolation", "delay", "variable_length_delay"]

DelayInterpolation = Literal["linear", "cubic", "allpass"]
LookupConvention = Literal["ddsp"]

_LEAST = {"linear": 0.0, "cubic": 0.0, "allpass": 0.5}
_LONGEST = 2**30  # samples; places are told in int32


def delay(
    audio: Any,
    delay_samples: Any,
    *,
    max_delay: int | None = None,
    interpolation: DelayInterpolation = "linear",
    state: Any = None,
    return_state: bool = False,
) -> tf.Tensor | Filtered:
    r"""Delay a signal by any number of samples, which may change from sample to sample.

    .. math:: y[n] = x(n - D[n])

    where x between its samples is

    ===========  ===============================================================================
    ``linear``   on the line between two samples: high frequencies are damped, by
                 :math:`\cos(\omega / 2)` at worst, half between samples
    ``cubic``    on the third-order Lagrange polynomial through four samples, two on either
                 side (of a delay below 1 sample, the first four)
    ``allpass``  what Thiran's allpass of the first order makes of it: no frequency is damped,
                 and low ones are late by D.
                 With :math:`D = N + d`, :math:`0.5 \le d < 1.5`, and
                 :math:`a = (1 - d) / (1 + d)` it is
                 :math:`y[n] = a\,x[n - N] + x[n - N - 1] - a\,y[n - 1]`, all samples side by
                 side. For a delay that stays or moves little: it clicks where N changes
    ===========  ===============================================================================

    Before the first sample there is silence. Time and memory grow with the samples, not with the
    delay.

    Args:
        audio: ``[..., time]``, floating point.
        delay_samples: samples, of at least 0 (0.5 for ``"allpass"``), of any floating dtype:
            a number; or with fewer axes than ``audio``, ``[...]``, one for each signal; or
            ``[..., time]``, one for each sample. Leading axes are broadcast against each other.
            In a tensor, what is out of range is taken for the end of the range. (Where only the
            graph knows how many axes there are, both have a time axis.)
        max_delay: the longest delay, samples, a whole number of at least 1. It has to be given
            for a stream whose delays are not a number; otherwise None sets no limit.
        interpolation: how to read between samples.
        state: what the block before left; None is silence.
        return_state: whether to give the state as well: blocks that are delayed one after the
            other are the whole, delayed.

    Returns:
        ``[..., time]``; or with ``return_state`` ``(audio, state)``, the state
        ``[..., max_delay + 2]`` (and 1 more for ``"allpass"``).

    Raises:
        ValueError: if an argument is out of its range, such as a number above ``max_delay``, or
            shapes do not fit.

    Gradient:
        by the audio and by the delay, whose whole part is a step: the gradient of the line, the
        cubic or the filter that it is on.

    Example:
        >>> import spectrotools as st
        >>> [f"{sample:.2f}" for sample in st.delay([1.0, 0.0, 0.0, 0.0], 1.25)]
        ['0.00', '0.75', '0.25', '0.00']

    References:
        Laakso, Välimäki, Karjalainen, Laine, "Splitting the unit delay", IEEE Signal Processing
        Magazine 13(1), 1996, eq. 42 (Lagrange) and 86 (Thiran).
    """
    audio = _checked_audio(audio)
    one_of("interpolation", interpolation, DelayInterpolation)
    if max_delay is not None:
        max_delay = integer("max_delay", max_delay, 1, _LONGEST)
    longest = _LONGEST if max_delay is None else max_delay
    if isinstance(delay_samples, numbers.Real):
        delay_samples = float(delay_samples)
    check_values("delay_samples", delay_samples, _LEAST[interpolation], float(longest))
    room = None
    if isinstance(delay_samples, float):
        room = max(math.ceil(delay_samples), 1)
    streams = state is not None or return_state
    if streams and max_delay is None:
        check(room is not None, "max_delay must be given for a stream", max_delay)
        max_delay = room
    samples = _delay_tensor("delay_samples", delay_samples)
    samples = along_time("delay_samples", samples, audio)
    leading = check_broadcast(audio=audio.shape[:-1], delay_samples=samples.shape[:-1])
    if max_delay is not None:
        room = None
    elif room is not None and tf.executing_eagerly():
        room = tf.constant(room)  # a number would be traced anew
    memory = (max_delay or 0) + SPARE + (interpolation == "allpass")
    state = checked_memory(state, leading, (memory,))
    result = _delayed(
        audio, samples, room, state, max_delay=max_delay, interpolation=interpolation
    )
    return result if return_state else result.audio


def variable_length_delay(
    audio: Any,
    phase: Any,
    *,
    max_length: int,
    convention: LookupConvention | None = None,
    state: Any = None,
    return_state: bool = False,
) -> tf.Tensor | Filtered:
    r"""Delay a signal by a changing part of a longest delay, by lines between samples.

    It is :func:`delay` by ``phase * max_length`` samples. In convention ``"ddsp"`` the line goes
    round, as in a wavetable: between ``max_length - 1`` and ``max_length`` samples it leads from
    the longest delay back to the sound that is not delayed at all.

    Args:
        audio: ``[..., time]``, floating point.
        phase: the delay in [0, 1], parts of ``max_length``; as ``delay_samples`` of
            :func:`delay`.
        max_length: the longest delay, samples, at least 1.
        convention: the peer whose arithmetic to follow.
        state: as in :func:`delay`.
        return_state: as in :func:`delay`.

    Returns:
        as :func:`delay`.

    Raises:
        ValueError: if an argument is out of its range, or shapes do not fit.

    Gradient:
        by the audio and by the phase.

    Example:
        >>> import spectrotools as st
        >>> click = [1.0, 0.0, 0.0, 0.0]
        >>> [f"{sample:.2f}" for sample in st.variable_length_delay(click, 0.625, max_length=2)]
        ['0.00', '0.75', '0.25', '0.00']

    References:
        Engel, Hantrakul, Gu, Roberts, "DDSP: differentiable digital signal processing", 2020;
        the delay of its modulation effects.
    """
    max_length = integer("max_length", max_length, 1, _LONGEST)
    check_values("phase", phase, 0.0, 1.0)
    audio = _checked_audio(audio)
    samples = along_time("phase", _delay_tensor("phase", phase), audio) * max_length
    settings = {"max_delay": max_length, "state": state, "return_state": return_state}
    if convention is None:
        return delay(audio, samples, **settings)
    one_of("convention", convention, LookupConvention)
    given, audio = audio.dtype, tf.cast(audio, working_dtype(audio.dtype))
    result = delay(audio, tf.minimum(samples, max_length - 1.0), **settings)
    back = tf.cast(tf.nn.relu(samples - (max_length - 1.0)), audio.dtype)
    late = result.audio if isinstance(result, Filtered) else result
    mixed = tf.cast(late + back * (audio - late), given)
    return Filtered(mixed, result.state) if isinstance(result, Filtered) else mixed


def _checked_audio(audio: Any) -> tf.Tensor:
    audio = real_tensor("audio", audio)
    check(audio.shape.rank != 0, "audio must have a time axis", audio)
    return audio


def _delay_tensor(name: str, value: Any) -> tf.Tensor:
    """Numbers of Python in float64, which holds the fraction of a long delay; all else as is."""
    if tf.is_tensor(value) or hasattr(value, "dtype"):
        tensor = real_tensor(name, value)
        return tf.cast(tensor, working_dtype(tensor.dtype))
    return float64_tensor(name, value)


@compiled
def _delayed(
    audio: tf.Tensor,
    samples: tf.Tensor,
    room: Any,
    state: tf.Tensor | None,
    *,
    max_delay: int | None,
    interpolation: DelayInterpolation,
) -> Filtered:
    given, dtype = audio.dtype, working_dtype(audio.dtype)
    audio, samples, unfold = rows_of(tf.cast(audio, dtype), samples)
    batch, time = sizes(audio)
    longest = _longest(max_delay, room, time)
    within = max_delay is not None or room is not None
    memory = longest + SPARE if within else 1
    recursive = interpolation == "allpass"
    if max_delay is None:
        past, before = tf.zeros([batch, memory], dtype), tf.zeros([batch], dtype)
    else:
        past = checked_state(state, batch, (memory + recursive,), dtype)
        past, before = past[:, :memory], past[:, -1]
    line = tf.concat([past, audio], axis=1)
    samples = tf.maximum(samples, tf.constant(_LEAST[interpolation], samples.dtype))
    if max_delay is not None:
        samples = tf.minimum(samples, tf.constant(max_delay, samples.dtype))
    read = functools.partial(read_line, line, memory=memory, within=within)
    if interpolation == "allpass":
        delayed = _allpass(line, samples, before, longest, read)
        kept = [line[:, time:], tf.concat([before[:, None], delayed], axis=1)[:, -1:]]
        left = tf.concat(kept, axis=1)
    else:
        samples = tf.minimum(samples, tf.cast(longest, samples.dtype))
        delayed = read(samples, stencil=interpolation)
        left = line[:, time:]
    return Filtered(tf.cast(unfold(delayed), given), unfold(left))


def _longest(max_delay: int | None, room: Any, time: Any) -> Any:
    """The longest delay to tell apart, samples; a little more than the audio all is silent."""
    if max_delay is not None:
        return max_delay
    if room is None:
        return time + SPARE
    if isinstance(room, int) and isinstance(time, int):
        return min(room, time + SPARE)
    return tf.minimum(room, time + SPARE)


def _allpass(
    line: tf.Tensor, samples: tf.Tensor, before: tf.Tensor, longest: Any, read: Callable
) -> tf.Tensor:
    """Delay by Thiran's filter; what it rings on of is not cut with the delay."""
    whole = tf.floor(samples - 0.5)
    part = tf.cast(samples - whole, line.dtype)
    gain = (1.0 - part) / (1.0 + part)
    whole = tf.minimum(whole, tf.cast(longest, whole.dtype))
    drive = gain * read(whole, stencil="whole") + read(whole + 1.0, stencil="whole")
    return linear_recurrence(tf.zeros_like(drive) - gain, drive, before)
