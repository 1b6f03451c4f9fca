"""``spectrotools train``."""

import argparse
import math
from typing import Any

from .command import add_command, add_imports, path

__all__ = ["EXAMPLES", "add", "run"]

EXAMPLES = """\
  spectrotools train --config models/ddsp_tiny --data recordings --run runs/a
  spectrotools train --config models/ddsp_solo --data prepared --run runs/b --set 'train.seed = 1'
"""

_FILES = """\
A configuration binds Training.model and Training.source; %data in it stands for --data, and
'datasets/folder' takes that for prepared data, or for a folder of recordings as they are. On top
of 'optimization/base', which 'spectrotools configs optimization/base' shows, it may set anything
else. Of what it sets, all must be of use. RUN_DIR gets

  config.gin          the settings in force
  checkpoints/        the last few, each of them whole; a killed run goes on from the last
  events.out.*        numbers, sounds and spectrograms; 'pip install tensorboard' brings what
                      shows them, by 'tensorboard --logdir RUN_DIR'

The same command goes on where a run stood that was interrupted or killed, and ends with the very
weights of one that was not; with a higher train.steps it goes on for longer. A run of other
settings is refused. A batch that is not finite is skipped and counted; after train.max_skipped
in a row the run stops. Exit code: 0 if the run has seen all its steps.

--distribute mirrored shares each batch out among the GPUs of this machine, --distribute workers
among the machines that the environment variable TF_CONFIG names, on each of which the command is
run with one RUN_DIR that all of them see.
"""


def add(commands: Any) -> None:
    """Tell argparse of the command."""
    description = "Train a model, from where the run last stood."
    epilog = f"{_FILES}\nexamples:\n{EXAMPLES}"
    command = add_command(commands, "train", description, run, epilog)
    add = command.add_argument
    add(
        "--config",
        action="append",
        required=True,
        metavar="CONFIG",
        help="a .gin file or a name that 'configs' lists; may be repeated",
    )
    add(
        "--set",
        action="append",
        default=[],
        metavar="BINDING",
        help="one setting, such as 'train.steps = 500'; may be repeated",
    )
    add("--data", type=path, metavar="DATA", help="what %%data stands for in the configuration")
    add("--run", type=path, required=True, metavar="RUN_DIR", dest="run_dir", help="the run")
    add("--distribute", choices=("mirrored", "workers"), help="train on many devices, see below")
    add_imports(command, "configurations")


def run(options: argparse.Namespace, arguments: list[str]) -> None:
    """Build the run, and train."""
    from ..data.tensorflow_start import import_tensorflow
    from ..report.staging import check_free

    check_free(options.run_dir, [], [], overwrite=False)
    if options.data is not None and not options.data.exists():
        raise ValueError(f"--data must name what exists; got {str(options.data)!r}.")
    import_tensorflow()

    from ..train import run as runs
    from ..train.distribution import strategy
    from ..train.keeping import worker_index

    with strategy(options.distribute).scope():
        training, settings, text = runs.build_training(
            options.config, options.set, options.data, allow_imports=options.allow_imports
        )
        if worker_index() == 0:
            runs.claim(options.run_dir, text)
        done = runs.run(training, settings, options.run_dir)
    loss = "" if math.isnan(done.loss) else f", loss {done.loss:.4g}"
    skipped = f", {done.skipped} batches skipped" if done.skipped else ""
    print(f"{options.run_dir}: {done.step} steps{loss}{skipped}")
