"""A run as it stands, with what it has not been trained on."""

from pathlib import Path
from typing import NamedTuple

import keras

from .held_out import Sounds, check_alike, data_of_run, open_split
from .trained_model import configured_model, restore
from .transfer import heard_by

__all__ = ["TrainedRun", "open_run"]


class TrainedRun(NamedTuple):
    """A model with the weights of a run's last whole checkpoint, and what it can be held to."""

    model: keras.Model
    step: int
    data: Path
    split: str
    examples: Sounds


def open_run(
    run_dir: Path, data: Path | None, split: str | None, *, allow_imports: bool = False
) -> TrainedRun:
    """Open a run, and the part of the data that was held out.

    Args:
        run_dir: the run's folder.
        data: prepared data or a folder of recordings; None is what the run was trained on.
        split: see :class:`~spectrotools.train.held_out.HeldOut`.
        allow_imports: of modules outside this package by the run's settings.

    Raises:
        FileNotFoundError: if the data is not there.
        ValueError: if there is no whole run, nothing was held out, or the data has other rates.
    """
    model = configured_model(run_dir, allow_imports=allow_imports)
    trained_on, features = data_of_run()
    path = data or trained_on
    if path is None:
        raise ValueError(f"{run_dir} was not trained on a folder; --data must name what to play.")
    chosen, examples = open_split(path, split, features)
    check_alike(model, examples.features)
    example = next(iter(examples.dataset(1).unbatch()))
    model(heard_by(model, example), training=False)  # which makes its weights
    return TrainedRun(model, restore(model, run_dir), path, chosen, examples)
