r"""Phase from magnitudes alone: the phase gradient of a Gaussian window, and its integration.

With the Gaussian window :math:`e^{-\pi t^2 / \gamma}` the logarithm of an STFT is an analytic
function of time and frequency. So the slope of its log-magnitude s along one axis is that of its
phase along the other; from frame n to n + 1 (hop H), and from bin k to k + 1 (size N):

.. math::
    \partial_n \varphi = \frac{H N}{\gamma}\,\partial_k s + 2 \pi \frac{k H}{N}, \qquad
    \partial_k \varphi = -\frac{\gamma}{H N}\,\partial_n s

for phase counted from the middle of the window. Other windows are taken for the Gaussian nearest
to them. What is left is to integrate the gradient around the zeros of the spectrum, where it is
not that of any phase.

References:
    Průša, Balazs and Søndergaard, "A noniterative method for reconstruction of phase from STFT
    magnitude", IEEE/ACM TASLP 25(5), 2017, eq. 14-18.
"""

import functools

import numpy as np
import scipy.optimize
import tensorflow as tf

__all__ = ["gaussian_width", "integrate_frame_by_frame", "phase_steps"]

_QUIET = 1e-10  # of the loudest magnitude: slopes of the logarithm end here


@functools.lru_cache(maxsize=32)
def _nearest_width(samples: tuple[float, ...]) -> float:
    window = np.array(samples)
    time = np.arange(len(window)) - _middle(window)

    def distance(log_width: float) -> float:
        gaussian = np.exp(-np.pi * time**2 / np.exp(log_width))
        return -float(np.sum(window * gaussian) / np.linalg.norm(gaussian))

    span = np.log(np.sum(window > 0)) * 2
    return float(np.exp(scipy.optimize.minimize_scalar(distance, (span - 4, span)).x))


def _middle(window: np.ndarray) -> float:
    return float(np.sum(np.arange(len(window)) * window**2) / np.sum(window**2))


def gaussian_width(window: np.ndarray) -> float:
    r"""Find the :math:`\gamma`, samples squared, of the Gaussian nearest to a window."""
    return _nearest_width(tuple(window))


def phase_steps(
    magnitudes: tf.Tensor, window: np.ndarray, hop_length: int
) -> tuple[tf.Tensor, tf.Tensor]:
    """Turns of phase from each frame to the next, and from each bin to the next.

    The phase is that of frames which start at their first sample. Slopes are central differences,
    and a step is the mean of the slopes at its ends.

    Args:
        magnitudes: ``[batch, frames, bins]``.
        window: ``[n_fft]``, of the analysis.
        hop_length: samples from frame to frame.

    Returns:
        ``[batch, frames - 1, bins]`` and ``[batch, frames, bins - 1]``, turns.
    """
    n_fft, width = len(window), gaussian_width(window)
    loudest = tf.reduce_max(magnitudes, axis=[1, 2], keepdims=True)
    tiny = np.finfo(magnitudes.dtype.as_numpy_dtype).tiny
    level = tf.math.log(tf.maximum(magnitudes, tf.maximum(_QUIET * loudest, tiny)))
    by_bin = tf.pad((level[:, :, 2:] - level[:, :, :-2]) / 2, [[0, 0], [0, 0], [1, 1]])
    held = tf.concat([level[:, :1], level, level[:, -1:]], axis=1)
    by_frame = (held[:, 2:] - held[:, :-2]) / 2
    own = np.arange(n_fft // 2 + 1) * hop_length % n_fft / n_fft
    along = by_bin * (hop_length * n_fft / width / (2 * np.pi))
    across = by_frame * (-width / (hop_length * n_fft) / (2 * np.pi))
    ahead = (along[:, 1:] + along[:, :-1]) / 2 + tf.constant(own, magnitudes.dtype)
    up = (across[:, :, 1:] + across[:, :, :-1]) / 2 - _middle(window) / n_fft
    return ahead, up


def integrate_frame_by_frame(magnitudes: tf.Tensor, ahead: tf.Tensor, up: tf.Tensor) -> tf.Tensor:
    r"""Integrate phase steps as unit phasors, each frame by least squares from the one before it.

    Frame n is the :math:`u / |u|` of the u that minimises

    .. math:: \sum_k (m_{n-1,k} m_{n,k})^2 |u_k - e^{2 \pi i a_k} p_k|^2
        + \sum_k (m_{n,k} m_{n,k+1})^2 |u_{k+1} - e^{2 \pi i b_k} u_k|^2

    with the phasors p of the frame before, its steps a ``ahead`` and the steps b ``up``: a
    tridiagonal system, solved by cyclic reduction.

    Args:
        magnitudes: ``[batch, frames, bins]``.
        ahead: ``[batch, frames - 1, bins]``, turns.
        up: ``[batch, frames, bins - 1]``, turns.

    Returns:
        ``[batch, frames, bins]`` complex phasors.
    """
    magnitudes = magnitudes / _loudest(magnitudes)
    # Measured from the sum of its steps up from DC, a frame's phase is smooth, its system real.
    lift = tf.cumsum(tf.pad(up, [[0, 0], [0, 0], [1, 0]]), axis=2)
    turned = ahead - (lift[:, 1:] - lift[:, :-1])
    turn = _phasor(turned - tf.round(turned))
    before = (magnitudes[:, :-1] * magnitudes[:, 1:]) ** 2
    beside = (magnitudes[:, 1:, :-1] * magnitudes[:, 1:, 1:]) ** 2
    beside = tf.pad(beside, [[0, 0], [0, 0], [0, 1]])
    below = tf.pad(beside[:, :, :-1], [[0, 0], [0, 0], [1, 0]])
    pull = tf.cast(before + _REGULAR, turn.dtype) * turn
    solver = _cyclic_reduction(before + below + beside + _REGULAR, below, beside)

    def advance(phasors: tf.Tensor, frame: tuple) -> tf.Tensor:
        pull, *solver = frame
        expected = pull * phasors
        return _unit(_solve(expected, solver), expected)

    # The first frame follows from a frame of ones, by steps that change nothing.
    ones = tf.ones_like(tf.cast(magnitudes[:, :1], turn.dtype))
    idle = [tf.zeros_like(magnitudes[:, :1])] * len(solver)
    pairs = zip([ones, *idle], [pull, *solver], strict=True)
    steps = tuple(tf.transpose(tf.concat(pair, axis=1), [1, 0, 2]) for pair in pairs)
    phasors = tf.scan(advance, steps, ones[:, 0])
    return tf.transpose(phasors, [1, 0, 2]) * _phasor(lift - tf.round(lift))


_REGULAR = 1e-24  # weight, relative to the loudest, that keeps silence solvable
_LEVELS = 3  # of cyclic reduction: bins up to 2**3 - 1 away are heard, a window's main lobe


def _cyclic_reduction(diagonal: tf.Tensor, below: tf.Tensor, above: tf.Tensor) -> list[tf.Tensor]:
    """Prepare ``diagonal u_k - below u_{k-1} - above u_{k+1} = right`` for any right side.

    Each level replaces every equation by its sum with the two beside it, which makes the
    neighbours of u twice as far away and their weights smaller; after the last they are dropped.
    """
    solver = []
    for level in range(_LEVELS):
        shift = 2**level
        from_below = tf.math.divide_no_nan(below, _shifted(diagonal, shift))
        from_above = tf.math.divide_no_nan(above, _shifted(diagonal, -shift))
        diagonal = (
            diagonal - from_below * _shifted(above, shift) - from_above * _shifted(below, -shift)
        )
        below = from_below * _shifted(below, shift)
        above = from_above * _shifted(above, -shift)
        solver += [from_below, from_above]
    return solver


def _solve(right: tf.Tensor, solver: list[tf.Tensor]) -> tf.Tensor:
    """Solve the prepared equations, but for a positive factor of each unknown."""
    for level in range(_LEVELS):
        from_below, from_above = (tf.cast(part, right.dtype) for part in solver[2 * level :][:2])
        below, above = _shifted(right, 2**level), _shifted(right, -(2**level))
        right += from_below * below + from_above * above
    return right


def _shifted(values: tf.Tensor, by: int) -> tf.Tensor:
    """``values[..., k - by]``, and 0 where there is none."""
    count = min(abs(by), values.shape[-1])
    kept = values[..., : values.shape[-1] - count] if by > 0 else values[..., count:]
    nothing = tf.zeros_like(values[..., :count])
    return tf.concat([nothing, kept] if by > 0 else [kept, nothing], axis=-1)


def _unit(values: tf.Tensor, otherwise: tf.Tensor) -> tf.Tensor:
    size = tf.abs(values)
    tiny = np.finfo(size.dtype.as_numpy_dtype).tiny
    return tf.where(size > tiny, values / tf.cast(tf.maximum(size, tiny), values.dtype), otherwise)


def _phasor(turns: tf.Tensor) -> tf.Tensor:
    return tf.complex(tf.cos(2 * np.pi * turns), tf.sin(2 * np.pi * turns))


def _loudest(magnitudes: tf.Tensor) -> tf.Tensor:
    tiny = np.finfo(magnitudes.dtype.as_numpy_dtype).tiny
    return tf.maximum(tf.reduce_max(magnitudes, axis=[1, 2], keepdims=True), tiny)
