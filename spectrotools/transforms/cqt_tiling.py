"""How the constant-Q transform lays its coefficients out: hops, frames and slices."""

import dataclasses
import functools
import itertools
import math
from typing import Literal

import numpy as np
import tensorflow as tf

from ..ops.constant_q import Group, band_corners, make_groups, settling
from .framed import Length

__all__ = ["Layout", "PhaseOrigin", "Tiling", "make_tiling"]

Layout = Literal["matrix", "octaves", "ragged"]
PhaseOrigin = Literal["signal", "band"]

_WHOLE = 2**20  # samples of a clip that is one slice, at most
_BITS = 6  # of a number of frames that are not 0, so that Fourier transforms are fast


@dataclasses.dataclass(frozen=True)
class Tiling:
    """The numbers that follow from the settings of a transform; lengths count in ``unit``."""

    corners: tuple[tuple[float, ...], ...]  # Hz, of every filter
    sample_rate: float
    largest_hop: int  # at which all of them can be inverted
    runs: tuple[tuple[int, int], ...]  # the hop of each tensor, and its number of bins
    unit: int  # samples; the hops divide it
    context: int  # units of its neighbours that a slice hears, on either side
    size: int  # units in a slice
    phase: PhaseOrigin

    @property
    def middles(self) -> np.ndarray:
        """Where each filter stands, Hz; the last one at the Nyquist frequency."""
        return np.array([*(full for _, full, _, _ in self.corners[:-1]), self.sample_rate / 2])

    @property
    def kept(self) -> int:
        """Units that a slice is there for, between those that it shares with its neighbours."""
        return self.size - 2 * self.context

    def span(self, length: Length) -> Length:
        """Units to the last frame of a signal of so many samples."""
        least = (length - 2) // self.unit + 1
        most = max(self.size.bit_length() - _BITS, 0)  # bits that may be cut off
        if isinstance(least, int):
            return _round_up(max(least, 1), most)
        least = tf.maximum(least, 1)
        powers = tf.constant([2**power for power in range(_BITS, _BITS + most)], least.dtype)
        bits = tf.reduce_sum(tf.cast(least >= powers, least.dtype))
        cut = tf.bitwise.left_shift(tf.ones_like(least), bits)
        return -(-least // cut) * cut

    def is_whole(self, span: Length) -> bool:
        """Whether a clip of so many units, if that is known, is one slice."""
        return isinstance(span, int) and span <= max(self.size, _WHOLE // self.unit)

    def groups(self, span: int) -> tuple[Group, ...]:
        """The filters, laid out over so many units."""
        return make_groups(self.corners, self.runs, self.sample_rate, span * self.unit)


@functools.lru_cache(maxsize=64)
def make_tiling(
    sample_rate: float,
    bins_per_octave: int,
    fmin: float,
    fmax: float,
    gamma: float,
    hop_length: int | None,
    layout: Layout,
    phase: PhaseOrigin,
) -> Tiling:
    """Lay the coefficients of a transform out."""
    corners = band_corners(sample_rate, bins_per_octave, fmin, fmax, gamma)
    hops = _largest_hops(corners, sample_rate)
    runs = _runs(hops, bins_per_octave, hop_length, layout)
    unit = math.lcm(*(hop for hop, _ in runs))
    context = math.ceil(settling(corners) * sample_rate / unit)
    return Tiling(
        corners=tuple(map(tuple, corners.tolist())),
        sample_rate=sample_rate,
        largest_hop=int(hops.min()),
        runs=runs,
        unit=unit,
        context=context,
        size=_round_up(4 * context),
        phase=phase,
    )


def _largest_hops(corners: np.ndarray, sample_rate: float) -> np.ndarray:
    """For each filter, the largest whole hop at which nothing in its width is confused."""
    widths = corners[:, 3] - corners[:, 0]
    widths[[0, -1]] *= 2  # which are real, and reach as far to the other side
    return np.floor(sample_rate / widths).astype(int)


def _runs(
    hops: np.ndarray, bins_per_octave: int, hop_length: int | None, layout: Layout
) -> tuple[tuple[int, int], ...]:
    if layout == "matrix":
        return ((int(hops.min()) if hop_length is None else hop_length, len(hops)),)
    if layout == "ragged":
        rounded = [_rounded_down(hop, (2, 3)) for hop in hops]
        return tuple((hop, len(list(run))) for hop, run in itertools.groupby(rounded))
    middle = hops[1:-1]
    octaves = [middle[i : i + bins_per_octave] for i in range(0, len(middle), bins_per_octave)]
    parts = [hops[:1], *octaves, hops[-1:]]
    return tuple((_rounded_down(int(part.min()), (2,)), len(part)) for part in parts)


def _rounded_down(hop: int, odd: tuple[int, ...]) -> int:
    """The largest power of two, or that times half an odd number, that is at most ``hop``."""
    power = 2 ** (int(hop).bit_length() - 1)
    return max(power * factor // 2 for factor in odd if power * factor // 2 <= hop)


def _round_up(count: int, most: int = 62) -> int:
    """The next number of which all but the first six bits are 0, or at most so many are."""
    cut = 2 ** min(max(count.bit_length() - _BITS, 0), most)
    return -(-count // cut) * cut
