r"""Banks of filters that are one low-pass filter, modulated by cosines.

Filter k of M is :math:`2\,p[n] \cos(\tfrac{(2k+1)\pi}{2M}(n - \tfrac{N}{2}) + (-1)^k
\tfrac\pi4)`, of a prototype p of order N. The bank is :math:`A`, and :math:`M A^T A` is near the
identity, or the identity itself, as the prototype is.

The samples of every M outputs are a *row*; of R rows that a filter reaches over, :math:`R - 1`
make a *group*. So a group of outputs hears two groups of inputs, and is the sum of two products
by constant matrices: nothing is copied, and no convolution rounds as a GPU does.
"""

import functools

import numpy as np
import scipy.optimize
import tensorflow as tf

from .framing import fit_length, frame_count
from .numerics import custom_gradient, sizes

__all__ = [
    "framed_bands",
    "group_matrices",
    "kaiser_prototype",
    "overlapped_bands",
    "perfect_prototype",
]

_TOLERANCE, _STEPS = 4e-16, 30  # Newton's method takes a dozen


def kaiser_prototype(n_bands: int, order: int, cutoff: float | None, beta: float) -> np.ndarray:
    r"""A low-pass filter by a Kaiser window, float64 ``[order + 1]``.

    Args:
        n_bands: filters of the bank.
        order: taps but one.
        cutoff: of the Nyquist frequency, in (0, 1). None is where the largest
            :math:`|\sum_n p[n]\, p[n + 2 M s]|, s \ge 1`, which is what the bank distorts by,
            is least; then its scale is best, too.
        beta: shape of the window.

    References:
        Lin and Vaidyanathan, "A Kaiser window approach for the design of prototype filters of
        cosine modulated filterbanks", IEEE SPL 5(6), 1998.
    """
    if cutoff is not None:
        return _windowed_sinc(order, cutoff, beta)
    best = _windowed_sinc(order, _cutoff(n_bands, order, beta), beta)
    return best / np.sqrt(2 * n_bands * np.sum(best**2))


def _windowed_sinc(order: int, cutoff: float, beta: float) -> np.ndarray:
    return (
        cutoff * np.sinc(cutoff * (np.arange(order + 1) - order / 2)) * np.kaiser(order + 1, beta)
    )


@functools.lru_cache(maxsize=64)
def _cutoff(n_bands: int, order: int, beta: float) -> float:
    def distortion(cutoff: float) -> float:
        prototype = _windowed_sinc(order, cutoff, beta)
        lags = np.correlate(prototype, prototype, "full")[order :: 2 * n_bands]
        return float(np.max(np.abs(lags[1:]), initial=0.0) / lags[0])

    bounds = 0.5 / n_bands, 1.0 / n_bands
    found = scipy.optimize.minimize_scalar(
        distortion, bounds=bounds, method="bounded", options={"xatol": 1e-9 / n_bands}
    )
    return float(found.x)


def perfect_prototype(n_bands: int, prototype: np.ndarray) -> np.ndarray:
    r"""A prototype of perfect reconstruction near to a given one.

    With :math:`e_j[i] = p[j + 2 M i]`, a bank is orthogonal if every pair holds

    .. math::
        \sum_i e_j[i]\, e_j[i + s] + e_{j+M}[i]\, e_{j+M}[i + s] = \frac{\delta_s}{2 M^2}.

    Newton's method solves these, each pair by itself, by steps of least size. In the middle of
    an odd number of bands both of a pair are each other's mirror image: there only single taps
    hold it.

    Args:
        n_bands: filters of the bank.
        prototype: symmetric, of ``2 * n_bands * overlap`` taps.

    References:
        Koilpillai and Vaidyanathan, "Cosine-modulated FIR filter banks satisfying perfect
        reconstruction", IEEE TSP 40(4), 1992, theorem 1.
    """
    energy = 1 / (2 * n_bands**2)
    shape = -1, 2, n_bands  # [overlap, pair, bands]
    if n_bands % 2:
        prototype = prototype.copy()
        middle = prototype.reshape(shape)[:, :, n_bands // 2]  # a view
        largest = np.abs(middle) == np.max(np.abs(middle), axis=0)
        middle[:] = np.where(largest, np.sign(middle) * np.sqrt(energy / 2), 0.0)
    for _ in range(_STEPS):
        pairs = prototype.reshape(shape).transpose(2, 1, 0)
        missed, slopes = _missed(pairs, energy)
        if np.max(np.abs(missed)) <= _TOLERANCE * energy:
            break
        steps = (np.linalg.pinv(slopes) @ missed[..., None]).reshape(pairs.shape)
        prototype = prototype - steps.transpose(2, 1, 0).reshape(-1)
        prototype = (prototype + prototype[::-1]) / 2  # rounding is not symmetric
    return prototype


def _missed(pairs: np.ndarray, energy: float) -> tuple[np.ndarray, np.ndarray]:
    """By what ``[bands, pair, overlap]`` miss the conditions, and the slopes of that."""
    bands, _, overlap = pairs.shape
    padded = np.pad(pairs, [(0, 0), (0, 0), (overlap, overlap)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, overlap, axis=-1)
    ahead = windows[:, :, overlap : 2 * overlap].transpose(0, 2, 1, 3)  # [bands, lag, pair, i]
    behind = windows[:, :, overlap:0:-1].transpose(0, 2, 1, 3)
    missed = np.einsum("mpi,mspi->ms", pairs, ahead)
    missed[:, 0] -= energy
    return missed, (ahead + behind).reshape(bands, overlap, 2 * overlap)


def _filters(n_bands: int, prototype: np.ndarray) -> np.ndarray:
    """The filters of a bank, as inner products with stretches of a signal: ``[bands, taps]``."""
    band, order = np.arange(n_bands)[:, None], len(prototype) - 1
    # In parts of a turn angles are integers, and nothing is lost of large ones.
    parts = (2 * band + 1) * (2 * np.arange(order + 1) - order) + (-1) ** band * n_bands
    return 2 * prototype * np.cos(np.pi / (4 * n_bands) * (parts % (8 * n_bands)))


def group_matrices(n_bands: int, prototype: np.ndarray) -> np.ndarray:
    """What a group of outputs is of its own group of samples, and of the next one.

    Returns:
        float64 ``[2, group, group]``, ``group = (rows - 1) * n_bands`` samples and outputs.
    """
    filters = _filters(n_bands, prototype)
    rows = -(-len(prototype) // n_bands)
    group = (rows - 1) * n_bands
    matrix = np.zeros([2 * group, rows - 1, n_bands])
    for row in range(rows - 1):
        start = row * n_bands
        matrix[start : start + len(prototype), row] = filters.T
    return matrix.reshape(2, group, group)


def framed_bands(audio: tf.Tensor, matrices: np.ndarray, n_bands: int) -> tf.Tensor:
    """Filter a signal by a bank, and keep one of ``n_bands`` samples of each band.

    Args:
        audio: ``[batch, time]``, float64.
        matrices: of :func:`group_matrices`.
        n_bands: filters of the bank.

    Returns:
        ``[batch, frames, n_bands]``, of all stretches of rows that fit into the signal.
    """
    group = matrices.shape[1]

    @custom_gradient
    def transform(audio: tf.Tensor) -> tuple:
        batch, time = sizes(audio)
        frames = frame_count(time, group + n_bands, n_bands)
        groups = -(-frames * n_bands // group)
        heard = fit_length(audio, (groups + 1) * group)
        heard = tf.reshape(heard, [batch, groups + 1, group])
        own, following = (tf.constant(matrix, audio.dtype) for matrix in matrices)
        bands = _product(heard[:, :-1], own) + _product(heard[:, 1:], following)
        bands = tf.reshape(bands, [batch, groups * (group // n_bands), n_bands])[:, :frames]

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            return fit_length(overlapped_bands(upstream, matrices, n_bands), sizes(audio)[1])

        return bands, gradient

    return transform(audio)


def overlapped_bands(bands: tf.Tensor, matrices: np.ndarray, n_bands: int) -> tf.Tensor:
    """Filter every band by its filter reversed, and add: the transpose of :func:`framed_bands`.

    Args:
        bands: ``[batch, frames, n_bands]``, float64.
        matrices: of :func:`group_matrices`.
        n_bands: filters of the bank.

    Returns:
        ``[batch, (frames + rows - 1) * n_bands]``.
    """
    group = matrices.shape[1]

    @custom_gradient
    def transform(bands: tf.Tensor) -> tuple:
        batch, frames, _ = sizes(bands)
        groups = -(-frames * n_bands // group)
        flat = fit_length(tf.reshape(bands, [batch, frames * n_bands]), groups * group)
        said = tf.reshape(flat, [batch, groups, group])
        own, following = (tf.constant(matrix.T, bands.dtype) for matrix in matrices)
        early = tf.pad(_product(said, own), [[0, 0], [0, 1], [0, 0]])
        late = tf.pad(_product(said, following), [[0, 0], [1, 0], [0, 0]])
        audio = tf.reshape(early + late, [batch, (groups + 1) * group])
        audio = audio[:, : frames * n_bands + group]
        return audio, lambda upstream: framed_bands(upstream, matrices, n_bands)

    return transform(bands)


def _product(rows: tf.Tensor, matrix: tf.Tensor) -> tf.Tensor:
    """``[batch, rows, size]`` by a matrix, as one product of matrices."""
    batch, count, size = sizes(rows)
    product = tf.matmul(tf.reshape(rows, [batch * count, size]), matrix)
    return tf.reshape(product, [batch, count, size])
