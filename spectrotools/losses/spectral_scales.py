"""Scales on which spectra are compared other than bins alike: weighted bins, mel bands."""

import dataclasses

import numpy as np
import tensorflow as tf

from .._validate import integer, number, one_of
from .._value import Value
from ..ops.arguments import checked_rate
from ..ops.banded import banded_matmul
from ..ops.filterbanks import MelConvention, MelNorm, MelScale, mel_filterbank
from ..ops.frequency_weighting import Weighting, power_weights
from ..ops.magnitude import root
from ..ops.numerics import flatten_leading

__all__ = ["MelBands", "SpectralScale", "WeightedBins"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class SpectralScale(Value):
    """What makes of a spectrum of bins alike the one that is compared.

    A subclass gives :meth:`powers`.
    """

    sample_rate: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "sample_rate", checked_rate(self.sample_rate))

    def powers(self, powers: tf.Tensor, n_fft: int) -> tf.Tensor:
        """Weight or gather squared magnitudes, ``[batch, frames, n_fft // 2 + 1]``."""
        raise NotImplementedError


@dataclasses.dataclass(frozen=True, kw_only=True)
class WeightedBins(SpectralScale):
    r"""Weight each bin as a sound level meter weights its frequency.

    Magnitudes are multiplied by :math:`10^{A(f) / 20}`, of A in dB as
    :func:`spectrotools.frequency_weighting` gives it, nowhere less than -80 dB. So 100 Hz counts
    for 19 dB less than 1 kHz, by A, as soft sounds are heard.

    Args:
        sample_rate: Hz.
        weighting: ``"A"``, ``"B"``, ``"C"``, ``"D"`` or ``"Z"``.

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> scale = st.losses.WeightedBins(sample_rate=16000)
        >>> loss = st.losses.MultiScaleSpectral([st.STFT(n_fft=1024)], scale=scale)
        >>> low, middle = np.sin(2 * np.pi * np.outer([100, 1000], np.arange(16000) / 16000))
        >>> error = loss.terms([0.0 * low, 0.0 * middle], [low, middle])["magnitude"]
        >>> f"{20 * np.log10(error[0] / error[1]):.0f} dB"
        '-19 dB'

    References:
        IEC 61672-1:2013, annex E.
    """

    weighting: Weighting = "A"

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("weighting", self.weighting, Weighting)

    def powers(self, powers: tf.Tensor, n_fft: int) -> tf.Tensor:
        """Weight squared magnitudes, ``[batch, frames, n_fft // 2 + 1]``."""
        weights = power_weights(self.sample_rate, n_fft, self.weighting)
        return powers * tf.constant(weights, powers.dtype)


@dataclasses.dataclass(frozen=True, kw_only=True)
class MelBands(SpectralScale):
    """Gather the bins in the bands of a mel filterbank.

    A band is the sum of the bins' magnitudes, times the weights of
    :func:`spectrotools.mel_filterbank`; its power is the square of that.

    Args:
        sample_rate: Hz.
        n_mels: bands, at least 1.
        fmin: lowest edge, Hz.
        fmax: highest edge, Hz; None is half the sample rate.
        scale: the mel scale; None is the convention's.
        norm: the height of the triangles; None is the convention's.
        convention: whose filterbank.

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> bands = st.losses.MelBands(sample_rate=16000, n_mels=40)
        >>> loss = st.losses.MultiScaleSpectral([st.STFT(n_fft=512)], scale=bands)
        >>> noise = tf.random.stateless_normal([16000], seed=(0, 1))
        >>> f"{float(loss.terms(noise, 0.5 * noise)['log_magnitude']):.4f}"
        '0.6931'
    """

    n_mels: int
    fmin: float = 0.0
    fmax: float | None = None
    scale: MelScale | None = None
    norm: MelNorm | None = None
    convention: MelConvention = "librosa"

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "n_mels", integer("n_mels", self.n_mels, 1))
        for name in ("fmin", "fmax"):
            if (edge := getattr(self, name)) is not None:
                object.__setattr__(self, name, number(name, edge, 0.0))
        self.weights(2)

    def weights(self, n_fft: int) -> np.ndarray:
        """Give the weights of the bins in the bands, float64 ``[n_fft // 2 + 1, n_mels]``."""
        settings = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return mel_filterbank(n_fft=n_fft, **settings)

    def powers(self, powers: tf.Tensor, n_fft: int) -> tf.Tensor:
        """Gather squared magnitudes, ``[batch, frames, n_fft // 2 + 1]``, in bands."""
        rows, unfold = flatten_leading(root(powers), keep=1)
        return tf.square(unfold(banded_matmul(rows, self.weights(n_fft))))
