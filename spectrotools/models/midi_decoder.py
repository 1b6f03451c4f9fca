"""A decoder of notes."""

from collections.abc import Iterable, Mapping
from typing import Any

import keras
import tensorflow as tf

from .._validate import number
from ..ops.pitch_units import midi_to_hz
from .decoder import HARMONIC_PLUS_NOISE
from .recurrent_decoder import RecurrentDecoder

__all__ = ["MidiDecoder"]


@keras.saving.register_keras_serializable("spectrotools")
class MidiDecoder(RecurrentDecoder):
    r"""Decode notes: pitch and velocity instead of what was measured of a sound.

    A batch has ``pitch``, MIDI notes, and ``velocity``, 0 to 127 and 0 where no note is held, both
    ``[batch, frames]``; let the pitch hold through a rest, so that a note can die away. The
    network bends the pitch, within ``deviation`` D semitones, for slides and vibrato:

    .. math:: f_0 = 440 \cdot 2^{(p + D \tanh x - 69) / 12}

    and puts out ``f0_hz`` besides its other outputs.

    Args:
        outputs: ``(name, size)`` each, but for ``f0_hz``.
        deviation: D, semitones, at least 0.
        rnn_units: as in :class:`RecurrentDecoder`, as are all that follow.
        units: of each fully connected layer.
        layers: of each stack.
        **options: of ``keras.layers.Layer``.

    Raises:
        ValueError: if a setting is out of its range.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> decoder = st.models.MidiDecoder(rnn_units=8, layers=0, deviation=0.0)
        >>> features = {name: tf.fill([1, 10, 1], 69 / 127) for name in decoder.inputs}
        >>> f"{decoder(features)['f0_hz'][0, 0, 0]:.1f} Hz"
        '440.0 Hz'

    References:
        Wu et al., "MIDI-DDSP: detailed control of musical performance via hierarchical modeling",
        ICLR 2022, and ddsp 3.7, ``decoders.MidiToHarmonicDecoder``.
    """

    def __init__(
        self,
        *,
        outputs: Iterable[tuple[str, int]] = HARMONIC_PLUS_NOISE,
        deviation: float = 1.0,
        rnn_units: int = 512,
        units: int = 512,
        layers: int = 3,
        **options: Any,
    ) -> None:
        super().__init__(
            inputs=("pitch_scaled", "velocity_scaled"),
            outputs=(("bend", 1), *outputs),
            rnn_units=rnn_units,
            units=units,
            layers=layers,
            **options,
        )
        self.deviation = number("deviation", deviation, 0.0)

    def call(self, features: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Decode all frames, and their pitch."""
        return self._bent(super().call(features), features)

    def step(
        self, features: Mapping[str, tf.Tensor], state: Any
    ) -> tuple[dict[str, tf.Tensor], Any]:
        """Decode the next frames, and their pitch."""
        outputs, state = super().step(features, state)
        return self._bent(outputs, features), state

    def _bent(
        self, outputs: dict[str, tf.Tensor], features: Mapping[str, tf.Tensor]
    ) -> dict[str, tf.Tensor]:
        bend = self.deviation * tf.tanh(outputs.pop("bend"))
        return {**outputs, "f0_hz": midi_to_hz(127.0 * features["pitch_scaled"] + bend)}

    def get_config(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        config = super().get_config()
        del config["inputs"]
        return {**config, "outputs": config["outputs"][1:], "deviation": self.deviation}
