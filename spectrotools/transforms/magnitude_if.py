"""Log-magnitude and instantaneous frequency: two real pictures of a sound, and the way back."""

import dataclasses
from typing import Any, Literal, NamedTuple

import tensorflow as tf

from .._validate import check, one_of
from ..ops.numerics import compiled, real_tensor, working_dtype
from ..ops.phase import angle, half_turns_between, phase_after, polar
from ..ops.phase_units import (
    half_turns_to_int,
    int_to_phase,
    phase_to_int,
    unborn_units,
    units_advance,
    units_dtype,
    units_sum,
)
from . import gansynth
from .base import Transform
from .cqt import CQT
from .framed import Length
from .stft import STFT

__all__ = ["MagnitudeIF", "MagnitudeIFCoefficients"]

Precision = Literal["float", "integer"]
Convention = Literal["gansynth"]


class MagnitudeIFCoefficients(NamedTuple):
    """What :class:`MagnitudeIF` makes of a sound: two tensors ``[..., frames, bins]``."""

    log_magnitude: tf.Tensor
    instantaneous_frequency: tf.Tensor


class PhaseAnalysisState(NamedTuple):
    """What an analysis remembers between blocks."""

    transform: Any  # the state of the STFT or CQT
    phase: tf.Tensor  # [..., 1, bins], integer phase of the last frame


class PhaseSynthesisState(NamedTuple):
    """What a synthesis remembers between blocks."""

    transform: Any  # the state of the STFT or CQT
    phase: tf.Tensor  # [..., 1, bins], integer phase of the last frame


@dataclasses.dataclass(frozen=True)
class MagnitudeIF(Transform):
    r"""Log-magnitude and instantaneous frequency of an STFT or a CQT, without drift.

    * ``log_magnitude`` is :math:`\ln(|S| + \epsilon)`, with :math:`\epsilon` the ``log_floor``:
      silence is :math:`\ln \epsilon`.
    * ``instantaneous_frequency`` is the advance of phase in a hop less that of the middle of the
      bin, wrapped, in half turns in [-1, 1]: a steady partial of f Hz near bin k is the constant
      :math:`2H (f / f_s - k / N)`. The first frame holds the phase itself. Whole half turns are
      counted, so that the inverse sums without error (:func:`instantaneous_frequency`).

    Of a :class:`CQT` in layout ``"matrix"`` the frequency is the advance of its coefficients: with
    ``phase="band"`` that beyond the middle of the bin, with ``"signal"`` the whole.

    The way back loses what float32 loses of a logarithm: noise comes back to better than 100 dB,
    after an hour as after a second. With ``phase="integer"`` the frequency is an int32 in units
    of :math:`2^{-32}` turns a hop (int64 and :math:`2^{-64}` in float64), whose wrapped sum is the
    phase to the last bit.

    ``convention="gansynth"`` is the representation of GANSynth, which departs in this:

    * the last frame ends with the sound, and silence leads in to the first of ``frames``;
    * there is no bin at DC: ``n_fft // 2`` remain, and DC comes back as 0;
    * the frequency is the whole advance, that of the bin's middle included;
    * :math:`\epsilon` is not taken off again on the way back;
    * with ``n_mels``, power and phase are summed in bands: ``log_magnitude`` is then the
      logarithm of a band's power, and the way back is lossy (a few dB);
    * with ``normalised``, both are scaled by the published models' constants and clipped to
      [-1, 1], which is full scale at about 0 dB and 0.8 at a half turn.

    As there, the last ``n_fft - hop_length`` samples fade out on the way back: a note should have
    decayed by then. The published models were trained on 64000 samples at 16000 Hz, ``frames=128``
    of ``STFT(n_fft=2048, hop_length=512, convention="tf")``, with ``n_mels=1024``.

    Args:
        transform: the :class:`STFT` or :class:`CQT` to start from; in GANSynth's convention an
            STFT of ``convention="tf"``.
        log_floor: :math:`\epsilon`, in the unit of the magnitudes, above 0.
        phase: ``"float"`` for models, ``"integer"`` for storage.
        convention: ``"gansynth"``, or None for the exact representation.
        frames: of a clip, at least 1; None is the fewest that see every sample
            (``ceil(time / hop_length)``). This and what follows: only in GANSynth's convention.
        n_mels: bands of the mel scale, at least 1; None keeps the bins.
        sample_rate: Hz; given if ``n_mels`` is.
        normalised: whether to scale and clip.

    Raises:
        ValueError: if an argument is out of its range, or does not fit the others.

    Gradient:
        Of the float form, through both parts and both ways; finite on silence. In a stream, it
        ends where a block does.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> rep = st.MagnitudeIF(st.STFT(n_fft=512, hop_length=128))
        >>> tone = np.cos(2 * np.pi * 1010.0 * np.arange(16000) / 16000)
        >>> log_magnitude, frequency = rep(tone)
        >>> f"{frequency[50, 32]:.4f} half turns"  # 10 Hz above bin 32
        '0.1600 half turns'
        >>> restored = rep.inverse((log_magnitude, frequency), length=16000)
        >>> bool(np.max(np.abs(restored - tone)) < 1e-10)
        True

    References:
        Engel et al., "GANSynth: adversarial neural audio synthesis", ICLR 2019, section 2.
    """

    transform: Any  # an STFT or a CQT
    _: dataclasses.KW_ONLY
    log_floor: float = 1e-6
    phase: Precision = "float"
    convention: Convention | None = None
    frames: int | None = None
    n_mels: int | None = None
    sample_rate: float | None = None
    normalised: bool = False

    def __post_init__(self) -> None:
        is_matrix = isinstance(self.transform, CQT) and self.transform.layout == "matrix"
        fits = isinstance(self.transform, STFT) or is_matrix
        check(fits, "transform must be an STFT or a CQT of layout 'matrix'", self.transform)
        check(self.log_floor > 0, "log_floor must be above 0", self.log_floor)
        one_of("phase", self.phase, Precision)
        if self.convention is None:
            for name in ("frames", "n_mels", "sample_rate", "normalised"):
                value = getattr(self, name)
                absent = value is None or value is False
                check(absent, f"{name} must come with convention='gansynth'", value)
            return
        one_of("convention", self.convention, Convention)
        check(self.phase == "float", "phase must be 'float' in GANSynth's convention", self.phase)
        gansynth.check_framing(self.transform, self.frames)
        together = (self.n_mels is None) == (self.sample_rate is None)
        rule = "n_mels and sample_rate must be given together"
        check(together, rule, (self.n_mels, self.sample_rate))
        _ = self._mel

    def __call__(self, audio: Any) -> MagnitudeIFCoefficients:
        """Analyse ``[..., time]`` into two tensors ``[..., frames, bins]``.

        In GANSynth's convention they have ``n_fft // 2`` bins, or ``n_mels``.
        """
        if self.convention is not None:
            audio = gansynth.led_in(audio, self.transform, self.frames)
        return _analyse(self.transform(audio), None, transform=self)

    def inverse(
        self, coefficients: tuple[tf.Tensor, tf.Tensor], *, length: Length | None = None
    ) -> tf.Tensor:
        """Synthesise the sound of two tensors.

        ``length`` is that of :meth:`STFT.inverse`; in GANSynth's convention at most
        ``frames * hop_length``, which is the default.
        """
        spectrum = self.spectrum(coefficients)
        if self.convention is not None:
            return gansynth.synthesise(spectrum, self.transform, length)
        return self.transform.inverse(spectrum, length=length)

    def spectrum(self, coefficients: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
        """Put the two tensors together to the complex coefficients of the STFT."""
        log_magnitude, frequency = self._checked(coefficients)
        return _spectrum(log_magnitude, frequency, None, transform=self)

    def initial_state(
        self, batch_shape: tuple[int, ...] = (), dtype: tf.DType = tf.float32
    ) -> PhaseAnalysisState:
        """The state of an analysis that has heard nothing yet, for :meth:`step`.

        Raises:
            ValueError: in GANSynth's convention, whose first frame depends on the length.
        """
        self._check_streams()
        state = self.transform.initial_state(batch_shape, dtype)
        return PhaseAnalysisState(state, self._unborn(batch_shape, dtype))

    def step(
        self, block: tf.Tensor, state: PhaseAnalysisState
    ) -> tuple[MagnitudeIFCoefficients, PhaseAnalysisState]:
        """Analyse the next block of a stream: its new frames, and the state after it."""
        spectrum, after = self.transform.step(block, state.transform)
        phase = _phase_heard(spectrum, state.phase, transform=self)
        return _analyse(spectrum, state.phase, transform=self), PhaseAnalysisState(after, phase)

    def flush(self, state: PhaseAnalysisState) -> MagnitudeIFCoefficients:
        """The last frames of a stream, those that reach beyond its end."""
        return _analyse(self.transform.flush(state.transform), state.phase, transform=self)

    def initial_inverse_state(
        self, batch_shape: tuple[int, ...] = (), dtype: tf.DType = tf.float32
    ) -> PhaseSynthesisState:
        """The state of a synthesis that has seen no frame yet, for :meth:`inverse_step`."""
        self._check_streams()
        state = self.transform.initial_inverse_state(batch_shape, dtype)
        return PhaseSynthesisState(state, self._unborn(batch_shape, dtype))

    def inverse_step(
        self, coefficients: tuple[tf.Tensor, tf.Tensor], state: PhaseSynthesisState
    ) -> tuple[tf.Tensor, PhaseSynthesisState]:
        """Synthesise from the next frames of a stream: the samples that are complete."""
        log_magnitude, frequency = self._checked(coefficients)
        spectrum = _spectrum(log_magnitude, frequency, state.phase, transform=self)
        audio, after = self.transform.inverse_step(spectrum, state.transform)
        phase = _phase_seen(frequency, state.phase, transform=self)
        return audio, PhaseSynthesisState(after, phase)

    def inverse_flush(
        self, state: PhaseSynthesisState, *, length: Length | None = None
    ) -> tf.Tensor:
        """The last samples of a stream of ``length`` samples in all (see :meth:`inverse`)."""
        return self.transform.inverse_flush(state.transform, length=length)

    def _checked(self, coefficients: tuple[Any, Any]) -> tuple[tf.Tensor, tf.Tensor]:
        rule = "coefficients must be the two tensors of log-magnitude and frequency"
        check(
            isinstance(coefficients, tuple | list) and len(coefficients) == 2, rule, coefficients
        )
        log_magnitude = real_tensor("log_magnitude", coefficients[0])
        frequency = tf.convert_to_tensor(coefficients[1])
        units = units_dtype(working_dtype(log_magnitude.dtype))
        kind = units if self.phase == "integer" else log_magnitude.dtype
        rule = f"instantaneous_frequency must be {kind.name} for phase={self.phase!r}"
        check(frequency.dtype == kind, rule, frequency.dtype.name)
        shape, other = log_magnitude.shape, frequency.shape
        fits = shape.rank is None or shape[-1:].is_compatible_with([self._bins])
        fits = fits and shape.rank not in (0, 1) and shape.is_compatible_with(other)
        rule = f"log_magnitude and instantaneous_frequency must be [..., frames, {self._bins}]"
        check(fits, rule, f"{shape} and {other}")
        return log_magnitude, frequency

    @property
    def _bins(self) -> int:
        if self.n_mels is not None:
            return self.n_mels
        if not isinstance(self.transform, STFT):
            return len(self.transform.frequencies)
        return self.transform.n_fft // 2 + (self.convention is None)

    def _check_streams(self) -> None:
        rule = "convention must be None to stream: GANSynth's first frame depends on the length"
        check(self.convention is None, rule, self.convention)

    def _unborn(self, batch_shape: tuple[int, ...], dtype: tf.DType) -> tf.Tensor:
        """The phase before the first frame of a stream."""
        units = units_dtype(working_dtype(tf.as_dtype(dtype)))
        row = unborn_units(self._bins, self._own, units)
        return tf.broadcast_to(row, [*batch_shape, 1, self._bins])

    @property
    def _own(self) -> tuple[int, int] | None:
        """What says how far the middle of a bin advances in a hop; None leaves that in."""
        whole = self.convention is not None or not isinstance(self.transform, STFT)
        return None if whole else (self.transform.hop_length, self.transform.n_fft)

    @property
    def _mel(self) -> gansynth.Mel | None:
        if self.n_mels is None or self.sample_rate is None:
            return None
        return gansynth.mel(self.sample_rate, self.transform.n_fft, self.n_mels)


@compiled
def _analyse(
    spectrum: tf.Tensor, before: tf.Tensor | None, *, transform: MagnitudeIF
) -> MagnitudeIFCoefficients:
    if transform.convention is not None:
        spectrum = spectrum[..., 1:]
    phase = angle(spectrum)
    log_magnitude = tf.math.log(tf.abs(spectrum) + transform.log_floor)
    if transform.phase == "integer":
        units = phase_to_int(phase, snapped=False)
        frequency = units_advance(units, transform._own, before)
    else:
        frequency = half_turns_between(phase, transform._own, before)
    coefficients = log_magnitude, frequency
    if transform._mel:
        coefficients = gansynth.to_mel(*coefficients, transform._mel, transform.log_floor)
    if transform.normalised:
        coefficients = gansynth.to_range(*coefficients)
    return MagnitudeIFCoefficients(*coefficients)


@compiled
def _spectrum(
    log_magnitude: tf.Tensor,
    frequency: tf.Tensor,
    before: tf.Tensor | None,
    *,
    transform: MagnitudeIF,
) -> tf.Tensor:
    if transform.normalised:
        log_magnitude, frequency = gansynth.from_range(log_magnitude, frequency)
    if transform._mel:
        floor = transform.log_floor
        log_magnitude, frequency = gansynth.from_mel(
            log_magnitude, frequency, transform._mel, floor
        )
    if transform.phase == "integer":
        units = units_sum(frequency, transform._own, before)
        phase = int_to_phase(units, log_magnitude.dtype)
    else:
        phase = phase_after(frequency, transform._own, before)
    if transform.convention is None:
        return polar(tf.exp(log_magnitude) - transform.log_floor, phase)
    spectrum = polar(tf.exp(log_magnitude), phase)
    return tf.concat([tf.zeros_like(spectrum[..., :1]), spectrum], axis=-1)


@compiled
def _phase_heard(spectrum: tf.Tensor, before: tf.Tensor, *, transform: MagnitudeIF) -> tf.Tensor:
    """The integer phase of the last frame, of these or before them."""
    newest = angle(spectrum[..., -1:, :])
    units = phase_to_int(newest, snapped=transform.phase == "float")
    return tf.concat([before, units], axis=-2)[..., -1:, :]


@compiled
def _phase_seen(frequency: tf.Tensor, before: tf.Tensor, *, transform: MagnitudeIF) -> tf.Tensor:
    """The integer phase to which these advances lead."""
    steps = frequency if transform.phase == "integer" else half_turns_to_int(frequency)
    units = units_sum(steps, transform._own, before)
    return tf.concat([before, units], axis=-2)[..., -1:, :]
