"""Block after block of so many frames, as a model of TensorFlow Lite."""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import tensorflow as tf

from ..models.autoencoder import Autoencoder
from .player import Player
from .saved_model import save_signatures
from .stream import state_specs

__all__ = ["convert", "write_lite"]


def write_lite(model: Autoencoder, path: Path, block: int) -> Player:
    """Write the signature ``step``, of built-in operations alone.

    It takes the frames of a block, ``[1, block]`` each, how many of them are real, int32 as
    ``frames``, and the state; it gives ``audio`` and the state.
    """
    player = Player(model, partition=block)
    state = state_specs(player)
    batch = {n: tf.TensorSpec([1, block, *s], tf.float32, n) for n, s in player.inputs.items()}
    specs = {**batch, "frames": tf.TensorSpec([], tf.int32, "frames"), **state}

    def step(**given: tf.Tensor) -> dict[str, tf.Tensor]:
        features = {name: given[name] for name in batch}
        held = {name: given[name] for name in state}
        audio, after = player.step(features, held, given["frames"])
        return {"audio": audio, **after}

    concrete = tf.function(step, autograph=False).get_concrete_function(**specs)
    convert(model.variables, path, {"step": concrete})
    return player


def convert(variables: Iterable[Any], path: Path, signatures: dict[str, Any]) -> None:
    """Write functions as signatures of one file, of built-in operations alone."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        save_signatures(variables, Path(folder), signatures)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=[*signatures])
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        path.write_bytes(converter.convert())
