"""A training run in a process of its own, which may kill itself: ``killed.py RUN STEPS [WHEN]``.

``WHEN`` is the number of the write, rename, removal or step, counted together, before which the
process gets a SIGKILL; of a file one half is written by then.
"""

import os
import shutil
import signal
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

from spectrotools.train import checkpoints
from spectrotools.train.loop import train
from spectrotools.train.step import Step
from tests.train.small import Gain, Noise


class Bomb:
    """Counts what a run does, and ends it."""

    def __init__(self, left: int):
        self.left = left

    def tick(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def armed(self, function: Callable) -> Callable:
        def counted(*arguments, **settings):
            self.tick()
            return function(*arguments, **settings)

        return counted

    def write(self, path: Path, blocks: list[bytes]) -> None:
        data = b"".join(blocks)
        with path.open("wb") as file:
            file.write(data[: len(data) // 2])
            file.flush()
            self.tick()
            file.write(data[len(data) // 2 :])


def main(folder: str, steps: str, when: str = "0") -> None:
    bomb = Bomb(int(when))
    checkpoints._write_file = bomb.write
    os.replace = bomb.armed(os.replace)
    shutil.rmtree = bomb.armed(shutil.rmtree)
    Step.__call__ = bomb.armed(Step.__call__)
    train(Gain(), Noise(broken=[5]), folder, int(steps), batch_size=2, checkpoint_every=3, keep=2)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(*sys.argv[1:])
