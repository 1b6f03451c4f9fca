"""Playing a whole clip by an exported model of TensorFlow Lite."""

import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from .._validate import check
from .target import description_of

__all__ = ["play_lite"]


def play_lite(
    path: str | Path, batch: Mapping[str, Any], *, seed: tuple[int, int] = (0, 0)
) -> np.ndarray:
    """Play a clip block by block, and join the blocks.

    What the loop does is all that a program in another language has to: give zeros as the first
    state, and after that what the step before gave; tell how many frames of the last block are
    real; and drop the first hop, by which the sound is late.

    Args:
        path: of the model, with its JSON file beside it.
        batch: ``[frames, ...]`` by name, as the JSON file lists them.
        seed: of the noise.

    Returns:
        float32 ``[frames * hop_length]``.

    Raises:
        ValueError: if an input is missing, or they are not all of as many frames.
    """
    facts = json.loads(description_of(Path(path)).read_text(encoding="utf-8"))
    step = _interpreter(path).get_signature_runner("step")
    block, hop = facts["block_frames"], facts["hop_length"]
    clip = {name: np.asarray(batch[name], np.float32) for name in facts["inputs"] if name in batch}
    missing = sorted(facts["inputs"].keys() - clip.keys())
    check(not missing, f"batch must have {', '.join(facts['inputs'])}; missing", missing)
    counts = {name: len(value) for name, value in clip.items()}
    check(len(set(counts.values())) == 1, "batch must have one number of frames", counts)
    state = {name: np.zeros(e["shape"], e["dtype"]) for name, e in facts["state"].items()}
    state |= {name: np.array(seed, np.int32) for name in state if name.endswith("_seed")}
    count, sounds = next(iter(counts.values())), []
    for first in range(0, count + 1, block):  # one frame more, for the hop that is still owed
        real = max(min(block, count - first), 0)
        frames = {
            name: _padded(value[first : first + block], block) for name, value in clip.items()
        }
        state = step(**frames, frames=np.int32(real), **state)
        sounds.append(state.pop("audio")[0])
    return np.concatenate(sounds)[hop:][: count * hop]


def _padded(frames: np.ndarray, block: int) -> np.ndarray:
    beyond = [(0, block - len(frames))] + [(0, 0)] * (frames.ndim - 1)
    return np.pad(frames, beyond)[None]


def _interpreter(path: str | Path) -> Any:
    with warnings.catch_warnings():  # that LiteRT has a package of its own, too
        warnings.filterwarnings("ignore", "(?s).*tf.lite.Interpreter is deprecated")
        return tf.lite.Interpreter(str(path))
