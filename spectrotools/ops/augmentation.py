"""Sounds that are changed at random, and mean the same: noise, gain, polarity, time.

All is drawn from a seed: the same one does the same to item i of a batch, whatever its size, and
something else to every other item. A seed for each step comes from a counter, or in Keras from a
``SeedGenerator``.
"""

import math
from typing import Any, Literal

import tensorflow as tf

from .._validate import check, integer, number, one_of
from .magnitude import root
from .noise import noise_samples, seed_key
from .numerics import compiled, flatten_leading, real_tensor, sizes, working_dtype
from .random_items import checked_range, uniform_items

__all__ = ["add_noise", "mix_at_snr", "random_gain", "random_polarity", "random_shift"]

ShiftMode = Literal["zeros", "wrap"]

_GAIN, _POLARITY, _SHIFT, _SNR = 1, 2, 3, 4  # streams of numbers; white noise is 0
_PER_DB = math.log(10.0) / 20.0


def mix_at_snr(audio: Any, noise: Any, *, snr_db: float) -> tf.Tensor:
    r"""Add noise to each sound, scaled to a ratio of their mean powers.

    .. math:: x + n\,10^{-s/20} \sqrt{\overline{x^2} / \overline{n^2}}

    Args:
        audio: x, ``[..., time]``.
        noise: n, of the shape and dtype of ``audio``.
        snr_db: s, dB, in [-300, 300].

    Returns:
        ``[..., time]``; to silence, and of silent noise, nothing is added.

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> import spectrotools as st
        >>> [f"{x:.2f}" for x in st.mix_at_snr([1.0, -1.0], [5.0, 5.0], snr_db=20.0)]
        ['1.10', '-0.90']
    """
    audio, noise = _with_time("audio", audio), _with_time("noise", noise)
    alike = audio.dtype == noise.dtype and audio.shape.is_compatible_with(noise.shape)
    check(alike, f"noise must be as audio, {audio.dtype.name} {audio.shape}", noise)
    snr_db = number("snr_db", snr_db, -300.0, 300.0)
    return _mixed(audio, noise, tf.constant(snr_db, tf.float64))


def add_noise(audio: Any, *, snr_db: float | tuple[float, float], seed: Any) -> tf.Tensor:
    """Add white noise of a normal distribution to each sound.

    Args:
        audio: ``[..., time]``.
        snr_db: ratio of the mean powers, dB; of two numbers (low, high) each item draws one of
            those between.
        seed: as in :func:`white_noise`.

    Returns:
        ``[..., time]``; silence stays so.

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> noisy = st.add_noise(tf.ones([2, 10000]), snr_db=(10.0, 20.0), seed=0)
        >>> [f"{10 * -tf.math.log(part) / tf.math.log(10.0):.0f} dB"
        ...  for part in tf.reduce_mean((noisy - 1.0) ** 2, axis=-1)]
        ['19 dB', '18 dB']
    """
    audio, between = _with_time("audio", audio), checked_range("snr_db", snr_db)
    return _noisy(audio, seed_key(seed), between=between)


def random_gain(audio: Any, *, gain_db: float | tuple[float, float], seed: Any) -> tf.Tensor:
    """Make each sound louder or softer by a gain drawn evenly in dB.

    Args:
        audio: ``[..., time]``.
        gain_db: (low, high), dB.
        seed: as in :func:`white_noise`.

    Returns:
        ``[..., time]``.

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> louder = st.random_gain(tf.ones([3, 1]), gain_db=(-6.0, 6.0), seed=0)
        >>> [f"{float(gain):.2f}" for gain in louder[:, 0]]
        ['1.14', '0.65', '0.56']
    """
    audio, between = _with_time("audio", audio), checked_range("gain_db", gain_db)
    return _scaled(audio, seed_key(seed), between=between)


def random_polarity(audio: Any, *, seed: Any, probability: float = 0.5) -> tf.Tensor:
    """Turn some sounds of a batch upside down.

    Args:
        audio: ``[..., time]``.
        seed: as in :func:`white_noise`.
        probability: that of each to be turned, in [0, 1].

    Returns:
        ``[..., time]``.

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> st.random_polarity(tf.ones([6, 1]), seed=0).numpy()[:, 0].astype(int).tolist()
        [1, 1, -1, 1, 1, -1]
    """
    probability = number("probability", probability, 0.0, 1.0)
    return _turned(_with_time("audio", audio), seed_key(seed), probability=probability)


def random_shift(audio: Any, *, max_shift: int, seed: Any, mode: ShiftMode = "zeros") -> tf.Tensor:
    """Move each sound earlier or later by a whole number of samples.

    Args:
        audio: ``[..., time]``.
        max_shift: samples, at least 0; every number from ``-max_shift`` to it is as likely.
        seed: as in :func:`white_noise`.
        mode: what comes in where a sound has moved away, ``"zeros"`` or, with ``"wrap"``, what
            went out at the other end.

    Returns:
        ``[..., time]``.

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> import spectrotools as st
        >>> sounds = [[1.0, 2.0, 3.0, 4.0]] * 3
        >>> st.random_shift(sounds, max_shift=2, seed=0).numpy().astype(int).tolist()
        [[3, 4, 0, 0], [2, 3, 4, 0], [2, 3, 4, 0]]
    """
    audio, most = _with_time("audio", audio), integer("max_shift", max_shift, 0, 2**30)
    wraps = one_of("mode", mode, ShiftMode) == "wrap"
    return _shifted(audio, seed_key(seed), most=most, wraps=wraps)


def _with_time(name: str, audio: Any) -> tf.Tensor:
    audio = real_tensor(name, audio)
    check(audio.shape.rank != 0, f"{name} must have a time axis", audio)
    return audio


def _between(key: tf.Tensor, items: Any, between: tuple[float, float], stream: int) -> tf.Tensor:
    low, high = between
    return low + (high - low) * uniform_items(key, items, 1, stream)


def _at_snr(audio: tf.Tensor, noise: tf.Tensor, snr_db: tf.Tensor) -> tf.Tensor:
    power, unscaled = (
        tf.reduce_mean(tf.square(part), axis=-1, keepdims=True) for part in (audio, noise)
    )
    scale = root(tf.math.divide_no_nan(power, unscaled))
    return audio + noise * scale * tf.cast(tf.exp(-_PER_DB * snr_db), audio.dtype)


@compiled
def _mixed(audio: tf.Tensor, noise: tf.Tensor, snr_db: tf.Tensor) -> tf.Tensor:
    sound, added = (tf.cast(part, working_dtype(part.dtype)) for part in (audio, noise))
    return tf.cast(_at_snr(sound, added, snr_db), audio.dtype)


@compiled
def _noisy(audio: tf.Tensor, key: tf.Tensor, *, between: tuple[float, float]) -> tf.Tensor:
    dtype = working_dtype(audio.dtype)
    flat, unfold = flatten_leading(tf.cast(audio, dtype), keep=1)
    items, time = sizes(flat)
    start = tf.constant(0, tf.int64)
    noise = noise_samples(key, items, start, time, "normal", dtype)
    noisy = _at_snr(flat, noise, _between(key, items, between, _SNR))
    return tf.cast(unfold(noisy), audio.dtype)


@compiled
def _scaled(audio: tf.Tensor, key: tf.Tensor, *, between: tuple[float, float]) -> tf.Tensor:
    dtype = working_dtype(audio.dtype)
    flat, unfold = flatten_leading(tf.cast(audio, dtype), keep=1)
    gain = tf.exp(_PER_DB * _between(key, sizes(flat)[0], between, _GAIN))
    return tf.cast(unfold(flat * tf.cast(gain, dtype)), audio.dtype)


@compiled
def _turned(audio: tf.Tensor, key: tf.Tensor, *, probability: float) -> tf.Tensor:
    flat, unfold = flatten_leading(audio, keep=1)
    turned = uniform_items(key, sizes(flat)[0], 1, _POLARITY) < probability
    return unfold(flat * tf.cast(1 - 2 * tf.cast(turned, tf.int32), audio.dtype))


@compiled
def _shifted(audio: tf.Tensor, key: tf.Tensor, *, most: int, wraps: bool) -> tf.Tensor:
    flat, unfold = flatten_leading(audio, keep=1)
    items, time = sizes(flat)
    drawn = uniform_items(key, items, 1, _SHIFT) * (2 * most + 1)
    from_where = tf.range(time) - (tf.cast(drawn, tf.int32) - most)
    moved = tf.gather(flat, tf.math.floormod(from_where, tf.maximum(time, 1)), batch_dims=1)
    if not wraps:
        inside = (from_where >= 0) & (from_where < time)
        moved *= tf.cast(inside, audio.dtype)
    return unfold(moved)
