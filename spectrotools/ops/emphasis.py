"""Pre-emphasis of speech, and its undoing."""

from typing import Any

import tensorflow as tf

from .._validate import check
from .arguments import check_broadcast, check_values, float64_tensor, same_leading
from .carrying import Filtered, checked_memory, checked_state
from .numerics import compiled, flatten_leading, real_tensor, sizes
from .recursive_filters import lfilter

__all__ = ["deemphasis", "preemphasis"]


def preemphasis(
    audio: Any, *, coefficient: Any = 0.97, state: Any = None, return_state: bool = False
) -> Any:
    """Raise high frequencies: each sample less ``coefficient`` times the one before.

    Args:
        audio: ``[..., time]``, floating point.
        coefficient: ``[...]``, in [-1, 1].
        state: what the block before left, its last sample; None, if there was silence.
        return_state: whether to give ``Filtered(audio, state)``, to go on from.

    Returns:
        ``[..., time]``; with ``return_state`` also ``[..., 1]``, float64.

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> import spectrotools as st
        >>> raised = st.preemphasis([1.0, 1.0, 1.0], coefficient=0.75)
        >>> [f"{sample:.2f}" for sample in raised]
        ['1.00', '0.25', '0.25']
    """
    audio, coefficient, leading = _checked(audio, coefficient)
    result = _raised(audio, coefficient, checked_memory(state, leading, (1,)))
    return Filtered(*result) if return_state else result[0]


def deemphasis(
    audio: Any, *, coefficient: Any = 0.97, state: Any = None, return_state: bool = False
) -> Any:
    """Undo :func:`preemphasis`.

    Args:
        audio: ``[..., time]``, floating point.
        coefficient: ``[...]``, in [-1, 1].
        state: what the block before left, its last sample; None, if there was silence.
        return_state: whether to give ``Filtered(audio, state)``, to go on from.

    Returns:
        ``[..., time]``; with ``return_state`` also ``[..., 1]``, float64.

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> import spectrotools as st
        >>> plain = st.deemphasis([1.0, 0.25, 0.25], coefficient=0.75)
        >>> [f"{sample:.2f}" for sample in plain]
        ['1.00', '1.00', '1.00']
    """
    audio, coefficient, leading = _checked(audio, coefficient)
    taps = tf.stack([tf.ones_like(coefficient), -coefficient], axis=-1)
    if state is not None:
        state = checked_memory(state, leading, (1,))
        state = tf.stack([tf.zeros_like(state), state], axis=-2)  # no input before matters
    result = lfilter(audio, [1.0], taps, state=state, return_state=return_state)
    return Filtered(result.audio, result.state[..., 1, :]) if return_state else result


def _checked(audio: Any, coefficient: Any) -> tuple[tf.Tensor, tf.Tensor, tf.TensorShape]:
    check_values("coefficient", coefficient, -1.0, 1.0)
    audio, coefficient = real_tensor("audio", audio), float64_tensor("coefficient", coefficient)
    check(audio.shape.rank != 0, "audio must have a time axis", audio)
    leading = check_broadcast(audio=audio.shape[:-1], coefficient=coefficient.shape)
    return audio, coefficient, leading


@compiled
def _raised(
    audio: tf.Tensor, coefficient: tf.Tensor, state: tf.Tensor | None
) -> tuple[tf.Tensor, tf.Tensor]:
    kept, dtype = audio.dtype, tf.float64
    audio, coefficient = same_leading(tf.cast(audio, dtype), coefficient[..., None], keep=1)
    audio, unfold = flatten_leading(audio, keep=1)
    coefficient, _ = flatten_leading(coefficient, keep=1)
    before = tf.concat([checked_state(state, sizes(audio)[0], (1,), dtype), audio], axis=1)
    return tf.cast(unfold(audio - coefficient * before[:, :-1]), kept), unfold(before[:, -1:])
