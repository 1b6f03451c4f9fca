"""Controls of effects: one value for a whole signal, or one for every sample."""

from typing import Any

import tensorflow as tf

from .._validate import check
from .arguments import same_leading
from .numerics import flatten_leading, sizes

__all__ = ["along_time", "rows_of"]


def along_time(name: str, control: tf.Tensor, audio: tf.Tensor) -> tf.Tensor:
    """The control ``[..., time]``: of fewer axes than the audio it stays, ``[..., 1]``.

    Of unknown ranks, only a number is known to stay.
    """
    rank, audio_rank = control.shape.rank, audio.shape.rank
    if rank == 0 or (rank is not None and audio_rank is not None and rank < audio_rank):
        return control[..., None]
    if rank is not None and audio_rank is not None:
        time, rule = audio.shape[-1], f"{name} must have as many samples as audio, or fewer axes"
        fits = None in (time, control.shape[-1]) or control.shape[-1] in (1, time)
        check(fits, rule, (tuple(control.shape), tuple(audio.shape)))
    return control


def rows_of(audio: tf.Tensor, control: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, Any]:
    """Fold leading axes, which broadcast, but leave one control of all signals alone.

    Args:
        audio: ``[..., time]``.
        control: ``[..., time or 1]``.

    Returns:
        the audio ``[batch, time]``, the control ``[batch or 1, time or 1]``, and the function
        that unfolds the batch.
    """
    rank, audio_rank = control.shape.rank, audio.shape.rank
    fewer = rank is not None and audio_rank is not None and rank <= audio_rank
    if (rank == 1 or fewer) and control.shape[:-1].num_elements() == 1:
        control = tf.reshape(control, [1, sizes(control)[-1]])
        audio, unfold = flatten_leading(audio, keep=1)
        return audio, control, unfold
    audio, control = same_leading(audio, control, keep=1)
    audio, unfold = flatten_leading(audio, keep=1)
    return audio, flatten_leading(control, keep=1)[0], unfold
