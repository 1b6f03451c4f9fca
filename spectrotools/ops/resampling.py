r"""Resampling by a fraction: a windowed sinc at every place where an output sample stands.

With the rates reduced to :math:`s` and :math:`t`, output sample m stands at input sample
:math:`m s / t`. So t outputs later everything is moved by s inputs: *a period*. Inside a period
outputs are taken in groups that stand close together, so that what they hear in common is most of
what each hears; then a group is one product of a stretch of the signal with a constant matrix.
"""

import dataclasses
import functools
import math
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from .._validate import check, integer
from .arguments import checked_rate
from .framing import fit_length
from .numerics import compiled, custom_gradient, flatten_leading, real_tensor, sizes, working_dtype

__all__ = ["Resampling", "checked_resampling", "resample", "resampled_length", "resampled_periods"]

_COPY = 64.0  # multiplications that take as long as it takes to copy a sample
_UNROLLED = 16  # groups; a graph of more takes long to trace
_LARGEST = 2**16  # of the terms of the fraction: the constants grow with it


@dataclasses.dataclass(frozen=True)
class Resampling:
    """A fraction of rates and the filter that belongs to it."""

    source: int  # s, of the reduced fraction
    target: int  # t
    zeros: int
    rolloff: float
    beta: float

    @property
    def reach(self) -> Fraction:
        """Samples of the input that an output hears to either side; of equal rates, none."""
        if self.source == self.target:
            return Fraction(0)
        return self.zeros * max(Fraction(1), Fraction(self.source, self.target))

    @property
    def margin(self) -> int:
        """The same, rounded up."""
        return -(-self.reach.numerator // self.reach.denominator)

    @property
    def advance(self) -> int:
        """Samples of the input that a group of outputs moves on, of the least cost.

        A group costs its stretch, ``2 * reach + advance``, for each output to multiply, and once
        to copy.
        """
        return max(int(np.sqrt(2 * self.reach * _COPY * self.source / self.target)), 1)

    @property
    def period(self) -> tuple[int, int]:
        """Input and output samples of a period, or of so many that they make a group."""
        times = max(round(self.advance / self.source), 1)
        return times * self.source, times * self.target


class _Plan(NamedTuple):
    """A period as products: groups of outputs, each of a stretch of the input by a matrix."""

    step: int  # inputs of a period
    outputs: int
    margin: int  # inputs that there are before the first period
    starts: np.ndarray  # [groups]
    matrices: np.ndarray  # [groups, stretch, outputs of a group]

    @property
    def after(self) -> int:
        """Periods that the last group reaches into."""
        return -(-(int(self.starts[-1]) + self.matrices.shape[1]) // self.step)


def resample(
    audio: Any,
    *,
    sample_rate: float,
    target_rate: float,
    zeros: int = 64,
    rolloff: float = 0.9476,
    beta: float = 14.77,
) -> tf.Tensor:
    r"""Resample a signal to another rate, by a Kaiser-windowed sinc.

    With :math:`f_s` and :math:`f_t` the rates and :math:`r = \min(1, f_t / f_s)`,

    .. math::
        y[m] = \frac{\sum_n x[n]\, h(m f_s / f_t - n)}{\sum_n h(m f_s / f_t - n)}, \qquad
        h(u) = \operatorname{sinc}(\rho r u)\,
        I_0\!\Bigl(\beta \sqrt{1 - (r u / Z)^2}\Bigr) \text{ for } |r u| \le Z,

    with ``zeros`` Z and ``rolloff`` :math:`\rho`: sample m stands exactly at time :math:`m / f_t`,
    and what is constant stays. Before and after the signal there is silence. As they are, the
    settings pass up to 0.87 of the lower Nyquist frequency and stop, to -140 dB, from 1.02 of it.

    The constants are those of a period of the reduced fraction, 160 outputs from 44.1 to 48 kHz.

    Args:
        audio: ``[..., time]``, floating point.
        sample_rate: of the signal, Hz.
        target_rate: of the result, Hz. The two must be in a ratio of whole numbers up to 65536.
        zeros: samples of the lower rate that the filter reaches to either side, at least 1.
        rolloff: where the filter is at a half, of the lower Nyquist frequency, in (0, 1].
        beta: shape of the window, at least 0: more is steeper than it is deep.

    Returns:
        ``[..., ceil(time * target_rate / sample_rate)]``; the signal itself if the rates are one.

    Raises:
        ValueError: if an argument is out of its range.

    Gradient:
        By the transpose, which is a resampling of the other direction and costs as much.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> tone = np.sin(2 * np.pi * 997.0 * np.arange(48000) / 48000)
        >>> lower = st.resample(tone, sample_rate=48000, target_rate=44100)
        >>> expected = np.sin(2 * np.pi * 997.0 * np.arange(44100) / 44100)
        >>> error = np.max(np.abs(lower - expected)[100:-100])
        >>> f"{len(lower)} samples, {20 * np.log10(error):.0f} dB"
        '44100 samples, -155 dB'

    References:
        Smith, "Digital audio resampling home page", 2002. Kaiser, "Nonrecursive digital filter
        design using the I0-sinh window function", ISCAS 1974.
    """
    audio = real_tensor("audio", audio)
    check(audio.shape.rank != 0, "audio must have a time axis", audio.shape)
    settings = checked_resampling(sample_rate, target_rate, zeros, rolloff, beta)
    return _resampled(audio, settings=settings)


def checked_resampling(
    sample_rate: float, target_rate: float, zeros: int, rolloff: float, beta: float
) -> Resampling:
    """The settings, checked."""
    source = Fraction(checked_rate(sample_rate))
    # Of rates such as 22050 / 3 a float is not the fraction that is meant, but next to it.
    exact = Fraction(checked_rate(target_rate, "target_rate")) / source
    ratio = exact.limit_denominator(_LARGEST)
    rule = f"sample_rate and target_rate must be in a ratio of whole numbers up to {_LARGEST}"
    near = abs(ratio / exact - 1) < 1e-12 and ratio.numerator <= _LARGEST
    check(near, rule, (sample_rate, target_rate))
    zeros = integer("zeros", zeros, 1)
    check(0 < rolloff <= 1, "rolloff must be in (0, 1]", rolloff)
    check(0 <= beta < np.inf, "beta must be finite and of at least 0", beta)
    return Resampling(ratio.denominator, ratio.numerator, zeros, float(rolloff), float(beta))


def resampled_length(time: Any, settings: Resampling) -> Any:
    """Samples that there are of so many: a number of a number, int64 of a tensor."""
    time = time if isinstance(time, int) else tf.cast(time, tf.int64)
    return -(-time * settings.target // settings.source)


@compiled
def _resampled(audio: tf.Tensor, *, settings: Resampling) -> tf.Tensor:
    given, dtype = audio.dtype, working_dtype(audio.dtype)
    flat, unfold = flatten_leading(tf.cast(audio, dtype), keep=1)
    length = resampled_length(sizes(flat)[1], settings)
    length = length if isinstance(length, int) else tf.cast(length, tf.int32)
    periods = -(-length // settings.period[1])
    padded = tf.pad(flat, [[0, 0], [settings.margin, 0]])
    result = resampled_periods(padded, periods, settings)[:, :length]
    return tf.cast(unfold(result), given)


def resampled_periods(audio: tf.Tensor, periods: Any, settings: Resampling) -> tf.Tensor:
    """The outputs of whole periods.

    Args:
        audio: ``[batch, time]``, from ``margin`` samples before the first period on; what there
            is not counts as silence.
        periods: how many, a number or a tensor.
        settings: of the filter.

    Returns:
        ``[batch, periods * period[1]]``.
    """
    if settings.source == settings.target:
        return fit_length(audio, periods)
    step = settings.period[0]
    return _applied(fit_length(audio, (periods + _plan(settings, False).after) * step), settings)


def _applied(audio: tf.Tensor, settings: Resampling) -> tf.Tensor:
    """The outputs of all periods but the last ones, which are only heard."""

    @custom_gradient
    def transform(audio: tf.Tensor) -> tuple:
        plan = _plan(settings, False)
        periods = sizes(audio)[1] // plan.step - plan.after
        return _products(audio, periods, plan), lambda upstream: _transposed(upstream, settings)

    return transform(audio)


def _transposed(upstream: tf.Tensor, settings: Resampling) -> tf.Tensor:
    """The transpose, which is a resampling of the other direction, and has this for its own."""

    @custom_gradient
    def transform(upstream: tf.Tensor) -> tuple:
        plan = _plan(settings, True)
        periods = sizes(upstream)[1] // plan.step + _plan(settings, False).after
        heard = tf.pad(upstream, [[0, 0], [plan.margin, 0]])
        heard = fit_length(heard, (periods + plan.after) * plan.step)
        return _products(heard, periods, plan), lambda audio: _applied(audio, settings)

    return transform(upstream)


def _products(audio: tf.Tensor, periods: Any, plan: _Plan) -> tf.Tensor:
    """Stretches of ``[batch, (periods + after) * step]`` by the matrices of their groups."""
    batch, (groups, stretch, size) = sizes(audio)[0], plan.matrices.shape
    if groups > _UNROLLED:
        within = tf.constant(plan.starts[:, None] + np.arange(stretch), tf.int32)
        index = plan.step * tf.range(periods)[:, None, None] + within
        matrices = tf.constant(plan.matrices, audio.dtype)
        joined = tf.einsum("bpgs,gso->bpgo", tf.gather(audio, index, axis=1), matrices)
        joined = tf.reshape(joined, [batch * periods, groups * size])
    else:
        rows = (
            _stretches(audio, int(start), stretch, periods, plan.step) for start in plan.starts
        )
        products = [
            tf.matmul(tf.reshape(row, [batch * periods, stretch]), tf.constant(matrix, row.dtype))
            for row, matrix in zip(rows, plan.matrices, strict=True)
        ]
        joined = tf.concat(products, axis=1)
    return tf.reshape(joined[:, : plan.outputs], [batch, periods * plan.outputs])


def _stretches(audio: tf.Tensor, start: int, stretch: int, periods: Any, step: int) -> tf.Tensor:
    """What a group hears in each period, ``[batch, periods, stretch]``."""
    batch, time = sizes(audio)
    rows = tf.reshape(audio, [batch, time // step, step])
    first, last = start // step, (start + stretch - 1) // step
    beside = [rows[:, row : row + periods] for row in range(first, last + 1)]
    begin = start - first * step
    return tf.concat(beside, axis=2)[:, :, begin : begin + stretch]


@functools.lru_cache(maxsize=32)
def _plan(settings: Resampling, transposed: bool) -> _Plan:
    """The matrices of a period, of the resampling or of its transpose.

    A stretch starts before its group by what an output hears; all are as long as the longest.
    """
    source, target, reach = settings.source, settings.target, settings.reach
    step, outputs = settings.period
    advance, margin, first = settings.advance, settings.margin, 0
    if transposed:  # its outputs are samples of the signal, from the margin before it on
        first, reach = -margin, reach * target / source
        source, target, step, outputs = target, source, outputs, step
        advance = max(advance * source // target, 1)
        margin = math.ceil(reach) - first * source // target
    groups = max(round(step / advance), 1)
    size = -(-outputs // groups)
    groups = -(-outputs // size)
    places = first + np.arange(groups * size).reshape(groups, size)
    starts = places[:, 0] * source // target - math.ceil(reach) + margin
    reaching = places[:, -1] * source * reach.denominator + target * reach.numerator
    ends = reaching // (target * reach.denominator) + margin
    stretch = int(np.max(ends - starts)) + 1
    heard = (starts - margin)[:, None] + np.arange(stretch)
    m, n = places[:, None, :], heard[:, :, None]
    m, n = (n, m) if transposed else (m, n)
    return _Plan(step, outputs, margin, starts, _weights(m, n, settings))


def _weights(m: np.ndarray, n: np.ndarray, settings: Resampling) -> np.ndarray:
    """What output m hears of sample n."""
    phases, reach = np.arange(settings.target)[:, None], settings.margin + 1
    near = phases * settings.source // settings.target + np.arange(-reach, reach + 1)
    sums = np.sum(_kernel(phases, near, settings), axis=1)
    return _kernel(m, n, settings) / sums[m % settings.target]


def _kernel(m: np.ndarray, n: np.ndarray, settings: Resampling) -> np.ndarray:
    """The windowed sinc; its place is exact, a difference of integers before it is divided."""
    source, target = settings.source, settings.target
    place = (m * source - n * target) / max(source, target)  # in samples of the lower rate
    inside = 1.0 - (place / settings.zeros) ** 2
    window = np.where(inside >= 0, np.i0(settings.beta * np.sqrt(np.maximum(inside, 0))), 0)
    return np.sinc(settings.rolloff * place) * window
