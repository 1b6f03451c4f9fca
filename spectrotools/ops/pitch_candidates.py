"""What could be the pitch of a frame, and how likely each candidate is."""

import dataclasses
import functools
import math

import numpy as np
import scipy.special
import tensorflow as tf

from .numerics import sizes
from .periodicity import Lags, differences, troughs, vertices
from .tiles import over_tiles, tile_rows

__all__ = ["Beliefs", "candidates"]

_HEIGHTS = 2**16  # troughs by thresholds in memory at a time


@dataclasses.dataclass(frozen=True)
class Beliefs:
    """What is thought likely before anything is heard."""

    n_thresholds: int
    beta_parameters: tuple[float, float]
    boltzmann_parameter: float
    resolution: float
    max_transition_rate: float
    switch_prob: float
    no_trough_prob: float

    @property
    def bins_per_octave(self) -> int:
        """Pitches in an octave."""
        return 12 * math.ceil(1.0 / self.resolution)

    def bins(self, lags: Lags) -> int:
        """Pitches in all."""
        return math.floor(self.bins_per_octave * math.log2(lags.fmax / lags.fmin)) + 1

    def width(self, lags: Lags) -> int:
        """Pitches that one frame's may come from."""
        semitones = round(12 * self.max_transition_rate * lags.hop_length / lags.sample_rate)
        return semitones * self.bins_per_octave // 12 + 1


def candidates(frames: tf.Tensor, *, lags: Lags, beliefs: Beliefs) -> tf.Tensor:
    """Hz and probability of the troughs of every frame, by lag, ``[rows, 2, troughs]``.

    Past the last trough of a frame are candidates of no probability.
    """
    normalised, smooth = differences(frames, lags)
    shifts, heights = vertices(normalised, smooth, lags)
    number = tf.cumsum(tf.cast(troughs(normalised, lags), tf.int32), axis=1)
    most = (lags.count + 1) // 2
    wanted = tf.zeros([sizes(frames)[0], 1], tf.int32) + tf.range(1, most + 1)
    lag = tf.minimum(tf.searchsorted(number, wanted), lags.count - 1)
    height = tf.gather(heights, lag, batch_dims=1)
    height = tf.where(wanted <= number[:, -1:], height, np.inf)
    period = tf.cast(lag + lags.first, frames.dtype)
    period += tf.gather(shifts, lag, batch_dims=1)
    tile = tile_rows(beliefs.n_thresholds, _HEIGHTS)
    shares = over_tiles(_shares, height, tile=tile, beliefs=beliefs)
    return tf.stack([lags.sample_rate / period, shares], axis=1)


def _shares(height: tf.Tensor, *, beliefs: Beliefs) -> tf.Tensor:
    """The probability of every trough ``[rows, troughs]``, of its height; inf is no trough.

    A threshold gives the n-th trough below it a share as of a truncated geometric series, so
    that one goes through the troughs by lag, and every threshold keeps what its next one gets.
    """
    thresholds, chance = _thresholds(beliefs.n_thresholds, beliefs.beta_parameters)
    thresholds, chance = (tf.constant(part, height.dtype) for part in (thresholds, chance))
    fade = math.exp(-beliefs.boltzmann_parameter)
    by_trough = tf.transpose(height)
    met = by_trough < thresholds[-1]
    places = tf.range(by_trough.shape[0])[:, None]
    end = tf.reduce_max(tf.where(met, places + 1, 0))

    def below(trough: tf.Tensor) -> tf.Tensor:
        return by_trough[trough][:, None] < thresholds

    def counted(trough: tf.Tensor, count: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return trough + 1, count + tf.cast(below(trough), height.dtype)

    count = tf.zeros([height.shape[0], beliefs.n_thresholds], height.dtype)
    count = tf.while_loop(lambda trough, _: trough < end, counted, (0, count))[1]
    whole = 1.0 - fade ** tf.maximum(count, 1.0)

    def shared(trough: tf.Tensor, left: tf.Tensor, shares: tf.TensorArray) -> tuple:
        chosen = below(trough)
        share = tf.reduce_sum(tf.where(chosen, left, 0.0), axis=1)
        return trough + 1, tf.where(chosen, fade * left, left), shares.write(trough, share)

    shares = tf.TensorArray(height.dtype, by_trough.shape[0]).unstack(tf.zeros_like(by_trough))
    begin = (0, chance * (1.0 - fade) / whole, shares)
    shares = tf.while_loop(lambda trough, *_: trough < end, shared, begin)[2].stack()
    lowest = tf.reduce_min(by_trough, axis=0)
    missed = tf.reduce_sum(tf.where(lowest[:, None] >= thresholds, chance, 0.0), axis=1)
    first = tf.argmin(by_trough, axis=0, output_type=tf.int32) == places
    spare = beliefs.no_trough_prob * tf.where(tf.math.is_finite(lowest), missed, 0.0)
    return tf.transpose(shares + tf.where(first, spare, 0.0))


@functools.lru_cache(maxsize=16)
def _thresholds(count: int, beta: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Thresholds above 0 to 1, and how likely each is."""
    places = np.linspace(0.0, 1.0, count + 1)
    return places[1:], np.diff(scipy.special.betainc(*beta, places))
