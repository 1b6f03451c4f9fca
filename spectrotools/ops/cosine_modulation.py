r"""Banks of filters that are one low-pass filter, modulated by cosines.

Filter k of M is :math:`2\,p[n] \cos(\tfrac{(2k+1)\pi}{2M}(n - \tfrac{N}{2}) + (-1)^k
\tfrac\pi4)`, of a prototype p of order N. The bank is :math:`A`, and :math:`M A^T A` is near the
identity, or the identity itself, as the prototype is.

The samples of every M outputs are a *row*; of R rows that a filter reaches over, :math:`R - 1`
make a *group*. So a group of outputs hears two groups of inputs, and is the sum of two products
by constant matrices: nothing is copied, and no convolution rounds as a GPU does.
"""

import numpy as np
import tensorflow as tf

from .framing import fit_length, frame_count
from .numerics import custom_gradient, sizes

__all__ = [
    "framed_bands",
    "group_matrices",
    "overlapped_bands",
]


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
