"""``spectrotools render``."""

import argparse
from typing import Any

from .command import add_command, add_results, path

__all__ = ["EXAMPLES", "add", "run"]

EXAMPLES = """\
  spectrotools render --sound-font FluidR3_GM.sf2 --program violin --out violin
  spectrotools render --sound-font FluidR3_GM.sf2 --program 73 --seed 1 --out held-out
"""

_FILES = """\
Draws phrases by chance (scales, leaps, rests, dynamics), plays them by FluidSynth, which has to be
installed, and writes phrase-000.wav and so on. Beside each, a table (CSV) tells its notes: start,
end, MIDI pitch, frequency and velocity. The same seed gives the same notes, another one others, as
for a test.
"""


def add(commands: Any) -> None:
    """Tell argparse of the command."""
    description = "Write recordings of an instrument of a SoundFont, whose notes are known."
    epilog = f"{_FILES}\nexamples:\n{EXAMPLES}"
    command = add_command(commands, "render", description, run, epilog)
    required = command.add_argument
    required("--sound-font", type=path, required=True, metavar="FILE", help="SF2 or SF3")
    named = "the instrument, by the name that the SoundFont has for it, or by its number"
    required("--program", required=True, metavar="NAME", help=named)
    add_results(command)
    group = command.add_argument_group("what is played")

    def add(name: str, default: float, metavar: str, text: str) -> None:
        told = f"{text} (default: {default:g})"
        group.add_argument(name, type=type(default), default=default, metavar=metavar, help=told)

    add("--phrases", 24, "N", "how many")
    add("--seconds", 10.0, "S", "of each")
    add("--lowest", 55, "PITCH", "MIDI number of the lowest note")
    add("--highest", 84, "PITCH", "MIDI number of the highest note")
    add("--seed", 0, "N", "of what is drawn")
    add("--sample-rate", 16000, "HZ", "of the recordings")
    add("--gain", 0.5, "G", "of FluidSynth")


def run(options: argparse.Namespace, arguments: list[str]) -> None:
    """Render, and tell what was written."""
    from ..data.rendering import render, rendered_names
    from ..report.staging import check_free, staged

    stems = rendered_names(options.phrases)
    names = [f"{stem}.{kind}" for stem in stems for kind in ("wav", "csv")]
    check_free(options.out, names, [options.sound_font], options.overwrite)
    with staged(options.out) as folder:
        render(
            options.sound_font,
            options.program,
            folder,
            phrases=options.phrases,
            seconds=options.seconds,
            lowest=options.lowest,
            highest=options.highest,
            seed=options.seed,
            sample_rate=options.sample_rate,
            gain=options.gain,
        )
    print(f"{options.out}: {len(stems)} recordings of {options.seconds:g} s")
