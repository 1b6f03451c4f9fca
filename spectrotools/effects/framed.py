"""Effects whose controls come in frames, beside sound in samples."""

from typing import Any, ClassVar

import tensorflow as tf

from ..layers.processor import Processor

__all__ = ["FramedEffect"]


class FramedEffect(Processor):
    """A processor of sounds and of one control in frames.

    A class of its own has ``sounds`` and ``framed``, names of its controls, the axis of the
    frames, and :meth:`_make`. In a stream, sound waits for the frame at the end of its segment
    and frames wait for sound, however each of them comes.
    """

    sounds: ClassVar[tuple[str, ...]] = ("audio",)
    framed: ClassVar[str]
    frame_axis: ClassVar[int]

    def get_signal(self, **controls: Any) -> tf.Tensor:
        """Make sound ``[..., time]`` of the controls."""
        return self._make(controls, padded=False)

    def initial_state(self, batch_shape: tuple[int, ...] = ()) -> dict[str, Any]:
        """The state of a stream of which nothing has come yet, for :meth:`step`."""
        silence = tf.zeros([*batch_shape, 0], self.compute_dtype)
        return {"silence": silence, "sounds": [silence] * len(self.sounds), "frames": None}

    def step(self, *inputs_and_state: Any) -> tuple[tf.Tensor, dict[str, Any]]:
        """Process all whole segments that have come: ``step(*inputs, state)``."""
        *inputs, state = inputs_and_state
        controls = self.get_controls(*(self._input(value) for value in inputs))
        frames, begun = controls[self.framed], state["frames"] is not None
        margin = self._margin(frames)
        if begun:
            frames = tf.concat([state["frames"], frames], axis=self.frame_axis)
        sounds = []
        for name, old in zip(self.sounds, state["sounds"], strict=True):
            old = old if begun else _padded(old, margin, 0)
            sounds.append(tf.concat([old, controls[name]], axis=-1))
        ready = [(_size(sound, -1) - 2 * margin) // self.hop_length for sound in sounds]
        count = _least(_size(frames, self.frame_axis) - 1, *ready)
        rest = {"sounds": sounds, "frames": frames}
        if isinstance(count, int) and count <= 0:
            return state["silence"], {**state, **rest}
        length = count * self.hop_length
        heard = [sound[..., : length + 2 * margin] for sound in sounds]
        block = self._controls(heard, self._frames(frames, 0, count + 1))
        rest["sounds"] = [sound[..., length:] for sound in sounds]
        rest["frames"] = self._frames(frames, count, None)
        return self._make(block, padded=True), {**state, **rest}

    def flush(self, state: dict[str, Any]) -> tf.Tensor:
        """What waited for its frame or, beyond the end, for silence."""
        frames, sounds = state["frames"], state["sounds"]
        if frames is None:
            return state["silence"]
        margin = self._margin(frames)
        left = _size(sounds[0], -1) - margin
        if isinstance(left, int) and left <= 0:
            return state["silence"]
        heard = [_padded(sound, 0, margin) for sound in sounds]
        frames = self._frames(frames, 0, -(-left // self.hop_length) + 1)
        return self._make(self._controls(heard, frames), padded=True)

    def no_more(self, *inputs: tf.Tensor) -> list[tf.Tensor]:
        """Inputs like those given to :meth:`step`, of no more time."""
        deep = inputs[0].shape.rank + 1
        return [v[..., :0, :] if v.shape.rank == deep else v[..., :0] for v in inputs]

    def _controls(self, sounds: list[tf.Tensor], frames: tf.Tensor) -> dict[str, tf.Tensor]:
        return {**dict(zip(self.sounds, sounds, strict=True)), self.framed: frames}

    def _frames(self, frames: tf.Tensor, begin: Any, end: Any) -> tf.Tensor:
        return frames[..., begin:end] if self.frame_axis == -1 else frames[..., begin:end, :]

    def _margin(self, frames: tf.Tensor) -> int:
        """How many samples on either side are needed."""
        return 0

    def _make(self, controls: dict[str, tf.Tensor], *, padded: bool) -> tf.Tensor:
        """Make sound of the controls; if ``padded``, sounds have the margin on either side."""
        raise NotImplementedError


def _padded(sound: tf.Tensor, before: int, after: int) -> tf.Tensor:
    paddings = [[0, 0]] * (sound.shape.rank - 1) + [[before, after]]
    return tf.pad(sound, paddings)


def _size(tensor: tf.Tensor, axis: int) -> Any:
    return tf.shape(tensor)[axis] if tensor.shape[axis] is None else tensor.shape[axis]


def _least(*counts: Any) -> Any:
    if all(isinstance(count, int) for count in counts):
        return min(counts)
    return tf.maximum(tf.reduce_min(tf.stack(counts)), 0)
