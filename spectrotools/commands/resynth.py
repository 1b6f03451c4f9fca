"""``spectrotools resynth``."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..report.round_trips import ROUND_TRIPS, select
from .command import (
    add_command,
    add_results,
    add_settings,
    path,
    today,
    typed,
)

if TYPE_CHECKING:
    from ..report.results import Run

__all__ = ["EXAMPLES", "add", "run"]

EXAMPLES = """\
  spectrotools resynth song.flac --transform all --out song-report
  spectrotools resynth a.wav b.mp3 --transform stft --transform mu_law --out out
  spectrotools resynth --demo --transform all --out demo --overwrite
  spectrotools resynth a.wav --out out --set 'n_fft = 1024' --set 'hop_length = 256'
"""


def add(commands: Any) -> None:
    """Tell argparse of the command."""
    description = "Resynthesise recordings, measure what comes back, and write a report."
    width = max(map(len, ROUND_TRIPS))
    table = "\n".join(f"  {e.name:<{width}}  {e.description}" for e in ROUND_TRIPS.values())
    epilog = f"transforms:\n{table}\n\nexamples:\n{EXAMPLES}"
    command = add_command(commands, "resynth", description, run, epilog)
    add = command.add_argument
    add("inputs", nargs="*", type=path, metavar="INPUT", help="WAV, FLAC, OGG, MP3, any rate")
    add("--demo", action="store_true", help="work on the recordings that come with the package")
    add(
        "--transform",
        action="append",
        metavar="NAME",
        help="what to go through, see below, or all (the default); may be repeated",
    )
    add_results(command)
    add_settings(command, "resynth", "n_fft = 1024")


def run(options: argparse.Namespace, arguments: list[str]) -> None:
    """Take recordings through round trips, and report."""
    from ..data.recordings import scan
    from ..data.tensorflow_start import import_tensorflow
    from ..report.lender import choose_lender
    from ..report.names import output_names, unique_stems
    from ..report.staging import check_free, staged, sweep

    entries = select(options.transform or ["all"])
    paths = _inputs(options)
    stems = unique_stems(paths)
    check_free(
        options.out, output_names(stems, (e.name for e in entries)), paths, options.overwrite
    )
    recordings = {stem: scan(path) for stem, path in zip(stems, paths, strict=True)}
    lender = choose_lender(list(recordings.values()))
    import_tensorflow()

    from ..data.progress import progress_bar
    from ..report.resynth import resynth
    from ..report.terminal import print_table
    from ..train.settings import build_resynth

    trips, report, settings = build_resynth(entries, options.gin, options.set)
    if options.overwrite:
        sweep(options.out)
    seconds = sum(recording.seconds for recording in recordings.values()) * len(entries)
    with staged(options.out) as folder:
        with progress_bar(seconds) as progress:
            done = resynth(recordings, lender, trips, folder, report, progress)
        _write_page(done, folder, arguments, settings)
    print_table(done, options.out)


def _inputs(options: argparse.Namespace) -> list[Path]:
    from ..data.recordings import bundled

    if options.demo == bool(options.inputs):
        raise ValueError("give either one INPUT or more, or --demo.")
    if not options.demo:
        return options.inputs
    # The first one gets the phase demonstration, which is heard best in a voice.
    return sorted(bundled(), key=lambda path: path.stem != "speech")


def _write_page(run: "Run", folder: Path, arguments: list[str], settings: str) -> None:
    from ..report.names import PAGE
    from ..report.page import render

    page = render(run, command=typed(arguments), settings=settings, date=today())
    (folder / PAGE).write_text(page, encoding="utf-8", errors="backslashreplace")
