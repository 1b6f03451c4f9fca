"""Which files of two folders belong together: those of one name, whatever their format."""

import unicodedata
from pathlib import Path
from typing import NamedTuple

from ..data.folders import sounds

__all__ = ["Pair", "Pairing", "pair_up"]


class Pair(NamedTuple):
    """Two files of one name."""

    name: str  # the path below either folder, without extension, with slashes
    reference: Path
    generated: Path


class Pairing(NamedTuple):
    """What two folders hold."""

    pairs: tuple[Pair, ...]  # by name
    ambiguous: dict[str, str]  # names that several files of one folder have, and what to say
    alone: tuple[Path, ...]  # files without a partner


def pair_up(reference: Path, generated: Path) -> Pairing:
    """Find the files of two folders, and of all folders below them, that have one name.

    Only what is called as sound is looked at; hidden files and folders are not.

    Raises:
        NotADirectoryError: if one of the two is no folder.
        ValueError: if they are one folder, or no name is in both.
    """
    for folder in (reference, generated):
        if not folder.is_dir():
            raise NotADirectoryError(20, "Not a directory", str(folder))
    if reference.samefile(generated):
        raise ValueError(f"{generated} is the folder of the references; nothing is to compare.")
    first, second = _named(reference), _named(generated)
    both = sorted(first.keys() & second.keys())
    if not both:
        raise ValueError(
            f"{generated} must have sound files named as those in {reference}, but for the "
            f"extension; it has {len(second)}, none of the names of {len(first)} references."
        )
    twice = {
        name: f"{len(files)} files have this name: {', '.join(map(str, files))}."
        for name in both
        for files in (first[name], second[name])
        if len(files) > 1
    }
    pairs = [Pair(name, first[name][0], second[name][0]) for name in both if name not in twice]
    alone = [
        file for names in (first, second) for name in names.keys() - both for file in names[name]
    ]
    return Pairing(tuple(pairs), twice, tuple(sorted(alone)))


def _named(folder: Path) -> dict[str, list[Path]]:
    """The sound files below a folder, by their path without extension."""
    named: dict[str, list[Path]] = {}
    for path in sounds(folder):
        name = path.relative_to(folder).with_suffix("").as_posix()
        # Some systems keep an accented letter as one character, some as two.
        named.setdefault(unicodedata.normalize("NFC", name), []).append(path)
    return named
