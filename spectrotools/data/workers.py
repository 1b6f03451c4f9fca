"""Work shared out to processes, of which each may die without taking others along."""

import contextlib
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from typing import Any

from .failures import Failed, sentence
from .interruption import blocked, deaf, held_back

__all__ = ["share_out", "suitable_count"]

_MOST = 8  # unasked, for each takes memory
_WORTH = 16  # items for each process, which takes seconds to start
_THREADS = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")


def suitable_count(items: int) -> int:
    """How many processes are worth their start and their memory for so many items."""
    if hasattr(os, "sched_getaffinity"):  # a container may be given less than there is
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    return max(min(cores, _MOST, items // _WORTH), 1)


def share_out(
    function: Callable[[Any], Any],
    items: Iterable[Any],
    count: int,
    prepare: Callable[[], Any],
) -> Iterator[tuple[Any, Any]]:
    """Call a function of each item in so many processes, and in this one where that is one.

    Processes are new ones, without what this one has in memory: a fork of TensorFlow's threads
    does not live. They compute with one thread each, for there is one for each core.
    What fails is that item's affair, also where the process dies of it; in this process, only
    what input and memory may cause.

    Args:
        function: to call; it and what it is given and gives has to be picklable.
        items: what to call it of, in this order.
        count: processes, at least 1.
        prepare: to call in each new process, before ``function`` and what it needs is imported.

    Yields:
        An item and what the function gives, or a :class:`Failed`; as they are done, in no order.
    """
    if count == 1:
        yield from ((item, _outcome(function, item)) for item in items)
        return
    rest = iter(items)
    workers: list[_Worker] = []
    try:
        for _, item in zip(range(count), rest, strict=False):
            workers.append(_Worker(prepare, function))
            workers[-1].begin(item)
        while busy := [worker for worker in workers if worker.busy]:
            for worker in _ready(busy):
                yield worker.item, worker.outcome()
                with contextlib.suppress(StopIteration):
                    worker.begin(next(rest))
    finally:
        with held_back():
            for worker in workers:
                worker.stop()


def _outcome(function: Callable[[Any], Any], item: Any) -> Any:
    try:
        return function(item)
    except (ValueError, OSError, MemoryError) as error:
        return Failed(sentence(error))


def _outcome_of_all(function: Callable[[Any], Any], item: Any) -> Any:
    try:
        return _outcome(function, item)
    except Exception as error:
        return Failed(f"something is wrong inside spectrotools: {error!r}.")


class _Worker:
    """A process at the other end of a pipe; another takes its place where it dies."""

    busy = False
    item: Any = None

    def __init__(self, *functions: Callable):
        self._functions = functions
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, far_end = context.Pipe()
        self._process = context.Process(target=_serve, args=(far_end,), daemon=True)
        resource_tracker.ensure_running()  # its start would end the blocking
        with held_back(), blocked():  # half a process cannot be stopped, nor say why it stops
            self._process.start()
        far_end.close()  # so that the pipe ends where the process does
        for function in self._functions:
            self._send(function)

    def begin(self, item: Any) -> None:
        if not self._process.is_alive():
            self._start()
        self.item, self.busy = item, True
        self._send(item)

    def _send(self, what: Any) -> None:
        with contextlib.suppress(ConnectionError):  # of a process that has died: its outcome tells
            self.pipe.send(what)

    def outcome(self) -> Any:
        self.busy = False
        try:
            return self.pipe.recv()
        except (EOFError, ConnectionError):
            self._process.join()
            return Failed(_death(self._process.exitcode))

    def stop(self) -> None:
        self._process.kill()
        self._process.join()
        self.pipe.close()


def _death(code: int | None) -> str:
    how = f"was killed by signal {-code}" if code and code < 0 else f"ended with code {code}"
    return f"the process that measured it {how}; memory may have run out."


def _ready(workers: list[_Worker]) -> list[_Worker]:
    """Those that have something to say."""
    speaking = wait([worker.pipe for worker in workers])
    return [worker for worker in workers if worker.pipe in speaking]


def _serve(pipe: Connection) -> None:
    """Do what comes through the pipe, until it ends."""
    deaf()
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    for name in _THREADS:
        os.environ[name] = "1"
    with contextlib.suppress(EOFError):
        prepare = pipe.recv()
        prepare()
        function = pipe.recv()
        while True:
            pipe.send(_outcome_of_all(function, pipe.recv()))


def _leave_with_parent() -> None:
    """End when the first process has, were it killed: it cannot stop this one then."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
