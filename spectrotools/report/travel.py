"""A recording through one round trip: written, timed and measured."""

import time
from collections.abc import Callable
from pathlib import Path

import tensorflow as tf

from ..data.recordings import BLOCK, Recording, blocks
from .distances import distances
from .output import FloatWav
from .results import Result
from .round_trips import RoundTrip

__all__ = ["travel"]


def travel(
    name: str,
    trip: RoundTrip,
    recording: Recording,
    path: Path,
    progress: Callable[[float], None],
) -> Result:
    """Write the recording, after the round trip, to ``path`` and measure what came back."""
    _warm_up(trip, recording)
    spent = _write(trip, recording, path, progress)
    numbers = trip.numbers_per_second(recording.sample_rate) * recording.channels
    return Result(
        name=name,
        description=trip.description,
        file=path.name,
        distances=distances(zip(blocks(recording.path), blocks(path), strict=True)),
        numbers_per_second=numbers,
        bits_per_second=None if trip.bits is None else trip.bits * numbers,
        speed=recording.seconds / spent,
    )


def _warm_up(trip: RoundTrip, recording: Recording) -> None:
    """Let TensorFlow trace what the run will call, so that its speed is that of the work."""
    state = trip.initial_state(recording.channels, recording.sample_rate)
    lengths = [BLOCK] * min(recording.length // BLOCK, 3) + [recording.length % BLOCK]
    for length in filter(None, lengths):
        _, state = trip.step(tf.zeros([recording.channels, length]), state)
    trip.flush(state, sum(lengths))


def _write(
    trip: RoundTrip, recording: Recording, path: Path, progress: Callable[[float], None]
) -> float:
    """Write the result; return the seconds spent inside the round trip."""
    spent = 0.0
    state = trip.initial_state(recording.channels, recording.sample_rate)
    with FloatWav(path, recording.sample_rate, recording.channels, recording.length) as file:
        for block in blocks(recording.path):
            start = time.perf_counter()
            audio, state = trip.step(tf.constant(block), state)
            audio = audio.numpy()
            spent += time.perf_counter() - start
            file.write(audio)
            progress(block.shape[1] / recording.sample_rate)
        start = time.perf_counter()
        audio = trip.flush(state, recording.length).numpy()
        spent += time.perf_counter() - start
        file.write(audio)
    return spent
