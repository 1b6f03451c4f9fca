"""What an evaluation is to do: the settings that gin fills in."""

import dataclasses
import math
from collections.abc import Iterable

from .._validate import check, integer
from .measures import MEASURES, Measure, choose

__all__ = ["Evaluation"]

_RANKING = "multi_resolution_stft_distance"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What is measured of each pair, and what the page shows of all.

    Args:
        measures: names of the table of measures.
        frame_rate: frames a second in which pitch and periodicity are told, in [10, 1000].
        fmin: the lowest fundamental, Hz, at least 20.
        fmax: the highest fundamental, Hz, in [fmin * 2, 3000].
        piece_seconds: longer sound is measured in pieces of this length at most, in [1, 60].
        confidence: how often an interval is to hold the mean, in (0, 1).
        seed: of the bootstrap's draws, an integer of at least 0.
        ranked_by: the measure by which pairs are the nearest and the furthest; None is
            ``multi_resolution_stft_distance`` if that is measured, or else the first.
        shown: pairs that the page shows at either end, in [0, 10].
        clip_seconds: the longest excerpt on the page, above 0.
        told: measures beside these, whose numbers come from elsewhere and are shown first.
    """

    measures: tuple[str, ...] = tuple(MEASURES)
    frame_rate: float = 100.0
    fmin: float = 60.0
    fmax: float = 1200.0
    piece_seconds: float = 10.0
    confidence: float = 0.95
    seed: int = 0
    ranked_by: str | None = None
    shown: int = 3
    clip_seconds: float = 10.0
    told: tuple[Measure, ...] = ()

    def __post_init__(self) -> None:
        _check_within("frame_rate", self.frame_rate, 10, 1000)
        _check_within("fmin", self.fmin, 20, 1500)
        _check_within("fmax", self.fmax, 2 * self.fmin, 3000)
        _check_within("piece_seconds", self.piece_seconds, 1, 60)
        _check_within("clip_seconds", self.clip_seconds, 0.01, 60)
        inside = isinstance(self.confidence, (int, float)) and 0 < self.confidence < 1
        check(inside, "confidence must be in (0, 1)", self.confidence)
        integer("seed", self.seed, 0)
        integer("shown", self.shown, 0, 10)
        names = [measure.name for measure in self.chosen]
        rule = f"ranked_by must be None or one of those measured, {', '.join(names)}"
        check(self.ranked_by is None or self.ranked_by in names, rule, self.ranked_by)

    @property
    def measured(self) -> tuple[Measure, ...]:
        """What is measured, in the order of the table of measures."""
        return choose(self.measures)

    @property
    def chosen(self) -> tuple[Measure, ...]:
        """What is shown: what is told, and then what is measured."""
        return (*self.told, *self.measured)

    @property
    def ranking(self) -> Measure:
        """The measure by which pairs are the nearest and the furthest."""
        known = {measure.name: measure for measure in self.chosen}
        standing = _RANKING if _RANKING in known else next(iter(known))
        return known[self.ranked_by or standing]

    def asks(self, kind: str) -> Iterable[str]:
        """The names of the measures that are taken of ``"sums"``, ``"pieces"`` or ``"pitch"``."""
        return [measure.name for measure in self.measured if measure.of == kind]


def _check_within(name: str, value: float, low: float, high: float) -> None:
    inside = isinstance(value, (int, float)) and math.isfinite(value) and low <= value <= high
    check(inside, f"{name} must be in [{low:g}, {high:g}]", value)
