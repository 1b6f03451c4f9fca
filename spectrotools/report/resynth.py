"""The main job: recordings through round trips and back, measured, heard and seen."""

import dataclasses
import functools
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from .._validate import check, integer
from ..data.recordings import Recording
from ..transforms.stft import STFT
from .budget import clip_seconds, plan
from .demonstrate import demonstrate, demonstration_bytes
from .illustrate import Excerpt, illustrate
from .names import sound_file
from .results import Result, Run, Subject
from .round_trips import RoundTrip
from .travel import travel

__all__ = ["Report", "resynth"]

Progress = Callable[[str, float], None]  # what is being done, and seconds of sound done


@dataclasses.dataclass(frozen=True, kw_only=True)
class Report:
    """What a report shows beside the results.

    Args:
        stft: the ``STFT`` in which the phase demonstration takes magnitudes and phases.
        seed: of its random phases, an integer of at least 0.
        clip_seconds: the longest excerpt, above 0; many recordings on a page get less.
    """

    stft: STFT
    seed: int = 0
    clip_seconds: float = 10.0

    def __post_init__(self) -> None:
        integer("seed", self.seed, 0)
        check(isinstance(self.stft, STFT), "stft must be an STFT", self.stft)
        fits = isinstance(self.clip_seconds, (int, float)) and 0 < self.clip_seconds < math.inf
        check(fits, "clip_seconds must be above 0 and finite", self.clip_seconds)


def resynth(
    recordings: Mapping[str, Recording],
    other: Recording,
    round_trips: Mapping[str, RoundTrip],
    folder: Path,
    report: Report,
    progress: Progress,
) -> Run:
    """Take every recording through every round trip; write and measure the results.

    Args:
        recordings: what to work on, by the stem of the files to write.
        other: the recording that lends its phase to the first one.
        round_trips: what to take them through, by registered name.
        folder: where the files go.
        report: what the page shows beside the results.
        progress: told what has been done.

    Returns:
        What was measured, with the page's pictures and clips.
    """
    subjects = [
        Subject(stem, recording, tuple(_results(stem, recording, round_trips, folder, progress)))
        for stem, recording in recordings.items()
    ]
    shares = plan(len(subjects), len(round_trips))
    shown = subjects[: shares.illustrated]
    seconds = clip_seconds(
        lambda most: _clip_bytes(shown, folder, most), report.clip_seconds, shares.sound_bytes
    )
    demonstration = demonstrate(
        shown[0], other, folder, report.stft, report.seed, seconds, shares.columns
    )
    shown = [illustrate(subject, folder, seconds, shares.columns) for subject in shown]
    return Run((*shown, *subjects[shares.illustrated :]), demonstration, shares.listed)


def _results(
    stem: str,
    recording: Recording,
    round_trips: Mapping[str, RoundTrip],
    folder: Path,
    progress: Progress,
) -> Iterator[Result]:
    for name, trip in round_trips.items():
        path = folder / sound_file(stem, name)
        told = functools.partial(progress, f"{stem} {name}")
        yield travel(name, trip, recording, path, told)


def _clip_bytes(subjects: list[Subject], folder: Path, seconds: float) -> int:
    """What the clips of at most ``seconds`` take on the page, those of the demonstration too."""
    size = demonstration_bytes(subjects[0].recording, seconds)
    for subject in subjects:
        excerpt = Excerpt.of(subject, folder, seconds)
        size += sum(len(clip.uri) for clip in excerpt.clips() if clip)
    return size
