"""What a case of a loss is, and what it promises to the laws in ``laws/test_losses.py``.

Each ``cases_*.py`` beside this file has a list ``CASES``; the laws find it there.
"""

import dataclasses
import importlib
import pathlib
from collections.abc import Callable

import numpy as np

__all__ = ["Case", "all_cases", "noise_pair"]


def noise_pair(rng: np.random.Generator, batch: int, time: int) -> tuple[np.ndarray, np.ndarray]:
    """A target and a sound of noise, ``[batch, time]`` each."""
    target, audio = rng.standard_normal((2, batch, time)) * 0.3
    return target, audio


@dataclasses.dataclass(frozen=True)
class Case:
    """A loss and what it is given.

    Attributes:
        id: unique, starts with the name of the class.
        make: builds it, the same each time.
        inputs: from a random generator, a batch and a number of samples to a target and a sound.
        time: samples of the inputs.
        least: its value where sound and target are equal; None where that is not its least, or
            depends on the target.
        k: tolerance of agreement between ways of running, in eps of the dtype.
        k_unknown: the same in float64 where only a graph knows the sizes; None is ``k``.
        step: of the sound's samples, between central differences.
        rate: of Adam, in amplitude a step.
    """

    id: str
    make: Callable
    inputs: Callable = noise_pair
    time: int = 480
    least: float | None = 0.0
    k: float = 256.0
    k_unknown: float | None = None
    step: float = 1e-6
    rate: float = 0.01

    @property
    def name(self) -> str:
        return self.id.split(" ")[0]

    def pair(self, batch: int = 2, dtype: type = np.float64) -> tuple[np.ndarray, np.ndarray]:
        """The same target and sound each time."""
        target, audio = self.inputs(np.random.default_rng(0), batch, self.time)
        return target.astype(dtype), audio.astype(dtype)


def all_cases() -> list[Case]:
    files = sorted(pathlib.Path(__file__).parent.glob("cases_*.py"))
    modules = [importlib.import_module(f"tests.losses.{path.stem}") for path in files]
    return [case for module in modules for case in module.CASES]
