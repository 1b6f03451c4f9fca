"""The excerpt of a recording and of its results, to hear and to see."""

import dataclasses
from pathlib import Path

import numpy as np

from ..data.recordings import Recording, read
from . import figures
from .figures import Clip, Picture, View
from .results import Illustration, Result, Subject

__all__ = ["Excerpt", "excerpt_bounds", "illustrate"]


def excerpt_bounds(recording: Recording, seconds: float) -> tuple[int, int]:
    """The samples [start, stop) that the page shows: the loudest stretch of so many seconds."""
    return recording.loudest(max(int(seconds * recording.sample_rate), 1))


@dataclasses.dataclass(frozen=True)
class Excerpt:
    """The same stretch of a recording and of all its results, read from their files."""

    subject: Subject
    start: int
    original: np.ndarray  # [channels, samples]
    sounds: tuple[np.ndarray, ...]

    @staticmethod
    def of(subject: Subject, folder: Path, seconds: float) -> "Excerpt":
        """Read the loudest stretch of at most ``seconds``."""
        start, stop = excerpt_bounds(subject.recording, seconds)
        original = read(subject.recording.path, start, stop)
        sounds = (read(folder / result.file, start, stop) for result in subject.results)
        return Excerpt(subject, start, original, tuple(sounds))

    @property
    def channel(self) -> int:
        """The one in the pictures, and of many the one in the players: the original's loudest."""
        return figures.loudest_channel(self.original)

    @property
    def gain(self) -> float:
        """One for all clips, so that they compare."""
        return figures.clip_gain(self.original, *self.sounds)

    def clips(self) -> list[Clip | None]:
        """The original and every result, to listen to."""
        names = ["original", *(result.name for result in self.subject.results)]
        rate, gain, channel = self.subject.recording.sample_rate, self.gain, self.channel
        return [
            figures.player(sound, channel, rate, f"{self.subject.name}: {name}", gain)
            for name, sound in zip(names, (self.original, *self.sounds), strict=True)
        ]


def illustrate(subject: Subject, folder: Path, seconds: float, columns: int) -> Subject:
    """Add clips of at most ``seconds``, and pictures, to the results of a recording."""
    excerpt = Excerpt.of(subject, folder, seconds)
    channel = excerpt.channel
    original = excerpt.original[channel]
    rate = subject.recording.sample_rate
    view = View.of(original, rate, excerpt.start, columns)
    first, *others = excerpt.clips()
    results = [
        dataclasses.replace(result, clip=clip, pictures=_pictures(result, view, sound, original))
        for result, clip, sound in zip(
            subject.results, others, (sound[channel] for sound in excerpt.sounds), strict=True
        )
    ]
    illustration = Illustration(
        start=excerpt.start,
        stop=excerpt.start + len(original),
        channel=channel,
        gain=excerpt.gain,
        top_db=view.top_db,
        clip=first,
        pictures=(
            view.level(original, "Spectrogram of the original"),
            view.phase(original, "Phase of the original"),
            view.deviation(original, "Instantaneous frequency of the original"),
        ),
    )
    return dataclasses.replace(subject, results=tuple(results), illustration=illustration)


def _pictures(
    result: Result, view: View, sound: np.ndarray, original: np.ndarray
) -> tuple[Picture, ...]:
    difference = sound.astype(np.float64) - original
    return (
        view.level(sound, f"Spectrogram after {result.name}"),
        view.level(difference, f"Difference from the original after {result.name}"),
        view.phase(sound, f"Phase after {result.name}"),
        view.deviation(sound, f"Instantaneous frequency after {result.name}"),
    )
