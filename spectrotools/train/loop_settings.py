"""The numbers of a training run."""

import dataclasses
from typing import Any, ClassVar

from .._validate import integer, number

__all__ = ["LoopSettings"]

_COUNTS = {
    "steps": 1,
    "batch_size": 1,
    "seed": 0,
    "decay_steps": 1,
    "checkpoint_every": 1,
    "keep": 1,
    "log_every": 1,
    "sounds_every": 0,
    "validate_every": 1,
    "validation_batches": 1,
    "max_skipped": 1,
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class LoopSettings:
    """How a model is trained.

    Args:
        steps: after which the run ends, counted from its first beginning.
        batch_size: examples a step, over all devices.
        seed: of the order of the data, and of what begins at random.
        learning_rate: Adam's, at the start.
        decay_rate: by which the rate is multiplied over ``decay_steps``, continuously.
        decay_steps: steps.
        clip_norm: the most that the norm of all gradients together may be.
        jit_compile: compile the step by XLA.
        checkpoint_every: steps from one checkpoint to the next.
        keep: checkpoints to keep.
        log_every: steps over which logged numbers are averaged.
        sounds_every: steps from one set of sounds and pictures to the next; 0 is none.
        validate_every: steps from one validation to the next.
        validation_batches: batches of a validation.
        max_skipped: batches in a row that are not finite, at which training stops.
    """

    gin_name: ClassVar[str] = "train"

    steps: int
    batch_size: int = 16
    seed: int = 0
    learning_rate: float = 3e-4
    decay_rate: float = 0.98
    decay_steps: int = 10_000
    clip_norm: float = 3.0
    jit_compile: bool = False
    checkpoint_every: int = 1000
    keep: int = 3
    log_every: int = 50
    sounds_every: int = 1000
    validate_every: int = 1000
    validation_batches: int = 4
    max_skipped: int = 10

    def __post_init__(self) -> None:
        for name, least in _COUNTS.items():
            integer(name, getattr(self, name), least)
        number("learning_rate", self.learning_rate, 0.0)
        number("decay_rate", self.decay_rate, 0.0, 1.0)
        number("clip_norm", self.clip_norm, 0.0)
        if not isinstance(self.jit_compile, bool):
            raise ValueError(f"jit_compile must be True or False; got {self.jit_compile!r}.")

    def deciding(self) -> dict[str, Any]:
        """Return those settings that decide the weights of every step."""
        names = ("batch_size", "seed", "learning_rate", "decay_rate", "decay_steps", "clip_norm")
        return {name: getattr(self, name) for name in (*names, "jit_compile")}
