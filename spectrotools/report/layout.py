"""What all pages have: one file each, in which nothing comes from elsewhere."""

from importlib import metadata, resources
from typing import Any

import jinja2

from . import figures, pictures, wording
from .budget import PAGE_BYTES

__all__ = ["fill", "versions"]

_COMMAND = 20_000  # letters of the command line, which may name thousands of files
_SHOWN_VERSIONS = ("spectrotools", "tensorflow", "numpy", "soundfile")


def fill(template: str, *, command: str, settings: str, date: str, **values: Any) -> str:
    """Fill in the template of a page.

    Args:
        template: its file's name.
        command: the command line that made the page.
        settings: the gin settings that were in force.
        date: of the run, for people.
        **values: what this template alone asks for.
    """
    environment = jinja2.Environment(
        autoescape=True,
        loader=jinja2.FunctionLoader(_source),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {name: getattr(wording, name) for name in wording.__all__}
    page = environment.get_template(template).render(
        command=command if len(command) <= _COMMAND else f"{command[:_COMMAND]} ...",
        settings=settings,
        date=date,
        versions=versions(*_SHOWN_VERSIONS),
        bars={
            "level": _gradient(pictures.LEVEL),
            "phase": _gradient(pictures.PHASE),
            "deviation": _gradient(pictures.DEVIATION),
        },
        range_db=pictures.LEVEL.steps - 1,
        lowest_rate=figures.LOWEST_RATE,
        megabytes=PAGE_BYTES // 1_000_000,
        **values,
    )
    return page.lstrip()


def _source(name: str) -> str:
    return resources.files("spectrotools.report").joinpath(name).read_text(encoding="utf-8")


def _gradient(scale: pictures.Scale) -> str:
    """The colours of a scale as a CSS gradient, low to high."""
    colours = scale.colours()[:: max(1, scale.steps // 16)]
    stops = ", ".join("#" + bytes(colour).hex() for colour in colours)
    return f"linear-gradient(to right, {stops})"


def versions(*names: str) -> dict[str, str]:
    """The releases of these packages."""
    from .. import __version__

    own = {"spectrotools": __version__}  # a tree that is not installed has no other record of it
    return {name: own.get(name) or metadata.version(name) for name in names}
