"""How sure an average over some signals is."""

from typing import Any, Literal

import numpy as np
from scipy.special import ndtr, ndtri

from .._validate import check, integer, one_of
from .arguments import array, finite

__all__ = ["bootstrap_interval"]

Method = Literal["bca", "percentile"]

_PART = 2**22  # numbers drawn at once


def bootstrap_interval(
    values: Any,
    *,
    confidence: float = 0.95,
    seed: int = 0,
    method: Method = "bca",
    n_resamples: int = 9999,
) -> tuple[float, float]:
    """Give an interval that holds the mean of what the values are a sample of.

    As many values are drawn with replacement, again and again; the interval is between two
    quantiles of the means of these. ``"percentile"`` takes those that leave out as much on either
    side; ``"bca"`` moves both by the bias and by the skewness of the sample, and so misses the
    mean as often below as above. Of few or dependent values, such as frames of one recording, an
    interval is too narrow: give one value a signal. NumPy computes it.

    Args:
        values: ``[items]``, the metric of each signal, finite, at least two.
        confidence: how often such an interval is to hold the mean, in (0, 1).
        seed: of the draws, at least 0.
        method: ``"bca"`` (bias-corrected and accelerated) or ``"percentile"``.
        n_resamples: draws.

    Returns:
        The lower and the upper end; both are the value itself where all are equal.

    Raises:
        ValueError: if an argument is not what it has to be. The infinite values that some
            metrics give are to be left out, or counted by themselves.

    Example:
        >>> import spectrotools as st
        >>> low, high = st.metrics.bootstrap_interval([1.0, 2.0, 2.5, 3.0, 6.0])
        >>> f"{low:.1f} {high:.1f}"
        '1.8 4.7'

    References:
        Efron and Tibshirani, "An introduction to the bootstrap", 1993, section 13.3 and
        equations 14.9 to 14.15.
    """
    values = array("values", values)
    check(values.ndim == 1 and values.size >= 2, "values must be [items >= 2]", values.shape)
    check(0 < finite(confidence) < 1, "confidence must be in (0, 1)", confidence)
    one_of("method", method, Method)
    integer("n_resamples", n_resamples, 1)
    integer("seed", seed, 0)
    if np.all(values == values[0]):
        return float(values[0]), float(values[0])
    means = _resampled(values, np.random.default_rng(seed), n_resamples)
    tails = np.array([(1 - confidence) / 2, (1 + confidence) / 2])
    if method == "bca":
        tails = _corrected(tails, values, means)
    low, high = np.quantile(means, tails)
    return float(low), float(high)


def _resampled(values: np.ndarray, rng: np.random.Generator, count: int) -> np.ndarray:
    rows = max(1, _PART // values.size)
    parts = [min(rows, count - start) for start in range(0, count, rows)]
    drawn = (rng.integers(0, values.size, (part, values.size)) for part in parts)
    return np.concatenate([values[index].mean(axis=1) for index in drawn])


def _corrected(tails: np.ndarray, values: np.ndarray, means: np.ndarray) -> np.ndarray:
    """The quantiles that BCa takes in place of those two."""
    mean = values.mean()
    below = 0.5 * (np.mean(means < mean) + np.mean(means <= mean))
    bias = ndtri(np.clip(below, 0.5 / means.size, 1 - 0.5 / means.size))
    # Leaving out one value moves the mean against it, by this up to a factor that cancels.
    moved = values - mean
    acceleration = np.sum(moved**3) / (6 * np.sum(moved**2) ** 1.5)
    shifted = bias + ndtri(tails)
    return ndtr(bias + shifted / (1 - acceleration * shifted))
