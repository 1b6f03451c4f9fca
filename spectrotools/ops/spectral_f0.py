"""The pitch of a sound from its spectrum, with a gradient."""

import functools
import math
from typing import Any

import numpy as np
import tensorflow as tf

from .._validate import check, integer, number
from .fourier import even_size, framed_rfft
from .framing import PadMode, pad
from .magnitude import squared_magnitude
from .numerics import compiled, flatten_leading, real_tensor, working_dtype
from .periodicity import Lags
from .windows import window_samples

__all__ = ["spectral_f0"]

_FLOOR = 1e-4  # of the mean power of a frame: what is softer does not count


def spectral_f0(
    audio: Any,
    *,
    sample_rate: float,
    fmin: float,
    fmax: float,
    hop_length: int,
    frame_length: int | None = None,
    n_harmonics: int = 8,
    bins_per_octave: int = 48,
    temperature: float = 0.01,
    power_floor: float = 1e-10,
    pad_mode: PadMode = "constant",
) -> tf.Tensor:
    r"""Estimate a fundamental frequency that has a gradient, for losses on pitch.

    Every candidate :math:`f` of a logarithmic grid is as strong as the root of the magnitude
    spectrum is alike to a cosine that peaks at its harmonics and is lowest between them,

    .. math::
        s(f) = \frac{\sum_\nu K_f(\nu) A(\nu)}{\lVert K_f^+ \rVert\, \lVert A \rVert}, \qquad
        K_f(\nu) = \nu^{-1/2} \cos \frac{2 \pi \nu}{f}, \qquad
        \log f_0 = \sum_f p_f \log f, \quad p = \mathrm{softmax}(s / T)

    where the cosine counts half below :math:`3 f / 4`, not at all below :math:`f / 4` and beyond
    the last harmonic. Its mean over candidates is smooth, so that a model can be trained to sing
    in tune: the gradient says which harmonics are to grow for the pitch to move. Two rivals an
    octave apart pull it between them, and noise to the middle of the range: to measure, and to
    tell where there is a pitch, take :func:`pyin`.

    Args:
        audio: ``[..., time]``.
        sample_rate: Hz, above 0.
        fmin: the lowest fundamental, Hz, above 0.
        fmax: the highest fundamental, Hz, above ``fmin`` and at most half the sample rate.
        hop_length: samples from one frame to the next, at least 1.
        frame_length: samples in Hann's window, None for 4 periods of ``fmin``.
        n_harmonics: that a candidate is judged by, at least 1.
        bins_per_octave: candidates in an octave, at least 1.
        temperature: of the softmax, above 0, in units of the strength, which is at most 1: lower
            is nearer to the strongest candidate, higher has a gradient from farther away.
        power_floor: added to the mean of the squared spectrum of a frame, above 0: a frame well
            below it is silence, and gives the middle of the range, without a gradient.
        pad_mode: what is beyond the ends, ``"constant"`` (zeros), ``"reflect"``, ``"symmetric"``
            or ``"edge"``, as in ``numpy.pad``.

    Returns:
        Hz, ``[..., 1 + time // hop_length]``; frame t is centred on sample ``t * hop_length``.

    Raises:
        ValueError: if a setting is out of its range.

    Example:
        >>> import spectrotools as st
        >>> saw = st.waveform_synthesis(
        ...     [220.0] * 40, [1.0] * 40, shape="saw", sample_rate=16000, hop_length=100
        ... )
        >>> settings = {"sample_rate": 16000, "fmin": 80.0, "fmax": 1000.0, "hop_length": 1000}
        >>> [f"{f0:.0f}" for f0 in st.spectral_f0(saw, **settings)[1:-1]]
        ['220', '220', '220']

    References:
        Camacho, Harris, "A sawtooth waveform inspired pitch estimator for speech and music",
        2008, section II, of one window size and linear frequency.
    """
    lags = Lags.checked(sample_rate, fmin, fmax, hop_length, frame_length, pad_mode, None)
    check(number("temperature", temperature, 0.0) > 0, "temperature must be above 0", temperature)
    check(number("power_floor", power_floor, 0.0) > 0, "power_floor must be above 0", power_floor)
    audio = real_tensor("audio", audio)
    check(audio.shape.rank != 0, "audio must have a time axis", audio)
    return _spectral_f0(
        audio,
        lags=lags,
        n_harmonics=integer("n_harmonics", n_harmonics, 1),
        bins_per_octave=integer("bins_per_octave", bins_per_octave, 1),
        temperature=float(temperature),
        power_floor=float(power_floor),
    )


@compiled
def _spectral_f0(
    audio: tf.Tensor,
    *,
    lags: Lags,
    n_harmonics: int,
    bins_per_octave: int,
    temperature: float,
    power_floor: float,
) -> tf.Tensor:
    dtype = audio.dtype
    audio, unfold = flatten_leading(tf.cast(audio, working_dtype(dtype)), keep=1)
    half = lags.frame_length // 2
    audio = pad(audio, half, lags.frame_length - half, lags.pad_mode)
    window = _window(lags.frame_length)
    audio = tf.pad(audio, [[0, 0], [0, len(window) - lags.frame_length]])
    spectrum = _without_offset(framed_rfft(audio, window, lags.hop_length), window)
    power = squared_magnitude(spectrum)
    mean = tf.reduce_mean(power, axis=-1, keepdims=True) + power_floor
    # The floor keeps the root's slope finite, and silence makes nothing of it.
    root = (power / mean + _FLOOR) ** 0.25 - _FLOOR**0.25
    size = tf.sqrt(tf.reduce_sum(tf.square(root), axis=-1, keepdims=True) + _FLOOR)
    kernels, octaves = _kernels(lags, len(window), n_harmonics, bins_per_octave)
    strength = tf.matmul(root / size, tf.constant(kernels, audio.dtype))
    shares = tf.nn.softmax(strength / temperature, axis=-1)
    mean_octave = tf.linalg.matvec(shares, tf.constant(octaves, audio.dtype))
    f0_hz = lags.fmin * tf.exp(math.log(2.0) * mean_octave)
    return tf.cast(unfold(f0_hz), dtype)


def _without_offset(spectrum: tf.Tensor, window: np.ndarray) -> tf.Tensor:
    """Spectra less that of a constant, next to which a soft tone would not count."""
    constant = np.fft.rfft(window)
    return spectrum - spectrum[..., :1] * tf.constant(constant / constant[0], spectrum.dtype)


@functools.lru_cache(maxsize=16)
def _window(frame_length: int) -> np.ndarray:
    """Hann's window, of unit sum of squares, and as many zeros, to see between the bins."""
    window = window_samples("hann", frame_length, even_size(2 * frame_length), 0)
    return window / np.sqrt(np.sum(window**2))


@functools.lru_cache(maxsize=16)
def _kernels(
    lags: Lags, n_fft: int, n_harmonics: int, bins_per_octave: int
) -> tuple[np.ndarray, np.ndarray]:
    """What candidates look like, ``[bins, candidates]``, and their octaves above the lowest."""
    count = 1 + math.ceil(bins_per_octave * math.log2(lags.fmax / lags.fmin))
    octaves = np.linspace(0.0, math.log2(lags.fmax / lags.fmin), count)
    hz = np.arange(n_fft // 2 + 1) * lags.sample_rate / n_fft
    place = hz[:, None] / (lags.fmin * 2.0**octaves)
    counts = np.where(place < 0.75, 0.5, 1.0) * (place >= 0.25) * (place < n_harmonics + 0.25)
    kernels = counts * np.cos(2 * np.pi * place) / np.sqrt(np.maximum(place, 0.25))
    kernels /= np.sqrt(np.sum(np.maximum(kernels, 0.0) ** 2, axis=0))
    return kernels, octaves
