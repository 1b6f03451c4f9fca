"""A harmonic synthesiser, exported."""

import numpy as np
import tensorflow as tf

from .._validate import check
from ..ops.controls import segment_weights
from ..ops.nyquist import first_slope, silenced
from ..ops.oscillator_phase import sine_of_units
from ..synths.harmonic import Harmonic
from .phase import phases
from .voice import Block, State

__all__ = ["HarmonicVoice"]


class HarmonicVoice:
    """Play a :class:`spectrotools.synths.Harmonic`, of so many harmonics.

    Raises:
        ValueError: if it is of a convention.
    """

    def __init__(self, synth: Harmonic, sizes: list[int]) -> None:
        check(synth.convention is None, "convention must be None to play", synth.convention)
        self._synth = synth
        self.initial_state: dict[str, np.ndarray] = {
            "phase": np.zeros([], np.int64),
            "f0_hz": np.zeros([1], np.float32),
            "levels": np.zeros([1, sizes[1]], np.float32),
        }

    def step(self, inputs: list[tf.Tensor], state: State, block: Block) -> tuple[tf.Tensor, State]:
        """Sum harmonics up to the last frame that has come."""
        controls = self._synth.get_controls(*inputs)
        levels = controls["amplitudes"][..., None] * controls["harmonic_distribution"]
        levels = block.lasting(state["levels"], levels[0])
        hz = block.lasting(state["f0_hz"], controls["f0_hz"][0])
        grid = {"hop_length": self._synth.hop_length, "sample_rate": self._synth.sample_rate}
        phase = phases(hz, state["phase"], block.sounding(tf.int64), **grid)
        sound = self._sum(phase.along, hz, levels) * block.sounding(tf.float32)[:, None]
        kept = {"phase": phase.after, "f0_hz": hz[-1:], "levels": levels[-1:]}
        return tf.reshape(sound, [-1]), kept

    def _sum(self, units: tf.Tensor, hz: tf.Tensor, levels: tf.Tensor) -> tf.Tensor:
        """The harmonics of phase ``[segments, hop_length]``, of levels at frames."""
        synth = self._synth
        before, after = segment_weights(synth.hop_length, synth.interpolation).astype(np.float32)
        amplitudes = levels[:-1, None] * before[:, None] + levels[1:, None] * after[:, None]
        place = np.arange(synth.hop_length, dtype=np.float32) / np.float32(synth.hop_length)
        along = hz[:-1, None] + (hz[1:] - hz[:-1])[:, None] * place
        k = np.arange(1, levels.shape[-1] + 1)
        amplitudes = silenced(
            amplitudes,
            k.astype(np.float32),
            along[..., None],
            0.5 * synth.sample_rate,
            first_slope(synth.nyquist),
        )
        sines = sine_of_units(units[..., None] * k.astype(np.int32))
        return tf.reduce_sum(amplitudes * sines, axis=-1)
