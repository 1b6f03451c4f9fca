"""Vibrato, chorus and flanger: sound beside what it is by a delay that a slow sine sweeps."""

import math
import numbers
from typing import Any, Literal

import tensorflow as tf

from .._validate import check, integer, number, one_of
from .arguments import check_broadcast, check_values, checked_rate, float64_tensor
from .carrying import Filtered, checked_memory
from .delay_line import SPARE, Stencil
from .numerics import real_tensor
from .swept_delay import STRONGEST, Sweep, SweepState, swept

__all__ = ["SweptInterpolation", "chorus", "flanger", "vibrato"]

SweptInterpolation = Literal["linear", "cubic"]


def vibrato(
    audio: Any,
    *,
    sample_rate: float,
    rate_hz: Any = 5.0,
    depth_ms: Any = 1.0,
    center_ms: Any = None,
    initial_phase: Any = 0.0,
    interpolation: SweptInterpolation = "cubic",
    max_delay_ms: float | None = None,
    state: SweepState | None = None,
    return_state: bool = False,
) -> tf.Tensor | Filtered:
    r"""Let the pitch of a sound tremble, by a delay that a sine sweeps.

    .. math:: y(t) = x(t - D(t)), \qquad D(t) = c + d \sin(2 \pi f t + \varphi)

    A sound of pitch p then has :math:`p\,(1 - 2 \pi f d \cos(2 \pi f t + \varphi))`: a depth of
    1 ms at 5 Hz is half a semitone either way.

    The phase of the sweep is counted in whole numbers and does not drift. As a stream, each block
    is given the state that the one before it left; what is set anew then goes on from the phase
    that there was.

    Args:
        audio: ``[..., time]``, floating point.
        sample_rate: Hz, above 0.
        rate_hz: f, Hz. This and all that follow: a number, or ``[...]``, of any floating dtype,
            that broadcasts against the leading axes of ``audio``.
        depth_ms: d, ms, at least 0.
        center_ms: c, ms, at least d; None is d, the shortest. What a tensor asks for below 0 is
            no delay.
        initial_phase: :math:`\varphi`, radians; with a state, the phase is that of the state.
        interpolation: how to read between samples, as in :func:`delay`.
        max_delay_ms: the longest delay, ms. It has to be given for a stream of which c or d is a
            tensor; otherwise None is c + d.
        state: what the block before left; None is silence.
        return_state: whether to give the state as well.

    Returns:
        ``[..., time]``; or with ``return_state`` ``(audio, state)``, where the state is the last
        of the sound and an integer phase.

    Raises:
        ValueError: if a number is out of its range, or shapes do not fit.

    Gradient:
        by audio, rate, depth, center and phase.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> click = np.eye(1, 9, k=2)[0]
        >>> late = st.vibrato(click, sample_rate=1000, rate_hz=0.0, depth_ms=0.0, center_ms=2.0)
        >>> int(np.argmax(late))
        4

    References:
        Zölzer (ed.), "DAFX: digital audio effects", 2nd ed., 2011, sec. 2.6.1.
    """
    sweep = {"rate_hz": rate_hz, "depth_ms": depth_ms, "initial_phase": initial_phase}
    return _effect(
        audio,
        sweep | {"center_ms": depth_ms if center_ms is None else center_ms, "mix": 1.0},
        sample_rate=sample_rate,
        interpolation=interpolation,
        max_delay_ms=max_delay_ms,
        state=state,
        return_state=return_state,
    )


def chorus(
    audio: Any,
    *,
    sample_rate: float,
    rate_hz: Any = 0.5,
    depth_ms: Any = 3.0,
    center_ms: Any = 20.0,
    mix: Any = 0.5,
    voices: int = 3,
    initial_phase: Any = 0.0,
    interpolation: SweptInterpolation = "cubic",
    max_delay_ms: float | None = None,
    state: SweepState | None = None,
    return_state: bool = False,
) -> tf.Tensor | Filtered:
    r"""Make of one voice some that are never quite together.

    .. math::
        y(t) = (1 - m)\,x(t) + \frac{m}{K} \sum_{k=0}^{K-1} x(t - D_k(t)), \qquad
        D_k(t) = c + d \sin\Bigl(2 \pi f t + \varphi + \frac{2 \pi k}{K}\Bigr)

    For a wide stereo image, take one ``initial_phase`` for the left and another for the right.

    Args:
        audio: ``[..., time]``, floating point.
        sample_rate: Hz, above 0.
        rate_hz: f, as in :func:`vibrato`.
        depth_ms: d, as in :func:`vibrato`.
        center_ms: c, ms, at least d.
        mix: m, the share of what is delayed: 0 leaves the sound as it is.
        voices: K, how many copies, at least 1.
        initial_phase: as in :func:`vibrato`.
        interpolation: as in :func:`vibrato`.
        max_delay_ms: as in :func:`vibrato`.
        state: as in :func:`vibrato`.
        return_state: as in :func:`vibrato`.

    Returns:
        as :func:`vibrato`.

    Raises:
        ValueError: as :func:`vibrato`.

    Gradient:
        by audio, rate, depth, center, mix and phase.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> voice = np.sin(2 * np.pi * 220 * np.arange(16000) / 16000)
        >>> wide = st.chorus([voice, voice], sample_rate=16000, initial_phase=[0.0, np.pi / 2])
        >>> tuple(wide.shape)
        (2, 16000)

    References:
        Dattorro, "Effect design, part 2: delay-line modulation and chorus", JAES 45(10), 1997.
    """
    sweep = {"rate_hz": rate_hz, "depth_ms": depth_ms, "initial_phase": initial_phase}
    return _effect(
        audio,
        sweep | {"center_ms": center_ms, "mix": mix},
        sample_rate=sample_rate,
        interpolation=interpolation,
        max_delay_ms=max_delay_ms,
        state=state,
        return_state=return_state,
        voices=integer("voices", voices, 1),
    )


def flanger(
    audio: Any,
    *,
    sample_rate: float,
    rate_hz: Any = 0.25,
    depth_ms: Any = 1.0,
    center_ms: Any = 1.5,
    feedback: Any = 0.0,
    mix: Any = 0.5,
    initial_phase: Any = 0.0,
    max_delay_ms: float | None = None,
    state: SweepState | None = None,
    return_state: bool = False,
) -> tf.Tensor | Filtered:
    r"""Sweep the notches of a comb through a sound, by a delay of a few ms.

    .. math::
        v(t) = x(t) + g\,v(t - D(t)), \qquad y(t) = (1 - m)\,x(t) + m\,v(t - D(t))

    with D as in :func:`vibrato`, on lines between samples. With no feedback and a mix of 0.5 the
    notches are complete, at odd multiples of :math:`1 / (2 D)`; feedback sharpens the peaks
    between them, up to :math:`1 / (1 - |g|)`.

    The feedback is put in for itself, for all samples side by side, until nothing but rounding
    is left to change: that is :math:`\log (\epsilon\,(1 - |g|)) / \log |g|` times, of 0.5 24 in
    float32 and 53 in float64. The gradient takes three times as long, and no more memory.

    Args:
        audio: ``[..., time]``, floating point.
        sample_rate: Hz, above 0.
        rate_hz: f, as in :func:`vibrato`.
        depth_ms: d, as in :func:`vibrato`.
        center_ms: c, ms, at least d. With feedback, delays are at least one sample.
        feedback: g, in [-0.99, 0.99]; what is beyond in a tensor is taken for the end.
        mix: m, the share of what is delayed.
        initial_phase: as in :func:`vibrato`.
        max_delay_ms: as in :func:`vibrato`.
        state: as in :func:`vibrato`.
        return_state: as in :func:`vibrato`.

    Returns:
        as :func:`vibrato`.

    Raises:
        ValueError: as :func:`vibrato`.

    Gradient:
        by audio, rate, depth, center, feedback, mix and phase.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> still = {"rate_hz": 0.0, "depth_ms": 0.0, "center_ms": 2.0}
        >>> click = np.eye(1, 8)[0]
        >>> swept = st.flanger(click, sample_rate=1000, feedback=0.5, **still)
        >>> [f"{sample:.3f}" for sample in swept]
        ['0.500', '0.000', '0.500', '0.000', '0.250', '0.000', '0.125', '0.000']

    References:
        Dattorro, "Effect design, part 2: delay-line modulation and chorus", JAES 45(10), 1997.
    """
    sweep = {"rate_hz": rate_hz, "depth_ms": depth_ms, "initial_phase": initial_phase}
    check_values("feedback", feedback, -STRONGEST, STRONGEST)
    return _effect(
        audio,
        sweep | {"center_ms": center_ms, "mix": mix, "feedback": feedback},
        sample_rate=sample_rate,
        interpolation="linear",
        max_delay_ms=max_delay_ms,
        state=state,
        return_state=return_state,
    )


def _effect(
    audio: Any,
    controls: dict[str, Any],
    *,
    sample_rate: float,
    interpolation: Stencil,
    max_delay_ms: float | None,
    state: SweepState | None,
    return_state: bool,
    voices: int = 1,
) -> tf.Tensor | Filtered:
    """Check, sweep, and give what is asked for."""
    audio = real_tensor("audio", audio)
    check(audio.shape.rank != 0, "audio must have a time axis", audio)
    sample_rate = checked_rate(sample_rate)
    one_of("interpolation", interpolation, SweptInterpolation)
    depth, center = controls["depth_ms"], controls["center_ms"]
    check_values("depth_ms", depth, 0.0)
    for name in ("rate_hz", "initial_phase", "center_ms", "mix"):
        check_values(name, controls[name])
    plain = isinstance(depth, numbers.Real) and isinstance(center, numbers.Real)
    if plain:
        check(center >= depth, f"center_ms must be at least depth_ms={depth}", center)
    max_delay = None
    if max_delay_ms is not None or state is not None or return_state:
        furthest = center + depth if plain else None
        max_delay = _longest(max_delay_ms, furthest, sample_rate)
    feedback = controls.get("feedback", 0.0)
    names = [*(name for name in Sweep._fields if name != "phase"), "initial_phase"]
    tensors = {name: float64_tensor(name, controls.get(name, 0.0)) for name in names}
    shapes = {name: part.shape for name, part in tensors.items()}
    leading = check_broadcast(audio=audio.shape[:-1], **shapes)
    rule = "state must be what the same effect with the same settings left, or None"
    check(state is None or isinstance(state, SweepState), rule, state)
    if state is not None and max_delay is not None:
        memory = (max_delay + SPARE,)
        state = state._replace(audio=checked_memory(state.audio, leading, memory))
    result = swept(
        audio,
        Sweep(phase=tensors.pop("initial_phase"), **tensors),
        state,
        sample_rate=sample_rate,
        voices=voices,
        max_delay=max_delay,
        stencil=interpolation,
        recursive=not (isinstance(feedback, numbers.Real) and feedback == 0),
    )
    return Filtered(*result) if return_state else result[0]


def _longest(max_delay_ms: float | None, furthest_ms: float | None, sample_rate: float) -> int:
    """The longest delay of a stream in samples, given or as far as the sweep is known to go."""
    rule = "max_delay_ms must be given for a stream of which a delay is a tensor"
    check(furthest_ms is not None or max_delay_ms is not None, rule, max_delay_ms)
    longest = furthest_ms or 0.0
    if max_delay_ms is not None:
        longest = number("max_delay_ms", max_delay_ms, 0.0)
        check(longest > 0, "max_delay_ms must be a number above 0", max_delay_ms)
        rule = f"center_ms and depth_ms must add up to max_delay_ms={max_delay_ms} at most"
        check(furthest_ms is None or furthest_ms <= longest, rule, furthest_ms)
    return max(math.ceil(longest * sample_rate / 1000.0), 1)
