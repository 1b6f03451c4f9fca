"""When a run is kept: at its beginning, every so often, and when it is left."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import tensorflow as tf

from ..data.interruption import held_back
from .checkpoints import Checkpoints
from .source import DataEnded, DataMissing
from .state import State

__all__ = ["Keeper", "NotFinite", "worker_index"]


class NotFinite(ValueError):
    """Too many batches in a row were not finite."""


_KEPT = (KeyboardInterrupt, DataEnded, DataMissing, NotFinite)  # between two steps


class Keeper:
    """Keeps the state of a run in its folder; of many workers the first one does."""

    def __init__(self, folder: Path, state: State, keep: int):
        self._state = state
        self._checkpoints = Checkpoints(folder, keep)
        self._writes = worker_index() == 0
        self._kept: int | None = None

    def begin(self) -> None:
        """Go on from the newest checkpoint; where there is none, make the first."""
        found = self._checkpoints.newest()
        if found is not None:
            self._state.restore(found)
            self._kept = found.step
        if self._writes:
            self._checkpoints.sweep()
        if found is None:
            self.keep()

    def keep(self) -> None:
        """Write a checkpoint, unless this very step has one."""
        if self._writes and self._kept != self._state.step:
            with held_back():
                self._checkpoints.save(self._state.checkpoint())
                self._kept = self._state.step

    @contextlib.contextmanager
    def kept_at_the_end(self) -> Iterator[None]:
        """Keep the state when the block is left, unless a step may be half done."""
        try:
            yield
        except _KEPT as error:
            self.keep()
            error.add_note(f"the same command goes on from step {self._state.step}")
            raise
        self.keep()


def worker_index() -> int:
    """Which of the workers this process is; of one alone, 0."""
    resolver = tf.distribute.get_strategy().cluster_resolver
    if resolver is None or not resolver.task_type:
        return 0
    return int(resolver.task_id) + int(resolver.task_type == "worker" and _has_chief(resolver))


def _has_chief(resolver: tf.distribute.cluster_resolver.ClusterResolver) -> bool:
    return "chief" in resolver.cluster_spec().jobs
