"""The loss of a sound by several losses."""

from collections.abc import Iterable
from typing import Any

import tensorflow as tf

from ..losses.loss import Loss

__all__ = ["mean_terms"]


def mean_terms(losses: Iterable[Loss], target: Any, audio: Any) -> dict[str, tf.Tensor]:
    """Give the weighted terms of all losses, each the mean of a batch; those of one name add up.

    Args:
        losses: to ask.
        target: ``[batch, samples]``.
        audio: likewise.

    Returns:
        Scalars, by the class of the loss and the term, as ``"MultiScaleSpectral/magnitude"``.
    """
    target, found = tf.cast(target, tf.float32), dict[str, tf.Tensor]()
    for loss in losses:
        for term, values in loss.terms(target, audio).items():
            name = f"{type(loss).__name__}/{term}"
            found[name] = found.get(name, 0.0) + tf.reduce_mean(values)
    return found
