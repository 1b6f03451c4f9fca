"""All that a run goes on from: weights, optimizer, randomness and counts, and its checkpoints."""

from typing import Any

import keras
import numpy as np

from .checkpoints import Checkpoint
from .loop_settings import LoopSettings

__all__ = ["State"]


class State:
    """Where a run stands.

    Args:
        model: built; its seed generators are among its variables.
        optimizer: built.
        settings: the run's.
    """

    def __init__(
        self,
        model: keras.Model,
        optimizer: keras.optimizers.Optimizer,
        settings: LoopSettings,
    ):
        self.step = 0  # batches that were seen
        self.skipped = 0  # of these, the ones that were not finite
        self.skipped_in_a_row = 0
        self._settings = settings
        variables = [*model.variables, *optimizer.variables]
        self._variables = list({id(variable): variable for variable in variables}.values())

    def count(self, finite: bool) -> None:
        """Count a batch, which was not finite if it was skipped."""
        self.step += 1
        self.skipped += not finite
        self.skipped_in_a_row = 0 if finite else self.skipped_in_a_row + 1

    def checkpoint(self) -> Checkpoint:
        """Copy everything."""
        record = {
            "skipped": self.skipped,
            "skipped_in_a_row": self.skipped_in_a_row,
            "settings": self._settings.deciding(),
            "variables": [variable.path for variable in self._variables],
        }
        return Checkpoint(self.step, record, [v.numpy() for v in self._variables])

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go back to a checkpoint.

        Raises:
            ValueError: if it is of another model, or of other settings; nothing is changed then.
        """
        _check_settings(checkpoint.record["settings"], self._settings.deciding())
        self._check_variables(checkpoint)
        for variable, array in zip(self._variables, checkpoint.arrays, strict=True):
            variable.assign(array)
        self.step = checkpoint.step
        self.skipped = checkpoint.record["skipped"]
        self.skipped_in_a_row = checkpoint.record["skipped_in_a_row"]

    def _check_variables(self, checkpoint: Checkpoint) -> None:
        kept, names = checkpoint.arrays, checkpoint.record["variables"]
        if len(kept) != len(self._variables):
            raise ValueError(
                f"the run is of another model: it has {len(kept)} variables, optimizer's "
                f"among them, and this one has {len(self._variables)}."
            )
        for variable, array, name in zip(self._variables, kept, names, strict=True):
            if tuple(variable.shape) != array.shape or variable.dtype != array.dtype.name:
                raise ValueError(
                    f"the run is of another model: {name} is {_kind(array)}, and here "
                    f"{_kind(variable)}."
                )


def _kind(array: np.ndarray | keras.Variable) -> str:
    return f"{array.dtype} {list(array.shape)}"


def _check_settings(kept: dict[str, Any], ours: dict[str, Any]) -> None:
    for name, value in ours.items():
        if kept.get(name) != value:
            raise ValueError(
                f"the run was begun with {name} = {kept.get(name)!r}, and cannot go on with "
                f"{value!r}; keep it, or begin another run."
            )
