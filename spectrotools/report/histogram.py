"""How values are spread, as a picture of lines and boxes."""

import math
from typing import NamedTuple

import matplotlib.ticker
import numpy as np

from .summary import Summary

__all__ = ["Histogram", "histogram"]

_MOST_BINS = 40


class Histogram(NamedTuple):
    """Boxes and lines, all places in percent of the width and of the height."""

    bars: list[tuple[float, float, float]]  # left, width, height
    counts: list[int]  # values in each
    mean: float
    median: float
    interval: tuple[float, float] | None  # of the mean
    ticks: list[tuple[float, str]]  # place from the left, number
    rug: list[float]  # the place of each value, of few


def histogram(summary: Summary) -> Histogram | None:
    """Draw the finite values; None where there are none."""
    values = summary.values
    if not values.size:
        return None
    edges = _edges(values)
    counts, _ = np.histogram(values, edges)
    low, high = float(edges[0]), float(edges[-1])

    def place(value: float) -> float:
        return 100 * (value - low) / (high - low)

    tallest = int(counts.max())
    interval = summary.interval
    return Histogram(
        bars=[
            (place(left), place(right) - place(left), 100 * int(count) / tallest)
            for left, right, count in zip(edges[:-1], edges[1:], counts, strict=True)
        ],
        counts=[int(count) for count in counts],
        mean=place(summary.mean),
        median=place(summary.median),
        interval=None if interval is None else (place(interval[0]), place(interval[1])),
        ticks=[(place(value), text) for value, text in _ticks(low, high)],
        rug=[place(float(value)) for value in values] if values.size <= 200 else [],
    )


def _edges(values: np.ndarray) -> np.ndarray:
    """Borders of bins, as many as NumPy thinks right, but not too many."""
    low, high = float(values.min()), float(values.max())
    spread = high - low
    if spread <= 1e-9 * max(abs(low), abs(high)):  # of one value, or of what rounding tells apart
        half = 0.5 * max(abs(low), 1e-3) * 0.1
        return np.array([low - half, high + half])
    count = len(np.histogram_bin_edges(values, "auto")) - 1
    return np.linspace(low, high, min(max(count, 1), _MOST_BINS) + 1)


def _ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Round numbers in [low, high]."""
    values = matplotlib.ticker.MaxNLocator(5).tick_values(low, high)
    step = values[1] - values[0]
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    if abs(step * 10**digits - round(step * 10**digits)) > 1e-6:  # a step of 2.5
        digits += 1
    slack = 1e-9 * (high - low)
    inside = [float(value) for value in values if low - slack <= value <= high + slack]
    return [
        (value, f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")) for value in inside
    ]
