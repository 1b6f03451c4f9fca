"""Frames: where the windows of a transform stand on a signal, and whether they can be undone."""

import dataclasses
import warnings
from typing import Any, Literal

import numpy as np

from .._validate import check, integer, one_of
from ..ops.framing import PadMode
from ..ops.windows import (
    Window,
    nola_ratio,
    plain_window,
    window_derivative,
    window_samples,
)
from .framed import Framed

__all__ = ["Convention", "Frames"]

Convention = Literal["librosa", "tf", "torch", "hifigan", "ddsp"]

_PAD_MODES: dict[str | None, PadMode] = {"torch": "reflect", "hifigan": "reflect"}
_AT_START = ("tf", "ddsp")  # conventions whose first frame starts at the first sample
_REFUSED, _WARNED = 1e-6, 1e-2
_LARGEST = 2**24  # samples: six minutes of sound in one frame; beyond, it is a slip of the pen


@dataclasses.dataclass(frozen=True, kw_only=True)
class Frames(Framed):
    """The frames of a signal, settled and checked; :class:`~.stft.STFT` says what each setting is.

    What is left None becomes a number when the value is built.
    """

    n_fft: int
    hop_length: int = None  # type: ignore[assignment]  # None is settled in __post_init__
    win_length: int = None  # type: ignore[assignment]
    window: Window = "hann"
    pad_mode: PadMode = None  # type: ignore[assignment]
    convention: Convention | None = None

    def __post_init__(self) -> None:
        self._settle("n_fft", integer("n_fft", self.n_fft, 1, _LARGEST))
        win_length = self.n_fft if self.win_length is None else self.win_length
        self._settle("win_length", integer("win_length", win_length, 1, self.n_fft))
        hop_length = max(self.win_length // 4, 1) if self.hop_length is None else self.hop_length
        self._settle("hop_length", integer("hop_length", hop_length, 1, self.win_length))
        if self.convention is not None:
            one_of("convention", self.convention, Convention)
        if self.pad_mode is None:
            self._settle("pad_mode", _PAD_MODES.get(self.convention, "constant"))
        one_of("pad_mode", self.pad_mode, PadMode)
        self._settle("window", plain_window(self.window))
        check(
            self.convention not in _AT_START or self.pad_mode == "constant",
            f"pad_mode must be 'constant' in convention {self.convention!r}",
            self.pad_mode,
        )
        self._check_invertible()

    def _settle(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    def _check_invertible(self) -> None:
        ratio = self.conditioning
        check(
            ratio >= _REFUSED,
            f"hop_length={self.hop_length} leaves samples unseen by the window {self.window!r} of "
            f"win_length={self.win_length}: the smallest sum of squared windows must be at least "
            f"{_REFUSED} of the largest (choose a smaller hop_length)",
            ratio,
        )
        if ratio < _WARNED:
            warnings.warn(
                f"hop_length={self.hop_length} makes the inverse imprecise: the smallest sum of "
                f"squared windows is {ratio:.1e} of the largest (below {_WARNED}).",
                stacklevel=4,
            )

    @property
    def window_samples(self) -> np.ndarray:
        """The window inside its frame of zeros, float64 ``[n_fft]``."""
        return window_samples(*self._placed_window)

    @property
    def window_derivative(self) -> np.ndarray:
        """The derivative of the window by time in samples, float64 ``[n_fft]``."""
        return window_derivative(*self._placed_window)

    @property
    def edge(self) -> float:
        """How high the window is where it begins, over its peak: 0 where there is no step."""
        samples = self.window_samples
        return float(abs(samples[self._placed_window[3]]) / np.max(np.abs(samples)))

    @property
    def _placed_window(self) -> tuple[Window, int, int, int, bool]:
        """The window, its length, that of the frame, where it begins, whether it is periodic."""
        is_tf = self.convention in _AT_START
        offset = 0 if is_tf else (self.n_fft - self.win_length) // 2
        periodic = not is_tf or self.win_length % 2 == 0
        return self.window, self.win_length, self.n_fft, offset, periodic

    @property
    def conditioning(self) -> float:
        """Smallest over largest sum of squared windows, in [0, 1]: 1 is the best inverse."""
        return nola_ratio(self.window_samples, self.hop_length)

    @property
    def delay(self) -> int:
        """Samples by which the first frame starts before the signal does."""
        if self.convention in _AT_START:
            return 0
        if self.convention == "hifigan":
            return (self.n_fft - self.hop_length) // 2
        return self.n_fft // 2

    @property
    def frame_length(self) -> int:
        """Samples that a frame sees: ``n_fft``."""
        return self.n_fft

    @property
    def middle(self) -> int:
        """The sample of a frame at whose time the frame stands."""
        return self.win_length // 2 if self.convention in _AT_START else self.n_fft // 2

    @property
    def covers(self) -> bool:
        """Whether the frames cover all of a signal: those of a peer may not."""
        return self.convention is None

    @property
    def surplus(self) -> int:
        """Samples beyond ``(frames - 1) * hop_length`` of the shortest signal, maybe below 0."""
        if self.convention is None:
            return 1 - self.hop_length
        if self.convention == "ddsp":
            return 1
        return (self.win_length if self.convention == "tf" else self.n_fft) - 2 * self.delay

    def frequencies(self, sample_rate: float) -> np.ndarray:
        """Centre frequency of every bin, Hz, float64 ``[n_fft // 2 + 1]``."""
        check(sample_rate > 0, "sample_rate must be above 0 Hz", sample_rate)
        return np.fft.rfftfreq(self.n_fft, 1.0 / sample_rate)

    def times(self, frames: int, sample_rate: float) -> np.ndarray:
        """Time of the middle of every frame, seconds, float64 ``[frames]``."""
        check(sample_rate > 0, "sample_rate must be above 0 Hz", sample_rate)
        return (np.arange(frames) * self.hop_length + self.middle - self.delay) / sample_rate
