"""What a person or a program has to know of an exported model: the JSON file beside it."""

from typing import Any, Literal

from .._validate import check
from .._versions import __version__
from ..models.autoencoder import Autoencoder
from .player import Player, inputs_of
from .saved_model import signatures_of

__all__ = ["Format", "described", "rate_of"]

Format = Literal["saved_model", "tflite", "stream"]

_MEANINGS = {
    "audio": "samples, to be encoded; of ceil(samples / hop_length) frames",
    "f0_hz": "fundamental frequency, Hz, above 0",
    "loudness_db": "loudness, dB, 0 is the loudest, -80 silence",
    "pitch": "MIDI note",
    "velocity": "0 to 127, 0 where no note is held",
    "z": "timbre, as the encoder gives it",
}


def described(
    model: Autoencoder,
    kind: Format,
    player: Player | None,
    *,
    sample_rate: float,
    block: int | None,
) -> dict[str, Any]:
    """Describe an exported model.

    Args:
        model: which.
        kind: the format.
        player: what plays it block by block, if something does.
        sample_rate: Hz.
        block: frames of a block, if they are fixed.
    """
    rate, hop = sample_rate, model.hop_length
    signatures = signatures_of(inputs_of(model)) if player is None else {"step": player.inputs}
    latency = 0 if player is None else hop
    facts: dict[str, Any] = {
        "format": kind,
        "spectrotools_version": __version__,
        "sample_rate": rate,
        "hop_length": hop,
        "frame_rate": rate / hop,
        "signatures": {name: sorted(inputs) for name, inputs in signatures.items()},
        "inputs": {name: _MEANINGS[name] for name in sorted(set().union(*signatures.values()))},
        "latency_samples": latency,
        "latency_ms": 1000 * latency / rate,
    }
    if block is not None:
        facts["block_frames"] = block
        facts["block_ms"] = 1000 * block * hop / rate
    if player is not None:
        facts["state"] = {
            name: {"shape": list(value.shape), "dtype": value.dtype.name}
            for name, value in player.initial_state.items()
        }
    return facts


def rate_of(model: Autoencoder) -> float:
    """The sample rate of a model's processors, Hz.

    Raises:
        ValueError: if they have none, or several.
    """
    rates = {p.sample_rate for p in model.processor_group.processors if hasattr(p, "sample_rate")}
    check(len(rates) == 1, "model must have processors of one sample_rate", sorted(rates))
    (rate,) = rates
    return int(rate) if rate == int(rate) else float(rate)
