"""The command line. TensorFlow is imported when work begins, and not for ``--help``."""

import argparse
import io
import os
import sys
import traceback
import warnings
from typing import NoReturn

from .commands import (
    compare,
    configs,
    evaluate,
    export,
    prepare,
    render,
    resynth,
    synthesize,
    train,
)
from .data.failures import sentence
from .data.interruption import stoppable

__all__ = ["main"]

_DESCRIPTION = (
    "Take recordings apart into what models of sound work on, put them together, prepare data, "
    "train models, play and export them, and measure what they make."
)
_SHOWN = (resynth, evaluate, render, prepare, train, synthesize, export)
_COMMANDS = (resynth, compare, evaluate, render, prepare, train, synthesize, export, configs)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, without the page of usage before it."""

    def error(self, message: str) -> NoReturn:
        _complain(f"{message.rstrip('.')}. See '{self.prog} --help'.")
        raise SystemExit(2)


def main(argv: list[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: the arguments; None is ``sys.argv[1:]``.

    Returns:
        0 where all went well, 2 where input or arguments are wrong, 3 where none of many inputs
        could be worked on, 130 where interrupted, 1 where this program is wrong.
    """
    arguments = sys.argv[1:] if argv is None else argv
    for stream in (sys.stdout, sys.stderr):  # a terminal that lacks a letter is no error
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    parser = _parser()
    options = parser.parse_args(arguments)
    if not hasattr(options, "run"):  # told here, so that a misspelt option is told first
        parser.error("the following arguments are required: COMMAND")
    try:
        with stoppable(), warnings.catch_warnings():
            warnings.showwarning = lambda message, *_, **__: _complain(f"warning: {message}")
            options.run(options, arguments)
            if sys.stdout is not None:  # closed by whoever started this
                sys.stdout.flush()
    except KeyboardInterrupt as stop:
        _complain("; ".join(["interrupted", *getattr(stop, "__notes__", [])]) + ".")
        return 130
    except BrokenPipeError:  # whoever read the table has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (ValueError, OSError, MemoryError) as error:
        return _fail(options, sentence(error), getattr(error, "exit_code", 2))
    except Exception as error:
        return _fail(options, f"something is wrong inside spectrotools: {error!r}.", 1)
    return 0


def _fail(options: argparse.Namespace, message: str, code: int) -> int:
    if options.traceback:
        traceback.print_exc()
    _complain(message)
    return code


def _complain(message: str) -> None:
    print(f"spectrotools: {message}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    from ._versions import __version__

    parser = _Parser(
        prog="spectrotools",
        description=_DESCRIPTION,
        epilog="examples:\n" + "".join(command.EXAMPLES for command in _SHOWN),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"spectrotools {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for command in _COMMANDS:
        command.add(commands)
    return parser
