"""Scales of frequency by ear: critical bands in Bark, and the bandwidth of a filter of the ear."""

from typing import Any

import tensorflow as tf

from .numerics import compiled, real_tensor, working_dtype

__all__ = ["bark_to_hz", "hz_to_bark", "hz_to_erb"]

_BANDS, _HALF_HZ, _OFFSET = 26.81, 1960.0, 0.53  # Traunmüller's constants
_ERB_HZ, _ERB_SLOPE = 24.7, 0.108


def hz_to_bark(frequencies_hz: Any) -> tf.Tensor:
    r"""Give the critical-band rate of frequencies.

    .. math:: z = \frac{26.81 f}{1960 + f} - 0.53

    Args:
        frequencies_hz: Hz, [...], at least 0.

    Returns:
        Bark, of the shape of ``frequencies_hz``.

    Raises:
        ValueError: if ``frequencies_hz`` is not floating point.

    Example:
        >>> import spectrotools as st
        >>> [f"{bark:.2f}" for bark in st.hz_to_bark([100.0, 1000.0, 8000.0])]
        ['0.77', '8.53', '21.00']

    References:
        Traunmüller, "Analytical expressions for the tonotopic sensory scale", JASA 88(1), 1990,
        eq. 6.
    """
    return _hz_to_bark(real_tensor("frequencies_hz", frequencies_hz))


def bark_to_hz(bark: Any) -> tf.Tensor:
    r"""Give the frequency of critical-band rates: the inverse of :func:`hz_to_bark`.

    Args:
        bark: Bark, [...], below 26.28.

    Returns:
        Hz, of the shape of ``bark``.

    Raises:
        ValueError: if ``bark`` is not floating point.

    Example:
        >>> import spectrotools as st
        >>> f"{float(st.bark_to_hz(st.hz_to_bark(440.0))):.1f}"
        '440.0'

    References:
        Traunmüller, "Analytical expressions for the tonotopic sensory scale", JASA 88(1), 1990,
        eq. 7.
    """
    return _bark_to_hz(real_tensor("bark", bark))


def hz_to_erb(frequencies_hz: Any) -> tf.Tensor:
    r"""Give the equivalent rectangular bandwidth of the ear's filters, :math:`24.7 + 0.108 f`.

    Args:
        frequencies_hz: centres, Hz, [...].

    Returns:
        bandwidths, Hz, of the shape of ``frequencies_hz``.

    Raises:
        ValueError: if ``frequencies_hz`` is not floating point.

    Example:
        >>> import spectrotools as st
        >>> f"{float(st.hz_to_erb(1000.0)):.1f}"
        '132.7'

    References:
        Glasberg, Moore, "Derivation of auditory filter shapes from notched-noise data", Hearing
        Research 47, 1990, eq. 3: :math:`24.7 (4.37 f / 1000 + 1)`.
    """
    return _hz_to_erb(real_tensor("frequencies_hz", frequencies_hz))


@compiled
def _hz_to_bark(hz: tf.Tensor) -> tf.Tensor:
    exact = tf.cast(hz, working_dtype(hz.dtype))
    return tf.cast(_BANDS * exact / (_HALF_HZ + exact) - _OFFSET, hz.dtype)


@compiled
def _bark_to_hz(bark: tf.Tensor) -> tf.Tensor:
    bands = tf.cast(bark, working_dtype(bark.dtype)) + _OFFSET
    return tf.cast(_HALF_HZ * bands / (_BANDS - bands), bark.dtype)


@compiled
def _hz_to_erb(hz: tf.Tensor) -> tf.Tensor:
    exact = tf.cast(hz, working_dtype(hz.dtype))
    return tf.cast(_ERB_HZ + _ERB_SLOPE * exact, hz.dtype)
