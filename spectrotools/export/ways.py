"""There and back: what a transform is to an exported file, in real tensors by name."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import tensorflow as tf

from ..transforms.log_mel import LogMel
from ..transforms.magnitude_if import MagnitudeIF
from ..transforms.stft import STFT

__all__ = ["Exportable", "Named", "Ways", "traced", "whole_ways"]

Exportable: TypeAlias = STFT | LogMel | MagnitudeIF
Named: TypeAlias = dict[str, tf.Tensor]


class Ways(NamedTuple):
    """An analysis, and the synthesis from what it gives, if there is one."""

    forward: Callable[[tf.Tensor], Named]
    inverse: Callable[[Named], tf.Tensor] | None


def whole_ways(transform: Exportable) -> Ways:
    """The transform's own ways, of sounds of any number and length.

    The way back is given ``length``, too.
    """
    if isinstance(transform, LogMel):
        return Ways(lambda audio: {"log_mel": transform(audio)}, None)
    if isinstance(transform, MagnitudeIF):
        return Ways(
            lambda audio: {"magnitude_if": tf.stack(transform(audio), axis=-1)},
            lambda given: transform.inverse(
                tuple(tf.unstack(given["magnitude_if"], num=2, axis=-1)), length=given["length"]
            ),
        )
    return Ways(
        lambda audio: _parts(transform(audio)),
        lambda given: transform.inverse(
            tf.complex(given["real"], given["imaginary"]), length=given["length"]
        ),
    )


def _parts(values: tf.Tensor) -> Named:
    return {"real": tf.math.real(values), "imaginary": tf.math.imag(values)}


def traced(ways: Ways, shape: list[int | None]) -> list[Any]:
    """Trace the ways for ``audio`` of a shape: one concrete function, or two.

    Where its length is unknown, ``inverse`` takes it as ``length``, int32.
    """
    audio = tf.TensorSpec(shape, tf.float32, "audio")
    forward = tf.function(lambda **given: ways.forward(given["audio"]), autograph=False)
    there = forward.get_concrete_function(audio=audio)
    if ways.inverse is None:
        return [there]
    back = ways.inverse
    specs = {
        name: tf.TensorSpec(value.shape, value.dtype, name)
        for name, value in there.structured_outputs.items()
    }
    if shape[-1] is None:
        specs["length"] = tf.TensorSpec([], tf.int32, "length")
    inverse = tf.function(lambda **given: {"audio": back(given)}, autograph=False)
    return [there, inverse.get_concrete_function(**specs)]
