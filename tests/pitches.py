"""Sounds with a pitch and without one, for every tracker."""

import numpy as np

RATE = 16000
RANGE = {"sample_rate": RATE, "fmin": 80.0, "fmax": 1000.0, "hop_length": 160}
TIME = np.arange(RATE) / RATE


def cents(f0_hz, true_hz) -> np.ndarray:
    """How far frequencies are from the true ones, in absolute value."""
    return np.abs(1200 * np.log2(np.asarray(f0_hz) / true_hz))


def rich(f0_hz: float, n_harmonics: int = 5) -> np.ndarray:
    """A second of a tone with a fundamental and harmonics above it."""
    return sum(np.sin(2 * np.pi * k * f0_hz * TIME + k) / k for k in range(1, n_harmonics + 1))


# What has no pitch of 80 to 1000 Hz.
UNPITCHED = {
    "silence": np.zeros(RATE),
    "an offset": np.full(RATE, 0.3),
    "a ramp": TIME,
    "a step": np.repeat([0.0, 1.0], RATE // 2),
    "a click": np.eye(1, RATE, RATE // 2)[0],
    "white noise": np.random.default_rng(1).standard_normal(RATE),
    "brown noise": 0.01 * np.cumsum(np.random.default_rng(2).standard_normal(RATE)),
    "a sine an octave below fmin": np.sin(2 * np.pi * 40.0 * TIME),
    "a tone an octave below fmin": rich(40.0),
    "a sine below fmin": np.sin(2 * np.pi * 70.0 * TIME),
    "one sample": np.ones(1),
}
# What has one of 200 Hz.
PITCHED = {
    "a tone": rich(200.0),
    "a loud one": 1e18 * rich(200.0),
    "a soft one": 1e-20 * rich(200.0),
    "clipped": np.clip(5 * rich(200.0), -0.5, 0.5),
    "beside a hundred times its offset": 0.9 + 0.01 * rich(200.0),
    "without its fundamental": rich(200.0) - np.sin(2 * np.pi * 200.0 * TIME + 1),
}
