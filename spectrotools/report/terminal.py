"""A run as a person at a terminal sees it: a bar while it works, a table when it is done."""

import contextlib
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from tqdm import tqdm

from .distances import Distances
from .names import PAGE
from .recordings import Recording
from .results import Run
from .wording import bits, decibel, number, speed

__all__ = ["print_table", "progress_bar"]

_COLUMNS = "{:<16} {:>8} {:>8} {:>8} {:>11} {:>11} {:>8}  {}"
_DISTANCES = ("SNR dB", "LSD dB", "SC dB")


@contextlib.contextmanager
def progress_bar(
    recordings: Collection[Recording], round_trips: int
) -> Iterator[Callable[[str, float], None]]:
    """Show a bar on the standard error if that is a terminal, and nothing in a pipe.

    Yields:
        A function to tell what is being done, and how many seconds of sound were done.
    """
    total = sum(recording.seconds for recording in recordings) * round_trips
    layout = "{desc} {percentage:3.0f}% |{bar}| {elapsed} < {remaining}"
    with tqdm(total=total, disable=None, leave=False, bar_format=layout) as bar:

        def progress(doing: str, seconds: float) -> None:
            bar.set_description_str(doing, refresh=False)
            bar.update(seconds)

        yield progress


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
