"""What losses are handed: a target and a sound of one shape, and settings that are numbers."""

import math
from typing import Any

import tensorflow as tf

from .._validate import check
from ..ops.arguments import alike

__all__ = ["checked_number", "checked_pair"]


def checked_pair(target: Any, audio: Any) -> tuple[tf.Tensor, tf.Tensor]:
    """A target and a sound as tensors of one dtype and one shape ``[..., time]``."""
    target, audio = alike(target=target, audio=audio)
    shapes = target.shape, audio.shape
    fits = shapes[0].is_compatible_with(shapes[1])
    fits = fits and all(shape.rank != 0 and shape[-1:] != [0] for shape in shapes)
    rule = "target and audio must have one shape [..., time], of at least one sample"
    check(fits, rule, " and ".join(map(str, shapes)))
    return target, audio


def checked_number(name: str, value: Any, low: float, high: float = math.inf) -> float:
    """A finite number in [low, high], as a float of Python."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    bounds = f"in [{low:g}, {high:g}]" if high < math.inf else f"of at least {low:g}"
    fits = math.isfinite(number) and low <= number <= high
    check(fits, f"{name} must be a finite number {bounds}", value)
    return number
