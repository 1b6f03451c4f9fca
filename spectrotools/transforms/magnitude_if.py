"""Log-magnitude and instantaneous frequency: two real pictures of a sound, and the way back."""

import dataclasses
from typing import Any, Literal, NamedTuple

import tensorflow as tf

from .._validate import check, one_of
from ..ops.numerics import compiled
from ..ops.phase import accumulate_phase, angle, instantaneous_frequency, polar
from ..ops.phase_units import int_to_phase, phase_to_int, units_advance, units_sum
from .base import Transform
from .frames import Length
from .stft import STFT

__all__ = ["MagnitudeIF", "MagnitudeIFCoefficients"]

Precision = Literal["float", "integer"]


class MagnitudeIFCoefficients(NamedTuple):
    """What :class:`MagnitudeIF` makes of a sound: two tensors ``[..., frames, bins]``."""

    log_magnitude: tf.Tensor
    instantaneous_frequency: tf.Tensor


@dataclasses.dataclass(frozen=True)
class MagnitudeIF(Transform):
    r"""Log-magnitude and instantaneous frequency of an STFT, without drift.

    * ``log_magnitude`` is :math:`\ln(|S| + \epsilon)`, with :math:`\epsilon` the ``log_floor``:
      silence is :math:`\ln \epsilon`.
    * ``instantaneous_frequency`` is the advance of phase in a hop less that of the middle of the
      bin, wrapped, in half turns in [-1, 1]: a steady partial of f Hz near bin k is the constant
      :math:`2H (f / f_s - k / N)`. The first frame holds the phase itself. Whole half turns are
      counted, so that the inverse sums without error (:func:`instantaneous_frequency`).

    The way back loses what float32 loses of a logarithm: noise comes back to better than 100 dB,
    after an hour as after a second. With ``phase="integer"`` the frequency is an int32 in units
    of :math:`2^{-32}` turns a hop (int64 and :math:`2^{-64}` in float64), whose wrapped sum is the
    phase to the last bit.

    Args:
        stft: the :class:`STFT` to start from.
        log_floor: :math:`\epsilon`, in the unit of the magnitudes, above 0.
        phase: ``"float"`` for models, ``"integer"`` for storage.

    Raises:
        ValueError: if an argument is out of its range.

    Gradient:
        Of the float form, through both parts and both ways; finite on silence.

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

    stft: STFT
    _: dataclasses.KW_ONLY
    log_floor: float = 1e-6
    phase: Precision = "float"

    def __post_init__(self) -> None:
        check(isinstance(self.stft, STFT), "stft must be an STFT", self.stft)
        check(self.log_floor > 0, "log_floor must be above 0", self.log_floor)
        one_of("phase", self.phase, Precision)

    def __call__(self, audio: Any) -> MagnitudeIFCoefficients:
        """Analyse ``[..., time]`` into two tensors ``[..., frames, n_fft // 2 + 1]``."""
        return MagnitudeIFCoefficients(*_analyse(self.stft(audio), transform=self))

    def inverse(
        self, coefficients: tuple[tf.Tensor, tf.Tensor], *, length: Length | None = None
    ) -> tf.Tensor:
        """Synthesise the sound of two tensors; ``length`` is that of :meth:`STFT.inverse`."""
        return self.stft.inverse(self.spectrum(coefficients), length=length)

    def spectrum(self, coefficients: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
        """Put the two tensors together to the complex coefficients of the STFT."""
        log_magnitude, frequency = coefficients
        return _spectrum(log_magnitude, frequency, transform=self)

    @property
    def own(self) -> tuple[int, int]:
        """The hop and the size that say how far the middle of a bin advances in a hop."""
        return self.stft.hop_length, self.stft.n_fft


@compiled
def _analyse(spectrum: tf.Tensor, *, transform: MagnitudeIF) -> tuple[tf.Tensor, tf.Tensor]:
    magnitude, phase = tf.abs(spectrum), angle(spectrum)
    log_magnitude = tf.math.log(magnitude + transform.log_floor)
    if transform.phase == "integer":
        return log_magnitude, units_advance(phase_to_int(phase, snapped=False), transform.own)
    hop_length, n_fft = transform.own
    return log_magnitude, instantaneous_frequency(phase, hop_length=hop_length, n_fft=n_fft)


@compiled
def _spectrum(
    log_magnitude: tf.Tensor, frequency: tf.Tensor, *, transform: MagnitudeIF
) -> tf.Tensor:
    magnitude = tf.exp(log_magnitude) - transform.log_floor
    if transform.phase == "integer":
        phase = int_to_phase(units_sum(frequency, transform.own), log_magnitude.dtype)
    else:
        hop_length, n_fft = transform.own
        phase = accumulate_phase(frequency, hop_length=hop_length, n_fft=n_fft)
    return polar(magnitude, phase)
