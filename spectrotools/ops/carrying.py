"""Ops that remember: what one block leaves over to the next.

Such an op takes ``state``, what the block before left (None: there was silence), and gives
``Filtered`` of its result and the new state if asked by ``return_state=True``.
"""

from typing import Any, NamedTuple

import tensorflow as tf

from .._validate import check
from .numerics import with_shape

__all__ = ["Filtered", "checked_memory", "checked_state"]


_RULE = "state must be what the same op with the same settings left for such signals, or None"


class Filtered(NamedTuple):
    """A block, and what the next one has to be told of it."""

    audio: tf.Tensor  # [..., time]
    state: tf.Tensor  # [..., memory]; as many numbers as the op says


def checked_memory(
    state: Any, leading: tf.TensorShape, memory: tuple[int | None, ...]
) -> tf.Tensor | None:
    """What was left over by the block before, or None.

    To be checked before an op that was traced of many shapes would find out when it runs.

    Args:
        state: ``[..., *memory]``, or None.
        leading: the leading axes of the result, as far as they are known.
        memory: the sizes of what one signal remembers.
    """
    if state is None:
        return None
    try:
        state = tf.convert_to_tensor(state)
    except (TypeError, ValueError):
        check(False, _RULE, state)
    check(leading.concatenate(memory).is_compatible_with(state.shape), _RULE, state.shape)
    return state


def checked_state(state: Any, batch: Any, memory: tuple[int, ...], dtype: tf.DType) -> tf.Tensor:
    """What was left over by the block before, ``[batch, *memory]``; None is zeros.

    Args:
        state: ``[..., *memory]``, or None.
        batch: how many signals there are, a number or a scalar tensor.
        memory: the sizes of what one signal remembers.
        dtype: of the state.
    """
    if state is None:
        return tf.zeros([batch, *memory], dtype)
    state = tf.convert_to_tensor(state)
    keep = len(memory)
    known = state.shape.rank is None or state.shape.rank >= keep
    fits = known and state.shape[-keep:].is_compatible_with(memory) if state.shape.rank else known
    check(fits and state.dtype == dtype, _RULE, (state.dtype.name, state.shape))
    count = None if state.shape.rank is None else state.shape[:-keep].num_elements()
    same = not isinstance(batch, int) or count in (None, batch)
    check(same, f"state must be of as many signals as audio, {batch}", state.shape)
    return with_shape(tf.reshape(state, [batch, *memory]), [None, *memory])
