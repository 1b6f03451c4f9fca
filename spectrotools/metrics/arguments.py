"""What metrics share: checked pairs, ratios in decibels, and arrays for what runs offline."""

import math
from typing import Any

import numpy as np
import tensorflow as tf

from .._validate import check
from ..ops.numerics import real_tensor, working_dtype

__all__ = ["array", "decibels", "embeddings", "finite", "pair"]


def pair(
    reference: Any, estimate: Any, *, suffix: str = "", axis: str = "time"
) -> tuple[tf.Tensor, tf.Tensor]:
    """Two tensors ``[..., axis]`` of one shape, in the precision to compute in.

    Half precision becomes float32, and so is the metric: the third digit of a table counts.

    Args:
        reference: that of an argument ``"reference" + suffix``.
        estimate: that of an argument ``"estimate" + suffix``.
        suffix: the end of both names.
        axis: the name of the last axis.
    """
    names = (f"reference{suffix}", f"estimate{suffix}")
    reference, estimate = map(real_tensor, names, (reference, estimate))
    check(reference.shape.rank != 0, f"{names[0]} must have a {axis} axis", reference.shape)
    fits = estimate.shape.is_compatible_with(reference.shape) and estimate.dtype == reference.dtype
    check(
        fits,
        f"{names[1]} must have the shape and dtype of {names[0]}, {_described(reference)}",
        _described(estimate),
    )
    length = reference.shape[-1] if reference.shape.rank else None
    check(length != 0, f"{names[0]} must not have an empty {axis} axis", reference.shape)
    dtype = working_dtype(reference.dtype)
    return tf.cast(reference, dtype), tf.cast(estimate, dtype)


def _described(tensor: tf.Tensor) -> str:
    return f"{tensor.dtype.name} {tensor.shape}"


def decibels(signal: tf.Tensor, noise: tf.Tensor) -> tf.Tensor:
    """A ratio of powers in dB: infinite without noise, minus infinity with nothing but noise."""
    ratio = (10 / math.log(10)) * (tf.math.log(signal) - tf.math.log(noise))
    return tf.where(noise == 0, tf.fill(tf.shape(ratio), tf.cast(math.inf, ratio.dtype)), ratio)


def finite(value: Any) -> float:
    """A finite number as a float; NaN of all else, which no comparison lets pass."""
    try:
        number = math.nan if isinstance(value, str | bytes) else float(value)
    except (TypeError, ValueError):
        return math.nan
    return number if math.isfinite(number) else math.nan


def array(name: str, value: Any) -> np.ndarray:
    """A float64 array of finite numbers, for what is computed outside of any graph."""
    check(
        not tf.is_symbolic_tensor(value),
        f"{name} must be an array or an eager tensor, for this metric is computed by NumPy",
        value,
    )
    result = np.asarray(value)
    check(result.dtype.kind in "fiu", f"{name} must be of real numbers", result.dtype.name)
    result = result.astype(np.float64)
    check(bool(np.all(np.isfinite(result))), f"{name} must be finite", _first_infinite(result))
    return result


def _first_infinite(values: np.ndarray) -> float | None:
    wrong = values[~np.isfinite(values)]
    return float(wrong[0]) if wrong.size else None


def embeddings(reference: Any, estimate: Any, *, least: int) -> tuple[np.ndarray, np.ndarray]:
    """Two sets of embeddings ``[items, dims]``, of so many items at least and equal dimensions."""
    arrays = []
    for name, value in (("reference", reference), ("estimate", estimate)):
        items = array(name, value)
        rule = f"{name} must be [items, dims] of at least {least} items and 1 dimension"
        fits = items.ndim == 2 and items.shape[0] >= least and items.shape[1] > 0
        check(fits, rule, items.shape)
        arrays.append(items)
    first, second = arrays
    rule = f"estimate must have the {first.shape[1]} dimensions of reference"
    check(first.shape[1] == second.shape[1], rule, second.shape[1])
    return first, second
