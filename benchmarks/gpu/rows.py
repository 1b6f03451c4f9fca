"""A row of the table: what was seen of one program on one machine. NumPy alone."""

import dataclasses
import statistics
import time
from collections.abc import Callable, Sequence

from .agreement import LIMITS

__all__ = ["BURN_IN", "CALLS", "Peer", "Row", "seconds_of", "table"]

BURN_IN, CALLS = 3, 20
NOT_MEASURED = "not measured"


@dataclasses.dataclass(frozen=True)
class Peer:
    """What was seen of torch's form; None is what was not measured, or cannot be."""

    name: str = "none"
    off: float | None = None
    milliseconds: float | None = None
    megabytes: float | None = None


@dataclasses.dataclass(frozen=True)
class Row:
    """What was seen of one program; None is what was not measured."""

    name: str
    size: str
    judge: str
    off: float
    peer: Peer
    milliseconds: float | None = None
    floor: float | None = None
    megabytes: float | None = None

    @property
    def is_right(self) -> bool:
        """Whether the result is near enough to TensorFlow's on the CPU."""
        return self.off <= LIMITS[self.judge]

    def cells(self) -> list[str]:
        """What stands under :data:`HEAD`."""
        own, peer = self.milliseconds, self.peer
        torchs = [NOT_MEASURED] * 2
        if peer.name == "none":
            torchs = ["", ""]
        elif peer.milliseconds is not None:
            ratio = f"{peer.milliseconds / own:.1f}" if own else NOT_MEASURED
            torchs = [f"{peer.milliseconds:.3f}", ratio]
        return [
            self.name,
            self.size,
            f"{self.off:.1e} of {LIMITS[self.judge]:.0e}",
            _told(own, ".3f"),
            _told(self.floor, ".3f"),
            _told(own and self.floor and own / self.floor, ".1f"),
            _told(self.megabytes, ".0f"),
            peer.name,
            "" if peer.off is None else f"{peer.off:.0e}",
            *torchs,
            "" if peer.name == "none" else _told(peer.megabytes, ".0f"),
        ]


HEAD = ["program", "size", "off by, of at most", "ms", "floor ms", "over floor", "peak MB"]
HEAD += ["torch", "torch off by", "torch ms", "torch over ours", "torch peak MB"]


def _told(value: float | None, form: str) -> str:
    return NOT_MEASURED if value is None else format(value, form)


def table(rows: Sequence[Row]) -> str:
    """The rows in Markdown."""
    lines = [HEAD, ["---"] * len(HEAD), *(row.cells() for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def seconds_of(call: Callable[[], object], wait: Callable[[object], object]) -> float:
    """The median time of a call, until ``wait`` has seen that its result is there."""
    times = []
    for _ in range(BURN_IN + CALLS):
        start = time.perf_counter()
        wait(call())
        times.append(time.perf_counter() - start)
    return statistics.median(times[BURN_IN:])
