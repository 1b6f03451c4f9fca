"""Log-mel spectrograms, as the published models define theirs, and magnitudes from them."""

import dataclasses
import math
from typing import Any, Literal, Self

import numpy as np
import tensorflow as tf

from .._validate import check, integer, one_of
from ..ops.banded import banded_matmul
from ..ops.filterbanks import MelConvention, MelNorm, MelScale, mel_filterbank
from ..ops.least_squares import nonnegative_least_squares
from ..ops.magnitude import magnitude, squared_magnitude
from ..ops.numerics import compiled, flatten_leading, real_tensor, working_dtype
from .base import Transform
from .frames import Convention
from .stft import STFT

__all__ = ["LogMel", "log_of_bands"]

Log = Literal["ln", "log10", "db"]
Preset = Literal["hifigan", "vocos", "tacotron2", "librosa"]
Method = Literal["nnls", "pinv"]


@dataclasses.dataclass(frozen=True)
class LogMel(Transform):
    r"""The logarithm of a mel spectrogram, in any of the published conventions.

    .. math:: \mathrm{log}\,\max\Big(\sum_k B[k, b]\,(|S[t, k]|^2 + \delta)^{p/2},\ \epsilon\Big)

    with the filterbank B of :func:`mel_filterbank`, ``power`` p, ``floor`` :math:`\epsilon` and
    ``offset`` :math:`\delta`. There is no exact way back: :meth:`pseudo_inverse` gives the
    magnitudes that fit best, and ``griffin_lim`` makes sound of them. Magnitudes are roots of
    sums of squares: in float32 right to rounding from 1e-15 to 1e19, and off by at most 2e-19
    below, which no floor above 1e-12 lets through.

    ================  =======  =========  ====  ==============  =====  ====================
    ``preset``        rate Hz  STFT       mels  range Hz        power  log
    ================  =======  =========  ====  ==============  =====  ====================
    ``"hifigan"``     22050    1024/256   80    0-8000 slaney   1      ln max(., 1e-5)
    ``"tacotron2"``   22050    1024/256   80    0-8000 slaney   1      ln max(., 1e-5)
    ``"vocos"``       24000    1024/256   100   0-12000 htk     1      ln max(., 1e-7)
    ``"librosa"``     22050    2048/512   128   0-11025 slaney  2      dB, floor 1e-10, 80 dB
    ================  =======  =========  ====  ==============  =====  ====================

    Args:
        stft: the :class:`STFT` to start from.
        sample_rate: Hz.
        n_mels: bands, at least 1.
        fmin: lowest edge, Hz.
        fmax: highest edge, Hz; None is half the sample rate.
        scale: the mel scale; None is the convention's.
        norm: the height of the triangles; None is the convention's.
        convention: whose filterbank.
        power: of the magnitudes that are summed: 1 or 2.
        log: ``"ln"``, ``"log10"``, or ``"db"``: :math:`(20 / p) \log_{10}`.
        floor: the smallest band told apart, above 0.
        top_db: decibels below the loudest value of an item at which all is cut off; None for no
            such floor. Only with ``log="db"``.
        offset: added to the squared magnitudes, at least 0.

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> mel = st.LogMel.preset("hifigan")
        >>> tuple(mel(tf.zeros([22050])).shape)
        (86, 80)
        >>> tuple(mel.pseudo_inverse(mel(tf.zeros([22050]))).shape)
        (86, 513)

    References:
        Kong et al., "HiFi-GAN", 2020, and its ``config_v1.json``; Shen et al., "Natural TTS
        synthesis by conditioning WaveNet on mel spectrogram predictions", 2018; Siuzdak, "Vocos",
        2023, section 4; librosa 0.11, ``melspectrogram`` and ``power_to_db``.
    """

    stft: STFT
    _: dataclasses.KW_ONLY
    sample_rate: float
    n_mels: int
    fmin: float = 0.0
    fmax: float | None = None
    scale: MelScale | None = None
    norm: MelNorm | None = None
    convention: MelConvention = "librosa"
    power: float = 1.0
    log: Log = "ln"
    floor: float = 1e-5
    top_db: float | None = None
    offset: float = 0.0

    def __post_init__(self) -> None:
        check(isinstance(self.stft, STFT), "stft must be an STFT", self.stft)
        check(self.power in (1, 2), "power must be 1 or 2", self.power)
        one_of("log", self.log, Log)
        check(self.floor > 0, "floor must be above 0", self.floor)
        check(self.offset >= 0, "offset must be at least 0", self.offset)
        ranged = self.top_db is None or (self.log == "db" and self.top_db >= 0)
        check(ranged, "top_db must be at least 0 with log='db', and else None", self.top_db)
        _ = self.filterbank

    @classmethod
    def preset(cls, name: Preset) -> Self:
        """Build the log-mel spectrogram of a published model (see the table of this class)."""
        return cls(**_PRESETS[one_of("preset", name, Preset)]())

    @property
    def filterbank(self) -> np.ndarray:
        """The weights of the bins in the bands, float64 ``[n_fft // 2 + 1, n_mels]``."""
        return mel_filterbank(
            sample_rate=self.sample_rate,
            n_fft=self.stft.n_fft,
            n_mels=self.n_mels,
            fmin=self.fmin,
            fmax=self.fmax,
            scale=self.scale,
            norm=self.norm,
            convention=self.convention,
        )

    def __call__(self, audio: Any) -> tf.Tensor:
        """Analyse ``[..., time]`` into ``[..., frames, n_mels]``."""
        return _analyse(real_tensor("audio", audio), transform=self)

    def pseudo_inverse(
        self,
        log_mel: Any,
        *,
        method: Method = "nnls",
        max_iter: int = 300,
        tolerance: float = 1e-5,
    ) -> tf.Tensor:
        """Give the magnitudes that fit a log-mel spectrogram best.

        Args:
            log_mel: ``[..., frames, n_mels]``.
            method: ``"nnls"`` solves least squares without negative magnitudes; ``"pinv"`` takes
                the Moore-Penrose inverse and cuts off what is negative, which fits less well.
            max_iter: iterations of ``"nnls"`` at most.
            tolerance: ``"nnls"`` is done when no frame moves by more than this part of itself.

        Returns:
            ``[..., frames, n_fft // 2 + 1]``, not negative.

        Raises:
            ValueError: if ``log_mel`` does not fit this transform, or an argument its range.
        """
        log_mel = real_tensor("log_mel", log_mel)
        fits = log_mel.shape.rank is None or log_mel.shape[-1:].is_compatible_with([self.n_mels])
        check(fits, f"log_mel must be [..., frames, n_mels = {self.n_mels}]", log_mel.shape)
        one_of("method", method, Method)
        integer("max_iter", max_iter, 0)
        check(tolerance >= 0, "tolerance must be at least 0", tolerance)
        iterations = max_iter if method == "nnls" else 0
        return _invert(log_mel, transform=self, max_iter=iterations, tolerance=float(tolerance))


def _scale(transform: LogMel) -> float:
    """What a natural logarithm of a band is multiplied by."""
    per_neper = {"ln": 1.0, "log10": 1 / math.log(10), "db": 20 / transform.power / math.log(10)}
    return per_neper[transform.log]


@compiled
def _analyse(audio: tf.Tensor, *, transform: LogMel) -> tf.Tensor:
    rows, unfold = flatten_leading(transform.stft(audio), keep=1)
    if transform.power == 2:
        powers = squared_magnitude(rows) + transform.offset
    else:
        powers = magnitude(rows, transform.offset)
    bands = unfold(banded_matmul(powers, transform.filterbank))
    return tf.cast(log_of_bands(bands, transform), audio.dtype)


def log_of_bands(bands: tf.Tensor, transform: LogMel) -> tf.Tensor:
    """The logarithm of what bands sum to, ``[..., frames, n_mels]``, cut off below."""
    log_mel = tf.math.log(tf.maximum(bands, transform.floor)) * _scale(transform)
    if transform.top_db is None:
        return log_mel
    loudest = tf.reduce_max(log_mel, axis=[-2, -1], keepdims=True)
    return tf.maximum(log_mel, loudest - transform.top_db)


@compiled
def _invert(
    log_mel: tf.Tensor, *, transform: LogMel, max_iter: int, tolerance: float
) -> tf.Tensor:
    rows, unfold = flatten_leading(tf.cast(log_mel, working_dtype(log_mel.dtype)), keep=1)
    bands = tf.exp(rows / _scale(transform))
    powers = nonnegative_least_squares(
        bands, transform.filterbank, max_iter=max_iter, tolerance=tolerance
    )
    magnitudes = powers if transform.power == 1 else tf.sqrt(powers)
    return tf.cast(unfold(magnitudes), log_mel.dtype)


def _published(framing: Convention, n_fft: int, **settings: Any) -> dict[str, Any]:
    return {"stft": STFT(n_fft=n_fft, hop_length=n_fft // 4, convention=framing), **settings}


_SPEECH = {"sample_rate": 22050, "n_mels": 80, "fmax": 8000.0, "floor": 1e-5}
_PRESETS = {
    "hifigan": lambda: _published("hifigan", 1024, offset=1e-9, **_SPEECH),
    "tacotron2": lambda: _published("torch", 1024, **_SPEECH),
    "vocos": lambda: _published(
        "torch", 1024, sample_rate=24000, n_mels=100, floor=1e-7, convention="torch"
    ),
    "librosa": lambda: _published(
        "librosa",
        2048,
        sample_rate=22050,
        n_mels=128,
        power=2.0,
        log="db",
        floor=1e-10,
        top_db=80.0,
    ),
}
