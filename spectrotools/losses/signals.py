"""What losses are handed: a target and a sound of one shape."""

from collections.abc import Iterable
from typing import Any

import tensorflow as tf

from .._validate import check
from ..ops.arguments import alike
from ..transforms.stft import STFT

__all__ = ["checked_pair"]


def checked_pair(
    target: Any, audio: Any, stfts: Iterable[STFT] = ()
) -> tuple[tf.Tensor, tf.Tensor]:
    """A target and a sound as tensors of one dtype and one shape ``[..., time]``.

    If their length is known, it has to be that of a frame of each transform: a mean over no
    frames would be NaN.
    """
    target, audio = alike(target=target, audio=audio)
    shapes = target.shape, audio.shape
    fits = shapes[0].is_compatible_with(shapes[1])
    fits = fits and all(shape.rank != 0 and shape[-1:] != [0] for shape in shapes)
    rule = "target and audio must have one shape [..., time], of at least one sample"
    check(fits, rule, " and ".join(map(str, shapes)))
    samples = tf.TensorShape(shapes[0][-1:]).merge_with(shapes[1][-1:]).num_elements()
    for stft in stfts if samples else ():
        rule = f"target and audio must have at least the samples of one frame of {stft}"
        check(stft.num_frames(samples) > 0, rule, samples)
    return target, audio
