"""Phrases for one voice: notes by chance, as an instrument might play them."""

import struct
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

__all__ = ["Note", "midi_file", "random_phrase"]

_SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 4, 7, 9), tuple(range(12)))
_BEATS = (0.5, 0.5, 1.0, 1.0, 1.5, 2.0, 4.0)  # of a note or a rest
_LEAPS = (-7, -5, -4, -3, 3, 4, 5, 7)  # degrees of the scale
_LEAP, _REST = 0.25, 0.15  # how likely
_SOFTEST, _LOUDEST = 40, 120  # velocities
_LEAD_SECONDS = 0.1  # of silence before the first note
_TICKS = 960  # a second


class Note(NamedTuple):
    """A note that is played."""

    start_seconds: float
    end_seconds: float
    pitch: int  # MIDI number
    velocity: int  # of 127


def random_phrase(
    rng: np.random.Generator, *, seconds: float, lowest: int, highest: int
) -> list[Note]:
    """Draw notes that go up and down a scale, with leaps, rests and a swell or a fading.

    Tempo, key, scale and articulation are drawn for the whole phrase. Notes do not overlap.
    """
    scale = _SCALES[rng.integers(len(_SCALES))]
    tonic = rng.integers(12)
    allowed = [p for p in range(lowest, highest + 1) if (p - tonic) % 12 in scale]
    allowed = allowed or [lowest]
    beat, held = 60.0 / rng.uniform(70.0, 150.0), rng.uniform(0.75, 0.97)
    first, last = rng.uniform(_SOFTEST, _LOUDEST, 2)
    degree, now, notes = int(rng.integers(len(allowed))), _LEAD_SECONDS, list[Note]()
    while now < seconds - _LEAD_SECONDS - _BEATS[0] * beat:
        length = min(rng.choice(_BEATS) * beat, seconds - _LEAD_SECONDS - now)
        if not notes or rng.random() > _REST:
            velocity = first + (last - first) * now / seconds + rng.normal(0.0, 6.0)
            loud = int(np.clip(round(velocity), _SOFTEST, _LOUDEST))
            notes.append(Note(now, now + held * length, allowed[degree], loud))
            degree = _next(rng, degree, len(allowed))
        now += length
    return notes


def _next(rng: np.random.Generator, degree: int, count: int) -> int:
    """The next degree: one up or down or a leap, turned back at the ends of the range."""
    step = rng.choice(_LEAPS if rng.random() < _LEAP else (-2, -1, 1, 2))
    if not 0 <= degree + step < count:
        step = -step
    return int(np.clip(degree + step, 0, count - 1))


def midi_file(notes: Sequence[Note], *, seconds: float, bank: int, program: int) -> bytes:
    """Write a standard MIDI file of one track, which lasts so long."""
    events = [(0.0, bytes([0xB0, 0, bank])), (0.0, bytes([0xC0, program]))]
    for note in notes:
        events.append((note.start_seconds, bytes([0x90, note.pitch, note.velocity])))
        events.append((note.end_seconds, bytes([0x80, note.pitch, 0])))
    events.append((seconds, b"\xff\x2f\x00"))
    track, now = b"", 0
    for time, event in sorted(events, key=lambda each: each[0]):
        ticks = round(time * _TICKS)
        track += _variable_length(ticks - now) + event
        now = ticks
    head = struct.pack(">4sIHHH", b"MThd", 6, 0, 1, _TICKS // 2)  # of a beat, of half a second
    return head + struct.pack(">4sI", b"MTrk", len(track)) + track


def _variable_length(number: int) -> bytes:
    """Groups of 7 bits, the highest first; all but the last are marked."""
    groups = [number & 127]
    while number := number >> 7:
        groups.insert(0, 128 | number & 127)
    return bytes(groups)
