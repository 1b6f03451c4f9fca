"""A row of the table: what was seen of one program on one machine. NumPy alone."""

import dataclasses
import math
import statistics
import time
from collections.abc import Callable, Iterable

from .agreement import LIMITS

__all__ = ["Peer", "Row", "print_rows", "seconds_of"]

BURSTS, BURST = 9, 0.05  # how many, and seconds of each
SAME = 1e-2  # by which a peer that does the same work may be off
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
        """Whether both results are near enough to TensorFlow's on the CPU."""
        peer = self.peer.off
        return self.off <= LIMITS[self.judge] and (peer is None or peer <= SAME)

    def __str__(self) -> str:
        own, peer = self.milliseconds, self.peer
        torchs = [NOT_MEASURED] * 3
        if peer.name == "none":
            torchs = [""] * 3
        elif peer.milliseconds is not None:
            ratio = f"{peer.milliseconds / own:.1f}" if own else NOT_MEASURED
            torchs = [f"{peer.milliseconds:.3f}", ratio, _told(peer.megabytes, ".0f")]
        return _line(
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
        )


HEAD = ["program", "size", "off by, of at most", "ms", "floor ms", "over floor", "peak MB"]
HEAD += ["torch", "torch off by", "torch ms", "torch over ours", "torch peak MB"]


def _told(value: float | None, form: str) -> str:
    return NOT_MEASURED if value is None else format(value, form)


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def print_rows(measures: Iterable[tuple[str, Callable[[], Row]]]) -> bool:
    """Print a row as soon as it is there, and tell whether all are right.

    A program that fails takes no other with it.
    """
    print(_line(*HEAD), _line(*["---"] * len(HEAD)), sep="\n")
    right = True
    for name, measure in measures:
        try:
            row: Row | None = measure()
        except Exception as error:  # of whichever library
            row = None
            print(_line(name, f"failed: {type(error).__name__}: {error}".split("\n")[0]))
        else:
            print(row, flush=True)
        right = right and row is not None and row.is_right
    return right


def seconds_of(
    call: Callable[[], object],
    wait: Callable[[object], object],
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """The median time of a call in bursts, at the end of which ``wait`` sees its result there.

    To wait for every call would time the waiting where a call takes microseconds.
    """
    wait(call())  # which may compile
    start = clock()
    wait(call())
    calls = max(math.ceil(BURST / max(clock() - start, 1e-9)), 1)
    times = []
    for _ in range(BURSTS):
        start = clock()
        for _ in range(calls):
            result = call()
        wait(result)
        times.append((clock() - start) / calls)
    return statistics.median(times)
