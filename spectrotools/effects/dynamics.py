"""Effects of a gain that follows the level of the sound."""

import math
from typing import Any, ClassVar

import keras

from .._validate import check
from ..ops.arguments import checked_rate
from ..ops.dynamics import compressor, expander
from ..ops.limiter import limiter
from .effect import ANY, POSITIVE, OpEffect

__all__ = ["Compressor", "Expander", "Limiter"]

_LEVELS = {
    "threshold_db": ANY,
    "ratio": (1.0, math.inf),
    "attack_seconds": POSITIVE,
    "release_seconds": POSITIVE,
    "knee_db": POSITIVE,
}


@keras.saving.register_keras_serializable("spectrotools")
class Compressor(OpEffect):
    """Make what is loud less loud: :func:`spectrotools.compressor` as a layer.

    Args:
        sample_rate: Hz.
        threshold_db: a parameter, dB of full scale.
        ratio: a parameter, at least 1.
        attack_seconds: a parameter, at least 0.
        release_seconds: a parameter, at least 0.
        knee_db: a parameter, dB, at least 0.
        makeup_db: a parameter, dB.
        **options: of ``keras.layers.Layer``.

    Raises:
        ValueError: if a setting is out of its range.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> threshold = st.layers.Parameter(-20.0)
        >>> squeeze = st.effects.Compressor(sample_rate=16000, threshold_db=threshold)
        >>> f"{squeeze(tf.fill([1, 8000], 0.5))[0, -1]:.3f}"
        '0.150'
    """

    op: ClassVar[Any] = staticmethod(compressor)
    parameters: ClassVar = {**_LEVELS, "makeup_db": ANY}

    def __init__(
        self,
        *,
        sample_rate: float,
        threshold_db: Any = -20.0,
        ratio: Any = 4.0,
        attack_seconds: Any = 0.005,
        release_seconds: Any = 0.1,
        knee_db: Any = 0.0,
        makeup_db: Any = 0.0,
        **options: Any,
    ) -> None:
        given = (threshold_db, ratio, attack_seconds, release_seconds, knee_db, makeup_db)
        named = dict(zip(self.parameters, given, strict=True))
        plain = {"sample_rate": checked_rate(sample_rate)}
        super().__init__(parameters=named, plain=plain, **options)


@keras.saving.register_keras_serializable("spectrotools")
class Expander(OpEffect):
    """Make what is quiet less loud still: :func:`spectrotools.expander` as a layer.

    Args:
        sample_rate: Hz.
        threshold_db: a parameter, dB of full scale.
        ratio: a parameter, at least 1.
        attack_seconds: a parameter, at least 0.
        release_seconds: a parameter, at least 0.
        knee_db: a parameter, dB, at least 0.
        range_db: a parameter, dB, at least 0.
        **options: of ``keras.layers.Layer``.

    Raises:
        ValueError: if a setting is out of its range.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> gate = st.effects.Expander(sample_rate=16000, threshold_db=-20.0)
        >>> f"{gate(tf.fill([1, 16000], 0.01))[0, -1]:.4f}"
        '0.0010'
    """

    op: ClassVar[Any] = staticmethod(expander)
    parameters: ClassVar = {**_LEVELS, "range_db": POSITIVE}

    def __init__(
        self,
        *,
        sample_rate: float,
        threshold_db: Any = -40.0,
        ratio: Any = 2.0,
        attack_seconds: Any = 0.001,
        release_seconds: Any = 0.1,
        knee_db: Any = 0.0,
        range_db: Any = 60.0,
        **options: Any,
    ) -> None:
        given = (threshold_db, ratio, attack_seconds, release_seconds, knee_db, range_db)
        named = dict(zip(self.parameters, given, strict=True))
        plain = {"sample_rate": checked_rate(sample_rate)}
        super().__init__(parameters=named, plain=plain, **options)


@keras.saving.register_keras_serializable("spectrotools")
class Limiter(OpEffect):
    """Let no peak through: :func:`spectrotools.limiter` as a layer, late by its look-ahead.

    Args:
        sample_rate: Hz.
        ceiling_db: a parameter, dB of full scale.
        release_seconds: a parameter, at least 0.
        lookahead_seconds: by how much the sound is late, at least 0.
        **options: of ``keras.layers.Layer``.

    Raises:
        ValueError: if a setting is out of its range.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> safe = st.effects.Limiter(sample_rate=16000, ceiling_db=-6.0)
        >>> f"{tf.reduce_max(safe(tf.fill([1, 1000], 3.0))):.3f}"
        '0.501'
    """

    op: ClassVar[Any] = staticmethod(limiter)
    parameters: ClassVar = {"ceiling_db": (-200.0, math.inf), "release_seconds": POSITIVE}

    def __init__(
        self,
        *,
        sample_rate: float,
        ceiling_db: Any = -1.0,
        release_seconds: Any = 0.05,
        lookahead_seconds: float = 0.005,
        **options: Any,
    ) -> None:
        rule = "lookahead_seconds must be a number in [0, 60]"
        check(0 <= lookahead_seconds <= 60, rule, lookahead_seconds)
        named = {"ceiling_db": ceiling_db, "release_seconds": release_seconds}
        plain = {"sample_rate": checked_rate(sample_rate)}
        plain["lookahead_seconds"] = float(lookahead_seconds)
        super().__init__(parameters=named, plain=plain, **options)
