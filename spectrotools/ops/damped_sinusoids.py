r"""Damped sinusoids, the powers of complex poles, through which a frequency can be learned."""

import math
from typing import Any

import tensorflow as tf

from .._validate import check, integer
from .numerics import compiled, real_tensor, working_dtype

__all__ = ["damped_sinusoids", "hz_to_poles", "poles_to_hz"]

_TURN = 2.0 * math.pi


def damped_sinusoids(poles: Any, amplitudes: Any = None, *, length: int) -> tf.Tensor:
    r"""Sum damped sinusoids, the real parts of the powers of complex poles.

    .. math:: x[t] = \mathrm{Re} \sum_k a_k z_k^t

    The angle of the pole :math:`z_k` is its frequency (:func:`poles_to_hz`), its magnitude what
    is left of a sample in the next, and the angle of the complex amplitude :math:`a_k` its phase.

    A frequency that is learned moves along the circle, where a loss between waveforms has a
    valley for each lobe of their correlation, and gradient descent ends in the next one. A pole
    may also cut through the disc: from inside, :math:`z^t` has died away before it is out of
    step, and the way leads to the right frequency from afar. Let both parts of the poles be
    learned; start them well inside, at 0.5 for example, and divide them by
    ``tf.maximum(tf.abs(poles), 1)``, which holds them in the disc; let a step be some
    ``1 / length``. No gradient leads off the real line: do not start on it.

    The amplitude has to be right, too: poles alone, with amplitudes of 1, find a cosine of
    amplitude 1, but not a sine. If gain and phase are not known, fit them inside the loss by least
    squares, which gradients go through (the second example); learned as parameters beside the
    poles, they depend on luck. With the fit, Adam has found one sinusoid of 512 samples to 1 Hz
    after 2000 steps, from each of 16 starts with any phase and gains of 0.01 to 100, and two of
    equal gain from most of them. Of two of very different gain the weaker is seldom found.

    Powers are products of float64, so that a sample is right to :math:`t \cdot 10^{-16}` of
    itself, and a matrix product sums them: nothing of the size of length x sinusoids is made. A
    pole outside the circle grows, and overflows where :math:`t \ln |z|` is above 88, for
    :math:`|z| = 1.001` after 88,000 samples (of complex128 above 709, and the gradient may above
    354). A pole of complex64 is rounded by up to :math:`6 \cdot 10^{-8}`, which a million samples
    turn into 6 %.

    Args:
        poles: ``[..., sinusoids]``, complex.
        amplitudes: ``[..., sinusoids]``, complex or real; None is 1 for each.
        length: samples, at least 0.

    Returns:
        ``[..., length]``, float32, or float64 of complex128.

    Raises:
        ValueError: if ``poles`` are not complex or have no axis of sinusoids, ``amplitudes`` are
            of another number of sinusoids, or ``length`` is not a number of samples.

    Gradient:
        That of the polynomial, finite at 0 and on the circle:
        :math:`\partial x[t] / \partial z_k` is :math:`a_k t z_k^{t-1}`.

    Example:
        >>> import spectrotools as st
        >>> poles = st.hz_to_poles([2000.0], sample_rate=16000, radius=0.5)
        >>> [f"{sample:.4f}" for sample in st.damped_sinusoids(poles, length=5)]
        ['1.0000', '0.3536', '0.0000', '-0.0884', '-0.0625']

        The amplitude that suits a pole best, that of 0.3 cos(w + 1):

        >>> import numpy as np
        >>> import tensorflow as tf
        >>> pole = st.hz_to_poles(np.array([440.0]), sample_rate=16000)
        >>> target = 0.3 * np.cos(2 * np.pi * 440 / 16000 * np.arange(512) + 1)
        >>> parts = [st.damped_sinusoids(pole, a, length=512) for a in ([1.0], [1.0j])]
        >>> basis = tf.stack(parts, axis=-1)
        >>> fit = tf.linalg.lstsq(basis, target[:, None], l2_regularizer=1e-6)
        >>> loss = tf.reduce_mean((tf.matmul(basis, fit)[:, 0] - target) ** 2)
        >>> amplitude = complex(*fit[:, 0].numpy())
        >>> f"{abs(amplitude):.4f}", f"{np.angle(amplitude):.4f}", f"{loss:.4f}"
        ('0.3000', '1.0000', '0.0000')

    References:
        Hayes, Saitis and Fazekas, "Sinusoidal frequency estimation by gradient descent", ICASSP
        2023, whose surrogate is :math:`\mathrm{Re}(z^t)`; Golub and Pereyra, "The differentiation
        of pseudo-inverses and nonlinear least squares problems whose variables separate", 1973.
    """
    poles = tf.convert_to_tensor(poles)
    cure = "poles must be complex, as tf.complex(real, imag) makes them"
    check(poles.dtype.is_complex, cure, poles.dtype.name)
    amplitudes = tf.ones_like(poles) if amplitudes is None else tf.convert_to_tensor(amplitudes)
    if not amplitudes.dtype.is_complex:
        amplitudes = real_tensor("amplitudes", amplitudes)
    check(poles.shape.rank != 0, "poles must be [..., sinusoids]", tuple(poles.shape or ()))
    if poles.shape.rank and amplitudes.shape.rank:
        rule = f"amplitudes must be of as many sinusoids as poles, {poles.shape[-1]}, or of 1"
        check(_fit(poles.shape[-1], amplitudes.shape[-1]), rule, amplitudes.shape[-1])
    return _damped_sinusoids(poles, amplitudes, length=integer("length", length, 0))


def _fit(poles: int | None, amplitudes: int | None) -> bool:
    return amplitudes in (poles, None, 1) or poles is None


@compiled
def _damped_sinusoids(poles: tf.Tensor, amplitudes: tf.Tensor, *, length: int) -> tf.Tensor:
    # Sample q B + r is Re((z^B)^q z^r): rows of B samples, a product of two tables of powers.
    bits = max(length - 1, 0).bit_length() // 2
    width = 2**bits
    rows = -(-length // width)
    within, stride = _powers(tf.cast(poles, tf.complex128), width)
    starts, _ = _powers(stride, rows)
    starts *= tf.cast(amplitudes, tf.complex128)[..., None, :]
    # In float64 to the end: a GPU multiplies matrices of float32 with 10 bits of each number.
    left = tf.concat([tf.math.real(starts), -tf.math.imag(starts)], axis=-1)
    right = tf.concat([tf.math.real(within), tf.math.imag(within)], axis=-1)
    blocks = tf.matmul(left, right, transpose_b=True)
    shape = tf.concat([tf.shape(blocks)[:-2], [rows * width]], axis=0)
    return tf.cast(tf.reshape(blocks, shape)[..., :length], poles.dtype.real_dtype)


def _powers(base: tf.Tensor, count: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Give the powers 0 to ``count - 1`` of ``base [..., k]``, ``[..., count, k]``, and the next.

    The next is a power only of two: it is right where ``count`` is one.
    """
    table, step = tf.ones_like(base)[..., None, :], base
    for _ in range(max(count - 1, 0).bit_length()):
        table = tf.concat([table, table * step[..., None, :]], axis=-2)
        step = step * step
    return table[..., :count, :], step


def hz_to_poles(frequency_hz: Any, *, sample_rate: float, radius: Any = 1.0) -> tf.Tensor:
    r"""Give the poles of sinusoids of given frequencies, :math:`r e^{2 \pi i f / f_s}`.

    Args:
        frequency_hz: [...], Hz.
        sample_rate: Hz.
        radius: the magnitude, a number or a tensor that broadcasts against ``frequency_hz``. A
            sinusoid that falls to 1/e in s seconds has :math:`e^{-1 / (s f_s)}`.

    Returns:
        [...], complex64, or complex128 of float64.

    Raises:
        ValueError: if ``frequency_hz`` is not floating point or ``sample_rate`` is not above 0.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> print(np.round(st.hz_to_poles([0.0, 2000.0], sample_rate=16000, radius=0.5), 4))
        [0.5   +0.j     0.3536+0.3536j]
    """
    frequency_hz = real_tensor("frequency_hz", frequency_hz)
    check(sample_rate > 0, "sample_rate must be above 0 Hz", sample_rate)
    kept = working_dtype(frequency_hz.dtype)
    angle = tf.cast(frequency_hz, tf.float64) * (_TURN / float(sample_rate))
    radius = tf.cast(radius, tf.float64)
    real, imag = radius * tf.cos(angle), radius * tf.sin(angle)
    return tf.complex(tf.cast(real, kept), tf.cast(imag, kept))


def poles_to_hz(poles: Any, *, sample_rate: float) -> tf.Tensor:
    r"""Read the frequencies of sinusoids from their poles, :math:`f_s |\arg z| / 2 \pi`.

    A pole and its conjugate sound the same, at a frequency that is not negative.

    Args:
        poles: [...], complex.
        sample_rate: Hz.

    Returns:
        [...], Hz in [0, ``sample_rate / 2``]; 0 at 0.

    Raises:
        ValueError: if ``poles`` are not complex or ``sample_rate`` is not above 0.

    Gradient:
        That of the angle, and 0 at 0, where TensorFlow's own is NaN.

    Example:
        >>> import spectrotools as st
        >>> [f"{hz:.1f}" for hz in st.poles_to_hz([0.5j, -1.0, 0.3 - 0.3j], sample_rate=16000)]
        ['4000.0', '8000.0', '2000.0']
    """
    poles = tf.convert_to_tensor(poles)
    check(poles.dtype.is_complex, "poles must be complex", poles.dtype.name)
    check(sample_rate > 0, "sample_rate must be above 0 Hz", sample_rate)
    return _poles_to_hz(poles, sample_rate=float(sample_rate))


@compiled
def _poles_to_hz(poles: tf.Tensor, *, sample_rate: float) -> tf.Tensor:
    poles = tf.where(poles == 0, tf.ones_like(poles), poles)
    angle = tf.atan2(tf.abs(tf.math.imag(poles)), tf.math.real(poles))
    return angle * (sample_rate / _TURN)
