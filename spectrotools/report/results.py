"""What a run found out: values for the page and for the table in the terminal."""

import dataclasses

from ..data.recordings import Recording
from .distances import Distances
from .figures import Clip, Picture

__all__ = ["Demonstration", "Illustration", "Rendition", "Result", "Run", "Subject"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Rendition:
    """A written file and how far it is from its original."""

    name: str
    description: str
    file: str
    distances: Distances
    clip: Clip | None = None
    pictures: tuple[Picture, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Result(Rendition):
    """One recording through one round trip."""

    numbers_per_second: float  # of all channels
    bits_per_second: float | None  # where the numbers are codes
    speed: float  # seconds of sound a second of work


@dataclasses.dataclass(frozen=True, kw_only=True)
class Illustration:
    """What the page shows of a recording: the samples [start, stop)."""

    start: int
    stop: int
    channel: int  # the one in the pictures
    gain: float  # of the clips
    top_db: int  # the level at the top of the colour scale, 0 is a full-scale sine
    clip: Clip | None
    pictures: tuple[Picture, ...]


@dataclasses.dataclass(frozen=True)
class Subject:
    """One recording and all its results; without an illustration it is in the table only."""

    name: str
    recording: Recording
    results: tuple[Result, ...]
    illustration: Illustration | None = None


@dataclasses.dataclass(frozen=True)
class Demonstration:
    """The samples [start, stop) of the first recording, under five phases."""

    start: int
    stop: int
    gain: float
    other: Recording
    other_clip: Clip | None
    renditions: tuple[Rendition, ...]


@dataclasses.dataclass(frozen=True)
class Run:
    """All that was done."""

    subjects: tuple[Subject, ...]
    demonstration: Demonstration
    listed: int  # how many subjects the page has
