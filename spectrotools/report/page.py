"""One self-contained page of a run of ``resynth``."""

from . import pictures
from .layout import fill
from .results import Run

__all__ = ["render"]


def render(run: Run, *, command: str, settings: str, date: str) -> str:
    """Write the page.

    Args:
        run: what was measured, heard and seen.
        command: the command line that made it.
        settings: the gin settings that were in force.
        date: of the run, for people.

    Returns:
        HTML, under 30 MB.
    """
    return fill(
        "report.html.jinja",
        command=command,
        settings=settings,
        date=date,
        run=run,
        mask_db=pictures.MASK_DB,
        deviation_range=pictures.deviation_range,
    )
