"""What critically sampled transforms share: as many real bins in a frame as samples in a hop."""

from typing import Any

import numpy as np
import tensorflow as tf

from .._validate import check
from ..ops.framing import fit_length
from ..ops.numerics import compiled, flatten_leading, real_tensor, sizes, working_dtype
from .framed import Framed, Length

__all__ = ["Lapped"]


class Lapped(Framed):
    """A transform of real coefficients, ``hop_length`` of them in a frame, of overlapping frames.

    :meth:`overlapped` is a multiple of the transpose of :meth:`analysed`.
    """

    def __call__(self, audio: Any) -> tf.Tensor:
        """Analyse a signal.

        Args:
            audio: ``[..., time]``, floating point.

        Returns:
            ``[..., frames, hop_length]``, of the dtype of ``audio``.

        Raises:
            ValueError: if ``audio`` is not floating point or has no time axis.
        """
        audio = real_tensor("audio", audio)
        check(audio.shape.rank != 0, "audio must have a time axis", audio.shape)
        return _analyse(audio, transform=self)

    def frequencies(self, sample_rate: float) -> np.ndarray:
        """Centre frequency of every bin, Hz, float64 ``[hop_length]``."""
        check(sample_rate > 0, "sample_rate must be above 0 Hz", sample_rate)
        return (np.arange(self.hop_length) + 0.5) * sample_rate / (2 * self.hop_length)

    def times(self, frames: int, sample_rate: float) -> np.ndarray:
        """Time of the middle of every frame, seconds, float64 ``[frames]``."""
        check(sample_rate > 0, "sample_rate must be above 0 Hz", sample_rate)
        middle = (len(self.window_samples) - 1) / 2
        return (np.arange(frames) * self.hop_length + middle - self.delay) / sample_rate

    @property
    def window_samples(self) -> np.ndarray:
        """What a frame is weighted by, float64, at most ``frame_length`` samples."""
        raise NotImplementedError

    def checked_coefficients(self, coefficients: Any) -> tf.Tensor:
        """The coefficients as a tensor, checked: real, and as many bins as there are."""
        coefficients = real_tensor("coefficients", coefficients)
        shape = coefficients.shape
        fits = shape.rank is None or (shape.rank >= 2 and shape[-1] in (None, self.hop_length))
        rule = f"coefficients must be [..., frames, hop_length = {self.hop_length}]"
        check(fits, rule, shape)
        return coefficients

    def _synthesised(self, coefficients: Any, length: Length | None) -> tf.Tensor:
        coefficients = self.checked_coefficients(coefficients)
        frames = coefficients.shape[-2] if coefficients.shape.rank is not None else None
        frames = tf.shape(coefficients)[-2] if frames is None else frames
        length = self.checked_length(length, frames)
        if length is not None and tf.executing_eagerly():
            length = tf.constant(length, tf.int32)  # a number would be traced anew
        return _synthesise(coefficients, length, transform=self)


@compiled
def _analyse(audio: tf.Tensor, *, transform: Lapped) -> tf.Tensor:
    flat, unfold = flatten_leading(tf.cast(audio, working_dtype(audio.dtype)), keep=1)
    frames, delay = transform.num_frames(sizes(flat)[1]), transform.delay
    end = (frames - 1) * transform.hop_length + transform.frame_length
    padded = fit_length(tf.pad(flat, [[0, 0], [delay, 0]]), end)
    return unfold(tf.cast(transform.analysed(padded), audio.dtype))


@compiled
def _synthesise(coefficients: tf.Tensor, length: Length | None, *, transform: Lapped) -> tf.Tensor:
    kept = coefficients.dtype
    flat, unfold = flatten_leading(tf.cast(coefficients, working_dtype(kept)), keep=2)
    if length is None:
        length = transform.default_length(sizes(flat)[1])
    audio = transform.overlapped(flat)[:, transform.delay :]
    return unfold(tf.cast(fit_length(audio, length), kept))
