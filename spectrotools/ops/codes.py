"""The arithmetic of sample codes: quantisers, their levels, and G.711's segments.

A *law* is a mu-law convention, ``a_law`` or ``linear``; ``companding`` says what each means.
"""

import functools
import math

import numpy as np
import tensorflow as tf

from .numerics import compiled, working_dtype

__all__ = ["decode", "encode"]

_SIGNED = ("nsynth", "librosa", "linear")


@compiled
def encode(audio: tf.Tensor, *, law: str, bits: int) -> tf.Tensor:
    """Codes of audio ``[...]`` by a law, saturating; NaN gets the lowest."""
    audio = tf.cast(audio, working_dtype(audio.dtype))
    if law == "a_law":
        return _a_law_bytes(_pcm(audio, 16))
    if law == "g711":
        pcm = _pcm(audio, 16)
        return _mu_law_bytes(tf.where((pcm == 0.0) & (audio != 0.0), tf.abs(pcm), pcm))
    index = _pcm(audio, bits) if law == "linear" else _logarithmic_index(audio, law, bits)
    lowest = 0 if law in _SIGNED else -(2 ** (bits - 1))
    return tf.cast(index - lowest, _code_dtype(law, bits))


@compiled
def decode(codes: tf.Tensor, *, law: str, bits: int, dtype: tf.DType) -> tf.Tensor:
    """Audio that codes ``[...]`` of a law stand for; an integer that is no code becomes NaN."""
    half, count = 2 ** (bits - 1), 2**bits
    if codes.dtype == tf.uint64:  # beyond int64 there are no codes either
        codes = tf.cast(tf.minimum(codes, tf.uint64.max // 2), tf.int64)
    lowest = -half if law in _SIGNED else 0
    index = tf.cast(codes, tf.int64 if codes.dtype.max > tf.int32.max else tf.int32) - lowest
    every_integer_is_code = lowest <= codes.dtype.min and codes.dtype.max < lowest + count
    is_code = None if every_integer_is_code else (index >= 0) & (index < count)
    if law == "linear":
        # A power of two scales exactly.
        audio = tf.cast(tf.cast(codes, working_dtype(dtype)) / half, dtype)
    else:
        entry = index if is_code is None else tf.where(is_code, index, 0)
        # gather_nd looks single values up in two thirds of gather's time.
        audio = tf.gather_nd(tf.constant(_levels(law, bits), dtype), entry[..., tf.newaxis])
    return audio if is_code is None else tf.where(is_code, audio, math.nan)


def _pcm(audio: tf.Tensor, bits: int) -> tf.Tensor:
    half = 2 ** (bits - 1)
    index = tf.minimum(tf.round(audio * half), half - 1)
    return _lowest_up_to_minus_one(audio, index, bits)


def _logarithmic_index(audio: tf.Tensor, law: str, bits: int) -> tf.Tensor:
    half = 2 ** (bits - 1)
    cells = half if law in ("midpoint", "nsynth") else half - 0.5
    # log(1 + y), not log1p(y): the codes are the same, and XLA vectorises only the first.
    level = tf.math.log(1.0 + (2 * half - 1) * tf.abs(audio)) * (cells / math.log(2 * half))
    index = tf.minimum(tf.round(level) if law == "librosa" else tf.floor(level), half - 1)
    # Below zero floor(-level) is -1 - floor(level), also where the level underflows.
    mirrored = -index if law == "librosa" else -1.0 - index
    return _lowest_up_to_minus_one(audio, tf.where(audio < 0.0, mirrored, index), bits)


def _lowest_up_to_minus_one(audio: tf.Tensor, index: tf.Tensor, bits: int) -> tf.Tensor:
    # Written so that NaN, which fails every comparison, has the lowest code in every mode.
    return tf.where(audio > -1.0, index, -(2 ** (bits - 1)))


def _mu_law_bytes(pcm: tf.Tensor) -> tf.Tensor:
    sample = tf.cast(pcm, tf.float32)
    magnitude = tf.minimum(tf.abs(tf.floor(sample / 4.0)), 8158.0) + 33.0
    # 33 ... 8191 has the exponents 5 ... 12: the segment and its four bits are a float's own.
    code = tf.bitwise.right_shift(tf.bitcast(magnitude, tf.int32), 19) - ((127 + 5) << 4)
    # A zero's sign is a code of its own, so the sign is read from its bit.
    inverted = tf.where(tf.bitcast(sample, tf.int32) < 0, 0x7F, 0xFF)
    return tf.cast(tf.bitwise.bitwise_xor(code, inverted), tf.uint8)


def _a_law_bytes(pcm: tf.Tensor) -> tf.Tensor:
    level = tf.floor(tf.cast(pcm, tf.float32) / 8.0)
    magnitude = tf.abs(level + 0.5)
    # From 32 up the segment and its four bits are a float's own; below, the steps are uniform.
    code = tf.bitwise.right_shift(tf.bitcast(magnitude, tf.int32), 19) - ((127 + 4) << 4)
    code = tf.where(magnitude < 32.0, tf.cast(magnitude / 2.0, tf.int32), code)
    inverted = tf.where(level < 0.0, 0x55, 0xD5)
    return tf.cast(tf.bitwise.bitwise_xor(code, inverted), tf.uint8)


@functools.lru_cache(maxsize=64)
def _levels(law: str, bits: int) -> np.ndarray:
    """The audio of each code, lowest first, in float64."""
    if law == "g711":
        return _mu_law_levels()
    if law == "a_law":
        return _a_law_levels()
    half = 2 ** (bits - 1)
    index = np.arange(-half, half)
    level = {
        "wavenet": (index + 0.5) / (half - 0.5),
        "midpoint": (index + 0.5) / half,
        "nsynth": np.where(index == 0, 0.0, (index + 0.5) / half),
        "librosa": index / half,
    }[law]
    # Divided by its own value at 1, not by mu, so that full scale is exact.
    exponent = math.log(2 * half)
    return np.sign(level) * np.expm1(np.abs(level) * exponent) / np.expm1(exponent)


def _mu_law_levels() -> np.ndarray:
    code = np.arange(256) ^ 0xFF
    magnitude = ((((code & 15) << 1) + 33) << ((code >> 4) & 7)) - 33
    return np.where(code & 0x80, -1.0, 1.0) * magnitude / 2**13


def _a_law_levels() -> np.ndarray:
    code = np.arange(256) ^ 0x55
    segment, step = (code >> 4) & 7, 2 * (code & 15) + 1
    magnitude = np.where(segment == 0, step, (step + 32) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, 1.0, -1.0) * magnitude / 2**12


def _code_dtype(law: str, bits: int) -> tf.DType:
    if law in _SIGNED:
        return tf.int8 if bits <= 8 else tf.int16 if bits <= 16 else tf.int32
    return tf.uint8 if bits <= 8 else tf.int32
