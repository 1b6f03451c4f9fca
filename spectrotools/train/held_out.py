"""The examples that a run has not been trained on."""

import copy
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np

import gin

from .._validate import check
from ..data.assembly import SCHEMA
from ..data.audio_folder import AudioFolder
from ..data.failures import sentence
from ..data.features import Features
from ..data.files import read_json
from ..data.shards import Shards
from ..models.autoencoder import Autoencoder
from ..report.evaluation import Evaluation
from .examples import examples_in
from .transfer import features_for

__all__ = ["HeldOut", "Sounds", "apart", "check_alike", "data_of_run", "open_split"]

Sounds = Shards | AudioFolder
_HELD_OUT = ("test", "valid")  # the first of these that has examples
_ALL = "all"


@dataclasses.dataclass(frozen=True, kw_only=True)
class HeldOut:
    """Which examples a run has to play, and where their pitch is looked for.

    Args:
        split: of the data; None is ``"test"`` if it has examples, or else ``"valid"``; ``"all"``
            is every file of a folder of recordings.
        fmin: the lowest fundamental, Hz; None is that of the data's features.
        fmax: the highest fundamental, Hz; None is that of the data's features.
    """

    split: str | None = None
    fmin: float | None = None
    fmax: float | None = None

    def ranged(self, evaluation: Evaluation, features: Features) -> Evaluation:
        """The evaluation in the range of fundamentals that is asked for, or the data's."""
        low = min(features.fmin, 1500.0) if self.fmin is None else self.fmin
        high = min(max(features.fmax, 2 * low), 3000.0) if self.fmax is None else self.fmax
        return dataclasses.replace(evaluation, fmin=low, fmax=high)


def data_of_run() -> tuple[Path | None, Features | None]:
    """The path and the features of the examples that the parsed configuration trains on."""
    path, features = _bound("examples_in.path"), _bound("examples_in.features")
    return None if path is None else Path(path), features


def _bound(name: str) -> Any:
    """What the parsed configuration binds, or None."""
    try:
        return copy.deepcopy(gin.query_parameter(name))  # which calls what it refers to
    except ValueError:
        return None


def _splits_in(path: Path) -> list[str]:
    """The splits that a path may hold something in."""
    schema = read_json(path / SCHEMA)
    if schema is None:
        return ["train", "valid", _ALL]
    return [
        name for name, shards in schema["splits"].items() if any(s["examples"] for s in shards)
    ]


def open_split(path: Path, split: str | None, features: Features | None) -> tuple[str, Sounds]:
    """Open what was held out, and tell which split that is.

    Raises:
        FileNotFoundError: if there is no such path.
        ValueError: if it holds nothing there; the message names the cure.
    """
    if not path.exists():
        raise FileNotFoundError(f"there is no {path}; --data names where the data is now.")
    there = _splits_in(path)
    chosen = split or next((name for name in _HELD_OUT if name in there), _HELD_OUT[-1])
    try:
        check(chosen in there, f"split must be one of {', '.join(there)}", chosen)
        return chosen, examples_in(str(path), None if chosen == _ALL else chosen, features)
    except ValueError as error:
        raise ValueError(
            f"nothing of {path} was held out: {sentence(error).rstrip('.')}. Name "
            "recordings that the run has not heard: --data FOLDER --set 'HeldOut.split = \"all\"'."
        ) from error


def check_alike(model: keras.Model, features: Features) -> None:
    """Refuse examples of other rates than a model was built for.

    Raises:
        ValueError: if a rate differs; the message names it.
    """
    if not isinstance(model, Autoencoder):  # others say themselves what does not fit
        return
    told = features_for(model)
    for name in ("sample_rate", "frame_rate"):
        wanted, found = getattr(told, name), getattr(features, name)
        check(found == wanted, f"the data must have {name}={wanted}, as the run has", found)


def apart(examples: Sounds) -> Iterator[tuple[int, dict[str, np.ndarray]]]:
    """Give examples of which no two share sound, with their numbers, in their order.

    Neighbours of one recording overlap, and would count one sound several times. Where one
    example goes on in the next can be heard: its end is the beginning of the other.
    """
    size, hop = examples.n_samples, examples.cuts.hop_samples(examples.features)
    begin, free, before = 0, 0, np.zeros(0, np.float32)
    whole = examples.dataset(1, repeat=False).unbatch().as_numpy_iterator()
    for index, example in enumerate(whole):
        goes_on = len(before) and np.array_equal(before[hop:], example["audio"][: size - hop])
        begin = begin + hop if goes_on else 0
        before = example["audio"]
        if begin == 0 or begin >= free:
            free = begin + size
            yield index, example
