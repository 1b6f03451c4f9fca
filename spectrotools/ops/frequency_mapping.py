"""Frequencies of whatever a network puts out, within a range and evenly to the ear."""

import functools
from typing import Any, Literal

import numpy as np
import tensorflow as tf

from .._validate import check, integer, one_of
from .filterbanks import hz_to_mel, mel_to_hz
from .numerics import compiled, flatten_leading, real_tensor, with_shape, working_dtype
from .pitch_units import unit_to_hz
from .scaling import soft_limit

__all__ = ["frequencies_critical_bands", "frequencies_sigmoid", "frequencies_softmax"]

BandScale = Literal["bark", "mel"]


def frequencies_sigmoid(
    x: Any, *, depth: int = 1, fmin: float = 0.0, fmax: float = 8000.0
) -> tf.Tensor:
    r"""Map numbers to frequencies by sums of sigmoids, the first coarse and the next finer.

    .. math::
        f = \sum_{i=1}^{D} u_i(\sigma(x_i))

    where :math:`u_i` maps [0, 1] evenly in octaves (:func:`unit_to_hz`): with
    :math:`R = f_\max - f_\min`, for :math:`i < D` to :math:`[0, R_i]`,
    :math:`R_i = R^{1 - (i - 1) / D} (1 - R^{-1/D})`, and for the last to what remains, from
    :math:`f_\min` on. (DDSP's does so from 0 alone; the numbers are its own for ``fmin=0``.)

    Args:
        x: ``[..., sinusoids * depth]``, of a known size; the ``depth`` numbers of a sinusoid
            are side by side.
        depth: how many sigmoids are summed, at least 1.
        fmin: lowest frequency, Hz, at least 0; 0 is taken as note 0, 8.18 Hz.
        fmax: highest frequency, Hz, above ``fmin`` by more than 1.

    Returns:
        Hz, ``[..., sinusoids]``.

    Raises:
        ValueError: if ``x`` is not floating point or does not divide by ``depth``, or the range
            is empty.

    Example:
        >>> import spectrotools as st
        >>> [f"{hz:.1f}" for hz in st.frequencies_sigmoid([-9.0, 0.0, 9.0])]
        ['8.2', '255.7', '7993.2']

    References:
        ddsp 3.7, ``core.frequencies_sigmoid``.
    """
    _check_range(fmin, fmax)
    check(fmax - fmin > 1.0, "fmax must be above fmin by more than 1 Hz", (fmin, fmax))
    return _sigmoids(_deep(x, depth), fmin=float(fmin), fmax=float(fmax), depth=depth)


def frequencies_softmax(
    x: Any, *, depth: int, fmin: float = 20.0, fmax: float = 8000.0
) -> tf.Tensor:
    r"""Map scores of places to frequencies, evenly in octaves.

    .. math::
        f = f_\min (f_\max / f_\min)^{u}, \qquad u = \sum_i \frac{i}{D - 1}\,\mathrm{softmax}(x)_i

    Args:
        x: ``[..., sinusoids * depth]``, of a known size; the scores of the ``depth`` places, from
            ``fmin`` up to ``fmax``, are side by side.
        depth: how many places there are, at least 2.
        fmin: lowest frequency, Hz, above 0.
        fmax: highest frequency, Hz, above ``fmin``.

    Returns:
        Hz, ``[..., sinusoids]``.

    Raises:
        ValueError: if ``x`` is not floating point or does not divide by ``depth``, or the range
            is empty.

    Example:
        >>> import spectrotools as st
        >>> [f"{hz:.1f}" for hz in st.frequencies_softmax([9.0, 0.0, 5.0, 5.0], depth=2)]
        ['20.0', '400.0']

    References:
        ddsp 3.7, ``core.frequencies_softmax``.
    """
    _check_range(fmin, fmax)
    check(fmin > 0, "fmin must be above 0 Hz", fmin)
    integer("depth", depth, 2)
    return _softmax(_deep(x, depth), fmin=float(fmin), fmax=float(fmax), depth=depth)


def frequencies_critical_bands(
    x: Any,
    *,
    depth: int = 1,
    depth_scale: float = 10.0,
    bandwidth_scale: float = 1.0,
    fmin: float = 20.0,
    fmax: float = 8000.0,
    scale: BandScale = "bark",
) -> tf.Tensor:
    r"""Map numbers to frequencies near fixed ones, of which each stays within a critical band.

    .. math::
        f_k = s\Bigl(c_k + b\,(24.7 + 0.108\,c_k) \sum_{i=0}^{D-1} a^{-i} \tanh x_{k,i}\Bigr)

    with centres :math:`c_k` evenly spaced on the scale from ``fmin`` to ``fmax``, and
    :math:`s` the :func:`soft_limit` to that range (which counts from ``fmin`` on, and so shifts
    all by it).

    Args:
        x: ``[..., sinusoids * depth]``, of a known size; the ``depth`` numbers of a sinusoid
            are side by side.
        depth: how many numbers are summed for each, at least 1.
        depth_scale: by what factor each counts less than the one before, above 0.
        bandwidth_scale: how many bandwidths (ERB) wide a sinusoid strays, above 0.
        fmin: lowest centre, Hz, above 0.
        fmax: highest centre, Hz, above ``fmin``.
        scale: ``"bark"`` or ``"mel"``.

    Returns:
        Hz, ``[..., sinusoids]``.

    Raises:
        ValueError: if ``x`` is not floating point or does not divide by ``depth``, or a setting is
            out of its range.

    Example:
        >>> import spectrotools as st
        >>> [f"{hz:.1f}" for hz in st.frequencies_critical_bands([0.0, 0.0, 1.0])]
        ['40.0', '1363.3', '8000.0']

    References:
        Traunmüller, "Analytical expressions for the tonotopic sensory scale", 1990, eq. 6. Moore,
        Glasberg, "A revision of Zwicker's loudness model", 1996. ddsp 3.7,
        ``core.frequencies_critical_bands``.
    """
    _check_range(fmin, fmax)
    check(fmin > 0, "fmin must be above 0 Hz", fmin)
    check(depth_scale > 0, "depth_scale must be above 0", depth_scale)
    check(bandwidth_scale > 0, "bandwidth_scale must be above 0", bandwidth_scale)
    one_of("scale", scale, BandScale)
    x = _deep(x, depth)
    return _critical_bands(
        x,
        sinusoids=int(x.shape[-2]),
        weights=tuple(float(depth_scale) ** -i for i in range(depth)),
        bandwidth=float(bandwidth_scale),
        fmin=float(fmin),
        fmax=float(fmax),
        scale=scale,
    )


def _check_range(fmin: float, fmax: float) -> None:
    check(0.0 <= fmin < fmax < np.inf, "fmin must be at least 0 and below fmax", (fmin, fmax))


def _deep(x: Any, depth: int) -> tf.Tensor:
    """What is ``[..., sinusoids * depth]`` as ``[..., sinusoids, depth]``."""
    x, depth = real_tensor("x", x), integer("depth", depth, 1)
    known = x.shape.rank is not None and x.shape.rank >= 1 and x.shape[-1] is not None
    check(known, "x must be [..., sinusoids * depth] of a known size", x.shape)
    divides = x.shape[-1] >= 1 and x.shape[-1] % depth == 0
    check(divides, f"x must have a multiple of depth={depth} numbers a frame", x.shape[-1])
    flat, unfold = flatten_leading(x, 1)
    deep = [x.shape[-1] // depth, depth]
    parts = unfold(tf.reshape(flat, [tf.shape(flat)[0], *deep]))
    return with_shape(parts, x.shape[:-1].concatenate(deep))


@compiled
def _sigmoids(x: tf.Tensor, *, fmin: float, fmax: float, depth: int) -> tf.Tensor:
    share = tf.sigmoid(tf.cast(x, working_dtype(x.dtype)))
    left = fmax - fmin
    factor, parts = left ** (1.0 / depth), []
    for i in range(depth - 1):
        taken = left * (1.0 - 1.0 / factor)
        left -= taken
        parts.append(unit_to_hz(share[..., i], fmin=0.0, fmax=taken))
    parts.append(unit_to_hz(share[..., depth - 1], fmin=fmin, fmax=fmin + left))
    return tf.cast(tf.add_n(parts), x.dtype)


@compiled
def _softmax(x: tf.Tensor, *, fmin: float, fmax: float, depth: int) -> tf.Tensor:
    scores = tf.nn.softmax(tf.cast(x, working_dtype(x.dtype)), axis=-1)
    places = tf.constant(np.linspace(0.0, 1.0, depth), scores.dtype)
    unit = tf.reduce_sum(places * scores, axis=-1)
    return tf.cast(unit_to_hz(unit, fmin=fmin, fmax=fmax), x.dtype)


@functools.lru_cache(maxsize=64)
def _centres(count: int, fmin: float, fmax: float, scale: BandScale) -> np.ndarray:
    if scale == "mel":
        low, high = (hz_to_mel(np.float64(hz), scale="htk") for hz in (fmin, fmax))
        return np.asarray(mel_to_hz(np.linspace(low, high, count), scale="htk"))
    first, last = (26.81 / (1.0 + 1960.0 / hz) - 0.53 for hz in (fmin, fmax))
    return 1960.0 / (26.81 / (np.linspace(first, last, count) + 0.53) - 1.0)


@compiled
def _critical_bands(
    x: tf.Tensor,
    *,
    sinusoids: int,
    weights: tuple[float, ...],
    bandwidth: float,
    fmin: float,
    fmax: float,
    scale: BandScale,
) -> tf.Tensor:
    bent = tf.tanh(tf.cast(x, working_dtype(x.dtype)))
    bent = tf.reduce_sum(bent * tf.constant(weights, bent.dtype), axis=-1)
    centres = _centres(sinusoids, fmin, fmax, scale)
    reach = bandwidth * (0.108 * centres + 24.7)
    placed = tf.constant(centres, bent.dtype) + tf.constant(reach, bent.dtype) * bent
    return tf.cast(soft_limit(placed, low=fmin, high=fmax), x.dtype)
