"""What a model is told of a sound: its pitch, how sure that is, and its loudness."""

import dataclasses
import math
from typing import Any

import numpy as np

from .._validate import check, integer, number
from .._value import Value
from ..ops.loudness import loudness
from ..ops.pyin import pyin

__all__ = ["FEATURES", "FLOOR_DB", "Features"]

FEATURES = ("f0_hz", "f0_confidence", "loudness_db")  # of a frame
FLOOR_DB = -80.0  # what is lower, silence included, is that
_PIECE_SECONDS = 30  # tracked at a time, for the path through all frames is in memory
_CONTEXT_SECONDS = 1  # heard on either side of a piece; holds the longest frame


@dataclasses.dataclass(frozen=True, kw_only=True)
class Features(Value):
    """Measure pitch and loudness of a recording, frame by frame.

    Frame k is centred on sample k H of a hop H = sample_rate / frame_rate, so that a signal of n
    samples has ceil(n / H) frames. Pitch is that of :func:`pyin`, which goes on where there is
    none; loudness is that of :func:`loudness` in DDSP's convention.

    Longer sound is tracked in pieces of 30 s, each with a second of what is around it, so that
    memory does not grow with it: loudness is the same, and pitch is but where a path would be
    decided by what is more than a second away.

    Args:
        sample_rate: Hz, an integer of at least 1000.
        frame_rate: frames a second, an integer that divides ``sample_rate``.
        fmin: the lowest fundamental, Hz, at least 20.
        fmax: the highest fundamental, Hz, above ``fmin`` and at most half the sample rate.
        n_fft: samples of a frame of loudness, even, at least a hop and at most a second.

    Raises:
        ValueError: if a setting is out of its range.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> tone = 0.1 * np.sin(2 * np.pi * 220 * np.arange(8000) / 16000)
        >>> measured = st.data.Features()(tone.astype("float32"))
        >>> len(measured["f0_hz"]), f"{measured['f0_hz'][60]:.1f} Hz"
        (125, '220.0 Hz')

    References:
        Engel, Hantrakul, Gu, Roberts, "DDSP: differentiable digital signal processing", ICLR
        2020, section 3 (which features); those of :func:`pyin` and :func:`loudness`.
    """

    sample_rate: int = 16000
    frame_rate: int = 250
    fmin: float = 50.0
    fmax: float = 2000.0
    n_fft: int = 512

    def __post_init__(self) -> None:
        integer("sample_rate", self.sample_rate, 1000)
        integer("frame_rate", self.frame_rate, 1, self.sample_rate)
        rule = f"frame_rate must divide sample_rate={self.sample_rate}"
        check(self.sample_rate % self.frame_rate == 0, rule, self.frame_rate)
        number("fmin", self.fmin, 20.0)
        number("fmax", self.fmax, 0.0, self.sample_rate / 2)
        check(self.fmax > self.fmin, f"fmax must be above fmin={self.fmin:g}", self.fmax)
        integer("n_fft", self.n_fft, self.hop_length, self.sample_rate)
        check(self.n_fft % 2 == 0, "n_fft must be even", self.n_fft)

    @property
    def hop_length(self) -> int:
        """Samples from frame to frame."""
        return self.sample_rate // self.frame_rate

    def n_frames(self, n_samples: int) -> int:
        """How many frames a signal of so many samples has."""
        return -(-n_samples // self.hop_length)

    def __call__(self, audio: Any) -> dict[str, np.ndarray]:
        """Measure a signal.

        Args:
            audio: ``[time]``, at least one sample, at ``sample_rate``.

        Returns:
            float32 ``[ceil(time / hop_length)]`` each: ``f0_hz``, above 0 in every frame, the
            best guess also where there is no pitch; ``f0_confidence`` in [0, 1], how sure it is
            that there is; ``loudness_db``, at least -80.

        Raises:
            ValueError: if ``audio`` is no signal of one channel, or has a sample that is not a
                finite number.
        """
        audio = np.asarray(audio, np.float32)
        check(audio.ndim == 1 and audio.size > 0, "audio must be [time], not empty", audio.shape)
        check(bool(np.isfinite(audio).all()), "audio must hold finite numbers", math.nan)
        frames, size = self.n_frames(len(audio)), _PIECE_SECONDS * self.frame_rate
        starts = range(0, frames, size)
        pieces = [self._piece(audio, start, min(start + size, frames)) for start in starts]
        return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}

    def _piece(self, audio: np.ndarray, start: int, stop: int) -> dict[str, np.ndarray]:
        """The frames [start, stop)."""
        hop, context = self.hop_length, _CONTEXT_SECONDS * self.frame_rate
        begin = max(start - context, 0)
        heard = audio[begin * hop : (stop + context) * hop]
        track = pyin(
            heard, sample_rate=self.sample_rate, fmin=self.fmin, fmax=self.fmax, hop_length=hop
        )
        inside = slice(start - begin, stop - begin)
        return {
            "f0_hz": track.f0_hz.numpy()[inside],
            "f0_confidence": track.probability.numpy()[inside],
            "loudness_db": self.loudness(heard)[inside],
        }

    def loudness(self, audio: np.ndarray) -> np.ndarray:
        """Measure loudness alone, float32 ``[ceil(time / hop_length)]``, of a short signal."""
        level = loudness(
            audio,
            sample_rate=self.sample_rate,
            hop_length=self.hop_length,
            n_fft=self.n_fft,
            floor_db=FLOOR_DB,
            convention="ddsp",
        )
        return level.numpy()[: self.n_frames(len(audio))]
