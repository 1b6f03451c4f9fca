"""Round trips made of streaming transforms and of sample-by-sample codes."""

import dataclasses
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from ..ops.companding import (
    MuLawConvention,
    a_law_decode,
    a_law_encode,
    linear_decode,
    linear_encode,
    mu_law_decode,
    mu_law_encode,
)

__all__ = ["CodeRoundTrip", "TransformRoundTrip", "a_law", "g711_mu", "linear", "mu_law", "stft"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class TransformRoundTrip:
    """The way through any transform that streams both its analysis and its inverse.

    It is a :class:`~spectrotools.report.round_trips.RoundTrip`.
    """

    transform: Any
    bits: None = None

    def numbers_per_second(self, sample_rate: int) -> float:
        """Count the numbers that eight hops add; a complex number counts as two."""
        hop_length = self.transform.hop_length
        start = 4 * self.transform.n_fft
        added = self._numbers(start + 8 * hop_length) - self._numbers(start)
        return added / (8 * hop_length) * sample_rate

    def _numbers(self, length: int) -> int:
        parts = tf.nest.flatten(self.transform(tf.zeros([length])))
        return sum((2 if part.dtype.is_complex else 1) * int(tf.size(part)) for part in parts)

    def initial_state(self, channels: int) -> tuple[Any, Any]:
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

    encode: Callable[[tf.Tensor], tf.Tensor]
    decode: Callable[[tf.Tensor], tf.Tensor]
    bits: int

    def numbers_per_second(self, sample_rate: int) -> float:
        """One for each sample."""
        return float(sample_rate)

    def initial_state(self, channels: int) -> tf.Tensor:
        """No memory: no samples."""
        return tf.zeros([channels, 0])

    def step(self, block: tf.Tensor, state: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Encode the block and decode it."""
        return self.decode(self.encode(block)), state

    def flush(self, state: tf.Tensor, length: int) -> tf.Tensor:
        """Nothing is left."""
        return state


def stft(*, transform: Any) -> TransformRoundTrip:
    """The round trip through a short-time Fourier transform."""
    return TransformRoundTrip(transform=transform)


def mu_law(*, bits: int = 8, convention: MuLawConvention = "wavenet") -> CodeRoundTrip:
    """The round trip through μ-law codes; see ``spectrotools.mu_law_encode``."""
    return CodeRoundTrip(
        encode=lambda audio: mu_law_encode(audio, bits=bits, convention=convention),
        decode=lambda codes: mu_law_decode(codes, bits=bits, convention=convention),
        bits=bits,
    )


def g711_mu() -> CodeRoundTrip:
    """The round trip through the μ-law codes of ITU-T G.711."""
    return mu_law(bits=8, convention="g711")


def a_law() -> CodeRoundTrip:
    """The round trip through the A-law codes of ITU-T G.711."""
    return CodeRoundTrip(encode=a_law_encode, decode=a_law_decode, bits=8)


def linear(*, bits: int = 8) -> CodeRoundTrip:
    """The round trip through evenly spaced codes; see ``spectrotools.linear_encode``."""
    return CodeRoundTrip(
        encode=lambda audio: linear_encode(audio, bits=bits),
        decode=lambda codes: linear_decode(codes, bits=bits),
        bits=bits,
    )
