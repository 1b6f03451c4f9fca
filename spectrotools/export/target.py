"""Where an exported model goes, and what may be replaced there."""

from pathlib import Path

from ..report.staging import check_free

__all__ = ["check_target", "description_of"]

_SAVED = "saved_model.pb"


def description_of(path: Path) -> Path:
    """The JSON file beside an exported model."""
    return path.with_name(f"{path.name}.json")


def check_target(path: Path, *, folder: bool, overwrite: bool) -> None:
    """Refuse, before any work, what cannot be written, and what is there unasked.

    Args:
        path: of the model.
        folder: whether it is to be a folder.
        overwrite: whether to replace a model that is there.

    Raises:
        FileExistsError: if something is in the way: with ``overwrite``, what is no such model.
        OSError: as :func:`spectrotools.report.staging.check_free`.
    """
    names = [description_of(path).name]
    if folder and path.exists():
        if not (path / _SAVED).is_file():
            raise FileExistsError(f"{path} is no SavedModel, and in the way; use another --out.")
        if not overwrite:
            raise FileExistsError(f"{path} exists; give --overwrite to replace it.")
    else:
        names.append(path.name)
    check_free(path.parent, names, [], overwrite)
