"""Examples of a folder of recordings, with nothing to prepare."""

import os
from collections.abc import Mapping
from pathlib import Path

from .._validate import check
from .cuts import Cuts
from .failures import sentence
from .features import Features
from .folders import sounds
from .memory import InMemory
from .parts import is_silent, measured
from .progress import progress_bar
from .splits import SHARES, checked_shares, split_up

__all__ = ["AudioFolder"]


class AudioFolder(InMemory):
    """Read a folder of recordings into memory, and measure them.

    The examples are those that :func:`prepare` would write with the same settings, in the same
    order, for a folder that fits into memory: an hour at 16 kHz takes about 240 MB, however
    much examples overlap.

    Args:
        path: the folder; files below it count, too.
        split: which files, of those that ``shares`` tells; None is all of them.
        features: what is measured; None is ``Features()``.
        cuts: how examples are cut; None is ``Cuts()``.
        shares: of the files, by split, as for :func:`prepare`.

    Attributes:
        failures: files that cannot be read, by name, and why.

    Raises:
        NotADirectoryError: if ``path`` is no folder.
        ValueError: if no example comes of it, or a setting is out of its range.

    Example:
        >>> import spectrotools as st
        >>> cuts = st.data.Cuts(example_seconds=1.0)
        >>> folder = st.data.AudioFolder(st.__path__[0] + "/recordings", cuts=cuts)
        >>> batch = next(iter(folder.dataset(batch_size=8, seed=0)))
        >>> tuple(batch["audio"].shape), tuple(batch["loudness_db"].shape)
        ((8, 16000), (8, 250))
    """

    def __init__(
        self,
        path: str | os.PathLike,
        split: str | None = None,
        *,
        features: Features | None = None,
        cuts: Cuts | None = None,
        shares: Mapping[str, float] | None = None,
    ):
        features, cuts = features or Features(), cuts or Cuts()
        cuts.n_samples(features), cuts.hop_samples(features)
        names = _names(Path(path), split, shares or SHARES)
        self.failures: dict[str, str] = {}
        recordings = []
        with progress_bar(len(names) or 1) as progress:
            for name in names:
                try:
                    recording = measured(Path(path) / name, features)
                except (ValueError, OSError) as error:
                    self.failures[name] = sentence(error)
                else:
                    if len(cuts.starts(len(recording["audio"]), features)):
                        recordings += [] if is_silent(recording) else [recording]
                progress(name, 1)
        reasons = "".join(f" {name}: {reason}" for name, reason in self.failures.items())
        held = "" if split is None else f" of the split {split!r}"
        rule = (
            f"{path} must have sound{held} that makes an example{reasons and ';' + reasons[:-1]}"
        )
        check(len(recordings) > 0, rule, f"{len(names)} files")
        super().__init__(recordings, cuts, features)


def _names(path: Path, split: str | None, shares: Mapping[str, float]) -> list[str]:
    """The recordings of a split, in the order in which they are prepared."""
    if not path.is_dir():
        raise NotADirectoryError(20, "Not a directory", str(path))
    names = sorted(file.relative_to(path).as_posix() for file in sounds(path))
    if split is None:
        return names
    shares = checked_shares(shares)
    check(split in shares, f"split must be one of {', '.join(shares)}", split)
    found = split_up(names, shares)
    return [name for name in names if found[name] == split]
