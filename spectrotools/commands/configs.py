"""``spectrotools configs``."""

import argparse
from typing import Any

from .command import add_command

__all__ = ["add", "run"]


def add(commands: Any) -> None:
    """Tell argparse of the command."""
    description = "List the gin configurations that come along, or show the settings of one."
    command = add_command(commands, "configs", description, run)
    command.add_argument("name", nargs="?", metavar="NAME", help="show this one's settings")


def run(options: argparse.Namespace, arguments: list[str]) -> None:
    """Print names, or one configuration."""
    from ..train.configs import find, names

    if options.name is None:
        print("\n".join(names()))
    else:
        print(find(options.name).read_text(encoding="utf-8"), end="")
