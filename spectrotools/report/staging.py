"""Results that appear whole or not at all."""

import contextlib
import errno
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..data.interruption import held_back

__all__ = ["check_free", "staged", "sweep"]

_PREFIX = ".unfinished-"
_LONGEST_NAME = 255  # bytes, on every common file system
_STALE = 24 * 3600  # seconds after which nobody works there any more


def check_free(
    folder: Path, names: Iterable[str], inputs: Iterable[Path], overwrite: bool
) -> None:
    """Refuse, before any work, what cannot be written, an input's place, or any file's unasked.

    Raises:
        FileExistsError: if something is in the way.
        NotADirectoryError: if ``folder`` is a file, or lies in one.
        PermissionError: if ``folder`` cannot be written to.
        OSError: if a name is too long.
    """
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not there.is_dir():
        raise NotADirectoryError(f"{there} is a file; --out must name a directory.")
    effective = os.access in os.supports_effective_ids
    if not os.access(there, os.W_OK | os.X_OK, effective_ids=effective):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(there))
    sources = {path.resolve() for path in inputs}
    for path in (folder / name for name in names):
        if len(os.fsencode(path.name)) > _LONGEST_NAME:
            raise OSError(f"{path.name} is too long for a file's name; rename the input.")
        if path.resolve() in sources:
            raise FileExistsError(f"{path} is an input and would be lost; use another --out.")
        if path.exists() and not path.is_file():
            raise FileExistsError(f"{path} is no file, and in the way; use another --out.")
        if os.path.lexists(path) and not overwrite:
            raise FileExistsError(f"{path} exists; give --overwrite to replace it.")


def sweep(folder: Path) -> None:
    """Remove what a run left in ``folder`` that was killed a day ago or earlier."""
    for left in folder.glob(f"{_PREFIX}*"):
        if time.time() - left.stat().st_mtime > _STALE:
            shutil.rmtree(left, ignore_errors=True)


@contextlib.contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """Give a place to write that becomes ``folder``'s content only if all goes well.

    Files are moved when the block ends. On an error or an interruption until then they vanish,
    as do the directories made for them, and the exception gets a note that nothing was written.
    An ``OSError`` names the file as it would have been called, or else ``folder``.
    """
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    stage, written = None, False
    try:
        with held_back():
            folder.mkdir(parents=True, exist_ok=True)
            stage = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=folder))
        yield stage
        with held_back():
            _move(stage, folder)
            written = True
    except BaseException as error:
        if written:
            raise
        with held_back():
            _clean_up(stage, made)
        if isinstance(error, OSError) and error.strerror:
            error.filename = _final_name(error.filename, stage, folder)
        error.add_note("nothing was written")
        raise


def _move(stage: Path, folder: Path) -> None:
    """Move files and folders in; where one cannot be moved, put everything back as it was."""
    files = sorted(stage.iterdir())
    replaced = stage / ".replaced"
    replaced.mkdir()
    moved = []
    try:
        for path in files:
            target = folder / path.name
            if target.is_file() or target.is_symlink() or (target.is_dir() and path.is_dir()):
                os.replace(target, replaced / path.name)
            os.replace(path, target)
            moved.append(target)
    except BaseException:
        for target in moved:
            os.replace(target, stage / target.name)
        for path in replaced.iterdir():
            os.replace(path, folder / path.name)
        raise
    shutil.rmtree(stage, ignore_errors=True)


def _clean_up(stage: Path | None, made: list[Path]) -> None:
    if stage is not None:
        shutil.rmtree(stage, ignore_errors=True)
    for path in made:
        with contextlib.suppress(OSError):
            path.rmdir()


def _final_name(name: str | None, stage: Path | None, folder: Path) -> str:
    """What a person calls a file of the stage."""
    if name is None or Path(name).name.startswith(_PREFIX):
        return str(folder)
    if stage is not None and Path(name).is_relative_to(stage):
        return str(folder / Path(name).name)
    return name
