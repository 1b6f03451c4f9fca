"""What reverberations by an impulse response share."""

from typing import Any

import keras
import tensorflow as tf

from ..ops.convolution import fft_convolve
from .effect import Effect

__all__ = ["ConvolvedReverb", "next_seed"]


class ConvolvedReverb(Effect):
    """Convolve by a response whose first tap is left out, and add the dry sound.

    A class of its own has ``add_dry`` and :meth:`_response`. A stream keeps the response that it
    began with.
    """

    def get_controls(self, audio: tf.Tensor) -> dict[str, tf.Tensor]:
        """Make the impulse response.

        Args:
            audio: ``[..., time]``.
        """
        return {"audio": audio, "ir": without_first_tap(self._response())}

    def get_signal(self, **controls: Any) -> tf.Tensor:
        """Convolve ``audio`` by ``ir``."""
        audio = controls["audio"]
        wet = fft_convolve(audio, controls["ir"], mode="causal")
        return wet + audio if self.add_dry else wet

    def initial_state(self, batch_shape: tuple[int, ...] = ()) -> dict[str, Any]:
        """The state of a stream of which nothing has come yet, for :meth:`step`."""
        silence = tf.zeros([*batch_shape, 0], self.compute_dtype)
        controls = self.get_controls(silence)
        begun = self._process(controls, None)[1]
        return {"silence": silence, "left": begun, "ir": controls["ir"]}

    def _stream_controls(self, inputs: list[tf.Tensor], state: dict[str, Any]) -> dict[str, Any]:
        return {"audio": inputs[0], "ir": state["ir"]}

    def _response(self) -> tf.Tensor:
        """The response ``[taps]``."""
        raise NotImplementedError

    def _process(self, controls: dict[str, Any], left: Any) -> tuple[tf.Tensor, Any]:
        audio, ir = controls["audio"], controls["ir"]
        wet, left = fft_convolve(audio, ir, mode="causal", state=left, return_state=True)
        return (wet + audio if self.add_dry else wet), left


def without_first_tap(response: tf.Tensor) -> tf.Tensor:
    """The response with a first tap of 0: what that one scales is the dry sound."""
    return tf.concat([tf.zeros_like(response[..., :1]), response[..., 1:]], axis=-1)


def next_seed(seeds: keras.random.SeedGenerator) -> tf.Tensor:
    """The next seed, int32 ``[2]``."""
    return tf.cast(tf.convert_to_tensor(seeds.next()), tf.int32)
