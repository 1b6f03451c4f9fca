"""A run plays its held-out examples: pairs of sounds in a folder, one after another."""

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from ..data.files import replace, unfinished
from ..data.progress import Progress
from ..report.journal import program
from ..report.output import FloatWav
from ..report.pairing import Pair, Pairing
from ..report.wording import counted
from .held_out import Sounds, apart
from .reporting import preserved
from .transfer import heard_by

__all__ = ["Played", "play"]

_JOURNAL = ".played.jsonl"
_SIDES = ("reference", "generated")
_Player = Callable[[Mapping[str, np.ndarray]], tuple[np.ndarray, float]]


class Played(NamedTuple):
    """What a run has played."""

    pairing: Pairing
    losses: dict[str, float]  # the run's own, by the name of the pair


def play(
    model: keras.Model,
    examples: Sounds,
    split: str,
    out: Path,
    *,
    overwrite: bool,
    progress: Progress,
) -> Played:
    """Write what is to be played, and what a model makes of it, below ``out``.

    What is there of the very same weights and sounds stays, so that an interrupted run goes on.

    Args:
        model: trained.
        examples: to play; of those that overlap, one.
        split: begins the names of the pairs.
        out: gets the folders ``reference`` and ``generated``.
        overwrite: replace sounds that are there of something else.
        progress: told of every example.

    Raises:
        FileExistsError: if such a sound is there, and not ``overwrite``.
    """
    journal, player = _Journal(out, overwrite), _player(model)
    rate, weights = examples.features.sample_rate, _digest(v.numpy() for v in model.variables)
    losses: dict[Pair, float] = {}
    try:
        for index, example in apart(examples):
            name = f"{split}-{index:05d}"
            reference, generated = (out / side / f"{name}.wav" for side in _SIDES)
            pair = Pair(name, reference, generated)
            key = _digest([*example.values()], program() + weights)
            loss = journal.find(pair, key)
            if loss is None:
                sound, loss = player(example)
                journal.write(pair, key, loss, (example["audio"], sound), rate)
            losses[pair] = loss
            progress(name, 1)
    except BaseException as error:
        error.add_note(f"{counted(len(losses), 'example')} played")
        if losses:
            error.add_note("the same command goes on from there")
        raise
    journal.remove_others(losses)
    return Played(Pairing(tuple(losses), {}, ()), {p.name: loss for p, loss in losses.items()})


def _player(model: keras.Model) -> _Player:
    """What plays an example, always by the same random numbers, and tells the loss."""

    @tf.function
    def play_batch(batch: Mapping[str, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        outputs = model(batch, training=False)
        return outputs["audio"][0], tf.add_n(list(model.losses_of(batch, outputs).values()))

    def player(example: Mapping[str, np.ndarray]) -> tuple[np.ndarray, float]:
        batch = heard_by(model, example)
        with preserved(model):
            sound, loss = play_batch(batch)
        return sound.numpy(), float(loss)

    return player


def _digest(arrays: Iterable[np.ndarray], before: str = "") -> str:
    digest = hashlib.sha256(before.encode())
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


class _Journal:
    """What has been played already: a line for each pair, the last of which holds.

    A pair's old sounds go before its line is written, and its new ones get their names after it:
    a run that was killed leaves a line without sounds, but never sounds of another line.
    """

    def __init__(self, out: Path, overwrite: bool):
        self._path, self._overwrite = out / _JOURNAL, overwrite
        for side in _SIDES:
            (out / side).mkdir(parents=True, exist_ok=True)
            for left in (out / side).glob("*.tmp"):
                left.unlink()
        text = self._path.read_text(encoding="utf-8") if self._path.is_file() else ""
        self._torn = bool(text) and not text.endswith("\n")
        self._lines = dict(filter(None, map(_entry, text.splitlines())))

    def find(self, pair: Pair, key: str) -> float | None:
        """The loss of a pair that was played of this very example by these very weights."""
        known, loss = self._lines.get(pair.name, ("", 0.0))
        whole = pair.reference.is_file() and pair.generated.is_file()
        return loss if whole and known == key else None

    def write(
        self, pair: Pair, key: str, loss: float, sounds: tuple[np.ndarray, np.ndarray], rate: int
    ) -> None:
        """Write both sounds and a line."""
        paths = (pair.reference, pair.generated)
        for path in paths:
            if path.exists() and not self._overwrite:
                raise FileExistsError(f"{path} exists; give --overwrite to replace it.")
        with contextlib.ExitStack() as left:
            written = [unfinished(path) for path in paths]
            for place, sound in zip(written, sounds, strict=True):
                left.callback(place.unlink, missing_ok=True)
                with FloatWav(place, rate, 1, len(sound)) as file:
                    file.write(sound[None])
            for path in paths:
                path.unlink(missing_ok=True)
            self._note(pair.name, key, loss)
            for place, path in zip(written, paths, strict=True):
                replace(place, path)

    def _note(self, name: str, key: str, loss: float) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(("\n" if self._torn else "") + json.dumps([name, [key, loss]]) + "\n")
        self._torn = False
        self._lines[name] = (key, loss)

    def remove_others(self, played: Mapping[Pair, float]) -> None:
        """Remove what an earlier run has played and this one has not."""
        for name in self._lines.keys() - {pair.name for pair in played}:
            for side in _SIDES:
                (self._path.parent / side / f"{name}.wav").unlink(missing_ok=True)


def _entry(line: str) -> tuple[str, tuple[str, float]] | None:
    """The line of a pair, if it is whole."""
    try:
        name, (key, loss) = json.loads(line)
    except ValueError:
        return None
    return name, (key, loss)
