"""One self-contained page of a run: nothing on it comes from elsewhere."""

import math
from importlib import metadata, resources
from typing import Any

import jinja2

from . import pictures
from .budget import PAGE_BYTES
from .results import Run

__all__ = ["render"]

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
    filters = {"decibel": decibel, "number": number, "clock": clock, "attenuation": attenuation}
    environment.filters |= filters
    source = resources.files("spectrotools.report").joinpath("report.html.jinja")
    template = environment.from_string(source.read_text(encoding="utf-8"))
    page = template.render(
        run=run,
        command=command,
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
        window_length=pictures.window_length,
        megabytes=PAGE_BYTES // 1_000_000,
    )
    return page.lstrip()


def decibel(value: float) -> str:
    """One decimal, a true minus sign, and the sign of infinity where there is no number."""
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return f"{value:.1f}".replace("-", "−")


def number(value: float) -> str:
    """Thousands apart: ``176,400``."""
    return f"{value:,.0f}"


def clock(seconds: float) -> str:
    """Minutes and seconds where there are minutes: ``1:02.50`` or ``9.97 s``."""
    if seconds < 60:
        return f"{seconds:.2f} s"
    return f"{int(seconds // 60)}:{seconds % 60:05.2f} min"


def attenuation(gain: float) -> str:
    """By how many decibels a gain turns down."""
    return f"{-20 * math.log10(gain):.1f}"


def _gradient(scale: pictures.Scale) -> str:
    """The colours of a scale as a CSS gradient, low to high."""
    colours = scale.colours()[:: max(1, scale.steps // 16)]
    stops = ", ".join("#" + bytes(colour).hex() for colour in colours)
    return f"linear-gradient(to right, {stops})"


def _versions() -> dict[str, Any]:
    from .. import __version__

    others = {name: metadata.version(name) for name in _SHOWN_VERSIONS[1:]}
    return {"spectrotools": __version__} | others
