"""Reverberation by an impulse response that is learnt, or given."""

from typing import Any

import keras
import tensorflow as tf

from .._validate import check, integer
from ..layers.parameters import parameter
from ..layers.scaled import Scaled
from .convolved import ConvolvedReverb, without_first_tap

__all__ = ["Reverb"]


@keras.saving.register_keras_serializable("spectrotools")
class Reverb(ConvolvedReverb):
    """Convolve by an impulse response that training finds.

    The input is ``audio``; or ``audio`` and ``ir``, ``[..., taps]``, of a class that has no
    response of its own. The first tap counts as 0, so that what is dry stays apart.

    All taps together learn as fast as a single number: the variable is the response times the
    square root of their number (see :class:`spectrotools.layers.Scaled`). Else Adam moves each
    by its rate: a first step of 1e-3 would fill 48,000 taps with noise of a gain of 0.2 or so.

    Args:
        reverb_length: taps, at least 2; None if the response is an input.
        impulse_response: a parameter or an array to use instead of noise of 1e-6 to begin with.
        add_dry: whether to add the sound as it came.
        **options: of ``keras.layers.Layer``.

    Raises:
        ValueError: if there is no response, or two.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> echo = st.effects.Reverb(impulse_response=[0.0, 0.0, 0.5])
        >>> echo(tf.constant([[1.0, 0.0, 0.0, 0.0]])).numpy().round(3).tolist()
        [[1.0, 0.0, 0.5, 0.0]]

    References:
        Engel, Hantrakul, Gu, Roberts, "DDSP: differentiable digital signal processing", 2020,
        section 3.6.
    """

    def __init__(
        self,
        *,
        reverb_length: int | None = 48000,
        impulse_response: Any = None,
        add_dry: bool = True,
        **options: Any,
    ) -> None:
        if impulse_response is not None:
            own = {"dtype": options.get("dtype", "float32")}
            impulse_response = parameter("impulse_response", impulse_response, **own)
            taps = tuple(impulse_response.value().shape)
            enough = len(taps) == 1 and taps[0] >= 2
            check(enough, "impulse_response must be [taps], of at least 2", taps)
            reverb_length = taps[0]
        elif reverb_length is not None:
            small = keras.initializers.RandomNormal(0.0, 1e-6)
            taps = (integer("reverb_length", reverb_length, 2),)
            own = {"dtype": options.get("dtype", "float32"), "scale": taps[0] ** -0.5}
            impulse_response = Scaled(small, shape=taps, **own)
        settings = {
            "reverb_length": reverb_length,
            "impulse_response": impulse_response,
            "add_dry": bool(add_dry),
        }
        super().__init__(settings=settings, **options)

    def get_controls(self, audio: tf.Tensor, ir: tf.Tensor | None = None) -> dict[str, tf.Tensor]:
        """Leave out the first tap.

        Args:
            audio: ``[..., time]``.
            ir: ``[..., taps]`` or ``[..., taps, 1]``; given if the layer has none.
        """
        own = self.impulse_response is not None
        rule = "ir must be given if reverb_length is None, and else not"
        check(own == (ir is None), rule, (self.reverb_length, ir))
        if ir is None:
            return super().get_controls(audio)
        audio, ir = self._input(audio), self._input(ir)
        single = ir.shape.rank == audio.shape.rank + 1 and ir.shape[-1] == 1
        ir = ir[..., 0] if single else ir
        check(ir.shape[-1] is None or ir.shape[-1] >= 2, "ir must have at least 2 taps", ir.shape)
        return {"audio": audio, "ir": without_first_tap(ir)}

    def initial_state(self, batch_shape: tuple[int, ...] = ()) -> dict[str, Any]:
        """The state of a stream of which nothing has come yet, for :meth:`step`."""
        if self.impulse_response is not None:
            return super().initial_state(batch_shape)
        return {"silence": tf.zeros([*batch_shape, 0], self.compute_dtype), "left": None}

    def no_more(self, *inputs: tf.Tensor) -> list[tf.Tensor]:
        """No more sound, of the same response."""
        return [inputs[0][..., :0], *inputs[1:]]

    def _stream_controls(self, inputs: list[tf.Tensor], state: dict[str, Any]) -> dict[str, Any]:
        if self.impulse_response is None:
            return self.get_controls(*inputs)
        return super()._stream_controls(inputs, state)

    def _response(self) -> tf.Tensor:
        return self._value("impulse_response")
