"""Mel-frequency cepstral coefficients: the cosine transform of a log-mel spectrum."""

import functools
from typing import Any

import numpy as np
import tensorflow as tf

from .._validate import check, integer
from .numerics import compiled, real_tensor, working_dtype

__all__ = ["mfcc"]


def mfcc(log_mel: Any, *, n_mfcc: int = 20, lifter: int = 0) -> tf.Tensor:
    r"""Give the mel-frequency cepstral coefficients of a log-mel spectrogram.

    They are the first ``n_mfcc`` of the orthonormal cosine transform over the M bands:

    .. math:: c_k = a_k \sum_{m=0}^{M-1} L_m \cos \frac{\pi k (m + 1/2)}{M},
        \qquad a_0 = \sqrt{1/M},\ a_k = \sqrt{2/M}

    Coefficient 0 is the level, the next few the shape of the spectrum, and its pitch is in those
    left out. A ``lifter`` P multiplies :math:`c_k` by :math:`1 + (P/2) \sin(\pi (k+1) / P)`.

    Of ``LogMel.preset("librosa")`` they are those of ``librosa.feature.mfcc``. Of a natural
    logarithm they are those of ``tf.signal.mfccs_from_log_mel_spectrograms``, but for coefficient
    0, which is there larger by :math:`\sqrt 2`.

    Args:
        log_mel: ``[..., bands]``, as of :class:`LogMel`.
        n_mfcc: coefficients to give, in [1, bands].
        lifter: P, at least 0; 0 is none.

    Returns:
        ``[..., n_mfcc]``, in the unit of ``log_mel``.

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> mel = st.LogMel.preset("librosa")
        >>> tuple(st.mfcc(mel(tf.zeros([22050])), n_mfcc=13).shape)
        (44, 13)
        >>> f"{st.mfcc(tf.ones([4]), n_mfcc=1)[0]:.1f}"
        '2.0'

    References:
        Davis, Mermelstein, "Comparison of parametric representations for monosyllabic word
        recognition in continuously spoken sentences", 1980. Ahmed, Natarajan, Rao, "Discrete
        cosine transform", 1974 (DCT-II). Juang, Rabiner, Wilpon, "On the use of bandpass
        liftering in speech recognition", 1987.
    """
    log_mel = real_tensor("log_mel", log_mel)
    bands = None if log_mel.shape.rank in (None, 0) else log_mel.shape[-1]
    check(bands is not None and bands > 0, "log_mel must have bands, known ones", log_mel.shape)
    n_mfcc = integer("n_mfcc", n_mfcc, 1, bands)
    cosines = (bands, n_mfcc, integer("lifter", lifter, 0))
    return _mfcc(log_mel, cosines=cosines)


@functools.lru_cache(maxsize=64)
def _cosines(bands: int, n_mfcc: int, lifter: int) -> np.ndarray:
    """What each band counts in each coefficient, float64 ``[bands, n_mfcc]``."""
    order, band = np.arange(n_mfcc), np.arange(bands)[:, None]
    cosines = np.sqrt(2 / bands) * np.cos(np.pi * order * (band + 0.5) / bands)
    cosines[:, 0] = np.sqrt(1 / bands)
    lifted = 1 + lifter / 2 * np.sin(np.pi * (order + 1) / lifter) if lifter else 1.0
    return cosines * lifted


@compiled
def _mfcc(log_mel: tf.Tensor, *, cosines: tuple[int, int, int]) -> tf.Tensor:
    dtype = working_dtype(log_mel.dtype)
    weights = tf.constant(_cosines(*cosines), dtype)
    coefficients = tf.tensordot(tf.cast(log_mel, dtype), weights, axes=1)
    return tf.cast(coefficients, log_mel.dtype)
