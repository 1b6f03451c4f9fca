"""Mel-frequency cepstral coefficients: the cosine transform of a log-mel spectrum."""

import functools
from typing import Any, Literal

import numpy as np
import tensorflow as tf

from .._validate import check, integer, one_of
from .numerics import real_tensor, working_dtype

__all__ = ["CepstrumConvention", "mfcc", "mfcc_to_log_mel"]

CepstrumConvention = Literal["librosa", "tf", "htk"]


def mfcc(
    log_mel: Any,
    *,
    n_mfcc: int = 20,
    lifter: int = 0,
    convention: CepstrumConvention = "librosa",
) -> tf.Tensor:
    r"""Give the mel-frequency cepstral coefficients of a log-mel spectrogram.

    They are the first ``n_mfcc`` of the orthonormal cosine transform over the M bands:

    .. math:: c_k = a_k \sum_{m=0}^{M-1} L_m \cos \frac{\pi k (m + 1/2)}{M},
        \qquad a_0 = \sqrt{1/M},\ a_k = \sqrt{2/M}

    Coefficient 0 is the level, the next few the shape of the spectrum, and its pitch is in those
    left out. A ``lifter`` P multiplies :math:`c_k` by :math:`1 + (P/2) \sin(\pi (k+1) / P)`.

    ==============  ==================  ==========================================================
    convention      of                  differs
    ==============  ==================  ==========================================================
    ``"librosa"``   a log-mel in dB     not: ``librosa.feature.mfcc`` of ``preset("librosa")``
    ``"tf"``        natural logarithms  :math:`a_0 = \sqrt{2/M}`, no lifter (``tf.signal``)
    ``"htk"``       natural logarithms  :math:`a_0 = \sqrt{2/M}`, lifter of k in place of k + 1
    ==============  ==================  ==========================================================

    Args:
        log_mel: ``[..., bands]``, as of :class:`LogMel`.
        n_mfcc: coefficients to give, in [1, bands].
        lifter: P, at least 0; 0 is none. HTK's own default is 22.
        convention: whose coefficients. HTK leaves coefficient 0 out or puts it last; it is first
            here in each.

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
        liftering in speech recognition", 1987. Young et al., "The HTK book", 5.6.
    """
    log_mel, bands = _sized("log_mel", log_mel, "bands")
    n_mfcc = integer("n_mfcc", n_mfcc, 1, bands)
    return _product(log_mel, settings=(bands, n_mfcc, *_checked(lifter, convention)), back=False)


def mfcc_to_log_mel(
    mfcc: Any,
    *,
    n_mels: int,
    lifter: int = 0,
    convention: CepstrumConvention = "librosa",
) -> tf.Tensor:
    r"""Give the smooth log-mel spectrogram that cepstral coefficients describe.

    It is the Moore-Penrose inverse of :func:`mfcc`: the coefficients of the result are the given
    ones, and those that were left out are 0. With ``n_mfcc = n_mels`` it is the inverse.
    :meth:`LogMel.pseudo_inverse` goes on from there to magnitudes.

    Args:
        mfcc: ``[..., n_mfcc]``, as of :func:`mfcc`.
        n_mels: bands to give, at least ``n_mfcc``.
        lifter: that of :func:`mfcc`.
        convention: that of :func:`mfcc`.

    Returns:
        ``[..., n_mels]``, in the unit of ``mfcc``.

    Raises:
        ValueError: if an argument is out of its range, or the lifter took a coefficient away.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> [f"{level:.1f}" for level in st.mfcc_to_log_mel(tf.constant([2.0]), n_mels=4)]
        ['1.0', '1.0', '1.0', '1.0']

    References:
        librosa 0.11, ``feature.inverse.mfcc_to_mel``.
    """
    mfcc, n_mfcc = _sized("mfcc", mfcc, "coefficients")
    n_mels = integer("n_mels", n_mels, n_mfcc)
    settings = (n_mels, n_mfcc, *_checked(lifter, convention))
    least = np.min(np.abs(_lifter(*settings[1:])))
    rule = f"lifter must leave all {n_mfcc} coefficients; the least is multiplied by {least:.1g}"
    check(least > 1e-6, rule, lifter)
    return _product(mfcc, settings=settings, back=True)


def _sized(name: str, values: Any, axis: str) -> tuple[tf.Tensor, int]:
    values = real_tensor(name, values)
    size = (values.shape[-1] if values.shape.rank else None) or 0
    check(size > 0, f"{name} must have {axis}, known ones", values.shape)
    return values, size


def _checked(lifter: int, convention: CepstrumConvention) -> tuple[int, CepstrumConvention]:
    lifter = integer("lifter", lifter, 0)
    one_of("convention", convention, CepstrumConvention)
    check(convention != "tf" or lifter == 0, "lifter must be 0 with convention='tf'", lifter)
    return lifter, convention


def _lifter(n_mfcc: int, lifter: int, convention: CepstrumConvention) -> np.ndarray:
    """What each coefficient is multiplied by, float64 ``[n_mfcc]``."""
    first = 0 if convention == "htk" else 1
    order = np.arange(first, first + n_mfcc)
    return 1 + lifter / 2 * np.sin(np.pi * order / lifter) if lifter else np.ones(n_mfcc)


@functools.lru_cache(maxsize=64)
def _cosines(
    bands: int, n_mfcc: int, lifter: int, convention: CepstrumConvention, back: bool
) -> np.ndarray:
    """What each band counts in each coefficient, float64 ``[bands, n_mfcc]``, or ``back``."""
    order, band = np.arange(n_mfcc), np.arange(bands)[:, None]
    cosines = np.sqrt(2 / bands) * np.cos(np.pi * order * (band + 0.5) / bands)
    cosines[:, 0] = np.sqrt(1 / bands)
    scale = _lifter(n_mfcc, lifter, convention)
    scale[0] *= 1 if convention == "librosa" else np.sqrt(2)
    return (cosines / scale).T if back else cosines * scale


def _product(values: tf.Tensor, *, settings: tuple, back: bool) -> tf.Tensor:
    # One product: to call a compiled function would take longer.
    dtype = working_dtype(values.dtype)
    weights = tf.constant(_cosines(*settings, back), dtype)
    return tf.cast(tf.tensordot(tf.cast(values, dtype), weights, axes=1), values.dtype)
