"""What discriminators give: tensors ``[batch, ...]`` of any shapes, in lists or alone."""

from typing import Any

import tensorflow as tf

from .._validate import check
from ..ops.numerics import real_tensor, working_dtype

__all__ = ["axes_of_an_item", "flat_outputs", "paired_outputs", "per_item"]


def flat_outputs(name: str, outputs: Any) -> list[tf.Tensor]:
    """The tensors of a nest of lists and dicts, in order, in float32 or float64."""
    tensors = [real_tensor(name, output) for output in tf.nest.flatten(outputs)]
    check(len(tensors) > 0, f"{name} must hold at least one tensor", outputs)
    for tensor in tensors:
        check(tensor.shape.rank != 0, f"{name} must be [batch, ...]", tensor.shape)
    return [tf.cast(tensor, working_dtype(tensor.dtype)) for tensor in tensors]


def paired_outputs(real: Any, fake: Any) -> list[tuple[tf.Tensor, tf.Tensor]]:
    """What each discriminator gave for real and for made sounds."""
    reals, fakes = flat_outputs("real", real), flat_outputs("fake", fake)
    counts = len(reals), len(fakes)
    check(counts[0] == counts[1], "real and fake must hold as many tensors as each other", counts)
    for pair in zip(reals, fakes, strict=True):
        shapes = [output.shape for output in pair]
        rule = "real and fake must have one shape at each place"
        check(shapes[0].is_compatible_with(shapes[1]), rule, " and ".join(map(str, shapes)))
    return list(zip(reals, fakes, strict=True))


def per_item(values: tf.Tensor) -> tf.Tensor:
    """The mean of all that belongs to an item of the batch, ``[batch]``."""
    return tf.reduce_mean(values, axis=axes_of_an_item(values))


def axes_of_an_item(values: tf.Tensor) -> Any:
    """All axes but the batch."""
    rank = values.shape.rank
    return tf.range(1, tf.rank(values)) if rank is None else list(range(1, rank))
