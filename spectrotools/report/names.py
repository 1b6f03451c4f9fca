"""What the files of a run are called."""

from collections.abc import Iterable, Sequence
from pathlib import Path

__all__ = [
    "EVALUATION",
    "PAGE",
    "PHASES",
    "output_names",
    "phase_file",
    "sound_file",
    "unique_stems",
]

PAGE = "report.html"
EVALUATION = ("evaluation.csv", "evaluation.json", "evaluation.html")
PHASES = {  # of the demonstration, for people
    "original": "The phase that belongs to it: nothing is missing.",
    "random": "A random phase for every number: each moment smears over its whole window.",
    "zero": "Zero phase in the middle of every window: one pulse a frame, the voice of a robot.",
    "other": "The phase of another recording: its rhythm and voice come through.",
    "retrieved": "A phase found from the magnitudes alone: one under which they fit together.",
}


def unique_stems(paths: Iterable[Path]) -> list[str]:
    """A name for each path, its stem, numbered where another input has it already."""
    stems: list[str] = []
    taken: set[str] = set()
    for path in paths:
        stem, number = path.stem, 1
        while stem.casefold() in taken:  # some file systems do not tell cases apart
            number += 1
            stem = f"{path.stem}-{number}"
        taken.add(stem.casefold())
        stems.append(stem)
    return stems


def sound_file(stem: str, round_trip: str) -> str:
    """The file of a recording after a round trip."""
    return f"{stem}.{round_trip}.wav"


def phase_file(stem: str, phase: str) -> str:
    """The file of a recording under another phase; no round trip has a dash in its name."""
    return f"{stem}.phase-{phase}.wav"


def output_names(stems: Sequence[str], round_trips: Iterable[str]) -> list[str]:
    """Every file that a run writes, the page included."""
    trips = list(round_trips)
    sounds = [sound_file(stem, trip) for stem in stems for trip in trips]
    return [*sounds, *(phase_file(stems[0], phase) for phase in PHASES), PAGE]
