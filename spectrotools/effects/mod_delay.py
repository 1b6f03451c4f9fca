"""A delay that controls move."""

from collections.abc import Callable
from typing import Any, Literal

import keras
import tensorflow as tf

from .._validate import check, number, one_of
from ..layers.processor import checked_function
from ..ops.arguments import checked_rate
from ..ops.delays import delay, variable_length_delay
from ..ops.scaling import exp_sigmoid
from .effect import Effect
from .joining import check_same_length, joined

__all__ = ["ModDelay"]

Convention = Literal["ddsp"]


@keras.saving.register_keras_serializable("spectrotools")
class ModDelay(Effect):
    """Delay a sound by what a network says, sample by sample: chorus, flanger and vibrato.

    Inputs are ``audio``, ``gain`` and ``phase``, as a network puts them out, at every sample;
    controls have the same names. The delay goes from ``center_ms - depth_ms`` at phase 0 to
    ``center_ms + depth_ms`` at phase 1. In ``convention="ddsp"`` it goes from ``center_ms`` up
    to ``center_ms + depth_ms``, and where it comes to that it is 0 at once.

    Args:
        sample_rate: Hz.
        center_ms: the delay in the middle, ms, at least 0.
        depth_ms: how far it moves either way, ms, from 0 to ``center_ms``.
        gain_scale_fn: what makes gains of any numbers, or None.
        phase_scale_fn: what makes [0, 1] of any numbers, or None.
        add_dry: whether to add the sound as it came.
        convention: None, or ``"ddsp"``.
        **options: of ``keras.layers.Layer``.

    Raises:
        ValueError: if a setting is out of its range.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> late = st.effects.ModDelay(sample_rate=1000, center_ms=2, depth_ms=1, add_dry=False)
        >>> controls = {"gain": tf.ones([1, 4]), "phase": tf.zeros([1, 4])}
        >>> late.get_signal(audio=tf.constant([[1.0, 0.0, 0.0, 0.0]]), **controls).numpy().tolist()
        [[0.0, 1.0, 0.0, 0.0]]
    """

    def __init__(
        self,
        *,
        sample_rate: float,
        center_ms: float = 15.0,
        depth_ms: float = 10.0,
        gain_scale_fn: Callable | None = exp_sigmoid,
        phase_scale_fn: Callable | None = keras.ops.sigmoid,
        add_dry: bool = True,
        convention: Convention | None = None,
        **options: Any,
    ) -> None:
        center_ms = number("center_ms", center_ms, 0.0)
        depth_ms = number("depth_ms", depth_ms, 0.0)
        within = convention is not None or depth_ms <= center_ms
        check(within, f"depth_ms must be in [0, center_ms={center_ms}]", depth_ms)
        settings = {
            "sample_rate": checked_rate(sample_rate),
            "center_ms": center_ms,
            "depth_ms": depth_ms,
            "gain_scale_fn": checked_function("gain_scale_fn", gain_scale_fn),
            "phase_scale_fn": checked_function("phase_scale_fn", phase_scale_fn),
            "add_dry": bool(add_dry),
            "convention": one_of("convention", convention, Convention, optional=True),
        }
        super().__init__(settings=settings, **options)
        longest = (self.center_ms + self.depth_ms) * self.sample_rate / 1000.0
        check(longest >= 1.0, "center_ms + depth_ms must be at least a sample", longest)
        self._longest = longest

    def get_controls(
        self, audio: tf.Tensor, gain: tf.Tensor, phase: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        """Scale.

        Args:
            audio: ``[..., time]``.
            gain: ``[..., time]`` or ``[..., time, 1]``.
            phase: as ``gain``.
        """
        audio, gain, phase = map(self._input, (audio, gain, phase))
        gain, phase = (_flat(value, audio) for value in (gain, phase))
        check_same_length(audio=audio, gain=gain, phase=phase)
        gain = gain if self.gain_scale_fn is None else self.gain_scale_fn(gain)
        phase = phase if self.phase_scale_fn is None else self.phase_scale_fn(phase)
        return {"audio": audio, "gain": gain, "phase": phase}

    def initial_state(self, batch_shape: tuple[int, ...] = ()) -> dict[str, Any]:
        """The state of a stream of which nothing has come yet, for :meth:`step`."""
        state = super().initial_state(batch_shape)
        return {**state, "pending": [state["silence"]] * 3}

    def step(self, *inputs_and_state: Any) -> tuple[tf.Tensor, dict[str, Any]]:
        """Process as much as has come of all: ``step(audio, gain, phase, state)``."""
        *inputs, state = inputs_and_state
        audio, *others = (self._input(value) for value in inputs)
        blocks = [audio, *(_flat(value, audio) for value in others)]
        ready, pending = joined(blocks, state["pending"])
        state = {**state, "pending": pending}
        if ready[0].shape[-1] == 0:
            return state["silence"], state
        sound, left = self._process(self.get_controls(*ready), state["left"])
        return sound, {**state, "left": left}

    def no_more(self, *inputs: tf.Tensor) -> list[tf.Tensor]:
        """Inputs like those given to :meth:`step`, of no more time."""
        deep = inputs[0].shape.rank + 1
        return [v[..., :0, :] if v.shape.rank == deep else v[..., :0] for v in inputs]

    def _nothing(self, silence: tf.Tensor) -> dict[str, Any]:
        return {"audio": silence, "gain": silence, "phase": silence}

    def _process(self, controls: dict[str, Any], left: Any) -> tuple[tf.Tensor, Any]:
        audio, phase = controls["audio"], controls["phase"]
        stream = {"state": left, "return_state": True}
        if self.convention == "ddsp":
            whole = self.center_ms + self.depth_ms
            phase = phase * (self.depth_ms / whole) + self.center_ms / whole
            size = int(self._longest)
            wet, left = variable_length_delay(
                audio, phase, max_length=size, convention="ddsp", **stream
            )
        else:
            late = self.center_ms + self.depth_ms * (2.0 * phase - 1.0)
            samples = late * (self.sample_rate / 1000.0)
            wet, left = delay(audio, samples, max_delay=int(self._longest) + 1, **stream)
        wet = wet * controls["gain"]
        return (wet + audio if self.add_dry else wet), left


def _flat(value: tf.Tensor, audio: tf.Tensor) -> tf.Tensor:
    """A control of ``[..., time]`` or ``[..., time, 1]`` as the former."""
    return value[..., 0] if value.shape.rank == audio.shape.rank + 1 else value
