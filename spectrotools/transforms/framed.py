"""What every transform of frames one hop apart has: counts, lengths, and streams both ways."""

from typing import Any, TypeAlias

import tensorflow as tf

from .._validate import check, integer
from ..ops.numerics import real_tensor, working_dtype
from . import streaming
from .base import Transform

__all__ = ["Framed", "Length"]

Length: TypeAlias = tf.Tensor | int


class Framed(Transform):
    """A transform of frames of one size, one hop apart.

    It is told by where its frames stand (the properties), and by three linear maps on
    ``[batch, ...]``: :meth:`analysed`, :meth:`overlapped` and :meth:`finished`.
    """

    @property
    def hop_length(self) -> int:
        """Samples from frame to frame."""
        raise NotImplementedError

    @property
    def frame_length(self) -> int:
        """Samples that a frame sees."""
        raise NotImplementedError

    @property
    def delay(self) -> int:
        """Samples by which the first frame starts before the signal does."""
        raise NotImplementedError

    @property
    def surplus(self) -> int:
        """Samples beyond ``(frames - 1) * hop_length`` of the shortest signal, maybe below 0."""
        raise NotImplementedError

    @property
    def covers(self) -> bool:
        """Whether frames cover all of a signal, so that by default the longest one is given."""
        return True

    def analysed(self, audio: tf.Tensor) -> tf.Tensor:
        """The coefficients of all whole frames of ``[batch, time]``."""
        raise NotImplementedError

    def overlapped(self, coefficients: tf.Tensor) -> tf.Tensor:
        """The frames of coefficients, added where they overlap: ``[batch, rows * hop_length]``."""
        raise NotImplementedError

    def finished(
        self, audio: tf.Tensor, begin: Any, end: Any, *, start: Any, frames: Any
    ) -> tf.Tensor:
        """Cut samples out of such a sum; see :func:`~..ops.framing.completed`."""
        return audio[:, begin:end]

    def checked_coefficients(self, coefficients: tf.Tensor) -> tf.Tensor:
        """The coefficients as a tensor, checked."""
        raise NotImplementedError

    def num_frames(self, length: Length) -> Length:
        """How many frames a signal of ``length`` samples has, a number or a tensor."""
        length = length if tf.is_tensor(length) else integer("length", length, 0)
        count = (length - self.surplus) // self.hop_length + 1
        return max(count, 0) if isinstance(count, int) else tf.maximum(count, 0)

    def min_length(self, frames: Length) -> Length:
        """The fewest samples that have ``frames`` frames, a number or a tensor."""
        least = (frames - 1) * self.hop_length + self.surplus
        if isinstance(least, int):
            return max(least, 0) if frames else 0
        return tf.where(frames > 0, tf.maximum(least, 0), 0)

    def default_length(self, frames: Length) -> Length:
        """How many samples the inverse of ``frames`` gives where no length is asked for."""
        if not self.covers:
            return self.min_length(frames)
        length = frames * self.hop_length + self.surplus - 1
        return max(length, 0) if isinstance(length, int) else tf.maximum(length, 0)

    def checked_length(self, length: Length | None, frames: Length) -> Length | None:
        """The length as an int, or where only a graph knows it, as a tensor that it checks."""
        if length is None:
            return None
        if isinstance(length, tf.Tensor | tf.Variable) and tf.executing_eagerly():
            length = length.numpy()
        if not tf.is_tensor(length):
            length = integer("length", length, 0)
            if isinstance(frames, int):
                check(self.num_frames(length) == frames, self._length_rule(frames), length)
                return length
        rule = "length must be one whose num_frames is that of the coefficients"
        expected = tf.cast(self.num_frames(length), tf.int64)
        same = tf.debugging.assert_equal(expected, tf.cast(frames, tf.int64), message=rule)
        with tf.control_dependencies([same]):
            return tf.identity(length)

    def _length_rule(self, frames: int) -> str:
        last = self.min_length(frames + 1) - 1
        return (
            f"length must be in [{self.min_length(frames)}, {last}] for {frames} frames of "
            f"hop_length={self.hop_length}"
        )

    def initial_state(
        self, batch_shape: tuple[int, ...] = (), dtype: tf.DType = tf.float32
    ) -> streaming.AnalysisState:
        """The state of an analysis that has heard nothing yet, for :meth:`step`."""
        return streaming.initial_analysis(self, batch_shape, dtype)

    def step(
        self, block: tf.Tensor, state: streaming.AnalysisState
    ) -> tuple[tf.Tensor, streaming.AnalysisState]:
        """Analyse the next block of a stream: its new frames, and the state after it.

        However a signal ``[..., time]`` is cut into blocks, the frames of all steps and of
        the :meth:`flush` after them are those of the whole.
        """
        block = real_tensor("block", block)
        _check_fits("block", block, 1, working_dtype(block.dtype), state.buffer)
        return streaming.analyse_step(block, state, transform=self)

    def flush(self, state: streaming.AnalysisState) -> tf.Tensor:
        """The last frames of a stream, those that reach beyond its end."""
        return streaming.analyse_flush(state, transform=self)

    def initial_inverse_state(
        self, batch_shape: tuple[int, ...] = (), dtype: tf.DType = tf.float32
    ) -> streaming.SynthesisState:
        """The state of a synthesis that has seen no frame yet, for :meth:`inverse_step`."""
        return streaming.initial_synthesis(self, batch_shape, dtype)

    def inverse_step(
        self, coefficients: tf.Tensor, state: streaming.SynthesisState
    ) -> tuple[tf.Tensor, streaming.SynthesisState]:
        """Synthesise from the next frames of a stream: the samples that are complete."""
        coefficients = self.checked_coefficients(coefficients)
        dtype = working_dtype(coefficients.dtype.real_dtype)
        _check_fits("coefficients", coefficients, 2, dtype, state.overlap)
        return streaming.synthesise_step(coefficients, state, transform=self)

    def inverse_flush(
        self, state: streaming.SynthesisState, *, length: Length | None = None
    ) -> tf.Tensor:
        """The last samples of a stream of ``length`` samples in all (see :meth:`inverse`)."""
        frames = int(state.frames) if tf.executing_eagerly() else state.frames
        length = self.checked_length(length, frames)
        if length is not None:
            length = tf.cast(length, tf.int64)
        return streaming.synthesise_flush(state, length, transform=self)


def _check_fits(
    name: str, value: tf.Tensor, axes: int, dtype: tf.DType, memory: tf.Tensor
) -> None:
    """Check a block, without its last axes, against what a stream remembers."""
    batch = memory.shape[:-1]
    check(
        dtype == memory.dtype and value.shape[:-axes].is_compatible_with(batch),
        f"{name} must have the batch shape {batch} and the precision {memory.dtype.name} of the "
        f"state",
        f"{value.dtype.name} {value.shape}",
    )
