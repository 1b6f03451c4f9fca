"""A-weighted loudness, frame by frame, and how far it strays."""

import functools
import math
from typing import Any

import numpy as np
import tensorflow as tf

from .._validate import check
from ..ops.magnitude import squared_magnitude
from ..ops.numerics import compiled
from ..transforms.stft import STFT
from .arguments import finite, pair

__all__ = ["a_weighting_db", "loudness_db", "loudness_error"]

_N_FFT = 512
_FLOOR_DB = -80.0  # of the weights, and of the loudness


def loudness_error(
    reference: Any, estimate: Any, *, sample_rate: float, frame_rate: float = 250.0
) -> tf.Tensor:
    r"""Give how far A-weighted loudness strays, as DDSP measures it.

    .. math:: \frac{1}{T} \sum_t |l[t] - \hat l[t]|, \qquad
        l[t] = \max\Big(10 \log_{10} \frac{1}{257} \sum_k 10^{A(f_k) / 10} |S[t, k]|^2,\ -80\Big)

    of frames of 512 samples under a Hann window, with zeros around the signal. A is the weighting
    of IEC 61672, not below -80 dB. A full-scale sine of 1 kHz has some 19.8 dB at 16 kHz. Lower
    is nearer, 0 is equal; between silence and sound it is the loudness above -80 dB.

    Args:
        reference: ``[..., time]``.
        estimate: ``[..., time]``, of the same shape and dtype.
        sample_rate: Hz.
        frame_rate: frames a second, at least ``sample_rate / 512``, at most ``sample_rate``.

    Returns:
        dB, ``[...]``, float32 or float64.

    Raises:
        ValueError: if an argument is not what it has to be.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> reference = np.random.default_rng(0).standard_normal(16000)
        >>> error = st.metrics.loudness_error(reference, 0.5 * reference, sample_rate=16000)
        >>> f"{error:.4f}"
        '6.0206'

    References:
        Engel et al., "DDSP: differentiable digital signal processing", ICLR 2020, and
        DDSP 3.7, ``compute_loudness``. IEC 61672-1:2013, annex E (A).
    """
    hop_length = _hop(sample_rate, frame_rate)
    sounds = pair(reference, estimate)
    return _error(*sounds, sample_rate=float(sample_rate), hop_length=hop_length)


def _hop(sample_rate: float, frame_rate: float) -> int:
    check(finite(sample_rate) > 0, "sample_rate must be above 0 Hz", sample_rate)
    rule = f"frame_rate must be in [sample_rate / {_N_FFT}, sample_rate = {sample_rate}]"
    check(sample_rate / _N_FFT <= finite(frame_rate) <= sample_rate, rule, frame_rate)
    return int(sample_rate // frame_rate)


@compiled
def _error(
    reference: tf.Tensor, estimate: tf.Tensor, *, sample_rate: float, hop_length: int
) -> tf.Tensor:
    both = tf.stack([reference, estimate])
    heard = loudness_db(both, sample_rate=sample_rate, hop_length=hop_length)
    return tf.reduce_mean(tf.abs(heard[0] - heard[1]), axis=-1)


def loudness_db(audio: tf.Tensor, *, sample_rate: float, hop_length: int) -> tf.Tensor:
    """The loudness ``[..., frames]`` of ``[..., time]``, dB, as in :func:`loudness_error`."""
    stft = STFT(n_fft=_N_FFT, hop_length=hop_length, convention="librosa")
    weights = tf.constant(_bin_weights(sample_rate), audio.dtype)
    power = tf.reduce_sum(squared_magnitude(stft(audio)) * weights, axis=-1)
    floor = 10 ** (_FLOOR_DB / 10)
    return (10 / math.log(10)) * tf.math.log(tf.maximum(power, floor))


@functools.lru_cache(maxsize=32)
def _bin_weights(sample_rate: float) -> np.ndarray:
    """What each bin's power counts in the mean over all."""
    weighting = a_weighting_db(np.fft.rfftfreq(_N_FFT, 1 / sample_rate))
    return 10 ** (np.maximum(weighting, _FLOOR_DB) / 10) / (_N_FFT // 2 + 1)


def a_weighting_db(frequency_hz: np.ndarray) -> np.ndarray:
    """The A-weighting of IEC 61672 in dB, minus infinity at 0 Hz."""
    squared = np.square(np.asarray(frequency_hz, np.float64))
    f1, f2, f3, f4 = (corner**2 for corner in (20.598997, 107.65265, 737.86223, 12194.217))
    above = squared**2 / ((squared + f1) * np.sqrt((squared + f2) * (squared + f3)))
    with np.errstate(divide="ignore"):
        return 2.0 + 20 * np.log10(above * f4 / (squared + f4))
