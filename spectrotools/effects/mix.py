"""A fade between two sounds that a network moves."""

from collections.abc import Callable
from typing import Any, ClassVar

import keras
import tensorflow as tf

from .._validate import check, integer, one_of
from ..layers.processor import checked_function
from ..ops.mixing import CrossfadeLaw, MixConvention, crossfade
from ..ops.upsampling import upsample
from .framed import FramedEffect
from .joining import check_same_length

__all__ = ["Mix"]


@keras.saving.register_keras_serializable("spectrotools")
class Mix(FramedEffect):
    """Fade between two sounds: :func:`spectrotools.crossfade` as a layer.

    Inputs are ``signal_one``, ``signal_two`` and ``mix_level``, as a network puts it out; controls
    have the same names. A level of 0 is the first alone, of 1 the second; in
    ``convention="ddsp"`` a level of 0 is silence and one of 1 the sum.

    Args:
        hop_length: samples from one level to the next, between which lie straight lines.
        scale_fn: what makes [0, 1] of any numbers, or None.
        law: as in :func:`spectrotools.crossfade`.
        convention: None, or ``"ddsp"``.
        **options: of ``keras.layers.Layer``.

    Raises:
        ValueError: if a setting is out of its range, or the sounds are not equally long.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> fade = st.effects.Mix(hop_length=2, scale_fn=None, law="linear")
        >>> one, two = tf.ones([1, 4]), tf.fill([1, 4], 3.0)
        >>> fade(one, two, tf.constant([[[0.0], [1.0]]])).numpy().tolist()
        [[1.0, 2.0, 3.0, 3.0]]
    """

    sounds: ClassVar[tuple[str, ...]] = ("signal_one", "signal_two")
    framed: ClassVar[str] = "mix_level"
    frame_axis: ClassVar[int] = -1

    def __init__(
        self,
        *,
        hop_length: int,
        scale_fn: Callable | None = keras.ops.sigmoid,
        law: CrossfadeLaw | None = None,
        convention: MixConvention | None = None,
        **options: Any,
    ) -> None:
        check(law is None or convention is None, "law must be None in a convention", law)
        settings = {
            "hop_length": integer("hop_length", hop_length, 1),
            "scale_fn": checked_function("scale_fn", scale_fn),
            "law": law and one_of("law", law, CrossfadeLaw),
            "convention": one_of("convention", convention, MixConvention, optional=True),
        }
        super().__init__(settings=settings, **options)

    def get_controls(
        self, signal_one: tf.Tensor, signal_two: tf.Tensor, mix_level: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        """Scale.

        Args:
            signal_one: ``[..., time]``.
            signal_two: ``[..., time]``.
            mix_level: ``[..., frames]`` or ``[..., frames, 1]``.
        """
        given = signal_one, signal_two, mix_level
        signal_one, signal_two, mix_level = map(self._input, given)
        deep = mix_level.shape.rank == signal_one.shape.rank + 1
        level = mix_level[..., 0] if deep else mix_level
        level = level if self.scale_fn is None else self.scale_fn(level)
        return {"signal_one": signal_one, "signal_two": signal_two, "mix_level": level}

    def _make(self, controls: dict[str, tf.Tensor], *, padded: bool) -> tf.Tensor:
        one, two = (controls[name] for name in self.sounds)
        check_same_length(signal_one=one, signal_two=two)
        time = tf.shape(one)[-1] if one.shape[-1] is None else one.shape[-1]
        level = upsample(controls["mix_level"], hop_length=self.hop_length, length=time)
        return crossfade(one, two, level, law=self.law, convention=self.convention)
