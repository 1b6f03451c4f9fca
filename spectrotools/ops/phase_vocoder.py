r"""The phase vocoder: frames of an STFT taken at another rate, their phase made to go on.

Magnitudes are read on lines between frames. Phase goes on from frame to frame of the result by
what it does in a hop of the sound about there, read on arcs, which are the shorter ways around the
circle between what it does from one frame to the next:

.. math:: \psi_{m+1} = \psi_m + \Delta\varphi\bigl(\tfrac{1}{2}(s_m + s_{m+1}) - \tfrac{1}{2}\bigr)

for frame m of the result at place s of the sound, with :math:`\Delta\varphi(j)` the advance from
frame j to j + 1. At rate 1 that is the advance itself, and the sound comes back.

Phase is in half turns, on a grid so that their sums and differences are exact.
"""

import functools
import itertools
import math
from typing import Any, Literal

import numpy as np
import tensorflow as tf

from .._validate import check, integer, one_of
from .arguments import check_values, float64_tensor
from .numerics import (
    compiled,
    custom_gradient,
    flatten_leading,
    is_for_xla_on_cpu,
    sizes,
    with_shape,
)
from .oscillator_phase import sine_of_turns
from .phase import angle, phase_after, polar

__all__ = ["Locking", "phase_vocoder"]

Locking = Literal["identity", "none"]
Convention = Literal["librosa"]

_BLOCK = 32  # bins
_MOST_BINS = 2**23  # of the largest STFT, where a graph does not know how many there are


def phase_vocoder(
    coefficients: Any,
    rate: Any,
    *,
    frames: tf.Tensor | int | None = None,
    locking: Locking | None = None,
    convention: Convention | None = None,
) -> tf.Tensor:
    r"""Make the STFT of a sound that goes by faster or slower, of the same pitch.

    Frame m of the result is at place :math:`s_m = r m` of the sound, in frames, or at
    :math:`s_m = \sum_{i < m} r_i` where there is a ``rate`` for each frame; beyond the last frame
    is silence. The frequency of a partial is what its phase does in a hop, and stays.

    The bins of a partial belong together. With ``locking="identity"`` only the peaks of the
    spectrum (greater than two bins on either side) go on by themselves, from where their bin was
    left; every bin keeps to the nearest of them the difference of phase that it has in the sound.
    So a lobe keeps its shape, and an attack more of its edge.

    ``convention="librosa"`` is ``librosa.phase_vocoder``: there nothing is locked, a phase goes on
    by the advance after frame :math:`\lfloor s_m \rfloor`, and ``frames`` is as given here.

    Args:
        coefficients: ``[..., frames, bins]``, complex: of an STFT of any size, whose hop is that
            of the synthesis to come.
        rate: above 0, how much faster: a number, or a tensor of one, or of
            ``[..., new frames]``, of which the last is not used.
        frames: of the result, at least 1, a number or an integer tensor; None is
            ``ceil(frames / rate)`` of a number, and as many as there are rates. Of a tensor of
            one number it has to be given.
        locking: ``"identity"`` or ``"none"``; None is ``"identity"``, in librosa's convention
            ``"none"``.
        convention: the peer to be equal to.

    Returns:
        ``[..., new frames, bins]``, complex.

    Raises:
        ValueError: if an argument is out of its range, or ``frames`` does not fit the rates. What
            is in a tensor of rates is not looked at.

    Gradient:
        By coefficients and rate, of the lines and arcs; peaks stay where they are. In reverse
        mode where bins are locked.

    Example:
        >>> import spectrotools as st
        >>> stft = st.STFT(n_fft=512, hop_length=128)
        >>> coefficients = stft(st.tone(440.0, sample_rate=16000, length=16000))
        >>> tuple(coefficients.shape), tuple(st.phase_vocoder(coefficients, 0.5).shape)
        ((126, 257), (252, 257))

    References:
        Flanagan and Golden, "Phase vocoder", Bell System Technical Journal 45(9), 1966. Laroche
        and Dolson, "Improved phase vocoder time-scale modification of audio", IEEE Transactions
        on Speech and Audio Processing 7(3), 1999, section III.
    """
    coefficients = tf.convert_to_tensor(coefficients)
    rank = coefficients.shape.rank
    fits = coefficients.dtype.is_complex and (rank is None or rank >= 2)
    given = f"{coefficients.dtype.name} {coefficients.shape}"
    check(fits, "coefficients must be complex [..., frames, bins]", given)
    known = None if rank is None else coefficients.shape[-2]
    check(known != 0, "coefficients must have at least one frame", given)
    one_of("convention", convention, Convention, optional=True)
    one_of("locking", locking, Locking, optional=True)
    locks = (locking or ("identity" if convention is None else "none")) == "identity"
    rule = "locking must be 'none' in librosa's convention"
    check(convention is None or not locks, rule, locking)
    places = _places(rate, frames, tf.shape(coefficients)[-2] if known is None else known)
    return _vocoded(coefficients, places, locks=locks, librosas=convention is not None)


def _places(rate: Any, frames: Any, given: Any) -> tf.Tensor:
    """Where the frames of the result are, ``[..., frames]``, float64."""
    check_values("rate", rate, 0.0, within=True)
    if frames is not None and not tf.is_symbolic_tensor(frames):
        frames = integer("frames", frames, 1)
    if isinstance(rate, int | float | np.number):
        return float(rate) * tf.range(_new_frames(given, float(rate), frames), dtype=tf.float64)
    rates = float64_tensor("rate", rate)
    check(rates.shape.rank is not None, "rate must have a known number of axes", rates.shape)
    if rates.shape.rank == 0:
        check(frames is not None, "frames must be given with a tensor of one rate", frames)
        return rates * tf.range(frames, dtype=tf.float64)
    rule = "frames must be None or the number of rates"
    known = isinstance(frames, int) and rates.shape[-1] is not None
    check(not known or rates.shape[-1] == frames, rule, frames)
    return tf.cumsum(rates, axis=-1, exclusive=True)


def _new_frames(given: Any, rate: float, frames: Any) -> Any:
    if frames is not None:
        return frames
    if isinstance(given, int):
        return math.ceil(given / rate)
    return tf.cast(tf.math.ceil(tf.cast(given, tf.float64) / rate), tf.int32)


@compiled
def _vocoded(
    coefficients: tf.Tensor, places: tf.Tensor, *, locks: bool, librosas: bool
) -> tf.Tensor:
    leading = tf.shape(coefficients)[:-2]
    spread = tf.broadcast_to(places, tf.concat([leading, tf.shape(places)[-1:]], axis=0))
    spread = with_shape(spread, coefficients.shape[:-2].concatenate(places.shape[-1:]))
    places, _ = flatten_leading(spread, keep=1)
    coefficients, unfold = flatten_leading(coefficients, keep=2)
    last = sizes(coefficients)[1] - 1
    places = tf.clip_by_value(places, 0.0, tf.cast(last + 1, tf.float64))
    sound = tf.pad(coefficients, [[0, 0], [0, 2], [0, 0]])  # silence, from a frame beyond on
    low, share = _between(places, last + 1, coefficients.dtype.real_dtype)
    size = tf.abs(sound)
    magnitude = (1 - share) * _frames(size, low) + share * _frames(size, low + 1)
    phase = _snapped(angle(sound if librosas else coefficients) / math.pi)
    steps = _wrapped(phase[:, 1:] - phase[:, :-1])
    start = _frames(phase, tf.minimum(low[:, :1], last))
    if librosas:
        advance = _frames(steps, low[:, :-1])
    else:
        steps = tf.concat([steps, tf.zeros_like(phase[:, :1])], axis=1)  # where there is but one
        middle = (places[:, 1:] + places[:, :-1] - 1.0) / 2
        advance = _on_arcs(steps, middle, tf.maximum(last - 1, 0))
    advance = tf.concat([start, advance], axis=1)
    if locks:
        peaks = nearest_peaks(magnitude)
        turned = _locked(phase, advance, places, peaks, last)
        return unfold(_polar(magnitude, turned))
    turned = phase_after(advance, None) / math.pi
    return unfold(_polar(magnitude, turned))


def _polar(magnitude: tf.Tensor, half_turns: tf.Tensor) -> tf.Tensor:
    """Complex numbers of magnitudes and of half turns in [-1, 1]."""
    if not is_for_xla_on_cpu():
        return polar(magnitude, half_turns * math.pi)
    return tf.complex(magnitude * _sine(half_turns, 1), magnitude * _sine(half_turns, 0))


def _sine(half_turns: tf.Tensor, quarters: int) -> tf.Tensor:
    """The sine of half turns and so many quarter turns; XLA's own takes several times as long."""

    @custom_gradient
    def wave(half_turns: tf.Tensor) -> tuple:
        behind = half_turns / 2 + (quarters - 1) % 4 / 4
        sine = sine_of_turns(0.25 - tf.abs(behind - tf.round(behind)))
        return sine, lambda upstream: math.pi * upstream * _sine(half_turns, quarters + 1)

    return wave(half_turns)


def _between(places: tf.Tensor, last: Any, dtype: tf.DType) -> tuple[tf.Tensor, tf.Tensor]:
    """The frames at or before places, at most ``last``, and the shares of those after them."""
    low = tf.minimum(tf.cast(tf.floor(places), tf.int32), last)
    share = tf.cast(places - tf.cast(low, places.dtype), dtype)
    return low, share[:, :, None]


def _frames(values: tf.Tensor, index: tf.Tensor) -> tf.Tensor:
    return tf.gather(values, index, axis=1, batch_dims=1)


def _on_arcs(values: tf.Tensor, places: tf.Tensor, last: Any) -> tf.Tensor:
    """Half turns ``[batch, frames, bins]`` at places between frames, held outside of them."""
    places = tf.clip_by_value(places, 0.0, tf.cast(last, places.dtype))
    low, share = _between(places, last, values.dtype)
    before, after = _frames(values, low), _frames(values, tf.minimum(low + 1, last))
    return before + share * _wrapped(after - before)


def _snapped(half_turns: tf.Tensor) -> tf.Tensor:
    """Half turns in [-1, 1] on a grid on which sums of two are exact before they are wrapped."""
    grid = 1.0 / np.finfo(half_turns.dtype.as_numpy_dtype).eps
    return half_turns + tf.stop_gradient(tf.round(half_turns * grid) / grid - half_turns)


def _wrapped(half_turns: tf.Tensor) -> tf.Tensor:
    return half_turns - tf.stop_gradient(2.0 * tf.round(half_turns / 2.0))


def nearest_peaks(magnitude: tf.Tensor) -> tf.Tensor:
    """The peak nearest to each bin of ``[batch, frames, bins]``; where there is none, the bin."""
    batch, frames, bins = sizes(magnitude)
    # Bins come first: what is shifted from bin to bin is then moved in one piece.
    columns = tf.transpose(tf.reshape(magnitude, [batch * frames, bins]))
    around = tf.pad(columns, [[2, 2], [0, 0]])
    beside = [around[i : i + bins] for i in (0, 1, 3, 4)]
    peak = columns > functools.reduce(tf.maximum, beside)
    own, none = tf.range(bins)[:, None], tf.zeros_like(peak, tf.int32)
    below = _running_max(tf.where(peak, own + 1, none)) - 1
    above = bins - _running_max(tf.where(peak, bins - own, none), backward=True)
    lower = (below >= 0) & ((own - below <= above - own) | (above == bins))
    nearest = tf.where(lower, below, tf.where(above < bins, above, own))
    return tf.reshape(tf.transpose(nearest), [batch, frames, bins])


def _running_max(values: tf.Tensor, *, backward: bool = False) -> tf.Tensor:
    """The greatest up to each row of ``[bins, columns]``, or from it on, of whole numbers from 0.

    It runs through blocks of rows side by side, and then through what is the greatest of each, by
    windows that double in length.
    """
    bins, columns = sizes(values)
    blocks = -(-bins // _BLOCK)
    padded = tf.pad(values, [[0, blocks * _BLOCK - bins], [0, 0]])
    grid = tf.reshape(padded, [blocks, _BLOCK, columns])
    order = -1 if backward else 1
    rows = list(itertools.accumulate(tf.unstack(grid, axis=1)[::order], tf.maximum))
    passed = _shifted(rows[-1], order)
    reach = 1
    while reach < (blocks if isinstance(blocks, int) else _MOST_BINS // _BLOCK):
        passed = tf.maximum(passed, _shifted(passed, order * reach))
        reach *= 2
    running = tf.maximum(tf.stack(rows[::order], axis=1), passed[:, None])
    return tf.reshape(running, [blocks * _BLOCK, columns])[:bins]


def _shifted(rows: tf.Tensor, places: int) -> tf.Tensor:
    if places > 0:
        return tf.pad(rows, [[places, 0], [0, 0]])[:-places]
    return tf.pad(rows, [[0, -places], [0, 0]])[-places:]


def _locked(
    phase: tf.Tensor, advance: tf.Tensor, places: tf.Tensor, peaks: tf.Tensor, last: Any
) -> tf.Tensor:
    """Phase that goes on at the peaks, and keeps about them the differences of the sound.

    Args:
        phase: ``[batch, frames, bins]``, half turns, of the sound.
        advance: ``[batch, new, bins]``; that of the first frame is its phase.
        places: ``[batch, new]``.
        peaks: ``[batch, new, bins]``, the bin that each keeps to.
        last: the last frame of the sound.

    Returns:
        ``[batch, new, bins]``, half turns.
    """
    low, share = _between(tf.minimum(places, tf.cast(last, places.dtype)), last, phase.dtype)
    before, after = _frames(phase, low), _frames(phase, tf.minimum(low + 1, last))
    apart = _wrapped(before - _at(before, peaks))
    later = _wrapped(after - _at(after, peaks))
    apart += share * _wrapped(later - apart)
    steps = _wrapped(_at(advance, peaks) + apart)

    batch, frames, bins = sizes(steps)
    own = peaks + bins * tf.range(batch)[:, None, None]
    by_frame = [
        tf.reshape(tf.transpose(part, [1, 0, 2]), [frames, batch * bins]) for part in (steps, own)
    ]

    def following(state: tf.Tensor, frame: list[tf.Tensor]) -> tf.Tensor:
        step, peak = frame
        return _wrapped(tf.gather(state, peak) + step)

    turned = tf.scan(following, by_frame, tf.zeros_like(by_frame[0][0]))
    return tf.transpose(tf.reshape(turned, [frames, batch, bins]), [1, 0, 2])


def _at(values: tf.Tensor, bins: tf.Tensor) -> tf.Tensor:
    return tf.gather(values, bins, axis=2, batch_dims=2)
