"""What has been measured already, so that a second run only does what has changed."""

import functools
import hashlib
import json
from importlib import resources
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .evaluation import Evaluation
from .layout import versions
from .measuring import Measured
from .pairing import Pair

__all__ = ["JOURNAL", "Journal", "program"]

JOURNAL = ".measured.jsonl"
_VERSIONS = ("tensorflow", "numpy", "scipy", "librosa", "soxr", "soundfile")


class Journal:
    """A file with a line for each measured pair, written as they come.

    A pair is known while both of its files have the place, size and time that they had, and the
    settings and programs are the same that were in force. A line that is cut short is none.
    """

    def __init__(self, path: Path, evaluation: Evaluation):
        self._path = path
        self._settings = _digest(evaluation)
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        self._torn = text and not text.endswith("\n")
        self._lines = dict(filter(None, map(_entry, text.splitlines())))
        self._file: Any = None

    def find(self, pair: Pair) -> Measured | None:
        """What was measured of a pair."""
        found = self._lines.get(self._key(pair))
        if found is None:
            return None
        *others, notes = found
        return Measured._make([*others, tuple(notes)])

    def add(self, pair: Pair, measured: Measured) -> None:
        """Write down what was measured of a pair."""
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("a", encoding="utf-8")
            self._file.write("\n" if self._torn else "")
        self._file.write(self.line(pair, measured))
        self._file.flush()

    def line(self, pair: Pair, measured: Measured) -> str:
        """The line of a pair."""
        return json.dumps([self._key(pair), measured]) + "\n"

    def _key(self, pair: Pair) -> str:
        return " ".join([self._settings, *map(_fingerprint, (pair.reference, pair.generated))])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()


def _digest(evaluation: Evaluation) -> str:
    """Of all that a measurement depends on, but for the files."""
    of = evaluation
    settings = (of.measures, of.frame_rate, of.fmin, of.fmax, of.piece_seconds)
    return _hashed(repr((settings, versions(*_VERSIONS), program())))


@functools.cache
def program() -> str:
    """A digest of this package's own text, for it may change between releases."""
    digest = hashlib.sha256()
    for path in sorted(Path(str(resources.files("spectrotools"))).rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _fingerprint(path: Path) -> str:
    """Of a file as it is; of one that cannot be looked at, of its name alone."""
    try:
        status = path.stat()
    except OSError:
        return _hashed(repr(path))
    return _hashed(repr((path.resolve(), status.st_size, status.st_mtime_ns)))


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _entry(line: str) -> tuple[str, list] | None:
    try:
        key, measured = json.loads(line)
    except ValueError:
        return None
    return key, measured
