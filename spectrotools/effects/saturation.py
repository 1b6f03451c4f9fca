"""A curve that saturates."""

from typing import Any, ClassVar

import keras

from .._validate import one_of
from ..ops.distortion import DistortionKind, distortion
from .effect import ANY, OpEffect

__all__ = ["Distortion"]


@keras.saving.register_keras_serializable("spectrotools")
class Distortion(OpEffect):
    """Bend a wave by a curve: :func:`spectrotools.distortion` as a layer.

    Args:
        drive_db: a parameter, dB.
        kind: the curve, ``"tanh"``, ``"soft"`` or ``"hard"``.
        antialias: whether to take means of the curve between samples.
        **options: of ``keras.layers.Layer``.

    Raises:
        ValueError: if a setting is out of its range.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> fuzz = st.effects.Distortion(drive_db=st.layers.Parameter(0.0), kind="hard")
        >>> fuzz(tf.constant([[0.5, 2.0]])).numpy().tolist()
        [[0.5, 1.0]]
    """

    op: ClassVar[Any] = staticmethod(distortion)
    parameters: ClassVar = {"drive_db": ANY}

    def __init__(
        self,
        *,
        drive_db: Any = 12.0,
        kind: DistortionKind = "tanh",
        antialias: bool = False,
        **options: Any,
    ) -> None:
        plain = {"kind": one_of("kind", kind, DistortionKind), "antialias": bool(antialias)}
        super().__init__(parameters={"drive_db": drive_db}, plain=plain, **options)
