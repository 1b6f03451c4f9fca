"""``spectrotools prepare``."""

import argparse
from typing import TYPE_CHECKING, Any

from .command import add_command, path

if TYPE_CHECKING:
    from ..data import Prepared

__all__ = ["EXAMPLES", "add", "run"]

EXAMPLES = """\
  spectrotools prepare recordings --out data
  spectrotools prepare violin --out data --fmin 190 --fmax 3500 --hop-seconds 2 --jobs 4
  spectrotools prepare takes --out data --valid 0.1 --test 0.1 --last drop
"""

_FILES = """\
Reads all sound files of the folder and below, of any rate, format and number of channels, mixes
them to one channel and resamples them, follows pitch and loudness, cuts them into examples, and
writes these as shards (TFRecord). A file's split is told by a hash of its path, so that it stays
there when others come; where chance leaves none for training, all are.

Beside the shards are schema.json (what is in them), statistics.json (of pitch and loudness) and
failures.json (files that cannot be used, and why). A run that was interrupted or killed goes on
where it was, and ends with the same bytes. Examples overlap where --hop-seconds is shorter than
--example-seconds; a second from one to the next takes 0.27 MB a second of recordings.

Exit code: 0 if there are examples, 3 if no file could be used.
"""
_MEDIANS = ("f0_hz", "loudness_db")
_REASONS = 5  # told at most


def add(commands: Any) -> None:
    """Tell argparse of the command."""
    description = "Make examples for training of a folder of recordings."
    epilog = f"{_FILES}\nexamples:\n{EXAMPLES}"
    command = add_command(commands, "prepare", description, run, epilog)
    add = command.add_argument
    add("audio", type=path, metavar="AUDIO_DIR", help="the folder of recordings")
    add("--out", type=path, required=True, metavar="DATA_DIR", help="directory for the shards")
    add("--overwrite", action="store_true", help="replace what was prepared otherwise")
    add("--jobs", type=int, metavar="N", help="processes; by default what suits the machine")
    _add_settings(command)


def _add_settings(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("what is measured, and how it is cut")

    def add(name: str, default: float, metavar: str, text: str) -> None:
        group.add_argument(
            name,
            type=type(default),
            default=default,
            metavar=metavar,
            help=f"{text} (default: {default:g})",
        )

    add("--sample-rate", 16000, "HZ", "of the examples")
    add("--frame-rate", 250, "N", "frames of pitch and loudness a second")
    add("--fmin", 50.0, "HZ", "the lowest fundamental")
    add("--fmax", 2000.0, "HZ", "the highest fundamental")
    add("--example-seconds", 4.0, "S", "length of an example")
    add("--hop-seconds", 1.0, "S", "from the start of an example to that of the next")
    add("--valid", 0.1, "SHARE", "of the files, for validation")
    add("--test", 0.0, "SHARE", "of the files, for tests")
    add("--shard-seconds", 600.0, "S", "of recordings in a shard")
    group.add_argument(
        "--last",
        choices=("pad", "drop"),
        default="pad",
        help="what is left at the end of a file: filled up with silence, or left out",
    )


def run(options: argparse.Namespace, arguments: list[str]) -> None:
    """Prepare, and tell what came of it."""
    from ..data.tensorflow_start import import_tensorflow

    import_tensorflow()
    from ..data import Cuts, Features, prepare

    features = Features(
        sample_rate=options.sample_rate,
        frame_rate=options.frame_rate,
        fmin=options.fmin,
        fmax=options.fmax,
    )
    cuts = Cuts(
        example_seconds=options.example_seconds,
        hop_seconds=options.hop_seconds,
        last=options.last,
    )
    shares = {"train": 1.0 - options.valid - options.test, "valid": options.valid}
    prepared = prepare(
        options.audio,
        options.out,
        features=features,
        cuts=cuts,
        shares=shares | ({"test": options.test} if options.test else {}),
        shard_seconds=options.shard_seconds,
        jobs=options.jobs,
        overwrite=options.overwrite,
    )
    _print(prepared)


def _print(prepared: "Prepared") -> None:
    print(f"{'':<8} {'files':>7} {'minutes':>9} {'examples':>9} {'median f0':>10} {'loudness':>9}")
    for split, told in prepared.statistics.items():
        f0, level = (told[name].get("quantiles", {}).get("0.5") for name in _MEDIANS)
        medians = (f"{value:.1f}" if value is not None else "-" for value in (f0, level))
        row = "{:<8} {:>7} {:>9.1f} {:>9} {:>7} Hz {:>6} dB"
        print(row.format(split, told["files"], told["seconds"] / 60, told["examples"], *medians))
    failures = prepared.failures
    for kind in ("silent", "short"):
        if failures[kind]:
            print(f"{kind}, and left out: {len(failures[kind])}")
    if failures["failed"]:
        print(f"could not be used: {len(failures['failed'])}")
    for name, reason in list(failures["failed"].items())[:_REASONS]:
        print(f"  {name}: {reason}")
    if len(failures["failed"]) > _REASONS:
        print("  ... and others, which failures.json lists")
    print(f"written: {prepared.folder / 'schema.json'}")
