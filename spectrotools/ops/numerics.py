"""What every op shares: checked inputs, working precision, one compiled call when run eagerly."""

import functools
from collections.abc import Callable
from typing import Any

import tensorflow as tf

__all__ = ["compiled", "real_tensor", "working_dtype"]


def real_tensor(name: str, value: Any) -> tf.Tensor:
    """Return ``value`` as a floating-point tensor, or say how to make it one."""
    tensor = tf.convert_to_tensor(value)
    if tensor.dtype.is_floating:
        return tensor
    cure = ""
    if tensor.dtype.is_integer:
        scale = f" / {-tensor.dtype.min}" if tensor.dtype.min < 0 else ""
        cure = f" Integer PCM becomes audio in [-1, 1) by tf.cast({name}, tf.float32){scale}."
    raise ValueError(f"{name} must be floating point; got {tensor.dtype.name}.{cure}")


def working_dtype(dtype: tf.DType) -> tf.DType:
    """The precision to compute in: half precision is computed in float32, the rest as it is."""
    return tf.float32 if dtype in (tf.float16, tf.bfloat16) else dtype


def compiled(function: Callable) -> Callable:
    """Run ``function`` as one ``tf.function`` when called eagerly; inline it inside a graph.

    Tensors must be positional or keyword arguments of their own; everything else is a static,
    hashable setting. Shapes that vary are generalised after the second trace, so a loop over
    clips of every length costs two traces and no compilation by XLA.
    """
    traced = tf.function(function, reduce_retracing=True, autograph=False)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return (traced if tf.executing_eagerly() else function)(*args, **kwargs)

    return call
