"""How periodic sound is, frame by frame, and how far that strays."""

import math
from typing import Any

import numpy as np
import tensorflow as tf

from .._validate import check
from ..ops.fft import irfft, rfft
from ..ops.fourier import even_size
from ..ops.framing import frame, pad
from ..ops.numerics import compiled, flatten_leading, real_tensor, working_dtype
from .arguments import finite, pair

__all__ = ["periodicity", "periodicity_error", "periodicity_rmse"]

_FINER = 4  # lags a sample
_PERIODS = 2.5  # of the lowest fundamental: what a frame is compared by


def periodicity(
    audio: Any,
    *,
    sample_rate: float,
    frame_rate: float = 100.0,
    fmin: float = 50.0,
    fmax: float = 550.0,
    floor_db: float = -60.0,
) -> tf.Tensor:
    r"""Give how much of each frame comes again after one period of some fundamental.

    .. math:: \max_\tau \frac{\sum_n x[n]\, x[n + \tau]}
        {\sqrt{(\sum_n x[n]^2 + W \epsilon)(\sum_n x[n + \tau]^2 + W \epsilon)}}

    the normalised cross-correlation of W samples, 2.5 periods of ``fmin``, with those that come a
    lag :math:`\tau` of ``1 / fmax`` to ``1 / fmin`` seconds later; lags are told apart to a
    quarter of a sample. It is 1 in a steady tone; in a tone and white noise it is about the
    tone's part of the power, and some tenths in noise alone, as the best of many lags. The
    power :math:`\epsilon` of ``floor_db`` makes silence 0.

    Args:
        audio: ``[..., time]``; zeros lie around it.
        sample_rate: Hz.
        frame_rate: frames a second, at most ``sample_rate``.
        fmin: the lowest fundamental, Hz, above 0.
        fmax: the highest fundamental, Hz, in [fmin, sample_rate / 2].
        floor_db: mean square, dB, at which sound begins to count.

    Returns:
        In [0, 1], ``[..., frames]``, frame t of sound about sample ``t * hop``, with
        ``hop = sample_rate // frame_rate`` and ``1 + time // hop`` frames; float32 or float64.

    Raises:
        ValueError: if an argument is not what it has to be.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> rng = np.random.default_rng(0)
        >>> tone = np.sin(2 * np.pi * 123.4 * np.arange(16000) / 16000)
        >>> for sound in (tone, tone + np.sqrt(0.5) * rng.standard_normal(16000), 0 * tone):
        ...     print(f"{np.median(st.metrics.periodicity(sound, sample_rate=16000)):.2f}")
        1.00
        0.53
        0.00

    References:
        Talkin, "A robust algorithm for pitch tracking (RAPT)", in "Speech coding and synthesis",
        1995 (the normalised cross-correlation).
    """
    audio = real_tensor("audio", audio)
    check(audio.shape.rank != 0, "audio must have a time axis", audio.shape)
    settings = _settings(sample_rate, frame_rate, fmin, fmax, floor_db)
    return _periodicity(tf.cast(audio, working_dtype(audio.dtype)), **settings)


def periodicity_error(
    reference: Any,
    estimate: Any,
    *,
    sample_rate: float,
    frame_rate: float = 100.0,
    fmin: float = 50.0,
    fmax: float = 550.0,
    floor_db: float = -60.0,
) -> tf.Tensor:
    """Give the root mean square by which the :func:`periodicity` of sound is off.

    CARGAN and BigVGAN take the root mean square of the periodicity that CREPE tells, which are
    other numbers: those go into :func:`periodicity_rmse`.

    Args:
        reference: ``[..., time]``.
        estimate: ``[..., time]``, of the same shape and dtype.
        sample_rate: Hz.
        frame_rate: frames a second, at most ``sample_rate``.
        fmin: the lowest fundamental, Hz, above 0.
        fmax: the highest fundamental, Hz, in [fmin, sample_rate / 2].
        floor_db: mean square, dB, at which sound begins to count.

    Returns:
        In [0, 1], 0 is best, ``[...]``, float32 or float64.

    Raises:
        ValueError: if an argument is not what it has to be.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> tone = np.sin(2 * np.pi * 123.4 * np.arange(16000) / 16000)
        >>> f"{st.metrics.periodicity_error(tone, 0 * tone, sample_rate=16000):.2f}"
        '0.99'
    """
    settings = _settings(sample_rate, frame_rate, fmin, fmax, floor_db)
    reference, estimate = pair(reference, estimate)
    return _rmse(
        _periodicity(reference, **settings),
        _periodicity(estimate, **settings),
    )


def periodicity_rmse(reference: Any, estimate: Any) -> tf.Tensor:
    """Give the root mean square by which periodicity is off that some tracker has told.

    Args:
        reference: ``[..., frames]``, such as CREPE's, in [0, 1].
        estimate: ``[..., frames]``, of the same shape and dtype.

    Returns:
        0 is best, ``[...]``, float32 or float64.

    Raises:
        ValueError: if the two do not fit each other, or are not floating point.

    Example:
        >>> import spectrotools as st
        >>> float(st.metrics.periodicity_rmse([1.0, 0.5, 0.0, 0.0], [0.5, 0.5, 0.0, 0.0]))
        0.25

    References:
        Morrison et al., "Chunked autoregressive GAN for conditional waveform synthesis",
        ICLR 2022.
    """
    return _rmse(*pair(reference, estimate, axis="frames"))


@compiled
def _rmse(reference: tf.Tensor, estimate: tf.Tensor) -> tf.Tensor:
    return tf.sqrt(tf.reduce_mean(tf.square(reference - estimate), axis=-1))


def _settings(
    sample_rate: float, frame_rate: float, fmin: float, fmax: float, floor_db: float
) -> dict[str, Any]:
    """The settings of an analysis in samples."""
    check(finite(sample_rate) > 0, "sample_rate must be above 0 Hz", sample_rate)
    rule = f"frame_rate must be in (0, sample_rate = {sample_rate}]"
    check(0 < finite(frame_rate) <= sample_rate, rule, frame_rate)
    rule = f"fmin must be in (0, fmax] and fmax at most sample_rate / 2 = {sample_rate / 2}"
    check(0 < finite(fmin) <= finite(fmax) <= sample_rate / 2, rule, (fmin, fmax))
    check(not math.isnan(finite(floor_db)), "floor_db must be finite", floor_db)
    return {
        "hop_length": int(sample_rate // frame_rate),
        "window": math.ceil(_PERIODS * sample_rate / fmin),
        "shortest": math.floor(_FINER * sample_rate / fmax),
        "longest": math.ceil(_FINER * sample_rate / fmin),
        "floor": 10.0 ** (floor_db / 10),
    }


@compiled
def _periodicity(
    audio: tf.Tensor, *, hop_length: int, window: int, shortest: int, longest: int, floor: float
) -> tf.Tensor:
    audio, unfold = flatten_leading(audio, keep=1)
    lags = longest // _FINER + 1
    reach = window + lags  # a sample more than the last lag needs, for what is a quarter further
    padded = pad(audio, reach // 2, reach - reach // 2, "constant")
    products = _correlated(frame(padded, reach, hop_length), window, lags)
    powers = frame(_energies(padded, window), lags + 1, hop_length) + window * floor
    ratio = products / tf.sqrt(powers[..., None, :1] * _between(powers))
    finer = np.arange(_FINER)[:, None] + _FINER * np.arange(lags)
    weights = tf.constant((finer >= shortest) & (finer <= longest), audio.dtype)
    return unfold(tf.clip_by_value(tf.reduce_max(ratio * weights, axis=[-2, -1]), 0.0, 1.0))


def _correlated(frames: tf.Tensor, window: int, lags: int) -> tf.Tensor:
    """The first samples of frames times those that come later.

    Args:
        frames: ``[batch, frames, reach]``.
        window: samples that are compared.
        lags: whole lags from 0 on.

    Returns:
        ``[batch, frames, 4, lags]``: at each lag, and a quarter of a sample more, and so on,
        where turning the phase of the correlation's spectrum interpolates it.
    """
    # No longer than a frame, for those lags wrap around that no later sample is at hand for.
    size = even_size(frames.shape[-1])
    spectrum = rfft(frames, size)
    begin = rfft(frames[..., :window], size)
    product = spectrum * tf.math.conj(begin)
    turns = np.arange(_FINER)[:, None] * np.arange(size // 2 + 1) / (_FINER * size)
    # One after the other: to allocate all four at once takes longer than to compute them.
    shifts = [tf.constant(shift, product.dtype) for shift in np.exp(2j * np.pi * turns)]
    parts = [irfft(product * shift, size)[..., :lags] for shift in shifts]
    return tf.stack(parts, axis=-2)


def _energies(audio: tf.Tensor, window: int) -> tf.Tensor:
    """The energy of so many samples from each one on: a difference of sums, exact in float64."""
    sums = tf.cumsum(tf.square(tf.cast(audio, tf.float64)), axis=-1)
    sums = tf.pad(sums, [[0, 0], [1, 0]])
    return tf.cast(tf.maximum(sums[:, window:] - sums[:, :-window], 0.0), audio.dtype)


def _between(values: tf.Tensor) -> tf.Tensor:
    """Values at all places but the last, a quarter further, and so on: on lines."""
    shares = tf.constant(np.arange(_FINER)[:, None] / _FINER, values.dtype)
    before, after = values[..., None, :-1], values[..., None, 1:]
    return before + shares * (after - before)
