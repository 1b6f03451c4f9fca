"""How a recording is cut into examples of one length."""

import dataclasses
from typing import Literal

import numpy as np

from .._validate import check, number, one_of
from .._value import Value
from .features import FLOOR_DB, Features

__all__ = ["Cuts", "Last"]

Last = Literal["pad", "drop"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cuts(Value):
    """Cut recordings into examples that may overlap.

    Args:
        example_seconds: length of an example, above 0; a whole number of samples.
        hop_seconds: from the start of one to that of the next, above 0; a whole number of frames
            of the features.
        last: what is left at the end is filled up with silence (``"pad"``) or left out
            (``"drop"``), as is then a recording that is shorter than an example.

    Raises:
        ValueError: if a setting is out of its range.

    Example:
        >>> import spectrotools as st
        >>> cuts = st.data.Cuts(example_seconds=4.0, hop_seconds=2.0)
        >>> cuts.starts(16000 * 7, st.data.Features()).tolist()
        [0, 32000, 64000]
    """

    example_seconds: float = 4.0
    hop_seconds: float = 1.0
    last: Last = "pad"

    def __post_init__(self) -> None:
        number("example_seconds", self.example_seconds, 1e-3, 3600.0)
        number("hop_seconds", self.hop_seconds, 1e-3, 3600.0)
        one_of("last", self.last, Last)

    def n_samples(self, features: Features) -> int:
        """Samples of an example."""
        return _whole("example_seconds", self.example_seconds, features.sample_rate)

    def hop_samples(self, features: Features) -> int:
        """Samples from one start to the next."""
        frames = _whole("hop_seconds", self.hop_seconds, features.frame_rate)
        return frames * features.hop_length

    def starts(self, length: int, features: Features) -> np.ndarray:
        """The first samples of the examples of a recording of ``length`` samples."""
        size, hop = self.n_samples(features), self.hop_samples(features)
        beyond = length - size
        if self.last == "drop":
            return hop * np.arange(beyond // hop + 1 if beyond >= 0 else 0)
        return hop * np.arange(max(-(-beyond // hop), 0) + 1)

    def fit(
        self, audio: np.ndarray, measured: dict[str, np.ndarray], features: Features
    ) -> dict[str, np.ndarray]:
        """Bring a recording to the end of its last example: as long as that, or cut there.

        Where there is silence, pitch is the last one, without confidence.
        """
        starts = self.starts(len(audio), features)
        length = int(starts[-1]) + self.n_samples(features) if len(starts) else 0
        fills = {"f0_confidence": 0.0, "f0_hz": measured["f0_hz"][-1], "loudness_db": FLOOR_DB}
        fitted = {
            name: _fitted(values, features.n_frames(length), fills[name])
            for name, values in measured.items()
        }
        return {"audio": _fitted(audio, length, 0.0), **fitted}


def _whole(name: str, seconds: float, rate: int) -> int:
    """Seconds in units of a rate, of which they have to be a whole number."""
    units = seconds * rate
    check(
        abs(units - round(units)) < 1e-6 and round(units) >= 1,
        f"{name} must be a whole number of 1/{rate} s",
        seconds,
    )
    return round(units)


def _fitted(values: np.ndarray, length: int, fill: float) -> np.ndarray:
    more = max(length - len(values), 0)
    return np.pad(values, (0, more), constant_values=fill)[:length].astype(np.float32)
