"""Envelopes made of segments, differentiable in their times and levels."""

import functools
import math
from typing import Any

import tensorflow as tf

from .._validate import check
from .arguments import (
    alike,
    check_broadcast,
    check_values,
    checked_length,
    checked_rate,
    common_dtype,
)
from .controls import (
    Hop,
    checked_hop,
    segment_count,
)
from .numerics import compiled, working_dtype

__all__ = ["adsr", "breakpoint_envelope"]

_JUMP = 1e-6  # samples: what is shorter is a jump, and its slope would overflow
_SHARPEST = 50.0  # curvature whose exponential float32 holds


def adsr(
    attack_seconds: Any,
    decay_seconds: Any,
    sustain: Any,
    release_seconds: Any,
    note_seconds: Any,
    *,
    sample_rate: float,
    length: Any,
    hop_length: float = 1,
    onset_seconds: Any = 0.0,
    curvature: float = 0.0,
) -> tf.Tensor:
    r"""Give the envelope of a note: attack, decay, sustain, release.

    At time :math:`t` after the onset, a key held down gives

    .. math:: h(t) = b(t / A) - (1 - S)\, b((t - A) / D)

    and one let go at :math:`G` gives :math:`h(\min(t, G))\,(1 - b((t - G) / R))`: the release
    sets out from wherever the key let go, so that short notes do not click. The ramp
    :math:`b(u)` is 0 before 0 and 1 after 1. In between it is u, or with ``curvature`` k the
    charge of a capacitor that gets there in time,

    .. math:: b(u) = \frac{1 - e^{-ku}}{1 - e^{-k}},

    fast at first and then slow, up and down.

    Args:
        attack_seconds: [...], from 0 to 1. A time of 0 (or less, in a tensor) is a jump.
        decay_seconds: [...], from 1 to ``sustain``.
        sustain: [...], the level held, in [0, 1].
        release_seconds: [...], from the level at the end of the note to 0.
        note_seconds: [...], for how long the key is held. Numbers are taken at full precision;
            give late times in float64, for float32 at 10 minutes is 3 samples wide.
        sample_rate: Hz.
        length: samples that the envelope covers; a number or an integer tensor.
        hop_length: samples from value to value; 1 gives one a sample.
        onset_seconds: [...], when the key goes down.
        curvature: 0 for straight lines; about 5 for an analogue synthesiser, whose ramps get to
            :math:`1 - e^{-5}` of their aim; below 0 bends the other way. In [-50, 50].

    Returns:
        ``[..., ceil(length / hop_length)]``, of the shape that the tensors have together. A NaN
        among them makes NaN of its own envelope.

    Raises:
        ValueError: if a number is out of its range, or the tensors differ in dtype. What is in a
            tensor of TensorFlow is not looked at.

    Gradient:
        That of the values given: a time shorter than a sample moves none of them, and has 0. One
        that is learnt stays above 0 as the exponential of what is.

    Example:
        >>> import spectrotools as st
        >>> note = st.adsr(0.2, 0.2, 0.5, 0.4, 0.6, sample_rate=10, length=11)
        >>> [f"{level:.3f}" for level in note[:6]]
        ['0.000', '0.500', '1.000', '0.750', '0.500', '0.500']
        >>> [f"{level:.3f}" for level in note[6:]]
        ['0.500', '0.375', '0.250', '0.125', '0.000']

    References:
        Redmon, "Envelope generators: ADSR code", EarLevel Engineering, 2013, whose target ratio
        is :math:`1 / (e^k - 1)`.
    """
    times = {
        "attack_seconds": attack_seconds,
        "decay_seconds": decay_seconds,
        "release_seconds": release_seconds,
        "note_seconds": note_seconds,
    }
    for name, value in times.items():
        check_values(name, value, 0.0)
    check_values("sustain", sustain, 0.0, 1.0)
    check_values("onset_seconds", onset_seconds)
    together = alike(**times, sustain=sustain, onset_seconds=onset_seconds)
    names = (*times, "sustain", "onset_seconds")
    check_broadcast(**{name: t.shape for name, t in zip(names, together, strict=True)})
    given = (*times.values(), sustain, onset_seconds)
    precise = (_at_full_precision(x, t) for x, t in zip(given, together, strict=True))
    grid = _grid(sample_rate, hop_length, curvature)
    return _adsr(*precise, checked_length(length), kept=common_dtype(*together)[0], **grid)


@compiled
def _adsr(
    attack: tf.Tensor,
    decay: tf.Tensor,
    release: tf.Tensor,
    note: tf.Tensor,
    sustain: tf.Tensor,
    onset: tf.Tensor,
    length: Any,
    *,
    kept: tf.DType,
    sample_rate: float,
    hop: Hop,
    curvature: float,
) -> tf.Tensor:
    times = (_samples(x, sample_rate) for x in (attack, decay, release, note, onset))
    attack, decay, release, note, onset = times
    dtype = working_dtype(kept)
    since = functools.partial(_since, length=length, hop=hop, dtype=dtype)
    ramp = functools.partial(_ramp, curvature=curvature)
    level = ramp(tf.minimum(since(onset), tf.cast(note, dtype)), attack)
    decaying = tf.minimum(since(onset + attack), tf.cast(note - attack, dtype))
    level -= (1.0 - tf.cast(sustain, dtype)[..., None]) * ramp(decaying, decay)
    return tf.cast(level * (1.0 - ramp(since(onset + note), release)), kept)


def breakpoint_envelope(
    levels: Any,
    seconds: Any,
    *,
    sample_rate: float,
    length: Any,
    hop_length: float = 1,
    curvature: float = 0.0,
) -> tf.Tensor:
    r"""Give an envelope that goes from level to level, each in its time, and stays at the last.

    .. math:: e(t) = l_0 + \sum_i (l_{i+1} - l_i)\, b((t - T_i) / d_i), \qquad
        T_i = \sum_{j<i} d_j

    with the ramp :math:`b` of :func:`adsr`. A fall by a ratio r with a ``curvature`` of
    :math:`\ln r` is the plain exponential, a straight line in decibels.

    Args:
        levels: ``[..., segments + 1]``.
        seconds: ``[..., segments]``, the time of each; 0 (or less, in a tensor) is a jump.
        sample_rate: Hz.
        length: samples that the envelope covers; a number or an integer tensor.
        hop_length: samples from value to value; 1 gives one a sample.
        curvature: as of :func:`adsr`.

    Returns:
        ``[..., ceil(length / hop_length)]``.

    Raises:
        ValueError: if a number is out of its range, the tensors differ in dtype, or there is not
            one more level than there are times.

    Example:
        >>> import math
        >>> import spectrotools as st
        >>> fall = st.breakpoint_envelope(
        ...     [1.0, 0.01], [0.4], sample_rate=10, length=5, curvature=math.log(100)
        ... )
        >>> [f"{decibel:.1f}" for decibel in st.amplitude_to_db(fall)]
        ['0.0', '-10.0', '-20.0', '-30.0', '-40.0']

    References:
        SuperCollider, ``Env``, whose numeric curve is the negative of ``curvature``.
    """
    check_values("levels", levels)
    check_values("seconds", seconds, 0.0)
    given = seconds
    levels, seconds = alike(levels=levels, seconds=seconds)
    precise = _at_full_precision(given, seconds)
    check_broadcast(levels=levels.shape[:-1], seconds=seconds.shape[:-1])
    count = seconds.shape[-1] if seconds.shape.rank else None
    wanted = None if count is None else count + 1
    fits = tf.TensorShape([wanted]).is_compatible_with(levels.shape[-1:])
    check(
        fits and seconds.shape.rank != 0,
        "levels must be [..., segments + 1] and seconds [..., segments]",
        (levels.shape, seconds.shape),
    )
    grid = _grid(sample_rate, hop_length, curvature)
    kept = common_dtype(levels, seconds)[0]
    return _breakpoints(levels, precise, checked_length(length), kept=kept, **grid)


@compiled
def _breakpoints(
    levels: tf.Tensor,
    seconds: tf.Tensor,
    length: Any,
    *,
    kept: tf.DType,
    sample_rate: float,
    hop: Hop,
    curvature: float,
) -> tf.Tensor:
    levels, durations = tf.cast(levels, working_dtype(kept)), _samples(seconds, sample_rate)
    starts = tf.cumsum(durations, axis=-2, exclusive=True)
    ramps = _ramp(_since(starts, length, hop, levels.dtype), durations, curvature)
    steps = (levels[..., 1:] - levels[..., :-1])[..., None]
    return tf.cast(levels[..., :1] + tf.reduce_sum(steps * ramps, axis=-2), kept)


def _at_full_precision(given: Any, tensor: tf.Tensor) -> tf.Tensor:
    """Times as float64 if they are numbers of Python, which are finer than their ``tensor``."""
    plain = all(isinstance(part, int | float) for part in tf.nest.flatten(given))
    return tf.constant(given, tf.float64) if plain else tensor


def _samples(seconds: tf.Tensor, sample_rate: float) -> tf.Tensor:
    """Times ``[..., 1]`` in samples, float64: float32 would not tell late ones apart."""
    return tf.cast(seconds, tf.float64)[..., None] * sample_rate


def _ramp(since: tf.Tensor, duration: tf.Tensor, curvature: float) -> tf.Tensor:
    """Go from 0 to 1 in ``duration`` samples, at once if that is 0."""
    duration = tf.cast(duration, since.dtype)
    jump = duration <= _JUMP
    rising = since / tf.where(jump, tf.ones_like(duration), duration)
    there = tf.cast(since >= -_JUMP, since.dtype)
    u = tf.clip_by_value(tf.where(jump, there, rising), 0.0, 1.0)
    if not curvature:
        return u
    return tf.math.expm1(-curvature * u) / math.expm1(-curvature)


def _since(start: tf.Tensor, length: Any, hop: Hop, dtype: tf.DType) -> tf.Tensor:
    """Samples from ``start [..., 1]`` to each value, rounded only once they are counted."""
    values = tf.range(segment_count(length, hop))
    places = tf.cast(values, tf.float64) * hop.numerator / hop.denominator
    return tf.cast(places - start, dtype)


def _grid(sample_rate: float, hop_length: float, curvature: float) -> dict[str, Any]:
    """Check where the values of an envelope stand, and how it bends."""
    rule = f"curvature must be in [-{_SHARPEST:g}, {_SHARPEST:g}]"
    check(abs(curvature) <= _SHARPEST, rule, curvature)
    return {
        "sample_rate": checked_rate(sample_rate),
        "hop": checked_hop(hop_length),
        "curvature": float(curvature),
    }
