"""``spectrotools export``."""

import argparse
from typing import Any

from .command import add_command, add_imports, path

__all__ = ["EXAMPLES", "add", "run"]

EXAMPLES = """\
  spectrotools export --run runs/violin --format saved_model --out violin
  spectrotools export --run runs/violin --format tflite --block 4 --out violin.tflite
"""

_FORMATS = """\
formats:
  saved_model   a folder for tf.saved_model.load, which this package need not be there for; takes
                clips of any number and length to sound
  stream        the same with a state: signatures initial_state, step, of any number of frames,
                and flush
  tflite        a file for TensorFlow Lite, of built-in operations alone; its signature step takes
                --block frames and a state, which is all 0 at first

Blocks are of one voice, and sound is a hop late: the first hop of a stream is silent. Beside PATH
is written PATH.json, which tells rate, hop, inputs, latency and state.
"""


def add(commands: Any) -> None:
    """Tell argparse of the command."""
    description = "Write what a run has learnt as a file that plays without this package."
    epilog = f"{_FORMATS}\nexamples:\n{EXAMPLES}"
    command = add_command(commands, "export", description, run, epilog)
    add = command.add_argument
    add("--run", type=path, required=True, metavar="RUN_DIR", dest="run_dir", help="what to write")
    formats = ("saved_model", "tflite", "stream")
    add("--format", choices=formats, required=True, help="what it is to be, see below")
    add("--out", type=path, required=True, metavar="PATH", help="the file or folder to write")
    add("--overwrite", action="store_true", help="replace PATH if it is a model")
    add("--block", type=int, metavar="N", help="frames of a block of tflite, 16 if not given")
    add_imports(command, "the settings of the run")


def run(options: argparse.Namespace, arguments: list[str]) -> None:
    """Load the run, and write it."""
    from ..data.tensorflow_start import import_tensorflow
    from ..export.target import check_target

    if options.block is not None and options.format != "tflite":
        raise ValueError(f"--block must be left out of --format {options.format}: it takes any.")
    folder = options.format != "tflite"
    check_target(options.out, folder=folder, overwrite=options.overwrite)
    import_tensorflow()

    from ..export.exporting import export
    from ..train.trained_model import load_model

    facts = export(
        load_model(options.run_dir, allow_imports=options.allow_imports),
        options.out,
        format=options.format,
        block=16 if options.block is None else options.block,
        overwrite=options.overwrite,
    )
    takes = ", ".join(facts["inputs"])
    late = f"{facts['latency_ms']:.3g} ms late" if facts["latency_samples"] else "nothing late"
    print(f"{options.out}: {takes} to sound at {facts['sample_rate']} Hz, {late}")
