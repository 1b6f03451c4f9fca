r"""Partials: at which frequencies they sound, and which of them cannot be heard in time."""

from typing import Any, NamedTuple

import tensorflow as tf

from .._validate import check, integer, number, one_of
from .arguments import checked_rate
from .numerics import compiled, real_tensor, working_dtype
from .nyquist import Nyquist, first_slope, silenced

__all__ = [
    "harmonic_frequencies",
    "normalize_harmonics",
    "remove_above_nyquist",
    "sinusoidal_to_harmonic",
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


class HarmonicControls(NamedTuple):
    """What a harmonic synthesiser is told of a tone, but for its pitch."""

    amplitudes: tf.Tensor  # [..., frames], linear
    harmonic_distribution: tf.Tensor  # [..., frames, n_harmonics], of a sum of 1, or of 0


def sinusoidal_to_harmonic(
    amplitudes: Any,
    frequencies_hz: Any,
    f0_hz: Any,
    *,
    sample_rate: float,
    n_harmonics: int = 100,
    width: float = 0.1,
    normalize: bool = False,
) -> HarmonicControls:
    r"""Gather sinusoids into the harmonics of a fundamental that they lie near.

    .. math:: a_k = \sum_i A_i\,e^{-d_{ik}^2 / w^2}, \qquad d_{ik} = \frac{f_i - k f_0}{f_0}

    The way back is exact: the frequencies of :func:`harmonic_frequencies`, and amplitudes times
    distribution. This way loses what lies between harmonics.

    Args:
        amplitudes: of the sinusoids, linear, ``[..., frames, sinusoids]``.
        frequencies_hz: Hz, of the same shape.
        f0_hz: fundamental frequency, Hz, ``[..., frames]``; where it is 0, there is no harmonic.
        sample_rate: Hz: harmonics from half of it on are 0.
        n_harmonics: number of harmonics, at least 1.
        width: w, the part of ``f0_hz`` off at which a sinusoid counts 1/e, above 0.
        normalize: whether to divide the weights of a harmonic by their sum where that is above 1,
            so that of many sinusoids in one place a harmonic takes a mean.

    Returns:
        ``(amplitudes, harmonic_distribution)``: ``[..., frames]`` and
        ``[..., frames, n_harmonics]``, which sums to 1, or to 0 where there is no harmonic.

    Raises:
        ValueError: if an argument is out of its range, or shapes do not fit.

    Example:
        >>> import spectrotools as st
        >>> loudness, shares = st.sinusoidal_to_harmonic(
        ...     [[0.3, 0.1]], [[200.0, 400.0]], [200.0], sample_rate=16000, n_harmonics=3
        ... )
        >>> f"{loudness[0]:.2f}", [f"{share:.2f}" for share in shares[0]]
        ('0.40', ['0.75', '0.25', '0.00'])

    References:
        ddsp 3.7, ``core.sinusoidal_to_harmonic``, whose numbers these are.
    """
    amplitudes = real_tensor("amplitudes", amplitudes)
    frequencies_hz = real_tensor("frequencies_hz", frequencies_hz)
    f0_hz = real_tensor("f0_hz", f0_hz)
    dtypes = (amplitudes.dtype, frequencies_hz.dtype, f0_hz.dtype)
    rule = "amplitudes, frequencies_hz and f0_hz must be of one dtype"
    check(len(set(dtypes)) == 1, rule, [dtype.name for dtype in dtypes])
    fits = amplitudes.shape.is_compatible_with(frequencies_hz.shape)
    fits = fits and f0_hz.shape.is_compatible_with(frequencies_hz.shape[:-1])
    rule = "amplitudes and frequencies_hz must be [..., frames, sinusoids], f0_hz [..., frames]"
    check(fits, rule, (amplitudes.shape, frequencies_hz.shape, f0_hz.shape))
    gathered = _gathered(
        amplitudes,
        frequencies_hz,
        f0_hz,
        nyquist_hz=checked_rate(sample_rate) / 2,
        n_harmonics=integer("n_harmonics", n_harmonics, 1),
        width=number("width", width, 1e-6),
        normalize=bool(normalize),
    )
    return HarmonicControls(*gathered)


@compiled
def _gathered(
    amplitudes: tf.Tensor,
    frequencies_hz: tf.Tensor,
    f0_hz: tf.Tensor,
    *,
    nyquist_hz: float,
    n_harmonics: int,
    width: float,
    normalize: bool,
) -> tuple[tf.Tensor, tf.Tensor]:
    given, dtype = amplitudes.dtype, working_dtype(amplitudes.dtype)
    amplitudes, frequencies_hz = tf.cast(amplitudes, dtype), tf.cast(frequencies_hz, dtype)
    f0_hz = tf.cast(f0_hz, dtype)[..., None]
    pitched = f0_hz > 0
    k = tf.range(1, n_harmonics + 1, dtype=dtype)
    place = frequencies_hz / tf.where(pitched, f0_hz, tf.ones_like(f0_hz))
    weights = tf.exp(-tf.square((place[..., None, :] - k[:, None]) / width))
    if normalize:
        weights /= tf.maximum(tf.reduce_sum(weights, axis=-1, keepdims=True), 1.0)
    gathered = tf.linalg.matvec(weights, amplitudes)
    sounds = pitched & (f0_hz * k < nyquist_hz)
    gathered = tf.where(sounds, gathered, tf.zeros_like(gathered))
    total = tf.reduce_sum(gathered, axis=-1)
    shares = tf.math.divide_no_nan(gathered, total[..., None])
    return tf.cast(total, given), tf.cast(shares, given)
