"""The inception score of classes."""

from typing import Any

import numpy as np
from scipy.special import xlogy

from .._validate import check
from .arguments import array

__all__ = ["inception_score"]


def inception_score(probabilities: Any) -> float:
    r"""Give how sure a classifier is of each item, and how varied its verdicts are in all.

    .. math:: \exp \frac{1}{N} \sum_{i=1}^{N} \sum_c p_i[c] \ln \frac{p_i[c]}{\bar p[c]}, \qquad
        \bar p = \frac{1}{N} \sum_i p_i

    From 1, where all items are judged alike, to the number of classes, where each is sure and all
    are as frequent. It knows no reference, and is biased: the fewer items, the higher. All items
    count at once; a mean over ten parts of them, as some publish, is lower, and an error bar is
    better had from several sets. NumPy computes it, in float64.

    Args:
        probabilities: ``[items, classes]``, not negative, of sum 1 an item.

    Returns:
        In [1, classes]; higher is better.

    Raises:
        ValueError: if ``probabilities`` are none.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> f"{st.metrics.inception_score(np.tile(np.eye(5), [20, 1])):.4f}"
        '5.0000'

    References:
        Salimans et al., "Improved techniques for training GANs", NeurIPS 2016, section 4. Barratt
        and Sharma, "A note on the inception score", 2018, section 4.1 (no parts).
    """
    items = array("probabilities", probabilities)
    fits = items.ndim == 2 and items.size > 0
    check(fits, "probabilities must be [items, classes], at least one of each", items.shape)
    check(items.min() >= 0, "probabilities must not be negative", float(items.min()))
    sums = items.sum(axis=1)
    furthest = float(sums[np.argmax(np.abs(sums - 1))])
    check(abs(furthest - 1) < 1e-3, "probabilities of each item must have the sum 1", furthest)
    # Of entropies: a class that an item leaves out counts nothing, and its mean may be 0 too.
    entropy = -np.sum(xlogy(items, items)) / len(items)
    mean = items.mean(axis=0)
    return float(np.exp(-np.sum(xlogy(mean, mean)) - entropy))
