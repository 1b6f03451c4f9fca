"""All pairs of two folders, measured side by side."""

import dataclasses
import functools
from collections.abc import Callable, Mapping

from ..data.failures import Failed
from ..data.tensorflow_start import import_without_gpu
from ..data.workers import share_out, suitable_count
from .evaluation import Evaluation
from .journal import Journal
from .measuring import Measured, measure
from .pairing import Pair, Pairing

__all__ = ["Comparison", "Comparisons", "NothingCompared", "compare_all", "with_values"]

Progress = Callable[[str, float], None]  # what is being done, and how many pairs were done


@dataclasses.dataclass(frozen=True)
class Comparison:
    """A pair and what was measured of it."""

    pair: Pair
    measured: Measured


@dataclasses.dataclass(frozen=True)
class Comparisons:
    """What came of two folders."""

    done: tuple[Comparison, ...]  # by name
    failed: dict[str, str]  # names of pairs, and why they could not be compared
    pairing: Pairing


def with_values(comparisons: Comparisons, name: str, values: Mapping[str, float]) -> Comparisons:
    """The same comparisons with one more value each, by the name of the pair."""

    def added(one: Comparison) -> Comparison:
        more = one.measured.values | {name: values[one.pair.name]}
        return dataclasses.replace(one, measured=one.measured._replace(values=more))

    return dataclasses.replace(comparisons, done=tuple(map(added, comparisons.done)))


class NothingCompared(ValueError):
    """Not one pair could be compared."""

    exit_code = 3


def compare_all(
    pairing: Pairing,
    evaluation: Evaluation,
    journal: Journal,
    jobs: int | None,
    progress: Progress,
) -> Comparisons:
    """Measure all pairs but those that are in the journal.

    Args:
        pairing: which files belong together.
        evaluation: what to measure.
        journal: what has been measured before, to which is added.
        jobs: processes, at least 1; None is what suits the machine.
        progress: told which pair has been measured.

    Raises:
        NothingCompared: if all pairs fail.
    """
    done: dict[Pair, Measured] = {}
    failed = dict(pairing.ambiguous)
    for pair in pairing.pairs:
        if (found := journal.find(pair)) is not None:
            done[pair] = found
            progress(pair.name, 1)
    left = [pair for pair in pairing.pairs if pair not in done]
    function = functools.partial(measure, evaluation=evaluation)
    try:
        count = min(jobs, len(left)) if jobs else suitable_count(len(left))
        for pair, outcome in share_out(function, left, max(count, 1), import_without_gpu):
            if isinstance(outcome, Failed):
                failed[pair.name] = outcome.reason
            else:
                done[pair] = outcome
                journal.add(pair, outcome)
            progress(pair.name, 1)
    except BaseException as error:
        kept = f"{len(done)} of {len(pairing.pairs)} pairs measured"
        error.add_note(f"{kept}, and the same command goes on from there" if done else kept)
        raise
    _check_any(done, failed)
    compared = tuple(Comparison(pair, done[pair]) for pair in pairing.pairs if pair in done)
    return Comparisons(compared, dict(sorted(failed.items())), pairing)


def _check_any(done: dict[Pair, Measured], failed: dict[str, str]) -> None:
    if not done:
        name, reason = min(failed.items())
        count = f"none of {len(failed)} pairs" if len(failed) > 1 else "the only pair"
        verb = "could be" if len(failed) > 1 else "could not be"
        raise NothingCompared(f"{count} {verb} compared. {name}: {reason}")
