r"""Partials: at which frequencies they sound, and which of them cannot be heard in time."""

from typing import Any

import tensorflow as tf

from .._validate import check, integer, one_of
from .numerics import real_tensor, working_dtype
from .nyquist import Nyquist, first_slope, silenced

__all__ = [
    "harmonic_frequencies",
    "normalize_harmonics",
    "remove_above_nyquist",
]


def harmonic_frequencies(
    f0_hz: Any,
    n_harmonics: int,
    *,
    inharmonicity: Any = 0.0,
    shifts: Any = None,
    deviations_hz: Any = None,
) -> tf.Tensor:
    r"""Give the frequencies of the partials of a tone.

    .. math:: f_k = k f_0 \sqrt{1 + B k^2}\,(1 + s_k) + d_k, \qquad k = 1, 2, \dots

    Args:
        f0_hz: fundamental frequency, Hz, ``[..., frames]``.
        n_harmonics: number of partials, at least 1.
        inharmonicity: the stiffness :math:`B` of a string, of at least 0, that broadcasts with
            ``f0_hz``: 0 is a harmonic tone, 1e-4 to 1e-2 a piano string.
        shifts: relative shifts :math:`s_k`, ``[..., frames, n_harmonics]``; None is 0.
        deviations_hz: shifts :math:`d_k`, Hz, of the same shape; None is 0.

    Returns:
        Hz, ``[..., frames, n_harmonics]``, for :func:`sinusoidal_synthesis`.

    Raises:
        ValueError: if ``n_harmonics`` is below 1, or ``f0_hz`` is not floating point.

    Example:
        >>> import spectrotools as st
        >>> [f"{hz:.1f}" for hz in st.harmonic_frequencies([100.0], 3, inharmonicity=0.01)[0]]
        ['100.5', '204.0', '313.2']

    References:
        Fletcher, "Normal vibration frequencies of a stiff piano string", 1964, eq. 12.
    """
    f0_hz = real_tensor("f0_hz", f0_hz)
    k = tf.range(1, integer("n_harmonics", n_harmonics, 1) + 1)
    k = tf.cast(k, f0_hz.dtype)
    stiffness = tf.cast(inharmonicity, f0_hz.dtype)[..., None]
    frequencies = f0_hz[..., None] * k * tf.sqrt(1.0 + stiffness * k**2)
    if shifts is not None:
        frequencies *= 1.0 + tf.cast(shifts, f0_hz.dtype)
    if deviations_hz is not None:
        frequencies += tf.cast(deviations_hz, f0_hz.dtype)
    return frequencies


def remove_above_nyquist(
    frequencies_hz: Any, amplitudes: Any, *, sample_rate: float, nyquist: Nyquist = "hard"
) -> tf.Tensor:
    r"""Silence partials that lie at the Nyquist frequency or above it, and would alias.

    Args:
        frequencies_hz: Hz, [...]. NaN is silent.
        amplitudes: of the same shape.
        sample_rate: Hz, above 0.
        nyquist: ``"hard"`` cuts; ``"smooth"`` fades by half a cosine over the last tenth below
            the Nyquist frequency, which has a gradient by frequency.

    Returns:
        amplitudes, of the same shape.

    Raises:
        ValueError: if ``sample_rate`` is not above 0 or ``nyquist`` is not known.

    Example:
        >>> import spectrotools as st
        >>> st.remove_above_nyquist([3000.0, 8000.0], [1.0, 1.0], sample_rate=16000).numpy()
        array([1., 0.], dtype=float32)
    """
    check(sample_rate > 0, "sample_rate must be above 0 Hz", sample_rate)
    one_of("nyquist", nyquist, Nyquist)
    frequencies_hz = real_tensor("frequencies_hz", frequencies_hz)
    amplitudes = real_tensor("amplitudes", amplitudes)
    precise = tf.cast(frequencies_hz, working_dtype(frequencies_hz.dtype))
    # NaN, whose gradient would be NaN too, is as silent as what is above Nyquist.
    heard = tf.where(tf.math.is_nan(precise), tf.constant(sample_rate, precise.dtype), precise)
    one = tf.ones_like(heard)
    gain = silenced(one, one, heard, 0.5 * sample_rate, first_slope(nyquist))
    return amplitudes * tf.cast(gain, amplitudes.dtype)


def normalize_harmonics(
    harmonic_distribution: Any, f0_hz: Any, *, sample_rate: float, nyquist: Nyquist = "hard"
) -> tf.Tensor:
    r"""Silence the harmonics that would alias, and let the others sum to 1.

    Args:
        harmonic_distribution: ``[..., frames, harmonics]``, of at least 0.
        f0_hz: Hz, ``[..., frames]``.
        sample_rate: Hz, above 0.
        nyquist: as in :func:`remove_above_nyquist`.

    Returns:
        ``[..., frames, harmonics]``; all 0 where nothing can be heard.

    Raises:
        ValueError: if ``sample_rate`` is not above 0 or ``nyquist`` is not known.

    Example:
        >>> import spectrotools as st
        >>> st.normalize_harmonics([[1.0, 1.0, 1.0]], [3000.0], sample_rate=16000).numpy()
        array([[0.5, 0.5, 0. ]], dtype=float32)

    References:
        Engel, Hantrakul, Gu, Roberts, "DDSP: differentiable digital signal processing", 2020, 3.
    """
    harmonic_distribution = real_tensor("harmonic_distribution", harmonic_distribution)
    f0_hz = tf.cast(real_tensor("f0_hz", f0_hz), harmonic_distribution.dtype)
    k = tf.cast(1 + tf.range(tf.shape(harmonic_distribution)[-1]), f0_hz.dtype)
    audible = remove_above_nyquist(
        f0_hz[..., None] * k, harmonic_distribution, sample_rate=sample_rate, nyquist=nyquist
    )
    return tf.math.divide_no_nan(audible, tf.reduce_sum(audible, axis=-1, keepdims=True))
