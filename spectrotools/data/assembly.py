"""Shards put together of parts, and the few words beside them."""

import hashlib
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .files import read_json, replace, unfinished, write_json
from .parts import BIN_WIDTHS, Part
from .plan import Plan, Source
from .spread import Spread

__all__ = ["SCHEMA", "assemble", "begin", "finish", "finished_part", "unfinished_shards"]

SCHEMA = "schema.json"
_FORMAT = 1  # of the layout of a folder
_WORK = ".unfinished-"  # and which plan's: no part is ever taken for that of another
_PLAN = "plan.json"
_CHUNK = 2**20  # bytes copied at a time


def begin(plan: Plan, out: Path, overwrite: bool) -> Path | None:
    """Make the folder in which parts are kept; None where all is done already.

    Raises:
        FileExistsError: if ``out`` has what was prepared otherwise, and not ``overwrite``.
        NotADirectoryError: if ``out`` is a file.
    """
    if out.exists() and not out.is_dir():
        raise NotADirectoryError(f"{out} is a file; --out must name a directory.")
    work = out / f"{_WORK}{plan.digest}"
    finished = read_json(out / SCHEMA)
    if finished and finished["plan"] == plan.digest and _is_whole(out, finished["splits"]):
        shutil.rmtree(work, ignore_errors=True)
        return None
    others = [path for path in out.glob(f"{_WORK}*") if path != work]
    is_other = finished and finished["plan"] != plan.digest
    if (is_other or others) and not overwrite:
        what = "a data set" if is_other else "an unfinished data set"
        raise FileExistsError(
            f"{out} has {what} of other recordings, settings or versions; "
            "give --overwrite to replace it."
        )
    for other in others:
        _remove_shards(out, read_json(other / _PLAN))
        shutil.rmtree(other)
    if finished:
        _remove_shards(out, finished["splits"])
        (out / SCHEMA).unlink()
    work.mkdir(parents=True, exist_ok=True)
    write_json(work / _PLAN, {s: [{"name": n} for n in names] for s, names in plan.splits.items()})
    return work


def _is_whole(out: Path, splits: dict[str, list[dict[str, Any]]]) -> bool:
    """Whether nothing was lost since: where something was, it is made anew."""
    paths = [
        (out / shard["name"], shard["bytes"]) for shards in splits.values() for shard in shards
    ]
    told = all((out / f"{name}.json").is_file() for name in ("statistics", "failures"))
    return told and all(path.is_file() and path.stat().st_size == size for path, size in paths)


def _remove_shards(out: Path, splits: dict[str, list[dict[str, Any]]] | None) -> None:
    """Remove what an earlier run made, before that by which it is known."""
    for shards in (splits or {}).values():
        for shard in shards:
            (out / shard["name"]).unlink(missing_ok=True)


def unfinished_shards(plan: Plan, work: Path) -> dict[str, tuple[Source, ...]]:
    """The shards that are not whole, and what they are of."""
    return {name: files for name, files in plan.shards.items() if not _is_assembled(name, work)}


def _is_assembled(name: str, work: Path) -> bool:
    return (work / f"{name}.json").is_file() and (work.parent / name).is_file()


def finished_part(source: Source, work: Path) -> Part | None:
    """What is known of a recording."""
    told = read_json(work / f"{source.key}.json")
    return None if told is None else Part.from_json(told)


def assemble(plan: Plan, name: str, work: Path, found: Mapping[Source, Part]) -> None:
    """Join the parts of a shard, and then remove them; nothing if that was done before."""
    if _is_assembled(name, work):
        return
    digest, size, parts = hashlib.sha256(), 0, []
    written = unfinished(work / name)
    with written.open("wb") as shard:
        for source in plan.shards[name]:
            part = finished_part(source, work) or found[source]
            parts.append(part)
            for chunk in _chunks(work / f"{source.key}.tfrecord") if part.examples else ():
                shard.write(chunk)
                digest.update(chunk)
                size += len(chunk)
    replace(written, work.parent / name)
    told = {
        "name": name,
        "examples": sum(part.examples for part in parts),
        "bytes": size,
        "sha256": digest.hexdigest(),
    }
    write_json(work / f"{name}.json", {"shard": told, "parts": [part.as_json() for part in parts]})
    for source in plan.shards[name]:
        for suffix in (".tfrecord", ".json"):
            (work / f"{source.key}{suffix}").unlink(missing_ok=True)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def finish(plan: Plan, work: Path) -> None:
    """Say what all shards hold, and then that they are whole."""
    out = work.parent
    shards: dict[str, list[dict[str, Any]]] = {}
    statistics: dict[str, Any] = {}
    failures: dict[str, Any] = {"failed": {}, "silent": [], "short": []}
    for split, names in plan.splits.items():
        told = [read_json(work / f"{name}.json") for name in names]
        shards[split] = [shard["shard"] for shard in told]
        parts = [Part.from_json(values) for shard in told for values in shard["parts"]]
        statistics[split] = _statistics(parts)
        _list_unused(parts, failures)
    write_json(out / "statistics.json", statistics, work)
    write_json(out / "failures.json", failures, work)
    write_json(out / SCHEMA, _schema(plan, shards), work)
    shutil.rmtree(work, ignore_errors=True)


def _statistics(parts: list[Part]) -> dict[str, Any]:
    """Of all recordings of a split, in their order, for sums round."""
    used = [part for part in parts if part.outcome == "used"]
    spreads = {name: Spread(width) for name, width in BIN_WIDTHS.items()}
    for part in used:
        for name, spread in part.spreads.items():
            spreads[name].join(spread)
    return {
        "files": len(used),
        "examples": sum(part.examples for part in used),
        "seconds": sum(part.seconds for part in used),
        **{name: spread.summary() for name, spread in spreads.items()},
    }


def _list_unused(parts: list[Part], failures: dict[str, Any]) -> None:
    for part in parts:
        if part.outcome == "failed":
            failures["failed"][part.name] = part.reason
        elif part.outcome != "used":
            failures[part.outcome].append(part.name)


def _schema(plan: Plan, shards: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """What a reader has to know."""
    made = [shard for group in shards.values() for shard in group if shard["examples"]]
    return {
        "format": _FORMAT,
        "plan": plan.digest,
        "features": plan.features.get_config(),
        "cuts": plan.cuts.get_config(),
        "shares": plan.shares,
        "example": {
            name: {"dtype": "float32", "shape": [size]} for name, size in plan.sizes.items()
        },
        "record_bytes": made[0]["bytes"] // made[0]["examples"] if made else 0,
        "splits": shards,
    }
