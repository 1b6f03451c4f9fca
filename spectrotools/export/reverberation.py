r"""A convolution by a long response, exported.

The response is cut into partitions of P samples, and so is the sound. The spectrum of a block is
the sum of the products of those of the partitions and of as many blocks past,

.. math:: Y_m = \sum_p H_p X_{m - p}

which is a filter of each bin along the blocks, and two transforms of 2P samples.

Gardner, "Efficient convolution without input-output delay", 1995.
"""

import numpy as np
import tensorflow as tf

from ..effects.convolved import ConvolvedReverb
from .fourier import signal_of, spectrum_of, transform_size
from .voice import Block, State

__all__ = ["ReverbVoice"]


class ReverbVoice:
    """Play a reverberation by the impulse response that it has now.

    Args:
        effect: what to play.
        partition: P, samples; of every block of sound there has to be a multiple.

    Raises:
        ValueError: if the effect is given its response.
    """

    def __init__(self, effect: ConvolvedReverb, partition: int) -> None:
        response = effect.get_controls(tf.zeros([1, 0]))["ir"].numpy().astype(np.float64)
        self._add_dry, self._partition = effect.add_dry, partition
        self._size = transform_size(2 * partition)
        self._filter = _partition_spectra(response, partition, self._size)
        partitions, _, channels, _ = self._filter.shape
        self.initial_state: dict[str, np.ndarray] = {
            "heard": np.zeros([self._size - partition], np.float32),
            "spectra": np.zeros([partitions - 1, channels], np.float32),
        }

    def step(self, inputs: list[tf.Tensor], state: State, block: Block) -> tuple[tf.Tensor, State]:
        """Convolve what has come."""
        (dry,) = inputs
        heard = tf.concat([state["heard"], dry], axis=0)
        line = tf.concat([state["spectra"], self._spectra(heard, dry)], axis=0)
        products = tf.nn.depthwise_conv2d(
            line[None, :, None], self._filter, [1, 1, 1, 1], padding="VALID"
        )
        bins = self._size // 2 + 1
        by_real, by_imaginary = tf.split(tf.reshape(products[0, :, 0], [-1, 2 * bins, 2]), 2, 1)
        real = by_real[..., 0] - by_imaginary[..., 1]
        imaginary = by_real[..., 1] + by_imaginary[..., 0]
        wet = tf.reshape(signal_of(real, imaginary)[:, -self._partition :], [-1])
        kept = {
            "heard": heard[-(self._size - self._partition) :],
            "spectra": line[tf.shape(line)[0] - state["spectra"].shape[0] :],
        }
        return (wet + dry if self._add_dry else wet), kept

    def _spectra(self, heard: tf.Tensor, dry: tf.Tensor) -> tf.Tensor:
        """The spectra of all blocks that end in what has come, ``[blocks, 2 * bins]``."""
        count = tf.shape(dry)[0] if dry.shape[0] is None else dry.shape[0]
        starts = self._partition * tf.range(count // self._partition)
        frames = tf.gather(heard, starts[:, None] + np.arange(self._size, dtype=np.int32))
        return tf.concat(spectrum_of(frames), axis=-1)


def _partition_spectra(response: np.ndarray, partition: int, size: int) -> np.ndarray:
    """A filter of every bin along blocks, by real and by imaginary part, the latest block last."""
    partitions = -(-len(response) // partition)
    padded = np.pad(response, (0, partitions * partition - len(response)))
    spectra = np.fft.rfft(padded.reshape(partitions, partition), size)[::-1]
    parts = np.stack([spectra.real, spectra.imag], axis=-1)
    return np.concatenate([parts, parts], axis=1)[:, None].astype(np.float32)
