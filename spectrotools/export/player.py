"""A model of sound as a pure step from frames and a state to sound."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from .._validate import check
from ..effects.add import Add
from ..effects.convolved import ConvolvedReverb
from ..layers.processor import Processor
from ..models.autoencoder import Autoencoder
from ..models.features import SCALED, scaled
from ..synths.filtered_noise import FilteredNoise
from ..synths.harmonic import Harmonic
from .filtered_noise import NoiseVoice
from .harmonics import HarmonicVoice
from .reverberation import ReverbVoice
from .voice import Block, State, Voice

__all__ = ["Inputs", "Player", "features_of", "inputs_of", "played_of"]

Inputs = dict[str, tuple[int, ...]]  # the shape of a frame, by name


class _Sum:
    """Play an :class:`spectrotools.effects.Add`."""

    def __init__(self) -> None:
        self.initial_state: dict[str, np.ndarray] = {}

    def step(self, inputs: list[tf.Tensor], state: State, block: Block) -> tuple[tf.Tensor, State]:
        """Add up."""
        first, *others = inputs
        return sum(others, start=first), {}


class Player:
    """Play an autoencoder of one voice block by block, a hop late.

    Args:
        model: built, of a decoder that streams and a group of ``Harmonic``, ``FilteredNoise``,
            ``Add`` and reverberations by a response of their own.
        partition: hops, of which every block has to be a multiple: what a reverberation takes at
            a time.

    Raises:
        ValueError: if a part of the model cannot be played so; the message names it.
    """

    def __init__(self, model: Autoencoder, *, partition: int) -> None:
        self._model = model
        self.inputs = inputs_of(model)
        begun = model.decoder.initial_state(1)
        self._structure = begun
        flat = [np.asarray(part) for part in tf.nest.flatten(begun)]
        zero = not any(part.any() for part in flat)
        check(zero, "decoder must begin in a state of zeros", type(model.decoder).__name__)
        self._decoder_names = [f"decoder_{number}" for number in range(len(flat))]
        self._nodes = _voices(model, self._channels(), partition * model.hop_length)
        self.seeds = [
            f"{n}_seed" for n, (v, _) in self._nodes.items() if "seed" in v.initial_state
        ]
        self.initial_state: dict[str, np.ndarray] = {
            "position": np.zeros([], np.int64),
            **dict(zip(self._decoder_names, flat, strict=True)),
            **{
                f"{name}_{part}": value
                for name, (voice, _) in self._nodes.items()
                for part, value in voice.initial_state.items()
            },
        }

    def step(
        self, batch: Mapping[str, tf.Tensor], state: State, frames: Any = None
    ) -> tuple[tf.Tensor, State]:
        """Play the next frames.

        Args:
            batch: ``[1, frames, ...]`` each, by the names of ``inputs``.
            state: ``initial_state``, or what the step before gave.
            frames: how many of them are real, if not all. The last of those holds, as it does
                after the end of a clip.

        Returns:
            ``[1, frames * hop_length]``, a hop late: the first hop of a stream is silent. And the
            state.
        """
        first = next(iter(batch.values()))
        hops = tf.shape(first)[1] if first.shape[1] is None else first.shape[1]
        block = Block(state["position"], hops if frames is None else frames, hops)
        given = [state[name] for name in self._decoder_names]
        held = tf.nest.pack_sequence_as(self._structure, given)
        controls, held = self._model.decoder.step(features_of(self._model, batch), held)
        after = dict(zip(self._decoder_names, tf.nest.flatten(held), strict=True))
        sound, played = self._play({**played_of(batch), **controls}, state, block)
        samples = tf.cast(hops * self._model.hop_length, tf.int64)
        return sound[None], {"position": state["position"] + samples, **after, **played}

    def _play(
        self, controls: dict[str, tf.Tensor], state: State, block: Block
    ) -> tuple[tf.Tensor, State]:
        sounds: dict[str, tf.Tensor] = {}
        after: State = {}
        sound = None
        for name, (voice, keys) in self._nodes.items():
            inputs = [sounds[key] if key in sounds else controls[key] for key in keys]
            own = {part: state[f"{name}_{part}"] for part in voice.initial_state}
            sound, own = voice.step(inputs, own, block)
            sounds[f"{name}/signal"] = sound
            after.update({f"{name}_{part}": value for part, value in own.items()})
        return sound, after

    def _channels(self) -> dict[str, int]:
        """How many numbers a frame has of everything that processors may be given."""
        one = _one_frame(self.inputs)
        controls = self._model.decoder(features_of(self._model, one))
        return {name: value.shape[-1] for name, value in {**played_of(one), **controls}.items()}


def inputs_of(model: Autoencoder) -> Inputs:
    """The parts of a batch that a model plays, each with the shape of a frame of it."""
    names = {SCALED[name][0] for name in model.decoder.inputs if name != "z"}
    inputs: Inputs = {name: () for name in sorted(names)}
    if "z" in model.decoder.inputs and model.encoder is not None:
        inputs["z"] = (model.encoder.size,)
    controls = model.decoder(features_of(model, _one_frame(inputs)))
    if "f0_hz" in set(model.processor_group.input_names) - set(controls):
        inputs["f0_hz"] = ()
    return inputs


def _one_frame(inputs: Inputs) -> dict[str, tf.Tensor]:
    return {name: tf.zeros([1, 1, *size]) for name, size in inputs.items()}


def features_of(model: Autoencoder, batch: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    """What the decoder is given."""
    features = {name: scaled(name, batch) for name in model.decoder.inputs if name != "z"}
    return {**features, "z": batch["z"]} if "z" in batch else features


def played_of(batch: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    """What processors are given of the batch itself."""
    return {"f0_hz": batch["f0_hz"][..., None]} if "f0_hz" in batch else {}


def _voices(
    model: Autoencoder, channels: dict[str, int], partition: int
) -> dict[str, tuple[Voice, list[str]]]:
    """The processors of the group, playing, with the keys of what each is given."""
    nodes = {}
    for processor, keys in model.processor_group.nodes:
        for key in keys:
            known = key in channels or key.endswith("/signal")
            check(known, f"processor {processor.name!r} must be given sound or controls", key)
        sizes = [channels.get(key, 0) for key in keys]
        try:
            voice = _voice(processor, sizes, partition)
        except ValueError as error:
            raise ValueError(f"processor {processor.name!r}: {error}") from error
        nodes[processor.name] = voice, keys
    return nodes


def _voice(processor: Processor, sizes: list[int], partition: int) -> Voice:
    if type(processor) is Harmonic:
        return HarmonicVoice(processor, sizes)
    if type(processor) is FilteredNoise:
        return NoiseVoice(processor, sizes)
    if type(processor) is Add:
        return _Sum()
    if isinstance(processor, ConvolvedReverb):
        return ReverbVoice(processor, partition)
    known = "Harmonic, FilteredNoise, Add or a reverberation by a response"
    raise ValueError(f"must be {known} to play; got {type(processor).__name__}.")
