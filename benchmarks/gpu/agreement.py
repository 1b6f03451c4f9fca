"""How far a result is from TensorFlow's on the CPU. NumPy alone.

What is no number is as far as can be: NumPy's maximum passes it on, where Python's may not.
"""

from collections.abc import Callable, Sequence

import numpy as np

__all__ = ["LIMITS", "disagreement"]

Arrays = Sequence[np.ndarray]


def _peak_error(results: Arrays, wanted: Arrays, inputs: Arrays) -> float:
    """The largest error of each array over its peak."""
    errors = [
        np.max(np.abs(result - value)) / max(float(np.max(np.abs(value))), 1e-30)
        for result, value in zip(results, wanted, strict=True)
    ]
    return float(np.max(errors))


def _energy_error(results: Arrays, wanted: Arrays, inputs: Arrays) -> float:
    """The root of an error's energy in that of each array.

    For gradients of logarithms: of a bin next to silence they are as large as rounding makes them.
    """
    pairs = zip(results, wanted, strict=True)
    return float(np.max([np.linalg.norm(r - w) / np.linalg.norm(w) for r, w in pairs]))


def _unequal(results: Arrays, wanted: Arrays, inputs: Arrays) -> float:
    """The share of numbers that are not the same."""
    pairs = zip(results, wanted, strict=True)
    return float(np.max([np.mean(result != value) for result, value in pairs]))


def _undecided(results: Arrays, wanted: Arrays, inputs: Arrays) -> float:
    """The share of numbers that are more than 5 cents apart."""
    (result,), (value,) = results, wanted
    near = np.abs(result - value) <= value * (2 ** (5 / 1200) - 1)
    return float(np.mean(~near))  # what is no number is not near


def _phase_error(results: Arrays, wanted: Arrays, inputs: Arrays) -> float:
    """The largest error of log magnitudes, or of frequencies in half turns, where it is loud.

    A frequency comes of a phase, which a quiet bin does not tell; 1 and -1 are the same.
    """
    loud = wanted[0] > np.max(wanted[0]) - np.log(1e4)
    magnitude = np.abs(results[0] - wanted[0])[loud]
    frequency = np.abs(np.mod(results[1] - wanted[1] + 1, 2) - 1)[loud]
    return float(np.max([np.max(magnitude), np.max(frequency)]))


def _convergence(results: Arrays, wanted: Arrays, inputs: Arrays) -> float:
    """The difference in spectral convergence, dB, of sounds at 1024/256 to magnitudes."""
    magnitudes, decibels = inputs[0], []
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(1024) / 1024)
    for sound in (results[0], wanted[0]):
        padded = np.pad(sound, [(0, 0), (512, 1024)])
        starts = 256 * np.arange(magnitudes.shape[-2])
        frames = padded[:, starts[:, None] + np.arange(1024)]
        error = np.linalg.norm(np.abs(np.fft.rfft(frames * window)) - magnitudes)
        decibels.append(20 * np.log10(error / np.linalg.norm(magnitudes)))
    return abs(decibels[0] - decibels[1])


_JUDGES: dict[str, tuple[Callable[[Arrays, Arrays, Arrays], float], float]] = {
    "close": (_peak_error, 1e-5),
    "steep": (_energy_error, 1e-3),
    "equal": (_unequal, 0.0),
    "decisions": (_undecided, 1e-3),
    "phase": (_phase_error, 1e-3),
    "convergence": (_convergence, 0.2),
}
LIMITS = {name: limit for name, (_, limit) in _JUDGES.items()}


def disagreement(judge: str, results: Arrays, wanted: Arrays, inputs: Arrays) -> float:
    """How far apart two results are, in the unit of :data:`LIMITS`."""
    return _JUDGES[judge][0](results, wanted, inputs)
