"""A run as a person at a terminal sees it: a table when it is done."""

import math
from pathlib import Path
from typing import TYPE_CHECKING

from .distances import Distances
from .names import EVALUATION, PAGE
from .results import Run
from .wording import bits, counted, decibel, figure, number, speed

if TYPE_CHECKING:
    from .comparisons import Comparisons
    from .summary import Summary

__all__ = ["print_summary", "print_table"]

_COLUMNS = "{:<16} {:>8} {:>8} {:>8} {:>11} {:>11} {:>8}  {}"
_SUMMARY = "{:<28} {:>9} {:>21} {:>9} {:>6}  {}"
_REASONS = 5  # told at most
_DISTANCES = ("SNR dB", "LSD dB", "SC dB")


def print_table(run: Run, folder: Path) -> None:
    """Print what was written and how near it is to its original."""
    for subject in run.subjects:
        recording = subject.recording
        print(f"{recording.path}: {recording.seconds:.2f} s at {recording.sample_rate} Hz")
        print(_COLUMNS.format("", *_DISTANCES, "numbers/s", "bits/s", "x real", "file"))
        for result in subject.results:
            work = (
                number(result.numbers_per_second),
                bits(result.bits_per_second).replace("–", "-"),
                speed(result.speed),
            )
            _print_row(result.name, result.distances, work, folder / result.file)
    demonstration, recording = run.demonstration, run.subjects[0].recording
    start, stop = (
        end / recording.sample_rate for end in (demonstration.start, demonstration.stop)
    )
    print(f"{recording.path}: {start:.2f} to {stop:.2f} s, its magnitudes under five phases")
    print(_COLUMNS.format("", *_DISTANCES, "", "", "", "file"))
    for rendition in demonstration.renditions:
        name = f"{rendition.name} phase"
        _print_row(name, rendition.distances, ("", "", ""), folder / rendition.file)
    print(f"report: {folder / PAGE}")


def _print_row(name: str, distances: Distances, work: tuple[str, str, str], path: Path) -> None:
    figures = (decibel(value, infinity="inf", minus="-") for value in distances)
    print(_COLUMNS.format(name, *figures, *work, path))


def print_summary(
    comparisons: "Comparisons", summaries: "list[Summary]", confidence: float, folder: Path
) -> None:
    """Print what every measure comes to, and what could not be compared."""
    print(f"{counted(len(comparisons.done), 'pair')} compared")
    interval = f"{100 * confidence:g} % interval"
    print(_SUMMARY.format("", "mean", interval, "median", "pairs", "nearer is"))
    for summary in summaries:
        measure = summary.measure
        mean, low, high, median = (
            figure(value, measure.digits, minus="-").replace("–", "-")
            for value in (summary.mean, *(summary.interval or (math.nan,) * 2), summary.median)
        )
        print(
            _SUMMARY.format(
                measure.head, mean, f"{low} to {high}", median, len(summary.values), measure.nearer
            )
        )
    alone = len(comparisons.pairing.alone)
    if comparisons.failed:
        print(f"{counted(len(comparisons.failed), 'pair')} could not be compared:")
    for name, reason in list(comparisons.failed.items())[:_REASONS]:
        print(f"  {name}: {reason}")
    if len(comparisons.failed) > _REASONS:
        print("  ... and others, which the written files list")
    if alone:
        print(f"{counted(alone, 'file')} without a partner in the other folder")
    for name in EVALUATION:
        print(f"written: {folder / name}")
