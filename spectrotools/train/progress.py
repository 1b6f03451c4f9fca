"""How a run gets on: its averages, its speed, and a bar for people."""

import contextlib
import math
import time
from collections.abc import Callable, Iterator

from tqdm import tqdm

from .step import Outcome

__all__ = ["Averages", "Pace", "training_bar"]


class Averages:
    """What steps have come to on average, until it is asked for."""

    def __init__(self) -> None:
        self._sums: dict[str, float] = {}
        self._count = 0

    def add(self, outcome: Outcome) -> None:
        """Count a step in."""
        told = {f"terms/{name}": value for name, value in outcome.terms.items()}
        told |= {"loss": outcome.loss, "gradient_norm": outcome.gradient_norm}
        for name, value in told.items():
            self._sums[name] = self._sums.get(name, 0.0) + value
        self._count += 1

    def take(self) -> dict[str, float]:
        """Give the averages, and begin anew."""
        means = {name: value / self._count for name, value in self._sums.items()}
        self._sums, self._count = {}, 0
        return means


class Pace:
    """Steps a second, of late; the first step, which compiles, is left out."""

    def __init__(self, seconds_per_step: float):
        self._sound = seconds_per_step
        self._begin = math.nan
        self._steps = 0

    def step(self) -> None:
        """Count a step that has ended."""
        if math.isnan(self._begin):
            self._begin = time.monotonic()
        else:
            self._steps += 1

    def take(self) -> dict[str, float]:
        """Give the speed since this was last asked, if a step was taken, and begin anew."""
        now = time.monotonic()
        steps, seconds = self._steps, now - self._begin
        if steps == 0 or seconds == 0:
            return {}
        self._begin, self._steps = now, 0
        rate = steps / seconds
        return {"steps_per_second": rate, "times_real_time": rate * self._sound}


@contextlib.contextmanager
def training_bar(step: int, steps: int) -> Iterator[Callable[[Outcome, dict[str, float]], None]]:
    """Show a bar on the standard error if that is a terminal, and nothing in a pipe.

    Yields:
        A function to tell what a step has come to, and the last known speed.
    """
    layout = "step {n}/{total} |{bar}| {elapsed} < {remaining} {postfix}"
    with tqdm(initial=step, total=steps, disable=None, leave=False, bar_format=layout) as bar:

        def tell(outcome: Outcome, pace: dict[str, float]) -> None:
            words = [f"loss {outcome.loss:.4g}"]
            if pace:
                words.append(f"{pace['steps_per_second']:.3g} steps/s")
                words.append(f"{pace['times_real_time']:.3g} x real time")
            bar.set_postfix_str(", ".join(words), refresh=False)
            bar.update()

        yield tell
