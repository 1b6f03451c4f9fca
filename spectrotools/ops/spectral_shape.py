"""The shape of a spectrum in one number a frame: where it is, how wide, how flat, how it moves."""

from typing import Any

import numpy as np
import tensorflow as tf

from .._validate import check, integer, number
from .arguments import checked_rate
from .magnitude import root
from .numerics import compiled, real_tensor, working_dtype

__all__ = [
    "spectral_bandwidth",
    "spectral_centroid",
    "spectral_flatness",
    "spectral_flux",
    "spectral_rolloff",
]


def spectral_centroid(
    spectrogram: Any, *, sample_rate: float, n_fft: int | None = None
) -> tf.Tensor:
    r"""Give the centre of gravity of each spectrum, :math:`\sum_k f_k S_k / \sum_k S_k`.

    Args:
        spectrogram: S, magnitudes, ``[..., frames, bins]``, not negative; how many bins there are
            is known.
        sample_rate: Hz.
        n_fft: length of the Fourier transform, samples; None is ``2 * (bins - 1)``.

    Returns:
        Hz, ``[..., frames]``; 0 of silence.

    Raises:
        ValueError: if an argument is out of its range.

    Gradient:
        0 of silence.

    Example:
        >>> import spectrotools as st
        >>> magnitudes = [[0.0, 1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0]]
        >>> st.spectral_centroid(magnitudes, sample_rate=8000).numpy().tolist()
        [1500.0, 0.0]

    References:
        Peeters, "A large set of audio features for sound description", CUIDADO report, 2004,
        section 6.1.1. librosa 0.11, ``feature.spectral_centroid``.
    """
    levels = _checked(spectrogram)
    return _centroid(levels, bins=_bins(levels, sample_rate, n_fft))


def spectral_bandwidth(
    spectrogram: Any, *, sample_rate: float, n_fft: int | None = None, order: float = 2.0
) -> tf.Tensor:
    r"""Give the spread of each spectrum around its centroid c.

    .. math:: \Big(\frac{\sum_k S_k |f_k - c|^p}{\sum_k S_k}\Big)^{1/p}

    Args:
        spectrogram: as in :func:`spectral_centroid`.
        sample_rate: Hz.
        n_fft: as in :func:`spectral_centroid`.
        order: p, at least 1; 2 is the standard deviation.

    Returns:
        Hz, ``[..., frames]``; 0 of silence, and of one bin alone.

    Raises:
        ValueError: if an argument is out of its range.

    Gradient:
        0 where the spread is.

    Example:
        >>> import spectrotools as st
        >>> magnitudes = [[0.0, 1.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0]]
        >>> st.spectral_bandwidth(magnitudes, sample_rate=8000).numpy().tolist()
        [1000.0, 0.0]

    References:
        Peeters, 2004, section 6.1.2. librosa 0.11, ``feature.spectral_bandwidth``.
    """
    levels = _checked(spectrogram)
    bins, order = _bins(levels, sample_rate, n_fft), number("order", order, 1.0)
    return _bandwidth(levels, bins=bins, order=order)


def spectral_rolloff(
    spectrogram: Any, *, sample_rate: float, n_fft: int | None = None, share: float = 0.85
) -> tf.Tensor:
    """Give the lowest frequency up to which a share of each spectrum's sum is.

    Args:
        spectrogram: as in :func:`spectral_centroid`.
        sample_rate: Hz.
        n_fft: as in :func:`spectral_centroid`.
        share: in [0, 1].

    Returns:
        Hz, the frequency of a bin, ``[..., frames]``; 0 of silence.

    Raises:
        ValueError: if an argument is out of its range.

    Gradient:
        none: it goes from bin to bin in steps.

    Example:
        >>> import spectrotools as st
        >>> magnitudes = [[0.0, 3.0, 3.0, 3.0, 1.0]]
        >>> st.spectral_rolloff(magnitudes, sample_rate=8000).numpy().tolist()
        [3000.0]

    References:
        Tzanetakis, Cook, "Musical genre classification of audio signals", 2002, section III-A.
        librosa 0.11, ``feature.spectral_rolloff``.
    """
    levels = _checked(spectrogram)
    (_, step), share = _bins(levels, sample_rate, n_fft), number("share", share, 0.0, 1.0)
    return _rolloff(levels, step=step, share=share)


def spectral_flatness(spectrogram: Any, *, power: float = 2.0, amin: float = 1e-10) -> tf.Tensor:
    r"""Give the ratio of each spectrum's geometric mean to its arithmetic mean.

    The means are of :math:`\max(S_k^p, a)`: 1 is white noise, 0 a tone.

    Args:
        spectrogram: as in :func:`spectral_centroid`.
        power: p, at least 1.
        amin: a, above 0; of silence it is all there is.

    Returns:
        in (0, 1], ``[..., frames]``; 1 of silence.

    Raises:
        ValueError: if an argument is out of its range.

    Gradient:
        0 of silence.

    Example:
        >>> import spectrotools as st
        >>> magnitudes = [[1.0, 1.0, 1.0], [0.0, 0.0, 0.0], [1.0, 0.0, 0.0]]
        >>> [f"{flatness:.4f}" for flatness in st.spectral_flatness(magnitudes)]
        ['1.0000', '1.0000', '0.0000']

    References:
        Dubnov, "Generalization of spectral flatness measure for non-Gaussian linear processes",
        2004. librosa 0.11, ``feature.spectral_flatness``.
    """
    levels, power = _checked(spectrogram), number("power", power, 1.0)
    check(number("amin", amin, 0.0) > 0, "amin must be above 0", amin)
    return _flatness(levels, power=power, amin=float(amin))


def spectral_flux(spectrogram: Any) -> tf.Tensor:
    r"""Give how much the shape of the spectrum changes from frame to frame.

    .. math:: \sum_k (N_k[t] - N_k[t-1])^2, \qquad N_k = S_k \Big/ \sqrt{\textstyle\sum_j S_j^2}

    It is 0 where only the level changes, and 2 where no bin sounds before and after.
    :func:`onset_strength` measures the rise of the level instead.

    Args:
        spectrogram: as in :func:`spectral_centroid`.

    Returns:
        in [0, 2], ``[..., frames]``; 0 in the first frame, 1 from silence to sound and back.

    Raises:
        ValueError: if an argument is out of its range.

    Gradient:
        0 of silence.

    Example:
        >>> import spectrotools as st
        >>> st.spectral_flux([[1.0, 0.0], [5.0, 0.0], [0.0, 1.0]]).numpy().tolist()
        [0.0, 0.0, 2.0]

    References:
        Tzanetakis, Cook, 2002, section III-A (see :func:`spectral_rolloff`).
    """
    return _flux(_checked(spectrogram))


def _checked(spectrogram: Any) -> tf.Tensor:
    levels = real_tensor("spectrogram", spectrogram)
    rank = levels.shape.rank
    bins = levels.shape[-1] if rank and rank >= 2 else None
    check(bool(bins), "spectrogram must be [..., frames, bins], of known bins", levels.shape)
    return levels


def _bins(levels: tf.Tensor, sample_rate: float, n_fft: int | None) -> tuple[int, float]:
    """How many bins there are, and how many Hz it is from one to the next."""
    bins = levels.shape[-1]
    n_fft = max(2 * (bins - 1), 1) if n_fft is None else integer("n_fft", n_fft, 1)
    rule = f"n_fft must be of n_fft // 2 + 1 = {bins} bins, those of the spectrogram"
    check(n_fft // 2 + 1 == bins, rule, n_fft)
    return bins, checked_rate(sample_rate) / n_fft


def _frequencies(bins: tuple[int, float], dtype: tf.DType) -> tf.Tensor:
    count, step = bins
    return tf.constant(step * np.arange(count), dtype)


def _shares(levels: tf.Tensor) -> tf.Tensor:
    return tf.math.divide_no_nan(levels, tf.reduce_sum(levels, axis=-1, keepdims=True))


@compiled
def _centroid(spectrogram: tf.Tensor, *, bins: tuple[int, float]) -> tf.Tensor:
    levels = tf.cast(spectrogram, working_dtype(spectrogram.dtype))
    weighted = _shares(levels) * _frequencies(bins, levels.dtype)
    return tf.cast(tf.reduce_sum(weighted, axis=-1), spectrogram.dtype)


@compiled
def _bandwidth(spectrogram: tf.Tensor, *, bins: tuple[int, float], order: float) -> tf.Tensor:
    levels = tf.cast(spectrogram, working_dtype(spectrogram.dtype))
    shares, hz = _shares(levels), _frequencies(bins, levels.dtype)
    away = hz - tf.reduce_sum(shares * hz, axis=-1, keepdims=True)
    if order == 2:
        spread = root(tf.reduce_sum(shares * tf.square(away), axis=-1))
        return tf.cast(spread, spectrogram.dtype)
    moment = tf.reduce_sum(shares * tf.abs(away) ** order, axis=-1)
    is_none = moment <= 0.0
    spread = tf.where(is_none, tf.ones_like(moment), moment) ** (1.0 / order)
    return tf.cast(tf.where(is_none, tf.zeros_like(moment), spread), spectrogram.dtype)


@compiled
def _rolloff(spectrogram: tf.Tensor, *, step: float, share: float) -> tf.Tensor:
    levels = tf.cast(spectrogram, working_dtype(spectrogram.dtype))
    sums = tf.cumsum(levels, axis=-1)
    below = tf.cast(sums < share * sums[..., -1:], levels.dtype)
    return tf.cast(step * tf.reduce_sum(below, axis=-1), spectrogram.dtype)


@compiled
def _flatness(spectrogram: tf.Tensor, *, power: float, amin: float) -> tf.Tensor:
    levels = tf.cast(spectrogram, working_dtype(spectrogram.dtype))
    powers = tf.square(levels) if power == 2 else levels**power
    powers = tf.maximum(powers, amin)
    powers /= tf.reduce_mean(powers, axis=-1, keepdims=True)
    geometric = tf.exp(tf.reduce_mean(tf.math.log(powers), axis=-1))
    return tf.cast(geometric, spectrogram.dtype)


@compiled
def _flux(spectrogram: tf.Tensor) -> tf.Tensor:
    levels = tf.cast(spectrogram, working_dtype(spectrogram.dtype))
    norm = root(tf.reduce_sum(tf.square(levels), axis=-1, keepdims=True))
    shapes = tf.math.divide_no_nan(levels, norm)
    before = tf.concat([shapes[..., :1, :], shapes[..., :-1, :]], axis=-2)
    return tf.cast(tf.reduce_sum(tf.square(shapes - before), axis=-1), spectrogram.dtype)
