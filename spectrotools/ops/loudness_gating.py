r"""Programme loudness of the powers of tenths of a second.

All measures of ITU-R BS.1770 and EBU R 128 are means over such powers: momentary loudness over 4,
short-term loudness over 30. Those that are gated leave some out, which is a decision: gradients
flow through the powers that stay, and not through which they are.
"""

import math
from typing import Any, Literal

import tensorflow as tf

from .._validate import check, one_of
from .k_weighting import k_weighting
from .numerics import flatten_leading, real_tensor, sizes
from .sliding_sums import frame_sums, sliding_sums

__all__ = [
    "ABSOLUTE_GATE",
    "MOMENTARY",
    "SHORT_TERM",
    "Layout",
    "channel_count",
    "checked_programme",
    "gated_loudness",
    "gated_range",
    "heard_power",
    "hop_powers",
    "means",
    "summed",
    "tenth",
    "windowed_loudness",
]

Layout = Literal["mono", "stereo", "3.0", "4.0", "5.0", "5.1"]

MOMENTARY, SHORT_TERM = 4, 30  # tenths of a second
ABSOLUTE_GATE = -70.0  # LUFS
_OFFSET = -0.691  # dB: what K-weighting adds at 997 Hz, taken away
_RELATIVE_GATE, _RANGE_GATE = 0.1, 0.01  # -10 and -20 LU, of a power
_AROUND = 1.41  # of a channel beside or behind
_WEIGHTS = {
    "mono": (1.0,),
    "stereo": (1.0, 1.0),
    "3.0": (1.0, 1.0, 1.0),
    "4.0": (1.0, 1.0, _AROUND, _AROUND),
    "5.0": (1.0, 1.0, 1.0, _AROUND, _AROUND),
    "5.1": (1.0, 1.0, 1.0, 0.0, _AROUND, _AROUND),
}


def channel_count(layout: Layout) -> int:
    """How many channels a layout has."""
    return len(_WEIGHTS[layout])


def checked_programme(audio: Any, layout: Layout | None, name: str = "audio") -> tf.Tensor:
    """A programme as a tensor, checked: of as many channels as the layout has."""
    one_of("layout", layout, Layout, optional=True)
    audio = real_tensor(name, audio)
    check(audio.shape.rank != 0, f"{name} must have a time axis", audio)
    if layout is not None:
        count, rank = channel_count(layout), audio.shape.rank
        fits = rank is None or (rank >= 2 and audio.shape[-2] in (None, count))
        rule = f"{name} must be [..., {count}, time] for layout {layout!r}"
        check(fits, rule, audio.shape)
    return audio


def heard_power(
    audio: tf.Tensor, state: tf.Tensor | None, rate: float
) -> tuple[tf.Tensor, tf.Tensor]:
    """The power of every sample of a signal as it is heard, float64, and the filter's state."""
    precise = tf.cast(audio, tf.float64)
    heard = k_weighting(precise, sample_rate=rate, state=state, return_state=True)
    return tf.square(heard.audio), heard.state


def summed(powers: tf.Tensor, layout: Layout | None) -> tf.Tensor:
    """The powers of channels, ``[..., channels, tenths]``, as that of their programme."""
    if layout is None:
        return powers
    weights = tf.constant(_WEIGHTS[layout], tf.float64)
    return tf.reduce_sum(powers * weights[:, None], axis=-2)


def tenth(rate: float) -> int:
    """Samples of a tenth of a second, to the nearest."""
    return math.floor(rate / 10.0 + 0.5)


def hop_powers(audio: tf.Tensor, *, rate: float, layout: Layout | None) -> tf.Tensor:
    """The power of a programme in every whole tenth of a second, ``[..., tenths]``, float64."""
    power, _ = heard_power(audio, None, rate)
    flat, unfold = flatten_leading(power, keep=1)
    return summed(unfold(means(flat, rate)), layout)


def means(power: tf.Tensor, rate: float) -> tf.Tensor:
    """The mean of every whole tenth of a second of ``[batch, time]``."""
    hop = tenth(rate)
    return frame_sums(power, hop, hop) / hop


def windowed_loudness(powers: tf.Tensor, tenths: int, floor_db: float) -> tf.Tensor:
    """Loudness over so many tenths, at every tenth: ``[batch, tenths]`` to LUFS."""
    return _loudness_of(sliding_sums(powers, tenths) / tenths, floor_db)


def gated_loudness(powers: tf.Tensor) -> tf.Tensor:
    """Integrated loudness of ``[batch, tenths]``, LUFS, ``[batch]``."""
    blocks = sliding_sums(powers, MOMENTARY) / MOMENTARY
    return _loudness_of(_mean(blocks, _heard(blocks, _RELATIVE_GATE)), ABSOLUTE_GATE)


def gated_range(powers: tf.Tensor) -> tf.Tensor:
    """Loudness range of ``[batch, tenths]``, LU, ``[batch]``."""
    blocks = sliding_sums(powers, SHORT_TERM) / SHORT_TERM
    heard = _heard(blocks, _RANGE_GATE)
    # In order, those left out first, as 0; one more in front, that there be one at all.
    order = tf.sort(tf.pad(blocks * heard, [[0, 0], [1, 0]]), axis=1)
    count = tf.maximum(tf.cast(tf.reduce_sum(heard, axis=1), tf.int32), 1)
    first = sizes(order)[1] - count
    # The nearest rank to 10 and to 95 % of the way, halves up, in integers.
    low, high = (first + ((count - 1) * part + 10) // 20 for part in (2, 19))
    low, high = (tf.gather(order, place, axis=1, batch_dims=1) for place in (low, high))
    return _loudness_of(high, ABSOLUTE_GATE) - _loudness_of(low, ABSOLUTE_GATE)


def _heard(blocks: tf.Tensor, relative: float) -> tf.Tensor:
    """1 for the blocks that pass both gates, 0 for the others; the gates have no gradient."""
    blocks = tf.stop_gradient(blocks)
    least = _power_of(ABSOLUTE_GATE)
    loud = tf.cast(blocks > least, blocks.dtype)
    threshold = relative * _mean(blocks, loud)[:, None]
    return loud * tf.cast(blocks > threshold, blocks.dtype)


def _mean(blocks: tf.Tensor, heard: tf.Tensor) -> tf.Tensor:
    """The mean of the blocks that are heard, ``[batch]``; 0 if there are none."""
    count = tf.maximum(tf.reduce_sum(heard, axis=1), 1.0)
    return tf.reduce_sum(blocks * heard, axis=1) / count


def _loudness_of(power: tf.Tensor, floor_db: float) -> tf.Tensor:
    """Loudness of powers, and no rounded value but the floor itself where that is."""
    least = _power_of(floor_db)
    above = tf.cast(power > least, power.dtype)
    decibels = _OFFSET + (10.0 / math.log(10.0)) * tf.math.log(tf.maximum(power, least))
    return above * decibels + (1.0 - above) * floor_db


def _power_of(loudness: float) -> float:
    return 10.0 ** ((loudness - _OFFSET) / 10.0)
