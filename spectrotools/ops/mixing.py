"""Two sounds into one, and one into two channels."""

import math
from typing import Any, Literal

import tensorflow as tf

from .._validate import check, one_of
from .arguments import alike, check_broadcast, check_values, common_dtype, float64_tensor
from .numerics import compiled, real_tensor, working_dtype
from .signal_controls import along_time

__all__ = ["CrossfadeLaw", "PanLaw", "crossfade", "pan"]

CrossfadeLaw = Literal["linear", "equal_power"]
MixConvention = Literal["ddsp"]
PanLaw = Literal["linear", "-4.5dB", "equal_power"]


def crossfade(
    first: Any,
    second: Any,
    mix: Any,
    *,
    law: CrossfadeLaw | None = None,
    convention: MixConvention | None = None,
) -> tf.Tensor:
    r"""Fade from one sound to another: a mix of 0 is the first alone, of 1 the second.

    ===============  ==============================================  ========================
    law              gains of the first and the second               what stays the same
    ===============  ==============================================  ========================
    ``linear``       :math:`1 - m`, :math:`m`                        the sum, of sounds alike
    ``equal_power``  :math:`\cos(\pi m / 2), \sin(\pi m / 2)`        the power, of others
    ===============  ==============================================  ========================

    In convention ``"ddsp"`` the gains are :math:`\sqrt m` of the first and
    :math:`1 - \sqrt{1 - m}` of the second: no crossfade, for a mix of 0 is silent and one of 1
    is the sum of both.

    Args:
        first: ``[..., time]``, floating point.
        second: ``[..., time]``, of the dtype of ``first``. Leading axes are broadcast against
            each other.
        mix: m, in [0, 1]: a number; or with fewer axes than the sounds, ``[...]``, one for each
            signal; or ``[..., time]``. Of any floating dtype.
        law: how gains follow the mix; None is ``"equal_power"``.
        convention: the peer whose gains to take, in place of a law.

    Returns:
        ``[..., time]``.

    Raises:
        ValueError: if an argument is out of its range, or shapes do not fit.

    Gradient:
        by both sounds and the mix; in convention ``"ddsp"`` 0 by a mix at whose gain the square
        root is upright.

    Example:
        >>> import spectrotools as st
        >>> st.crossfade([1.0, 1.0, 1.0], [3.0, 3.0, 3.0], [0.0, 0.5, 1.0], law="linear").numpy()
        array([1., 2., 3.], dtype=float32)

    References:
        Engel, Hantrakul, Gu, Roberts, "DDSP: differentiable digital signal processing", 2020;
        the mix of its processors.
    """
    check_values("mix", mix, 0.0, 1.0)
    first, second = alike(first=first, second=second)
    for name, sound in (("first", first), ("second", second)):
        check(sound.shape.rank != 0, f"{name} must have a time axis", sound)
    check_broadcast(first=first.shape, second=second.shape)
    law = "equal_power" if law is None else one_of("law", law, CrossfadeLaw)
    if convention is not None:
        law = one_of("convention", convention, MixConvention)
    longer = second if (second.shape.rank or 0) > (first.shape.rank or 0) else first
    mix = along_time("mix", float64_tensor("mix", mix), longer)
    check_broadcast(first=longer.shape[:-1], mix=mix.shape[:-1])
    return _faded(first, second, mix, law=law)


@compiled
def _faded(first: tf.Tensor, second: tf.Tensor, mix: tf.Tensor, *, law: str) -> tf.Tensor:
    kept, dtype = common_dtype(first, second)
    if law == "linear":
        gains = 1.0 - mix, mix
    elif law == "equal_power":
        gains = tf.sin(0.5 * math.pi * (1.0 - mix)), tf.sin(0.5 * math.pi * mix)
    else:
        gains = _root(mix), 1.0 - _root(1.0 - mix)
    first, second = (
        tf.cast(sound, dtype) * tf.cast(gain, dtype)
        for sound, gain in zip((first, second), gains, strict=True)
    )
    return tf.cast(first + second, kept)


def _root(value: tf.Tensor) -> tf.Tensor:
    """The square root, of a gradient of 0 at 0."""
    above = value > 0
    return tf.where(above, tf.sqrt(tf.where(above, value, tf.ones_like(value))), 0.0)


def pan(audio: Any, position: Any, *, law: PanLaw = "equal_power") -> tf.Tensor:
    r"""Put a sound between a left and a right channel.

    With :math:`r = (p + 1) / 2` and :math:`l = 1 - r`, the gains are

    ===============  ==============================================  =======================
    law              left; right has r for l                         in the middle
    ===============  ==============================================  =======================
    ``linear``       :math:`l`                                       -6.0 dB
    ``-4.5dB``       :math:`\sqrt{l \sin(\pi l / 2)}`                -4.5 dB
    ``equal_power``  :math:`\sin(\pi l / 2)`                         -3.0 dB
    ===============  ==============================================  =======================

    so that the sum of both stays the same, or their power, or what is between.

    Args:
        audio: ``[..., time]``, floating point.
        position: p, in [-1, 1], from left to right: a number; or with fewer axes than
            ``audio``, ``[...]``, one for each signal; or ``[..., time]``. Of any floating dtype;
            leading axes are broadcast against each other.
        law: how gains follow the position.

    Returns:
        ``[..., 2, time]``: left and right.

    Raises:
        ValueError: if an argument is out of its range, or shapes do not fit.

    Gradient:
        by audio and position, at the ends too.

    Example:
        >>> import spectrotools as st
        >>> left, right = st.pan([1.0, -1.0], 0.0)
        >>> [f"{sample:.3f}" for sample in left]
        ['0.707', '-0.707']
    """
    audio = real_tensor("audio", audio)
    check(audio.shape.rank != 0, "audio must have a time axis", audio)
    check_values("position", position, -1.0, 1.0)
    one_of("law", law, PanLaw)
    position = along_time("position", float64_tensor("position", position), audio)
    check_broadcast(audio=audio.shape[:-1], position=position.shape[:-1])
    return _panned(audio, position, law=law)


@compiled
def _panned(audio: tf.Tensor, position: tf.Tensor, *, law: PanLaw) -> tf.Tensor:
    given, dtype = audio.dtype, working_dtype(audio.dtype)
    sound = tf.cast(audio, dtype)
    gains = (_gain(0.5 * (1.0 - position), law), _gain(0.5 * (1.0 + position), law))
    return tf.cast(tf.stack([sound * tf.cast(gain, dtype) for gain in gains], axis=-2), given)


def _gain(share: tf.Tensor, law: PanLaw) -> tf.Tensor:
    if law == "linear":
        return share
    sine = tf.sin(0.5 * math.pi * share)
    if law == "equal_power":
        return sine
    # As a product with the share itself, for a square root of 0 has no slope; by sin(x) / x.
    apart = tf.abs(share) > 1e-8
    ratio = tf.where(apart, sine / tf.where(apart, share, tf.ones_like(share)), 0.5 * math.pi)
    return share * tf.sqrt(ratio)
