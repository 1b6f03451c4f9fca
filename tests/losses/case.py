"""What a case of a loss is, and what it promises to the laws in ``laws/test_losses.py``."""

import dataclasses
from collections.abc import Callable

import numpy as np

__all__ = ["Case", "noise_pair"]


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
        least: its value where sound and target are equal; None where that is not its least.
        k: tolerance of agreement between ways of running, in eps of the dtype.
    """

    id: str
    make: Callable
    inputs: Callable = noise_pair
    time: int = 480
    least: float | None = 0.0
    k: float = 256.0

    @property
    def name(self) -> str:
        return self.id.split(" ")[0]
