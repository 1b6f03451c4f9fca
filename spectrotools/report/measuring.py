"""What is measured of one pair of files, piece by piece, so that length costs no memory."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ..data.recordings import Recording, blocks, scan
from .evaluation import Evaluation
from .pairing import Pair
from .signal_sums import SignalSums
from .tracks import Tracks
from .weighted_pieces import WeightedPieces

__all__ = ["Measured", "measure"]


class Measured(NamedTuple):
    """What came of a pair."""

    values: dict[str, float]  # by name of the measure, NaN where it says nothing
    sample_rate: int
    channels: int
    length: int  # samples, those that both have
    notes: tuple[str, ...]  # what to know of these values, sentences without a full stop


def measure(pair: Pair, evaluation: Evaluation) -> Measured:
    """Measure how near a generated sound comes to its reference.

    Of sounds of two lengths, what both have is compared, from the first sample on. All channels
    are measured; see the three kinds of meters for how they count.

    Raises:
        OSError, ValueError: if a file cannot be read (see ``recordings.scan``), or if they
            differ in rate or channels.
    """
    reference, generated = scan(pair.reference), scan(pair.generated)
    _check_alike(reference, generated)
    meters = [
        meter(reference.sample_rate, evaluation) for meter in (SignalSums, WeightedPieces, Tracks)
    ]
    for one, other in _pieces(reference, generated, evaluation.piece_seconds):
        for meter in meters:
            meter.add(one, other)
    found = {name: value for meter in meters for name, value in meter.values().items()}
    notes = [note for meter in meters for note in meter.notes]
    return Measured(
        {measure.name: found[measure.name] for measure in evaluation.measured},
        reference.sample_rate,
        reference.channels,
        min(reference.length, generated.length),
        (*_notes(reference, generated), *notes),
    )


def _check_alike(reference: Recording, generated: Recording) -> None:
    """Refuse what cannot be laid side by side: whoever resamples or mixes decides what counts."""
    if generated.sample_rate != reference.sample_rate:
        raise ValueError(
            f"its rate is {generated.sample_rate} Hz and that of its reference "
            f"{reference.sample_rate} Hz; bring both to one rate."
        )
    if generated.channels != reference.channels:
        raise ValueError(
            f"it has {_channels(generated)} and its reference {_channels(reference)}; "
            "bring both to the same."
        )


def _channels(recording: Recording) -> str:
    return "1 channel" if recording.channels == 1 else f"{recording.channels} channels"


def _notes(reference: Recording, generated: Recording) -> Iterator[str]:
    silent = [r.peak == 0 for r in (reference, generated)]
    if any(silent):
        both = "both are" if all(silent) else "the reference is" if silent[0] else "it is"
        yield f"{both} silent"
    more = (generated.length - reference.length) / reference.sample_rate
    if more:
        longer = "longer" if more > 0 else "shorter"
        yield f"it is {abs(more):.3f} s {longer} than its reference; what both have is compared"


def _pieces(
    reference: Recording, generated: Recording, seconds: float
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Both sounds ``[channels, samples]``, in equal pieces of at most so many seconds."""
    left = min(reference.length, generated.length)
    count = math.ceil(left / (seconds * reference.sample_rate))
    size = math.ceil(left / count)
    files = (blocks(recording.path, size) for recording in (reference, generated))
    for one, other in zip(*files, strict=False):
        shared = min(left, size)
        yield one[:, :shared], other[:, :shared]
        left -= shared
        if not left:
            return
