"""The table of an evaluation's pairs."""

import csv
import math
from pathlib import Path
from typing import Any

from .comparisons import Comparison, Comparisons
from .evaluation import Evaluation

__all__ = ["write_table"]

_BEFORE = ("name", "reference", "generated", "sample_rate", "channels", "seconds")
_AFTER = ("notes", "failure")


def write_table(path: Path, comparisons: Comparisons, evaluation: Evaluation) -> None:
    """Write CSV with a row a pair, by name; what says nothing and what failed has no number."""
    names = [measure.name for measure in evaluation.chosen]
    rows = [_row(comparison) for comparison in comparisons.done]
    files = {pair.name: pair for pair in comparisons.pairing.pairs}
    for name, reason in comparisons.failed.items():
        row: dict[str, Any] = {"name": name, "failure": reason}
        if name in files:
            row |= {"reference": files[name].reference, "generated": files[name].generated}
        rows.append(row)
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        writer = csv.DictWriter(file, [*_BEFORE, *names, *_AFTER], lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(rows, key=lambda row: row["name"]))


def _row(comparison: Comparison) -> dict[str, Any]:
    pair, measured = comparison.pair, comparison.measured
    numbers = {n: "" if math.isnan(value) else value for n, value in measured.values.items()}
    return {
        "name": pair.name,
        "reference": pair.reference,
        "generated": pair.generated,
        "sample_rate": measured.sample_rate,
        "channels": measured.channels,
        "seconds": measured.length / measured.sample_rate,
        "notes": "; ".join(measured.notes),
        **numbers,
    }
