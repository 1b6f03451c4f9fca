"""A model as a run left it."""

import copy
from pathlib import Path

import keras
import tensorflow as tf

import gin

from . import configs
from .checkpoints import Checkpoints

__all__ = ["configured_model", "load_model", "restore"]

_BASE, _CONFIG, _CHECKPOINTS = "optimization/base", "config.gin", "checkpoints"


def load_model(run_dir: Path, *, allow_imports: bool = False) -> keras.Model:
    """Build the model of a run, with the weights of its last whole checkpoint.

    Its data need not be there any more.

    Args:
        run_dir: the run's folder.
        allow_imports: of modules outside this package by its settings.

    Raises:
        ValueError: if the folder holds no run, no whole checkpoint, or one of another model.
    """
    model = configured_model(run_dir, allow_imports=allow_imports)
    parts = {"f0_hz": 440.0, "loudness_db": -40.0, "pitch": 69.0, "velocity": 64.0}
    batch = {name: tf.fill([1, 2], value) for name, value in parts.items()}
    batch["audio"] = tf.zeros([1, 2 * model.hop_length])
    model(batch)
    restore(model, run_dir)
    return model


def configured_model(run_dir: Path, *, allow_imports: bool = False) -> keras.Model:
    """Build the model that the settings of a run name, without weights; gin keeps them parsed.

    Raises:
        ValueError: if the folder holds no run.
    """
    config = run_dir / _CONFIG
    if not config.is_file():
        raise ValueError(f"run_dir must hold a run of spectrotools train; got {str(run_dir)!r}.")
    configs.parse(_BASE, [str(config)], allow_imports=allow_imports)
    # Copying a reference of gin calls what it refers to; of all others, the source is left alone.
    return copy.deepcopy(gin.query_parameter("Training.model"))


def restore(model: keras.Model, run_dir: Path) -> int:
    """Give a built model the weights of the last whole checkpoint, and tell its step.

    Raises:
        ValueError: if there is none, or it is of another model.
    """
    checkpoint = Checkpoints(run_dir / _CHECKPOINTS).newest()
    if checkpoint is None:
        raise ValueError(f"run_dir must hold a whole checkpoint; got {str(run_dir)!r}.")
    kept = checkpoint.arrays[: len(model.variables)]  # those of the optimizer come after
    for variable, array in zip(model.variables, kept, strict=True):
        if tuple(variable.shape) != array.shape:
            raise ValueError(f"{run_dir} holds a run of another model: {variable.path} differs.")
        variable.assign(array)
    return checkpoint.step
