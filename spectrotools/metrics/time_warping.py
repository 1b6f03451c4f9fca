"""Dynamic time warping, exact, one anti-diagonal after the other."""

from typing import Any

import numpy as np

from .._validate import check
from .arguments import array

__all__ = ["dtw"]

_STEPS = ((1, 1), (0, 1), (1, 0))  # of equally cheap ways back the first, as librosa does


def dtw(costs: Any) -> tuple[float, np.ndarray]:
    r"""Align two sequences, each in its order, so that what stands together costs least.

    .. math:: D[i, j] = C[i, j] + \min(D[i-1, j-1],\ D[i, j-1],\ D[i-1, j])

    from the first pair to the last, with no bound on how far the path strays. NumPy computes it,
    in float64; time and memory grow with the product of the lengths.

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
        recognition", IEEE TASSP 26(1), 1978, the asymmetric form with P = 0.
    """
    costs = array("costs", costs)
    fits = costs.ndim == 2 and costs.size > 0
    check(fits, "costs must be [rows, columns], at least one of each", costs.shape)
    totals = _accumulated(costs)
    return float(totals[-1, -1]), _path(totals)


def _accumulated(costs: np.ndarray) -> np.ndarray:
    """The cost of the best path to each pair, behind a row and a column of infinities.

    An anti-diagonal of a matrix is a slice of its flat array, and needs only the two before it.
    """
    rows, columns = costs.shape
    totals = np.full((rows + 1, columns + 1), np.inf)
    totals[0, 0] = 0.0
    flat, flat_costs = totals.reshape(-1), np.ascontiguousarray(costs).reshape(-1)
    for diagonal in range(rows + columns - 1):
        first = max(0, diagonal - columns + 1)
        count = min(diagonal, rows - 1) - first + 1
        here = (first + 1) * (columns + 1) + (diagonal - first + 1)
        slanted, above, left = (
            _slant(flat, here - back, columns, count) for back in (columns + 2, columns + 1, 1)
        )
        cost = _slant(flat_costs, first * columns + diagonal - first, columns - 1, count)
        best = np.minimum(np.minimum(slanted, above), left)
        _slant(flat, here, columns, count)[:] = best + cost
    return totals


def _slant(flat: np.ndarray, start: int, step: int, count: int) -> np.ndarray:
    step = max(step, 1)  # a single column has anti-diagonals of one item
    return flat[start : start + step * (count - 1) + 1 : step]


def _path(totals: np.ndarray) -> np.ndarray:
    """Back along the cheapest way, from the last pair to the first."""
    row, column = totals.shape[0] - 1, totals.shape[1] - 1
    pairs = [(row, column)]
    while (row, column) != (1, 1):
        down, right = min(_STEPS, key=lambda step: totals[row - step[0], column - step[1]])
        row, column = row - down, column - right
        pairs.append((row, column))
    return np.array(pairs[::-1]) - 1
