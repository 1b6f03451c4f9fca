r"""The weightings of sound level meters, in decibels of a frequency.

Each is the response of an analogue filter of real poles: its decibels are a sum of
:math:`10 \log_{10} (f^2 / (f^2 + p^2))` for the poles of high-passes and of
:math:`10 \log_{10} (p^2 / (f^2 + p^2))` for those of low-passes, and a constant that makes it
0 dB at 1 kHz.
"""

import functools
import math
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import tensorflow as tf

from .._validate import number, one_of
from .arguments import check_values
from .numerics import compiled, real_tensor

__all__ = ["Weighting", "frequency_weighting", "power_weights"]

Weighting = Literal["A", "B", "C", "D", "Z"]

_LOW, _HIGH = 20.598997, 12194.217  # Hz, double poles of A, B and C
_AT_A, _AT_B, _AT_C = 2.0, 0.17, 0.062  # dB, rounded as in the standards
_EDGE_A, _EDGE_B = (107.65265, 737.86223), (158.48932,)  # Hz, single poles
_SQUARED_HZ = 1e-100  # of 0 Hz, where decibels end
_FLOOR_DB = -80.0
_LOWEST_DB = -500.0  # which every weighting falls below before that


def frequency_weighting(
    frequency_hz: Any, *, weighting: Weighting = "A", floor_db: float = _FLOOR_DB
) -> tf.Tensor:
    r"""Weight frequencies as a sound level meter does.

    ============  ====================================================================
    weighting     is that of
    ============  ====================================================================
    ``"A"``       quiet sounds (IEC 61672), by far the most used
    ``"B"``       sounds of medium level (IEC 60651, withdrawn)
    ``"C"``       loud sounds and peaks (IEC 61672)
    ``"D"``       aircraft (IEC 60537, withdrawn)
    ``"Z"``       nothing: 0 dB at all frequencies (IEC 61672)
    ============  ====================================================================

    The poles of A are at 20.598997 Hz and 12194.217 Hz, two each, and at 107.65265 Hz and
    737.86223 Hz:

    .. math::
        A(f) = 2.0 + 20 \log_{10} \frac{12194^2 f^4}
        {(f^2 + 20.6^2)\,(f^2 + 12194^2)\,\sqrt{(f^2 + 107.7^2)\,(f^2 + 737.9^2)}}

    Args:
        frequency_hz: ``[...]``, Hz, at least 0.
        weighting: which one.
        floor_db: what is lower, such as 0 Hz, is that; dB, in [-500, 0].

    Returns:
        dB, ``[...]``, about 0 at 1 kHz. It is computed in float64.

    Raises:
        ValueError: if an argument is out of its range.

    Gradient:
        0 at the floor, 0 Hz included.

    Example:
        >>> import spectrotools as st
        >>> [f"{db:.2f}" for db in st.frequency_weighting([0.0, 50.0, 1000.0, 10000.0])]
        ['-80.00', '-30.27', '0.00', '-2.49']

    References:
        IEC 61672-1:2013, annex E, eq. E.1 and E.6. librosa 0.11, ``A_weighting``.
    """
    one_of("weighting", weighting, Weighting)
    floor_db = number("floor_db", floor_db, _LOWEST_DB, 0.0)
    check_values("frequency_hz", frequency_hz, 0.0)
    frequency_hz = real_tensor("frequency_hz", frequency_hz)
    return _weighted(frequency_hz, weighting=weighting, floor_db=floor_db)


@functools.lru_cache(maxsize=64)
def power_weights(sample_rate: float, n_fft: int, weighting: Weighting) -> np.ndarray:
    """What the powers of the bins are multiplied by, float64 ``[n_fft // 2 + 1]``, read-only."""
    squared = (np.arange(n_fft // 2 + 1) * (sample_rate / n_fft)) ** 2
    decibels = _CURVES[weighting](np.maximum(squared, _SQUARED_HZ), np.log)
    weights = 10.0 ** (np.maximum(decibels, _FLOOR_DB) / 10.0)
    weights.setflags(write=False)
    return weights


@compiled
def _weighted(frequency_hz: tf.Tensor, *, weighting: Weighting, floor_db: float) -> tf.Tensor:
    squared = tf.maximum(tf.square(tf.cast(frequency_hz, tf.float64)), _SQUARED_HZ)
    decibels = tf.maximum(_CURVES[weighting](squared, tf.math.log), floor_db)
    return tf.cast(decibels, frequency_hz.dtype)


_PER_NEPER = 10.0 / math.log(10.0)  # of a power
Log = Callable[[Any], Any]


def _high_passed(squared: Any, log: Log, *poles: float) -> Any:
    return _PER_NEPER * sum(log(squared / (squared + pole**2)) for pole in poles)


def _low_passed(squared: Any, log: Log, *poles: float) -> Any:
    return _PER_NEPER * sum(log(pole**2 / (squared + pole**2)) for pole in poles)


def _meter(squared: Any, log: Log, gain_db: float, *edges: float) -> Any:
    """A, B and C: two poles at either end, and others between for the quieter sounds."""
    band = _high_passed(squared, log, _LOW, _LOW, *edges)
    return gain_db + band + _low_passed(squared, log, _HIGH, _HIGH)


def _aircraft(squared: Any, log: Log) -> Any:
    """D, of pairs of zeros and poles around 1 and 3 kHz."""
    above = (1018.7**2 - squared) ** 2 + 1039.6**2 * squared
    below = (3136.5**2 - squared) ** 2 + 3424.0**2 * squared
    ends = log(squared) - log(squared + 282.7**2) - log(squared + 1160.0**2)
    return _PER_NEPER * (ends + log(above / below)) - 40.0 * math.log10(8.3046305e-3)


_CURVES: dict[str, Callable[[Any, Log], Any]] = {
    "A": lambda squared, log: _meter(squared, log, _AT_A, *_EDGE_A),
    "B": lambda squared, log: _meter(squared, log, _AT_B, *_EDGE_B),
    "C": lambda squared, log: _meter(squared, log, _AT_C),
    "D": _aircraft,
    "Z": lambda squared, log: 0.0 * squared,
}
