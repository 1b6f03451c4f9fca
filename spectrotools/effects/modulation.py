"""Effects of a delay that a sine sweeps."""

from typing import Any, ClassVar

import keras

from .._validate import check, integer
from ..layers.parameters import within_range
from ..ops.arguments import checked_rate
from ..ops.modulated_delays import chorus, flanger, vibrato
from ..ops.swept_delay import STRONGEST
from .effect import ANY, POSITIVE, SHARE, OpEffect

__all__ = ["Chorus", "Flanger", "Vibrato"]


class _Swept(OpEffect):
    """Sweep a delay that is never longer than it may become."""

    parameters: ClassVar = {"rate_hz": ANY, "depth_ms": POSITIVE, "center_ms": POSITIVE}

    def __init__(
        self,
        *,
        sample_rate: float,
        max_delay_ms: float | None,
        parameters: dict[str, Any],
        plain: dict[str, Any] | None = None,
        **options: Any,
    ) -> None:
        center, depth = (
            float(within_range(name, parameters[name], *POSITIVE).value())
            for name in ("center_ms", "depth_ms")
        )
        check(center >= depth, f"center_ms must be at least depth_ms={depth:g}", center)
        begun = center + depth
        longest = 2.0 * begun if max_delay_ms is None else float(max_delay_ms)
        rule = f"max_delay_ms must be at least center_ms + depth_ms, {begun:g}, and above 0"
        check(longest >= begun and longest > 0, rule, max_delay_ms)
        plain = {**(plain or {}), "sample_rate": checked_rate(sample_rate)}
        plain["max_delay_ms"] = longest
        super().__init__(parameters=parameters, plain=plain, **options)


@keras.saving.register_keras_serializable("spectrotools")
class Vibrato(_Swept):
    """Let the pitch tremble: :func:`spectrotools.vibrato` as a layer.

    Args:
        sample_rate: Hz.
        rate_hz: a parameter, how often, Hz.
        depth_ms: a parameter, how far the delay moves either way, ms.
        center_ms: a parameter, the delay in the middle, ms.
        max_delay_ms: the longest delay that training may come to; None is twice that at first.
        **options: of ``keras.layers.Layer``.

    Raises:
        ValueError: if a setting is out of its range.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> tremble = st.effects.Vibrato(sample_rate=16000, rate_hz=st.layers.Positive(5.0))
        >>> tuple(tremble(tf.zeros([1, 100])).shape), len(tremble.trainable_variables)
        ((1, 100), 1)
    """

    op: ClassVar[Any] = staticmethod(vibrato)

    def __init__(
        self,
        *,
        sample_rate: float,
        rate_hz: Any = 5.0,
        depth_ms: Any = 1.0,
        center_ms: Any = 1.0,
        max_delay_ms: float | None = None,
        **options: Any,
    ) -> None:
        given = {"rate_hz": rate_hz, "depth_ms": depth_ms, "center_ms": center_ms}
        both: dict[str, Any] = {"sample_rate": sample_rate, "max_delay_ms": max_delay_ms}
        super().__init__(parameters=given, **both, **options)


@keras.saving.register_keras_serializable("spectrotools")
class Chorus(_Swept):
    """Make some voices of one: :func:`spectrotools.chorus` as a layer.

    Args:
        sample_rate: Hz.
        rate_hz: a parameter, how often, Hz.
        depth_ms: a parameter, how far the delays move either way, ms.
        center_ms: a parameter, the delays in the middle, ms.
        mix: a parameter, the share of what is delayed, 0 to 1.
        voices: how many copies, at least 1.
        max_delay_ms: the longest delay that training may come to; None is twice that at first.
        **options: of ``keras.layers.Layer``.

    Raises:
        ValueError: if a setting is out of its range.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> wide = st.effects.Chorus(sample_rate=16000, mix=st.layers.Bounded(0.5, low=0, high=1))
        >>> tuple(wide(tf.zeros([1, 100])).shape), len(wide.trainable_variables)
        ((1, 100), 1)
    """

    op: ClassVar[Any] = staticmethod(chorus)
    parameters: ClassVar = {**_Swept.parameters, "mix": SHARE}

    def __init__(
        self,
        *,
        sample_rate: float,
        rate_hz: Any = 0.5,
        depth_ms: Any = 3.0,
        center_ms: Any = 20.0,
        mix: Any = 0.5,
        voices: int = 3,
        max_delay_ms: float | None = None,
        **options: Any,
    ) -> None:
        given = {"rate_hz": rate_hz, "depth_ms": depth_ms, "center_ms": center_ms, "mix": mix}
        both: dict[str, Any] = {"sample_rate": sample_rate, "max_delay_ms": max_delay_ms}
        both["plain"] = {"voices": integer("voices", voices, 1)}
        super().__init__(parameters=given, **both, **options)


@keras.saving.register_keras_serializable("spectrotools")
class Flanger(_Swept):
    """Sweep a comb through the sound: :func:`spectrotools.flanger` as a layer.

    Args:
        sample_rate: Hz.
        rate_hz: a parameter, how often, Hz.
        depth_ms: a parameter, how far the delay moves either way, ms.
        center_ms: a parameter, the delay in the middle, ms.
        feedback: a parameter in [-0.99, 0.99]; what is beyond is taken for the end.
        mix: a parameter, the share of what is delayed, 0 to 1.
        max_delay_ms: the longest delay that training may come to; None is twice that at first.
        **options: of ``keras.layers.Layer``.

    Raises:
        ValueError: if a setting is out of its range.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> comb = st.effects.Flanger(
        ...     sample_rate=16000, feedback=st.layers.Bounded(0.3, low=-0.9, high=0.9)
        ... )
        >>> tuple(comb(tf.zeros([1, 100])).shape), len(comb.trainable_variables)
        ((1, 100), 1)
    """

    op: ClassVar[Any] = staticmethod(flanger)
    parameters: ClassVar = {
        **_Swept.parameters,
        "feedback": (-STRONGEST, STRONGEST),
        "mix": SHARE,
    }

    def __init__(
        self,
        *,
        sample_rate: float,
        rate_hz: Any = 0.25,
        depth_ms: Any = 1.0,
        center_ms: Any = 1.5,
        feedback: Any = 0.0,
        mix: Any = 0.5,
        max_delay_ms: float | None = None,
        **options: Any,
    ) -> None:
        given = {"rate_hz": rate_hz, "depth_ms": depth_ms, "center_ms": center_ms}
        given |= {"feedback": feedback, "mix": mix}
        both: dict[str, Any] = {"sample_rate": sample_rate, "max_delay_ms": max_delay_ms}
        super().__init__(parameters=given, **both, **options)
