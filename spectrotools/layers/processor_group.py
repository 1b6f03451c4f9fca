"""Processors, each of which hears what others made."""

import contextlib
import inspect
from collections.abc import Iterator, Sequence
from typing import Any, Self

import keras
import tensorflow as tf

from .._validate import check
from .processor import Processor

__all__ = ["ProcessorGroup"]

Node = tuple[Processor, Sequence[str]]


@keras.saving.register_keras_serializable("spectrotools")
class ProcessorGroup(Processor):
    """A graph of processors as one: each takes inputs of the group, and what others made.

    Nodes run in the order given. An input is named by its key: ``"f0_hz"`` is one that the group
    is called with, ``"reverb/signal"`` the sound of an earlier node, and
    ``"harmonic/controls/f0_hz"`` a control of one. The last node's sound is that of the group.

    Args:
        nodes: ``(processor, keys)`` each: a processor of a name of its own, and the keys of its
            inputs, in their order.
        **options: of ``keras.layers.Layer``.

    Raises:
        ValueError: if a name comes twice, a key names no earlier node, or a node has too many
            keys or too few; and when called, if an input is missing or a node refuses its own.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> grid = {"sample_rate": 16000, "hop_length": 64}
        >>> group = st.layers.ProcessorGroup([
        ...     (st.synths.Harmonic(name="tone", **grid), ["amplitudes", "harmonics", "f0_hz"]),
        ...     (st.synths.FilteredNoise(name="noise", hop_length=64), ["magnitudes"]),
        ...     (st.effects.Add(name="add"), ["tone/signal", "noise/signal"]),
        ... ])
        >>> features = {"amplitudes": tf.zeros([1, 10, 1]), "harmonics": tf.zeros([1, 10, 60])}
        >>> features |= {"f0_hz": tf.fill([1, 10, 1], 220.0), "magnitudes": tf.zeros([1, 10, 65])}
        >>> tuple(group(features).shape)
        (1, 640)
        >>> outputs = group.get_controls(features)
        >>> f"{outputs['noise']['controls']['magnitudes'][0, 0, 0]:.3g}"
        '1.98e-05'
    """

    def __init__(self, nodes: Sequence[Node], **options: Any) -> None:
        super().__init__(**options)
        for node in nodes:
            pair = isinstance(node, list | tuple) and len(node) == 2
            fits = pair and isinstance(node[0], Processor) and isinstance(node[1], list | tuple)
            check(fits, "nodes must be (processor, [key, ...]) each", node)
        self.processors = [processor for processor, _ in nodes]
        self._keys = [[str(key) for key in keys] for _, keys in nodes]
        check(len(nodes) > 0, "nodes must have at least one processor", nodes)
        known: list[str] = []
        for processor, keys in self.nodes:
            name = processor.name
            check(name not in known, "nodes must have names of their own", name)
            _check_count(processor, keys)
            for key in keys:
                earlier = "/" not in key or key.split("/")[0] in known
                rule = f"node {name!r}: input {key!r} must be of an earlier node, of {known}"
                check(earlier, rule, key)
            known.append(name)
        outside = [key for keys in self._keys for key in keys if "/" not in key]
        self.input_names = tuple(dict.fromkeys(outside))
        taken = {"out", *self.input_names} & set(known)
        check(not taken, "a node must be named neither 'out' nor as an input", sorted(taken))

    @property
    def nodes(self) -> list[tuple[Processor, list[str]]]:
        """The processors in their order, each with the keys of its inputs."""
        return list(zip(self.processors, self._keys, strict=True))

    def call(  # type: ignore[override]  # Keras reads the names of what comes
        self, inputs: dict[str, Any], return_outputs_dict: bool = False
    ) -> Any:
        """Make sound of the inputs, by name; more of them than are needed may be given.

        With ``return_outputs_dict`` it is ``{"signal": sound, "controls": outputs}``.
        """
        outputs = self.get_controls(inputs)
        signal = self.get_signal(**outputs)
        return {"signal": signal, "controls": outputs} if return_outputs_dict else signal

    def get_controls(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """Run the graph: ``{"signal": ..., "controls": ...}`` of every node, by its name.

        Beside them are the inputs, and as ``"out"`` what the last node gives.
        """
        self._check_inputs(inputs)
        outputs = dict(inputs)
        for processor, keys in self.nodes:
            given = [_lookup(processor.name, key, outputs) for key in keys]
            with _named(processor.name):
                outputs[processor.name] = processor(*given, return_outputs_dict=True)
        outputs["out"] = outputs[self.processors[-1].name]
        return outputs

    def get_signal(self, **outputs: Any) -> tf.Tensor:
        """Give the sound of the last node, of what :meth:`get_controls` gave."""
        return outputs["out"]["signal"]

    def initial_state(self, batch_shape: tuple[int, ...] = ()) -> dict[str, Any]:
        """The state of a stream of which nothing has come yet, for :meth:`step`."""
        heard = self._heard(batch_shape)
        states = [processor.initial_state(heard[processor.name]) for processor in self.processors]
        return {"nodes": states, "seen": [None] * len(states)}

    def signal_shape(self, batch_shape: tuple[int, ...]) -> tuple[int, ...]:
        """The leading axes of the sound, of those of the inputs."""
        last = self.processors[-1]
        return last.signal_shape(self._heard(batch_shape)[last.name])

    def _heard(self, batch_shape: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
        """The leading axes of what each node hears."""
        heard: dict[str, tuple[int, ...]] = {}
        made: dict[str, tuple[int, ...]] = {}
        for processor, keys in self.nodes:
            shapes = [made[_source(key)] if "/" in key else tuple(batch_shape) for key in keys]
            heard[processor.name] = max(shapes, key=len)
            made[processor.name] = processor.signal_shape(heard[processor.name])
        return heard

    def step(self, *inputs_and_state: Any) -> tuple[tf.Tensor, dict[str, Any]]:
        """Process the next block: ``step(inputs, state)`` gives ``(sound, state)``."""
        inputs, state = inputs_and_state
        self._check_inputs(inputs)
        sounds: dict[str, tf.Tensor] = {}
        states, seen = [], []
        for (processor, keys), held in zip(self.nodes, state["nodes"], strict=True):
            given = [sounds[_source(key)] if "/" in key else inputs[key] for key in keys]
            with _named(processor.name):
                sounds[processor.name], held = processor.step(*given, held)
                ended = processor.no_more(*map(tf.convert_to_tensor, given))
            states.append(held)
            seen.append(ended)
        return sounds[self.processors[-1].name], {"nodes": states, "seen": seen}

    def flush(self, state: dict[str, Any]) -> tf.Tensor:
        """The sound that a stream still owes: what nodes held back, through those after them."""
        tails: dict[str, tf.Tensor] = {}
        for (processor, keys), held, ended in zip(
            self.nodes, state["nodes"], state["seen"], strict=True
        ):
            if ended is not None and any("/" in key for key in keys):
                pairs = zip(keys, ended, strict=True)
                given = [tails[_source(key)] if "/" in key else rest for key, rest in pairs]
                first, held = processor.step(*given, held)
                tails[processor.name] = tf.concat([first, processor.flush(held)], axis=-1)
            else:
                tails[processor.name] = processor.flush(held)
        return tails[self.processors[-1].name]

    def get_config(self) -> dict[str, Any]:
        """Return the nodes and their keys."""
        nodes = [
            [keras.saving.serialize_keras_object(processor), keys]
            for processor, keys in self.nodes
        ]
        return {**super().get_config(), "nodes": nodes}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Build the group that ``get_config`` described."""
        build = keras.saving.deserialize_keras_object
        nodes = [(build(processor), keys) for processor, keys in config["nodes"]]
        return cls(**{**config, "nodes": nodes})

    def _check_inputs(self, inputs: Any) -> None:
        check(isinstance(inputs, dict), "inputs must be a dict of tensors", type(inputs).__name__)
        for processor, keys in self.nodes:
            for key in keys:
                rule = f"node {processor.name!r}: input {key!r} must be among those given"
                check("/" in key or key in inputs, rule, sorted(inputs))


def _check_count(processor: Processor, keys: list[str]) -> None:
    """Check that so many inputs can be bound to what the processor takes."""
    try:
        inspect.signature(processor.get_controls).bind(*keys)
    except TypeError as error:
        raise ValueError(f"node {processor.name!r}: {error}; got inputs {keys}.") from error


def _lookup(node: str, key: str, outputs: dict[str, Any]) -> Any:
    value: Any = outputs
    for part in key.split("/"):
        known = isinstance(value, dict) and part in value
        choices = sorted(value) if isinstance(value, dict) else []
        check(known, f"node {node!r}: input {key!r} must be one of {choices}", part)
        value = value[part]
    return value


def _source(key: str) -> str:
    """The node whose sound a key names; controls are those of a block, and do not stream."""
    node, _, part = key.partition("/")
    check(part == "signal", "a stream must take the signal of a node, not its controls", key)
    return node


@contextlib.contextmanager
def _named(node: str) -> Iterator[None]:
    """Say of which node a ``ValueError`` is."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"node {node!r}: {error}") from error
