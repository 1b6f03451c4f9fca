"""Window functions and the sums that decide whether an overlap-add can be inverted."""

import functools
import numbers
from typing import Any

import numpy as np
import scipy.signal

from .._validate import check

__all__ = [
    "Window",
    "canonical_dual",
    "nola_ratio",
    "overlap_sums",
    "plain_window",
    "window_derivative",
    "window_samples",
]

_RULE = (
    "window must be a name or a tuple that scipy.signal.get_window knows "
    "(for example 'hann' or ('kaiser', 14.0))"
)

Window = str | tuple[Any, ...]


def plain_window(window: Any) -> Window:
    """Bring a window's name and parameters into a form that hashes and survives JSON."""
    if isinstance(window, str):
        return window
    check(isinstance(window, (tuple, list)) and len(window) > 0, _RULE, window)
    check(isinstance(window[0], str), _RULE, window)
    return (window[0], *(_plain_number(parameter, window) for parameter in window[1:]))


def _plain_number(parameter: Any, window: Any) -> Any:
    if isinstance(parameter, (tuple, list, np.ndarray)):
        return tuple(_plain_number(number, window) for number in parameter)
    check(isinstance(parameter, numbers.Real), _RULE, window)
    return float(parameter)


@functools.lru_cache(maxsize=64)
def window_samples(
    window: Window, win_length: int, frame_length: int, offset: int, periodic: bool = True
) -> np.ndarray:
    """Sample a window and place it in a frame of zeros.

    Args:
        window: a name or tuple that ``scipy.signal.get_window`` knows, e.g. ``"hann"`` or
            ``("kaiser", 14.0)``.
        win_length: length of the window, samples.
        frame_length: length of the frame, samples, at least ``offset + win_length``.
        offset: first sample of the window inside the frame.
        periodic: one period of a periodic window, or else symmetric.

    Returns:
        float64 array ``[frame_length]``, read-only.

    Raises:
        ValueError: if SciPy does not know the window.
    """
    try:
        samples = scipy.signal.get_window(window, win_length, fftbins=periodic)
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{_RULE}; got {window!r}.") from error
    frame = np.zeros(frame_length)
    frame[offset : offset + win_length] = samples
    frame.setflags(write=False)
    return frame


@functools.lru_cache(maxsize=64)
def window_derivative(
    window: Window, win_length: int, frame_length: int, offset: int, periodic: bool = True
) -> np.ndarray:
    """Differentiate a window, of :func:`window_samples` of the same arguments, by its place.

    It is the derivative of the trigonometric polynomial through the samples of a period: exact of
    windows that are sums of a few cosines, such as Hann's. The steps of a window that does not
    fall to 0 at its ends are not in it.

    Returns:
        float64 array ``[frame_length]``, per sample, read-only.
    """
    period = max(win_length if periodic else win_length - 1, 1)
    samples = window_samples(window, win_length, frame_length, offset, periodic)
    spectrum = np.fft.rfft(samples[offset : offset + period])
    harmonics = np.arange(len(spectrum)) * (np.arange(len(spectrum)) != period / 2)
    slope = np.fft.irfft(2j * np.pi / period * harmonics * spectrum, period)
    frame = np.zeros(frame_length)
    frame[offset : offset + win_length] = np.resize(slope, win_length)
    frame.setflags(write=False)
    return frame


def _rows(samples: np.ndarray, hop_length: int) -> np.ndarray:
    """Cut a frame into rows of one hop: ``[ceil(frame_length / hop_length), hop_length]``."""
    padding = -len(samples) % hop_length
    return np.pad(samples, (0, padding)).reshape(-1, hop_length)


def overlap_sums(window: np.ndarray, hop_length: int) -> np.ndarray:
    r"""Running sums of the squared window over its rows of one hop.

    Row :math:`i` is :math:`\sum_{j<i} w^2[j H + r]`, so that the window sum under frames whose
    rows ``j`` run over ``[low, high)`` is ``sums[high] - sums[low]``, and the last row is the
    steady sum under an endless train of frames.

    Returns:
        float64 array ``[ceil(frame_length / hop_length) + 1, hop_length]``.
    """
    squares = _rows(window**2, hop_length)
    return np.concatenate([np.zeros((1, hop_length)), np.cumsum(squares, axis=0)])


def nola_ratio(window: np.ndarray, hop_length: int) -> float:
    """Smallest over largest steady sum of squared windows: 0 where a sample is never seen."""
    steady = overlap_sums(window, hop_length)[-1]
    return float(steady.min() / steady.max())


def canonical_dual(window: np.ndarray, hop_length: int) -> np.ndarray:
    r"""Divide a window by its steady sum, :math:`w[n] / \sum_j w^2[n - jH]`.

    Overlap-adding frames weighted by it undoes an analysis by ``window`` wherever all the
    frames over a sample are there.

    References:
        Griffin and Lim, "Signal estimation from modified short-time Fourier transform", IEEE
        TASSP 32(2), 1984, eq. 6.
    """
    rows = _rows(window, hop_length)
    steady = overlap_sums(window, hop_length)[-1]
    return (rows / steady).reshape(-1)[: len(window)]
