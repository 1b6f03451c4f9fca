r"""Oscillators: sums of sines that follow controls, in tune for hours.

Controls are frames at samples 0, ``hop_length``, ``2 * hop_length``, ...; the last one holds.
Frequency is linear from frame to frame and phase is its exact integral (see
``oscillator_phase``); amplitudes follow half a raised cosine, or a line. No tensor of samples by
partials is made, forward or backward.
"""

from typing import Any

import numpy as np
import tensorflow as tf

from .._validate import check, one_of
from .controls import Interpolation, same_frames
from .harmonic_sum import harmonic_sum
from .numerics import real_tensor
from .nyquist import Nyquist, first_slope
from .oscillator_phase import (
    Course,
    OscillatorGrid,
    Slopes,
    one_phase,
    turns_along,
    units_along,
)
from .sinusoid_sum import sinusoid_sum
from .voices import Voice, both_ends, single_voice, voice_of

__all__ = ["harmonic_synthesis", "oscillator_phase", "sinusoidal_synthesis"]


def harmonic_synthesis(
    f0_hz: Any,
    amplitudes: Any,
    harmonic_distribution: Any,
    *,
    sample_rate: float,
    hop_length: int,
    length: Any = None,
    initial_phase: Any = None,
    interpolation: Interpolation = "cosine",
    nyquist: Nyquist = "hard",
    return_phase: bool = False,
) -> tf.Tensor | Voice:
    r"""Sum the harmonics of a fundamental that glides.

    .. math::
        y(t) = \sum_{k=1}^{K} A(t)\,d_k(t) \sin\bigl(k\,\varphi(t)\bigr), \qquad
        \varphi(t) = \varphi_0 + 2 \pi \int_0^t f_0

    The product :math:`A d_k` is taken at the frames and interpolated. A harmonic is silent at
    every sample where :math:`k |f_0|` is at the Nyquist frequency or above. The phase is exact:
    no drift in hours, and the same bits eagerly, in a graph and under XLA.

    Args:
        f0_hz: fundamental frequency, Hz, ``[..., frames]``. Linear from frame to frame. NaN says
            that there is no pitch, as in ``librosa.pyin``: the segments before and after it are
            silent, and the phase stands still where it is.
        amplitudes: ``[..., frames]``.
        harmonic_distribution: ``[..., frames, harmonics]``, of a known number of harmonics. It
            is taken as it is; :func:`normalize_harmonics` makes it sum to 1.
        sample_rate: Hz, above 0.
        hop_length: samples from one frame to the next, at least 1.
        length: samples to give, a number or a scalar tensor; None is ``frames * hop_length``.
            There may be ``ceil(length / hop_length)`` frames, or one more.
        initial_phase: of the fundamental at the first sample, ``[...]``: radians, or the int64
            of an earlier ``final_phase``. None is 0, so that the first sample is 0.
        interpolation: of amplitudes between frames, ``"cosine"`` (DDSP's window) or
            ``"linear"``.
        nyquist: ``"hard"`` leaves it at the cut at the Nyquist frequency; ``"smooth"`` fades a
            harmonic over the last tenth below it, sample by sample, by half a cosine: it
            does not click, and has a gradient by frequency.
        return_phase: whether to give the phase at the end as well.

    Returns:
        ``[..., length]``; or with ``return_phase`` ``(audio, final_phase)``, where the phase
        ``[...]`` is that of the sample after the last, int64, :math:`2^{64}` to the turn. Given
        to the next block as its ``initial_phase``, the blocks are the whole to the last bit of
        the phase. (A block has one frame more than it has segments: that of the next block.)

    Raises:
        ValueError: if frames are missing or differ in number, ``length`` does not fit them, the
            number of harmonics is not known, or a setting is out of range.

    Gradient:
        by all but ``sample_rate``, in closed form; that by frequency takes the harmonics that are
        cut at the Nyquist frequency to stay cut, and knows the fade of ``"smooth"``.

    Example:
        >>> import spectrotools as st
        >>> tone = st.harmonic_synthesis([1000.0], [1.0], [[1.0]], sample_rate=4000, hop_length=4)
        >>> [f"{sample:.3f}" for sample in tone]
        ['0.000', '1.000', '0.000', '-1.000']

    References:
        Engel, Hantrakul, Gu, Roberts, "DDSP: differentiable digital signal processing", 2020,
        eqs. 1 to 4. Serra, Smith, "Spectral modeling synthesis", 1990.
    """
    f0_hz = real_tensor("f0_hz", f0_hz)
    amplitudes = real_tensor("amplitudes", amplitudes)
    distribution = real_tensor("harmonic_distribution", harmonic_distribution)
    f0_hz, amplitudes, distribution = same_frames(
        f0_hz=f0_hz,
        amplitudes=amplitudes,
        harmonic_distribution=distribution,
        channels=("harmonic_distribution",),
    )
    _known_partials("harmonic_distribution", distribution)
    one_of("nyquist", nyquist, Nyquist)
    harmonics = amplitudes[..., None] * tf.cast(distribution, amplitudes.dtype)
    return single_voice(
        _harmonics,
        f0_hz,
        harmonics,
        widths=(distribution.shape[-1],),
        initial_phase=initial_phase,
        sample_rate=sample_rate,
        hop_length=hop_length,
        length=length,
        interpolation=interpolation,
        nyquist=nyquist,
        return_phase=return_phase,
    )


def sinusoidal_synthesis(
    frequencies_hz: Any,
    amplitudes: Any,
    *,
    sample_rate: float,
    hop_length: int,
    length: Any = None,
    initial_phase: Any = None,
    interpolation: Interpolation = "cosine",
    nyquist: Nyquist = "hard",
    return_phase: bool = False,
) -> tf.Tensor | Voice:
    r"""Sum sinusoids that glide, each on its own.

    .. math:: y(t) = \sum_k A_k(t) \sin\Bigl(\varphi_k + 2 \pi \int_0^t f_k\Bigr)

    For the partials of a tone that is not quite harmonic see :func:`harmonic_frequencies`.

    Args:
        frequencies_hz: Hz, ``[..., frames, sinusoids]``, of a known number of sinusoids. NaN is
            silent.
        amplitudes: ``[..., frames, sinusoids]``.
        sample_rate: Hz, above 0.
        hop_length: samples from one frame to the next, at least 1.
        length: as in :func:`harmonic_synthesis`.
        initial_phase: of every sinusoid, ``[..., sinusoids]``, as in :func:`harmonic_synthesis`.
        interpolation: as in :func:`harmonic_synthesis`.
        nyquist: as in :func:`harmonic_synthesis`.
        return_phase: whether to give the phases at the end as well.

    Returns:
        ``[..., length]``; or with ``return_phase`` ``(audio, final_phase)``, of
        ``[..., sinusoids]``.

    Raises:
        ValueError: as :func:`harmonic_synthesis`.

    Gradient:
        as in :func:`harmonic_synthesis`.

    Example:
        >>> import spectrotools as st
        >>> chord = st.sinusoidal_synthesis(
        ...     [[1000.0, 9000.0]], [[0.5, 1.0]], sample_rate=4000, hop_length=4
        ... )
        >>> [f"{sample:.3f}" for sample in chord]  # 9000 Hz is above Nyquist
        ['0.000', '0.500', '0.000', '-0.500']

    References:
        McAulay, Quatieri, "Speech analysis/synthesis based on a sinusoidal representation", 1986.
    """
    frequencies_hz = real_tensor("frequencies_hz", frequencies_hz)
    amplitudes = real_tensor("amplitudes", amplitudes)
    frequencies_hz, amplitudes = same_frames(
        frequencies_hz=frequencies_hz,
        amplitudes=amplitudes,
        channels=("frequencies_hz", "amplitudes"),
    )
    _known_partials("frequencies_hz", frequencies_hz)
    _known_partials("amplitudes", amplitudes)
    same = frequencies_hz.shape[-1] == amplitudes.shape[-1]
    rule = "frequencies_hz and amplitudes must have the same number of sinusoids"
    check(same, rule, (frequencies_hz.shape[-1], amplitudes.shape[-1]))
    one_of("nyquist", nyquist, Nyquist)
    return voice_of(
        _sinusoids,
        frequencies_hz,
        amplitudes,
        name="frequencies_hz",
        widths=(amplitudes.shape[-1], amplitudes.shape[-1]),
        initial_phase=initial_phase,
        sample_rate=sample_rate,
        hop_length=hop_length,
        length=length,
        interpolation=interpolation,
        nyquist=nyquist,
        return_phase=return_phase,
    )


def oscillator_phase(
    f0_hz: Any,
    *,
    sample_rate: float,
    hop_length: int,
    length: Any = None,
    initial_phase: Any = None,
    return_phase: bool = False,
) -> tf.Tensor | Voice:
    r"""Give the phase of an oscillator that glides, for synthesis of one's own.

    .. math:: \varphi(t) = \varphi_0 + 2 \pi \int_0^t f_0

    around the circle, without drift: of the integral, which is exact, only the result is rounded.

    Args:
        f0_hz: frequency, Hz, ``[..., frames]``, linear from frame to frame; NaN counts as 0, and
            what is beyond the sample rate as the sample rate.
        sample_rate: Hz, above 0.
        hop_length: samples from one frame to the next, at least 1.
        length: as in :func:`harmonic_synthesis`.
        initial_phase: as in :func:`harmonic_synthesis`.
        return_phase: whether to give the phase at the end as well, as the integer that
            continues it.

    Returns:
        radians in [-pi, pi], ``[..., length]``; or with ``return_phase`` a pair.

    Raises:
        ValueError: as :func:`harmonic_synthesis`.

    Example:
        >>> import spectrotools as st
        >>> modulator = st.oscillator_phase([100.0], sample_rate=16000, hop_length=64)
        >>> carrier = st.oscillator_phase([200.0], sample_rate=16000, hop_length=64)
        >>> tf.sin(carrier + 2.0 * tf.sin(modulator)).shape
        TensorShape([64])
    """
    (f0_hz,) = same_frames(f0_hz=real_tensor("f0_hz", f0_hz))
    return single_voice(
        _phases,
        f0_hz,
        f0_hz[..., None],
        widths=(1,),
        initial_phase=initial_phase,
        sample_rate=sample_rate,
        hop_length=hop_length,
        length=length,
        return_phase=return_phase,
    )


def _known_partials(name: str, tensor: tf.Tensor) -> None:
    known = tensor.shape.rank is not None and tensor.shape[-1] is not None
    check(known, f"{name} must have a known number of partials", tensor.shape)
    check(tensor.shape[-1] >= 1, f"{name} must have at least one partial", tensor.shape[-1])


def _harmonics(
    amplitudes: tf.Tensor,
    course: Course,
    slopes: Slopes,
    *,
    grid: OscillatorGrid,
    nyquist: Nyquist,
) -> tf.Tensor:
    course, slopes = one_phase(course, slopes)
    fade = first_slope(nyquist)
    return harmonic_sum(both_ends(amplitudes), course, slopes, grid=grid, fade=fade)


def _sinusoids(
    amplitudes: tf.Tensor,
    course: Course,
    slopes: Slopes,
    *,
    grid: OscillatorGrid,
    nyquist: Nyquist,
) -> tf.Tensor:
    fade = first_slope(nyquist)
    return sinusoid_sum(both_ends(amplitudes), course, slopes, grid=grid, fade=fade)


def _phases(
    amplitudes: tf.Tensor,
    course: Course,
    slopes: Slopes,
    *,
    grid: OscillatorGrid,
) -> tf.Tensor:
    course, slopes = one_phase(course, slopes)
    units = units_along(course, grid.hop_length, amplitudes.dtype)
    return 2.0 * np.pi * turns_along(units, slopes, grid=grid)
