"""All that an evaluation writes: for people, for programs, and for the next run."""

import dataclasses
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .circumstances import Circumstances
from .comparisons import Comparisons
from .evaluation import Evaluation
from .evaluation_page import render
from .evaluation_table import write_table
from .journal import JOURNAL, Journal
from .layout import versions
from .names import EVALUATION
from .summary import Summary

__all__ = ["write_results"]

_VERSIONS = ("spectrotools", "tensorflow", "numpy", "scipy", "librosa", "soundfile", "soxr")


def write_results(
    folder: Path,
    comparisons: Comparisons,
    summaries: Sequence[Summary],
    evaluation: Evaluation,
    journal: Journal,
    circumstances: Circumstances,
) -> None:
    """Write all files into an empty folder."""
    table, summary, page = (folder / name for name in EVALUATION)
    write_table(table, comparisons, evaluation)
    content = _summary(comparisons, summaries, evaluation, circumstances)
    summary.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    html = render(comparisons, summaries, evaluation, circumstances)
    page.write_text(html, encoding="utf-8", errors="backslashreplace")
    lines = [journal.line(done.pair, done.measured) for done in comparisons.done]
    (folder / JOURNAL).write_text("".join(lines), encoding="utf-8")


def _summary(
    comparisons: Comparisons,
    summaries: Sequence[Summary],
    evaluation: Evaluation,
    circumstances: Circumstances,
) -> dict[str, Any]:
    """What the JSON holds; what is not known is null."""
    return {
        **dataclasses.asdict(circumstances),
        "versions": versions(*_VERSIONS),
        "pairs": {
            "compared": len(comparisons.done),
            "failed": len(comparisons.failed),
            "files_without_partner": len(comparisons.pairing.alone),
        },
        "metrics": {s.measure.name: _entry(s, evaluation.confidence) for s in summaries},
        "failures": comparisons.failed,
        "files_without_partner": [str(path) for path in comparisons.pairing.alone],
    }


def _entry(summary: Summary, confidence: float) -> dict[str, Any]:
    interval = None
    if summary.interval is not None:
        low, high = summary.interval
        interval = {"low": low, "high": high, "confidence": confidence}
    return {
        "unit": summary.measure.unit,
        "nearer": summary.measure.nearer,
        "mean": None if math.isnan(summary.mean) else summary.mean,
        "interval_of_mean": interval,
        "median": None if math.isnan(summary.median) else summary.median,
        "averaged_pairs": len(summary.values),
        "infinite_pairs": summary.infinite,
        "undefined_pairs": summary.undefined,
    }
