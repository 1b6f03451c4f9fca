r"""The K-weighting of programme loudness, at any sample rate.

ITU-R BS.1770 gives two sections at 48 kHz, a shelf for the head and a high-pass, and asks for the
same response at other rates. Here a section at another rate has poles that turn and decay as
fast, :math:`p^{48000 / f_s}`, and the zeros that give the response of the standard's section at
0 Hz, at 997 Hz, where a meter is calibrated, and as high as both rates go. The numerator of a
power response is a line through three points: with :math:`\sigma = \sin^2(\omega / 2)`

.. math:: |b_0 + b_1 z^{-1} + b_2 z^{-2}|^2 = B_0 (1 - \sigma) + B_1 \sigma
    + 4 B_2 \sigma (1 - \sigma).

Up to 45 % of the sample rate the response is within 0.003 dB of the standard's from 16 kHz on, and
0.05 dB at 8 kHz; the bilinear transform, which bends the frequencies, would miss by 0.3 dB.
"""

import functools
import math
from typing import Any

import numpy as np

from .._validate import check
from .arguments import checked_rate
from .numerics import real_tensor
from .recursive_filters import sosfilt

__all__ = ["k_sections", "k_weighting", "metered_rate"]

_RATE = 48000.0  # Hz, of the standard's tables 1 and 2
_SHELF = np.array(
    [
        [1.53512485958697, -2.69169618940638, 1.19839281085285],
        [1.0, -1.69065929318241, 0.73248077421585],
    ]
)
_HIGH_PASS = np.array([[1.0, -2.0, 1.0], [1.0, -1.99004745483398, 0.99007225036621]])
_CALIBRATED = 997.0  # Hz
_LEAST_RATE = 8000.0  # Hz; the shelf is at 1.7 kHz


def k_weighting(
    audio: Any, *, sample_rate: float, state: Any = None, return_state: bool = False
) -> Any:
    """Filter a signal as a meter of programme loudness does, to hear as the head does.

    A high-pass at 38 Hz, and a shelf that raises what is above 2 kHz by 4 dB; a sine of 997 Hz is
    raised by 0.691 dB. At 48 kHz the coefficients are the standard's, at any other rate the
    response is that of 48 kHz, within 0.003 dB from 16 kHz on and within 0.05 dB at 8 kHz.

    Args:
        audio: ``[..., time]``, floating point.
        sample_rate: Hz, at least 8000.
        state: what the block before left; None, if there was silence.
        return_state: whether to give ``Filtered(audio, state)``, to go on from.

    Returns:
        ``[..., time]``; with ``return_state`` also ``[..., 3, 2]``, float64, as of
        :func:`sosfilt`.

    Raises:
        ValueError: if an argument is out of its range.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> tone = np.sin(2 * np.pi * 997.0 * np.arange(48000) / 44100)
        >>> heard = st.k_weighting(tone, sample_rate=44100)[3900:]
        >>> f"{10 * np.log10(2 * np.mean(heard ** 2)):.3f} dB"
        '0.691 dB'

    References:
        ITU-R BS.1770-5, annex 1, tables 1 and 2. Vicanek, "Matched second order digital
        filters", 2016, eq. 26 to 35 (zeros from three points of a response).
    """
    sections = k_sections(metered_rate(sample_rate))
    audio = real_tensor("audio", audio)
    return sosfilt(audio, sections, state=state, return_state=return_state)


def metered_rate(sample_rate: Any) -> float:
    """The sample rate, checked: high enough for the shelf."""
    rate = checked_rate(sample_rate)
    check(rate >= _LEAST_RATE, f"sample_rate must be at least {_LEAST_RATE:g} Hz", sample_rate)
    return rate


@functools.lru_cache(maxsize=64)
def k_sections(rate: float) -> np.ndarray:
    """The two sections at a rate, ``[2, 6]``, float64, read-only."""
    shelf, high_pass = _poles(_SHELF[1], rate), _poles(_HIGH_PASS[1], rate)
    middle = np.array([_CALIBRATED])
    gain = _wanted(_HIGH_PASS, high_pass, rate, middle) / _power(_HIGH_PASS[0], middle / rate)
    rows = [
        [*_zeros(_SHELF, shelf, rate), *shelf],
        [*(math.sqrt(gain[0]) * _HIGH_PASS[0]), *high_pass],
    ]
    sections = np.array(rows)
    sections.setflags(write=False)
    return sections


def _poles(denominator: np.ndarray, rate: float) -> np.ndarray:
    """The denominator of the poles that are the given ones at 48 kHz; all are complex."""
    _, a1, a2 = denominator
    step = _RATE / rate
    angle = math.atan2(math.sqrt(4.0 * a2 - a1 * a1), -a1)
    return np.array([1.0, -2.0 * a2 ** (0.5 * step) * math.cos(step * angle), a2**step])


def _zeros(section: np.ndarray, denominator: np.ndarray, rate: float) -> np.ndarray:
    """The numerator that gives a section's response at three frequencies."""
    places = np.array([0.0, _CALIBRATED, 0.5 * min(rate, _RATE)])
    sine = np.sin(np.pi * places / rate) ** 2
    terms = np.stack([1.0 - sine, sine, 4.0 * sine * (1.0 - sine)], axis=1)
    constant, highest, between = np.linalg.solve(
        terms, _wanted(section, denominator, rate, places)
    )
    # At 0 Hz and at the Nyquist frequency the response is a sum and an alternating one.
    total, alternating = math.sqrt(constant), math.sqrt(highest)
    even = 0.5 * (total + alternating)
    first = 0.5 * (even + math.sqrt(even * even + between))
    return np.array([first, 0.5 * (total - alternating), even - first])


def _wanted(
    section: np.ndarray, denominator: np.ndarray, rate: float, places: np.ndarray
) -> np.ndarray:
    """The power of a numerator that would make a section's response of a denominator."""
    above, below = (_power(part, places / _RATE) for part in section)
    return above / below * _power(denominator, places / rate)


def _power(polynomial: np.ndarray, turns: np.ndarray) -> np.ndarray:
    powers = np.exp(-2j * np.pi * turns[:, None] * np.arange(3))
    return np.abs(powers @ polynomial) ** 2
