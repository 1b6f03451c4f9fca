"""What tests tell processes to do; they import it by its name."""

import os
import signal
import time


def job(item):
    """Do as the word says, and otherwise give the square."""
    word, value = item
    if word == "die":
        os.kill(os.getpid(), value)
    if word == "leave":
        os._exit(value)
    if word == "refuse":
        raise ValueError(value)
    if word == "err":
        raise TypeError(value)
    if word == "tell":
        return os.getpid(), os.environ.get(value)
    if word == "deaf":
        return signal.getsignal(value) == signal.SIG_IGN, signal.pthread_sigmask(0, [])
    if word == "sleep":
        time.sleep(value)
    return value * value


def nothing():
    """Prepare for nothing."""
