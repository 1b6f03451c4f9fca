"""The phase demonstration on the first recording: written, measured, heard and seen."""

from pathlib import Path
from typing import Any

import numpy as np

from ..data.recordings import Recording, read
from . import figures
from .distances import distances
from .figures import View
from .illustrate import excerpt_bounds
from .lender import borrowed
from .names import PHASES, phase_file
from .output import FloatWav
from .phase_matters import renditions
from .results import Demonstration, Rendition, Subject

__all__ = ["demonstrate", "demonstration_bytes"]


def demonstration_bytes(recording: Recording, seconds: float) -> int:
    """The most that its clips of at most ``seconds`` take on the page, in base64."""
    start, stop = excerpt_bounds(recording, seconds)
    channels = recording.channels if recording.channels <= 2 else 1
    samples = (stop - start) * (len(PHASES) * channels + 1)  # and the lender, in mono
    return samples * 2 * 4 // 3


def demonstrate(
    subject: Subject,
    other: Recording,
    folder: Path,
    stft: Any,
    seed: int,
    seconds: float,
    columns: int,
) -> Demonstration:
    """Give the excerpt of a recording the five phases; write, measure and show them.

    Args:
        subject: the recording.
        other: the recording that lends its phase.
        folder: where the files go.
        stft: the ``STFT`` in which magnitudes and phases are taken.
        seed: of the random phases.
        seconds: length of the excerpt, at most.
        columns: pixels across a picture.
    """
    recording, rate = subject.recording, subject.recording.sample_rate
    start, stop = excerpt_bounds(recording, seconds)
    original = read(recording.path, start, stop)
    lender = borrowed(other, original.shape, rate)
    sounds = renditions(original, lender, stft, seed)
    for phase, sound in sounds.items():
        path = folder / phase_file(subject.name, phase)
        with FloatWav(path, rate, recording.channels, stop - start) as file:
            file.write(sound)
        sounds[phase] = read(path, 0, stop - start)
    gain = figures.clip_gain(*sounds.values())
    channel = figures.loudest_channel(original)
    view = View.of(original[channel], rate, start, columns)
    shown = [
        Rendition(
            name=phase,
            description=PHASES[phase],
            file=phase_file(subject.name, phase),
            distances=distances([(original, sound)]),
            clip=figures.player(sound, channel, rate, f"{subject.name} with {phase} phase", gain),
            pictures=(view.level(sound[channel], f"Spectrogram with {phase} phase"),),
        )
        for phase, sound in sounds.items()
    ]
    return Demonstration(start, stop, gain, other, _lender_clip(lender, rate, other), tuple(shown))


def _lender_clip(lender: np.ndarray, sample_rate: int, other: Recording) -> figures.Clip | None:
    mono = lender[:1]
    label = f"{other.path.name}, whose phase is borrowed"
    return figures.player(mono, 0, sample_rate, label, figures.clip_gain(mono))
