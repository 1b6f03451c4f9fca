"""An instrument of which everything is known, for tests and first runs."""

from collections.abc import Sequence

import numpy as np

from .._validate import check, integer, number
from ..ops.oscillators import harmonic_synthesis
from .cuts import Cuts
from .features import Features
from .memory import InMemory

__all__ = ["SyntheticNotes"]

_LOWEST, _HIGHEST = 48, 72  # MIDI numbers of the notes
_FADE_SECONDS = 0.02
_DEPTH = 0.2  # of the vibrato, semitones
_VIBRATO_HZ = 5.5


class SyntheticNotes(InMemory):
    r"""Play notes on an additive instrument, whose harmonics are known.

    An example is a phrase of notes of equal length, of random pitch and level, with a vibrato:

    .. math:: x(t) = a(t) \sum_{k} h_k \sin\left(2 \pi k \int_0^t f_0\right)

    of the shares :math:`h_k` of the harmonics, whose sum is 1. Pitch is the one that was played,
    of full confidence while something sounds; loudness is measured, as that of a recording is.

    Args:
        count: examples, at least 1.
        features: rates, and how loudness is measured; None is ``Features()``.
        example_seconds: length of an example.
        notes: of an example, at least 1.
        harmonics: how strong each is, beginning with the fundamental; at least 0, with a sum
            above 0.
        seed: of pitches and levels, an integer of at least 0.

    Attributes:
        harmonic_distribution: :math:`h_k`, float64 ``[harmonics]``.

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> import spectrotools as st
        >>> notes = st.data.SyntheticNotes(count=4, example_seconds=1.0, seed=0)
        >>> batch = next(iter(notes.dataset(batch_size=2)))
        >>> tuple(batch["audio"].shape), tuple(batch["f0_hz"].shape)
        ((2, 16000), (2, 250))
    """

    def __init__(
        self,
        count: int = 64,
        *,
        features: Features | None = None,
        example_seconds: float = 4.0,
        notes: int = 4,
        harmonics: Sequence[float] = (1.0, 0.6, 0.4, 0.3, 0.2, 0.15, 0.1, 0.05),
        seed: int = 0,
    ):
        integer("count", count, 1)
        integer("notes", notes, 1)
        integer("seed", seed, 0)
        features = features or Features()
        cuts = Cuts(example_seconds=example_seconds, hop_seconds=example_seconds)
        strengths = np.array([number("harmonics", value, 0.0) for value in harmonics])
        check(strengths.sum() > 0, "harmonics must have a sum above 0", harmonics)
        self.harmonic_distribution = strengths / strengths.sum()
        rng = np.random.default_rng(seed)
        samples = cuts.n_samples(features)
        cuts.hop_samples(features)
        phrases = [
            _played(_phrase(rng, samples, notes, features), self.harmonic_distribution, features)
            for _ in range(count)
        ]
        super().__init__(phrases, cuts, features)


def _phrase(
    rng: np.random.Generator, samples: int, notes: int, features: Features
) -> tuple[np.ndarray, np.ndarray]:
    """Fundamental and amplitude at every frame."""
    frames = features.n_frames(samples)
    time = np.arange(frames) / features.frame_rate
    place = np.arange(frames) * notes / frames
    note = np.minimum(place.astype(int), notes - 1)
    pitch = rng.integers(_LOWEST, _HIGHEST + 1, notes)[note]
    level_db = rng.uniform(-30.0, -6.0, notes)[note]
    pitch = pitch + _DEPTH * np.sin(2 * np.pi * _VIBRATO_HZ * time + rng.uniform(0, 2 * np.pi))
    edge = np.minimum(place - note, note + 1 - place) * frames / notes / features.frame_rate
    amplitude = 10 ** (level_db / 20) * np.minimum(edge / _FADE_SECONDS, 1.0)
    return 440.0 * 2 ** ((pitch - 69) / 12), amplitude


def _played(
    controls: tuple[np.ndarray, np.ndarray], shares: np.ndarray, features: Features
) -> dict[str, np.ndarray]:
    """The sound of a phrase, and what it is."""
    f0_hz, amplitude = (control.astype(np.float32) for control in controls)
    sound = harmonic_synthesis(
        f0_hz,
        amplitude,
        np.broadcast_to(shares, (len(f0_hz), len(shares))).astype(np.float32),
        sample_rate=features.sample_rate,
        hop_length=features.hop_length,
    )
    audio = np.asarray(sound)
    return {
        "audio": audio,
        "f0_hz": f0_hz,
        "f0_confidence": (amplitude > 0).astype(np.float32),
        "loudness_db": features.loudness(audio),
    }
