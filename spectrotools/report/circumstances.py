"""Why and how a run came about."""

import dataclasses

__all__ = ["Circumstances"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What a run was asked for, in texts for people."""

    reference: str  # the folder
    generated: str
    command: str
    settings: str  # of gin
    date: str
    step: int | None = None  # of the run that has played, if one has
