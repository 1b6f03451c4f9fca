"""How numbers are spread, in memory that does not grow with how many they are."""

import dataclasses
import math
from typing import Any, Self

import numpy as np

__all__ = ["Spread"]

_QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


@dataclasses.dataclass
class Spread:
    """Count, mean, deviation, ends and a histogram, to which more can be joined."""

    width: float  # of a bin of the histogram; bin k is [k width, (k + 1) width)
    count: int = 0
    mean: float = 0.0
    squares: float = 0.0  # the sum of squared deviations from the mean
    low: float = math.inf
    high: float = -math.inf
    bins: dict[int, int] = dataclasses.field(default_factory=dict)

    @classmethod
    def of(cls, values: np.ndarray, width: float) -> Self:
        """The spread of some numbers."""
        if not values.size:
            return cls(width)
        values = values.astype(np.float64)
        places, counts = np.unique(np.floor(values / width).astype(int), return_counts=True)
        mean = float(values.mean())
        return cls(
            width,
            int(values.size),
            mean,
            float(np.sum((values - mean) ** 2)),
            float(values.min()),
            float(values.max()),
            dict(zip(places.tolist(), counts.tolist(), strict=True)),
        )

    def join(self, other: "Spread") -> None:
        """Take another's numbers in.

        References:
            Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing sample
            variances", 1979, equation 1.5.
        """
        count = self.count + other.count
        if not other.count:
            return
        apart = other.mean - self.mean
        self.mean += apart * other.count / count
        self.squares += other.squares + apart**2 * self.count * other.count / count
        self.count = count
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)
        for place, found in other.bins.items():
            self.bins[place] = self.bins.get(place, 0) + found

    def quantile(self, share: float) -> float:
        """The number below which that share lies, to a bin's width."""
        places = sorted(self.bins)
        passed = np.cumsum([self.bins[place] for place in places])
        wanted = share * self.count
        index = min(int(np.searchsorted(passed, wanted)), len(places) - 1)
        inside = self.bins[places[index]]
        into = (wanted - (passed[index] - inside)) / inside
        value = (places[index] + into) * self.width
        return float(min(max(value, self.low), self.high))

    def summary(self) -> dict[str, Any]:
        """What people and models want to know; None where there is nothing."""
        if not self.count:
            return {"count": 0, "mean": None, "std": None, "min": None, "max": None}
        return {
            "count": self.count,
            "mean": self.mean,
            "std": math.sqrt(self.squares / self.count),
            "min": self.low,
            "max": self.high,
            "quantiles": {f"{share:g}": self.quantile(share) for share in _QUANTILES},
        }

    def as_json(self) -> dict[str, Any]:
        """All of it, as JSON can hold it."""
        values = dataclasses.asdict(self) | {"bins": sorted(self.bins.items())}
        return values if self.count else {"width": self.width}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """What ``as_json`` gave."""
        return cls(**values | {"bins": {place: count for place, count in values.get("bins", [])}})
