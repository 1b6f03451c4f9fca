r"""Phase: its angle, its unwrapping, and its advance from frame to frame, exact for hours.

What is summed up is always a whole number (see ``phase_units``), whatever the number of frames.
"""

import math
from typing import Any

import tensorflow as tf

from .._validate import check, integer
from .arctangent import arctangent
from .numerics import compiled, custom_gradient, real_tensor, working_dtype
from .phase_units import (
    half_turns_to_int,
    int_to_half_turns,
    int_to_phase,
    phase_to_int,
    units_advance,
    units_sum,
)

__all__ = [
    "accumulate_phase",
    "angle",
    "instantaneous_frequency",
    "polar",
    "unwrap",
    "wrap_phase",
]

_TURN = 2.0 * math.pi


def angle(values: Any, *, magnitude_floor: float = 1e-8) -> tf.Tensor:
    r"""Give the phase of complex numbers, with a gradient that silence does not break.

    Args:
        values: [...], complex.
        magnitude_floor: the magnitude below which the gradient fades to 0, in the unit of
            ``values``, above 0.

    Returns:
        radians in [-pi, pi]; 0 at 0.

    Raises:
        ValueError: if ``values`` are not complex or ``magnitude_floor`` is not above 0.

    Gradient:
        :math:`d\varphi = \mathrm{Im}(\bar z\,dz) / \max(|z|, \epsilon)^2`, where TensorFlow's
        own is infinite or NaN at 0; :math:`\epsilon` is ``magnitude_floor``.

    Example:
        >>> import spectrotools as st
        >>> [f"{phase:.4f}" for phase in st.angle([1j, -1.0, 0j])]
        ['1.5708', '3.1416', '0.0000']
    """
    values = tf.convert_to_tensor(values)
    check(values.dtype.is_complex, "values must be complex", values.dtype.name)
    check(magnitude_floor > 0, "magnitude_floor must be above 0", magnitude_floor)
    return _angle(values, magnitude_floor=float(magnitude_floor))


@compiled
def _angle(values: tf.Tensor, *, magnitude_floor: float) -> tf.Tensor:
    @custom_gradient
    def phase(values: tf.Tensor) -> tuple:
        real, imag = tf.math.real(values), tf.math.imag(values)

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            # Divided twice: the square of a small magnitude may underflow.
            magnitude = tf.maximum(tf.abs(values), magnitude_floor)
            scaled = upstream / magnitude
            return tf.complex(-imag / magnitude * scaled, real / magnitude * scaled)

        return arctangent(imag, real), gradient

    return phase(values)


def polar(magnitude: Any, phase: Any) -> tf.Tensor:
    """Make complex numbers of magnitude and phase.

    Args:
        magnitude: [...], floating point.
        phase: [...], radians, of the same dtype.

    Returns:
        [...], complex.

    Raises:
        ValueError: if one is not floating point.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> print(np.round(st.polar([2.0, 1.0], [0.0, np.pi / 4]), 4))
        [2.    +0.j     0.7071+0.7071j]
    """
    magnitude, phase = real_tensor("magnitude", magnitude), real_tensor("phase", phase)
    working = working_dtype(magnitude.dtype)
    magnitude, phase = tf.cast(magnitude, working), tf.cast(phase, working)
    return tf.complex(magnitude * tf.cos(phase), magnitude * tf.sin(phase))


def wrap_phase(phase: Any) -> tf.Tensor:
    """Bring phase into [-pi, pi] by whole turns.

    Args:
        phase: [...], radians.

    Returns:
        radians in [-pi, pi], of the shape of ``phase``; its gradient is 1.

    Raises:
        ValueError: if ``phase`` is not floating point.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> [f"{phase:.4f}" for phase in st.wrap_phase(np.array([3.0, 4.0, -7.0]))]
        ['3.0000', '-2.2832', '-0.7168']
    """
    return _wrap(real_tensor("phase", phase))


@compiled
def _wrap(phase: tf.Tensor) -> tf.Tensor:
    working = tf.cast(phase, working_dtype(phase.dtype))
    turns = tf.stop_gradient(tf.round(working / _TURN))
    return tf.cast(working - turns * _TURN, phase.dtype)


def unwrap(phase: Any, *, axis: int = -2) -> tf.Tensor:
    """Remove the jumps of a turn from phase along an axis, as ``numpy.unwrap`` does.

    Where neighbours differ by more than half a turn, whole turns are added to all that follows,
    so that they differ by at most half a one. The turns are summed as integers: no error builds
    up, in float32 either, but for the spacing of the large numbers themselves.

    Args:
        phase: [...], radians.
        axis: the axis to go along; the default is the frames of ``[..., frames, bins]``.

    Returns:
        radians, of the shape of ``phase``.

    Raises:
        ValueError: if ``phase`` is not floating point or has no such axis.

    Gradient:
        That of the identity: the turns are constant.

    Example:
        >>> import spectrotools as st
        >>> [f"{phase:.4f}" for phase in st.unwrap([0.0, 3.0, -3.0], axis=-1)]
        ['0.0000', '3.0000', '3.2832']
    """
    phase = real_tensor("phase", phase)
    rank = phase.shape.rank
    check(rank is None or -rank <= axis < rank, f"axis must be one of the {rank} of phase", axis)
    return _unwrap(phase, axis=axis)


@compiled
def _unwrap(phase: tf.Tensor, *, axis: int) -> tf.Tensor:
    working = tf.cast(phase, working_dtype(phase.dtype))
    count = tf.shape(working)[axis]
    ahead = tf.gather(working, tf.range(tf.minimum(1, count), count), axis=axis)
    behind = tf.gather(working, tf.range(tf.maximum(count - 1, 0)), axis=axis)
    step = tf.stop_gradient(ahead - behind)
    shifted = step + math.pi
    turns = tf.math.floordiv(shifted, _TURN)
    # A step of exactly half a turn up stays one.
    tie = (tf.math.floormod(shifted, _TURN) == 0) & (step > 0)
    turns = tf.where(tie, turns - 1, turns)
    turns = tf.where(tf.abs(step) < math.pi, tf.zeros_like(turns), turns)
    summed = tf.cumsum(tf.cast(turns, tf.int32), axis=axis)
    first = tf.zeros_like(tf.gather(working, tf.range(tf.minimum(count, 1)), axis=axis))
    summed = tf.concat([first, tf.cast(summed, working.dtype)], axis=axis)
    return tf.cast(working - summed * _TURN, phase.dtype)


def instantaneous_frequency(
    phase: Any, *, hop_length: int | None = None, n_fft: int | None = None
) -> tf.Tensor:
    r"""Give the advance of phase from frame to frame, wrapped, in half turns.

    .. math:: f[0] = \varphi[0] / \pi, \qquad
        f[t] = \mathrm{wrap}(\varphi[t] - \varphi[t-1] - 2\pi k H / N) / \pi

    With ``hop_length`` H and ``n_fft`` N, the advance of the middle of bin k is taken off, and 0
    is a partial in the middle of its bin; without, nothing is. In Hz, a value f in bin k is
    :math:`f_s (k / N + f / 2H)`, up to whole multiples of :math:`f_s / H`.

    Phase is rounded to :math:`2^{-24}` half turns (:math:`2^{-53}` in float64); from there on all
    is exact. Differences of such numbers are such numbers, and :func:`accumulate_phase` sums them
    without error, after ten hours as after ten frames.

    Args:
        phase: ``[..., frames, bins]``, radians; float32 or float64.
        hop_length: samples from frame to frame, at least 1; None leaves the bin's advance in.
        n_fft: length of the Fourier transform, samples; given if ``hop_length`` is.

    Returns:
        half turns in [-1, 1], of the shape of ``phase``.

    Raises:
        ValueError: if ``phase`` is not floating point or has no frames axis, or only one of
            ``hop_length`` and ``n_fft`` is given.

    Gradient:
        That of the difference: wrapping adds constants, and rounding is passed straight through.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> phase = np.pi * np.array([[0.5], [-0.75], [0.25]])
        >>> st.instantaneous_frequency(phase).numpy().ravel().tolist()
        [0.5, 0.75, -1.0]
    """
    phase = real_tensor("phase", phase)
    _check_frames("phase", phase)
    return _advance(phase, own=_own(hop_length, n_fft))


def accumulate_phase(
    frequency: Any, *, hop_length: int | None = None, n_fft: int | None = None
) -> tf.Tensor:
    r"""Sum instantaneous frequency up to phase: undo :func:`instantaneous_frequency`.

    The sum runs around the circle in integers: rounding to :math:`2^{-32}` turns
    (:math:`2^{-64}` in float64) happens once a frame, and nothing else is lost.

    Args:
        frequency: ``[..., frames, bins]``, half turns a frame; any real values.
        hop_length: as given to :func:`instantaneous_frequency`.
        n_fft: as given to :func:`instantaneous_frequency`.

    Returns:
        radians in [-pi, pi], of the shape of ``frequency``.

    Raises:
        ValueError: as :func:`instantaneous_frequency`.

    Gradient:
        That of the running sum, which is a sum over all later frames.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> frequency = np.array([[0.5], [0.75], [-1.0]])
        >>> (st.accumulate_phase(frequency).numpy().ravel() / np.pi).tolist()
        [0.5, -0.75, 0.25]
    """
    frequency = real_tensor("frequency", frequency)
    _check_frames("frequency", frequency)
    return _accumulate(frequency, own=_own(hop_length, n_fft))


def _check_frames(name: str, value: tf.Tensor) -> None:
    rank = value.shape.rank
    check(rank is None or rank >= 2, f"{name} must be [..., frames, bins]", value.shape)


def _own(hop_length: int | None, n_fft: int | None) -> tuple[int, int] | None:
    both = (hop_length is None) == (n_fft is None)
    check(both, "hop_length and n_fft must be given together", (hop_length, n_fft))
    if hop_length is None or n_fft is None:
        return None
    return integer("hop_length", hop_length, 1), integer("n_fft", n_fft, 1)


@compiled
def _advance(phase: tf.Tensor, *, own: tuple[int, int] | None) -> tf.Tensor:
    return tf.cast(
        half_turns_between(tf.cast(phase, working_dtype(phase.dtype)), own), phase.dtype
    )


@compiled
def _accumulate(frequency: tf.Tensor, *, own: tuple[int, int] | None) -> tf.Tensor:
    working = tf.cast(frequency, working_dtype(frequency.dtype))
    return tf.cast(phase_after(working, own), frequency.dtype)


def half_turns_between(
    phase: tf.Tensor, own: tuple[int, int] | None, before: tf.Tensor | None = None
) -> tf.Tensor:
    """Give the advance of phase; ``before`` is the integer phase of the frame before the first."""

    @custom_gradient
    def differences(phase: tf.Tensor) -> tuple:
        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            later = tf.concat([upstream[..., 1:, :], tf.zeros_like(upstream[..., :1, :])], -2)
            return (upstream - later) / math.pi

        units = phase_to_int(phase, snapped=True)
        return int_to_half_turns(units_advance(units, own, before), phase.dtype), gradient

    return differences(phase)


def phase_after(
    frequency: tf.Tensor, own: tuple[int, int] | None, before: tf.Tensor | None = None
) -> tf.Tensor:
    """Sum advances of phase; ``before`` is the integer phase of the frame before the first."""

    @custom_gradient
    def summed(frequency: tf.Tensor) -> tuple:
        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            return tf.cumsum(upstream, axis=-2, reverse=True) * math.pi

        units = units_sum(half_turns_to_int(frequency), own, before)
        return int_to_phase(units, frequency.dtype), gradient

    return summed(frequency)
