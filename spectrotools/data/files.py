"""Files that are whole or not there."""

import json
import os
from pathlib import Path
from typing import Any

__all__ = ["read_json", "replace", "write_json"]


def write_json(path: Path, values: Any) -> None:
    """Write JSON that people can read."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with unfinished.open("w", encoding="utf-8") as file:
        json.dump(values, file, indent=1, ensure_ascii=True)
        file.write("\n")
    replace(unfinished, path)


def replace(unfinished: Path, path: Path) -> None:
    """Give a file its name once all of it is on the disk."""
    with unfinished.open("rb+") as file:
        os.fsync(file.fileno())
    os.replace(unfinished, path)


def read_json(path: Path) -> Any:
    """What a file says, or None where there is none."""
    if not path.is_file():
        return None
    return json.loads(path.read_text(encoding="utf-8"))
