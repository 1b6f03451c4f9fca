r"""Coefficients that are those of a sound, and sounds that add up to their mixture.

An STFT of overlapping frames says everything more than once. What a network changes in it, by a
mask or by phase of its own, may contradict itself, and is then the STFT of no sound.
"""

from typing import Any

import numpy as np
import tensorflow as tf

from ._validate import check
from .ops.numerics import compiled, real_tensor, working_dtype
from .transforms.framed import Length
from .transforms.stft import STFT

__all__ = ["apply_mask", "inconsistency", "mixture_consistency", "project_consistent"]


def project_consistent(
    coefficients: Any, stft: STFT, *, length: Length | None = None
) -> tf.Tensor:
    r"""Give the coefficients of a sound that are nearest to the given ones.

    .. math:: P X = \mathrm{STFT}(\mathrm{STFT}^{-1}(X)),

    nearest in the sum of squares over positive and negative frequencies; a second time it changes
    nothing. As the last step of a network it lets the loss see what will be heard.

    Args:
        coefficients: complex ``[..., frames, n_fft // 2 + 1]``.
        stft: the :class:`STFT` that they are to be of; where its ``pad_mode`` is not
            ``"constant"``, the projection is an oblique one.
        length: samples of the sound, as for ``stft.inverse``.

    Returns:
        a tensor like ``coefficients``.

    Raises:
        ValueError: if the coefficients are not those of ``stft``, or ``length`` does not fit.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> stft = st.STFT(n_fft=256)
        >>> noise = np.random.default_rng(0).standard_normal(6400)
        >>> turned = stft(noise) * np.exp(1j * np.arange(129))
        >>> near = st.project_consistent(turned, stft)
        >>> [f"{float(st.inconsistency(x, stft)):.2f}" for x in (turned, near)]
        ['0.29', '0.00']

    References:
        Griffin and Lim, IEEE TASSP 32(2), 1984, eq. 6. Wisdom et al., "Differentiable consistency
        constraints for improved deep speech enhancement", ICASSP 2019.
    """
    check(isinstance(stft, STFT), "stft must be an STFT", stft)
    return stft(stft.inverse(coefficients, length=length))


def inconsistency(coefficients: Any, stft: STFT) -> tf.Tensor:
    r"""Measure how far coefficients are from those of any sound.

    .. math:: \frac{\| X - P X \|^2}{\| X \|^2}, \qquad P X = \mathrm{STFT}(\mathrm{STFT}^{-1}(X)),

    over positive and negative frequencies: a bin between DC and Nyquist stands for two. It is
    a loss of its own for a network that puts out magnitudes and phase: what they contradict
    themselves in is lost when sound is made.

    Args:
        coefficients: complex ``[..., frames, n_fft // 2 + 1]``.
        stft: the :class:`STFT` that they are to be of.

    Returns:
        ``[...]``, at least 0, which it is where they are a sound's, and where all are 0; at most
        1, where no sound comes of them, but for an ``stft`` that reflects the ends of sound.

    Raises:
        ValueError: if the coefficients are not those of ``stft``.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> stft = st.STFT(n_fft=256)
        >>> noise = np.random.default_rng(0).standard_normal(6400)
        >>> sound, turned = stft(noise), stft(noise) * np.exp(1j * np.arange(129))
        >>> [f"{float(st.inconsistency(x, stft)):.2f}" for x in (sound, turned)]
        ['0.00', '0.29']

    References:
        Le Roux, Ono, Sagayama, "Explicit consistency constraints for STFT spectrograms and their
        application to phase reconstruction", SAPA 2008, eq. 4.
    """
    check(isinstance(stft, STFT), "stft must be an STFT", stft)
    return _inconsistency(stft.checked_coefficients(coefficients), stft=stft)


@compiled
def _inconsistency(coefficients: tf.Tensor, *, stft: STFT) -> tf.Tensor:
    again = stft(stft.inverse(coefficients))
    bins = np.arange(stft.n_fft // 2 + 1)
    own = (bins == 0) | (2 * bins == stft.n_fft)
    sides = tf.constant(np.where(own, 1.0, 2.0), coefficients.dtype.real_dtype)

    def energy(values: tf.Tensor) -> tf.Tensor:
        parts = tf.square(tf.math.real(values)) + tf.square(tf.math.imag(values))
        return tf.reduce_sum(sides * parts, axis=[-2, -1])

    return tf.math.divide_no_nan(energy(coefficients - again), energy(coefficients))


def apply_mask(audio: Any, mask: Any, stft: STFT) -> tf.Tensor:
    r"""Multiply the coefficients of a sound by a mask, and give the sound that is nearest.

    .. math:: y = \mathrm{STFT}^{-1}(m \cdot \mathrm{STFT}(x)).

    Its STFT is the masked one projected (:func:`project_consistent`); a loss on y, or on its
    spectra, judges what will be heard instead of what the mask says.

    Args:
        audio: ``[..., time]``, floating point.
        mask: real or complex ``[..., frames, n_fft // 2 + 1]``, where one frame stands for all;
            leading axes are broadcast against those of ``audio``, so that ``audio[:, None]``
            has a sound for each of several masks.
        stft: the :class:`STFT` to mask in.

    Returns:
        ``[..., time]``, of the dtype of ``audio``.

    Raises:
        ValueError: if ``audio`` or ``mask`` is not a number for each of these.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> stft = st.STFT(n_fft=256)
        >>> tones = [np.sin(2 * np.pi * hz * np.arange(8000) / 8000) for hz in (500, 2000)]
        >>> below = (stft.frequencies(8000) < 1000).astype(float)[None]
        >>> error = st.apply_mask(sum(tones), below, stft) - tones[0]
        >>> f"{np.max(np.abs(error[500:-500])):.4f}"
        '0.0000'

    References:
        Wisdom et al., "Differentiable consistency constraints for improved deep speech
        enhancement", ICASSP 2019.
    """
    check(isinstance(stft, STFT), "stft must be an STFT", stft)
    audio, mask = real_tensor("audio", audio), tf.convert_to_tensor(mask)
    check(audio.shape.rank != 0, "audio must have a time axis", audio.shape)
    time = audio.shape[-1] if audio.shape.rank is not None else None
    frames = None if time is None else stft.num_frames(time)
    sizes = mask.shape[-2:] if mask.shape.rank != 1 else mask.shape
    fits = any(sizes.is_compatible_with([count, stft.n_fft // 2 + 1]) for count in (frames, 1))
    check(
        fits and (mask.dtype.is_floating or mask.dtype.is_complex),
        f"mask must be real or complex [..., frames = {frames} or 1, n_fft // 2 + 1 = "
        f"{stft.n_fft // 2 + 1}]",
        f"{mask.dtype.name} {mask.shape}",
    )
    return _masked(audio, mask, stft=stft)


@compiled
def _masked(audio: tf.Tensor, mask: tf.Tensor, *, stft: STFT) -> tf.Tensor:
    coefficients = stft(audio)
    masked = tf.cast(mask, coefficients.dtype) * coefficients
    length = audio.shape[-1] if audio.shape.rank is not None else None
    length = tf.shape(audio)[-1] if length is None else length
    return tf.cast(stft.inverse(masked, length=length), audio.dtype)


def mixture_consistency(sources: Any, mixture: Any, *, weights: Any = None) -> tf.Tensor:
    r"""Move estimates of sources as little as it takes to add up to their mixture.

    .. math:: y_s = x_s + \frac{w_s}{\sum_r w_r} \Bigl(x - \sum_r x_r\Bigr)

    It is the projection of least :math:`\sum_s \|y_s - x_s\|^2 / w_s`.

    Args:
        sources: ``[..., sources, time]``, floating point.
        mixture: ``[..., time]``, of the same dtype.
        weights: ``[..., sources]``, how much of what is missing goes to each, at least 0 and not
            all 0; None is equal shares.

    Returns:
        a tensor like ``sources``.

    Raises:
        ValueError: if an argument is not floating point or its shape does not fit.

    Example:
        >>> import spectrotools as st
        >>> sources = [[1.0, 0.0], [2.0, 0.0]]
        >>> st.mixture_consistency(sources, [4.0, 1.0]).numpy().tolist()
        [[1.5, 0.5], [2.5, 0.5]]
        >>> st.mixture_consistency(sources, [4.0, 1.0], weights=[0.0, 1.0]).numpy().tolist()
        [[1.0, 0.0], [3.0, 1.0]]

    References:
        Wisdom et al., "Differentiable consistency constraints for improved deep speech
        enhancement", ICASSP 2019.
    """
    sources, mixture = real_tensor("sources", sources), real_tensor("mixture", mixture)
    one, leading = sources.shape, tf.TensorShape(None)
    count = None
    if one.rank is not None:
        check(one.rank >= 2, "sources must be [..., sources, time]", one)
        leading, count = one[:-2], one[-2]
    fits = one.rank is None or mixture.shape.is_compatible_with(leading.concatenate(one[-1:]))
    rule = "mixture must be [..., time], of the dtype and the other axes of sources"
    given = f"{mixture.dtype.name} {mixture.shape} beside {sources.dtype.name} {one}"
    check(fits and sources.dtype == mixture.dtype, rule, given)
    if weights is not None:
        weights = real_tensor("weights", weights)
        last = weights.shape[-1:] if weights.shape.rank != 0 else weights.shape
        check(last.is_compatible_with([count]), f"weights must be [..., sources = {count}]", last)
    return _mixed(sources, mixture, weights)


@compiled
def _mixed(sources: tf.Tensor, mixture: tf.Tensor, weights: tf.Tensor | None) -> tf.Tensor:
    kept, dtype = sources.dtype, working_dtype(sources.dtype)
    sources, mixture = tf.cast(sources, dtype), tf.cast(mixture, dtype)
    missing = (mixture - tf.reduce_sum(sources, axis=-2))[..., None, :]
    if weights is None:
        share = 1 / tf.cast(tf.shape(sources)[-2], dtype)
    else:
        weights = tf.cast(weights, dtype)
        share = (weights / tf.reduce_sum(weights, axis=-1, keepdims=True))[..., None]
    return tf.cast(sources + share * missing, kept)
