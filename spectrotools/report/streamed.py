"""Round trips made of streaming transforms and of sample-by-sample codes."""

import dataclasses
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

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
from ..ops.lapped import LappedWindow
from ..transforms.cqt import CQT
from ..transforms.cqt_tiling import Layout
from ..transforms.magnitude_if import MagnitudeIF
from ..transforms.mdct import MDCT
from ..transforms.pqmf import PQMF, Reconstruction
from ..transforms.stft import STFT

__all__ = [
    "CodeRoundTrip",
    "TransformRoundTrip",
    "a_law",
    "cqt",
    "g711_mu",
    "linear",
    "magnitude_if",
    "mdct",
    "mu_law",
    "pqmf",
    "stft",
]


class _Streams(NamedTuple):
    """What the way through a transform remembers between blocks."""

    transform: Any
    analysis: Any
    synthesis: Any


@dataclasses.dataclass(frozen=True, kw_only=True)
class TransformRoundTrip:
    """The way through any transform that streams both its analysis and a way back.

    It is a :class:`~spectrotools.report.round_trips.RoundTrip`.

    Args:
        transform_at: gives the transform for a sample rate.
        numbers_at: gives the real numbers that it spends on a second of one channel.
        description: for people.
        way_back: what the transform calls it.
    """

    transform_at: Callable[[int], Any] = dataclasses.field(repr=False)
    numbers_at: Callable[[int], float] = dataclasses.field(repr=False)
    description: str
    way_back: Literal["inverse", "synthesis"] = "inverse"
    bits: None = None

    def numbers_per_second(self, sample_rate: int) -> float:
        """Count the numbers of one channel; a complex number counts as two."""
        return self.numbers_at(sample_rate)

    def initial_state(self, channels: int, sample_rate: int) -> _Streams:
        """The states of the analysis and of the synthesis."""
        transform, shape = self.transform_at(sample_rate), (channels,)
        begin = getattr(transform, f"initial_{self.way_back}_state")
        return _Streams(transform, transform.initial_state(shape), begin(shape))

    def step(self, block: tf.Tensor, state: _Streams) -> tuple[tf.Tensor, _Streams]:
        """Analyse the block, and synthesise what is complete."""
        transform, analysis, synthesis = state
        coefficients, analysis = transform.step(block, analysis)
        audio, synthesis = self._back(transform, "step")(coefficients, synthesis)
        return audio, _Streams(transform, analysis, synthesis)

    def flush(self, state: _Streams, length: int) -> tf.Tensor:
        """Synthesise what is left."""
        transform, analysis, synthesis = state
        audio, synthesis = self._back(transform, "step")(transform.flush(analysis), synthesis)
        rest = self._back(transform, "flush")(synthesis, length=length)
        return tf.concat([audio, rest], axis=-1)

    def _back(self, transform: Any, what: str) -> Callable[..., Any]:
        return getattr(transform, f"{self.way_back}_{what}")


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
    return _of_frames(transform, transform, what)


def magnitude_if(*, transform: STFT, log_floor: float = 1e-6) -> TransformRoundTrip:
    """The round trip through log-magnitude and frequency; see ``spectrotools.MagnitudeIF``."""
    what = "Log-magnitude and instantaneous frequency"
    return _of_frames(MagnitudeIF(transform, log_floor=log_floor), transform, what)


def _of_frames(transform: Any, stft: Any, what: str) -> TransformRoundTrip:
    check(isinstance(stft, STFT), "transform must be an STFT", stft)
    size, hop_length = stft.n_fft, stft.hop_length
    return TransformRoundTrip(
        transform_at=lambda sample_rate: transform,
        numbers_at=lambda sample_rate: 2 * (size // 2 + 1) * sample_rate / hop_length,
        description=f"{what}: {size} samples at a time, {hop_length} apart.",
    )


def cqt(
    *, bins_per_octave: int = 12, fmin: float = 32.703, layout: Layout = "octaves"
) -> TransformRoundTrip:
    """The round trip through a constant-Q transform; see ``spectrotools.CQT``."""

    def transform_at(sample_rate: int) -> CQT:
        lowest = min(fmin, sample_rate / 8)  # of a rate that hears nothing so high
        return CQT(
            sample_rate=sample_rate, bins_per_octave=bins_per_octave, fmin=lowest, layout=layout
        )

    def numbers_at(sample_rate: int) -> float:
        return sum(2 * sample_rate / hop for hop in transform_at(sample_rate).hop_lengths)

    return TransformRoundTrip(
        transform_at=transform_at,
        numbers_at=numbers_at,
        description=(
            f"The constant-Q transform, {bins_per_octave} bins to the octave from {fmin:g} Hz."
        ),
    )


def mdct(*, win_length: int = 2048, window: LappedWindow = "sine") -> TransformRoundTrip:
    """The round trip through a modified discrete cosine transform; see ``spectrotools.MDCT``."""
    transform = MDCT(win_length=win_length, window=window)
    return TransformRoundTrip(
        transform_at=lambda sample_rate: transform,
        numbers_at=float,
        description=(
            f"The modified discrete cosine transform: {transform.win_length} samples at a time, "
            f"{transform.hop_length} apart, as audio codecs make it."
        ),
    )


def pqmf(*, n_bands: int = 4, reconstruction: Reconstruction = "near") -> TransformRoundTrip:
    """The round trip through a bank of filters; see ``spectrotools.PQMF``."""
    transform = PQMF(n_bands=n_bands, reconstruction=reconstruction)
    return TransformRoundTrip(
        transform_at=lambda sample_rate: transform,
        numbers_at=float,
        description=(
            f"{transform.n_bands} bands of the spectrum, each at a lower rate, of "
            f"{reconstruction} reconstruction."
        ),
        way_back="synthesis",
    )


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
