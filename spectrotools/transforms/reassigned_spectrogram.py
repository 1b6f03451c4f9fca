"""A spectrogram whose every value says at which frequency and at which time its sound is."""

import dataclasses
from typing import Any, Literal, NamedTuple

import numpy as np
import tensorflow as tf

from .._validate import check, one_of
from ..ops.arguments import checked_rate
from ..ops.fourier import framed_rfft
from ..ops.magnitude import magnitude
from ..ops.numerics import compiled, sizes, working_dtype
from ..ops.reassignment import frequency_offset, time_offset
from .base import Transform
from .stft import STFT, checked_audio, padded_audio

__all__ = ["Reassigned", "ReassignedSpectrogram", "check_ends"]

Convention = Literal["librosa"]

_ENDS = 1e-2  # of the window's peak: higher steps at its ends bend the frequencies
_FAINT = 1e-3  # librosa's reference of power 1e-6, below which nothing is said


class Reassigned(NamedTuple):
    """What :class:`ReassignedSpectrogram` makes of a sound: ``[..., frames, bins]`` each."""

    frequency_hz: tf.Tensor
    time_seconds: tf.Tensor
    magnitude: tf.Tensor


@dataclasses.dataclass(frozen=True)
class ReassignedSpectrogram(Transform):
    r"""The magnitudes of an STFT, each with the frequency and the time of its sound.

    With :math:`S_w` the coefficient by window w of the frame about time t,

    .. math::
        \hat f = \frac{f_s}{2\pi} \Bigl(\omega_k - \mathrm{Im} \frac{S_{w'}}{S_w}\Bigr), \qquad
        \hat t = t + \frac{1}{f_s}\,\mathrm{Re} \frac{S_{nw}}{S_w}:

    the instantaneous frequency, by the derivative of the window, and the time to which the group
    delay leads, by its moment. A sine has its own frequency in every bin of its lobe, an impulse
    its own time in every frame that sees it, and a linear chirp the two of a point on its line.
    Where there is next to nothing, in a bin below ``magnitude_floor``, it stays in the middle of
    its bin and frame; where partials beat, values may lie anywhere, outside the sound as well.

    ``convention="librosa"`` is ``librosa.reassigned_spectrogram``, which departs in this: the
    derivative is a difference of neighbours, so that frequencies are drawn to the middle of the
    bin by a trace; with an even ``n_fft`` times are half a sample late; below a power of 1e-6 both
    are NaN; and what is outside the sound is clipped.

    Args:
        transform: the :class:`STFT` to start from; its window must fall to 1e-2 of its peak at its
            ends, which those of Hamming do not. In librosa's convention any window of an STFT of
            that convention.
        sample_rate: Hz.
        magnitude_floor: in the unit of the coefficients, above 0.
        convention: the peer to be equal to; None is exact.

    Raises:
        ValueError: if an argument is out of its range, or the STFT does not fit.

    Gradient:
        Through all three, finite on silence.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> rep = st.ReassignedSpectrogram(st.STFT(n_fft=512, hop_length=128), sample_rate=16000)
        >>> tone = np.cos(2 * np.pi * 1010.0 * np.arange(16000) / 16000)
        >>> frequency, time, magnitude = rep(tone)
        >>> [f"{hz:.1f} Hz" for hz in frequency[50, 31:34]]  # bins of 31.25 Hz
        ['1010.0 Hz', '1010.0 Hz', '1010.0 Hz']
        >>> f"{rep(np.eye(1, 16000, 6417)[0]).time_seconds[50, 100] * 16000:.3f} samples"
        '6417.000 samples'

    References:
        Auger and Flandrin, "Improving the readability of time-frequency and time-scale
        representations by the reassignment method", IEEE TSP 43(5), 1995.
    """

    transform: STFT
    _: dataclasses.KW_ONLY
    sample_rate: float
    magnitude_floor: float = 1e-8
    convention: Convention | None = None

    def __post_init__(self) -> None:
        check(isinstance(self.transform, STFT), "transform must be an STFT", self.transform)
        checked_rate(self.sample_rate)
        check(self.magnitude_floor > 0, "magnitude_floor must be above 0", self.magnitude_floor)
        one_of("convention", self.convention, Convention, optional=True)
        if self.convention is None:
            check_ends(self.transform)
            return
        rule = "transform must be an STFT of convention='librosa' in librosa's convention"
        check(self.transform.convention == "librosa", rule, self.transform)

    def __call__(self, audio: Any) -> Reassigned:
        """Analyse ``[..., time]`` into three tensors ``[..., frames, bins]``."""
        return _analyse(checked_audio(audio, self.transform), transform=self)[0]

    def group_delay(self, audio: Any) -> tf.Tensor:
        """By how much the sound is later than the middle of its frame, seconds.

        It is what is added to the times of the frames: of a long sound in float32 more precise
        than their sum. Nothing is clipped, or NaN, in any convention.
        """
        return _analyse(checked_audio(audio, self.transform), transform=self)[1]

    @property
    def _windows(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The window, its derivative and its moment, ``[n_fft]``."""
        window = self.transform.window_samples
        place = np.arange(len(window)) - float(self.transform.middle)
        if self.convention is None:
            return window, self.transform.window_derivative, window * place
        slope = (np.roll(window, -1) - np.roll(window, 1)) / 2
        late = 0.0 if len(window) % 2 else 0.5
        return window, slope, window * (place + late)


def check_ends(transform: STFT) -> None:
    """Check that the window has a derivative at its ends as well."""
    rule = f"transform must have a window that falls to {_ENDS} of its peak at its ends"
    check(transform.edge <= _ENDS, rule, transform.window)


@compiled
def _analyse(audio: tf.Tensor, *, transform: ReassignedSpectrogram) -> tuple:
    stft, rate, floor = transform.transform, transform.sample_rate, transform.magnitude_floor
    kept = working_dtype(audio.dtype)
    padded, unfold = padded_audio(audio, stft)
    spectrum, by_derivative, by_moment = (
        framed_rfft(padded, window, stft.hop_length) for window in transform._windows
    )
    offset = frequency_offset(spectrum, by_derivative, floor) * (rate / (2 * np.pi))
    delay = time_offset(spectrum, by_moment, floor) / rate
    frequency = tf.constant(stft.frequencies(rate), offset.dtype) + offset
    places = tf.range(sizes(spectrum)[1]) * stft.hop_length + stft.middle - stft.delay
    time = tf.cast(tf.cast(places, tf.float64) / rate, delay.dtype)[:, None] + delay
    size = magnitude(spectrum)
    if transform.convention is not None:
        end = tf.cast(tf.cast(tf.shape(audio)[-1], tf.float64) / rate, delay.dtype)
        frequency = _cleaned(frequency, size, rate / 2)
        time = _cleaned(time, size, end)
    parts = (unfold(tf.cast(part, kept)) for part in (frequency, time, size))
    return Reassigned(*parts), unfold(tf.cast(delay, kept))


def _cleaned(values: tf.Tensor, size: tf.Tensor, end: Any) -> tf.Tensor:
    """The values as librosa gives them: clipped, and NaN where there is next to nothing."""
    nothing = tf.constant(np.nan, values.dtype)
    return tf.where(size < _FAINT, nothing, tf.clip_by_value(values, 0, end))
