"""``spectrotools compare``."""

import argparse
import json
from typing import Any

from .command import add_command, path

__all__ = ["add", "run"]

_EXAMPLE = "example:\n  spectrotools compare song.flac song-report/song.mu_law.wav\n"


def add(commands: Any) -> None:
    """Tell argparse of the command."""
    description = "Measure how far a result is from its original."
    command = add_command(commands, "compare", description, run, _EXAMPLE)
    command.add_argument("original", type=path, metavar="ORIGINAL")
    command.add_argument("result", type=path, metavar="RESULT")
    command.add_argument("--json", action="store_true", help="print JSON; infinities are strings")


def run(options: argparse.Namespace, arguments: list[str]) -> None:
    """Print the distances between two files."""
    from ..report.distances import compare

    measured = compare(options.original, options.result)._asdict()
    if options.json:
        finite = {k: v if abs(v) < float("inf") else str(v) for k, v in measured.items()}
        print(json.dumps(finite))
        return
    for name, value in measured.items():
        print(f"{name.removesuffix('_db').replace('_', ' '):<22} {round(value, 2) + 0.0:10.2f} dB")
