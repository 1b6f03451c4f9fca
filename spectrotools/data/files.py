"""Files that are whole or not there."""

import json
import os
import uuid
from pathlib import Path
from typing import Any

__all__ = ["read_json", "replace", "unfinished", "write_json"]


def write_json(path: Path, values: Any, work: Path | None = None) -> None:
    """Write JSON that people can read; in ``work``, if that is given, until it is whole."""
    written = unfinished((work or path.parent) / path.name)
    with written.open("w", encoding="utf-8") as file:
        json.dump(values, file, indent=1, ensure_ascii=True)
        file.write("\n")
    replace(written, path)


def unfinished(path: Path) -> Path:
    """A name beside that of a file, which no other process has, on whatever machine."""
    return path.with_name(f"{path.name}.{uuid.uuid4().hex}.tmp")


def replace(written: Path, path: Path) -> None:
    """Give a file its name once all of it is on the disk."""
    with written.open("rb+") as file:
        os.fsync(file.fileno())
    os.replace(written, path)


def read_json(path: Path) -> Any:
    """What a file says, or None where there is none."""
    if not path.is_file():
        return None
    return json.loads(path.read_text(encoding="utf-8"))
