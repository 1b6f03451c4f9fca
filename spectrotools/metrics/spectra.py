"""Distances between magnitudes of short-time spectra."""

import math
from typing import Any

import tensorflow as tf

from .._validate import check
from ..ops.magnitude import squared_magnitude
from ..ops.numerics import compiled
from ..transforms.stft import STFT
from .arguments import decibels, finite, pair

__all__ = ["log_spectral_distance", "multi_resolution_stft_distance", "spectral_convergence"]

_POWER_FLOOR = 1e-8  # auraloss' eps


def _default() -> STFT:
    return STFT(n_fft=2048, hop_length=512)


def _resolutions() -> tuple[STFT, ...]:
    settings = ((1024, 120, 600), (2048, 240, 1200), (512, 50, 240))
    return tuple(
        STFT(n_fft=n_fft, hop_length=hop_length, win_length=win_length, convention="torch")
        for n_fft, hop_length, win_length in settings
    )


def log_spectral_distance(
    reference: Any, estimate: Any, stft: STFT | None = None, *, floor_db: float = -120.0
) -> tf.Tensor:
    r"""Give how far levels are apart, bin by bin.

    .. math:: \frac{1}{T} \sum_t \sqrt{\frac{1}{K} \sum_k (L[t, k] - \hat L[t, k])^2}, \qquad
        L = 20 \log_{10} \max(|S|, 10^{f/20})

    where a full-scale sine has the level 0 dB, and :math:`f` is the floor. Lower is nearer, 0 is
    equal; between silence and sound it is the level above the floor.

    Args:
        reference: ``[..., time]``.
        estimate: ``[..., time]``, of the same shape and dtype.
        stft: the transform; None is ``STFT(n_fft=2048, hop_length=512)``.
        floor_db: the lowest level told apart, dB of a full-scale sine.

    Returns:
        dB, ``[...]``, float32 or float64.

    Raises:
        ValueError: if an argument is not what it has to be, or sound has no frame of ``stft``.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> reference = np.random.default_rng(0).standard_normal(16000)
        >>> f"{st.metrics.log_spectral_distance(reference, 0.5 * reference):.4f}"
        '6.0206'

    References:
        Gray and Markel, "Distance measures for speech processing", IEEE TASSP 24(5), 1976.
    """
    check(not math.isnan(finite(floor_db)), "floor_db must be finite", floor_db)
    sounds, stft = _checked(reference, estimate, stft)
    return _log_spectral(*sounds, stft=stft, floor_db=float(floor_db))


@compiled
def _log_spectral(
    reference: tf.Tensor, estimate: tf.Tensor, *, stft: STFT, floor_db: float
) -> tf.Tensor:
    full_scale = (float(stft.window_samples.sum()) / 2) ** 2
    powers = squared_magnitude(stft(tf.stack([reference, estimate])))
    powers = tf.maximum(powers, full_scale * 10 ** (floor_db / 10))
    # The logarithm of a ratio, for that of 1 is 0 to the last bit.
    apart = (10 / math.log(10)) * tf.math.log(powers[0] / powers[1])
    frames = tf.sqrt(tf.reduce_mean(tf.square(apart), axis=-1))
    return tf.reduce_mean(frames, axis=-1)


def spectral_convergence(reference: Any, estimate: Any, stft: STFT | None = None) -> tf.Tensor:
    r"""Give the error of the magnitudes beside the magnitudes themselves.

    .. math:: 20 \log_{10} \frac{\| |S| - |\hat S| \|_F}{\| S \|_F}

    Lower is nearer: minus infinity where all magnitudes are equal, 0 dB where the estimate is
    silent, and infinite where only the reference is. Loud partials alone decide it.

    Args:
        reference: ``[..., time]``.
        estimate: ``[..., time]``, of the same shape and dtype.
        stft: the transform; None is ``STFT(n_fft=2048, hop_length=512)``.

    Returns:
        dB, ``[...]``, float32 or float64.

    Raises:
        ValueError: if an argument is not what it has to be, or sound has no frame of ``stft``.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> reference = np.random.default_rng(0).standard_normal(16000)
        >>> f"{st.metrics.spectral_convergence(reference, 1.1 * reference):.4f}"
        '-20.0000'

    References:
        Sturmel and Daudet, "Signal reconstruction from STFT magnitude: a state of the art",
        DAFx 2011.
    """
    sounds, stft = _checked(reference, estimate, stft)
    return _convergence(*sounds, stft=stft)


@compiled
def _convergence(reference: tf.Tensor, estimate: tf.Tensor, *, stft: STFT) -> tf.Tensor:
    powers = squared_magnitude(stft(tf.stack([reference, estimate])))
    magnitudes = tf.sqrt(powers)
    error = tf.reduce_sum(tf.square(magnitudes[0] - magnitudes[1]), axis=[-2, -1])
    return -decibels(tf.reduce_sum(powers[0], axis=[-2, -1]), error)


def multi_resolution_stft_distance(reference: Any, estimate: Any) -> tf.Tensor:
    r"""Give M-STFT, the distance by which BigVGAN and others compare vocoders.

    .. math:: \frac{1}{3} \sum_{i=1}^{3} \frac{\| |S_i| - |\hat S_i| \|_F}{\| S_i \|_F} +
        \frac{1}{T_i K_i} \| \ln |S_i| - \ln |\hat S_i| \|_1

    of three transforms: ``n_fft`` 1024, 2048 and 512, hops of 120, 240 and 50 samples, Hann
    windows of 600, 1200 and 240, whatever the sample rate; powers are :math:`10^{-8}` at least.
    Lower is nearer, 0 is equal.

    Args:
        reference: ``[..., time]``.
        estimate: ``[..., time]``, of the same shape and dtype.

    Returns:
        ``[...]``, float32 or float64.

    Raises:
        ValueError: if the two do not fit each other, or are not sound.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> reference = np.random.default_rng(0).standard_normal(16000)
        >>> distance = st.metrics.multi_resolution_stft_distance(reference, 0.9 * reference)
        >>> f"{distance:.4f} {0.1 - np.log(0.9):.4f}"
        '0.2054 0.2054'

    References:
        Yamamoto, Song and Kim, "Parallel WaveGAN", ICASSP 2020, section 2.2; Steinmetz and
        Reiss, "auraloss", DMRN+15, 2020, whose ``MultiResolutionSTFTLoss`` this is for one signal
        (of a batch it takes norms over all); Lee et al., "BigVGAN", ICLR 2023.
    """
    return _multi_resolution(*pair(reference, estimate))


@compiled
def _multi_resolution(reference: tf.Tensor, estimate: tf.Tensor) -> tf.Tensor:
    both = tf.stack([reference, estimate])
    distances = [_resolution_distance(squared_magnitude(stft(both))) for stft in _resolutions()]
    return tf.add_n(distances) / len(distances)


def _resolution_distance(powers: tf.Tensor) -> tf.Tensor:
    powers = tf.maximum(powers, _POWER_FLOOR)
    magnitudes, nepers = tf.sqrt(powers), 0.5 * tf.math.log(powers[0] / powers[1])
    error = tf.reduce_sum(tf.square(magnitudes[0] - magnitudes[1]), axis=[-2, -1])
    convergence = tf.sqrt(error / tf.reduce_sum(powers[0], axis=[-2, -1]))
    return convergence + tf.reduce_mean(tf.abs(nepers), axis=[-2, -1])


def _checked(reference: Any, estimate: Any, stft: STFT | None) -> tuple[tuple, STFT]:
    """Both sounds, and the transform, of which they have a frame if their length is known."""
    stft = _default() if stft is None else stft
    check(isinstance(stft, STFT), "stft must be an STFT", stft)
    sounds = pair(reference, estimate)
    samples = sounds[0].shape[-1] if sounds[0].shape.rank else None
    rule = "reference must have at least the samples of one frame of stft"
    check(samples is None or stft.num_frames(samples) > 0, rule, samples)
    return sounds, stft
