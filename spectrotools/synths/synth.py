"""What synthesisers share: frames of controls, and a stream of them."""

from typing import Any, ClassVar

import tensorflow as tf

from .._validate import check, integer
from ..layers.processor import Processor
from ..ops.arguments import checked_rate

__all__ = ["Synth", "check_frames", "checked_grid", "one_each"]


class Synth(Processor):
    """A processor from frames of controls to sound.

    A class of its own has ``frame_axes`` and ``_synthesize``.
    """

    frame_axes: ClassVar[dict[str, int]] = {}  # of every control that has frames

    def get_signal(self, **controls: Any) -> tf.Tensor:
        """Make sound ``[..., time]`` of the controls."""
        return self._synthesize(controls, None, self.length)[0]

    def initial_state(self, batch_shape: tuple[int, ...] = ()) -> dict[str, Any]:
        """The state of a stream of which nothing has come yet, for :meth:`step`."""
        return {"held": {}, "carried": None, "silence": self._silence(batch_shape)}

    def step(self, *inputs_and_state: Any) -> tuple[tf.Tensor, dict[str, Any]]:
        """Synthesise up to the last frame that has come: ``step(*inputs, state)``.

        A stream has no ``length``: it is whole hops.
        """
        *inputs, state = inputs_and_state
        controls = self._stream_controls([self._input(value) for value in inputs], state)
        for name, axis in self.frame_axes.items():
            if name in state["held"]:
                both = [state["held"][name], controls[name]]
                controls[name] = tf.concat(both, axis=axis)
        axis = next(iter(self.frame_axes.values()))
        first = controls[next(iter(self.frame_axes))]
        frames = first.shape[axis]
        frames = tf.shape(first)[axis] if frames is None else frames
        held = {name: _last(controls[name], axis) for name, axis in self.frame_axes.items()}
        if isinstance(frames, int) and frames <= 1:
            return state["silence"], {**state, "held": held}
        length = (frames - 1) * self.hop_length
        signal, carried = self._synthesize(controls, state["carried"], length)
        return signal, {**state, "held": held, "carried": carried}

    def flush(self, state: dict[str, Any]) -> tf.Tensor:
        """The hop after the last frame, which holds."""
        held = state["held"]
        if not held or 0 in (held[name].shape[axis] for name, axis in self.frame_axes.items()):
            return state["silence"]
        controls = {**self._stream_constants(state), **held}
        return self._synthesize(controls, state["carried"], self.hop_length)[0]

    def no_more(self, *inputs: tf.Tensor) -> list[tf.Tensor]:
        """Inputs like those given to :meth:`step`, of no more frames."""
        most = max(value.shape.rank for value in inputs)
        return [v[..., :0, :] if v.shape.rank == most else v[..., :0] for v in inputs]

    def _stream_controls(self, inputs: list[tf.Tensor], state: dict[str, Any]) -> dict[str, Any]:
        return self.get_controls(*inputs)

    def _stream_constants(self, state: dict[str, Any]) -> dict[str, Any]:
        """Those controls that have no frames."""
        return {}

    def _silence(self, batch_shape: tuple[int, ...]) -> tf.Tensor:
        return tf.zeros([*batch_shape, 0], self.compute_dtype)

    def _synthesize(
        self, controls: dict[str, Any], carried: Any, length: Any
    ) -> tuple[tf.Tensor, Any]:
        """Make ``length`` samples, given what was carried over, and what to carry on."""
        raise NotImplementedError


def _last(control: tf.Tensor, axis: int) -> tf.Tensor:
    return control[..., -1:] if axis == -1 else control[..., -1:, :]


def checked_grid(sample_rate: float, hop_length: int, length: int | None) -> dict[str, Any]:
    """The settings of every synthesiser whose controls are in Hz, checked."""
    return {
        "sample_rate": checked_rate(sample_rate),
        "hop_length": integer("hop_length", hop_length, 1),
        "length": None if length is None else integer("length", length, 0),
    }


def one_each(name: str, control: tf.Tensor, beside: tf.Tensor) -> tf.Tensor:
    """A control of one number a frame, given as ``[..., frames]`` or ``[..., frames, 1]``.

    Args:
        name: of the control.
        control: the control.
        beside: another, ``[..., frames, n]``.
    """
    rank = beside.shape.rank
    single = control.shape.rank == rank and control.shape[-1] in (1, None)
    rule = f"{name} must be [..., frames] or [..., frames, 1]"
    check(single or control.shape.rank == rank - 1, rule, tuple(control.shape))
    return control[..., 0] if single else control


def check_frames(**inputs: tf.Tensor) -> None:
    """Check that inputs have one number of frames, as far as that is known; it may be 0."""
    most = max(value.shape.rank for value in inputs.values())
    known = {n: v.shape[-2 if v.shape.rank == most else -1] for n, v in inputs.items()}
    counts = {count for count in known.values() if count is not None}
    rule = f"{' and '.join(inputs)} must have the same number of frames"
    check(len(counts) <= 1, rule, known)
