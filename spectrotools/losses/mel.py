"""Losses of log-mel spectrograms at several resolutions."""

import dataclasses
from typing import Literal, Self

import tensorflow as tf

from .._validate import check, number, one_of
from ..ops.arguments import checked_rate
from ..transforms.log_mel import LogMel
from ..transforms.stft import STFT
from .blockwise import BlockwiseLoss

__all__ = ["MultiScaleMel"]

MelPreset = Literal["dac", "hifigan"]

_DAC = {32: 5, 64: 10, 128: 20, 256: 40, 512: 80, 1024: 160, 2048: 320}  # n_fft to bands


@dataclasses.dataclass(frozen=True)
class MultiScaleMel(BlockwiseLoss):
    r"""The mean absolute error of log-mel spectrograms, summed over several.

    .. math:: w \sum_i \operatorname{mean} |M_i(\text{audio}) - M_i(\text{target})|

    Mel bands hear as coarsely as the ear does, so that detail which nobody hears costs nothing.

    ==============  =============================================================  ============
    ``preset``      spectrograms                                                   ``weight``
    ==============  =============================================================  ============
    ``"dac"``       n_fft 32, 64, ..., 2048 with 5, 10, ..., 320 bands up to half  15
                    the sample rate, :math:`\log_{10} \max(., 10^{-5})`
    ``"hifigan"``   n_fft 1024 with 80 bands up to half the sample rate,           45
                    :math:`\ln \max(., 10^{-5})`
    ==============  =============================================================  ============

    Args:
        log_mels: the :class:`LogMel` of each resolution, at least one.
        weight: of the sum, above 0.

    Raises:
        ValueError: if a setting is out of its range.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> loss = st.losses.MultiScaleMel.preset("hifigan", sample_rate=22050)
        >>> noise = np.random.default_rng(0).standard_normal(8192)
        >>> f"{float(loss(noise, 2.0 * noise)) / 45:.4f} {np.log(2.0):.4f}"
        '0.6931 0.6931'

    References:
        Kong, Kim, Bae, "HiFi-GAN", 2020, eq. 5. Kumar, Seetharaman, Luebs, Kumar, Kumar,
        "High-fidelity audio compression with improved RVQGAN", 2023, section 3.4 and its published
        configuration.
    """

    log_mels: tuple[LogMel, ...]
    _: dataclasses.KW_ONLY
    weight: float = 1.0

    def __post_init__(self) -> None:
        several = isinstance(self.log_mels, list | tuple) and len(self.log_mels) > 0
        rule = "log_mels must be a list of LogMels, at least one"
        check(several and all(isinstance(m, LogMel) for m in self.log_mels), rule, self.log_mels)
        object.__setattr__(self, "log_mels", tuple(self.log_mels))
        object.__setattr__(self, "weight", number("weight", self.weight, 1e-12))

    @classmethod
    def preset(cls, name: MelPreset, *, sample_rate: float) -> Self:
        """Build a published loss, for a sample rate in Hz (see the table of this class)."""
        rate = checked_rate(sample_rate)
        if one_of("preset", name, MelPreset) == "hifigan":
            stft = STFT(n_fft=1024, hop_length=256, convention="hifigan")
            mel = LogMel(stft, sample_rate=rate, n_mels=80, offset=1e-9)
            return cls((mel,), weight=45.0)
        mels = (
            LogMel(
                STFT(n_fft=n_fft, convention="torch"), sample_rate=rate, n_mels=bands, log="log10"
            )
            for n_fft, bands in _DAC.items()
        )
        return cls(tuple(mels), weight=15.0)

    @property
    def stfts(self) -> tuple[STFT, ...]:
        """The transforms that it looks through."""
        return tuple(mel.stft for mel in self.log_mels)

    def measure(self, target: tf.Tensor, audio: tf.Tensor) -> dict[str, tf.Tensor]:
        """Give the one term, ``log_mel``."""
        errors = (tf.abs(log_mel(audio) - log_mel(target)) for log_mel in self.log_mels)
        total = tf.add_n([tf.reduce_mean(error, axis=[-2, -1]) for error in errors])
        return {"log_mel": self.weight * total}
