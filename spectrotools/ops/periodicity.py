r"""How far a sound is from repeating itself, frame by frame and lag by lag.

Of the :math:`N` samples of a frame, the mean squared difference at a lag is a matter of energies
and of one autocorrelation, which a Fourier transform gives for all lags at once:

.. math::
    d(k) = \frac{1}{N-k} \sum_{j=0}^{N-k-1} (x_j - x_{j+k})^2
         = \frac{2 r(0) - 2 r(k) - \sum_{j<k} (x_j^2 + x_{N-1-j}^2)}{N-k}.

YIN divides it by the mean over all shorter lags, :math:`d'(k) = k d(k) / \sum_{j=1}^{k} d(j)`: it
begins at 1, and is 0 after a whole period.

librosa (0.11) leaves the last samples of a frame, :math:`x_{N-1-j}^2`, in the sum, which makes it
rise with the lag: low sines come out up to 10 cents sharp. ``convention="librosa"`` does the same.
"""

import dataclasses
import math
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import tensorflow as tf

from .._validate import check, integer, number, one_of
from .arguments import checked_rate
from .fft import irfft, rfft
from .fourier import even_size
from .framing import PadMode, fit_length, frame_count, pad
from .numerics import sizes, with_shape
from .tiles import tile_rows

__all__ = ["Lags", "PitchConvention", "differences", "over_frames", "troughs", "vertices"]

PitchConvention = Literal["librosa"]

_PERIODS = 4.0  # of the lowest fundamental in a frame
_IN_MEMORY = 2**20  # samples of frames at a time


@dataclasses.dataclass(frozen=True)
class Lags:
    """Frames, and the lags that are looked at in each."""

    sample_rate: float
    fmin: float
    fmax: float
    hop_length: int
    frame_length: int
    pad_mode: PadMode
    convention: PitchConvention | None

    @classmethod
    def checked(
        cls,
        sample_rate: Any,
        fmin: float,
        fmax: float,
        hop_length: int,
        frame_length: int | None,
        pad_mode: PadMode,
        convention: PitchConvention | None,
    ) -> "Lags":
        """The settings of a tracker, checked."""
        rate = checked_rate(sample_rate)
        fmax = number("fmax", fmax, 0.0)
        check(fmax <= 0.5 * rate, f"fmax must be at most {0.5 * rate:g} Hz", fmax)
        fmin = number("fmin", fmin, 0.0)
        check(0 < fmin < fmax, f"fmin must be above 0 Hz and below fmax={fmax:g}", fmin)
        one_of("convention", convention, PitchConvention, optional=True)
        one_of("pad_mode", pad_mode, PadMode)
        hop_length = integer("hop_length", hop_length, 1)
        if frame_length is None:
            most = 2 * math.ceil(0.5 * _PERIODS * rate / fmin)
            frame_length = 2048 if convention else most
        least = math.ceil(rate / fmin) + 2
        frame_length = integer("frame_length", frame_length, least)
        return cls(rate, fmin, fmax, hop_length, frame_length, pad_mode, convention)

    @property
    def first(self) -> int:
        """The shortest lag; the shortest period is one more, so that it has two neighbours."""
        period = math.floor(self.sample_rate / self.fmax)
        return period if self.convention else period - 1

    @property
    def last(self) -> int:
        """The longest lag."""
        period = math.ceil(self.sample_rate / self.fmin)
        return period if self.convention else period + 1

    @property
    def count(self) -> int:
        """How many lags there are."""
        return self.last - self.first + 1


def differences(frames: tf.Tensor, lags: Lags) -> tuple[tf.Tensor, tf.Tensor]:
    """Measure the difference function of frames ``[rows, frame_length]``.

    Returns:
        the function over the mean at shorter lags, 0 in silence, and what its troughs are
        interpolated on, both ``[rows, lags]``.
    """
    if lags.convention is None:
        frames = _without_mean(frames)
    peak = tf.reduce_max(tf.abs(frames), axis=1, keepdims=True)
    frames = tf.math.divide_no_nan(frames, peak)  # whose squares neither vanish nor overflow
    n, last, dtype = lags.frame_length, lags.last, frames.dtype
    size = even_size(n + last + 1)
    spectrum = rfft(frames, size)
    power = tf.square(tf.math.real(spectrum)) + tf.square(tf.math.imag(spectrum))
    unlike = irfft(tf.complex(power, tf.zeros_like(power)), size)[:, : last + 1]
    energy = tf.square(frames[:, :last])
    if lags.convention is None:
        energy += tf.square(frames[:, : n - last - 1 : -1])
    # Of sums so near to each other, float32 would leave too little.
    outside = tf.cumsum(tf.cast(energy, tf.float64), axis=1)
    raw = 2.0 * tf.cast(unlike[:, :1] - unlike[:, 1:], tf.float64) - outside
    lag = np.arange(1.0, last + 1)
    if lags.convention is None:
        raw = tf.maximum(raw, 0.0) / (n - lag)
    over_mean = tf.math.divide_no_nan(raw * lag, tf.cumsum(raw, axis=1))
    normalised = tf.cast(over_mean[:, lags.first - 1 :], dtype)
    if lags.convention:
        return normalised, normalised
    # The mean tilts a trough, so the paper interpolates what was not divided by it.
    return normalised, tf.cast(raw[:, lags.first - 1 :], dtype)


def _without_mean(frames: tf.Tensor) -> tf.Tensor:
    """Frames without their offset, which repeats itself at every lag; its rounding is silence."""
    mean = tf.reduce_mean(frames, axis=1, keepdims=True)
    rest = frames - mean
    rounding = 8.0 * np.finfo(frames.dtype.as_numpy_dtype).eps * tf.abs(mean)
    return tf.where(tf.abs(rest) > rounding, rest, tf.zeros_like(rest))


def troughs(normalised: tf.Tensor, lags: Lags) -> tf.Tensor:
    """Where ``[rows, lags]`` is lower than before and not higher than after, as bool.

    Beyond the ends librosa knows no neighbour, and asks the other one alone.
    """
    falls = normalised[:, 1:] < normalised[:, :-1]
    rises = normalised[:, 1:] >= normalised[:, :-1]
    inside = falls[:, :-1] & rises[:, 1:]
    if lags.convention is None:
        return tf.pad(inside, [[0, 0], [1, 1]])
    begins = normalised[:, :1] < normalised[:, 1:2]
    return tf.concat([begins, inside, falls[:, -1:]], axis=1)


def vertices(normalised: tf.Tensor, smooth: tf.Tensor, lags: Lags) -> tuple[tf.Tensor, tf.Tensor]:
    """Where and how low the parabola through every three neighbours is, ``[rows, lags]`` each.

    Args:
        normalised: ``[rows, lags]`` of :func:`differences`.
        smooth: likewise, what the parabolas go through.
        lags: the settings.

    Returns:
        lags from the middle one to the vertex, 0 where they are one or more, and at the ends; and
        the normalised difference there. A period of few samples may lie between two, and be as
        exact as a multiple of it that does not. librosa takes it of the middle one.
    """
    before, here, after = smooth[:, :-2], smooth[:, 1:-1], smooth[:, 2:]
    bend = (after - here) + (before - here)
    slope = 0.5 * (after - before)
    near = tf.abs(slope) < tf.abs(bend)
    shift = -tf.math.divide_no_nan(slope, tf.where(near, bend, tf.ones_like(bend)))
    shift = tf.where(near, shift, tf.zeros_like(shift))
    ends = [[0, 0], [1, 1]]
    if lags.convention:
        return tf.pad(shift, ends), normalised
    lower = tf.math.divide_no_nan(0.5 * slope * shift, here)
    return tf.pad(shift, ends), normalised * tf.maximum(1.0 + tf.pad(lower, ends), 0.0)


def over_frames(
    kernel: Callable[[tf.Tensor], tf.Tensor],
    columns: tuple[int, ...],
    audio: tf.Tensor,
    lags: Lags,
) -> tf.Tensor:
    """Apply a function of frames to those of signals, some at a time, whatever the length.

    Args:
        kernel: from frames ``[rows, frame_length]`` to ``[rows, *columns]``.
        columns: the sizes of what it makes of a frame.
        audio: ``[batch, time]``.
        lags: the settings.

    Returns:
        ``[batch, frames, *columns]``; frame t is centred on sample ``t * hop_length``.
    """
    half, hop = lags.frame_length // 2, lags.hop_length
    audio = pad(audio, half, lags.frame_length - half, lags.pad_mode)
    batch, time = sizes(audio)
    frames = frame_count(time, lags.frame_length, hop)
    each = -(-lags.frame_length // hop)
    pieces = frames + each - 1
    hops = tf.reshape(fit_length(audio, pieces * hop), [batch * pieces, hop])

    def of_rows(row: tf.Tensor) -> tf.Tensor:
        start = row // frames * pieces + row % frames
        held = tf.gather(hops, start[:, None] + tf.range(each))
        held = tf.reshape(held, [sizes(row)[0], each * hop])
        return kernel(held[:, : lags.frame_length])

    spec = tf.TensorSpec([None, *columns], audio.dtype)
    made = _by_tiles(of_rows, spec, batch * frames, tile_rows(lags.frame_length, _IN_MEMORY))
    made = tf.reshape(made, [batch, frames, *columns])
    known = frames if isinstance(frames, int) else None
    return with_shape(made, [audio.shape[0], known, *columns])


def _by_tiles(
    of_rows: Callable[[tf.Tensor], tf.Tensor], spec: tf.TensorSpec, rows: Any, tile: int
) -> tf.Tensor:
    """Apply a function of row numbers to so many, a few at a time."""
    if isinstance(rows, int) and rows <= tile:
        return of_rows(tf.range(rows))

    def of_tile(number: tf.Tensor) -> tf.Tensor:  # the last one may do its last row again
        return of_rows(tf.minimum(number * tile + tf.range(tile), rows - 1))

    spec = tf.TensorSpec([tile, *spec.shape[1:]], spec.dtype)
    numbers = tf.range(-(-rows // tile))
    made = tf.map_fn(of_tile, numbers, fn_output_signature=spec, parallel_iterations=1)
    return tf.reshape(made, [-(-rows // tile) * tile, *spec.shape[1:]])[:rows]
