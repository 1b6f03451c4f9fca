"""Examples that are in memory."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from .cuts import Cuts
from .examples import Examples
from .features import FEATURES, Features

__all__ = ["InMemory"]


class InMemory(Examples):
    """Examples cut from recordings as they are read, so that overlaps take no memory.

    Args:
        recordings: dicts of ``audio`` and the features, of which there is at least one.
        cuts: how to cut them.
        features: what was measured.
    """

    def __init__(
        self, recordings: Sequence[dict[str, np.ndarray]], cuts: Cuts, features: Features
    ):
        self.features, self.cuts = features, cuts
        self.n_samples = cuts.n_samples(features)
        hop = features.hop_length
        starts, frames, whole = [], 0, []
        for recording in recordings:
            tracks = dict(recording)
            audio = tracks.pop("audio")
            fitted = cuts.fit(audio, tracks, features)
            starts.append(frames * hop + cuts.starts(len(audio), features))
            frames += len(fitted["f0_hz"])
            fitted["audio"] = np.pad(fitted["audio"], (0, -len(fitted["audio"]) % hop))
            whole.append(fitted)
        self._starts = tf.constant(np.concatenate(starts), tf.int64)
        with tf.device("CPU"):
            self._whole = {
                name: tf.constant(np.concatenate([part[name] for part in whole]))
                for name in ("audio", *FEATURES)
            }

    def __len__(self) -> int:
        return int(self._starts.shape[0])

    def read(self, indices: tf.data.Dataset) -> tf.data.Dataset:
        """The examples of these numbers."""
        return indices.map(self._cut)

    def _cut(self, index: tf.Tensor) -> dict[str, tf.Tensor]:
        start = self._starts[index]
        first = start // self.features.hop_length
        audio = self._whole["audio"][start : start + self.n_samples]
        last = first + self.n_frames
        return {"audio": audio} | {name: self._whole[name][first:last] for name in FEATURES}
