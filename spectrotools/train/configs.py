"""Gin configurations: found by name, parsed strictly, and held to be used.

Gin lets a binding for something that is never called pass in silence, so a typo in a scope or a
setting for another job would go unseen. Here every binding that a person gives must be used.
"""

import re
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path

import gin

from .parsing import Reader, nearest

__all__ = ["bindings_of", "check_all_used", "find", "folder", "names", "parse"]


def folder() -> Path:
    """Where the packaged configurations are: in the package, or beside it in a source tree."""
    package = Path(str(resources.files("spectrotools")))
    packaged = package / "gin"
    return packaged if packaged.is_dir() else package.parent / "gin"


def names() -> list[str]:
    """The packaged configurations by short name, such as ``resynth``."""
    root = folder()
    files = (path.relative_to(root) for path in root.rglob("*.gin"))
    return sorted(file.with_suffix("").as_posix() for file in files)


def find(name_or_path: str) -> Path:
    """The file of a configuration, given by path or by short name, with ``.gin`` or without.

    Raises:
        ValueError: if there is none; the message lists the known names.
    """
    path = Path(name_or_path)
    if path.suffix == ".gin" and path.is_file():
        return path
    if (short := name_or_path.removesuffix(".gin")) in names():
        return folder() / f"{short}.gin"
    raise ValueError(
        f"a configuration must be the path of a .gin file or one of {', '.join(names())}; "
        f"got {name_or_path!r}{nearest(name_or_path, names())}."
    )


def parse(
    base: str,
    files: Sequence[str] = (),
    bindings: Sequence[str] = (),
    *,
    allow_imports: bool = False,
) -> dict[str, str]:
    """Forget all settings, then parse a packaged configuration and a person's own on top.

    Args:
        base: short name of the packaged configuration.
        files: further configurations, by short name or path.
        bindings: single bindings, such as ``"STFT.n_fft = 2048"``.
        allow_imports: of modules outside this package.

    Returns:
        The names that the person has set, and where, for :func:`check_all_used`.

    Raises:
        ValueError: if a file is missing, or something cannot be parsed or is unknown.
    """
    from .configurables import CONFIGURABLES, name_of, register  # they need TensorFlow

    register()
    gin.clear_config()
    known = {name_of(configurable): configurable for _, configurable in CONFIGURABLES}
    reader = Reader(folder(), known, allow_imports)
    reader.read(find(base))
    packaged = bindings_of(gin.config_str())
    for path in map(find, files):
        reader.read(path)
    for binding in bindings:
        given = "--data" if binding.startswith("data = ") else f"--set {binding!r}"
        reader.parse(binding, given, Path())
    bound = bindings_of(gin.config_str())
    reader.check_macros(bound.keys())
    return {n: reader.place_of(n) for n, value in bound.items() if packaged.get(n) != value}


def check_all_used(given: Mapping[str, str]) -> None:
    """Refuse settings that nothing has asked for; call when all has been built.

    Args:
        given: names of settings, and where each was set.

    Raises:
        ValueError: if a setting that the person gave was not used.
    """
    used = bindings_of(gin.operative_config_str()).keys()
    unused = sorted(given.keys() - used)
    if unused:
        told = ", ".join(f"{given[name]}: {name}" for name in unused)
        raise ValueError(
            f"{told} set, but nothing in this run uses it: "
            f"a typo, or a setting of something that is not asked for{nearest(unused[0], used)}."
        )


def bindings_of(text: str) -> dict[str, str]:
    """What gin's own listing of a configuration binds, one line joined for each name."""
    joined = re.sub(r"\\\n\s*", "", text)
    lines = re.split(r"\n(?=\S)", joined)
    pairs = (line.split(" = ", 1) for line in lines if " = " in line and line[0] != "#")
    return {name.strip(): value.strip() for name, value in pairs}
