"""What a measure says of all pairs: its mean, how sure that is, and how the values are spread."""

import dataclasses
import math
from collections.abc import Iterable

import numpy as np

from ..metrics import bootstrap_interval
from .comparisons import Comparison
from .evaluation import Evaluation
from .measures import Measure

__all__ = ["Summary", "summarise"]


@dataclasses.dataclass(frozen=True, eq=False)
class Summary:
    """One measure over all pairs. Infinite values are counted, and in no average."""

    measure: Measure
    values: np.ndarray  # finite ones
    infinite: int
    undefined: int  # pairs of which the measure says nothing
    mean: float  # NaN without values
    median: float
    interval: tuple[float, float] | None  # of the mean; None of less than two values


def summarise(done: Iterable[Comparison], evaluation: Evaluation) -> list[Summary]:
    """Average every measure over pairs."""
    rows = [comparison.measured.values for comparison in done]
    return [
        _summary(measure, np.array([row[measure.name] for row in rows]), evaluation)
        for measure in evaluation.chosen
    ]


def _summary(measure: Measure, values: np.ndarray, evaluation: Evaluation) -> Summary:
    finite = values[np.isfinite(values)]
    confidence, seed = evaluation.confidence, evaluation.seed
    return Summary(
        measure=measure,
        values=finite,
        infinite=int(np.sum(np.isinf(values))),
        undefined=int(np.sum(np.isnan(values))),
        mean=float(finite.mean()) if finite.size else math.nan,
        median=float(np.median(finite)) if finite.size else math.nan,
        interval=(
            bootstrap_interval(finite, confidence=confidence, seed=seed)
            if finite.size > 1
            else None
        ),
    )
