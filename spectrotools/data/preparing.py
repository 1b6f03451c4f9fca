"""A folder of recordings, made into shards of examples."""

import dataclasses
import functools
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .._validate import integer
from .assembly import assemble, begin, finish, finished_part, unfinished_shards
from .cuts import Cuts
from .failures import Failed
from .features import Features
from .files import read_json
from .parts import Part, Unwritten, write_part
from .plan import Plan, Source, make_plan
from .progress import Progress, progress_bar
from .splits import SHARES
from .tensorflow_start import import_without_gpu
from .workers import share_out, suitable_count

__all__ = ["NothingPrepared", "Prepared", "prepare", "told"]


class NothingPrepared(ValueError):
    """Not one recording could be used."""

    exit_code = 3


@dataclasses.dataclass(frozen=True)
class Prepared:
    """What came of a folder: what its ``statistics.json`` and ``failures.json`` say."""

    folder: Path
    statistics: dict[str, Any]
    failures: dict[str, Any]


def prepare(
    audio_dir: str | os.PathLike,
    out: str | os.PathLike,
    *,
    features: Features | None = None,
    cuts: Cuts | None = None,
    shares: Mapping[str, float] | None = None,
    shard_seconds: float = 600.0,
    jobs: int | None = 1,
    overwrite: bool = False,
) -> Prepared:
    """Make examples for training of a folder of recordings.

    Of all sound files in the folder and below, of any rate, format and number of channels:
    mixed to one channel, resampled, measured whole, cut, and written as shards of TFRecords.
    A file's split is told by a hash of its path, so that it stays there when others come.

    A run that was killed goes on where it was, and ends with the same bytes, given the same
    machine and releases: each recording is a file of its own until its shard is whole, and no
    file has its name before all of it is on the disk. What is without
    ``schema.json`` is not finished, and nothing reads it. A file that cannot be used is listed in
    ``failures.json`` with its reason.

    Args:
        audio_dir: where the recordings are.
        out: the folder to write to; it may be missing.
        features: what is measured; None is ``Features()``.
        cuts: how examples are cut; None is ``Cuts()``.
        shares: of the files, by split; None is nine in ten for ``"train"``, one for ``"valid"``.
            Where chance leaves the first split without a file, it gets all.
        shard_seconds: of recordings in a shard, at least 1; a recording is in one shard.
        jobs: processes, at least 1; None is what suits the machine. With more than one, a
            script has to begin with ``if __name__ == "__main__":``.
        overwrite: replace what was prepared otherwise.

    Returns:
        What was prepared.

    Raises:
        FileExistsError: if there is something else in ``out``, and not ``overwrite``.
        NothingPrepared: if no file could be used.
        OSError: if ``out`` cannot be written to.
        ValueError: if a setting is out of its range, or ``audio_dir`` has no sound file.

    Example:
        >>> import tempfile
        >>> import spectrotools as st
        >>> recordings = st.__path__[0] + "/recordings"
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     done = st.data.prepare(recordings, folder, shares={"train": 1.0})
        ...     shards = st.data.Shards(folder, "train")
        ...     batch = next(iter(shards.dataset(batch_size=2, seed=0)))
        >>> done.statistics["train"]["files"], tuple(batch["audio"].shape)
        (5, (2, 64000))
    """
    if jobs is not None:
        integer("jobs", jobs, 1, 256)
    features, cuts = features or Features(), cuts or Cuts()
    plan = make_plan(Path(audio_dir), features, cuts, shares or SHARES, shard_seconds)
    work = begin(plan, Path(out), overwrite)
    if work is not None:
        _work_through(plan, work, jobs)
        finish(plan, work)
    return told(Path(out))


def _work_through(plan: Plan, work: Path, jobs: int | None) -> None:
    """Make all parts that are not there, and of them all shards."""
    shards = unfinished_shards(plan, work)
    left = [source for files in shards.values() for source in files]
    todo = [source for source in left if finished_part(source, work) is None]
    missing = {name: set(files) & set(todo) for name, files in shards.items()}
    found: dict[Source, Part] = {}
    sources = list(plan.sources)
    try:
        with progress_bar(sum(source.size for source in sources) or 1) as progress:
            progress("", sum(source.size for source in set(sources) - set(todo)))
            for name in [name for name, files in missing.items() if not files]:
                assemble(plan, name, work, found)
            homes = {source: name for name, files in shards.items() for source in files}
            for source, part in _parts(plan, work, todo, jobs, progress):
                found[source] = part
                missing[homes[source]].discard(source)
                if not missing[homes[source]]:
                    assemble(plan, homes[source], work, found)
    except BaseException as error:
        done = len(sources) - len(todo) + len(found)
        error.add_note(f"{done} of {len(sources)} recordings prepared")
        if done:
            error.add_note("the same command goes on from there")
        raise


def _parts(
    plan: Plan, work: Path, todo: list[Source], jobs: int | None, progress: Progress
) -> Iterable[tuple[Source, Part]]:
    """What becomes of each recording, as they are done."""
    count = max(min(jobs, len(todo)) if jobs else suitable_count(len(todo)), 1)
    # A plan for each call would be the list of all files, through a pipe.
    function = functools.partial(write_part, plan=plan.without_files(), work=work)
    for source, outcome in share_out(function, todo, count, import_without_gpu):
        if isinstance(outcome, Unwritten):
            raise OSError(outcome.reason)
        if isinstance(outcome, Failed):
            outcome = Part(source.name, "failed", outcome.reason)
        progress(source.name, source.size)
        yield source, outcome


def told(out: Path) -> Prepared:
    """What was prepared, as it was written down."""
    statistics, failures = (read_json(out / f"{n}.json") for n in ("statistics", "failures"))
    prepared = Prepared(out, statistics, failures)
    if not any(split["examples"] for split in statistics.values()):
        others = ("the rest", f"{len(failures['silent'])} are silent, others too short.")
        name, reason = next(iter(failures["failed"].items()), others)
        raise NothingPrepared(f"no recording could be used. {name}: {reason}")
    return prepared
