"""What effects share: a stream, of what an op remembers."""

import math
from typing import Any, ClassVar

import tensorflow as tf

from ..layers.parameters import within_range
from ..layers.processor import Processor

__all__ = ["ANY", "POSITIVE", "SHARE", "Effect", "OpEffect"]

ANY, POSITIVE, SHARE = (-math.inf, math.inf), (0.0, math.inf), (0.0, 1.0)


class Effect(Processor):
    """A processor from sound to sound that owes nothing at its end.

    A class of its own has ``get_controls`` and ``_process``.
    """

    def get_signal(self, **controls: Any) -> tf.Tensor:
        """Make sound ``[..., time]`` of the controls."""
        return self._process(controls, None)[0]

    def initial_state(self, batch_shape: tuple[int, ...] = ()) -> dict[str, Any]:
        """The state of a stream of which nothing has come yet, for :meth:`step`."""
        silence = tf.zeros([*batch_shape, 0], self.compute_dtype)
        begun = self._process(self._nothing(silence), None)[1]
        return {"silence": silence, "left": begun}

    def step(self, *inputs_and_state: Any) -> tuple[tf.Tensor, dict[str, Any]]:
        """Process the next block: ``step(*inputs, state)`` gives ``(sound, state)``."""
        *inputs, state = inputs_and_state
        if tf.convert_to_tensor(inputs[0]).shape[-1] == 0:
            return self.flush(state), state
        controls = self._stream_controls([self._input(value) for value in inputs], state)
        sound, left = self._process(controls, state["left"])
        return sound, {**state, "left": left}

    def flush(self, state: dict[str, Any]) -> tf.Tensor:
        """Nothing: an effect gives as much as it is given."""
        return state["silence"]

    def _nothing(self, silence: tf.Tensor) -> dict[str, Any]:
        """The controls of no sound."""
        return self.get_controls(silence)

    def _stream_controls(self, inputs: list[tf.Tensor], state: dict[str, Any]) -> dict[str, Any]:
        return self.get_controls(*inputs)

    def _process(self, controls: dict[str, Any], left: Any) -> tuple[tf.Tensor, Any]:
        """Make sound, given what the block before left over, and what this one does."""
        raise NotImplementedError


class OpEffect(Effect):
    """An op with memory as a layer, some of whose arguments are parameters.

    A class of its own has ``op``, and the names of its ``parameters``, with the lowest and the
    highest value that each may begin at; other settings are handed to the op as they are.
    """

    op: ClassVar[Any]
    parameters: ClassVar[dict[str, tuple[float, float]]]

    def __init__(
        self, *, parameters: dict[str, Any], plain: dict[str, Any], **options: Any
    ) -> None:
        own = {"dtype": options.get("dtype", "float32")}
        made = {
            name: within_range(name, value, *self.parameters[name], **own)
            for name, value in parameters.items()
        }
        super().__init__(settings={**plain, **made}, **options)
        self._plain = tuple(plain)

    def get_controls(self, audio: tf.Tensor) -> dict[str, tf.Tensor]:
        """Give the parameters as they are now.

        Args:
            audio: ``[..., time]``.
        """
        return {"audio": audio, **{name: self._value(name) for name in self.parameters}}

    def _process(self, controls: dict[str, Any], left: Any) -> tuple[tf.Tensor, Any]:
        plain = {name: getattr(self, name) for name in self._plain}
        made = type(self).op(**controls, **plain, state=left, return_state=True)
        return made.audio, made.state
