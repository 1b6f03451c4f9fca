r"""Products of sound with windowed harmonics, at every frame: what least squares solve.

The frames of a signal lie in blocks, each of which is one product of matrices: windows
``[frames, samples]`` times waves ``[samples, harmonics]``. The waves are those of the exact
integer phase that the oscillators follow.
"""

import functools
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from .framing import fit_length, frame
from .numerics import custom_gradient, sizes
from .oscillator_phase import Course, OscillatorGrid, course_of, sine_of_units, units_along
from .tiles import over_tiles, tile_rows

__all__ = ["Blocks", "Layout", "blocks_of", "cut", "projected"]

_BASIS = 2**22  # sines in memory at a time


class Layout(NamedTuple):
    """How frames lie in blocks, each of which is one product of matrices."""

    sample_rate: float
    hop_length: int
    n_harmonics: int
    fmin: float
    periods: float

    @property
    def reach(self) -> int:
        """Samples of the longest window on either side."""
        half = 0.5 * self.periods * self.sample_rate / self.fmin
        return max(int(np.ceil(half)), self.hop_length)

    @property
    def frames(self) -> int:
        """Frames of a block: so many that it is two or three windows long."""
        wanted = tile_rows(1, max(4 * self.reach // self.hop_length, 1))
        row = 4 * self.n_harmonics + 2
        spare = max(_BASIS // row - 2 * self.reach, self.hop_length)
        return min(wanted, tile_rows(self.hop_length, spare), tile_rows(2 * self.reach, _BASIS))

    @property
    def block(self) -> int:
        """Samples of a block."""
        return (self.frames - 1) * self.hop_length + 2 * self.reach + 1

    @property
    def unknowns(self) -> int:
        """The offset, the cosines and the sines."""
        return 2 * self.n_harmonics + 1

    def blocks(self, frames: Any) -> Any:
        """How many blocks the frames of a signal are in."""
        return -(-frames // self.frames)

    def half_width(self, f0_hz: tf.Tensor) -> tf.Tensor:
        """Samples of a frame's window on either side."""
        half = 0.5 * self.periods * self.sample_rate / f0_hz
        return tf.maximum(half, tf.cast(self.hop_length, f0_hz.dtype))

    def offsets(self) -> np.ndarray:
        """How far every sample of a block is from every frame, ``[frames, block]``."""
        centres = self.reach + self.hop_length * np.arange(self.frames)
        return np.arange(self.block) - centres[:, None]


class Blocks(NamedTuple):
    """What is known of every block before any sound is heard, ``[blocks, ...]``."""

    units: tf.Tensor  # [blocks, block], the phase
    runs: tf.Tensor  # [blocks, block], which stretch of pitch a sample is in; 0 is none
    f0_hz: tf.Tensor  # [blocks, frames]
    frame_runs: tf.Tensor  # [blocks, frames], the same of frames; -1 is none


def blocks_of(f0_hz: tf.Tensor, length: Any, layout: Layout, dtype: tf.DType) -> Blocks:
    """The phase, and the stretches of pitch that no window may leave."""
    batch, frames = sizes(f0_hz)
    hop = layout.hop_length
    grid = OscillatorGrid(hop, layout.sample_rate, "linear", 1)
    voiced = f0_hz >= layout.fmin  # false of NaN
    f0_hz = tf.where(voiced, f0_hz, tf.constant(np.nan, f0_hz.dtype))
    course, _ = course_of(f0_hz[..., None], tf.zeros([batch, 1], f0_hz.dtype), grid=grid)
    units = units_along(Course(*(part[:, :-1, 0] for part in course)), hop, dtype)
    run = 1 + tf.cumsum(tf.cast(~voiced, tf.int32), axis=1)
    both = voiced & tf.concat([voiced[:, 1:], voiced[:, -1:]], axis=1)
    segment_runs = tf.where(both, run, tf.zeros_like(run))
    runs = tf.reshape(tf.repeat(segment_runs, hop, axis=1), [batch, frames * hop])[:, :length]
    count = layout.blocks(frames)
    beside = [[0, 0], [0, count * layout.frames - frames]]
    shape = [batch * count, layout.frames]
    # A frame without pitch, or beyond the last, has a window too, of sound of no stretch.
    heard_in = tf.pad(tf.where(voiced, run, tf.zeros_like(run)), beside)
    steady = tf.pad(tf.where(voiced, f0_hz, tf.zeros_like(f0_hz)), beside)
    steady = tf.where(heard_in > 0, steady, tf.cast(layout.fmin, f0_hz.dtype))
    return Blocks(
        cut(tf.reshape(units, [batch, frames * hop]), frames, layout),
        cut(runs, frames, layout),
        tf.reshape(tf.cast(steady, dtype), shape),
        tf.reshape(tf.where(heard_in > 0, heard_in, -1), shape),
    )


def cut(signal: tf.Tensor, frames: Any, layout: Layout) -> tf.Tensor:
    """Cut ``[batch, time]`` into the blocks that its frames are in, ``[blocks, block]``."""
    count, step = layout.blocks(frames), layout.frames * layout.hop_length
    signal = tf.pad(signal, [[0, 0], [layout.reach, 0]])
    signal = fit_length(signal, (count - 1) * step + layout.block)
    rows = sizes(signal)[0] * count
    return tf.reshape(frame(signal, layout.block, step), [rows, layout.block])


def projected(pieces: tf.Tensor, blocks: Blocks, layout: Layout) -> tf.Tensor:
    r"""The sums of the normal equations, ``[blocks, frames, 3 * unknowns]``.

    First those of the sound with the offset, the cosines and the sines, which it is
    differentiated by; then the moments of the window, :math:`\sum w e^{i m \varphi}`.
    """
    kernel = functools.partial(_sums, layout=layout)
    blocks = _here(blocks)

    @custom_gradient
    def sums(pieces: tf.Tensor) -> tuple:
        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            return _spread(upstream[..., : layout.unknowns], blocks, layout)

        return over_tiles(kernel, pieces, *blocks, tile=1), gradient

    return sums(pieces)


def _spread(weights: tf.Tensor, blocks: Blocks, layout: Layout) -> tf.Tensor:
    """The transpose of the sums with the sound: ``[blocks, block]``."""
    kernel = functools.partial(_spread_rows, layout=layout)
    blocks = _here(blocks)

    @custom_gradient
    def spread(weights: tf.Tensor) -> tuple:
        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            return projected(upstream, blocks, layout)[..., : layout.unknowns]

        return over_tiles(kernel, weights, *blocks, tile=1), gradient

    return spread(weights)


def _here(blocks: Blocks) -> Blocks:
    """Of the graph that is being built, for the gradient of a gradient is in yet another one."""
    return Blocks(*map(tf.identity, blocks))


def _waves(units: tf.Tensor, harmonics: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Cosines and sines of all harmonics from 0, ``[blocks, block, 1 + harmonics]`` each."""
    turns = units[..., None] * tf.cast(tf.range(harmonics + 1), units.dtype)
    return sine_of_units(turns, 1), sine_of_units(turns)


def _windows(
    runs: tf.Tensor, f0_hz: tf.Tensor, frame_runs: tf.Tensor, layout: Layout
) -> tf.Tensor:
    """The windows of a block's frames, ``[blocks, frames, block]``."""
    place = tf.constant(layout.offsets(), f0_hz.dtype) / layout.half_width(f0_hz)[..., None]
    heard = (tf.abs(place) < 1) & (runs[:, None] == frame_runs[..., None])
    return tf.where(heard, tf.cos(0.5 * np.pi * place) ** 2, tf.zeros_like(place))


def _sums(
    pieces: tf.Tensor,
    units: tf.Tensor,
    runs: tf.Tensor,
    f0_hz: tf.Tensor,
    frame_runs: tf.Tensor,
    *,
    layout: Layout,
) -> tf.Tensor:
    windows = _windows(runs, f0_hz, frame_runs, layout)
    cosines, sines = _waves(units, 2 * layout.n_harmonics)
    few = layout.n_harmonics + 1
    basis = tf.concat([cosines[..., :few], sines[..., 1:few]], axis=-1)
    # Not a product alone, which of what is not a number beside the window would be none either.
    windowed = tf.where(windows > 0, windows * pieces[:, None], tf.zeros_like(windows))
    heard = windowed @ basis
    return tf.concat([heard, windows @ cosines, windows @ sines], axis=-1)


def _spread_rows(
    weights: tf.Tensor,
    units: tf.Tensor,
    runs: tf.Tensor,
    f0_hz: tf.Tensor,
    frame_runs: tf.Tensor,
    *,
    layout: Layout,
) -> tf.Tensor:
    windows = _windows(runs, f0_hz, frame_runs, layout)
    cosines, sines = _waves(units, layout.n_harmonics)
    basis = tf.concat([cosines, sines[..., 1:]], axis=-1)
    return tf.reduce_sum(tf.matmul(windows, weights, transpose_a=True) * basis, axis=-1)
