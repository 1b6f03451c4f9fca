"""A loss on joint modulations: how fast, how densely and which way patterns move in frequency."""

import dataclasses
import functools
import math
from typing import Any

import numpy as np
import tensorflow as tf

from .._validate import check, number
from ..ops.fft import ifft, rfft
from ..ops.magnitude import magnitude
from ..ops.numerics import compiled, flatten_leading, sizes, with_shape, working_dtype
from ..transforms.cqt import CQT
from .loss import Loss
from .signals import checked_pair

__all__ = ["JointModulation"]

_WIDTH = 1 / 3  # standard deviation of a wavelet in frequency, of its middle: an octave's spacing
_REACH = 3.5  # standard deviations of a Gaussian that are kept
_OVERSAMPLING = 2  # of moduli, whose spectra are wider than those of the waves


@dataclasses.dataclass(frozen=True)
class JointModulation(Loss):
    r"""Compare patterns in the time-frequency plane by their rates, scales and directions.

    Of the amplitudes :math:`X(t, \lambda)` of a constant-Q transform, over time and log-frequency
    :math:`\lambda`, wavelets in both dimensions take the modulations of a rate :math:`\alpha`
    and a scale :math:`\beta` in either direction, rising and falling; their moduli are averaged
    over time and compressed, and the loss is the mean squared difference of

    .. math:: \ln\Big(1 + \frac{1}{\epsilon} \big\langle | X * \psi_{\alpha, \pm \beta} |
        \big\rangle_t \Big), \qquad \psi_{\alpha, \beta}(t, \lambda) =
        \psi_\alpha(t)\, \psi_\beta(\lambda)

    (term ``"modulation"``; among them those of each rate alone, whatever the scale), and of the
    mean amplitudes compressed alike (term ``"spectrum"``). A wavelet is a Morlet's, an octave
    wide, scaled so that a ripple :math:`\cos 2\pi(\alpha t + \beta \lambda)` has its modulus 1.

    Where a pattern stands in time does not matter, for the signal is taken as a loop, but how it
    moves does: so vibrato, tremolo, chirps and grains can be learnt from sounds that are not
    aligned, where spectrograms compared frame by frame give no direction. It is joint
    time-frequency scattering of one order of modulation, without its averaging over frequency.

    Args:
        cqt: the :class:`CQT` to start from, in layout ``"matrix"``. A hop longer than its default
            folds fast modulations onto slow ones.
        rates_hz: modulations in time, Hz, each above 0 and at most a quarter of the frames in a
            second.
        scales: modulations in frequency, cycles per octave, each above 0 and at most a quarter of
            the bins of an octave.
        floor_db: :math:`\epsilon`, below which differences fade, dB of a ripple of amplitude 1,
            in [-300, 0].

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> time = np.arange(8000) / 8000
        >>> rising, later, falling = np.sin(
        ...     2 * np.pi * 400 * 2 ** np.stack([time, time - 0.01, -time]) / np.log(2)
        ... )
        >>> cqt = st.CQT(sample_rate=8000, fmin=100.0)
        >>> loss = st.losses.JointModulation(cqt, rates_hz=(2.0, 4.0, 8.0), scales=(1.0, 2.0))
        >>> bool(loss(rising, falling) > 30 * loss(rising, later))
        True

    References:
        Vahidi, Han, Wang, Lagrange, Fazekas, Lostanlen, "Mesostructures: beyond spectrogram loss
        in differentiable time-frequency analysis", JAES 71(9), 2023; Andén, Lostanlen, Mallat,
        "Joint time-frequency scattering", IEEE TSP 67(14), 2019.
    """

    cqt: CQT
    _: dataclasses.KW_ONLY
    rates_hz: tuple[float, ...] = (2.0, 4.0, 8.0, 16.0)
    scales: tuple[float, ...] = (0.5, 1.0, 2.0)
    floor_db: float = -60.0

    def __post_init__(self) -> None:
        fits = isinstance(self.cqt, CQT) and self.cqt.layout == "matrix"
        check(fits, "cqt must be a CQT in layout 'matrix'", self.cqt)
        self._keep("rates_hz", self.frame_rate / 4.0)
        self._keep("scales", self.cqt.bins_per_octave / 4.0)
        object.__setattr__(self, "floor_db", number("floor_db", self.floor_db, -300.0, 0.0))

    def _keep(self, name: str, high: float) -> None:
        """Check the modulations of an axis, and keep them as a tuple of floats."""
        values = getattr(self, name)
        check(
            isinstance(values, list | tuple) and len(values) > 0,
            f"{name} must be numbers, at least one",
            values,
        )
        numbers = tuple(number(name, value, 1e-6, high) for value in values)
        object.__setattr__(self, name, numbers)

    @property
    def frame_rate(self) -> float:
        """Frames of the transform in a second."""
        return self.cqt.sample_rate / self.cqt.hop_lengths[0]

    def terms(self, target: Any, audio: Any) -> dict[str, tf.Tensor]:
        """Give the terms ``"spectrum"`` and ``"modulation"``."""
        target, audio = checked_pair(target, audio)
        time = None if audio.shape.rank is None else audio.shape[-1]
        return _terms(target, audio, loss=self, time=time)


@compiled
def _terms(
    target: tf.Tensor, audio: tf.Tensor, *, loss: JointModulation, time: int | None
) -> dict[str, tf.Tensor]:
    first, second = _coefficients(target, loss, time), _coefficients(audio, loss, time)
    return {
        name: tf.cast(tf.reduce_mean(tf.square(first[name] - second[name]), axis=-1), audio.dtype)
        for name in first
    }


def _coefficients(
    audio: tf.Tensor, loss: JointModulation, time: int | None
) -> dict[str, tf.Tensor]:
    """What is compared, by the name of the term, ``[..., coefficients]``."""
    rows, unfold = flatten_leading(tf.cast(audio, working_dtype(audio.dtype)), keep=1)
    # A length that has been generalised away would send the transform through its slices.
    spectrum: Any = loss.cqt(with_shape(rows, [rows.shape[0], time]))
    # Without the two bins at the ends, which stand at no log-frequency, and the last frame, which
    # leaves a number of them whose Fourier transform is fast.
    gain = math.sqrt(2.0 / loss.cqt.hop_lengths[0])
    amplitudes = gain * magnitude(tf.transpose(spectrum, [0, 2, 1])[:, 1:-1, :-1])
    frames = sizes(amplitudes)[2]
    waves = rfft(amplitudes) / tf.cast(frames, spectrum.dtype)
    of_rates = [_of_rate(waves, rate / loss.frame_rate, frames) for rate in loss.rates_hz]
    moduli = _in_all_directions(tf.concat(of_rates, axis=-1), loss)
    of_rates = tf.split(moduli, [sizes(wave)[2] for wave in of_rates], axis=-1)
    compared = {
        "spectrum": tf.math.real(waves[:, :, 0]),
        "modulation": tf.concat([tf.reduce_mean(part, axis=-1) for part in of_rates], axis=-1),
    }
    floor = 10.0 ** (loss.floor_db / 20.0)
    return {name: unfold(tf.math.log1p(means / floor)) for name, means in compared.items()}


def _of_rate(waves: tf.Tensor, rate: float, frames: Any) -> tf.Tensor:
    """The modulations of a rate, cycles a frame, as an analytic signal of few samples.

    Of the spectrum only the bins that the wavelet hears go back into time.
    """
    highest = (1.0 + _REACH * _WIDTH) * rate
    if isinstance(frames, int):
        count = min(math.ceil(highest * frames), frames // 2) + 1
    else:
        heard = tf.math.ceil(highest * tf.cast(frames, tf.float64))
        count = tf.minimum(tf.cast(heard, frames.dtype), frames // 2) + 1
    real = waves.dtype.real_dtype
    frequency = tf.cast(tf.range(count), real) / tf.cast(frames, real) / rate
    spread = -0.5 / _WIDTH**2
    gain = tf.exp(spread * (frequency - 1.0) ** 2) - tf.exp(spread * (1.0 + frequency**2))
    count = sizes(frequency)[0]
    # A real ripple has one half of itself here.
    heard = tf.cast(2.0 * _OVERSAMPLING * tf.cast(count, real) * gain, waves.dtype)
    return ifft(
        tf.pad(waves[:, :, :count] * heard, [[0, 0], [0, 0], [0, (_OVERSAMPLING - 1) * count]])
    )


def _in_all_directions(waves: tf.Tensor, loss: JointModulation) -> tf.Tensor:
    """Moduli of every bin alone, and of each scale falling and rising."""
    bins = len(loss.cqt.frequencies) - 2
    cycles = tuple(scale / loss.cqt.bins_per_octave for scale in loss.scales)
    real, imaginary = (tf.constant(part, waves.dtype.real_dtype) for part in _across(cycles, bins))
    parts = tf.math.real(waves), tf.math.imag(waves)
    (rr, ir), (ri, ii) = ([w @ part for part in parts] for w in (real, imaginary))
    one_way, other = tf.complex(rr - ii, ri + ir), tf.complex(rr + ii, ir - ri)
    return magnitude(tf.concat([waves, one_way, other], axis=1))


@functools.lru_cache(maxsize=16)
def _across(frequencies: tuple[float, ...], bins: int) -> tuple[np.ndarray, np.ndarray]:
    """Wavelets of all frequencies around each bin, real and imaginary, ``[..., bins]``."""
    both = np.concatenate([_around_bins(frequency, bins) for frequency in frequencies])
    return both.real, both.imag


def _around_bins(frequency: float, bins: int) -> np.ndarray:
    """Wavelets of so many cycles a bin around each bin, ``[bins, bins]``."""
    place = np.subtract.outer(np.arange(bins), np.arange(bins))
    deviation = 1.0 / (2.0 * np.pi * _WIDTH * frequency)
    whole = np.arange(-math.ceil(2 * _REACH * deviation), math.ceil(2 * _REACH * deviation) + 1)
    total = np.sum(np.exp(-0.5 * (whole / deviation) ** 2))
    gaussian = np.exp(-0.5 * (place / deviation) ** 2) / total
    return gaussian * (np.exp(2j * np.pi * frequency * place) - np.exp(-0.5 / _WIDTH**2))
