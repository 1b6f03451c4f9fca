"""A training run from its configuration, and the folder that holds it."""

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path

import keras
import tensorflow as tf

from . import configs
from .configurables import configured
from .loop import Trained, train
from .loop_settings import LoopSettings
from .settings import build
from .training import Training

__all__ = ["build_training", "claim", "run"]

_BASE = "optimization/base"
_CONFIG = "config.gin"
_FREE = {  # settings that may be others when a run goes on
    f"train.{field.name}"
    for field in dataclasses.fields(LoopSettings)
    if field.name not in LoopSettings(steps=1).deciding()
}


def build_training(
    files: Sequence[str],
    bindings: Sequence[str] = (),
    data: Path | None = None,
    *,
    allow_imports: bool = False,
) -> tuple[Training, LoopSettings, str]:
    """Build what configurations name.

    Args:
        files: configurations, by short name or path; they bind ``Training.model`` and
            ``Training.source``, and may use the macro ``%data``.
        bindings: single bindings on top of these.
        data: what ``%data`` stands for.
        allow_imports: of modules outside this package by the configurations.

    Returns:
        Model and sources, the settings of the loop, and the text of all settings in force.

    Raises:
        ValueError: if a setting cannot be parsed, is wrong, or is used by nothing.
    """

    def make() -> tuple[Training, LoopSettings]:
        settings = configured(LoopSettings)()
        keras.utils.set_random_seed(settings.seed)  # the weights that a run begins with
        return configured(Training)(), settings

    given = [] if data is None else [f"data = {str(data.resolve())!r}"]
    made, text = build(_BASE, files, [*given, *bindings], make, allow_imports=allow_imports)
    return *made, text


def claim(folder: Path, text: str) -> None:
    """Save the settings of a run beside it; refuse a folder that holds another run.

    Raises:
        ValueError: if it does; the message names the first setting that differs.
    """
    path = folder / _CONFIG
    if path.is_file():
        _check_same(folder, path.read_text(encoding="utf-8"), text)
    folder.mkdir(parents=True, exist_ok=True)
    aside = folder / f".unfinished-{_CONFIG}"
    try:
        aside.write_text(text, encoding="utf-8")
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def _check_same(folder: Path, kept: str, text: str) -> None:
    before, now = configs.bindings_of(kept), configs.bindings_of(text)
    for name in sorted((before.keys() | now.keys()) - _FREE):
        if before.get(name) != now.get(name):
            raise ValueError(
                f"{folder} holds a run of other settings: {name} = {before.get(name, 'unset')} "
                f"there, and {now.get(name, 'unset')} here; keep them, or name another --run."
            )


def run(training: Training, settings: LoopSettings, folder: Path) -> Trained:
    """Train, from where the run last stood."""
    if training.deterministic:
        tf.config.experimental.enable_op_determinism()
    return train(
        training.model,
        training.source,
        folder,
        validation=training.validation,
        **dataclasses.asdict(settings),
    )
