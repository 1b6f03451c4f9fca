"""What runs of the commands are made of, built by gin from their own and a person's settings."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import gin

from ..report.evaluation import Evaluation
from ..report.resynth import Report
from ..report.round_trips import Entry, RoundTrip
from . import configs
from .configurables import configured
from .held_out import HeldOut

__all__ = ["build", "build_evaluation", "build_resynth", "build_run_evaluation"]

_Built = TypeVar("_Built")


def build_resynth(
    entries: Iterable[Entry], files: Sequence[str] = (), bindings: Sequence[str] = ()
) -> tuple[dict[str, RoundTrip], Report, str]:
    """Build round trips and the report's settings.

    Args:
        entries: the round trips asked for.
        files: configurations on top of ``resynth``, by short name or path.
        bindings: single bindings on top of these.

    Returns:
        The round trips by name, the report's settings, and the text of the settings in force.

    Raises:
        ValueError: if a setting cannot be parsed, is wrong, or is used by nothing.
    """

    def make() -> tuple[dict[str, RoundTrip], Report]:
        trips = {entry.name: configured(entry.load())() for entry in entries}
        return trips, configured(Report)()

    (trips, report), text = build("resynth", files, bindings, make)
    return trips, report, text


def build_evaluation(
    files: Sequence[str] = (), bindings: Sequence[str] = (), **chosen: Any
) -> tuple[Evaluation, str]:
    """Build the settings of an evaluation.

    Args:
        files: configurations on top of ``evaluate``, by short name or path.
        bindings: single bindings on top of these.
        **chosen: arguments of ``Evaluation`` that no configuration decides.

    Returns:
        The settings, and their text.

    Raises:
        ValueError: if a setting cannot be parsed, is wrong, or is used by nothing.
    """
    return build("evaluate", files, bindings, lambda: configured(Evaluation)(**chosen))


def build_run_evaluation(
    files: Sequence[str] = (), bindings: Sequence[str] = (), **chosen: Any
) -> tuple[HeldOut, Evaluation, str]:
    """Build the settings of an evaluation of a run, as :func:`build_evaluation` does.

    Returns:
        What is to be played, the settings of the evaluation, and their text.
    """

    def make() -> tuple[HeldOut, Evaluation]:
        held_out = configured(HeldOut)()
        given = {"fmin": held_out.fmin, "fmax": held_out.fmax}
        # A range that is not given is known when the data is.
        ranged = {k: getattr(Evaluation, k) if v is None else v for k, v in given.items()}
        return held_out, configured(Evaluation)(**ranged, **chosen)

    made, text = build("eval/run", files, bindings, make)
    return *made, text


def build(
    base: str,
    files: Sequence[str],
    bindings: Sequence[str],
    make: Callable[[], _Built],
    *,
    allow_imports: bool = False,
) -> tuple[_Built, str]:
    """What ``make`` makes under these settings, and the text of those in force."""
    given = configs.parse(base, files, bindings, allow_imports=allow_imports)
    try:
        made = make()
    except TypeError as error:
        sentence = str(error).splitlines()[0]
        raise ValueError(f"settings: {sentence} (no number?).") from error
    configs.check_all_used(given)
    return made, gin.operative_config_str()
