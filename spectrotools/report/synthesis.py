"""The round trip through controls of a synthesiser: harmonics of one fundamental, and noise."""

import dataclasses
from typing import NamedTuple

import numpy as np
import scipy.ndimage
import tensorflow as tf

from .._validate import check, integer
from ..ops.filtered_noise import filtered_noise
from ..ops.harmonic_analysis import harmonic_amplitudes
from ..ops.oscillators import harmonic_synthesis, sinusoidal_synthesis
from ..ops.partials import harmonic_frequencies
from ..ops.upsampling import upsample
from ..transforms.stft import STFT
from .pitch import guess_f0, read_f0, refined_f0

__all__ = ["Controls", "HarmonicNoise", "harmonic_noise"]

_CLIP_SECONDS = 4.0  # analysed at a time
_CONTEXT_SECONDS = 0.5  # heard on either side of it
_STEADY = 5  # frames over which voicing is decided by the majority
_UNVOICED = 0.5  # of a frame's energy, left by the harmonics: then they are none


class Controls(NamedTuple):
    """What the synthesisers are told at every frame."""

    f0_hz: tf.Tensor  # [channels, frames], float64; held where there is no pitch
    harmonics: tf.Tensor  # [channels, frames, harmonics]
    noise: tf.Tensor  # [channels, frames, bands]

    def between(self, first: int, last: int | None) -> "Controls":
        """The frames from one up to another."""
        return Controls(*(part[:, first:last] for part in self))


class _State(NamedTuple):
    """What the round trip remembers between blocks."""

    sample_rate: int
    pending: tf.Tensor  # [channels, samples], those of ``behind`` synthesised already
    behind: int
    place: int  # of the next sample to synthesise, in the recording
    last: Controls | None  # the frame at this place
    phase: tf.Tensor | None  # of the fundamental at this place


@dataclasses.dataclass(frozen=True, kw_only=True)
class HarmonicNoise:
    """The way through a fundamental, the amplitudes of its harmonics, and bands of noise.

    A recording is analysed in clips, with some context on either side. Its sound is made in one
    go: the fundamental keeps its phase and the noise its place from clip to clip, and the last
    frame of one is the first of the next. It is a
    :class:`~spectrotools.report.round_trips.RoundTrip`.

    Args:
        n_harmonics: at least 1.
        n_bands: of noise, evenly spaced from 0 Hz to Nyquist, at least 2.
        hop_length: samples from one frame to the next, at least 1.
        fmin: the lowest fundamental, Hz, above 0.
        fmax: the highest fundamental, Hz, above ``fmin``.
        f0_hz: the fundamental where it is known: a number of Hz, or the path of a text file of
            lines ``seconds, Hz``. None guesses it.
        seed: of the noise.
    """

    n_harmonics: int
    n_bands: int
    hop_length: int
    fmin: float
    fmax: float
    f0_hz: float | str | None
    seed: int
    bits: None = None

    def __post_init__(self) -> None:
        integer("n_harmonics", self.n_harmonics, 1)
        integer("n_bands", self.n_bands, 2)
        integer("hop_length", self.hop_length, 1)
        integer("seed", self.seed, 0)
        check(self.fmin > 0, "fmin must be above 0 Hz", self.fmin)
        check(self.fmax > self.fmin, f"fmax must be above fmin={self.fmin}", self.fmax)
        if isinstance(self.f0_hz, int | float):
            check(self.f0_hz >= self.fmin, f"f0_hz must be at least fmin={self.fmin}", self.f0_hz)

    @property
    def description(self) -> str:
        """One sentence, for people."""
        return (
            f"One fundamental, the amplitudes of {self.n_harmonics} harmonics and {self.n_bands} "
            f"bands of noise, {self.hop_length} samples apart; no phase is kept."
        )

    def numbers_per_second(self, sample_rate: int) -> float:
        """Count the numbers of one channel."""
        return (1 + self.n_harmonics + self.n_bands) * sample_rate / self.hop_length

    def initial_state(self, channels: int, sample_rate: int) -> _State:
        """Nothing has been heard."""
        return _State(sample_rate, tf.zeros([channels, 0]), 0, 0, None, None)

    def step(self, block: tf.Tensor, state: _State) -> tuple[tf.Tensor, _State]:
        """Remake the clips that are complete."""
        state = state._replace(pending=tf.concat([state.pending, block], axis=1))
        clip, context = (
            self._samples(seconds, state.sample_rate)
            for seconds in (_CLIP_SECONDS, _CONTEXT_SECONDS)
        )
        done = [block[:, :0]]
        while state.pending.shape[1] >= state.behind + clip + context:
            heard = state.pending[:, : state.behind + clip + context]
            sound, state = self._remade(heard, clip, state)
            forget = state.behind - context
            done.append(sound)
            state = state._replace(pending=state.pending[:, forget:], behind=context)
        return tf.concat(done, axis=1), state

    def flush(self, state: _State, length: int) -> tf.Tensor:
        """Remake what is left, as one clip."""
        left = state.pending.shape[1] - state.behind
        if not left:
            return state.pending[:, :0]
        return self._remade(state.pending, left, state)[0]

    def _samples(self, seconds: float, sample_rate: int) -> int:
        """A whole number of hops."""
        return max(round(seconds * sample_rate / self.hop_length), 1) * self.hop_length

    def _remade(self, heard: tf.Tensor, length: int, state: _State) -> tuple[tf.Tensor, _State]:
        """Synthesise the next samples, from what is heard of them and around them."""
        first = state.behind // self.hop_length
        frames = 1 + -(-length // self.hop_length)
        start = state.place - state.behind
        controls = self.analyse(heard, state.sample_rate, start=start)
        controls = controls.between(first, first + frames)
        if state.last is not None:
            joined = zip(state.last, controls.between(1, None), strict=True)
            controls = Controls(*(tf.concat(pair, axis=1) for pair in joined))
        sound, phase = self.synthesise(
            controls, length, state.sample_rate, place=state.place, phase=state.phase
        )
        return sound, state._replace(
            behind=state.behind + length,
            place=state.place + length,
            last=controls.between(frames - 1, None),
            phase=phase,
        )

    def analyse(self, audio: tf.Tensor, sample_rate: int, *, start: int = 0) -> Controls:
        """Measure the controls of ``[channels, samples]``, from sample ``start`` on."""
        fmin = min(self.fmin, sample_rate / 16)  # of a rate that hears nothing so high
        grid = {"sample_rate": sample_rate, "hop_length": self.hop_length}
        f0_hz = tf.constant(self._fundamental(audio.numpy(), fmin, start=start, **grid))
        harmonics = harmonic_amplitudes(
            audio, f0_hz, n_harmonics=self.n_harmonics, fmin=fmin, **grid
        )
        heard = measured_part(f0_hz, harmonics, length=audio.shape[1], **grid)
        voicing = tf.cast(self._voiced(audio, audio - heard), audio.dtype)
        length = audio.shape[1]
        heard *= upsample(voicing, hop_length=self.hop_length, length=length, method="cosine")
        rest = audio - heard
        noise = band_magnitudes(rest, n_bands=self.n_bands, hop_length=self.hop_length)
        return Controls(f0_hz, tf.abs(harmonics) * voicing[..., None], noise)

    def _fundamental(
        self, audio: np.ndarray, fmin: float, *, start: int, sample_rate: int, hop_length: int
    ) -> np.ndarray:
        """Hz at every frame of every channel, ``[channels, frames]``: known, or guessed."""
        grid = {"sample_rate": sample_rate, "hop_length": hop_length}
        if self.f0_hz is None:
            guesses = [guess_f0(channel, fmin=fmin, fmax=self.fmax, **grid) for channel in audio]
            return refined_f0(audio, np.stack(guesses), fmin=fmin, **grid)
        frames = np.arange(1 + -(-audio.shape[1] // hop_length))
        if isinstance(self.f0_hz, str):
            known = read_f0(self.f0_hz, (start + frames * hop_length) / sample_rate)
        else:
            known = np.full(len(frames), float(self.f0_hz))
        return np.tile(known, [len(audio), 1])

    def _voiced(self, audio: tf.Tensor, rest: tf.Tensor) -> np.ndarray:
        """Where harmonics leave less than half, in most of the frames around."""
        whole, left = (energy(part, self.hop_length) for part in (audio, rest))
        return scipy.ndimage.median_filter(left < _UNVOICED * whole, size=(1, _STEADY))

    def synthesise(
        self,
        controls: Controls,
        length: int,
        sample_rate: int,
        *,
        place: int = 0,
        phase: tf.Tensor | None = None,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Make ``[channels, length]`` samples of the controls, and the phase after them."""
        tone = harmonic_synthesis(
            controls.f0_hz,
            tf.ones_like(controls.harmonics[..., 0]),
            controls.harmonics,
            sample_rate=sample_rate,
            hop_length=self.hop_length,
            length=length,
            initial_phase=phase,
            return_phase=True,
        )
        noise = filtered_noise(
            controls.noise,
            hop_length=self.hop_length,
            seed=self.seed,
            start=place,
            length=length,
            distribution="normal",
        )
        return tone.audio + noise, tone.final_phase


def harmonic_noise(
    *,
    n_harmonics: int = 100,
    n_bands: int = 65,
    hop_length: int = 512,
    fmin: float = 60.0,
    fmax: float = 1200.0,
    f0_hz: float | str | None = None,
    seed: int = 0,
) -> HarmonicNoise:
    """The round trip through harmonics and noise; see ``spectrotools.harmonic_amplitudes``."""
    return HarmonicNoise(
        n_harmonics=n_harmonics,
        n_bands=n_bands,
        hop_length=hop_length,
        fmin=fmin,
        fmax=fmax,
        f0_hz=f0_hz,
        seed=seed,
    )


def measured_part(
    f0_hz: tf.Tensor, harmonics: tf.Tensor, *, length: int, sample_rate: int, hop_length: int
) -> tf.Tensor:
    """The sound of harmonics with the phase that they were measured with, ``[channels, length]``.

    The sine of a sum: their real parts go with sines, and their imaginary ones with cosines.
    """
    frequencies = harmonic_frequencies(f0_hz, harmonics.shape[-1])
    quarter = tf.fill([harmonics.shape[-1]], tf.constant(0.5 * np.pi, tf.float64))
    return tf.add_n(
        [
            sinusoidal_synthesis(
                frequencies,
                part,
                sample_rate=sample_rate,
                hop_length=hop_length,
                length=length,
                initial_phase=phase,
            )
            for part, phase in (
                (tf.math.real(harmonics), tf.zeros_like(quarter)),
                (tf.math.imag(harmonics), quarter),
            )
        ]
    )


def energy(audio: tf.Tensor, hop_length: int) -> np.ndarray:
    """How much there is around every frame, ``[channels, frames]``."""
    spectrum = STFT(n_fft=2 * hop_length, hop_length=hop_length)(audio)
    return tf.reduce_sum(tf.abs(spectrum) ** 2, axis=-1).numpy()


def band_magnitudes(audio: tf.Tensor, *, n_bands: int, hop_length: int) -> tf.Tensor:
    """Measure how loud noise is in bands: what normal ``filtered_noise`` is to be told.

    Bands are evenly spaced from 0 Hz to Nyquist, and each reaches to its neighbours.

    Returns:
        ``[channels, frames, n_bands]``.
    """
    stft = STFT(n_fft=max(2 * hop_length, 4 * (n_bands - 1)), hop_length=hop_length)
    power = tf.abs(stft(audio)) ** 2
    place = np.linspace(0, n_bands - 1, power.shape[-1])
    weights = np.maximum(1 - np.abs(place[:, None] - np.arange(n_bands)), 0)
    weights /= weights.sum(axis=0) * (0.375 * stft.n_fft)  # the energy of a Hann window
    return tf.sqrt(tf.tensordot(power, tf.constant(weights, power.dtype), axes=1))
