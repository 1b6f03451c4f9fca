"""``spectrotools synthesize``."""

import argparse
from typing import Any

from .command import add_command, add_imports, path

__all__ = ["EXAMPLES", "add", "run"]

EXAMPLES = """\
  spectrotools synthesize voice.wav --run runs/violin --out violin.wav
  spectrotools synthesize voice.wav --run runs/violin --transpose 12 --out higher.wav
"""

_FILES = """\
The recording is mixed to one channel and brought to the rate of the model; what is written has
that rate, the length of the recording, and 32-bit samples, which do not clip.
"""


def add(commands: Any) -> None:
    """Tell argparse of the command."""
    description = "Play what a recording plays, by the instrument that a run has learnt."
    epilog = f"{_FILES}\nexamples:\n{EXAMPLES}"
    command = add_command(commands, "synthesize", description, run, epilog)
    add = command.add_argument
    add("input", type=path, metavar="INPUT", help="a recording of one voice or instrument")
    add("--run", type=path, required=True, metavar="RUN_DIR", dest="run_dir", help="what to play")
    add("--out", type=path, required=True, metavar="FILE", help="the WAV file to write")
    add("--overwrite", action="store_true", help="replace FILE if it exists")
    add("--transpose", type=float, default=0.0, metavar="N", help="semitones to add to the pitch")
    add(
        "--loudness-shift", type=float, default=0.0, metavar="DB", help="dB to add to the loudness"
    )
    add_imports(command, "the settings of the run")


def run(options: argparse.Namespace, arguments: list[str]) -> None:
    """Measure the recording, play it, and write the sound."""
    from ..data.tensorflow_start import import_tensorflow
    from ..report.staging import check_free, staged

    out = options.out
    check_free(out.parent, [out.name], [options.input], options.overwrite)
    import_tensorflow()

    import soundfile

    from ..data.loading import load_mono
    from ..train.trained_model import load_model
    from ..train.transfer import features_for, transfer

    model = load_model(options.run_dir, allow_imports=options.allow_imports)
    rate = features_for(model).sample_rate
    sound = transfer(
        model,
        load_mono(options.input, rate),
        transpose_semitones=options.transpose,
        loudness_shift_db=options.loudness_shift,
    )
    with staged(out.parent) as folder:
        soundfile.write(folder / out.name, sound, rate, subtype="FLOAT", format="WAV")
    print(f"{out}: {len(sound) / rate:.2f} s at {rate} Hz")
