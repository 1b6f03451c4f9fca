"""The constant-Q transform and its inverse."""

import dataclasses
import math
from typing import Any, TypeAlias

import numpy as np
import tensorflow as tf

from .._validate import check, integer, one_of
from ..ops.framing import fit_length
from ..ops.numerics import compiled, flatten_leading, real_tensor, sizes, working_dtype
from . import cqt_streaming
from .base import Transform
from .cqt_slices import analyse, synthesise, turned
from .cqt_tiling import Layout, PhaseOrigin, Tiling, make_tiling
from .framed import Length

__all__ = ["CQT", "cqt", "icqt"]

_LARGEST = 2**25  # samples of a slice: seconds of work, and gigabytes
_LARGEST_HOP = 2**13  # samples
_SETTLED = 36.0  # a slice is so long in units of one over the narrowest step
Coefficients: TypeAlias = tf.Tensor | tuple[tf.Tensor, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class CQT(Transform):
    r"""A constant-Q transform that knows its exact inverse.

    Band k stands at :math:`f_k = f_\mathrm{min} 2^{k/B}` with :math:`B` ``bins_per_octave``, and
    fades into its neighbours over the steps between them; two more bands, at the start and at
    the end of the bins, hold what is left down to DC and up to the Nyquist frequency. The
    coefficients of a filter :math:`g_k` (real in frequency, only positive frequencies),

    .. math:: c_k[n] = \sqrt{H} \int X(f)\, g_k(f)\, e^{2\pi i f n H / f_s}\, df,
        \qquad \sum_k g_k^2 = 2,

    are those of a tight frame: their energy is that of the signal (half of the first and of the
    last frame and sample counts), and the inverse is the transpose. A sinusoid of amplitude A in
    the middle of its band has the magnitude :math:`A \sqrt{H/2}`. The two bins at the ends are
    real. Frame n is at sample nH, whatever the signal's length. Beyond its two ends the signal
    goes on mirrored, so that no frame stands there, and the first and the last sample come back
    too.

    ===============  ====================================================================
    ``layout``       coefficients
    ===============  ====================================================================
    ``"matrix"``     one tensor ``[..., frames, bins]``, at one hop
    ``"octaves"``    a tuple of them: DC, then the octaves from ``fmin`` up, then the rest,
                     each at the largest power of two that it allows
    ``"ragged"``     the same for every change of hop by a third or a half: the fewest
    ===============  ====================================================================

    At 44.1 kHz and 12 bins to the octave that is 23, 3.7 and 2.5 real numbers a sample
    (``redundancy``).

    Clips of up to 2**20 samples (or 36 over the narrowest step in seconds, if longer) are
    transformed whole, and come back to rounding. A band that is narrower than one over twice the
    clip's length finds no place in its spectrum and stays empty; its neighbours hold what it
    would. Longer signals, and those whose length only a graph knows, go in overlapping slices of
    fixed length, as long as 36 over the narrowest step; what a slice cannot hear is 130 dB down,
    and float64 corrects for it on the way back. :func:`griffin_lim` takes a matrix, with
    ``init="random"``.

    Args:
        sample_rate: Hz.
        bins_per_octave: at least 1.
        fmin: of the lowest band, Hz, above 0.
        fmax: of the highest band, Hz, at most a bin below half the sample rate; None is that.
        gamma: Hz by which every band is wider than constant Q asks, at least 0 (variable Q).
        hop_length: samples from frame to frame, at most 8192, in layout ``"matrix"``; None is the
            largest that can be inverted. A larger one is for analysis only.
        layout: how the coefficients are arranged (see the table).
        phase: ``"signal"`` lets a coefficient turn as the signal does; only where it stands is it
            heard on the way back, and moved to another bin it is filtered out. ``"band"`` takes
            the turning of the band's middle off, so that what is left turns by what a partial is
            off the middle, and may be moved.

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> cqt = st.CQT(sample_rate=16000)
        >>> cqt.hop_length, len(cqt.frequencies)
        (14, 97)
        >>> tone = np.sin(2 * np.pi * 440 * np.arange(16000) / 16000)
        >>> coefficients = cqt(tone)
        >>> f"{cqt.frequencies[np.argmax(abs(coefficients[400]))]:.1f} Hz"
        '440.0 Hz'
        >>> restored = cqt.inverse(coefficients, length=16000)
        >>> bool(np.max(np.abs(restored - tone)) < 1e-13)
        True

    References:
        Holighaus, Dörfler, Velasco and Grill, "A framework for invertible, real-time constant-Q
        transforms", IEEE TASLP 21(4), 2013. Brown, "Calculation of a constant Q spectral
        transform", JASA 89(1), 1991. Schörkhuber et al., "A Matlab toolbox for efficient perfect
        reconstruction time-frequency transforms with log-frequency resolution", 2014 (gamma).
    """

    sample_rate: float
    bins_per_octave: int = 12
    fmin: float = 32.703
    fmax: float = None  # type: ignore[assignment]  # None is settled in __post_init__
    gamma: float = 0.0
    hop_length: int | None = None
    layout: Layout = "matrix"
    phase: PhaseOrigin = "signal"

    def __post_init__(self) -> None:
        for name in ("sample_rate", "fmin", "gamma"):
            self._settle(name, _number(name, getattr(self, name)))
        check(self.sample_rate > 0, "sample_rate must be above 0 Hz", self.sample_rate)
        self._settle("bins_per_octave", integer("bins_per_octave", self.bins_per_octave, 1, 1200))
        check(self.gamma >= 0, "gamma must be at least 0 Hz", self.gamma)
        one_of("layout", self.layout, Layout)
        one_of("phase", self.phase, PhaseOrigin)
        highest = self.sample_rate / 2 / 2 ** (1 / self.bins_per_octave)
        rule = f"must be at most a bin below half of sample_rate={self.sample_rate}"
        check(0 < self.fmin <= highest, f"fmin {rule}, {highest:.6g} Hz, and above 0", self.fmin)
        self._check_settles()
        fmax = highest if self.fmax is None else _number("fmax", self.fmax)
        check(self.fmin <= fmax <= highest, f"fmax {rule}, {highest:.6g} Hz, and from fmin", fmax)
        steps = math.floor(math.log2(fmax / self.fmin) * self.bins_per_octave + 1e-9)
        self._settle("fmax", float(self.fmin * 2.0 ** (steps / self.bins_per_octave)))
        if self.layout != "matrix":
            rule = f"hop_length must be None in layout {self.layout!r}"
            check(self.hop_length is None, rule, self.hop_length)
        elif self.hop_length is None:
            self._settle("hop_length", self.largest_hop)
        else:
            self._settle("hop_length", integer("hop_length", self.hop_length, 1, _LARGEST_HOP))

    def _check_settles(self) -> None:
        """Check that the slices, which narrow bands need long ones of, can be worked with."""
        step = 1.0 - 2.0 ** (-1.0 / self.bins_per_octave)
        narrowest = _SETTLED * self.sample_rate / _LARGEST  # Hz
        least = max((narrowest - self.gamma / 2.0) / step, 0.0)
        rule = f"fmin must be at least {least:.3g} Hz at bins_per_octave={self.bins_per_octave}"
        check(self.fmin >= least, f"{rule}, or gamma larger", self.fmin)

    def _settle(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    @property
    def _tiling(self) -> Tiling:
        return make_tiling(
            self.sample_rate,
            self.bins_per_octave,
            self.fmin,
            self.fmax,
            self.gamma,
            self.hop_length,
            self.layout,
            self.phase,
        )

    @property
    def frequencies(self) -> np.ndarray:
        """Where each bin stands, Hz, float64 ``[bins]``: 0, the bands, half the sample rate."""
        return self._tiling.middles

    @property
    def largest_hop(self) -> int:
        """The largest ``hop_length`` of a matrix that can be inverted."""
        return self._tiling.largest_hop

    @property
    def hop_lengths(self) -> tuple[int, ...]:
        """The hop of each bin."""
        return tuple(hop for hop, count in self._tiling.runs for _ in range(count))

    @property
    def redundancy(self) -> float:
        """Real numbers that the coefficients of a long signal spend on a sample."""
        return sum(2.0 / hop for hop in self.hop_lengths)

    def times(self, frames: int) -> np.ndarray:
        """Time of every frame of a matrix, seconds, float64 ``[frames]``."""
        check(self.layout == "matrix", "layout must be 'matrix' for one hop", self.layout)
        return np.arange(frames) * self.hop_lengths[0] / self.sample_rate

    def num_frames(self, length: Length) -> Any:
        """How many frames a signal of ``length`` samples has; a tuple but in a matrix.

        One at 0 and one at every hop, up to one at or past the last sample where all hops meet;
        rounded up by at most a thirty-second, so that Fourier transforms are fast.
        """
        length = length if tf.is_tensor(length) else integer("length", length, 1)
        tiling = self._tiling
        span = tiling.span(length)
        counts = tuple(span * (tiling.unit // hop) + 1 for hop, _ in tiling.runs)
        return counts[0] if self.layout == "matrix" else counts

    def __call__(self, audio: Any) -> Coefficients:
        """Analyse a signal.

        Args:
            audio: ``[..., time]``, floating point, at least one sample; half precision is computed
                in float32.

        Returns:
            ``[..., frames, bins]``, complex64 (complex128 for float64 audio), or a tuple of such
            (see ``layout``).

        Raises:
            ValueError: if ``audio`` is not floating point or has no samples.
        """
        audio = real_tensor("audio", audio)
        check(audio.shape.rank != 0, "audio must have a time axis", audio)
        check(audio.shape[-1:] != [0], "audio must have at least one sample", audio.shape)
        time = audio.shape[-1] if audio.shape.rank else None
        parts = _analyse(
            audio, transform=self, span=None if time is None else self._tiling.span(time)
        )
        return parts[0] if self.layout == "matrix" else parts

    def inverse(self, coefficients: Coefficients, *, length: Length | None = None) -> tf.Tensor:
        """Synthesise the signal of given coefficients.

        Args:
            coefficients: as :meth:`__call__` gives them.
            length: samples of the signal, whose frames these must be; None is as many as there
                are before the last frame.

        Returns:
            ``[..., length]``, float32 (float64 for complex128 coefficients).

        Raises:
            ValueError: if the coefficients do not fit, or ``hop_length`` is too large to invert.
        """
        self._check_invertible()
        parts = self._parts(coefficients)
        frames = [part.shape[-2] for part in parts if part.shape.rank]
        tiling, span = self._tiling, None
        if None not in frames and len(frames) == len(parts):
            spans = {(n - 1) * hop for n, (hop, _) in zip(frames, tiling.runs, strict=True)}
            whole = len(spans) == 1 and min(spans) > 0 and min(spans) % tiling.unit == 0
            check(whole, "coefficients must have the frames of one length (num_frames)", frames)
            span = spans.pop() // tiling.unit
        if length is not None:
            length = self._checked_length(length, span)
        return _synthesise(parts, length, transform=self, span=span)

    def initial_state(
        self, batch_shape: tuple[int, ...] = (), dtype: tf.DType = tf.float32
    ) -> cqt_streaming.AnalysisState:
        """The state of an analysis that has heard nothing yet, for :meth:`step`."""
        return cqt_streaming.initial_analysis(self, batch_shape, dtype)

    def step(
        self, block: Any, state: cqt_streaming.AnalysisState
    ) -> tuple[Coefficients, cqt_streaming.AnalysisState]:
        """Analyse the next block of a stream: its new frames, and the state after it.

        The frames of all steps and of the :meth:`flush` after them are those of the whole, to
        -120 dB; they come a slice at a time.
        """
        block = real_tensor("block", block)
        parts, state = cqt_streaming.analyse_step(block, state, transform=self)
        return self._arranged(parts), state

    def flush(self, state: cqt_streaming.AnalysisState) -> Coefficients:
        """The last frames of a stream."""
        return self._arranged(cqt_streaming.analyse_flush(state, transform=self))

    def initial_inverse_state(
        self, batch_shape: tuple[int, ...] = (), dtype: tf.DType = tf.float32
    ) -> cqt_streaming.SynthesisState:
        """The state of a synthesis that has seen no frame yet, for :meth:`inverse_step`."""
        self._check_invertible()
        return cqt_streaming.initial_synthesis(self, batch_shape, dtype)

    def inverse_step(
        self, coefficients: Coefficients, state: cqt_streaming.SynthesisState
    ) -> tuple[tf.Tensor, cqt_streaming.SynthesisState]:
        """Synthesise from the next frames of a stream: the samples that are complete."""
        parts = self._parts(coefficients)
        return cqt_streaming.synthesise_step(parts, state, transform=self)

    def inverse_flush(
        self, state: cqt_streaming.SynthesisState, *, length: Length | None = None
    ) -> tf.Tensor:
        """The last samples of a stream of ``length`` samples in all (see :meth:`inverse`)."""
        length = None if length is None else tf.cast(length, tf.int64)
        return cqt_streaming.synthesise_flush(state, length, transform=self)

    def _check_invertible(self) -> None:
        largest = self.largest_hop
        invertible = self.hop_length is None or self.hop_length <= largest
        rule = f"hop_length must be at most {largest} to be inverted, for analysis it may be more"
        check(invertible, rule, self.hop_length)

    def _arranged(self, parts: tuple[tf.Tensor, ...]) -> Coefficients:
        return parts[0] if self.layout == "matrix" else parts

    def _parts(self, coefficients: Coefficients) -> tuple[tf.Tensor, ...]:
        """Check coefficients, and give them as one tensor for each hop."""
        rule = "coefficients must be a tuple of tensors, one for each hop"
        check(
            self.layout == "matrix" or isinstance(coefficients, tuple | list), rule, coefficients
        )
        given = (coefficients,) if self.layout == "matrix" else tuple(coefficients)
        parts = tuple(map(tf.convert_to_tensor, given))
        bins = [count for _, count in self._tiling.runs]
        shapes = ", ".join(f"{part.dtype.name} {part.shape}" for part in parts)
        fits = len(parts) == len(bins) and all(
            part.dtype.is_complex
            and part.dtype == parts[0].dtype
            and part.shape[:-2].is_compatible_with(parts[0].shape[:-2])
            and (part.shape.rank is None or part.shape.rank >= 2)
            and part.shape[-1:].is_compatible_with([count])
            for part, count in zip(parts, bins, strict=True)
        )
        check(fits, f"coefficients must be complex [..., frames, bins], of {bins} bins", shapes)
        return parts

    def _checked_length(self, length: Length, span: int | None) -> tf.Tensor:
        if isinstance(length, tf.Tensor | tf.Variable) and tf.executing_eagerly():
            length = length.numpy()
        if tf.is_tensor(length):
            return length
        length = integer("length", length, 1)
        if span is not None:
            rule = f"length must be one whose num_frames is that of the coefficients ({span} hops)"
            check(self._tiling.span(length) == span, rule, length)
        return tf.constant(length, tf.int32)


def _number(name: str, value: Any) -> float:
    is_number = isinstance(value, (int, float, np.number)) and np.isfinite(value)
    check(is_number, f"{name} must be a finite number of Hz", value)
    return float(value)


def cqt(audio: Any, **settings: Any) -> Coefficients:
    """Analyse ``audio`` by ``CQT(**settings)``; see :class:`CQT`.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> tuple(st.cqt(tf.zeros([16000]), sample_rate=16000, bins_per_octave=24).shape)
        (673, 192)
    """
    return CQT(**settings)(audio)


def icqt(
    coefficients: Coefficients, *, length: Length | None = None, **settings: Any
) -> tf.Tensor:
    """Synthesise from ``coefficients`` by ``CQT(**settings).inverse``; see :class:`CQT`.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> coefficients = st.cqt(tf.ones([1000]), sample_rate=8000)
        >>> restored = st.icqt(coefficients, length=1000, sample_rate=8000)
        >>> f"{float(restored[0]):.4f} {float(restored[-1]):.4f}"
        '1.0000 1.0000'
    """
    return CQT(**settings).inverse(coefficients, length=length)


@compiled
def _analyse(audio: tf.Tensor, *, transform: CQT, span: int | None) -> tuple[tf.Tensor, ...]:
    tiling = transform._tiling
    working = tf.cast(audio, working_dtype(audio.dtype))
    audio, unfold = flatten_leading(working, keep=1)
    batch, time = sizes(audio)
    span = tiling.span(time) if span is None else span
    end = span * tiling.unit + 1
    audio = tf.reshape(fit_length(audio, end), [batch, end])
    parts = turned(analyse(audio, span, tiling), 0, tiling, -1.0)
    return tuple(map(unfold, parts))


@compiled
def _synthesise(
    parts: tuple[tf.Tensor, ...],
    length: tf.Tensor | None,
    *,
    transform: CQT,
    span: int | None,
) -> tf.Tensor:
    tiling = transform._tiling
    flat = [flatten_leading(part, keep=2) for part in parts]
    unfold = flat[0][1]
    steady = turned([part for part, _ in flat], 0, tiling, 1.0)
    if span is None:
        span = (sizes(steady[0])[1] - 1) * tiling.runs[0][0] // tiling.unit
    audio = synthesise(steady, span, tiling)
    return unfold(audio[:, : span * tiling.unit if length is None else length])
