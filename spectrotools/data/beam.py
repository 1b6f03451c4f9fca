"""The same preparation on Apache Beam, where one machine is too small; the extra ``beam``."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .assembly import assemble, begin, finish, unfinished_shards
from .cuts import Cuts
from .features import Features
from .parts import Part, Unwritten, write_part
from .plan import Plan, Source, make_plan
from .preparing import Prepared, told
from .splits import SHARES

__all__ = ["prepare"]


def prepare(
    audio_dir: str | os.PathLike,
    out: str | os.PathLike,
    *,
    features: Features | None = None,
    cuts: Cuts | None = None,
    shares: Mapping[str, float] | None = None,
    shard_seconds: float = 600.0,
    overwrite: bool = False,
    options: Any = None,
) -> Prepared:
    """Make examples for training of a folder of recordings, on workers of Apache Beam.

    The bytes are those of :func:`spectrotools.data.prepare`, and a run that was killed goes on
    likewise. Both folders have to be mounted on every worker, as a network's file system is.

    Args:
        audio_dir: where the recordings are.
        out: the folder to write to; it may be missing.
        features: what is measured; None is ``Features()``.
        cuts: how examples are cut; None is ``Cuts()``.
        shares: of the files, by split, as for :func:`spectrotools.data.prepare`.
        shard_seconds: of recordings in a shard, at least 1.
        overwrite: replace what was prepared otherwise.
        options: Beam's ``PipelineOptions``, which name the runner; None is the direct one, on
            this machine.

    Returns:
        What was prepared.

    Raises:
        ImportError: if Apache Beam is not installed: ``pip install 'spectrotools[beam]'``.
        FileExistsError: if there is something else in ``out``, and not ``overwrite``.
        NothingPrepared: if no file could be used.
        ValueError: if a setting is out of its range, or ``audio_dir`` has no sound file.
    """
    import apache_beam

    features, cuts = features or Features(), cuts or Cuts()
    plan = make_plan(Path(audio_dir), features, cuts, shares or SHARES, shard_seconds)
    work = begin(plan, Path(out), overwrite)
    if work is not None:
        shards = unfinished_shards(plan, work)
        with apache_beam.Pipeline(options=options) as pipeline:
            _build(pipeline, plan, work, shards)
        finish(plan, work)
    return told(Path(out))


def _build(pipeline: Any, plan: Plan, work: Path, shards: dict[str, tuple[Source, ...]]) -> None:
    """A step for each recording, then one for each shard."""
    import apache_beam as beam

    recordings = [(name, source) for name, files in shards.items() for source in files]
    few = plan.without_files()
    (
        pipeline
        | "Recordings" >> beam.Create(recordings)
        | "Spread" >> beam.Reshuffle()  # or one worker would do what follows
        | "Measure" >> beam.MapTuple(lambda name, source: (name, _part(source, few, work)))
        | "Gather" >> beam.GroupByKey()
        | "Join" >> beam.MapTuple(lambda name, parts: _join(plan, name, work, parts))
    )


def _part(source: Source, plan: Plan, work: Path) -> tuple[Source, Part]:
    part = write_part(source, plan, work)
    if isinstance(part, Unwritten):
        raise OSError(part.reason)
    return source, part


def _join(plan: Plan, name: str, work: Path, parts: Any) -> None:
    assemble(plan, name, work, dict(parts))
