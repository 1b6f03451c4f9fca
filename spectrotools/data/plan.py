"""What a folder of recordings is to become, told before any of it is read."""

import dataclasses
import functools
import hashlib
import json
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from .._validate import check, number
from .cuts import Cuts
from .features import FEATURES, Features
from .folders import sounds
from .recordings import stated_seconds
from .splits import checked_shares, split_up

__all__ = ["Plan", "Source", "make_plan"]

_VERSIONS = ("spectrotools", "tensorflow", "numpy", "soxr", "soundfile")


class Source(NamedTuple):
    """A recording, as it lies in its folder."""

    name: str  # the path below the folder, with slashes
    size: int  # bytes
    changed: int  # when, ns

    @property
    def key(self) -> str:
        """A name that any file system takes."""
        return hashlib.sha256(self.name.encode("utf-8", "surrogateescape")).hexdigest()[:32]


@dataclasses.dataclass(frozen=True)
class Plan:
    """Which files make which shard, and how."""

    folder: Path
    features: Features
    cuts: Cuts
    shares: dict[str, float]
    shards: dict[str, tuple[Source, ...]]  # by the name of the shard
    splits: dict[str, tuple[str, ...]]  # names of shards

    @functools.cached_property
    def digest(self) -> str:
        """Of all that the result depends on."""
        shards = {
            name: [(*map(ascii, source),) for source in files]
            for name, files in self.shards.items()
        }
        programs = {name: _version(name) for name in _VERSIONS}
        told = [self.features.get_config(), self.cuts.get_config(), self.shares, shards, programs]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]

    def without_files(self) -> "Plan":
        """What a single file's work takes of it: all but the list of files."""
        return dataclasses.replace(self, shards={}, splits={})

    @property
    def sources(self) -> Iterator[Source]:
        """All files, shard by shard."""
        for files in self.shards.values():
            yield from files

    @property
    def sizes(self) -> dict[str, int]:
        """How many numbers each part of an example has."""
        n_samples = self.cuts.n_samples(self.features)
        n_frames = self.features.n_frames(n_samples)
        return {"audio": n_samples} | dict.fromkeys(FEATURES, n_frames)


def make_plan(
    folder: Path,
    features: Features,
    cuts: Cuts,
    shares: Mapping[str, float],
    shard_seconds: float,
) -> Plan:
    """Look at a folder, and plan.

    Raises:
        NotADirectoryError: if it is none.
        ValueError: if it holds no file that is called as sound, or a setting is out of its range.
    """
    shares = checked_shares(shares)
    number("shard_seconds", shard_seconds, 1.0)
    cuts.n_samples(features), cuts.hop_samples(features)  # of whole samples and frames
    if not folder.is_dir():
        raise NotADirectoryError(20, "Not a directory", str(folder))
    sources = [_source(folder, path) for path in sounds(folder)]
    rule = f"{folder} must hold sound files (WAV, FLAC, OGG, MP3, ...)"
    check(len(sources) > 0, rule, len(sources))
    sources.sort()
    found = split_up((source.name for source in sources), shares)
    shards: dict[str, tuple[Source, ...]] = {}
    splits: dict[str, tuple[str, ...]] = {}
    for split in shares:
        files = [source for source in sources if found[source.name] == split]
        groups = list(_groups(folder, files, shard_seconds))
        names = [f"{split}-{i:05d}-of-{len(groups):05d}.tfrecord" for i in range(len(groups))]
        shards |= dict(zip(names, groups, strict=True))
        splits[split] = tuple(names)
    return Plan(folder, features, cuts, shares, shards, splits)


def _source(folder: Path, path: Path) -> Source:
    status = path.stat()
    return Source(path.relative_to(folder).as_posix(), status.st_size, status.st_mtime_ns)


def _groups(folder: Path, sources: list[Source], seconds: float) -> Iterator[tuple[Source, ...]]:
    """Neighbours, together about as long as a shard, by what their headers say."""
    group: list[Source] = []
    length = 0.0
    for source in sources:
        group.append(source)
        length += stated_seconds(folder / source.name)
        if length >= seconds:
            yield tuple(group)
            group, length = [], 0.0
    if group:
        yield tuple(group)


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "unknown"
