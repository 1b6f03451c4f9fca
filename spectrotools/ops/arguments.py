"""Arguments of ops: of one dtype, broadcast against each other, checked where they are numbers."""

import functools
import math
from typing import Any

import numpy as np
import tensorflow as tf

from .._validate import check, integer
from .numerics import real_tensor, working_dtype

__all__ = [
    "alike",
    "check_broadcast",
    "check_values",
    "checked_length",
    "checked_rate",
    "common_dtype",
    "float64_tensor",
    "same_leading",
]


def alike(**values: Any) -> list[tf.Tensor]:
    """Tensors of one dtype: that of the tensors and arrays among them, which numbers take on.

    Beside half precision, numbers are float32, in which :func:`common_dtype` computes.
    """
    tensors = {
        name: real_tensor(name, value) for name, value in values.items() if not _is_plain(value)
    }
    dtypes = {name: tensor.dtype for name, tensor in tensors.items()}
    rule = f"{' and '.join(values)} must have one dtype"
    check(len(set(dtypes.values())) <= 1, rule, {n: dtype.name for n, dtype in dtypes.items()})
    dtype = working_dtype(next(iter(dtypes.values()), tf.float32))
    return [tensors[n] if n in tensors else tf.constant(v, dtype) for n, v in values.items()]


def _is_plain(value: Any) -> bool:
    """Whether a value is numbers of Python, or lists of them."""
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return isinstance(value, int | float)


def _is_on_host(value: Any) -> bool:
    """Whether a value is numbers of Python or NumPy, or lists of them."""
    if isinstance(value, list | tuple):
        return all(map(_is_on_host, value))
    return isinstance(value, int | float | np.number | np.ndarray)


def common_dtype(*tensors: tf.Tensor) -> tuple[tf.DType, tf.DType]:
    """The dtype of what is computed of tensors that are :func:`alike`, and that to compute in."""
    kept = min((tensor.dtype for tensor in tensors), key=lambda dtype: dtype.size)
    return kept, working_dtype(kept)


def check_broadcast(**shapes: tf.TensorShape) -> tf.TensorShape:
    """Check that leading axes broadcast, as far as they are known, and give what they become."""
    try:
        return functools.reduce(tf.broadcast_static_shape, shapes.values())
    except ValueError as error:
        known = {name: shape.as_list() for name, shape in shapes.items()}
        raise ValueError(f"{' and '.join(shapes)} must broadcast; got {known}.") from error


def check_values(
    name: str,
    value: Any,
    low: float = -math.inf,
    high: float = math.inf,
    *,
    within: bool = False,
) -> None:
    """Check numbers, and arrays and lists of them; no device is asked what is in a tensor.

    They may be as low as ``low`` and as high as ``high``, or have to lie ``within``.
    """
    if not _is_on_host(value):
        return
    values = np.asarray(value)
    opened, closed = "()" if within else "[]"
    bounds = f" and above {low:g}" if within else f" and of at least {low:g}"
    if high < math.inf:
        bounds = f" and in {opened}{low:g}, {high:g}{closed}"
    elif low == -math.inf:
        bounds = ""
    inside = (values > low) & (values < high) if within else (values >= low) & (values <= high)
    valid = np.isfinite(values) & inside
    check(bool(np.all(valid)), f"{name} must be finite{bounds}", value)


def float64_tensor(name: str, value: Any) -> tf.Tensor:
    """Numbers, or a tensor of any floating dtype, as a tensor of float64."""
    whole = isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "iu"
    if whole or _is_plain(value):
        return tf.constant(value, tf.float64)
    return tf.cast(real_tensor(name, value), tf.float64)


def checked_length(length: Any, least: int = 0) -> Any:
    """A length in samples, checked: a tensor eagerly, for a number would be traced anew.

    In a graph a number stays one, so that the shape is known.
    """
    if tf.is_symbolic_tensor(length):
        whole = length.dtype.is_integer and length.shape.rank in (0, None)
        check(whole, "length must be one whole number", length)
        return tf.cast(length, tf.int32)
    length = integer("length", length, least)
    return tf.constant(length) if tf.executing_eagerly() else length


def checked_rate(sample_rate: Any, name: str = "sample_rate") -> float:
    """The sample rate, checked; errors say ``name``."""
    try:
        rate = float(sample_rate) if not isinstance(sample_rate, str) else math.nan
    except (TypeError, ValueError):
        rate = math.nan
    check(not math.isnan(rate), f"{name} must be a number", sample_rate)
    check(rate > 0, f"{name} must be above 0 Hz", sample_rate)
    check(rate < math.inf, f"{name} must be finite", sample_rate)
    return rate


def same_leading(first: tf.Tensor, second: tf.Tensor, *, keep: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Broadcast all axes but the last ``keep`` of two tensors against each other."""
    if first.shape.rank is not None and second.shape.rank is not None:
        leading = first.shape[:-keep], second.shape[:-keep]
        if leading[0].is_fully_defined() and leading[0] == leading[1]:
            return first, second
    shapes = tf.shape(first), tf.shape(second)
    leading = tf.broadcast_dynamic_shape(shapes[0][:-keep], shapes[1][:-keep])
    return tuple(
        tf.broadcast_to(tensor, tf.concat([leading, shape[-keep:]], axis=0))
        for tensor, shape in zip((first, second), shapes, strict=True)
    )
