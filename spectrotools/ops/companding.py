"""Companding and quantisation: mu-law, A-law and linear codes, and what decodes them.

Audio has full scale [-1, 1]. With ``n = 2**bits`` codes, ``mu = n - 1`` and the compression
``f(x) = sign(x) log(1 + mu |x|) / log(1 + mu)``, the ``convention`` of a mu-law code is:

==========  ======================  =============================  =============================
convention  codes                   encode                         decode: f's inverse of
==========  ======================  =============================  =============================
wavenet     0 ... n-1 (uint8)       floor((f+1)/2 (n-1) + 1/2)     2 q/(n-1) - 1
midpoint    0 ... n-1 (uint8)       floor((f+1) n/2)               (q + 1/2)/(n/2) - 1
nsynth      -n/2 ... n/2-1 (int8)   floor(f n/2)                   (q + 1/2)/(n/2), but 0 at q = 0
librosa     -n/2 ... n/2-1 (int8)   ceil((f+1)/2 (n-1)) - n/2      q/(n/2)
g711        0 ... 255 (uint8)       ITU-T G.711, 16 bits in, bytes as on the wire (inverted)
==========  ======================  =============================  =============================

Above 8 bits uint8 becomes int32 (TensorFlow looks nothing up by uint16) and int8 becomes int16.
``wavenet`` is torchaudio's and has no zero: silence decodes to 8.6e-5 at 8 bits. ``nsynth`` and
``librosa`` have one; their own code can give n/2 at x = +1, here n/2 - 1. ``bits`` ends where
float32 still tells all codes apart: at 16, but at 10 for ``librosa``, which decodes to within 1/n
of a cell from its edge.

A quantiser saturates by definition: audio beyond [-1, 1], infinities too, gets the outermost
code. NaN has no code and gets the lowest, that of -1: a click that is heard, not silence. An
integer that is no code decodes to NaN. In float32 and float64 encode(decode(q)) = q for every
code, eagerly, in a graph and under XLA; at 8 bits in half precision too, but for ``librosa`` in
bfloat16.
"""

import math
from collections.abc import Callable
from typing import Any, Literal

import tensorflow as tf

from .._validate import check, integer, one_of
from .codes import decode, encode
from .numerics import compiled, custom_gradient, real_tensor, working_dtype

__all__ = [
    "MuLawConvention",
    "a_law_decode",
    "a_law_encode",
    "linear_decode",
    "linear_encode",
    "mu_law_compress",
    "mu_law_decode",
    "mu_law_encode",
    "mu_law_expand",
    "straight_through",
]

MuLawConvention = Literal["wavenet", "midpoint", "nsynth", "librosa", "g711"]

_MOST_MU = 2**31
_MOST_BITS = {"wavenet": 16, "midpoint": 16, "nsynth": 16, "librosa": 10, "linear": 24}


def mu_law_encode(
    audio: Any, *, bits: int = 8, convention: MuLawConvention = "wavenet"
) -> tf.Tensor:
    """Quantise audio to mu-law codes.

    The cells are uniform in ``f(x) = sign(x) log(1 + mu |x|) / log(1 + mu)``, with
    ``mu = 2**bits - 1``: fine near silence and coarse at full scale. ``g711`` rounds x * 32768 to
    a 16-bit integer, ties to even, and codes that by the standard's eight segments; a zero keeps
    its sign (0xFF is +0, 0x7F is -0); what is rounded to zero has none and is +0.

    Args:
        audio: [...], full scale [-1, 1]; saturates beyond, and NaN gets the code of -1.
        bits: bits of a code, in [1, 16]; at most 10 for ``librosa``, 8 for ``g711``.
        convention: range, rounding and meaning of the codes (see the table of this module).

    Returns:
        [...] codes: [0, 2**bits) in uint8 (int32 above 8 bits) for ``wavenet``, ``midpoint`` and
        ``g711``; [-2**(bits-1), 2**(bits-1)) in int8 (int16 above) for ``nsynth``, ``librosa``.

    Raises:
        ValueError: if ``audio`` is not floating point, or ``bits`` or ``convention`` is not valid.

    Gradient:
        None: codes are integers. See ``straight_through``.

    Example:
        >>> import spectrotools as st
        >>> st.mu_law_encode([-1.0, -0.001, 0.0, 0.5, 1.0]).numpy().tolist()
        [0, 122, 128, 239, 255]

    References:
        van den Oord et al. (2016), WaveNet, section 2.2. ITU-T G.711 (1988), table 2.
    """
    audio = real_tensor("audio", audio)
    return encode(audio, **_mu_law(convention, bits))


def mu_law_decode(
    codes: Any,
    *,
    bits: int = 8,
    convention: MuLawConvention = "wavenet",
    dtype: Any = tf.float32,
) -> tf.Tensor:
    """Give the audio that mu-law codes stand for.

    ``x = sign(y) ((1 + mu)**|y| - 1) / mu`` at the code's level y, made in float64 once for each
    code and rounded once to ``dtype``: the same in every mode.

    Args:
        codes: [...] integers, as ``mu_law_encode`` gives them; any other integer becomes NaN.
        bits: bits of a code, as encoded.
        convention: as encoded.
        dtype: floating-point type of the audio.

    Returns:
        [...] audio in [-1, 1].

    Raises:
        ValueError: if ``codes`` are not integers, ``dtype`` is not floating point, or ``bits`` or
            ``convention`` is not valid.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> print(np.round(st.mu_law_decode([0, 128, 255]), 6))
        [-1.0e+00  8.6e-05  1.0e+00]
    """
    settings = _mu_law(convention, bits)
    return decode(_code_tensor(codes), **settings, dtype=_float_dtype(dtype))


def a_law_encode(audio: Any) -> tf.Tensor:
    """Quantise audio to G.711 A-law bytes, as on the wire (every second bit inverted).

    x * 32768 is rounded to the nearest 16-bit integer, ties to even, saturating, and coded by the
    standard's eight segments. The smallest levels are +-8/32768: A-law has no zero.

    Args:
        audio: [...], full scale [-1, 1]; saturates beyond, and NaN gets the code of -1.

    Returns:
        [...] uint8 codes.

    Raises:
        ValueError: if ``audio`` is not floating point.

    Example:
        >>> import spectrotools as st
        >>> [f"{byte:02X}" for byte in st.a_law_encode([-1.0, 0.0, 1.0]).numpy()]
        ['2A', 'D5', 'AA']

    References:
        ITU-T G.711 (1988), table 1.
    """
    return encode(real_tensor("audio", audio), law="a_law", bits=8)


def a_law_decode(codes: Any, *, dtype: Any = tf.float32) -> tf.Tensor:
    """Give the audio that G.711 A-law bytes stand for.

    Args:
        codes: [...] integers in [0, 255]; any other integer becomes NaN.
        dtype: floating-point type of the audio.

    Returns:
        [...] audio in (-1, 1), multiples of 8/32768.

    Raises:
        ValueError: if ``codes`` are not integers or ``dtype`` is not floating point.

    Example:
        >>> import spectrotools as st
        >>> print(st.a_law_decode([0x2A, 0xD5]).numpy() * 32768)
        [-3.2256e+04  8.0000e+00]
    """
    return decode(_code_tensor(codes), law="a_law", bits=8, dtype=_float_dtype(dtype))


def linear_encode(audio: Any, *, bits: int = 16) -> tf.Tensor:
    """Quantise audio uniformly to two's-complement PCM.

    ``q = round(x * 2**(bits-1))``, ties to even, saturating: +1 becomes 2**(bits-1) - 1.

    Args:
        audio: [...], full scale [-1, 1]; saturates beyond, and NaN gets the code of -1.
        bits: bits of a code, in [1, 24].

    Returns:
        [...] codes in [-2**(bits-1), 2**(bits-1)): int8 up to 8 bits, int16 up to 16, else int32.

    Raises:
        ValueError: if ``audio`` is not floating point or ``bits`` is out of range.

    Example:
        >>> import spectrotools as st
        >>> st.linear_encode([-1.0, 0.0, 0.5, 1.0]).numpy().tolist()
        [-32768, 0, 16384, 32767]
    """
    return encode(real_tensor("audio", audio), law="linear", bits=_bits("linear", bits))


def linear_decode(codes: Any, *, bits: int = 16, dtype: Any = tf.float32) -> tf.Tensor:
    """Give the audio that two's-complement PCM stands for: q / 2**(bits-1), exactly.

    Args:
        codes: [...] integers in [-2**(bits-1), 2**(bits-1)); any other integer becomes NaN.
        bits: bits of a code, in [1, 24].
        dtype: floating-point type of the audio.

    Returns:
        [...] audio in [-1, 1).

    Raises:
        ValueError: if ``codes`` are not integers, ``dtype`` is not floating point, or ``bits`` is
            out of range.

    Example:
        >>> import spectrotools as st
        >>> print(st.linear_decode([-32768, 0, 16384]).numpy())
        [-1.   0.   0.5]
    """
    bits = _bits("linear", bits)
    return decode(_code_tensor(codes), law="linear", bits=bits, dtype=_float_dtype(dtype))


def mu_law_compress(audio: Any, *, mu: float = 255.0) -> tf.Tensor:
    """Compress audio by the continuous mu-law, without quantising.

    ``f(x) = sign(x) log(1 + mu |x|) / log(1 + mu)`` maps [-1, 1] onto itself, with relative
    accuracy down to the smallest sample, and goes on beyond it.

    Args:
        audio: [...], full scale [-1, 1].
        mu: how much is compressed, in (0, 2**31].

    Returns:
        [...] compressed audio.

    Raises:
        ValueError: if ``audio`` is not floating point or ``mu`` is out of range.

    Gradient:
        ``mu / (log(1 + mu) (1 + mu |x|))``: the slope at silence is finite and not zero.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> print(np.round(st.mu_law_compress([-1.0, 0.0, 0.01, 1.0]), 4))
        [-1.      0.      0.2285  1.    ]
    """
    return _compress(real_tensor("audio", audio), mu=_positive_mu(mu))


def mu_law_expand(compressed: Any, *, mu: float = 255.0) -> tf.Tensor:
    """Expand audio that ``mu_law_compress`` compressed; its exact inverse.

    ``x = sign(y) ((1 + mu)**|y| - 1) / mu``.

    Args:
        compressed: [...], full scale [-1, 1].
        mu: as compressed.

    Returns:
        [...] audio.

    Raises:
        ValueError: if ``compressed`` is not floating point or ``mu`` is out of range.

    Gradient:
        ``log(1 + mu) (1 + mu)**|y| / mu``.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> print(np.round(st.mu_law_expand(st.mu_law_compress([-0.5, 0.001])), 6))
        [-0.5    0.001]
    """
    return _expand(real_tensor("compressed", compressed), mu=_positive_mu(mu))


def straight_through(audio: Any, quantized: Any) -> tf.Tensor:
    """Give the quantised value, and pass gradients on as if nothing had been quantised.

    A quantiser's own gradient is zero almost everywhere. With this one, a sample that overshot
    full scale is pulled back rather than stuck; for zero there, clip the audio first by
    ``tf.clip_by_value(audio, -1.0, 1.0)``.

    Args:
        audio: [...], before the quantiser.
        quantized: [...], after it, of the same dtype: any function of ``audio``.

    Returns:
        [...] ``quantized``, exactly.

    Raises:
        ValueError: if one is not floating point, or their dtypes or shapes differ.

    Gradient:
        That of ``audio`` itself, everywhere; none to ``quantized``.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> audio = tf.Variable([0.25, 0.5])
        >>> with tf.GradientTape() as tape:
        ...     coarse = st.mu_law_decode(st.mu_law_encode(audio, bits=4), bits=4)
        ...     loss = tf.reduce_sum(st.straight_through(audio, coarse))
        >>> print(np.round(coarse, 4), tape.gradient(loss, audio).numpy())
        [0.2852 0.4426] [1. 1.]

    References:
        Bengio, Leonard and Courville (2013), Estimating or propagating gradients through
        stochastic neurons, section 4.
    """
    audio, quantized = real_tensor("audio", audio), real_tensor("quantized", quantized)
    check(
        audio.dtype == quantized.dtype and audio.shape.is_compatible_with(quantized.shape),
        f"quantized must have the dtype and shape of audio, {audio.dtype.name} {audio.shape}",
        f"{quantized.dtype.name} {quantized.shape}",
    )
    return _straight_through(audio, quantized)


@compiled
def _straight_through(audio: tf.Tensor, quantized: tf.Tensor) -> tf.Tensor:
    @custom_gradient
    def second(audio: tf.Tensor, quantized: tf.Tensor) -> tuple[tf.Tensor, Callable]:
        return tf.identity(quantized), lambda upstream: (upstream, None)

    return second(audio, quantized)


def _mu_law(convention: str, bits: int) -> dict[str, Any]:
    one_of("convention", convention, MuLawConvention)
    if convention == "g711":
        check(bits == 8, "bits must be 8 with convention='g711'", bits)
    bits = 8 if convention == "g711" else _bits(convention, bits)
    return {"law": convention, "bits": bits}


def _bits(law: str, bits: int) -> int:
    return integer("bits", bits, 1, _MOST_BITS[law])


def _positive_mu(mu: float) -> float:
    check(0 < mu <= _MOST_MU, f"mu must be in (0, {_MOST_MU}]", mu)
    return float(mu)


def _float_dtype(dtype: Any) -> tf.DType:
    dtype = tf.as_dtype(dtype)
    check(dtype.is_floating, "dtype must be floating point", dtype.name)
    return dtype


def _code_tensor(codes: Any) -> tf.Tensor:
    codes = tf.convert_to_tensor(codes)
    check(codes.dtype.is_integer, "codes must be integers", codes.dtype.name)
    return codes


@compiled
def _compress(audio: tf.Tensor, *, mu: float) -> tf.Tensor:
    @custom_gradient
    def compress(x: tf.Tensor) -> tuple[tf.Tensor, Callable]:
        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            return upstream * (mu / math.log1p(mu)) / (1.0 + mu * tf.abs(x))

        return tf.sign(x) * tf.math.log1p(mu * tf.abs(x)) / math.log1p(mu), gradient

    return tf.cast(compress(tf.cast(audio, working_dtype(audio.dtype))), audio.dtype)


@compiled
def _expand(compressed: tf.Tensor, *, mu: float) -> tf.Tensor:
    @custom_gradient
    def expand(y: tf.Tensor) -> tuple[tf.Tensor, Callable]:
        exponent = tf.abs(y) * math.log1p(mu)

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            return upstream * (math.log1p(mu) / mu) * tf.exp(exponent)

        return tf.sign(y) * tf.math.expm1(exponent) / mu, gradient

    return tf.cast(expand(tf.cast(compressed, working_dtype(compressed.dtype))), compressed.dtype)
