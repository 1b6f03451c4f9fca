r"""Phase from magnitudes alone: the phase gradient of a Gaussian window.

With the Gaussian window :math:`e^{-\pi t^2 / \gamma}` the logarithm of an STFT is an analytic
function of time and frequency. So the slope of its log-magnitude s along one axis is that of its
phase along the other; from frame n to n + 1 (hop H), and from bin k to k + 1 (size N):

.. math::
    \partial_n \varphi = \frac{H N}{\gamma}\,\partial_k s + 2 \pi \frac{k H}{N}, \qquad
    \partial_k \varphi = -\frac{\gamma}{H N}\,\partial_n s

for phase counted from the middle of the window. Other windows are taken for the Gaussian nearest
to them. What is left is to integrate the gradient (``frame_integration``, ``spanning_forest``)
around the zeros of the spectrum, where it is not that of any phase.

References:
    Průša, Balazs and Søndergaard, "A noniterative method for reconstruction of phase from STFT
    magnitude", IEEE/ACM TASLP 25(5), 2017, eq. 14-18.
"""

import functools

import numpy as np
import scipy.optimize
import tensorflow as tf

__all__ = ["gaussian_width", "phase_steps"]

_STEEPEST = np.log(1e10) / 2  # slope of the logarithm: steeper is next to silence, and no slope


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

    The phase is that of frames which start at their first sample. Slopes are central differences
    (of the outermost frames half a one), and a step is the mean of the slopes at its ends.

    Args:
        magnitudes: ``[batch, frames, bins]``.
        window: ``[n_fft]``, of the analysis.
        hop_length: samples from frame to frame.

    Returns:
        ``[batch, frames - 1, bins]`` and ``[batch, frames, bins - 1]``, turns.
    """
    n_fft, width = len(window), gaussian_width(window)
    tiny = np.finfo(magnitudes.dtype.as_numpy_dtype).tiny
    level = tf.math.log(tf.maximum(magnitudes, tiny))
    by_bin = tf.pad(_slope(level[:, :, :-2], level[:, :, 2:]), [[0, 0], [0, 0], [1, 1]])
    by_bin = by_bin[:, :, : n_fft // 2 + 1]  # where there is but one
    held = tf.concat([level[:, :1], level, level[:, -1:]], axis=1)
    by_frame = _slope(held[:, :-2], held[:, 2:])
    own = np.arange(n_fft // 2 + 1) * hop_length % n_fft / n_fft
    along = by_bin * (hop_length * n_fft / width / (2 * np.pi))
    across = by_frame * (-width / (hop_length * n_fft) / (2 * np.pi))
    ahead = (along[:, 1:] + along[:, :-1]) / 2 + tf.constant(own, magnitudes.dtype)
    up = (across[:, :, 1:] + across[:, :, :-1]) / 2 - _middle(window) / n_fft
    return ahead, up


def _slope(before: tf.Tensor, after: tf.Tensor) -> tf.Tensor:
    return tf.clip_by_value((after - before) / 2, -_STEEPEST, _STEEPEST)
