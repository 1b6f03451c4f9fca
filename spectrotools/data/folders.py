"""Which files of a folder are sound."""

import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["sounds"]

_SUFFIXES = frozenset(
    f".{kind}"
    for kind in (
        *("aif", "aifc", "aiff", "au", "caf", "flac", "mp3"),
        *("oga", "ogg", "opus", "rf64", "snd", "w64", "wav"),
    )
)


def sounds(folder: Path) -> Iterator[Path]:
    """The files that are called as sound in a folder and below it, in a fixed order.

    Hidden files and folders are left out, and links followed, but for those that lead back.

    Raises:
        OSError: if a folder cannot be looked into.
    """
    for root, folders, files in os.walk(folder, onerror=_raise, followlinks=True):
        here = Path(root).resolve()
        folders[:] = sorted(  # a link back to where this lies would never end
            name
            for name in folders
            if not name.startswith(".") and not here.is_relative_to(Path(root, name).resolve())
        )
        for name in sorted(files):
            if not name.startswith(".") and Path(name).suffix.lower() in _SUFFIXES:
                yield Path(root, name)


def _raise(error: OSError) -> None:
    raise error
