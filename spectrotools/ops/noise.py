r"""Noise that is a function of a seed and of the place in time.

Sample p of item i of a batch is made of word :math:`p \bmod 4` of the Philox-4x32-10 generator
under the key ``seed``, at counter :math:`(\lfloor p / 4 \rfloor + 2^{63}, i)`, two numbers of 64
bits. Nothing is carried from one sample to the next: noise that starts later is the rest of the
same noise, and an item is the same in a batch of any size.

Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
"""

import math
from typing import Any, Literal

import numpy as np
import tensorflow as tf

from .._validate import check, integer, one_of
from .arguments import checked_rate
from .numerics import compiled, working_dtype

__all__ = [
    "Distribution",
    "noise_samples",
    "seed_key",
    "start_place",
    "velvet_noise",
    "white_noise",
]

Distribution = Literal["uniform", "normal"]

_PHILOX = 1  # of tf.random.Algorithm
_CELLS = 2**32  # added to the item, so that velvet noise is not made of white noise's words
_FRACTION = 16  # bits of a sample to which the length of a cell is rounded
_FARTHEST = 2**61  # sample; velvet noise draws two words for it, which int64 is to count


def white_noise(
    shape: Any,
    *,
    seed: Any,
    start: Any = 0,
    distribution: Distribution = "uniform",
    dtype: Any = tf.float32,
) -> tf.Tensor:
    """Draw white noise from a seed: independent samples, each a function of its place in time.

    The noise from sample ``start`` on is the noise from 0 without its first ``start`` samples,
    so that a stream in blocks is the whole. Every signal of a batch is another noise, and the
    same one in a batch of any size.

    Args:
        shape: ``[..., time]``: a number of samples, numbers, or an integer tensor.
        seed: an integer of 64 bits, signed, or an integer tensor ``[2]`` of 32 bits each, of
            either sign, low word first.
        start: the place of the first sample, which may be negative: an integer within
            ±2**61, or a scalar tensor of such, which is not checked.
        distribution: ``"uniform"`` in [-1, 1], of power 1/3 (as in DDSP), or ``"normal"``, of
            power 1.
        dtype: float32, float64 (the same values, of 32 bits, less rounded) or half precision.

    Returns:
        ``shape``. Uniform noise is the same to the last bit eagerly, in a graph and under XLA.

    Raises:
        ValueError: if ``seed`` is None or no such integer, or an argument is out of its range.

    Example:
        >>> import spectrotools as st
        >>> noise = st.white_noise([2, 6], seed=7)
        >>> [f"{sample:.3f}" for sample in noise[1, 4:]]
        ['0.480', '-0.068']
        >>> [f"{sample:.3f}" for sample in st.white_noise([2, 2], seed=7, start=4)[1]]
        ['0.480', '-0.068']

    References:
        Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
    """
    one_of("distribution", distribution, Distribution)
    settings = {"distribution": distribution, "dtype": _float_type(dtype)}
    return _draw(_white, shape, seed, start, settings)


def velvet_noise(
    shape: Any,
    *,
    seed: Any,
    sample_rate: float,
    density: float,
    start: Any = 0,
    dtype: Any = tf.float32,
) -> tf.Tensor:
    r"""Draw velvet noise from a seed: impulses of 1 and -1, one in every cell of a grid.

    Cell m is the samples from :math:`\lfloor m T \rfloor` up to :math:`\lfloor (m + 1) T \rfloor`
    for :math:`T = f_s / d` (to :math:`2^{-16}` of a sample); its impulse is at any of them and of
    either sign, equally likely. From some 1500 impulses a second on it sounds smoother than white
    noise, and to convolve with it takes additions only. As :func:`white_noise`, it is a function
    of the seed and of the place in time.

    Args:
        shape: as in :func:`white_noise`.
        seed: as in :func:`white_noise`.
        sample_rate: Hz, above 0.
        density: impulses a second, above 0 and at most ``sample_rate``.
        start: as in :func:`white_noise`.
        dtype: a floating-point type.

    Returns:
        ``shape``, of -1, 0 and 1; of power ``density / sample_rate``.

    Raises:
        ValueError: as :func:`white_noise`.

    Example:
        >>> import spectrotools as st
        >>> noise = st.velvet_noise([16], seed=0, sample_rate=16000, density=4000)
        >>> noise.numpy().astype(int).reshape(4, 4).tolist()
        [[0, 0, 1, 0], [0, 1, 0, 0], [-1, 0, 0, 0], [0, -1, 0, 0]]

    References:
        Karjalainen, Järveläinen, "Reverberation modeling using velvet noise", AES 30th
        International Conference, 2007. Välimäki, Lehtonen, Takanen, "A perceptual study on velvet
        noise and its variants at different pulse densities", IEEE TASLP 21(7), 2013, eqs. 1 to 3,
        where the ends of a cell are half as likely as the samples between.
    """
    checked_rate(sample_rate)
    rule = f"density must be above 0 and at most {sample_rate=}"
    check(0 < density <= sample_rate, rule, density)
    cell = round(sample_rate / density * 2**_FRACTION)
    check(cell < 2**46, "density must be at least 2**-30 of sample_rate", density)
    return _draw(_velvet, shape, seed, start, {"cell": cell, "dtype": _float_type(dtype)})


def _float_type(dtype: Any) -> tf.DType:
    dtype = tf.as_dtype(dtype)
    check(dtype.is_floating, "dtype must be floating point", dtype.name)
    return dtype


def _draw(body: Any, shape: Any, seed: Any, start: Any, settings: dict[str, Any]) -> tf.Tensor:
    """Draw once for every item: eagerly in one compiled call, in a graph of the sizes known."""
    shape = [shape] if isinstance(shape, int | np.integer) else shape
    known = not (tf.is_tensor(shape) or any(tf.is_tensor(size) for size in shape))
    if known:
        shape = [integer("shape", size, 0) for size in shape]
        check(len(shape) >= 1, "shape must have a time axis", shape)
    key, place = seed_key(seed), start_place(start)
    if tf.executing_eagerly():
        return _compiled(tf.convert_to_tensor(shape, tf.int32), key, place, body=body, **settings)
    return _shaped(shape, key, place, body=body, **settings)


def _shaped(
    shape: Any, key: tf.Tensor, start: tf.Tensor, *, body: Any, **settings: Any
) -> tf.Tensor:
    if isinstance(shape, list) and not any(tf.is_tensor(size) for size in shape):
        items, count = math.prod(shape[:-1]), shape[-1]
    else:
        shape = tf.reshape(tf.cast(tf.convert_to_tensor(shape), tf.int32), [-1])
        items, count = tf.reduce_prod(shape[:-1]), shape[-1]
    return tf.reshape(body(key, items, start, count, **settings), shape)


_compiled = compiled(_shaped)


def _white(
    key: tf.Tensor,
    items: Any,
    start: tf.Tensor,
    count: Any,
    *,
    distribution: Distribution,
    dtype: tf.DType,
) -> tf.Tensor:
    return tf.cast(
        noise_samples(key, items, start, count, distribution, working_dtype(dtype)), dtype
    )


def noise_samples(
    key: tf.Tensor,
    items: Any,
    start: Any,
    count: Any,
    distribution: Distribution,
    dtype: tf.DType,
) -> tf.Tensor:
    """White noise ``[items, count]``, float32 or float64, from sample ``start`` on."""
    words = _words(key, items, start, count)
    if distribution == "uniform":
        return tf.cast(words, dtype) * 2.0**-31
    # The inverse of the distribution, taken in the lower half alone, where it keeps its precision.
    negative = words < 0
    rank = tf.where(negative, words - tf.int32.min, tf.int32.max - words)
    lower = tf.math.ndtri((tf.cast(rank, dtype) + 0.5) * 2.0**-32)
    return tf.where(negative, lower, -lower)


def _velvet(
    key: tf.Tensor, items: Any, start: tf.Tensor, count: Any, *, cell: int, dtype: tf.DType
) -> tf.Tensor:
    first, passed = _cell_of(start, cell)
    cells = (count << _FRACTION) // cell if isinstance(count, int) else _cells(count, cell)
    words = tf.reshape(
        _words(key, items, 2 * first, 2 * (cells + 2), first_item=_CELLS), [items, cells + 2, 2]
    )
    edges = tf.range(tf.cast(cells, tf.int64) + 3) * cell - passed  # from the first sample on
    edges = tf.bitwise.right_shift(edges, tf.constant(_FRACTION, tf.int64))
    share = tf.cast(tf.bitcast(words[:, :, 0], tf.uint32), tf.int64)
    within = tf.bitwise.right_shift(share * (edges[1:] - edges[:-1]), tf.constant(32, tf.int64))
    place = edges[:-1] + within
    # Impulses before the first sample and after the last fall into a slot behind it.
    room = tf.cast(count, tf.int64)
    place = tf.where((place >= 0) & (place < room), place, room)
    rows = tf.range(tf.cast(items, tf.int64))[:, None] * (room + 1)
    signs = tf.cast(tf.where(words[:, :, 1] < 0, -1, 1), working_dtype(dtype))
    total = tf.cast(items, tf.int64) * (room + 1)
    flat = tf.math.unsorted_segment_sum(signs, place + rows, total)
    return tf.cast(tf.reshape(flat, [items, count + 1])[:, :count], dtype)


def _cell_of(sample: tf.Tensor, cell: int) -> tuple[tf.Tensor, tf.Tensor]:
    """The cell that a sample is in, and what of it has passed, in fractions of a sample.

    The place in fractions may be beyond int64, what is left of it after whole cells is not.
    """
    left = tf.math.floormod(sample, cell) * 2**_FRACTION
    first = tf.math.floordiv(sample, cell) * 2**_FRACTION + tf.math.floordiv(left, cell)
    return first, tf.math.floormod(left, cell)


def _cells(count: tf.Tensor, cell: int) -> tf.Tensor:
    fine = tf.bitwise.left_shift(tf.cast(count, tf.int64), tf.constant(_FRACTION, tf.int64))
    return tf.cast(fine // cell, tf.int32)


def _words(
    key: tf.Tensor, items: Any, start: Any, count: Any, *, first_item: int = 0
) -> tf.Tensor:
    """32 random bits for each of ``[items, count]``, int32, from word ``start`` of the streams."""
    group = tf.math.floordiv(start, 4)
    skipped = tf.cast(start - 4 * group, tf.int32)
    counter = group + tf.int64.min  # which keeps the order of negative places without their sign
    pairs = (count + 4) // 2

    def stream(item: tf.Tensor) -> tf.Tensor:
        # Words in pairs: XLA draws those of 32 bits at a third of the speed.
        return tf.raw_ops.StatelessRandomUniformFullIntV2(
            shape=[pairs],
            key=tf.reshape(tf.bitcast(key, tf.uint64), [1]),
            counter=tf.bitcast(tf.stack([counter, item]), tf.uint64),
            alg=_PHILOX,
            dtype=tf.int64,
        )

    if isinstance(items, int) and items == 1:
        drawn = stream(tf.constant(first_item, tf.int64))
    else:
        # At least one: an empty list of unknown sizes does not stack.
        numbers = tf.range(tf.maximum(tf.cast(items, tf.int64), 1)) + first_item
        spec = tf.TensorSpec([pairs if isinstance(pairs, int) else None], tf.int64)
        drawn = tf.map_fn(stream, numbers, fn_output_signature=spec)
    words = tf.reshape(tf.bitcast(drawn, tf.int32), [-1, 2 * pairs])
    return tf.slice(words, [0, skipped], [items, count])


def seed_key(seed: Any) -> tf.Tensor:
    """The 64 bits of a seed, as a scalar int64."""
    rule = "seed must be an integer of 64 bits, or an integer tensor [2] of 32 bits each"
    if seed is None or isinstance(seed, int):
        fits = seed is not None and not isinstance(seed, bool) and -(2**63) <= seed < 2**63
        check(fits, rule, seed)
        return tf.constant(seed, tf.int64)
    try:
        bits = tf.convert_to_tensor(seed)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{rule}; got {seed!r}.") from error
    check(bits.dtype.is_integer and bits.shape.as_list() in ([], [2]), rule, seed)
    low, high = (-(2**63), 2**63) if bits.shape.rank == 0 else (-(2**31), 2**32)
    check(_within(bits, low, high), rule, seed)
    if bits.shape.rank == 0:
        return tf.cast(bits, tf.int64)
    return tf.bitcast(tf.cast(bits, tf.int32), tf.int64)


def _within(bits: tf.Tensor, low: int, high: int) -> bool:
    """Whether integers are in [low, high), as far as is known; no device is asked needlessly."""
    if low <= bits.dtype.min and bits.dtype.max < high:
        return True
    known = tf.get_static_value(bits)
    return known is None or all(low <= int(word) < high for word in np.ravel(known))


def start_place(start: Any) -> tf.Tensor:
    """The place of the first sample, as a scalar int64."""
    if not tf.is_tensor(start):
        return tf.constant(integer("start", start, -_FARTHEST, _FARTHEST), tf.int64)
    check(start.dtype.is_integer, "start must be an integer", start.dtype.name)
    return tf.cast(start, tf.int64)
