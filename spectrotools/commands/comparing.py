"""What both ways of ``spectrotools evaluate`` end in: pairs measured, and a report of them."""

import argparse
from collections.abc import Mapping

from ..data.progress import progress_bar
from ..report.circumstances import Circumstances
from ..report.comparisons import compare_all, with_values
from ..report.evaluation import Evaluation
from ..report.evaluation_results import write_results
from ..report.journal import JOURNAL, Journal
from ..report.pairing import Pairing
from ..report.staging import staged, sweep
from ..report.summary import summarise
from ..report.terminal import print_summary

__all__ = ["compare_and_report"]


def compare_and_report(
    options: argparse.Namespace,
    pairing: Pairing,
    evaluation: Evaluation,
    circumstances: Circumstances,
    told: Mapping[str, Mapping[str, float]] | None = None,
) -> None:
    """Measure all pairs, write the results, and print them.

    Args:
        options: of the command line, which name the folder for the results.
        pairing: what to compare.
        evaluation: what to measure.
        circumstances: for the results.
        told: the values of the measures that the evaluation is told, by measure and pair.
    """
    out = options.out
    if options.overwrite:
        sweep(out)
    journal = Journal(out / JOURNAL, evaluation)
    with journal, progress_bar(len(pairing.pairs)) as progress:
        comparisons = compare_all(pairing, evaluation, journal, options.jobs, progress)
    for name, values in (told or {}).items():
        comparisons = with_values(comparisons, name, values)
    summaries = summarise(comparisons.done, evaluation)
    with staged(out) as folder:
        write_results(folder, comparisons, summaries, evaluation, journal, circumstances)
    print_summary(comparisons, summaries, evaluation.confidence, out)
