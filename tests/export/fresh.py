"""Play exported models in a process of its own, to which this package is unknown."""

import subprocess
import sys
from pathlib import Path

import numpy as np

_BEGIN = """
import sys
import numpy as np
import tensorflow as tf
given = dict(np.load(sys.argv[2]))
signatures = tf.saved_model.load(sys.argv[1]).signatures
"""

WHOLE = """
batch = {name: tf.constant(value) for name, value in given.items()}
sound = signatures[sys.argv[4]](**batch)["audio"]
"""

BLOCKS = """
edges, seed = given.pop("edges"), given.pop("seed")
state = signatures["initial_state"](seed=tf.constant(seed))
sounds = []
for first, last in zip(edges, edges[1:]):
    frames = {name: tf.constant(value[:, first:last]) for name, value in given.items()}
    state = signatures["step"](**frames, **state)
    sounds.append(state.pop("audio"))
sounds.append(signatures["flush"](**state)["audio"])
sound = tf.concat(sounds, axis=-1)
"""

_END = """
assert "spectrotools" not in sys.modules
np.save(sys.argv[3], sound)
"""


def play(script: str, model: Path, *arguments: str, **given: np.ndarray) -> np.ndarray:
    """Give what a script made of the arrays by a SavedModel."""
    told, made = model.with_name("given.npz"), model.with_name("made.npy")
    np.savez(told, **given)
    command = [sys.executable, "-I", "-c", _BEGIN + script + _END]
    done = subprocess.run(
        [*command, str(model), str(told), str(made), *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=model.parent,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return np.load(made)
