"""Ctrl-C and its like: they end the work, and never what tidies up after it."""

import contextlib
import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["blocked", "deaf", "held_back", "stoppable"]

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # the last one is not known everywhere
_STOPPING = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
_PATIENCE = 1.0  # seconds in which a second Ctrl-C is taken for the first


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Let what asks this program to end raise ``KeyboardInterrupt``, once for all in a hurry."""
    last = -math.inf

    def stop(number: int, frame: Any) -> None:
        nonlocal last
        before, last = last, time.monotonic()
        if last - before > _PATIENCE:
            raise KeyboardInterrupt

    with _handled_by(stop):
        try:
            yield
        except Exception as error:
            if last == -math.inf:
                raise
            # What computes may have made an error of its own of an interruption that reached it.
            interruption = KeyboardInterrupt()
            for note in getattr(error, "__notes__", []):
                interruption.add_note(note)
            raise interruption from error


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """Let nothing interrupt the block; what has arrived meanwhile does so after it."""
    arrived: list[int] = []
    with _handled_by(lambda number, frame: arrived.append(number)):
        yield
    for number in arrived[:1]:
        signal.raise_signal(number)


@contextlib.contextmanager
def blocked() -> Iterator[None]:
    """Let processes that are started in the block hear nothing until they are :func:`deaf`."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def deaf() -> None:
    """Ignore a terminal's signals: the first process hears them too, and stops this one."""
    for number in set(_STOPPING) - {signal.SIGTERM}:
        signal.signal(number, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)


@contextlib.contextmanager
def _handled_by(handler: Callable[[int, Any], None]) -> Iterator[None]:
    """Handle what is not ignored (as under nohup), where signals are ours: in the main thread."""
    previous = {}
    if threading.current_thread() is threading.main_thread():
        previous = {number: signal.getsignal(number) for number in _STOPPING}
    previous = {n: old for n, old in previous.items() if old not in (signal.SIG_IGN, None)}
    try:
        for number in previous:
            signal.signal(number, handler)
        yield
    finally:
        for number, old in previous.items():
            signal.signal(number, old)
