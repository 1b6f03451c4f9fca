"""What the commands share: how they are told to argparse, and how they begin."""

import argparse
import datetime
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = [
    "add_command",
    "add_imports",
    "add_results",
    "add_settings",
    "path",
    "today",
    "typed",
]


def add_command(
    commands: Any, name: str, description: str, run: Callable, epilog: str = ""
) -> argparse.ArgumentParser:
    """Add a command, which calls ``run`` with its options and the whole command line."""
    command = commands.add_parser(
        name,
        help=description,
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "--traceback", action="store_true", help="on an error, show where in the program it was"
    )
    command.set_defaults(run=run)
    return command


def add_results(command: argparse.ArgumentParser, otherwise: str = "") -> None:
    """Let a command write into a folder, which has to be named, or is told ``otherwise``."""
    add = command.add_argument
    told = "directory for the results" + (f"; {otherwise}" if otherwise else "")
    add("--out", type=path, required=not otherwise, metavar="DIR", help=told)
    add("--overwrite", action="store_true", help="replace results that exist")


def add_settings(command: argparse.ArgumentParser, base: str, example: str) -> None:
    """Let a command be configured by gin, on top of its own configuration ``base``."""
    add = command.add_argument
    add(
        "--gin",
        action="append",
        default=[],
        metavar="CONFIG",
        help=f"settings on top of {base}'s own: a .gin file or a name that 'configs' lists",
    )
    add(
        "--set",
        action="append",
        default=[],
        metavar="BINDING",
        help=f"one setting, such as '{example}'; 'configs {base}' shows them; may be repeated",
    )


def add_imports(command: argparse.ArgumentParser, configurations: str) -> None:
    """Let a person trust what a command is configured by."""
    command.add_argument(
        "--allow-imports",
        action="store_true",
        help=f"let {configurations} import any module, and so run any code",
    )


def path(text: str) -> Path:
    """The path that an argument names."""
    if not text:
        raise argparse.ArgumentTypeError("must name a path; got ''")
    return Path(text)


def typed(arguments: list[str]) -> str:
    """The command line as a person would type it."""
    return shlex.join(["spectrotools", *arguments])


def today() -> str:
    """The date and the time, for people."""
    now = datetime.datetime.now().astimezone()
    return f"{now.day} {now:%B %Y, %H:%M %Z}"  # not every strftime knows a day without a zero
