"""What a network is given of a batch: features, each brought to about [0, 1]."""

from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from .._validate import check
from ..ops.pitch_units import hz_to_midi

__all__ = ["SCALED", "scaled"]


def _note(number: tf.Tensor) -> tf.Tensor:
    return number / 127.0


# Of each feature: the part of a batch that it is made of, and how.
SCALED: dict[str, tuple[str, Callable[[tf.Tensor], tf.Tensor]]] = {
    "f0_scaled": ("f0_hz", lambda f0_hz: _note(hz_to_midi(f0_hz))),
    "loudness_scaled": ("loudness_db", lambda decibels: decibels / 80.0 + 1.0),
    "pitch_scaled": ("pitch", _note),
    "velocity_scaled": ("velocity", _note),
}


def scaled(name: str, batch: Mapping[str, Any]) -> tf.Tensor:
    """Give the feature of that name, ``[..., frames, 1]``, of a batch."""
    key, function = SCALED[name]
    check(key in batch, f"batch must have {key!r}", sorted(batch))
    return function(tf.cast(batch[key], tf.float32))[..., None]
