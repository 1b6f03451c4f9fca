r"""Filters of linear phase with one cutoff or two, by a windowed sinc.

With :math:`c` the cutoff in units of the Nyquist frequency, the ideal filters are

.. math::
    h_\mathrm{low}[n] = c \operatorname{sinc} cn, \qquad
    h_\mathrm{high}[n] = (-1)^n (1 - c) \operatorname{sinc} (1 - c) n, \qquad
    h_\mathrm{band}[n] = 2 d \operatorname{sinc} d n \cos \pi m n,

with m the middle and d half the width of a band. Each is one lowpass, moved to where its gain is
to be 1: so the lowpass is windowed and divided by its sum there, and no cutoff is too low for it.
"""

from typing import Any, Literal

import numpy as np
import tensorflow as tf

from .._validate import check, integer, one_of
from .arguments import alike, check_broadcast, check_values, checked_rate, common_dtype
from .convolution import convolved
from .numerics import compiled
from .windows import Window, plain_window, window_samples

__all__ = ["sinc_filter", "sinc_impulse_response"]

FilterKind = Literal["lowpass", "highpass", "bandpass"]


def sinc_filter(
    audio: Any,
    cutoff_hz: Any,
    *,
    sample_rate: float,
    kind: FilterKind = "lowpass",
    taps: int | None = None,
    zeros: int | None = None,
    window: Window = "hamming",
) -> tf.Tensor:
    """Filter a signal by a windowed sinc, without delay.

    The impulse response of :func:`sinc_impulse_response`, centred: a sample hears as many samples
    before it as after it. Before and after the signal there is silence.

    Args:
        audio: ``[..., time]``.
        cutoff_hz: Hz, as in :func:`sinc_impulse_response`; its leading axes are broadcast against
            those of ``audio``.
        sample_rate: Hz.
        kind: which frequencies to let through.
        taps: as in :func:`sinc_impulse_response`.
        zeros: as in :func:`sinc_impulse_response`.
        window: as in :func:`sinc_impulse_response`.

    Returns:
        ``[..., time]``.

    Raises:
        ValueError: if an argument is out of its range.

    Gradient:
        By the signal and by the cutoffs.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> low, high = np.sin(np.arange(16000) * np.array([[0.1], [2.0]]))  # 255 and 5093 Hz
        >>> heard = st.sinc_filter(low + high, 2000.0, sample_rate=16000)
        >>> f"{np.max(np.abs(heard - low)[1000:-1000]):.3f}"
        '0.000'

    References:
        Smith, "Digital audio resampling home page", 2002. Oppenheim, Schafer, "Discrete-time
        signal processing", section 7.5.
    """
    settings = _checked(cutoff_hz, sample_rate, kind, taps, zeros, window)
    audio, cutoff_hz = alike(audio=audio, cutoff_hz=cutoff_hz)
    check(audio.shape.rank != 0, "audio must have a time axis", audio.shape)
    _check_edges(cutoff_hz, kind)
    leading = cutoff_hz.shape[:-1] if kind == "bandpass" else cutoff_hz.shape
    check_broadcast(audio=audio.shape[:-1], cutoff_hz=leading)
    return _filtered(audio, cutoff_hz, **settings)


def sinc_impulse_response(
    cutoff_hz: Any,
    *,
    sample_rate: float,
    kind: FilterKind = "lowpass",
    taps: int | None = None,
    zeros: int | None = None,
    window: Window = "hamming",
) -> tf.Tensor:
    r"""Make the impulse response of a lowpass, highpass or bandpass filter: a windowed sinc.

    ============  =====================  ===========================================
    kind          cutoff                 the gain is exactly 1
    ============  =====================  ===========================================
    ``lowpass``   one edge, ``[...]``    at 0 Hz
    ``highpass``  one edge, ``[...]``    at the Nyquist frequency
    ``bandpass``  ``[..., 2]`` edges     in the middle between them
    ============  =====================  ===========================================

    and about a half at an edge. The filter is symmetric about its middle tap, which is its
    delay: ``(taps - 1) / 2`` samples. The more taps, the steeper it is: from pass to stop takes
    about ``3.3 * sample_rate / taps`` Hz with a Hamming window, which stops all to -53 dB.

    Args:
        cutoff_hz: Hz. Numbers must be from 0 to the Nyquist frequency; what is beyond in a
            tensor counts as the end of this range.
        sample_rate: Hz.
        kind: which frequencies to let through.
        taps: an odd number; None is 513, unless ``zeros`` are given.
        zeros: instead of ``taps``, how many zeros of the sinc there are on either side, for one
            cutoff that is a number above 0: :math:`2 \lfloor z f_s / 2 f_c \rfloor + 1` taps, so
            that a filter is as steep on a logarithmic scale at any cutoff. Of a bandpass it is
            the lower edge that counts.
        window: symmetric, a name or tuple that ``scipy.signal.get_window`` knows.

    Returns:
        ``[..., taps]``, of the dtype of a tensor of cutoffs, or float32; made in float64.

    Raises:
        ValueError: if an argument is out of its range, or ``taps`` and ``zeros`` are both given.

    Gradient:
        By the cutoffs, everywhere finite.

    Example:
        >>> import spectrotools as st
        >>> response = st.sinc_impulse_response(2000.0, sample_rate=16000, taps=5)
        >>> [f"{tap:.3f}" for tap in response]
        ['0.025', '0.234', '0.482', '0.234', '0.025']

    References:
        Oppenheim, Schafer, "Discrete-time signal processing", section 7.5: windows; 7.5.3 for the
        steepness.
    """
    settings = _checked(cutoff_hz, sample_rate, kind, taps, zeros, window)
    (cutoff_hz,) = alike(cutoff_hz=cutoff_hz)
    _check_edges(cutoff_hz, kind)
    return _responses(cutoff_hz, **settings)


def _checked(
    cutoff_hz: Any,
    sample_rate: float,
    kind: FilterKind,
    taps: int | None,
    zeros: int | None,
    window: Any,
) -> dict[str, Any]:
    nyquist_hz = checked_rate(sample_rate) / 2
    one_of("kind", kind, FilterKind)
    check_values("cutoff_hz", cutoff_hz, 0.0, nyquist_hz)
    check(taps is None or zeros is None, "taps or zeros must be None", (taps, zeros))
    if zeros is not None:
        zeros = integer("zeros", zeros, 1)
        edges = cutoff_hz if kind == "bandpass" else [cutoff_hz]
        plain = isinstance(edges, (list, tuple)) and all(
            isinstance(e, (int, float)) for e in edges
        )
        rule = "cutoff_hz must be numbers above 0, not a tensor, to count zeros"
        check(plain and min(edges) > 0, rule, cutoff_hz)
        taps = 2 * int(zeros * nyquist_hz / min(edges)) + 1
    taps = 513 if taps is None else integer("taps", taps, 1)
    check(taps % 2 == 1, "taps must be odd, for a filter without delay", taps)
    window = plain_window(window)
    window_samples(window, taps, taps, 0, periodic=False)
    return {"nyquist_hz": nyquist_hz, "kind": kind, "taps": taps, "window": window}


def _check_edges(cutoff_hz: tf.Tensor, kind: FilterKind) -> None:
    rank = cutoff_hz.shape.rank
    fits = kind != "bandpass" or rank is None or (rank >= 1 and cutoff_hz.shape[-1] in (2, None))
    check(fits, "cutoff_hz must be [..., 2] edges of a bandpass", cutoff_hz.shape)


@compiled
def _filtered(audio: tf.Tensor, cutoff_hz: tf.Tensor, **settings: Any) -> tf.Tensor:
    kept, dtype = common_dtype(audio, cutoff_hz)
    response = tf.cast(_windowed_sinc(cutoff_hz, **settings), dtype)
    return tf.cast(convolved(tf.cast(audio, dtype), response, "same"), kept)


@compiled
def _responses(cutoff_hz: tf.Tensor, **settings: Any) -> tf.Tensor:
    return tf.cast(_windowed_sinc(cutoff_hz, **settings), cutoff_hz.dtype)


def _windowed_sinc(
    cutoff_hz: tf.Tensor, *, nyquist_hz: float, kind: FilterKind, taps: int, window: Window
) -> tf.Tensor:
    """``[..., taps]``, float64: the phase of a cosine far from the middle is many turns."""
    cutoff = tf.clip_by_value(tf.cast(cutoff_hz, tf.float64) / nyquist_hz, 0.0, 1.0)[..., None]
    n = np.arange(taps) - taps // 2
    moved: Any  # to where the gain is to be 1
    shape = window_samples(window, taps, taps, 0, periodic=False)
    if kind == "lowpass":
        moved, width = np.ones(taps), cutoff
    elif kind == "highpass":
        moved, width = (-1.0) ** n, 1.0 - cutoff
    else:
        low, high = cutoff[..., 0, :], cutoff[..., 1, :]
        moved, width = tf.cos(0.5 * np.pi * n * (low + high)), 0.5 * (high - low)
    response = shape * moved * _sinc(width, n)
    return response / tf.reduce_sum(response * moved, axis=-1, keepdims=True)


def _sinc(width: tf.Tensor, n: np.ndarray) -> tf.Tensor:
    phase = np.pi * n * width
    middle, one = tf.equal(phase, 0.0), tf.ones_like(phase)
    return tf.where(middle, one, tf.sin(phase) / tf.where(middle, one, phase))
