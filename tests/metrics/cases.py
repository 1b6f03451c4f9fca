"""Every public metric of pairs, once, and what the laws in ``laws/test_metrics.py`` need of it."""

import dataclasses
import functools
from collections.abc import Callable

import numpy as np

import spectrotools as st

__all__ = ["CASES", "NOT_OF_PAIRS", "Case"]

RATE = 8000


def _sounds(rng: np.random.Generator, shape: tuple[int, ...], much: float) -> np.ndarray:
    """A tone in noise, and the same with so much noise more."""
    tone = np.sin(2 * np.pi * 200 * np.arange(shape[-1]) / RATE)
    sound = tone + 0.05 * rng.standard_normal(shape)
    return np.stack([sound, sound + much * rng.standard_normal(shape)])


def _tracks(rng: np.random.Generator, shape: tuple[int, ...], much: float) -> np.ndarray:
    """Tracks that are voiced at times, and the same with errors of pitch and voicing."""
    reference = 200 * 2 ** rng.uniform(-1, 1, shape) * (rng.uniform(0, 1, shape) < 0.6)
    wrong = rng.uniform(0, 1, shape) < 0.4 * much
    other = np.where(rng.uniform(0, 1, shape) < 0.5, 0.0, 333.0)
    estimate = reference * 2 ** (much * rng.standard_normal(shape) / 24)
    return np.stack([reference, np.where(wrong, other, estimate)])


def _sets(rng: np.random.Generator, shape: tuple[int, ...], much: float) -> np.ndarray:
    """Two sets of embeddings, of which one strays."""
    sets = rng.standard_normal((2, 300, 4))
    sets[1] = sets[0] + much * (1 + sets[1])
    return sets


@dataclasses.dataclass(frozen=True)
class Case:
    """A metric and what it is given.

    Attributes:
        id: unique, starts with the name of the metric.
        settings: keyword arguments.
        inputs: from a random generator, a shape and an amount of error to reference and estimate.
        best: its value where both are equal.
        rises: whether nearer is higher.
        tensors: whether TensorFlow computes it, one number a signal.
        offline: whether NumPy computes it, one number a signal.
        k: agreement between ways of running, in eps of the dtype and of the largest value.
    """

    id: str
    settings: dict = dataclasses.field(default_factory=dict)
    inputs: Callable = _sounds
    best: float = 0.0
    rises: bool = False
    tensors: bool = True
    offline: bool = False
    k: float = 256.0

    @property
    def name(self) -> str:
        return self.id.split(" ")[0]

    @property
    def metric(self) -> Callable:
        return functools.partial(getattr(st.metrics, self.name), **self.settings)


_RATED = {"sample_rate": RATE}
_ACCURACY = {"inputs": _tracks, "best": 1.0, "rises": True}
_OF_SETS = {"inputs": _sets, "tensors": False}

CASES = [
    Case("f0_rmse", inputs=_tracks),
    Case("f0_rmse hz", {"unit": "hz"}, inputs=_tracks),
    Case("frechet_distance", **_OF_SETS),
    Case("kernel_distance", **_OF_SETS),
    Case("kernel_distance gaussian", {"kernel": "gaussian"}, **_OF_SETS),
    Case("log_spectral_distance"),
    Case("log_spectral_distance short", {"stft": st.STFT(n_fft=256), "floor_db": -60.0}),
    Case("loudness_error", _RATED),
    Case("mel_cepstral_distortion", _RATED, tensors=False, offline=True),
    Case(
        "mel_cepstral_distortion unaligned",
        {**_RATED, "alignment": "none"},
        tensors=False,
        offline=True,
    ),
    Case("multi_resolution_stft_distance"),
    Case("overall_accuracy", **_ACCURACY),
    # Of two correlations that are nearly equal, the square root of rounding is left.
    Case("periodicity_error", _RATED, k=2000.0),
    Case("periodicity_rmse"),
    Case("raw_chroma_accuracy", **_ACCURACY),
    Case("raw_pitch_accuracy", **_ACCURACY),
    Case("si_sdr", best=np.inf, rises=True, k=1000.0),
    Case("si_sdr zero_mean", {"zero_mean": True}, best=np.inf, rises=True, k=1000.0),
    Case("snr", best=np.inf, rises=True),
    Case("spectral_convergence", best=-np.inf),
    Case("voicing_f1", **_ACCURACY),
    Case("voicing_false_alarm", inputs=_tracks),
    Case("voicing_recall", **_ACCURACY),
]

# Metrics of other things, what they return, and what helps them; tested in files of their own.
NOT_OF_PAIRS = {
    "DifferentBins",
    "ExtrapolatedDistance",
    "SignalMetric",
    "bootstrap_interval",
    "dtw",
    "extrapolated_frechet_distance",
    "gaussian_frechet_distance",
    "inception_score",
    "number_of_different_bins",
    "periodicity",
}
