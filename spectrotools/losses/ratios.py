"""Losses that are ratios of powers: of error to signal, and of signal to error in decibels."""

import dataclasses
import math

import tensorflow as tf

from .waveform import WaveformLoss, mean, power

__all__ = ["DC", "ESR", "SDSDR", "SISDR", "SNR"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Ratio(WaveformLoss):
    """A ratio of powers, under both of which lies the floor."""

    floor_db: float = -100.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self._keep("floor_db", -300.0, 0.0)

    @property
    def _floor(self) -> float:
        return float(10.0 ** (self.floor_db / 10.0))


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Decibels(_Ratio):
    """The negative of a ratio of signal to error in decibels."""

    zero_mean: bool = False

    def distance(self, target: tf.Tensor, audio: tf.Tensor) -> tf.Tensor:
        if self.zero_mean:
            target, audio = _centred(target), _centred(audio)
        signal, error = self._parts(target, audio)
        nepers = tf.math.log(power(signal) + self._floor) - tf.math.log(power(error) + self._floor)
        return -10.0 / math.log(10.0) * nepers

    def _parts(self, target: tf.Tensor, audio: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        raise NotImplementedError

    def _scaled(self, target: tf.Tensor, audio: tf.Tensor) -> tf.Tensor:
        """The projection of the sound on the target."""
        share = mean(target * audio) / (power(target) + self._floor)
        return share[..., None] * target


def _centred(signal: tf.Tensor) -> tf.Tensor:
    return signal - mean(signal)[..., None]


@dataclasses.dataclass(frozen=True, kw_only=True)
class ESR(_Ratio):
    r"""Take the error-to-signal ratio: the energy of the error in parts of the target's.

    .. math:: \frac{\frac{1}{N} \sum_n (y_n - x_n)^2}{\frac{1}{N} \sum_n y_n^2 + \epsilon},
        \qquad \epsilon = 10^{\mathrm{floor\_db} / 10}

    so that loud and quiet passages weigh alike, and passages below the floor do not: of a silent
    target it is the power of the sound over :math:`\epsilon`.

    Args:
        floor_db: power under the target, dB of full scale (a mean square of 1), in [-300, 0].
        preemphasis: coefficient of the filter that both signals pass first, in [-1, 1]; 0 for none
            (see :func:`spectrotools.preemphasis`). Models of guitar amplifiers are trained with
            0.85 or 0.95.

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> import spectrotools as st
        >>> loss = st.losses.ESR()
        >>> [f"{float(loss(target, [0.3, -0.3])):.3g}" for target in ([0.4, -0.4], [0.0, 0.0])]
        ['0.0625', '9e+08']

    References:
        Wright and Välimäki, "Perceptual loss function for neural modelling of audio systems",
        ICASSP 2020 (ESR).
    """

    def distance(self, target: tf.Tensor, audio: tf.Tensor) -> tf.Tensor:
        """Measure along the last axis."""
        return power(target - audio) / (power(target) + self._floor)


@dataclasses.dataclass(frozen=True, kw_only=True)
class DC(_Ratio):
    r"""Take the power of the error's mean in parts of the target's power.

    .. math::
        \frac{\big(\frac{1}{N} \sum_n (y_n - x_n)\big)^2}{\frac{1}{N} \sum_n y_n^2 + \epsilon},
        \qquad \epsilon = 10^{\mathrm{floor\_db} / 10}

    which beside an :class:`ESR` with pre-emphasis keeps the offset that the filter does not see.

    Args:
        floor_db: power under the target, dB of full scale (a mean square of 1), in [-300, 0].
        preemphasis: coefficient of the filter that both signals pass first, in [-1, 1]; 0 for none
            (see :func:`spectrotools.preemphasis`).

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> import spectrotools as st
        >>> value = st.losses.DC()([0.5, -0.5], [0.6, -0.4])
        >>> f"{float(value):.3f}"
        '0.040'

    References:
        Wright and Välimäki, "Perceptual loss function for neural modelling of audio systems",
        ICASSP 2020 (DC).
    """

    def distance(self, target: tf.Tensor, audio: tf.Tensor) -> tf.Tensor:
        """Measure along the last axis."""
        offset = tf.square(mean(target - audio))
        return offset / (power(target) + self._floor)


@dataclasses.dataclass(frozen=True, kw_only=True)
class SNR(_Decibels):
    r"""Take the negative signal-to-noise ratio, dB.

    .. math:: -10 \log_{10} \frac{P(y) + \epsilon}{P(y - x) + \epsilon},
        \qquad \epsilon = 10^{\mathrm{floor\_db} / 10}

    of the target :math:`y`, the sound :math:`x` and the mean square :math:`P`. It is as if noise
    of ``floor_db`` lay under both: so the loss of a perfect sound is finite, how far the target
    is above the floor, and silence for silence is 0.

    Args:
        zero_mean: whether the mean of both signals is taken off first.
        floor_db: power under signal and error, dB of full scale (a mean square of 1), in
            [-300, 0].
        preemphasis: coefficient of the filter that both signals pass first, in [-1, 1]; 0 for none
            (see :func:`spectrotools.preemphasis`).

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> import spectrotools as st
        >>> f"{float(st.losses.SNR()([1.0, -1.0], [1.1, -1.1])):.2f}"
        '-20.00'

    References:
        Le Roux et al., "SDR - half-baked or well done?", ICASSP 2019 (SNR).
    """

    def _parts(self, target: tf.Tensor, audio: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return target, target - audio


@dataclasses.dataclass(frozen=True, kw_only=True)
class SISDR(_Decibels):
    r"""Take the negative scale-invariant signal-to-distortion ratio, dB.

    .. math:: -10 \log_{10} \frac{P(\alpha y) + \epsilon}{P(\alpha y - x) + \epsilon}, \qquad
        \alpha = \frac{\sum_n x_n y_n}{\sum_n y_n^2},
        \qquad \epsilon = 10^{\mathrm{floor\_db} / 10}

    of the target :math:`y`, the sound :math:`x` and the mean square :math:`P`: how far the sound
    is from any multiple of the target, so that the loss does not change with its gain, but for
    the floor. That lies under signal and error as noise would, and under :math:`\sum y^2` too:
    so silence is finite, and 0 dB where the sound is silent. There the gradient is 0, for all
    directions are alike. With ``zero_mean`` it is known as SI-SNR.

    Args:
        zero_mean: whether the mean of both signals is taken off first.
        floor_db: power under signal and error, dB of full scale (a mean square of 1), in
            [-300, 0].
        preemphasis: coefficient of the filter that both signals pass first, in [-1, 1]; 0 for none
            (see :func:`spectrotools.preemphasis`).

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> import spectrotools as st
        >>> loss = st.losses.SISDR()
        >>> target = [1.0, 0.0, -1.0, 0.0]
        >>> f"{float(loss(target, [3.0, 0.3, -3.0, 0.3])):.2f}"
        '-20.00'

    References:
        Le Roux et al., "SDR - half-baked or well done?", ICASSP 2019 (SI-SDR); Luo and Mesgarani,
        "Conv-TasNet", IEEE/ACM TASLP 27(8), 2019 (SI-SNR).
    """

    def _parts(self, target: tf.Tensor, audio: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        scaled = self._scaled(target, audio)
        return scaled, scaled - audio


@dataclasses.dataclass(frozen=True, kw_only=True)
class SDSDR(_Decibels):
    r"""Take the negative scale-dependent signal-to-distortion ratio, dB.

    .. math:: -10 \log_{10} \frac{P(\alpha y) + \epsilon}{P(y - x) + \epsilon}, \qquad
        \alpha = \frac{\sum_n x_n y_n}{\sum_n y_n^2},
        \qquad \epsilon = 10^{\mathrm{floor\_db} / 10}

    of the target :math:`y`, the sound :math:`x` and the mean square :math:`P`. It is
    :class:`SISDR` that takes a wrong gain for an error, and unlike :class:`SNR` punishes a sound
    that is too quiet more than one that is as much too loud.

    Args:
        zero_mean: whether the mean of both signals is taken off first.
        floor_db: power under signal and error, dB of full scale (a mean square of 1), in
            [-300, 0].
        preemphasis: coefficient of the filter that both signals pass first, in [-1, 1]; 0 for none
            (see :func:`spectrotools.preemphasis`).

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> import spectrotools as st
        >>> loss = st.losses.SDSDR()
        >>> [f"{float(loss([1.0, -1.0], [x, -x])):.2f}" for x in (0.8, 1.2)]
        ['-12.04', '-15.56']

    References:
        Le Roux et al., "SDR - half-baked or well done?", ICASSP 2019 (SD-SDR).
    """

    def _parts(self, target: tf.Tensor, audio: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return self._scaled(target, audio), target - audio
