r"""Wavetables: a period of sound, read at the pace of a fundamental.

Tables change as amplitudes do, from frame to frame. No tensor of samples by tables is made.
"""

import functools
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import tensorflow as tf

from .._validate import check, integer, one_of
from .controls import Interpolation, held, same_frames
from .fft import irfft, rfft
from .numerics import complex_dtype, real_tensor, sizes, working_dtype
from .oscillator_phase import Course, OscillatorGrid, Slopes
from .table_reading import Stencil, read_tables
from .voices import Voice, along, single_voice

__all__ = ["Lookup", "harmonics_to_wavetable", "wavetable_synthesis"]

Lookup = Literal["bandlimited", "cubic", "linear"]

# How much finer tables are made that are read without images: one for all frames, one for each.
_FINER, _FINER_EACH = 8, 4
_STEPS = 3  # to the octave, by which the partials of a table that does not change are cut
_ROOM = 2 ** (1 / 12)  # how far a frame's frequency may rise before partials fall silent at once


def wavetable_synthesis(
    f0_hz: Any,
    amplitudes: Any,
    wavetables: Any,
    *,
    sample_rate: float,
    hop_length: int,
    length: Any = None,
    initial_phase: Any = None,
    interpolation: Interpolation = "cosine",
    lookup: Lookup = "bandlimited",
    return_phase: bool = False,
) -> tf.Tensor | Voice:
    r"""Read wavetables at the pace of a fundamental that glides.

    .. math::
        y(t) = \sum_n w_n(t)\,A_n\,T_n\!\left(\tfrac{N}{2 \pi} \varphi(t) \bmod N\right), \qquad
        \varphi(t) = \varphi_0 + 2 \pi \int_0^t f_0

    where :math:`w_n` is the share of frame n, as in :func:`harmonic_synthesis`: a table of one
    period of harmonics sounds as they do. The phase is exact, for tables of any size.

    Between the samples of a table there is a line for ``lookup="linear"`` and a Catmull-Rom cubic
    for ``"cubic"``; what a table has above the Nyquist frequency then aliases. For
    ``"bandlimited"`` the tables at both ends of a segment keep the partials that stay below the
    Nyquist frequency throughout it, and a semitone below that frequency at their own end; they are
    made finer by Fourier transform, and read by the cubic. A partial that comes near the Nyquist
    frequency so fades along a segment; it is cut at a frame, with a click, where the fundamental
    moves by more than that semitone from frame to frame.
    Tables that change are cut at the very partial and made four times as fine, at the price of
    three Fourier transforms and twice so much memory for every frame; one that does not is cut by
    steps of a third of an octave, or less, and made eight times as fine, once. Of a saw of 2048
    samples what aliases is then 120 dB below its fundamental, of one of 64 samples 70 dB.

    Args:
        f0_hz: fundamental frequency, Hz, ``[..., frames]``. Linear from frame to frame. NaN is
            silent, and so is what is at the Nyquist frequency or above, or within a semitone of
            it if ``"bandlimited"``.
        amplitudes: ``[..., frames]``.
        wavetables: ``[..., frames, size]``, one period each, of a known size. One that does not
            change is ``[size]``, or ``[..., 1, size]``.
        sample_rate: Hz, above 0.
        hop_length: samples from one frame to the next, at least 1.
        length: as in :func:`harmonic_synthesis`.
        initial_phase: as in :func:`harmonic_synthesis`; 0 is the first sample of the table.
        interpolation: as in :func:`harmonic_synthesis`.
        lookup: ``"bandlimited"``, ``"cubic"`` or ``"linear"`` (DDSP's).
        return_phase: as in :func:`harmonic_synthesis`.

    Returns:
        ``[..., length]``, or a pair as in :func:`harmonic_synthesis`.

    Raises:
        ValueError: if frames are missing or differ in number, ``length`` does not fit them, the
            size of tables is not known, or a setting is out of range.

    Gradient:
        by frequency, amplitudes, tables and initial phase. That by frequency is by the slope of
        the line or cubic, and takes the partials cut to stay cut.

    Example:
        >>> import spectrotools as st
        >>> roof = [0.0, 1.0, 2.0, 3.0, 4.0, 3.0, 2.0, 1.0]
        >>> tone = st.wavetable_synthesis(
        ...     [1000.0], [1.0], roof, sample_rate=16000, hop_length=4, lookup="linear"
        ... )
        >>> [f"{sample:.1f}" for sample in tone]
        ['0.0', '0.5', '1.0', '1.5']

    References:
        Engel, Hantrakul, Gu, Roberts, "DDSP: differentiable digital signal processing", 2020.
        Catmull, Rom, "A class of local interpolating splines", 1974.
    """
    f0_hz = real_tensor("f0_hz", f0_hz)
    amplitudes = real_tensor("amplitudes", amplitudes)
    tables = real_tensor("wavetables", wavetables)
    one_of("lookup", lookup, Lookup)
    known = tables.shape.rank is not None and tables.shape[-1] is not None
    check(known, "wavetables must have a known size", tables.shape)
    check(tables.shape[-1] >= 1, "wavetables must have at least one sample", tables.shape[-1])
    shared = tables.shape.rank == 1
    tables = tables[None] if shared else tables
    alone = f0_hz.shape.rank is not None and f0_hz.shape[-1] == 1  # as where this is not known
    changing = tables.shape[-2] != 1 or (alone and not shared)
    of_frames = {"wavetables": tables} if changing else {}
    f0_hz, amplitudes, *checked = same_frames(
        f0_hz=f0_hz, amplitudes=amplitudes, **of_frames, channels=("wavetables",)
    )
    tables = checked[0] if changing else tables
    return single_voice(
        _wavetables,
        f0_hz,
        amplitudes[..., None],
        tables,
        widths=(1, tables.shape[-1]),
        initial_phase=initial_phase,
        sample_rate=sample_rate,
        hop_length=hop_length,
        length=length,
        interpolation=interpolation,
        shared=int(shared),
        lookup=lookup,
        changing=changing,
        return_phase=return_phase,
    )


def harmonics_to_wavetable(harmonic_distribution: Any, *, size: int = 2048) -> tf.Tensor:
    r"""Make a period of a sound of its harmonics, all in sine phase.

    .. math:: T_i = \sum_k d_k \sin(2 \pi k i / N)

    Args:
        harmonic_distribution: ``[..., harmonics]``, of which there are fewer than
            ``size / 2``.
        size: samples of the table, above twice the number of harmonics.

    Returns:
        ``[..., size]``.

    Raises:
        ValueError: if the table is too small for the harmonics, or their number is not known.

    Example:
        >>> import spectrotools as st
        >>> [f"{sample:.1f}" for sample in st.harmonics_to_wavetable([0.0, 1.0], size=8)]
        ['0.0', '1.0', '0.0', '-1.0', '0.0', '1.0', '0.0', '-1.0']

    References:
        Engel, Hantrakul, Gu, Roberts, "DDSP: differentiable digital signal processing", 2020.
    """
    distribution = real_tensor("harmonic_distribution", harmonic_distribution)
    known = distribution.shape.rank is not None and distribution.shape[-1] is not None
    rule = "harmonic_distribution must have a known number of harmonics"
    check(known, rule, distribution.shape)
    integer("size", size, 2 * distribution.shape[-1] + 1)
    given, dtype = distribution.dtype, working_dtype(distribution.dtype)
    sines = tf.cast(distribution, dtype) * tf.constant(-0.5 * size, dtype)
    room = size // 2 - distribution.shape[-1]
    lead = tf.zeros_like(sines[..., :1])
    bins = tf.concat([lead, sines, tf.repeat(lead, room, axis=-1)], axis=-1)
    spectrum = tf.complex(tf.zeros_like(bins), bins)
    return tf.cast(irfft(spectrum, size), given)


def _wavetables(
    amplitudes: tf.Tensor,
    tables: tf.Tensor,
    course: Course,
    slopes: Slopes,
    *,
    grid: OscillatorGrid,
    lookup: Lookup,
    changing: bool,
) -> tf.Tensor:
    batch, frames, _ = sizes(amplitudes)
    weighted = along(amplitudes, grid)
    reach = _reach(tf.reshape(tf.stop_gradient(slopes.start_hz), [batch, frames]))
    stencil: Stencil = "linear" if lookup == "linear" else "cubic"
    read = functools.partial(read_tables, grid=grid, stencil=stencil)
    if changing:
        tables = tf.broadcast_to(tables, [batch, frames, tables.shape[-1]])
        cut = lookup == "bandlimited"
        tables = _below_nyquist(tables, reach, grid) if cut else tables[:, :, None]
        return tf.reduce_sum(weighted * _from_both(tables, course, slopes, read), axis=1)
    item = tf.minimum(tf.range(batch), sizes(tables)[0] - 1)[:, None]
    ids = item + tf.zeros([1, frames], tf.int32)
    if lookup != "bandlimited":
        heard = read(tables[:, 0], course, slopes, table_ids=tf.reshape(ids, [-1, 1]))
        return tf.reduce_sum(weighted * heard, axis=1)
    counts = _partial_counts(tables.shape[-1])
    ends = tf.reshape(ids[..., None] * len(counts) + _level_of(reach, counts, grid), [-1, 2])
    course = Course(*(tf.concat([part, part], axis=1) for part in course))
    slopes = Slopes(*(tf.concat([part, part], axis=1) for part in slopes))
    heard = read(_levels(tables[:, 0], counts), course, slopes, table_ids=ends)
    return tf.reduce_sum(weighted * heard, axis=1)


def _from_both(tables: tf.Tensor, course: Course, slopes: Slopes, read: Callable) -> tf.Tensor:
    """Read every segment from the tables at its two ends, ``[rows, 2, hop_length]``.

    Tables are larger than what is read from them, and stay where they are: the one at the end of
    a segment is read along with the segment that begins with it. They are ``[batch, frames, 1,
    size]``, or ``[batch, frames, 2, size]`` for the segments after and before every frame.
    """
    batch, frames, forms, size = sizes(tables)

    def with_earlier(part: tf.Tensor) -> tf.Tensor:
        part = tf.reshape(part, [batch, frames])
        return tf.reshape(tf.stack([part, _earlier(part)], axis=-1), [-1, 2 // forms])

    course = Course(*map(with_earlier, course))
    slopes = Slopes(*map(with_earlier, slopes))
    heard = read(tf.reshape(tables, [batch * frames * forms, size]), course, slopes)
    heard = tf.reshape(heard, [batch, frames, 2, heard.shape[-1]])
    own, of_earlier = tf.unstack(heard, axis=2)
    later = tf.concat([of_earlier[:, 1:], own[:, -1:]], axis=1)
    return tf.reshape(tf.stack([own, later], axis=2), [batch * frames, 2, heard.shape[-1]])


def _earlier(part: tf.Tensor) -> tf.Tensor:
    """What ``[batch, frames]`` was a frame before; the first is its own."""
    return tf.concat([part[:, :1], part[:, :-1]], axis=1)


def _reach(f0_hz: tf.Tensor) -> tf.Tensor:
    """The frequency to cut by at both ends of every segment, ``[batch, frames, 2]``.

    It is of that segment alone, for a stream does not know the one before. Where the frequency
    moves by less than the room there is, it is also of that end alone, and nothing jumps.
    """
    speed = tf.abs(f0_hz)
    start = tf.where(tf.math.is_nan(speed), tf.zeros_like(speed), speed)
    end = held(start)[:, 1:]
    ends, others = tf.stack([start, end], axis=-1), tf.stack([end, start], axis=-1)
    return tf.maximum(_ROOM * ends, others)


def _finer(spectrum: tf.Tensor, size: int, factor: int) -> tf.Tensor:
    """Tables of ``factor * size`` samples, from the spectra of tables of ``size``."""
    scale = np.full(size // 2 + 1, float(factor))
    if size % 2 == 0 and size > 1:
        scale[-1] *= 0.5  # the bin at half the size stands for itself alone; finer, for two
    scaled = spectrum * tf.constant(scale, spectrum.dtype)
    room = factor * size // 2 + 1 - len(scale)
    ends = [[0, 0]] * (spectrum.shape.rank - 1) + [[0, room]]
    return irfft(tf.pad(scaled, ends), factor * size)


def _below_nyquist(tables: tf.Tensor, reach: tf.Tensor, grid: OscillatorGrid) -> tf.Tensor:
    """Cut every table for the segments after and before: ``[batch, frames, 2, 4 * size]``."""
    size = tables.shape[-1]
    k = tf.range(size // 2 + 1, dtype=tables.dtype)
    after_and_before = tf.stack([reach[..., 0], _earlier(reach[..., 1])], axis=-1)
    kept = after_and_before[..., None] * k < grid.nyquist_hz
    kept = tf.cast(kept, complex_dtype(tables.dtype))
    return _finer(rfft(tables)[:, :, None] * kept, size, _FINER_EACH)


def _levels(tables: tf.Tensor, counts: tuple[int, ...]) -> tf.Tensor:
    """Tables ``[tables * levels, 8 * size]`` of fewer partials from level to level."""
    size = tables.shape[-1]
    k = np.arange(size // 2 + 1)
    kept = tf.constant(k <= np.array(counts)[:, None], complex_dtype(tables.dtype))
    cut = _finer(rfft(tables)[:, None] * kept, size, _FINER)
    return tf.reshape(cut, [-1, _FINER * size])


@functools.lru_cache(maxsize=64)
def _partial_counts(size: int) -> tuple[int, ...]:
    """How many partials every level has: from all to one, and none."""
    octaves = np.log2(max(size // 2, 1))
    steps = np.arange(int(octaves * _STEPS) + 1) / _STEPS
    return (*sorted({int(size // 2 / 2**step) for step in steps} | {1}, reverse=True), 0)


def _level_of(reach: tf.Tensor, counts: tuple[int, ...], grid: OscillatorGrid) -> tf.Tensor:
    """The first level whose partials are all below the Nyquist frequency."""
    beyond = reach[..., None] * tf.constant(counts[:-1], reach.dtype) >= grid.nyquist_hz
    return tf.reduce_sum(tf.cast(beyond, tf.int32), axis=-1)
