"""The pairs that come nearest and that stay furthest, to hear and to see."""

import dataclasses
import math
from collections.abc import Sequence

from ..data.recordings import read, scan
from . import figures
from .budget import clip_seconds
from .comparisons import Comparison
from .evaluation import Evaluation
from .figures import Clip, Picture, View

__all__ = ["Exhibit", "exhibit", "ranked"]

_SOUND_BYTES = 12_000_000  # for all clips, in base64
_COLUMNS = 720  # pixels across a picture


@dataclasses.dataclass(frozen=True, kw_only=True)
class Exhibit:
    """What the page shows of a pair: the samples [start, stop), the reference's loudest."""

    comparison: Comparison
    start: int
    stop: int
    channel: int  # the one in the pictures
    gain: float  # of both clips
    top_db: int  # the level at the top of both colour scales, 0 is a full-scale sine
    clips: tuple[Clip | None, Clip | None]  # the reference, the generated sound
    pictures: tuple[Picture, Picture] | None


def ranked(done: Sequence[Comparison], evaluation: Evaluation) -> list[Comparison]:
    """All pairs, the furthest first, and those last of which the ranking measure says nothing."""
    measure = evaluation.ranking
    sign = 1.0 if measure.nearer == "higher" else -1.0

    def order(comparison: Comparison) -> tuple[bool, float]:
        value = comparison.measured.values[measure.name]
        return math.isnan(value), sign * value

    return sorted(done, key=order)


def exhibit(
    done: Sequence[Comparison], evaluation: Evaluation
) -> tuple[list[Exhibit], list[Exhibit]]:
    """Show the furthest pairs, the worst first, and the nearest, the best first."""
    name = evaluation.ranking.name
    known = [c for c in ranked(done, evaluation) if not math.isnan(c.measured.values[name])]
    count = min(evaluation.shown, math.ceil(len(known) / 2))
    furthest = known[:count]
    nearest = known[count:][::-1][: evaluation.shown]
    seconds = clip_seconds(
        lambda most: _clip_bytes([*furthest, *nearest], most),
        evaluation.clip_seconds,
        _SOUND_BYTES,
    )
    shown = [[_shown(pair, seconds, drawn=True) for pair in end] for end in (furthest, nearest)]
    return shown[0], shown[1]


def _clip_bytes(comparisons: list[Comparison], seconds: float) -> int:
    heard = (_shown(comparison, seconds, drawn=False) for comparison in comparisons)
    return sum(len(clip.uri) for one in heard for clip in one.clips if clip)


def _shown(comparison: Comparison, seconds: float, *, drawn: bool) -> Exhibit:
    pair, rate = comparison.pair, comparison.measured.sample_rate
    start, stop = _bounds(comparison, seconds)
    sounds = [read(path, start, stop) for path in (pair.reference, pair.generated)]
    channel, gain = figures.loudest_channel(sounds[0]), figures.clip_gain(*sounds)
    names = (f"{pair.name}: reference", f"{pair.name}: generated")
    view = View.of(sounds[0][channel], rate, start, _COLUMNS)
    reference, generated = (
        figures.player(sound, channel, rate, name, gain)
        for sound, name in zip(sounds, names, strict=True)
    )
    return Exhibit(
        comparison=comparison,
        start=start,
        stop=stop,
        channel=channel,
        gain=gain,
        top_db=view.top_db,
        clips=(reference, generated),
        pictures=(
            view.level(sounds[0][channel], f"Spectrogram of {names[0]}"),
            view.level(sounds[1][channel], f"Spectrogram of {names[1]}"),
        )
        if drawn
        else None,
    )


def _bounds(comparison: Comparison, seconds: float) -> tuple[int, int]:
    """The loudest stretch of the reference, moved to where both have it all."""
    measured = comparison.measured
    size = max(int(seconds * measured.sample_rate), 1)
    start, _ = scan(comparison.pair.reference).loudest(size)
    start = min(start, max(measured.length - size, 0))
    return start, min(start + size, measured.length)
