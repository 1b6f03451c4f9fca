"""Transport costs beside SciPy's loop and torch, and losses that reckon with them.

``python -m benchmarks transport`` prints the tables.
"""

import os
from collections.abc import Callable, Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import scipy.stats
import tensorflow as tf
import torch

import spectrotools as st
from spectrotools.ops.transport import grid_transport_cost

from .harness import Case, compare, error_db, modes
from .plain import BATCH, RATE, SAMPLES

FRAMES, BINS, HOP = 1000, 513, 256
GRID = np.linspace(0.0, 1.0, BINS)


def _spectra() -> tuple[np.ndarray, np.ndarray]:
    """Peaks at random places, of random heights, and a floor."""
    rng = np.random.default_rng(0)
    return tuple((rng.random((2, FRAMES, BINS)) ** 16 + 1e-6).astype(np.float32))


def _with_gradient(cost: Callable, u: tf.Tensor, v: tf.Tensor) -> tuple:
    with tf.GradientTape() as tape:
        tape.watch(v)
        value = cost(u, v)
    return value, tape.gradient(value, v)


def _in_scipy(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    distance = scipy.stats.wasserstein_distance
    return np.array([distance(GRID, GRID, *pair) for pair in zip(u, v, strict=True)])


def _squares(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """The cost of squares in float64: quantile functions between all steps of both."""
    below = [np.cumsum(x, -1, dtype=np.float64) for x in (u, v)]
    below = [x[:, :-1] / x[:, -1:] for x in below]
    costs = []
    for first, second in zip(*below, strict=True):
        levels = np.sort(np.concatenate([first, second, [1.0]]))
        ends = [GRID[np.searchsorted(x, levels, side="left")] for x in (first, second)]
        costs.append(np.sum(np.diff(levels, prepend=0.0) * (ends[0] - ends[1]) ** 2))
    return np.array(costs)


def _in_torch(u: torch.Tensor, v: torch.Tensor, p: int) -> torch.Tensor:
    """The quantile functions, by a sort and two searches."""
    u, v = (torch.cumsum(x / x.sum(-1, keepdim=True), -1) for x in (u, v))
    levels, _ = torch.sort(torch.cat([u, v], -1), -1)
    places = torch.linspace(0.0, 1.0, BINS)
    first, second = (
        places[torch.searchsorted(x.detach(), levels.detach()).clamp(max=BINS - 1)] for x in (u, v)
    )
    mass = torch.diff(levels, dim=-1, prepend=torch.zeros_like(levels[:, :1]))
    return (mass * (first - second).abs() ** p).sum(-1)


def _torch_gradient(u: torch.Tensor, v: torch.Tensor, p: int) -> tuple:
    v = v.clone().requires_grad_()
    value = _in_torch(u, v, p)
    value.sum().backward()
    return value.detach(), v.grad


def _costs() -> Iterator[str]:
    u, v = _spectra()
    given = tf.constant(u), tf.constant(v)
    peers = torch.from_numpy(u), torch.from_numpy(v)
    for p, reference in ((1, _in_scipy), (2, _squares)):
        expected = reference(u, v)

        def error(result: object, expected: np.ndarray = expected) -> float:
            return error_db(result[0] if isinstance(result, tuple) else result, expected)

        def cost(u: tf.Tensor, v: tf.Tensor, p: float = float(p)) -> tf.Tensor:
            return grid_transport_cost(u, v, GRID, p=p)

        calls = modes("cost", cost, *given)
        calls |= modes("cost and gradient", lambda u, v, c=cost: _with_gradient(c, u, v), *given)
        calls["torch, sort and search"] = lambda p=p: _in_torch(*peers, p)
        calls["torch, cost and gradient"] = lambda p=p: _torch_gradient(*peers, p)
        name = "scipy.stats.wasserstein_distance" if p == 1 else "NumPy, float64"
        calls[name] = lambda r=reference: r(u, v)
        cases = [Case(name, call, error) for name, call in calls.items()]
        yield compare(
            f"Transport of {FRAMES} spectra of {BINS} bins, p = {p}", cases, FRAMES * HOP / RATE, 5
        )


def _losses() -> Iterator[str]:
    rng = np.random.default_rng(0)
    target, audio = (0.1 * rng.standard_normal((2, BATCH, SAMPLES))).astype(np.float32)
    given = tf.constant(target), tf.constant(audio)
    cqt = st.CQT(sample_rate=RATE, fmin=60.0)
    contenders = {
        "SpectralWasserstein, p = 1": st.losses.SpectralWasserstein(st.STFT(n_fft=1024)),
        "SpectralWasserstein, p = 2": st.losses.SpectralWasserstein(st.STFT(n_fft=1024), p=2),
        "JointModulation": st.losses.JointModulation(cqt),
    }
    cases = []
    for name, loss in contenders.items():
        calls = modes(name, lambda u, v, c=loss: _with_gradient(c, u, v), *given)
        cases += [Case(mode, call) for mode, call in calls.items()]
    title = f"Losses with their gradient, {BATCH} x {SAMPLES}"
    yield compare(title, cases, BATCH * SAMPLES / RATE, 3)


def tables() -> Iterator[str]:
    """Costs of transport, and the losses that no peer has."""
    yield from _costs()
    yield from _losses()
