"""One self-contained page of a run: nothing on it comes from elsewhere."""

from importlib import metadata, resources
from typing import Any

import jinja2

from . import figures, pictures, wording
from .budget import PAGE_BYTES
from .results import Run

__all__ = ["render"]

_COMMAND = 20_000  # letters of the command line, which may name thousands of files
_SHOWN_VERSIONS = ("spectrotools", "tensorflow", "numpy", "soundfile")


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
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters |= {name: getattr(wording, name) for name in wording.__all__}
    source = resources.files("spectrotools.report").joinpath("report.html.jinja")
    template = environment.from_string(source.read_text(encoding="utf-8"))
    page = template.render(
        run=run,
        command=command if len(command) <= _COMMAND else f"{command[:_COMMAND]} ...",
        settings=settings,
        date=date,
        versions=_versions(),
        bars={
            "level": _gradient(pictures.LEVEL),
            "phase": _gradient(pictures.PHASE),
            "deviation": _gradient(pictures.DEVIATION),
        },
        range_db=pictures.LEVEL.steps - 1,
        mask_db=pictures.MASK_DB,
        deviation_range=pictures.deviation_range,
        lowest_rate=figures.LOWEST_RATE,
        megabytes=PAGE_BYTES // 1_000_000,
    )
    return page.lstrip()


def _gradient(scale: pictures.Scale) -> str:
    """The colours of a scale as a CSS gradient, low to high."""
    colours = scale.colours()[:: max(1, scale.steps // 16)]
    stops = ", ".join("#" + bytes(colour).hex() for colour in colours)
    return f"linear-gradient(to right, {stops})"


def _versions() -> dict[str, Any]:
    from .. import __version__

    others = {name: metadata.version(name) for name in _SHOWN_VERSIONS[1:]}
    return {"spectrotools": __version__} | others
