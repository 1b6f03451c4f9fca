"""A synthesiser of noise, exported."""

import numpy as np
import tensorflow as tf

from .._validate import check
from ..ops.controls import segment_weights
from ..ops.frequency_sampling import frequency_impulse_response
from ..synths.filtered_noise import FilteredNoise
from .fourier import signal_of, spectrum_of, transform_size
from .noise import uniform_noise
from .voice import Block, State

__all__ = ["NoiseVoice"]


class NoiseVoice:
    """Play a :class:`spectrotools.synths.FilteredNoise`, of so many bands.

    The filters of two frames are crossfaded, each by a Fourier transform of what it hears.

    Raises:
        ValueError: if it is of a convention, or of another distribution than uniform.
    """

    def __init__(self, synth: FilteredNoise, sizes: list[int]) -> None:
        check(synth.convention is None, "convention must be None to play", synth.convention)
        uniform = synth.distribution == "uniform"
        check(uniform, "distribution must be 'uniform' to play", synth.distribution)
        self._synth, self._hop = synth, synth.hop_length
        bands = sizes[0]
        window = min(synth.window_size or 2 * bands, max(2 * (bands - 1), 1))
        self._margin = (window - 1) // 2
        self._size = transform_size(2 * (self._hop + self._margin))
        self._spectra = _filter_matrix(bands, window, self._size)
        self.initial_state: dict[str, np.ndarray] = {
            "seed": np.zeros([2], np.int32),
            "magnitudes": np.zeros([1, bands], np.float32),
        }

    def step(self, inputs: list[tf.Tensor], state: State, block: Block) -> tuple[tf.Tensor, State]:
        """Filter noise up to the last frame that has come."""
        controls = self._synth.get_controls(inputs[0], seed=state["seed"])
        magnitudes = block.lasting(state["magnitudes"], controls["magnitudes"][0])
        # A frame hears from a hop before it, and the first one stands a hop before the block.
        start = block.position - 2 * self._hop - self._margin
        noise = uniform_noise(state["seed"], start, block.hops * self._hop + self._size)
        places = self._hop * tf.range(block.hops + 1)[:, None] + np.arange(self._size, dtype="i4")
        real, imaginary = spectrum_of(tf.gather(noise, places))
        gains = magnitudes @ self._spectra
        heard = signal_of(real * gains, imaginary * gains)[:, self._margin :][:, : 2 * self._hop]
        before, after = segment_weights(self._hop, "cosine").astype(np.float32)
        sound = heard[:-1, self._hop :] * before + heard[1:, : self._hop] * after
        sound *= block.sounding(tf.float32)[:, None]
        return tf.reshape(sound, [-1]), {"seed": state["seed"], "magnitudes": magnitudes[-1:]}


def _filter_matrix(bands: int, window_size: int, size: int) -> np.ndarray:
    """What every band adds to the real spectrum of a filter without delay."""
    responses = frequency_impulse_response(np.eye(bands), window_size=window_size).numpy()
    padded = np.pad(responses, [(0, 0), (0, size - window_size)])
    return np.fft.rfft(np.roll(padded, -(window_size // 2), axis=1)).real.astype(np.float32)
