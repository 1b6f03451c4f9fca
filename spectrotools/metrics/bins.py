"""The number of statistically different bins."""

import math
from typing import Any, NamedTuple

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import ndtr, xlogy

from .._validate import check, integer
from .arguments import embeddings, finite

__all__ = ["DifferentBins", "number_of_different_bins"]

_LLOYD = 300  # iterations at most


class DifferentBins(NamedTuple):
    """In how many bins two sets have different parts of their items.

    Attributes:
        different: how many bins differ.
        share: the same, of all bins, in [0, 1].
        jensen_shannon: divergence of the two histograms, nats, in [0, ln 2].

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> items = np.repeat([0.0, 1.0], 50)[:, None]
        >>> found = st.metrics.number_of_different_bins(items, np.zeros([50, 1]), n_bins=2)
        >>> found.different, found.share, f"{found.jensen_shannon:.4f}"
        (2, 1.0, '0.2158')
    """

    different: int
    share: float
    jensen_shannon: float


def number_of_different_bins(
    reference: Any,
    estimate: Any,
    *,
    n_bins: int = 100,
    significance: float = 0.05,
    seed: int = 0,
) -> DifferentBins:
    r"""Give the number of bins of the space in which two sets differ in how many items they have.

    The bins are the Voronoi cells of k-means of the reference, each dimension divided by its
    standard deviation. Parts p and q of m and n items differ where

    .. math:: |p - q| > z \sqrt{r (1 - r) \Big(\frac{1}{m} + \frac{1}{n}\Big)}, \qquad
        r = \frac{m p + n q}{m + n}

    with z two-sided of ``significance``. Lower is nearer. Of two sets of one distribution about
    that part of the bins differs by chance; k-means fits the reference a little better than
    others, and so adds some. A model that has lost modes has many. NumPy computes it, in float64.

    Args:
        reference: ``[items, dims]``, at least ``n_bins`` distinct items, better ten times so many.
        estimate: ``[items, dims]``.
        n_bins: bins, at least 2.
        significance: how often a bin of equal parts is to be told different, in (0, 1).
        seed: of the first centres, at least 0.

    Returns:
        The count, its share of the bins, and the Jensen-Shannon divergence of the histograms.

    Raises:
        ValueError: if an argument is not what it has to be.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> reference, estimate = np.random.default_rng(0).standard_normal([2, 2000, 4])
        >>> for items in (reference, estimate, np.abs(estimate)):
        ...     found = st.metrics.number_of_different_bins(reference, items, n_bins=20)
        ...     print(found.different, f"{found.jensen_shannon:.3f}")
        0 0.000
        0 0.002
        18 0.311

    References:
        Richardson and Weiss, "On GANs and GMMs", NeurIPS 2018. Arthur and
        Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007.
    """
    integer("n_bins", n_bins, 2)
    check(0 < finite(significance) < 1, "significance must be in (0, 1)", significance)
    integer("seed", seed, 0)
    first, second = embeddings(reference, estimate, least=1)
    spread = first.std(axis=0)
    spread[spread == 0] = 1.0
    first, second = first / spread, second / spread
    distinct = len(np.unique(first, axis=0))
    check(distinct >= n_bins, "reference must have at least n_bins distinct items", distinct)
    centres = _k_means(first, n_bins, np.random.default_rng(seed))
    counts = [np.bincount(_nearest(items, centres), minlength=n_bins) for items in (first, second)]
    different = int(np.sum(_p_values(*counts) < significance))
    return DifferentBins(different, different / n_bins, _jensen_shannon(*counts))


def _p_values(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Of equal parts, two-sided, by the pooled two-proportion z-test."""
    m, n = first.sum(), second.sum()
    pooled = (first + second) / (m + n)
    error = np.sqrt(pooled * (1 - pooled) * (1 / m + 1 / n))
    apart = np.abs(first / m - second / n)
    # No error means that all or none of the items are in the bin, of both sets.
    z = np.divide(apart, error, out=np.zeros_like(apart), where=error > 0)
    return 2 * ndtr(-z)


def _jensen_shannon(first: np.ndarray, second: np.ndarray) -> float:
    p, q = first / first.sum(), second / second.sum()
    mean = (p + q) / 2
    divergence = np.sum(xlogy(p, p) + xlogy(q, q)) / 2 - np.sum(xlogy(mean, mean))
    return max(float(divergence), 0.0)


def _k_means(items: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Centres ``[count, dims]``, by Lloyd's iterations from those of k-means++."""
    centres = _first_centres(items, count, rng)
    labels = _nearest(items, centres)
    for _ in range(_LLOYD):
        sizes = np.bincount(labels, minlength=count)
        sums = np.zeros_like(centres)
        np.add.at(sums, labels, items)
        filled = sizes > 0  # a centre that has lost its items stays where it is
        centres[filled] = sums[filled] / sizes[filled, None]
        before, labels = labels, _nearest(items, centres)
        if np.array_equal(before, labels):
            break
    return centres


def _first_centres(items: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Items drawn one by one, each as likely as it is far from those before it, squared.

    Of some that are drawn the one is taken that leaves the least: so a small cluster is not
    missed, as it may be by a single draw.
    """
    drawn = 2 + math.ceil(math.log(count))
    centres = [items[rng.integers(len(items))]]
    nearest = np.sum((items - centres[0]) ** 2, axis=1)
    while len(centres) < count:
        tried = items[rng.choice(len(items), drawn, p=nearest / nearest.sum())]
        left = np.minimum(nearest, cdist(tried, items, "sqeuclidean"))
        best = np.argmin(left.sum(axis=1))
        nearest = left[best]
        centres.append(tried[best])
    return np.array(centres)


def _nearest(items: np.ndarray, centres: np.ndarray) -> np.ndarray:
    return np.argmin(cdist(items, centres, "sqeuclidean"), axis=1)
