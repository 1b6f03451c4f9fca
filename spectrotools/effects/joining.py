"""Streams of several sounds, of which one may come later than another."""

from typing import Any

import tensorflow as tf

from .._validate import check

__all__ = ["check_same_length", "joined"]


def joined(
    blocks: list[tf.Tensor], pending: list[tf.Tensor]
) -> tuple[list[tf.Tensor], list[tf.Tensor]]:
    """Add blocks to what is pending; give as much as has come of all, and what then is left."""
    whole = [
        # The sum of nothing has the leading axes, to which what is pending at first is brought.
        tf.concat([old + tf.reduce_sum(tf.zeros_like(new), -1, keepdims=True), new], axis=-1)
        for old, new in zip(pending, blocks, strict=True)
    ]
    known = [sound.shape[-1] for sound in whole]
    if None not in known:
        ready: Any = min(known)
    else:
        ready = tf.reduce_min([tf.shape(sound)[-1] for sound in whole])
    return [sound[..., :ready] for sound in whole], [sound[..., ready:] for sound in whole]


def check_same_length(**signals: tf.Tensor) -> None:
    """Check that sounds are as long as each other, as far as that is known."""
    known = {name: signal.shape[-1] for name, signal in signals.items()}
    lengths = {length for length in known.values() if length is not None}
    check(len(lengths) <= 1, f"{' and '.join(signals)} must have the same length", known)
