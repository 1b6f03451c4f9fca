"""Block after block of any number of frames, as a SavedModel."""

from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from ..models.autoencoder import Autoencoder
from .player import Player
from .saved_model import save_signatures
from .voice import State

__all__ = ["seeded", "state_specs", "write_stream"]


def write_stream(model: Autoencoder, folder: Path) -> Player:
    """Write the signatures ``initial_state``, ``step`` and ``flush``.

    ==================  ===========================================  ========================
    signature           takes                                        gives
    ==================  ===========================================  ========================
    ``initial_state``   ``seed`` of the noise, int32 ``[2]``         the state
    ``step``            the state and frames, ``[1, frames]`` each   ``audio`` and the state
    ``flush``           the state                                    the last hop of ``audio``
    ==================  ===========================================  ========================
    """
    player = Player(model, partition=1)
    specs = state_specs(player)
    frames = {n: tf.TensorSpec([1, None, *s], tf.float32, n) for n, s in player.inputs.items()}

    def initial_state(seed: tf.Tensor) -> State:
        return seeded(player, seed)

    def step(**given: tf.Tensor) -> dict[str, tf.Tensor]:
        batch = {name: given[name] for name in player.inputs}
        audio, state = player.step(batch, {name: given[name] for name in specs})
        return {"audio": audio, **{n: tf.ensure_shape(state[n], specs[n].shape) for n in specs}}

    def flush(**state: tf.Tensor) -> dict[str, tf.Tensor]:
        nothing = {n: tf.zeros([1, 1, *size]) for n, size in player.inputs.items()}
        return {"audio": player.step(nothing, state, 0)[0]}

    signatures = {
        "initial_state": _traced(initial_state, {"seed": tf.TensorSpec([2], tf.int32, "seed")}),
        "step": _traced(step, {**frames, **specs}),
        "flush": _traced(flush, specs),
    }
    save_signatures(model.variables, folder, signatures)
    return player


def state_specs(player: Player) -> dict[str, tf.TensorSpec]:
    """The shapes and types of the state."""
    return {
        name: tf.TensorSpec(value.shape, tf.as_dtype(value.dtype), name)
        for name, value in player.initial_state.items()
    }


def seeded(player: Player, seed: Any) -> State:
    """The state before the first frame, whose noises are of this seed and those after it."""
    state = {name: tf.constant(value) for name, value in player.initial_state.items()}
    names = [name for name in state if name in player.seeds]
    for number, name in enumerate(names):
        state[name] = seed + np.array([number, 0], np.int32)
    return state


def _traced(function: Any, specs: dict[str, tf.TensorSpec]) -> Any:
    return tf.function(function, autograph=False).get_concrete_function(**specs)
