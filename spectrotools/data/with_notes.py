"""Examples with the notes that were played, for models that are told no more than that."""

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from .._validate import check
from ..ops.notes import detect_notes, segment_notes
from .examples import Examples

__all__ = ["WithNotes", "add_notes"]

_UNPLAYED = 69.0  # MIDI number of an example without notes
_NOTES = ("pitch", "velocity")


class WithNotes(Examples):
    """Examples with ``pitch`` and ``velocity``, as :class:`spectrotools.models.MidiDecoder` hears.

    Notes are held where :func:`spectrotools.detect_notes` says, and cut by
    :func:`spectrotools.segment_notes`. Pitch is the nearest MIDI number to the median of a note;
    it holds through the rest after it, and the first goes back to the start. Velocity is
    127 (dB / 80 + 1) of the mean loudness of a note, at least 1, and 0 in a rest.

    Args:
        examples: that have ``f0_hz``, ``f0_confidence`` and ``loudness_db``.

    Raises:
        ValueError: if they are no examples.

    Example:
        >>> import spectrotools as st
        >>> played = st.data.SyntheticNotes(count=2, example_seconds=0.5, notes=1, seed=0)
        >>> batch = next(iter(st.data.WithNotes(played).dataset(batch_size=2)))
        >>> [len(set(pitch.numpy().tolist())) for pitch in batch["pitch"]]
        [1, 1]
    """

    def __init__(self, examples: Examples):
        check(isinstance(examples, Examples), "examples must be Examples", examples)
        self._examples = examples
        self.features, self.n_samples = examples.features, examples.n_samples

    def __len__(self) -> int:
        return len(self._examples)

    @property
    def sizes(self) -> dict[str, int]:
        """How many numbers each part of an example has."""
        return self._examples.sizes | dict.fromkeys(_NOTES, self.n_frames)

    def read(self, indices: tf.data.Dataset) -> tf.data.Dataset:
        """The examples of these numbers."""
        return self._examples.read(indices).map(self._with_notes)

    def _with_notes(self, example: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        return add_notes(example, self.features.frame_rate)


def add_notes(told: Mapping[str, Any], frame_rate: float) -> dict[str, Any]:
    """What is told of a sound, and ``pitch`` and ``velocity`` of its notes besides.

    Args:
        told: ``f0_hz``, ``f0_confidence`` and ``loudness_db``, float32 ``[frames]``, and more.
        frame_rate: Hz.

    Returns:
        The same, and notes as :class:`WithNotes` has them.
    """
    on = detect_notes(told["loudness_db"], told["f0_confidence"]).on
    found = functools.partial(_notes, frame_rate=frame_rate)
    given = [told["f0_hz"], told["loudness_db"], on]
    notes = tf.numpy_function(found, given, [tf.float32] * 2, stateful=False)
    return {**told, **dict(zip(_NOTES, notes, strict=True))}


def _notes(
    f0_hz: np.ndarray, loudness_db: np.ndarray, on: np.ndarray, frame_rate: float
) -> tuple[np.ndarray, np.ndarray]:
    """Pitch and velocity of every frame."""
    pitch = np.full(len(f0_hz), _UNPLAYED, np.float32)
    velocity = np.zeros(len(f0_hz), np.float32)
    for number, note in enumerate(segment_notes(f0_hz, on, frame_rate=frame_rate)):
        begin, end = (
            round(seconds * frame_rate) for seconds in (note.onset_seconds, note.offset_seconds)
        )
        pitch[begin if number else 0 :] = round(note.midi)
        loud = 127.0 * (loudness_db[begin:end].mean() / 80.0 + 1.0)
        velocity[begin:end] = np.clip(loud, 1.0, 127.0)
    return pitch, velocity
