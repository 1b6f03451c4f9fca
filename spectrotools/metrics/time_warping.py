"""Dynamic time warping, exact, one anti-diagonal after the other.

The items of an anti-diagonal need only the two before it, and so are found all at once. Of the
whole matrix nothing is kept but a byte an item: from where the best path comes.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from .._validate import check
from .arguments import array

__all__ = ["aligned", "dtw"]

# From where a path comes; of equally good ones the first, as in librosa.
_STEPS = ((1, 1), (0, 1), (1, 0))


def dtw(costs: Any) -> tuple[float, np.ndarray]:
    r"""Align two sequences, each in its order, so that what stands together costs least.

    .. math:: D[i, j] = C[i, j] + \min(D[i-1, j-1],\ D[i, j-1],\ D[i-1, j])

    from the first pair to the last, with no bound on how far the path strays. NumPy computes it,
    in float64, in a time that grows with the product of the lengths.

    Args:
        costs: ``[rows, columns]``, C: what it costs to pair each item of one sequence with each
            of the other.

    Returns:
        The total cost, and the path ``[pairs, 2]`` of rows and columns from (0, 0) on.

    Raises:
        ValueError: if ``costs`` is no such matrix of finite numbers.

    Example:
        >>> import spectrotools as st
        >>> total, path = st.metrics.dtw([[0.0, 1.0, 2.0], [2.0, 0.5, 0.0]])
        >>> total, path.tolist()
        (0.5, [[0, 0], [1, 1], [1, 2]])

    References:
        Sakoe and Chiba, "Dynamic programming algorithm optimization for spoken word
        recognition", IEEE TASSP 26(1), 1978 (P = 0, and all weights 1).
    """
    costs = array("costs", costs)
    fits = costs.ndim == 2 and costs.size > 0
    check(fits, "costs must be [rows, columns], at least one of each", costs.shape)
    flat, columns = np.ascontiguousarray(costs).reshape(-1), costs.shape[1]
    return _dtw(lambda rows, diagonal: _slant(flat, rows, diagonal, columns), *costs.shape)


def aligned(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The path of :func:`dtw` by Euclidean distance, whose matrix is never held.

    Args:
        first: ``[rows, dims]``.
        second: ``[columns, dims]``.
    """

    def distances(rows: range, diagonal: int) -> np.ndarray:
        columns = np.arange(diagonal - rows.start, diagonal - rows.stop, -1)
        return np.linalg.norm(first[rows.start : rows.stop] - second[columns], axis=1)

    return _dtw(distances, len(first), len(second))[1]


def _dtw(
    costs: Callable[[range, int], np.ndarray], rows: int, columns: int
) -> tuple[float, np.ndarray]:
    """Total and path, from what gives the costs of some rows on an anti-diagonal.

    Totals of one anti-diagonal stand at their row plus one, with infinity where none is.
    """
    steps = np.empty(rows * columns, np.int8)
    before, last = np.full((2, rows + 1), np.inf)
    before[0] = 0.0
    for diagonal in range(rows + columns - 1):
        here = range(max(0, diagonal - columns + 1), min(diagonal, rows - 1) + 1)
        same, above = slice(here.start + 1, here.stop + 1), slice(here.start, here.stop)
        ways = np.stack([before[above], last[same], last[above]])
        _slant(steps, here, diagonal, columns)[:] = np.argmin(ways, axis=0)
        totals = np.full(rows + 1, np.inf)
        totals[same] = np.min(ways, axis=0) + costs(here, diagonal)
        before, last = last, totals
    return float(last[rows]), _path(steps.reshape(rows, columns))


def _slant(flat: np.ndarray, rows: range, diagonal: int, columns: int) -> np.ndarray:
    """Those rows of an anti-diagonal of a matrix: a slice of its items in a row."""
    step = max(columns - 1, 1)  # a single column has anti-diagonals of one item
    start = rows.start * columns + diagonal - rows.start
    return flat[start : start + step * (len(rows) - 1) + 1 : step]


def _path(steps: np.ndarray) -> np.ndarray:
    """Back from the last pair to the first, the way that the best path came."""
    row, column = steps.shape[0] - 1, steps.shape[1] - 1
    pairs = [(row, column)]
    while row or column:
        down, right = _STEPS[steps[row, column]]
        row, column = row - down, column - right
        pairs.append((row, column))
    return np.array(pairs[::-1])
