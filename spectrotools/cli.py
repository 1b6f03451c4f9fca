"""The command line. TensorFlow is imported when work begins, and not for ``--help``."""

import argparse
import contextlib
import datetime
import importlib
import io
import json
import os
import shlex
import sys
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from .report.interruption import stoppable
from .report.round_trips import ROUND_TRIPS, select

if TYPE_CHECKING:
    from .report.results import Run

__all__ = ["main"]

_DESCRIPTION = "Take recordings apart into what models of sound work on, and put them together."

_EXAMPLES = """\
examples:
  spectrotools resynth song.flac --transform all --out song-report
  spectrotools resynth a.wav b.mp3 --transform stft --transform mu_law --out out
  spectrotools resynth --demo --transform all --out demo --overwrite
  spectrotools resynth a.wav --out out --set 'n_fft = 1024' --set 'hop_length = 256'
"""


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
        0 where all went well, 2 where input or arguments are wrong, 130 where interrupted, 1
        where this program is.
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
        return _fail(options, _sentence(error), 2)
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


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'standard output'}: {error.strerror}."
    text, *_ = str(error).split("\n  In call to configurable")  # gin's own account of the call
    return " ".join(text.split()) or f"{type(error).__name__}."


def _parser() -> argparse.ArgumentParser:
    from ._versions import __version__

    parser = _Parser(
        prog="spectrotools",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"spectrotools {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    _add_resynth(commands)
    _add_compare(commands)
    _add_configs(commands)
    return parser


def _path(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("must name a path; got ''")
    return Path(text)


def _add_command(
    commands: Any, name: str, description: str, run: Callable, epilog: str = ""
) -> argparse.ArgumentParser:
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


def _add_resynth(commands: Any) -> None:
    description = "Resynthesise recordings, measure what comes back, and write a report."
    width = max(map(len, ROUND_TRIPS))
    table = "\n".join(f"  {e.name:<{width}}  {e.description}" for e in ROUND_TRIPS.values())
    command = _add_command(
        commands, "resynth", description, _resynth, f"transforms:\n{table}\n\n{_EXAMPLES}"
    )
    add = command.add_argument
    add("inputs", nargs="*", type=_path, metavar="INPUT", help="WAV, FLAC, OGG, MP3, any rate")
    add("--demo", action="store_true", help="work on the recordings that come with the package")
    add(
        "--transform",
        action="append",
        metavar="NAME",
        help="what to go through, see below, or all (the default); may be repeated",
    )
    add("--out", type=_path, required=True, metavar="DIR", help="directory for the results")
    add("--overwrite", action="store_true", help="replace results that exist")
    add(
        "--gin",
        action="append",
        default=[],
        metavar="CONFIG",
        help="settings on top of resynth's own: a .gin file or a name that 'configs' lists",
    )
    add(
        "--set",
        action="append",
        default=[],
        metavar="BINDING",
        help="one setting, such as 'n_fft = 1024'; 'configs resynth' shows them; may be repeated",
    )


def _add_compare(commands: Any) -> None:
    command = _add_command(
        commands,
        "compare",
        "Measure how far a result is from its original.",
        _compare,
        "example:\n  spectrotools compare song.flac song-report/song.mu_law.wav\n",
    )
    command.add_argument("original", type=_path, metavar="ORIGINAL")
    command.add_argument("result", type=_path, metavar="RESULT")
    command.add_argument("--json", action="store_true", help="print JSON; infinities are strings")


def _add_configs(commands: Any) -> None:
    description = "List the gin configurations that come along, or show the settings of one."
    command = _add_command(commands, "configs", description, _configs)
    command.add_argument("name", nargs="?", metavar="NAME", help="show this one's settings")


def _configs(options: argparse.Namespace, arguments: list[str]) -> None:
    from .train.configs import find, names

    if options.name is None:
        print("\n".join(names()))
    else:
        print(find(options.name).read_text(encoding="utf-8"), end="")


def _compare(options: argparse.Namespace, arguments: list[str]) -> None:
    from .report.distances import compare

    measured = compare(options.original, options.result)._asdict()
    if options.json:
        finite = {k: v if abs(v) < float("inf") else str(v) for k, v in measured.items()}
        print(json.dumps(finite))
        return
    for name, value in measured.items():
        print(f"{name.removesuffix('_db').replace('_', ' '):<22} {round(value, 2) + 0.0:10.2f} dB")


def _resynth(options: argparse.Namespace, arguments: list[str]) -> None:
    from .report.lender import choose_lender
    from .report.names import output_names, unique_stems
    from .report.recordings import scan
    from .report.staging import check_free, staged, sweep

    entries = select(options.transform or ["all"])
    paths = _inputs(options)
    stems = unique_stems(paths)
    check_free(
        options.out, output_names(stems, (e.name for e in entries)), paths, options.overwrite
    )
    recordings = {stem: scan(path) for stem, path in zip(stems, paths, strict=True)}
    lender = choose_lender(list(recordings.values()))
    _import_tensorflow()

    from .report.resynth import resynth
    from .report.terminal import print_table, progress_bar
    from .train.settings import build

    trips, report, settings = build(entries, options.gin, options.set)
    if options.overwrite:
        sweep(options.out)
    with staged(options.out) as folder:
        with progress_bar(recordings.values(), len(entries)) as progress:
            run = resynth(recordings, lender, trips, folder, report, progress)
        _write_page(run, folder, arguments, settings)
    print_table(run, options.out)


def _inputs(options: argparse.Namespace) -> list[Path]:
    from .report.recordings import bundled

    if options.demo == bool(options.inputs):
        raise ValueError("give either one INPUT or more, or --demo.")
    if not options.demo:
        return options.inputs
    # The first one gets the phase demonstration, which is heard best in a voice.
    return sorted(bundled(), key=lambda path: path.stem != "speech")


def _import_tensorflow() -> None:
    """Import TensorFlow without its start-up lines, unless the person asked for them."""
    from .report.recordings import quiet_stderr

    asked = os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3") < "3"
    # Its first lines come before it looks at that variable.
    with contextlib.nullcontext() if asked else quiet_stderr():
        tensorflow = importlib.import_module("tensorflow")
    if not asked:
        tensorflow.get_logger().setLevel("ERROR")


def _write_page(run: "Run", folder: Path, arguments: list[str], settings: str) -> None:
    from .report.names import PAGE
    from .report.page import render

    command = shlex.join(["spectrotools", *arguments])
    now = datetime.datetime.now().astimezone()
    date = f"{now.day} {now:%B %Y, %H:%M %Z}"  # not every strftime knows a day without a zero
    page = render(run, command=command, settings=settings, date=date)
    (folder / PAGE).write_text(page, encoding="utf-8", errors="backslashreplace")
