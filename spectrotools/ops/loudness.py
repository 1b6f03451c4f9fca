"""Loudness from frame to frame: the power of a spectrum, weighted as the ear weights it."""

import functools
import math
from typing import Any, Literal, NamedTuple

import numpy as np
import tensorflow as tf

from .._validate import check, integer, number, one_of
from .arguments import checked_rate
from .fourier import framed_rfft
from .frequency_weighting import Weighting, power_weights
from .magnitude import squared_magnitude
from .numerics import compiled, flatten_leading, real_tensor, sizes, working_dtype
from .windows import window_samples

__all__ = ["loudness"]

LoudnessConvention = Literal["ddsp"]

_N_FFT = {None: 2048, "ddsp": 512}


class _Measure(NamedTuple):
    """What is made of a frame."""

    rate: float  # Hz
    n_fft: int
    weighting: Weighting
    convention: LoudnessConvention | None


def loudness(
    audio: Any,
    *,
    sample_rate: float,
    hop_length: int,
    n_fft: int | None = None,
    weighting: Weighting = "A",
    ref_db: float = 0.0,
    floor_db: float = -80.0,
    convention: LoudnessConvention | None = None,
) -> tf.Tensor:
    r"""Measure the loudness of every frame, in decibels of its weighted power.

    The frame, centred on sample tH of a ``hop_length`` H, is weighted by a Hann window w of
    ``n_fft`` N samples; of its spectrum :math:`X_k`, of the :func:`frequency_weighting` A and
    with :math:`c_k` = 2, but 1 at 0 Hz and at half the sample rate:

    ==============  ====================================================  ===================
    convention      power                                                 frames
    ==============  ====================================================  ===================
    None            :math:`\sum_k c_k 10^{A_k / 10} |X_k|^2 /             1 + ceil(time / H)
                    (N \sum_n w[n]^2)`
    ``"ddsp"``      :math:`\frac{1}{N / 2 + 1} \sum_k                     1 + time // H
                    10^{A_k / 10} |X_k|^2`
    ==============  ====================================================  ===================

    So the loudness is the level of the weighted signal: a sine of amplitude 1 and 1 kHz has
    -3.01 dB in any frames that it fills. In DDSP's convention it is higher the longer frames
    are: there such a sine at 16 kHz has +19.8 dB of 512 samples.

    Args:
        audio: ``[..., time]``, floating point.
        sample_rate: Hz.
        hop_length: H, samples from frame to frame, in [1, n_fft].
        n_fft: N, samples of a frame; None is 2048, in DDSP's convention 512.
        weighting: as in :func:`frequency_weighting`, with its floor of -80 dB.
        ref_db: what counts as 0 dB, in [-100, 100]; ddsp before 2.0 took 20.7, and frames of
            2048 samples.
        floor_db: what is lower, silence included, is that; dB, in [-200, 0]. ddsp's
            ``range_db`` is ``-floor_db``.
        convention: the peer whose arithmetic to follow.

    Returns:
        dB, ``[..., frames]``.

    Raises:
        ValueError: if an argument is out of its range.

    Gradient:
        0 at the floor, silence included.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> time = np.arange(16000) / 16000
        >>> for hertz in (100.0, 1000.0):
        ...     tone = np.sin(2 * np.pi * hertz * time)
        ...     level = st.loudness(tone, sample_rate=16000, hop_length=64)
        ...     print(len(level), f"{level[125]:.2f} dB")
        251 -22.13 dB
        251 -3.01 dB

    References:
        IEC 61672-1:2013 (the weighting). Hantrakul, Engel, Roberts, Gu, "Fast and flexible
        neural audio synthesis", ISMIR 2019, and ddsp 3.7, ``spectral_ops.compute_loudness``.
    """
    audio, rate = real_tensor("audio", audio), checked_rate(sample_rate)
    check(audio.shape.rank != 0, "audio must have a time axis", audio)
    one_of("weighting", weighting, Weighting)
    one_of("convention", convention, LoudnessConvention, optional=True)
    n_fft = integer("n_fft", _N_FFT[convention] if n_fft is None else n_fft, 2)
    even = convention is None or n_fft % 2 == 0
    check(even, f"n_fft must be even in convention {convention!r}", n_fft)
    hop_length = integer("hop_length", hop_length, 1, n_fft)
    ref_db = number("ref_db", ref_db, -100.0, 100.0)
    floor_db = number("floor_db", floor_db, -200.0, 0.0)
    measure = _Measure(rate, n_fft, weighting, convention)
    return _loudness(audio, measure=measure, hop=hop_length, ref_db=ref_db, floor_db=floor_db)


@functools.lru_cache(maxsize=64)
def _weights(measure: _Measure) -> np.ndarray:
    """What each bin's power is multiplied by before they are summed, float64 ``[bins]``."""
    rate, n_fft, weighting, convention = measure
    weights = power_weights(rate, n_fft, weighting)
    if convention == "ddsp":
        return weights / len(weights)
    sides = np.where(np.arange(len(weights)) % (n_fft / 2) == 0, 1.0, 2.0)
    return weights * sides / (n_fft * np.sum(_window(n_fft) ** 2))


def _window(n_fft: int) -> np.ndarray:
    return window_samples("hann", n_fft, n_fft, 0)


@compiled
def _loudness(
    audio: tf.Tensor, *, measure: _Measure, hop: int, ref_db: float, floor_db: float
) -> tf.Tensor:
    flat, unfold = flatten_leading(tf.cast(audio, working_dtype(audio.dtype)), keep=1)
    time, before = sizes(flat)[1], measure.n_fft // 2
    last = time // hop if measure.convention == "ddsp" else -(-time // hop)
    after = last * hop - time + measure.n_fft - before
    after = max(after, 0) if isinstance(after, int) else tf.maximum(after, 0)
    padded = tf.pad(flat, [[0, 0], [before, after]])
    spectrum = framed_rfft(padded, _window(measure.n_fft), hop)
    weights = tf.constant(_weights(measure), flat.dtype)
    power = tf.linalg.matvec(squared_magnitude(spectrum), weights)
    lowest = 10.0 ** ((floor_db + ref_db) / 10.0)
    decibels = (10.0 / math.log(10.0)) * tf.math.log(tf.maximum(power, lowest)) - ref_db
    return tf.cast(unfold(decibels), audio.dtype)
