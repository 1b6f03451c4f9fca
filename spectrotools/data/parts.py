"""What one recording becomes: the pure step that every way to prepare takes."""

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from .cuts import Cuts
from .failures import sentence
from .features import FLOOR_DB, Features
from .files import read_json, replace, write_json
from .loading import load_mono
from .plan import Plan, Source
from .records import write_records
from .spread import Spread

__all__ = ["BIN_WIDTHS", "Part", "Unwritten", "examples_of", "measured", "write_part"]

BIN_WIDTHS = {"f0_hz": 0.25, "loudness_db": 0.05}
_SURE = 0.5  # confidence from which a frame's pitch counts

Outcome = Literal["used", "silent", "short", "failed"]


@dataclasses.dataclass(frozen=True)
class Part:
    """What came of a recording."""

    name: str
    outcome: Outcome
    reason: str = ""
    examples: int = 0
    seconds: float = 0.0
    spreads: dict[str, Spread] = dataclasses.field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """All of it, as JSON can hold it."""
        spreads = {name: spread.as_json() for name, spread in self.spreads.items()}
        return dict(vars(self)) | {"spreads": spreads}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Part":
        """What ``as_json`` gave."""
        spreads = {name: Spread.from_json(told) for name, told in values["spreads"].items()}
        return cls(**values | {"spreads": spreads})


class Unwritten(NamedTuple):
    """A part that could not be written, which is no fault of the recording."""

    reason: str


def measured(path: Path, features: Features) -> dict[str, np.ndarray]:
    """A recording and its features, ``audio`` beside them.

    Raises:
        OSError, ValueError: if the file cannot be read.
    """
    audio = load_mono(path, features.sample_rate)
    return {"audio": audio, **features(audio)}


def is_silent(recording: dict[str, np.ndarray]) -> bool:
    """Whether nothing in it is louder than what counts as silence."""
    return bool(recording["loudness_db"].max() <= FLOOR_DB)


def examples_of(
    recording: dict[str, np.ndarray], cuts: Cuts, features: Features
) -> Iterator[dict[str, np.ndarray]]:
    """Cut a recording, its features with it."""
    tracks = dict(recording)
    starts = cuts.starts(len(recording["audio"]), features)
    whole = cuts.fit(tracks.pop("audio"), tracks, features)
    size, hop = cuts.n_samples(features), features.hop_length
    frames = features.n_frames(size)
    for start in starts.tolist():
        first = start // hop
        cut = {name: values[first : first + frames] for name, values in whole.items()}
        yield cut | {"audio": whole["audio"][start : start + size]}


def write_part(source: Source, plan: Plan, work: Path) -> Part | Unwritten:
    """Turn a recording into a file of records, with one beside it that says so when done."""
    try:
        done = read_json(work / f"{source.key}.json")
        if done is not None:
            return Part.from_json(done)
        part, recording = _look(source, plan)
        if part.outcome == "used":
            unfinished = work / f"{source.key}.{os.getpid()}.tmp"
            write_records(unfinished, examples_of(recording, plan.cuts, plan.features))
            replace(unfinished, work / f"{source.key}.tfrecord")
        write_json(work / f"{source.key}.json", part.as_json())
    except OSError as error:
        return Unwritten(sentence(error))
    return part


def _look(source: Source, plan: Plan) -> tuple[Part, dict[str, np.ndarray]]:
    """What a recording is good for, and what it holds."""
    path, features, cuts = plan.folder / source.name, plan.features, plan.cuts
    try:
        recording = measured(path, features)
    except (ValueError, OSError) as error:
        return Part(source.name, "failed", sentence(error)), {}
    seconds = len(recording["audio"]) / features.sample_rate
    examples = len(cuts.starts(len(recording["audio"]), features))
    if is_silent(recording):
        return Part(source.name, "silent", seconds=seconds), {}
    if not examples:
        return Part(source.name, "short", seconds=seconds), {}
    spreads = {
        "f0_hz": recording["f0_hz"][recording["f0_confidence"] >= _SURE],
        "loudness_db": recording["loudness_db"],
    }
    found = {name: Spread.of(values, BIN_WIDTHS[name]) for name, values in spreads.items()}
    return Part(source.name, "used", "", examples, seconds, found), recording
