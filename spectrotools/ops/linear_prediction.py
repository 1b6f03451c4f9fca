r"""Linear prediction: a sample from the ones before it, and so the envelope of a spectrum."""

from typing import Any, Literal, NamedTuple

import numpy as np
import tensorflow as tf

from .._validate import check, integer, one_of
from .numerics import compiled, flatten_leading, real_tensor, sizes, working_dtype
from .reflection import stepped_up

__all__ = ["LinearPrediction", "linear_prediction"]

PredictionMethod = Literal["autocorrelation", "burg"]


class LinearPrediction(NamedTuple):
    """An all-pole model of frames: the sound is ``gain`` times white noise through 1 / A."""

    coefficients: tf.Tensor  # [..., order + 1], the first is 1
    gain: tf.Tensor  # [...], of the sound's unit


def linear_prediction(
    frames: Any,
    *,
    order: int,
    method: PredictionMethod = "autocorrelation",
    white_noise_db: float | None = None,
) -> LinearPrediction:
    r"""Find the filter that predicts samples from the ones before, and what it leaves over (LPC).

    .. math:: e[n] = x[n] + \sum_{i=1}^{p} a_i\,x[n - i] = (A * x)[n]

    =====================  =================================================================
    ``"autocorrelation"``  the least power of e over all time, the frame being silent on
                           either side, by the recursion of Levinson and Durbin, in float64;
                           the frame is mostly windowed before
    ``"burg"``             section by section of a lattice the least power forwards and
                           backwards within the frame, without a window (as ``librosa.lpc``)
    =====================  =================================================================

    Either way :math:`1 / A` is stable: every reflection coefficient is within [-1, 1]. Where
    nothing but rounding is left to predict, and in silence, all further ones are 0. The poles of
    a steady sine lie so near the circle that rounding may move them over it.
    The gain is :math:`G^2 = \frac{1}{N} \sum_n x[n]^2 \prod_m (1 - k_m^2)`, so that
    :math:`G^2 / |A(e^{i \omega})|^2` is the envelope of the power a sample.

    Args:
        frames: x, ``[..., time]``: every signal is one frame, of N samples.
        order: p, at least 1; about 2 and ``sample_rate / 1000`` for speech.
        method: what is least.
        white_noise_db: power of white noise that the model is to see beside the sound, dB
            relative to it, below 0; None is none. It bounds how sharp a peak can be.
            ``"autocorrelation"`` only.

    Returns:
        ``coefficients``, ``[..., order + 1]``, of which the first is 1, and ``gain``, ``[...]``.

    Raises:
        ValueError: if ``frames`` are not floating point or have no time axis, or a setting is out
            of its range.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> decay = 0.5 ** np.arange(40)
        >>> coefficients, gain = st.linear_prediction(decay, order=2)
        >>> [f"{a:.2f}" for a in coefficients], f"{np.sqrt(40) * gain:.2f}"
        (['1.00', '-0.50', '0.00'], '1.00')

    References:
        Makhoul, "Linear prediction: a tutorial review", Proc. IEEE 63(4), 1975, eq. 38.
        Burg, "Maximum entropy spectral analysis", 37th SEG Meeting, 1967.
    """
    frames = real_tensor("frames", frames)
    check(frames.shape.rank != 0, "frames must be [..., time]", frames)
    order = integer("order", order, 1)
    one_of("method", method, PredictionMethod)
    if white_noise_db is not None:
        rule = "white_noise_db must be None in method 'burg'"
        check(method == "autocorrelation", rule, white_noise_db)
        check(-np.inf < white_noise_db < 0, "white_noise_db must be below 0", white_noise_db)
    noise = 0.0 if white_noise_db is None else 10.0 ** (white_noise_db / 10.0)
    return _predicted(frames, order=order, method=method, noise=noise)


@compiled
def _predicted(
    frames: tf.Tensor, *, order: int, method: PredictionMethod, noise: float
) -> LinearPrediction:
    given, dtype = frames.dtype, working_dtype(frames.dtype)
    flat, unfold = flatten_leading(tf.cast(frames, dtype), 1)
    if method == "burg":
        predictor, energy = _burg(flat, order)
    else:
        predictor, energy = (tf.cast(part, dtype) for part in _levinson(flat, order, noise))
    power = energy / tf.cast(tf.maximum(sizes(flat)[1], 1), dtype)
    heard = power > 0.0
    gain = tf.where(heard, tf.sqrt(tf.where(heard, power, tf.ones_like(power))), power)
    gain = tf.squeeze(unfold(gain), -1)
    return LinearPrediction(tf.cast(unfold(predictor), given), tf.cast(gain, given))


def _ratio(over: tf.Tensor, under: tf.Tensor, usable: tf.Tensor) -> tf.Tensor:
    """A quotient, 0 where it is not usable."""
    return tf.where(usable, over, tf.zeros_like(over)) / tf.where(
        usable, under, tf.ones_like(under)
    )


def _levinson(frames: tf.Tensor, order: int, noise: float) -> tuple[tf.Tensor, tf.Tensor]:
    """Predictors ``[batch, order + 1]`` and the energy that is left, ``[batch, 1]``.

    In float64, for what float32 rounds of the correlation is much of what a good predictor leaves.
    """
    correlation = _correlation(tf.cast(frames, tf.float64), order)
    energy = correlation[:, :1] * (1.0 + noise)
    predictor, floor = tf.ones_like(energy), _eps(energy.dtype) * energy  # the rounding of sums
    for m in range(1, order + 1):
        backwards = tf.reverse(correlation[:, 1 : m + 1], [1])
        left = tf.reduce_sum(predictor * backwards, axis=1, keepdims=True)
        section = _ratio(-left, energy, (energy > floor) & (tf.abs(left) < energy))
        predictor, energy = stepped_up(predictor, section), energy * (1.0 - section**2)
    return predictor, energy


def _correlation(frames: tf.Tensor, order: int) -> tf.Tensor:
    """The sums of products at lags 0 to ``order``, ``[batch, order + 1]``.

    Of rows as long as the order, the products of samples with their own row and the next one,
    summed over all rows, are one product of matrices; a lag is a diagonal of it.
    """
    batch, time = sizes(frames)
    rows = -(-time // order)
    padded = tf.pad(frames, [[0, 0], [0, (rows + 1) * order - time]])
    cut = tf.reshape(padded, [batch, rows + 1, order])
    both = tf.concat([cut[:, :-1], cut[:, 1:]], axis=2)
    products = tf.matmul(cut[:, :-1], both, transpose_a=True)
    flat = tf.reshape(products, [batch, 2 * order * order])
    # In rows longer by one, what was a diagonal stands in a column.
    skewed = tf.reshape(tf.pad(flat, [[0, 0], [0, order]]), [batch, order, 2 * order + 1])
    return tf.reduce_sum(skewed[:, :, : order + 1], axis=1)


def _burg(frames: tf.Tensor, order: int) -> tuple[tf.Tensor, tf.Tensor]:
    """As :func:`_levinson`, by the errors forwards and backwards that every section leaves."""
    energy = tf.reduce_sum(frames**2, axis=1, keepdims=True)
    # Less is only the rounding of samples, as the sections pass it on.
    predictor, floor = tf.ones_like(energy), (16.0 * _eps(frames.dtype)) ** 2 * energy
    ahead, behind = frames[:, 1:], frames[:, :-1]
    for _ in range(order):
        both = tf.reduce_sum(ahead**2 + behind**2, axis=1, keepdims=True)
        shared = -2.0 * tf.reduce_sum(ahead * behind, axis=1, keepdims=True)
        section = _ratio(shared, both, both > floor)
        predictor, energy = stepped_up(predictor, section), energy * (1.0 - section**2)
        ahead, behind = (ahead + section * behind)[:, 1:], (behind + section * ahead)[:, :-1]
    return predictor, energy


def _eps(dtype: tf.DType) -> float:
    return float(np.finfo(dtype.as_numpy_dtype).eps)
