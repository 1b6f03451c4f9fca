"""What a run of ``resynth`` is made of, built by gin from its own and a person's settings."""

from collections.abc import Iterable, Sequence

import gin

from ..report.resynth import Report
from ..report.round_trips import Entry, RoundTrip
from . import configs
from .configurables import configured

__all__ = ["build"]


def build(
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
    given = configs.parse("resynth", files, bindings)
    try:
        trips = {entry.name: configured(entry.load())() for entry in entries}
        report = configured(Report)()
    except TypeError as error:
        sentence = str(error).splitlines()[0]
        raise ValueError(f"settings: {sentence} (an undefined %macro, or no number?).") from error
    configs.check_all_used(given)
    return trips, report, gin.operative_config_str()
