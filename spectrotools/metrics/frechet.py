"""The Fréchet distance of embeddings, and what it would be of infinitely many."""

from typing import Any, NamedTuple

import numpy as np

from .._validate import check, integer
from .arguments import array, embeddings

__all__ = [
    "ExtrapolatedDistance",
    "extrapolated_frechet_distance",
    "frechet_distance",
    "gaussian_frechet_distance",
]


class ExtrapolatedDistance(NamedTuple):
    """A distance of samples, and where it goes as they grow.

    Attributes:
        distance: of all the items that there are.
        limit: of infinitely many items of the estimate, unbiased by their number.
        slope: of the line through the distances of subsets, over one by their size: the bias of
            n items is ``slope / n``.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> items = np.linspace(-1, 1, 100)[:, None]
        >>> found = st.metrics.extrapolated_frechet_distance(items, items + 3.0)
        >>> f"{found.distance:.3f}"
        '9.000'
    """

    distance: float
    limit: float
    slope: float


def frechet_distance(reference: Any, estimate: Any) -> float:
    r"""Give the squared Fréchet distance between Gaussians fitted to two sets of embeddings.

    .. math:: \|\mu - \hat\mu\|^2 + \mathrm{tr}(\Sigma) + \mathrm{tr}(\hat\Sigma) -
        2\, \mathrm{tr}\big((\Sigma \hat\Sigma)^{1/2}\big)

    With embeddings of Inception it is called FID, with those of an audio model FAD. Lower is
    nearer, 0 is best. It is biased: the fewer items, the larger, by about their number's inverse,
    so that numbers of different sizes are not to be compared; see
    :func:`extrapolated_frechet_distance`.

    With :math:`\Sigma = F^T F` and the sum of singular values :math:`\|\cdot\|_*`, the last trace
    is :math:`\|F \hat F^T\|_*`, where F is a triangular factor of the items themselves. So no
    covariance is formed and no matrix root taken, and fewer items than dimensions do no harm.
    NumPy computes it, in float64.

    Args:
        reference: ``[items, dims]``, at least two items.
        estimate: ``[items, dims]``, at least two items.

    Returns:
        In the squared unit of the embeddings.

    Raises:
        ValueError: if the two are no such sets.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> reference = np.random.default_rng(0).standard_normal([1000, 8])
        >>> f"{st.metrics.frechet_distance(reference, reference + 0.5):.4f}"
        '2.0000'

    References:
        Dowson and Landau, "The Fréchet distance between multivariate normal distributions",
        Journal of Multivariate Analysis 12(3), 1982. Heusel et al., "GANs trained by a two
        time-scale update rule", NeurIPS 2017 (FID). Kilgour et al., "Fréchet audio distance",
        Interspeech 2019 (FAD).
    """
    first, second = embeddings(reference, estimate, least=2)
    return _distance(_fitted(first), _fitted(second))


def gaussian_frechet_distance(
    reference_mean: Any, reference_covariance: Any, estimate_mean: Any, estimate_covariance: Any
) -> float:
    """Give :func:`frechet_distance` of Gaussians whose means and covariances are known.

    Args:
        reference_mean: ``[dims]``.
        reference_covariance: ``[dims, dims]``, symmetric, positive semidefinite; it may be
            singular.
        estimate_mean: ``[dims]``.
        estimate_covariance: ``[dims, dims]``, likewise.

    Returns:
        In the squared unit of the means.

    Raises:
        ValueError: if an argument is not what it has to be.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> mean, covariance = np.zeros(2), np.diag([4.0, 0.0])
        >>> f"{st.metrics.gaussian_frechet_distance(mean, covariance, mean, np.eye(2)):.4f}"
        '2.0000'

    References:
        Those of :func:`frechet_distance`.
    """
    first = _given("reference", reference_mean, reference_covariance)
    second = _given("estimate", estimate_mean, estimate_covariance)
    sizes = first[0].size, second[0].size
    check(sizes[0] == sizes[1], "estimate_mean must be of the size of reference_mean", sizes)
    return _distance(first, second)


def extrapolated_frechet_distance(
    reference: Any,
    estimate: Any,
    *,
    smallest: int | None = None,
    n_subsets: int = 25,
    seed: int = 0,
) -> ExtrapolatedDistance:
    r"""Give :func:`frechet_distance` without the bias of how many items there are to judge.

    Distances of random subsets of the estimate, of sizes n from ``smallest`` to all, lie close to
    a line over 1/n, which is drawn through them by least squares. Its limit at 1/n = 0 is called
    FID∞ or FAD∞. The bias of the reference, which is taken whole, stays. A limit may be below 0,
    where noise is larger than what is left. NumPy computes it, in float64.

    Args:
        reference: ``[items, dims]``, at least two items.
        estimate: ``[items, dims]``, at least three items, and many more than dimensions for the
            line to be one.
        smallest: items of the smallest subset, in [2, items - 1]; None is a tenth of them, but
            at least two.
        n_subsets: subsets, at least two, of sizes evenly apart.
        seed: of the draws, at least 0.

    Returns:
        The distance of all items, the limit and the slope.

    Raises:
        ValueError: if an argument is not what it has to be.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> rng = np.random.default_rng(0)
        >>> reference, estimate = rng.standard_normal([20000, 8]), rng.standard_normal([500, 8])
        >>> found = st.metrics.extrapolated_frechet_distance(reference, estimate)
        >>> f"{found.distance:.3f} {found.limit:.3f} {found.slope:.0f}"
        '0.050 -0.004 27'

    References:
        Chong and Forsyth, "Effectively unbiased FID and Inception score and where to find them",
        CVPR 2020. Gui et al., "Adapting Fréchet audio distance for generative music
        evaluation", ICASSP 2024 (FAD∞).
    """
    first, second = embeddings(reference, estimate, least=2)
    items = len(second)
    check(items >= 3, "estimate must have at least 3 items to take subsets of", items)
    smallest = max(2, items // 10) if smallest is None else smallest
    integer("smallest", smallest, 2, items - 1)
    integer("n_subsets", n_subsets, 2)
    integer("seed", seed, 0)
    fitted, rng = _fitted(first), np.random.default_rng(seed)
    counts = np.linspace(smallest, items, n_subsets).round().astype(int)
    subsets = (second[rng.choice(items, count, replace=False)] for count in counts)
    distances = [_distance(fitted, _fitted(subset)) for subset in subsets]
    slope, limit = np.polyfit(1 / counts, distances, 1)
    return ExtrapolatedDistance(_distance(fitted, _fitted(second)), float(limit), float(slope))


def _fitted(items: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean, and F with covariance F^T F."""
    mean = items.mean(axis=0)
    spread = (items - mean) / np.sqrt(len(items) - 1)
    return mean, np.asarray(np.linalg.qr(spread, mode="r"))


def _given(name: str, mean: Any, covariance: Any) -> tuple[np.ndarray, np.ndarray]:
    """The mean, and F with the given covariance F^T F."""
    mean, covariance = array(f"{name}_mean", mean), array(f"{name}_covariance", covariance)
    check(mean.ndim == 1 and mean.size > 0, f"{name}_mean must be [dims >= 1]", mean.shape)
    rule = f"{name}_covariance must be [dims, dims] of {name}_mean, {mean.size}"
    check(covariance.shape == (mean.size, mean.size), rule, covariance.shape)
    within = 1e-8 * np.max(np.abs(covariance))  # as a covariance comes out of float32
    asymmetry = np.max(np.abs(covariance - covariance.T))
    check(asymmetry <= within, f"{name}_covariance must be symmetric", float(asymmetry))
    values, vectors = np.linalg.eigh(covariance)
    check(values[0] >= -within, f"{name}_covariance must be positive semidefinite", values[0])
    return mean, np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T


def _distance(
    first: tuple[np.ndarray, np.ndarray], second: tuple[np.ndarray, np.ndarray]
) -> float:
    shared = np.linalg.svd(first[1] @ second[1].T, compute_uv=False).sum()
    spread = np.sum(first[1] ** 2) + np.sum(second[1] ** 2) - 2 * shared
    return float(np.sum((first[0] - second[0]) ** 2) + max(spread, 0.0))
