r"""Frequency modulation: sines whose phase other sines move."""

import math
from typing import Any

import tensorflow as tf

from .._validate import check
from .controls import Interpolation, same_frames
from .numerics import real_tensor
from .oscillator_phase import (
    Course,
    OscillatorGrid,
    Slopes,
    one_phase,
    turns_along,
    units_along,
)
from .voices import Voice, both_ends, voice_of

__all__ = ["fm_synthesis"]


def fm_synthesis(
    f0_hz: Any,
    amplitudes: Any,
    ratios: Any,
    indices: Any,
    *,
    sample_rate: float,
    hop_length: int,
    length: Any = None,
    initial_phase: Any = None,
    interpolation: Interpolation = "cosine",
    return_phase: bool = False,
) -> tf.Tensor | Voice:
    r"""Move the phase of a carrier by a modulator, whose phase another may move, and so on.

    .. math::
        y = A \sin\bigl(\varphi + I_1 \sin(\varphi_1 + I_2 \sin(\varphi_2 + \dots))\bigr), \qquad
        \varphi_m = \varphi_m(0) + 2 \pi \int_0^t r_m f_0

    With one modulator there are partials at :math:`f_0 + n r f_0`, of the amplitudes
    :math:`A J_n(I)`. (It is the phase that is moved, as in the synthesisers that are named after
    frequency modulation, so that an index is a number of radians.) All phases are exact: what is
    harmonic stays so for hours.

    The sum is not cut at the Nyquist frequency: partials beyond it are folded back. By Carson's
    rule little is beyond :math:`f_0 + (I + 1) r f_0`.

    Args:
        f0_hz: frequency of the carrier, Hz, ``[..., frames]``. Linear from frame to frame. NaN is
            silent, and so is a carrier or a modulator at the Nyquist frequency or above.
        amplitudes: ``[..., frames]``.
        ratios: frequencies of the modulators, as multiples of the carrier's, that broadcast with
            the indices.
        indices: of modulation, radians, ``[..., frames, modulators]``, of a known number of
            modulators; the first moves the carrier.
        sample_rate: Hz, above 0.
        hop_length: samples from one frame to the next, at least 1.
        length: as in :func:`harmonic_synthesis`.
        initial_phase: of carrier and modulators, ``[..., 1 + modulators]``, as in
            :func:`harmonic_synthesis`.
        interpolation: of amplitudes and indices, as in :func:`harmonic_synthesis`.
        return_phase: whether to give the phases at the end as well.

    Returns:
        ``[..., length]``; or with ``return_phase`` ``(audio, final_phase)``, of
        ``[..., 1 + modulators]``.

    Raises:
        ValueError: if frames are missing or differ in number, ``length`` does not fit them, the
            number of modulators is not known, or a setting is out of range.

    Gradient:
        by frequency, amplitudes, ratios, indices and initial phase.

    Example:
        >>> import spectrotools as st
        >>> bell = st.fm_synthesis(
        ...     [200.0] * 10, [1.0] * 10, [1.4], [[5.0]] * 10, sample_rate=16000, hop_length=64
        ... )
        >>> tuple(bell.shape)
        (640,)

    References:
        Chowning, "The synthesis of complex audio spectra by means of frequency modulation", 1973.
    """
    f0_hz = real_tensor("f0_hz", f0_hz)
    amplitudes = real_tensor("amplitudes", amplitudes)
    ratios = real_tensor("ratios", ratios)
    indices = real_tensor("indices", indices)
    f0_hz, amplitudes, indices = same_frames(
        f0_hz=f0_hz, amplitudes=amplitudes, indices=indices, channels=("indices",)
    )
    known = indices.shape.rank is not None and indices.shape[-1] is not None
    check(known, "indices must have a known number of modulators", indices.shape)
    check(indices.shape[-1] >= 1, "indices must have at least one modulator", indices.shape[-1])
    modulators = indices.shape[-1]
    rule = f"ratios must have one number, or that of modulators, {modulators}"
    check(
        ratios.shape.rank is None or ratios.shape[-1:] in ([], [1], [None], [modulators]),
        rule,
        ratios.shape,
    )
    # In double precision, so that the product of a whole ratio is one.
    precise = tf.cast(f0_hz, tf.float64)[..., None]
    moving = precise * tf.cast(ratios, tf.float64) * tf.ones([modulators], tf.float64)
    strengths = [amplitudes[..., None], tf.cast(indices, amplitudes.dtype)]
    return voice_of(
        _operators,
        _joined(precise, moving),
        _joined(*strengths),
        widths=(1 + modulators, 1 + modulators),
        initial_phase=initial_phase,
        sample_rate=sample_rate,
        hop_length=hop_length,
        length=length,
        interpolation=interpolation,
        return_phase=return_phase,
    )


def _joined(first: tf.Tensor, rest: tf.Tensor) -> tf.Tensor:
    """Concatenate along the last axis what broadcasts along the others."""
    first += tf.zeros_like(rest[..., :1])
    return tf.concat([first, rest + tf.zeros_like(first)], axis=-1)


def _operators(
    strengths: tf.Tensor, course: Course, slopes: Slopes, *, grid: OscillatorGrid
) -> tf.Tensor:
    """The samples ``[rows, hop_length]``; the first operator is the one that is heard."""
    ends = both_ends(strengths)
    weights = tf.constant(grid.weights, strengths.dtype)
    moved = tf.zeros([], strengths.dtype)
    for i in reversed(range(strengths.shape[-1])):
        own, by = one_phase(course, slopes, i)
        units = units_along(own, grid.hop_length, strengths.dtype)
        turns = turns_along(units, by, grid=grid) + moved
        audible = tf.abs(grid.hz_along(by.start_hz, by.end_hz)) < grid.nyquist_hz
        # Not a matrix product: a GPU rounds the factors of those to 11 bits.
        strength = tf.reduce_sum(ends[..., i, None] * weights, axis=1)
        wave = strength * tf.sin(2.0 * math.pi * (turns - tf.stop_gradient(tf.round(turns))))
        wave = tf.where(audible, wave, tf.zeros_like(wave))
        moved = wave / (2.0 * math.pi)
    return wave
