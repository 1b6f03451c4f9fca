"""The kernel distance of embeddings: maximum mean discrepancy, without bias."""

from typing import Any, Literal

import numpy as np
from scipy.spatial.distance import cdist, pdist

from .._validate import check, one_of
from .arguments import embeddings, finite

__all__ = ["kernel_distance"]

Kernel = Literal["polynomial", "gaussian"]

_ROWS = 1024  # of a kernel's matrix at once


def kernel_distance(
    reference: Any,
    estimate: Any,
    *,
    kernel: Kernel = "polynomial",
    bandwidth: float | None = None,
) -> float:
    r"""Give the squared maximum mean discrepancy of two sets of embeddings, without bias.

    .. math:: \frac{1}{m (m - 1)} \sum_{i \ne j} k(x_i, x_j) +
        \frac{1}{n (n - 1)} \sum_{i \ne j} k(y_i, y_j) -
        \frac{2}{m n} \sum_{i, j} k(x_i, y_j)

    with the kernel :math:`(x^T y / d + 1)^3` of d dimensions, which is the KID, or
    :math:`\exp(-\|x - y\|^2 / 2 \sigma^2)`. Lower is nearer. Its mean does not depend on how many
    items there are, as that of :func:`frechet_distance` does; so sets of one distribution have a
    distance about 0, which is below 0 half the time. NumPy computes it, in float64, over all
    pairs: KID's average over random subsets is an estimate of this.

    Args:
        reference: ``[items, dims]``, x, at least two items.
        estimate: ``[items, dims]``, y, at least two items.
        kernel: ``"polynomial"`` or ``"gaussian"``.
        bandwidth: :math:`\sigma` of the Gaussian kernel, in the unit of the embeddings, above 0;
            None is the median distance between items of the reference.

    Returns:
        The distance, of no unit.

    Raises:
        ValueError: if an argument is not what it has to be.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> reference, estimate = np.random.default_rng(0).standard_normal([2, 1000, 8])
        >>> for sound in (estimate, estimate + 0.5):
        ...     print(f"{st.metrics.kernel_distance(reference, sound):.3f}")
        -0.001
        1.133

    References:
        Gretton et al., "A kernel two-sample test", JMLR 13, 2012, eq. 3. Bińkowski et al.,
        "Demystifying MMD GANs", ICLR 2018 (KID). Chung et al., "KAD: no more FAD!", 2025,
        arXiv:2502.15602 (the Gaussian kernel for audio, and its bandwidth).
    """
    first, second = embeddings(reference, estimate, least=2)
    one_of("kernel", kernel, Kernel)
    sigma = _bandwidth(bandwidth, kernel, first)
    m, n = len(first), len(second)
    alike = _sum(first, first, sigma) - _diagonal(first, sigma)
    also = _sum(second, second, sigma) - _diagonal(second, sigma)
    across = _sum(first, second, sigma)
    return alike / (m * (m - 1)) + also / (n * (n - 1)) - 2 * across / (m * n)


def _bandwidth(bandwidth: float | None, kernel: Kernel, items: np.ndarray) -> float | None:
    """The bandwidth of the Gaussian kernel, None for the polynomial one."""
    if kernel == "polynomial":
        check(bandwidth is None, "bandwidth must be None for kernel='polynomial'", bandwidth)
        return None
    if bandwidth is None:
        bandwidth = float(np.median(pdist(items)))
        check(bandwidth > 0, "bandwidth must be given where half the items are equal", None)
    check(finite(bandwidth) > 0, "bandwidth must be finite and above 0", bandwidth)
    return float(bandwidth)


def _sum(first: np.ndarray, second: np.ndarray, sigma: float | None) -> float:
    """The sum of the kernel over all pairs."""
    parts = (first[start : start + _ROWS] for start in range(0, len(first), _ROWS))
    return sum(float(np.sum(_kernel(part, second, sigma))) for part in parts)


def _kernel(first: np.ndarray, second: np.ndarray, sigma: float | None) -> np.ndarray:
    if sigma is None:
        return (first @ second.T / first.shape[1] + 1) ** 3
    return np.exp(cdist(first, second, "sqeuclidean") / (-2 * sigma**2))


def _diagonal(items: np.ndarray, sigma: float | None) -> float:
    """The sum of the kernel over each item with itself."""
    if sigma is None:
        return float(np.sum((np.sum(items**2, axis=1) / items.shape[1] + 1) ** 3))
    return float(len(items))
