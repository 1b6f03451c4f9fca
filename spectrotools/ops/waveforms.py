r"""Waveforms: saws, squares, triangles and pulses, without aliasing; and slow ones, to modulate.

Phase and polarity are those of ``scipy.signal.sawtooth`` and ``scipy.signal.square``.
"""

import functools
import math
from typing import Any, Literal

import numpy as np
import tensorflow as tf

from .._validate import check, one_of
from .controls import Interpolation, same_frames
from .cut_series import HARD, SMOOTH, Shift, cut_series, gain_of
from .numerics import real_tensor
from .nyquist import Nyquist
from .oscillator_phase import (
    Course,
    OscillatorGrid,
    Slopes,
    one_phase,
    turns_along,
    units_along,
)
from .voices import Voice, along, both_ends, single_voice

__all__ = ["LFOShape", "Waveform", "lfo", "waveform_synthesis"]

Waveform = Literal["saw", "square", "triangle", "pulse"]
LFOShape = Literal["sine", "triangle", "saw", "square"]


def waveform_synthesis(
    f0_hz: Any,
    amplitudes: Any,
    *,
    shape: Waveform,
    sample_rate: float,
    hop_length: int,
    pulse_width: Any = None,
    length: Any = None,
    initial_phase: Any = None,
    interpolation: Interpolation = "cosine",
    nyquist: Nyquist = "smooth",
    return_phase: bool = False,
) -> tf.Tensor | Voice:
    r"""Give a saw, a square, a triangle or a pulse of all harmonics below the Nyquist frequency.

    With :math:`S(u) = \sum_k g_k \sin(ku) / k` and :math:`C(u) = \sum_k g_k \cos(ku) / k^2`, where
    the gain :math:`g_k` at the sample is 0 unless :math:`k |f_0| < f_s / 2`:

    .. math::
        \text{saw} = -\tfrac{2}{\pi} S(\varphi), \quad
        \text{pulse} = 2 w - 1 + \tfrac{2}{\pi}\bigl(S(\varphi) - S(\varphi - 2 \pi w)\bigr),
        \quad \text{triangle} = \tfrac{4}{\pi^2}\bigl(C(\varphi - \pi) - C(\varphi)\bigr)

    They are the Fourier series of ``scipy.signal.sawtooth`` (rising, and of width 1/2 for the
    triangle, which begins at -1) and ``scipy.signal.square``, cut: exact to the rounding of the
    dtype, at a cost that does not depend on the number of harmonics. Where the waveform jumps,
    as at the first sample of a saw, its value is the middle of the jump, and beside it there is
    Gibbs's overshoot. A pulse has a mean, :math:`2 w - 1`, as SciPy's has.

    A harmonic that is cut at once clicks where it crosses the Nyquist frequency, as one of a note
    that is bent or has vibrato does, so that ``nyquist="smooth"`` is the default: each harmonic
    fades by half a cosine over the last tenth below that frequency, sample by sample. It is exact
    as well, in closed form: a sum of six series, which takes about four times as long. Of a
    steady tone ``"hard"`` keeps all that there is below the Nyquist frequency.

    Args:
        f0_hz: fundamental frequency, Hz, ``[..., frames]``. Linear from frame to frame. NaN is
            silent, and so is what is at the Nyquist frequency or above.
        amplitudes: ``[..., frames]``.
        shape: ``"saw"``, ``"square"``, ``"triangle"`` or ``"pulse"``.
        sample_rate: Hz, above 0.
        hop_length: samples from one frame to the next, at least 1.
        pulse_width: of a pulse, the part of the period that is high, ``[..., frames]`` in
            [0, 1], linear from frame to frame; what is beyond counts as the nearer of 0 and 1.
            NaN gives NaN in both segments that it is an end of, as in amplitudes.
        length: as in :func:`harmonic_synthesis`.
        initial_phase: as in :func:`harmonic_synthesis`.
        interpolation: as in :func:`harmonic_synthesis`.
        nyquist: ``"smooth"`` fades harmonics over the last tenth below the Nyquist frequency,
            ``"hard"`` cuts them there.
        return_phase: as in :func:`harmonic_synthesis`.

    Returns:
        ``[..., length]``, or a pair as in :func:`harmonic_synthesis`.

    Raises:
        ValueError: if frames are missing or differ in number, ``length`` does not fit them,
            ``pulse_width`` is given without a pulse or missing for one, or a setting is out of
            range.

    Gradient:
        by frequency, amplitudes, pulse width and initial phase, that of the harmonics: the one
        by phase is Dirichlet's kernel. Harmonics that are cut are taken to stay cut; the fade of
        the others is known to the one by frequency.

    Example:
        >>> import spectrotools as st
        >>> square = st.waveform_synthesis(
        ...     [1000.0], [1.0], shape="square", sample_rate=8000, hop_length=8
        ... )
        >>> [f"{sample:.2f}" for sample in square]
        ['0.00', '1.20', '0.85', '1.20', '0.00', '-1.20', '-0.85', '-1.20']

    References:
        Stilson, Smith, "Alias-free digital synthesis of classic analog waveforms", 1996.
    """
    f0_hz = real_tensor("f0_hz", f0_hz)
    controls = {"amplitudes": real_tensor("amplitudes", amplitudes)}
    one_of("shape", shape, Waveform)
    one_of("nyquist", nyquist, Nyquist)
    rule = "pulse_width must be given for shape='pulse', and for no other"
    check((pulse_width is not None) == (shape == "pulse"), rule, pulse_width)
    if pulse_width is not None:
        controls["pulse_width"] = real_tensor("pulse_width", pulse_width)
    f0_hz, *checked = same_frames(f0_hz=f0_hz, **controls)
    return single_voice(
        _waveforms,
        f0_hz,
        *(part[..., None] for part in checked),
        widths=(1,) * len(controls),
        initial_phase=initial_phase,
        sample_rate=sample_rate,
        hop_length=hop_length,
        length=length,
        interpolation=interpolation,
        return_phase=return_phase,
        shape=shape,
        nyquist=nyquist,
    )


def lfo(
    rate_hz: Any,
    *,
    sample_rate: float,
    hop_length: int,
    shape: LFOShape = "sine",
    length: Any = None,
    initial_phase: Any = None,
    return_phase: bool = False,
) -> tf.Tensor | Voice:
    r"""Give a slow oscillation in [-1, 1], to modulate with: all its corners, and no limit.

    A saw rises from -1, a triangle rises from -1 and falls back, a square is 1 and then -1, all
    as in SciPy. To hear such a wave, see :func:`waveform_synthesis`.

    Args:
        rate_hz: Hz, ``[..., frames]``, linear from frame to frame; NaN counts as 0.
        sample_rate: of what is given, Hz, above 0: that of audio, or of controls.
        hop_length: samples from one frame to the next, at least 1.
        shape: ``"sine"``, ``"triangle"``, ``"saw"`` or ``"square"``.
        length: as in :func:`harmonic_synthesis`.
        initial_phase: as in :func:`harmonic_synthesis`.
        return_phase: as in :func:`harmonic_synthesis`.

    Returns:
        ``[..., length]``, or a pair as in :func:`harmonic_synthesis`.

    Raises:
        ValueError: if frames are missing, ``length`` does not fit them, or a setting is out of
            range.

    Gradient:
        by rate and initial phase, that of the pieces: 0 for a square.

    Example:
        >>> import spectrotools as st
        >>> rises = st.lfo([1.0], shape="triangle", sample_rate=8, hop_length=8)
        >>> [f"{sample:.1f}" for sample in rises]
        ['-1.0', '-0.5', '0.0', '0.5', '1.0', '0.5', '0.0', '-0.5']
    """
    rate_hz = real_tensor("rate_hz", rate_hz)
    one_of("shape", shape, LFOShape)
    return single_voice(
        _oscillations,
        rate_hz,
        rate_hz[..., None],
        name="rate_hz",
        widths=(1,),
        initial_phase=initial_phase,
        sample_rate=sample_rate,
        hop_length=hop_length,
        length=length,
        return_phase=return_phase,
        shape=shape,
    )


def _waveforms(
    amplitudes: tf.Tensor, *controls: Any, grid: OscillatorGrid, shape: Waveform, nyquist: Nyquist
) -> tf.Tensor:
    """The samples ``[rows, hop_length]``."""
    *widths, courses, by = controls
    course, slopes = one_phase(courses, by)
    width = tf.fill(tf.shape(slopes.start_hz), tf.constant(0.5, amplitudes.dtype))
    shift = Shift(width, width)
    if widths:
        shift = Shift(
            *tf.unstack(both_ends(tf.clip_by_value(widths[0], 0.0, 1.0))[..., 0], axis=1)
        )
    cuts = SMOOTH if nyquist == "smooth" else HARD
    series = functools.partial(_series_and_later, course, slopes, shift, grid=grid, cuts=cuts)
    if shape == "saw":
        none = tf.zeros_like(width)
        alone = cut_series(course, slopes, Shift(none, none), grid=grid, order=1, cuts=cuts)
        wave = 2.0 / math.pi * alone
    elif shape == "triangle":
        first, later = series(order=0)
        wave = 4.0 / math.pi**2 * (later - first)
    else:
        first, later = series(order=1)
        wave = 2.0 / math.pi * (later - first)
    if widths:
        hz = grid.hz_along(slopes.start_hz, slopes.end_hz)
        wave += (2.0 * grid.hz_along(*shift) - 1.0) * gain_of(hz, cuts, grid)
    return tf.reduce_sum(along(amplitudes, grid), axis=1) * wave


def _series_and_later(
    course: Course, slopes: Slopes, shift: Shift, **settings: Any
) -> list[tf.Tensor]:
    """A series as it is, and behind by a shift: rows after rows of one call."""
    both = cut_series(
        Course(*(tf.concat([part, part], axis=0) for part in course)),
        Slopes(*(tf.concat([part, part], axis=0) for part in slopes)),
        Shift(*(tf.concat([tf.zeros_like(part), part], axis=0) for part in shift)),
        **settings,
    )
    return tf.split(both, 2, axis=0)


def _oscillations(
    rates: tf.Tensor, course: Course, slopes: Slopes, *, grid: OscillatorGrid, shape: LFOShape
) -> tf.Tensor:
    """The samples ``[rows, hop_length]``."""
    course, slopes = one_phase(course, slopes)
    units = units_along(course, grid.hop_length, rates.dtype)
    turns = turns_along(units, slopes, grid=grid)
    if shape == "sine":
        return tf.sin(2.0 * np.pi * turns)
    if shape == "triangle":
        return 4.0 * tf.abs(turns) - 1.0
    high = tf.where(units < 0, -tf.ones_like(turns), tf.ones_like(turns))
    return high if shape == "square" else 2.0 * turns - high
