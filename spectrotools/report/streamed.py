"""Round trips made of streaming transforms and of sample-by-sample codes."""

import dataclasses
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from .._validate import check
from ..ops.companding import (
    MuLawConvention,
    a_law_decode,
    a_law_encode,
    linear_decode,
    linear_encode,
    mu_law_decode,
    mu_law_encode,
)
from ..transforms.frames import Frames
from ..transforms.magnitude_if import MagnitudeIF
from ..transforms.stft import STFT

__all__ = [
    "CodeRoundTrip",
    "TransformRoundTrip",
    "a_law",
    "g711_mu",
    "linear",
    "magnitude_if",
    "mu_law",
    "stft",
]


_STREAMING = (
    "initial_state",
    "step",
    "flush",
    "initial_inverse_state",
    "inverse_step",
    "inverse_flush",
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class TransformRoundTrip:
    """The way through any transform that streams both its analysis and its inverse.

    It is a :class:`~spectrotools.report.round_trips.RoundTrip`.
    """

    transform: Any
    frames: Frames  # of the transform
    what: str  # the transform is, for people
    bits: None = None

    def __post_init__(self) -> None:
        streams = all(hasattr(self.transform, name) for name in _STREAMING)
        check(streams, "transform must stream both ways, as an STFT does", self.transform)

    @property
    def description(self) -> str:
        """What it goes through, in frames of so many samples."""
        size, hop_length = self.frames.n_fft, self.frames.hop_length
        return f"{self.what}: {size} samples at a time, {hop_length} apart."

    def numbers_per_second(self, sample_rate: int) -> float:
        """Count the numbers that eight hops add; a complex number counts as two."""
        hop_length = self.frames.hop_length
        start = 4 * self.frames.n_fft
        added = self._numbers(start + 8 * hop_length) - self._numbers(start)
        return added / (8 * hop_length) * sample_rate

    def _numbers(self, length: int) -> int:
        parts = tf.nest.flatten(self.transform(tf.zeros([length])))
        return sum((2 if part.dtype.is_complex else 1) * int(tf.size(part)) for part in parts)

    def initial_state(self, channels: int, sample_rate: int) -> tuple[Any, Any]:
        """The states of the analysis and of the synthesis."""
        shape = (channels,)
        return self.transform.initial_state(shape), self.transform.initial_inverse_state(shape)

    def step(self, block: tf.Tensor, state: tuple[Any, Any]) -> tuple[tf.Tensor, tuple[Any, Any]]:
        """Analyse the block, and synthesise what is complete."""
        coefficients, analysis = self.transform.step(block, state[0])
        audio, synthesis = self.transform.inverse_step(coefficients, state[1])
        return audio, (analysis, synthesis)

    def flush(self, state: tuple[Any, Any], length: int) -> tf.Tensor:
        """Synthesise what is left."""
        coefficients = self.transform.flush(state[0])
        audio, synthesis = self.transform.inverse_step(coefficients, state[1])
        rest = self.transform.inverse_flush(synthesis, length=length)
        return tf.concat([audio, rest], axis=-1)


@dataclasses.dataclass(frozen=True, kw_only=True)
class CodeRoundTrip:
    """The way through a code of each sample by itself, a ``RoundTrip`` without memory."""

    encode: Callable[[tf.Tensor], tf.Tensor] = dataclasses.field(repr=False)
    decode: Callable[[tf.Tensor], tf.Tensor] = dataclasses.field(repr=False)
    bits: int
    description: str

    def numbers_per_second(self, sample_rate: int) -> float:
        """One for each sample."""
        return float(sample_rate)

    def initial_state(self, channels: int, sample_rate: int) -> tf.Tensor:
        """No memory: no samples."""
        return tf.zeros([channels, 0])

    def step(self, block: tf.Tensor, state: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Encode the block and decode it."""
        return self.decode(self.encode(block)), state

    def flush(self, state: tf.Tensor, length: int) -> tf.Tensor:
        """Nothing is left."""
        return state


def stft(*, transform: STFT) -> TransformRoundTrip:
    """The round trip through a short-time Fourier transform."""
    what = "The short-time Fourier transform, magnitude and phase"
    return TransformRoundTrip(transform=transform, frames=transform, what=what)


def magnitude_if(*, transform: STFT, log_floor: float = 1e-6) -> TransformRoundTrip:
    """The round trip through log-magnitude and frequency; see ``spectrotools.MagnitudeIF``."""
    what = "Log-magnitude and instantaneous frequency"
    rep = MagnitudeIF(transform, log_floor=log_floor)
    return TransformRoundTrip(transform=rep, frames=transform, what=what)


_WHOSE = {"wavenet": ", as WaveNet predicts them", "g711": " of the telephone, G.711"}


def mu_law(*, bits: int = 8, convention: MuLawConvention = "wavenet") -> CodeRoundTrip:
    """The round trip through μ-law codes; see ``spectrotools.mu_law_encode``."""
    whose = _WHOSE.get(convention, f", by the convention {convention}")
    return CodeRoundTrip(
        encode=lambda audio: mu_law_encode(audio, bits=bits, convention=convention),
        decode=lambda codes: mu_law_decode(codes, bits=bits, convention=convention),
        bits=bits,
        description=f"Samples as {bits}-bit μ-law codes{whose}.",
    )


def g711_mu() -> CodeRoundTrip:
    """The round trip through the μ-law codes of ITU-T G.711."""
    return mu_law(bits=8, convention="g711")


def a_law() -> CodeRoundTrip:
    """The round trip through the A-law codes of ITU-T G.711."""
    return CodeRoundTrip(
        encode=a_law_encode,
        decode=a_law_decode,
        bits=8,
        description="Samples as 8-bit A-law codes of the telephone, G.711.",
    )


def linear(*, bits: int = 8) -> CodeRoundTrip:
    """The round trip through evenly spaced codes; see ``spectrotools.linear_encode``."""
    return CodeRoundTrip(
        encode=lambda audio: linear_encode(audio, bits=bits),
        decode=lambda codes: linear_decode(codes, bits=bits),
        bits=bits,
        description=f"Samples rounded to {bits} evenly spaced bits, for comparison.",
    )
