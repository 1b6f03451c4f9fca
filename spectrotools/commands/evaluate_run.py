"""``spectrotools evaluate --run``."""

import argparse

from ..data.progress import progress_bar
from ..report.circumstances import Circumstances
from ..report.measures import LOSS, Measure
from ..train.playing import play
from ..train.settings import build_run_evaluation
from ..train.trained_run import open_run
from .command import today, typed
from .comparing import compare_and_report

__all__ = ["evaluate_run"]


def evaluate_run(
    options: argparse.Namespace, arguments: list[str], measures: tuple[Measure, ...]
) -> None:
    """Let a run play what was held out, measure that, and report."""
    names = tuple(measure.name for measure in measures)
    held_out, evaluation, settings = build_run_evaluation(
        options.gin, options.set, measures=names, told=(LOSS,)
    )
    run = open_run(
        options.run_dir, options.data, held_out.split, allow_imports=options.allow_imports
    )
    evaluation = held_out.ranged(evaluation, run.examples.features)
    with progress_bar(len(run.examples)) as progress:
        played = play(
            run.model,
            run.examples,
            run.split,
            options.out,
            overwrite=options.overwrite,
            progress=progress,
        )
    circumstances = Circumstances(
        reference=f"{run.data}, held out as {run.split}",
        generated=f"{options.run_dir} at step {run.step}",
        command=typed(arguments),
        settings=f"{settings}\n# pitch: {evaluation.fmin:g} to {evaluation.fmax:g} Hz\n",
        date=today(),
        step=run.step,
    )
    told = {LOSS.name: played.losses}
    compare_and_report(options, played.pairing, evaluation, circumstances, told)
