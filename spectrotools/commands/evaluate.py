"""``spectrotools evaluate``."""

import argparse
from typing import Any

from ..report.measures import MEASURES, Measure, choose
from .command import add_command, add_imports, add_results, add_settings, path, today, typed

__all__ = ["EXAMPLES", "add", "run"]

EXAMPLES = """\
  spectrotools evaluate recordings generated --out evaluation
  spectrotools evaluate test-set model-b --no-pitch --jobs 4 --out model-b-evaluation
  spectrotools evaluate a b --metric snr --metric f0_rmse --out out --set 'fmax = 2000.0'
  spectrotools evaluate --run runs/violin
  spectrotools evaluate --run runs/violin --data others --set 'HeldOut.split = "all"' --out out
"""

_FILES = """\
Of two folders, files belong together that have one name below them, but for the extension. Of a
run, the newest checkpoint plays the examples that were held out: those of the split 'test', or
else 'valid', of the data that it was trained on, or of --data; of examples that overlap, one. They
are kept beside each other in DIR/reference and DIR/generated.

Writes evaluation.csv (a row a pair), evaluation.json (means, medians, intervals, failures) and
evaluation.html. A pair that cannot be compared is listed with its reason: a file that cannot
be read, another sample rate or number of channels, a sample that is no number. Of two lengths,
what both have is compared. Exit code: 0 if some pairs were compared, 3 if none could be.

What was measured is kept in DIR/.measured.jsonl, and what was played in DIR/.played.jsonl: a run
that was interrupted goes on from there, and one that is repeated does only what has changed.
"""


def add(commands: Any) -> None:
    """Tell argparse of the command."""
    description = (
        "Measure how near generated sounds, or those of a trained run, come to their references, "
        "and report."
    )
    width = max(map(len, MEASURES))
    table = "\n".join(
        f"  {m.name:<{width}}  {m.description} {m.nearer.capitalize()} is nearer."
        for m in MEASURES.values()
    )
    epilog = f"{_FILES}\nmetrics:\n{table}\n\nexamples:\n{EXAMPLES}"
    command = add_command(commands, "evaluate", description, run, epilog)
    add = command.add_argument
    add("reference", type=path, nargs="?", metavar="REFERENCE_DIR", help="what to come near to")
    add("generated", type=path, nargs="?", metavar="GENERATED_DIR", help="the sounds to measure")
    add(
        "--run",
        type=path,
        metavar="RUN_DIR",
        dest="run_dir",
        help="in place of two folders: a run of 'train', and its loss is told as well",
    )
    add(
        "--data",
        type=path,
        metavar="DATA",
        help="what the run is to play: prepared data, or a folder of recordings, of which a tenth "
        "is held out; by default what it was trained on",
    )
    add(
        "--metric",
        action="append",
        metavar="NAME",
        help="what to measure, see below, or all (the default); may be repeated",
    )
    add("--no-pitch", action="store_true", help="leave out what tracks pitch, the slowest part")
    add(
        "--jobs",
        type=_jobs,
        metavar="N",
        help="processes, which take up to 1 GB each; by default one for sixteen pairs, for each "
        "core, and at most 8; 1 is this process alone",
    )
    add_results(command, "with --run by default RUN_DIR/evaluation")
    add_settings(command, "evaluate", "fmax = 2000.0")
    add_imports(command, "the settings of the run")


def _jobs(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 256:
        raise argparse.ArgumentTypeError(f"must be a number in [1, 256]; got {text!r}")
    return int(text)


def run(options: argparse.Namespace, arguments: list[str]) -> None:
    """Measure all pairs, and report."""
    _check_asked(options)
    measures = choose(options.metric or ["all"], pitch=not options.no_pitch)
    evaluate = _evaluate_folders if options.run_dir is None else _evaluate_run
    evaluate(options, arguments, measures)


def _check_asked(options: argparse.Namespace) -> None:
    folders = (options.reference, options.generated)
    if options.run_dir is None and (None in folders or options.data is not None):
        raise ValueError("give REFERENCE_DIR and GENERATED_DIR, or --run, which may have --data.")
    if options.run_dir is not None and folders != (None, None):
        raise ValueError(f"give two folders or --run, not both; got {folders[0]} beside --run.")
    if options.out is None and options.run_dir is None:
        raise ValueError("--out must name a directory for the results of two folders.")


def _begin(options: argparse.Namespace) -> None:
    """Refuse what cannot be written, before the seconds in which TensorFlow is imported."""
    from ..data.tensorflow_start import import_tensorflow
    from ..report.names import EVALUATION
    from ..report.staging import check_free

    check_free(options.out, EVALUATION, [], options.overwrite)
    import_tensorflow()


def _evaluate_folders(
    options: argparse.Namespace, arguments: list[str], measures: tuple[Measure, ...]
) -> None:
    from ..report.pairing import pair_up

    pairing = pair_up(options.reference, options.generated)
    _begin(options)

    from ..report.circumstances import Circumstances
    from ..train.settings import build_evaluation
    from .comparing import compare_and_report

    names = tuple(measure.name for measure in measures)
    evaluation, settings = build_evaluation(options.gin, options.set, measures=names)
    circumstances = Circumstances(
        reference=str(options.reference),
        generated=str(options.generated),
        command=typed(arguments),
        settings=settings,
        date=today(),
    )
    compare_and_report(options, pairing, evaluation, circumstances)


def _evaluate_run(
    options: argparse.Namespace, arguments: list[str], measures: tuple[Measure, ...]
) -> None:
    options.out = options.out or options.run_dir / "evaluation"
    _begin(options)

    from .evaluate_run import evaluate_run

    evaluate_run(options, arguments, measures)
