"""Low-pass filters that cosines modulate into banks of bands."""

import functools

import numpy as np
import scipy.linalg
import scipy.optimize

__all__ = ["kaiser_prototype", "perfect_prototype"]

_TOLERANCE, _STEPS = 4e-16, 30  # of the conditions of perfect reconstruction; of either search
_SLACK = 1e-6  # by which the first search may miss them, so that its equations have a solution


def kaiser_prototype(n_bands: int, order: int, cutoff: float | None, beta: float) -> np.ndarray:
    r"""A low-pass filter by a Kaiser window, float64 ``[order + 1]``.

    Args:
        n_bands: filters of the bank.
        order: taps but one.
        cutoff: of the Nyquist frequency, in (0, 1). None is where the largest
            :math:`|\sum_n p[n]\, p[n + 2 M s]|, s \ge 1`, which is what the bank distorts by,
            is least; then its scale is best, too.
        beta: shape of the window.

    References:
        Lin and Vaidyanathan, "A Kaiser window approach for the design of prototype filters of
        cosine modulated filterbanks", IEEE SPL 5(6), 1998.
    """
    if cutoff is not None:
        return _windowed_sinc(order, cutoff, beta)
    best = _windowed_sinc(order, _cutoff(n_bands, order, beta), beta)
    return best / np.sqrt(2 * n_bands * np.sum(best**2))


def _windowed_sinc(order: int, cutoff: float, beta: float) -> np.ndarray:
    return (
        cutoff * np.sinc(cutoff * (np.arange(order + 1) - order / 2)) * np.kaiser(order + 1, beta)
    )


@functools.lru_cache(maxsize=64)
def _cutoff(n_bands: int, order: int, beta: float) -> float:
    def distortion(cutoff: float) -> float:
        prototype = _windowed_sinc(order, cutoff, beta)
        lags = np.correlate(prototype, prototype, "full")[order :: 2 * n_bands]
        return float(np.max(np.abs(lags[1:]), initial=0.0) / lags[0])

    bounds = 0.5 / n_bands, 1.0 / n_bands
    found = scipy.optimize.minimize_scalar(
        distortion, bounds=bounds, method="bounded", options={"xatol": 1e-9 / n_bands}
    )
    return float(found.x)


def perfect_prototype(n_bands: int, prototype: np.ndarray) -> np.ndarray:
    r"""Find a prototype of perfect reconstruction and little energy above its band.

    With :math:`e_j[i] = p[j + 2 M i]`, a bank is orthogonal if every pair holds

    .. math::
        \sum_i e_j[i]\, e_j[i + s] + e_{j+M}[i]\, e_{j+M}[i + s] = \frac{\delta_s}{2 M^2}.

    The energy above :math:`\pi / M` is least under these conditions, made linear about the last
    prototype, again and again; at the end steps of least size meet them. In the middle of an odd
    number of bands both of a pair are each other's mirror image: there only single taps do.

    Args:
        n_bands: filters of the bank.
        prototype: where to start, symmetric, of ``2 * n_bands * overlap`` taps.

    References:
        Koilpillai and Vaidyanathan, "Cosine-modulated FIR filter banks satisfying perfect
        reconstruction", IEEE TSP 40(4), 1992, theorem 1. Nguyen, "Digital filter bank design
        quadratic-constrained formulation", IEEE TSP 43(9), 1995.
    """
    energy = 1 / (2 * n_bands**2)
    prototype = _quiet_above(n_bands, prototype, energy)
    shape = -1, 2, n_bands  # [overlap, pair, bands]
    if n_bands % 2:
        middle = prototype.reshape(shape)[:, :, n_bands // 2]  # a view
        largest = np.abs(middle) == np.max(np.abs(middle), axis=0)
        middle[:] = np.where(largest, np.sign(middle) * np.sqrt(energy / 2), 0.0)
    for _ in range(_STEPS):
        pairs = prototype.reshape(shape).transpose(2, 1, 0)
        missed, slopes = _missed(pairs, energy)
        if np.max(np.abs(missed)) <= _TOLERANCE * energy:
            break
        steps = (np.linalg.pinv(slopes) @ missed[..., None]).reshape(pairs.shape)
        prototype = prototype - steps.transpose(2, 1, 0).reshape(-1)
        prototype = (prototype + prototype[::-1]) / 2  # rounding is not symmetric
    return prototype


def _quiet_above(n_bands: int, prototype: np.ndarray, energy: float) -> np.ndarray:
    """Search for the least energy above the band, by the first half of a symmetric prototype."""
    taps, half = np.arange(len(prototype)), len(prototype) // 2
    toeplitz = scipy.linalg.toeplitz((taps == 0) - np.sinc(taps / n_bands) / n_bands)
    above = toeplitz[:half, :half] + toeplitz[:half, ::-1][:, :half]
    above *= half / np.trace(above)
    pairs = taps.reshape(-1, 2, n_bands).transpose(2, 1, 0)[: (n_bands + 1) // 2]
    own = np.minimum(pairs, taps[-1] - pairs).reshape(len(pairs), -1)
    first = prototype[:half]
    for _ in range(_STEPS):
        missed, slopes = _missed(np.concatenate([first, first[::-1]])[pairs], energy)
        conditions = np.zeros([*missed.shape, half])
        for pair, places in enumerate(own):
            np.add.at(conditions[pair].T, places, slopes[pair].T)
        conditions = conditions.reshape(-1, half) / energy
        slack = -_SLACK * np.eye(len(conditions))
        system = np.block([[above, conditions.T], [conditions, slack]])
        right = -np.concatenate([above @ first, missed.reshape(-1) / energy])
        first = first + np.linalg.solve(system, right)[:half]
    return np.concatenate([first, first[::-1]])


def _missed(pairs: np.ndarray, energy: float) -> tuple[np.ndarray, np.ndarray]:
    """By what ``[bands, pair, overlap]`` miss the conditions, and the slopes of that."""
    bands, _, overlap = pairs.shape
    padded = np.pad(pairs, [(0, 0), (0, 0), (overlap, overlap)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, overlap, axis=-1)
    ahead = windows[:, :, overlap : 2 * overlap].transpose(0, 2, 1, 3)  # [bands, lag, pair, i]
    behind = windows[:, :, overlap:0:-1].transpose(0, 2, 1, 3)
    missed = np.einsum("mpi,mspi->ms", pairs, ahead)
    missed[:, 0] -= energy
    return missed, (ahead + behind).reshape(bands, overlap, 2 * overlap)
