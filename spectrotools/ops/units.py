"""Decibels, as maps of power and of amplitude and back."""

import math
from typing import Any, Literal

import tensorflow as tf

from .._validate import check
from .numerics import compiled, real_tensor, working_dtype

__all__ = ["amplitude_to_db", "db_to_amplitude", "db_to_power", "power_to_db"]

Reference = float | Literal["max"]


def power_to_db(
    power: Any, *, ref: Reference = 1.0, amin: float = 1e-10, top_db: float | None = 80.0
) -> tf.Tensor:
    r"""Express power in decibels.

    .. math:: 10 \log_{10} \max(p, p_\min) - 10 \log_{10} \max(p_{ref}, p_\min)

    and nothing lower than ``top_db`` below the highest value of its own item of the batch: the
    last two axes, ``[frames, bins]``, are one item.

    Args:
        power: ``[..., frames, bins]`` (or fewer axes, then one item), not negative.
        ref: the power that is 0 dB, or ``"max"`` for the largest of each item.
        amin: the smallest power told apart, :math:`p_\min`, above 0.
        top_db: dB between the highest value and the floor, at least 0; None for no floor.

    Returns:
        dB, of the shape of ``power``.

    Raises:
        ValueError: if ``power`` is not floating point, or an argument is out of its range.

    Gradient:
        Zero where ``amin`` rules, silence included. Where the floor rules, it is the peak's.

    Example:
        >>> import spectrotools as st
        >>> st.power_to_db([1.0, 0.1, 0.0]).numpy().tolist()
        [0.0, -10.0, -80.0]

    References:
        librosa 0.11, ``power_to_db``; per item instead of over the whole batch.
    """
    power = real_tensor("power", power)
    _check(ref, amin, top_db)
    return _to_db(power, decade=10.0, ref=ref, amin=amin, top_db=top_db)


def amplitude_to_db(
    amplitude: Any, *, ref: Reference = 1.0, amin: float = 1e-5, top_db: float | None = 80.0
) -> tf.Tensor:
    r"""Express amplitude in decibels, :math:`20 \log_{10}`, otherwise as :func:`power_to_db`.

    Args:
        amplitude: ``[..., frames, bins]`` (or fewer axes, then one item), not negative.
        ref: the amplitude that is 0 dB, or ``"max"`` for the largest of each item.
        amin: the smallest amplitude told apart, above 0.
        top_db: dB between the highest value and the floor, at least 0; None for no floor.

    Returns:
        dB, of the shape of ``amplitude``.

    Raises:
        ValueError: if ``amplitude`` is not floating point, or an argument is out of its range.

    Example:
        >>> import spectrotools as st
        >>> st.amplitude_to_db([1.0, 0.1, 0.0]).numpy().tolist()
        [0.0, -20.0, -80.0]
    """
    amplitude = real_tensor("amplitude", amplitude)
    _check(ref, amin, top_db)
    return _to_db(amplitude, decade=20.0, ref=ref, amin=amin, top_db=top_db)


def db_to_power(db: Any, *, ref: float = 1.0) -> tf.Tensor:
    """Give the power that decibels stand for, ``ref * 10 ** (db / 10)``.

    Args:
        db: [...], dB.
        ref: the power that is 0 dB.

    Example:
        >>> import spectrotools as st
        >>> [f"{power:.3f}" for power in st.db_to_power([0.0, -10.0, 3.0])]
        ['1.000', '0.100', '1.995']
    """
    return _from_db(real_tensor("db", db), decade=10.0, ref=ref)


def db_to_amplitude(db: Any, *, ref: float = 1.0) -> tf.Tensor:
    """Give the amplitude that decibels stand for, ``ref * 10 ** (db / 20)``.

    Args:
        db: [...], dB.
        ref: the amplitude that is 0 dB.

    Example:
        >>> import spectrotools as st
        >>> [f"{amplitude:.3f}" for amplitude in st.db_to_amplitude([0.0, -20.0, 6.0])]
        ['1.000', '0.100', '1.995']
    """
    return _from_db(real_tensor("db", db), decade=20.0, ref=ref)


def _check(ref: Reference, amin: float, top_db: float | None) -> None:
    check(amin > 0, "amin must be above 0", amin)
    valid = ref == "max" or (not isinstance(ref, str) and ref > 0)
    check(valid, "ref must be above 0, or 'max'", ref)
    check(top_db is None or top_db >= 0, "top_db must be at least 0, or None", top_db)


@compiled
def _to_db(
    value: tf.Tensor, *, decade: float, ref: Reference, amin: float, top_db: float | None
) -> tf.Tensor:
    kept, value = value.dtype, tf.cast(value, working_dtype(value.dtype))
    per_neper = decade / math.log(10.0)
    db = per_neper * tf.math.log(tf.maximum(value, amin))
    if ref == "max" or top_db is not None:
        peak = tf.reduce_max(db, axis=_item_axes(db), keepdims=True)
        db = db if top_db is None else tf.maximum(db, peak - top_db)
    if ref == "max":
        return tf.cast(db - peak, kept)
    return tf.cast(db - decade * math.log10(max(ref, amin)), kept)


def _item_axes(tensor: tf.Tensor) -> tf.Tensor:
    rank = tf.rank(tensor)
    return tf.range(tf.maximum(rank - 2, 0), rank)


@compiled
def _from_db(db: tf.Tensor, *, decade: float, ref: float) -> tf.Tensor:
    working = tf.cast(db, working_dtype(db.dtype))
    return tf.cast(ref * tf.exp(working * (math.log(10.0) / decade)), db.dtype)
