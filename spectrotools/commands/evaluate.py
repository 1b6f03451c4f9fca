"""``spectrotools evaluate``."""

import argparse
from typing import Any

from ..report.measures import MEASURES, choose
from .command import add_command, add_results, add_settings, path, today, typed

__all__ = ["EXAMPLES", "add", "run"]

EXAMPLES = """\
  spectrotools evaluate recordings generated --out evaluation
  spectrotools evaluate test-set model-b --no-pitch --jobs 4 --out model-b-evaluation
  spectrotools evaluate a b --metric snr --metric f0_rmse --out out --set 'fmax = 2000.0'
"""

_FILES = """\
Files belong together that have one name below their folders, but for the extension. Writes
evaluation.csv (a row a pair), evaluation.json (means, medians, intervals, failures) and
evaluation.html. A pair that cannot be compared is listed with its reason: a file that cannot
be read, another sample rate or number of channels, a sample that is no number. Of two lengths,
what both have is compared. Exit code: 0 if some pairs were compared, 3 if none could be.

What was measured is kept in DIR/.measured.jsonl: a run that was interrupted goes on from there,
and one that is repeated measures only the files that have changed.
"""


def add(commands: Any) -> None:
    """Tell argparse of the command."""
    description = "Measure how near generated sounds come to their references, and report."
    width = max(map(len, MEASURES))
    table = "\n".join(
        f"  {m.name:<{width}}  {m.description} {m.nearer.capitalize()} is nearer."
        for m in MEASURES.values()
    )
    epilog = f"{_FILES}\nmetrics:\n{table}\n\nexamples:\n{EXAMPLES}"
    command = add_command(commands, "evaluate", description, run, epilog)
    add = command.add_argument
    add("reference", type=path, metavar="REFERENCE_DIR", help="the sounds to come near to")
    add("generated", type=path, metavar="GENERATED_DIR", help="the sounds to measure")
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
    add_results(command)
    add_settings(command, "evaluate", "fmax = 2000.0")


def _jobs(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 256:
        raise argparse.ArgumentTypeError(f"must be a number in [1, 256]; got {text!r}")
    return int(text)


def run(options: argparse.Namespace, arguments: list[str]) -> None:
    """Measure all pairs, and report."""
    from ..data.tensorflow_start import import_tensorflow
    from ..report.names import EVALUATION
    from ..report.pairing import pair_up
    from ..report.staging import check_free, staged, sweep

    measures = choose(options.metric or ["all"], pitch=not options.no_pitch)
    pairing = pair_up(options.reference, options.generated)
    check_free(options.out, EVALUATION, [], options.overwrite)
    import_tensorflow()

    from ..data.progress import progress_bar
    from ..report.circumstances import Circumstances
    from ..report.comparisons import compare_all
    from ..report.evaluation_results import write_results
    from ..report.journal import JOURNAL, Journal
    from ..report.summary import summarise
    from ..report.terminal import print_summary
    from ..train.settings import build_evaluation

    names = tuple(measure.name for measure in measures)
    evaluation, settings = build_evaluation(options.gin, options.set, measures=names)
    if options.overwrite:
        sweep(options.out)
    journal = Journal(options.out / JOURNAL, evaluation)
    with journal, progress_bar(len(pairing.pairs)) as progress:
        done = compare_all(pairing, evaluation, journal, options.jobs, progress)
    summaries = summarise(done.done, evaluation)
    circumstances = Circumstances(
        reference=str(options.reference),
        generated=str(options.generated),
        command=typed(arguments),
        settings=settings,
        date=today(),
    )
    with staged(options.out) as folder:
        write_results(folder, done, summaries, evaluation, journal, circumstances)
    print_summary(done, summaries, evaluation.confidence, options.out)
