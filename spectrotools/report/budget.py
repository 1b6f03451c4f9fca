"""How much of each recording a page may show, so that it stays under 30 MB."""

from collections.abc import Callable
from typing import NamedTuple

from . import pictures
from .names import PHASES

__all__ = ["PAGE_BYTES", "Plan", "clip_seconds", "plan"]

PAGE_BYTES = 30_000_000
_MEDIA_BYTES = 28_000_000  # the rest is for text
_TABLE_BYTES = 1_000_000  # as many again are for long names
_PICTURE_BYTES = 15_000_000  # at most
_BYTES_PER_PIXEL = 1.1  # in base64, of a picture of noise
_WIDEST, _NARROWEST = 720, 240
_DEMONSTRATION_PICTURES = len(PHASES)


class Plan(NamedTuple):
    """What a page shows."""

    listed: int  # how many recordings have their table
    illustrated: int  # how many of them have pictures and players
    columns: int  # pixels across a picture
    sound_bytes: int  # for all clips, in base64


def plan(recordings: int, round_trips: int) -> Plan:
    """Share the page out: narrower pictures first, then fewer recordings."""
    listed = min(recordings, max(_TABLE_BYTES // (1000 + 400 * round_trips), 1))
    each = 3 + 4 * round_trips
    affordable = _PICTURE_BYTES / (pictures.ROWS * _BYTES_PER_PIXEL)  # columns in all
    most = int((affordable / _NARROWEST - _DEMONSTRATION_PICTURES) / each)
    illustrated = min(recordings, max(most, 1))
    count = illustrated * each + _DEMONSTRATION_PICTURES
    columns = min(_WIDEST, int(affordable / count))
    sound_bytes = _MEDIA_BYTES - int(count * columns * pictures.ROWS * _BYTES_PER_PIXEL)
    return Plan(listed, illustrated, columns, sound_bytes)


def clip_seconds(size_of: Callable[[float], int], longest: float, limit: int) -> float:
    """The longest clips of which all together fit on the page.

    Args:
        size_of: the bytes of all clips of at most so many seconds.
        longest: seconds, where they fit.
        limit: bytes for all of them.

    Returns:
        Seconds.
    """
    seconds = longest
    while (size := size_of(seconds)) > limit:
        seconds *= 0.95 * limit / size
    return seconds
