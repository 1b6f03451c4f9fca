"""One self-contained page of an evaluation."""

from collections.abc import Sequence

import numpy as np

from .circumstances import Circumstances
from .comparisons import Comparison, Comparisons
from .evaluation import Evaluation
from .exhibits import exhibit, ranked
from .histogram import histogram
from .layout import fill
from .summary import Summary

__all__ = ["render"]

_TABLE_BYTES = 8_000_000
_FAILURES = 1000  # listed at most, and as many files without a partner


def render(
    comparisons: Comparisons,
    summaries: Sequence[Summary],
    evaluation: Evaluation,
    circumstances: Circumstances,
) -> str:
    """Write the page, HTML under 30 MB."""
    rows = ranked(comparisons.done, evaluation)
    furthest, nearest = exhibit(comparisons.done, evaluation)
    return fill(
        "evaluation.html.jinja",
        command=circumstances.command,
        settings=circumstances.settings,
        date=circumstances.date,
        circumstances=circumstances,
        comparisons=comparisons,
        confidence=evaluation.confidence,
        measures=evaluation.chosen,
        ranking=evaluation.ranking,
        summaries=[(summary, histogram(summary)) for summary in summaries],
        rows=rows[: _listed(rows)],
        furthest=furthest,
        nearest=nearest,
        most_failures=_FAILURES,
    )


def _listed(rows: Sequence[Comparison]) -> int:
    """How many rows the table has room for."""
    sizes = [
        200 + 110 * len(row.measured.values) + 2 * len(row.pair.name + "".join(row.measured.notes))
        for row in rows
    ]
    return int(np.searchsorted(np.cumsum(sizes), _TABLE_BYTES, side="right"))
