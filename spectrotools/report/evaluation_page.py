"""One self-contained page of an evaluation."""

from collections.abc import Sequence

from .circumstances import Circumstances
from .comparisons import Comparisons
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
    listed = max(_TABLE_BYTES // (300 + 80 * len(evaluation.chosen)), 1)
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
        rows=rows[:listed],
        furthest=furthest,
        nearest=nearest,
        most_failures=_FAILURES,
    )
