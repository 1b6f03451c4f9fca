"""Second-order sections of equalisers, and what sections do to a frequency."""

import functools
import math
from collections.abc import Callable
from typing import Any, Literal

import tensorflow as tf

from .._validate import check, one_of
from .arguments import check_broadcast, check_values, checked_rate, float64_tensor
from .numerics import compiled, with_shape

__all__ = ["biquad", "sosfreqz"]

_BUTTERWORTH = math.sqrt(0.5)

BiquadKind = Literal[
    "lowpass",
    "highpass",
    "bandpass",
    "notch",
    "allpass",
    "peaking",
    "low_shelf",
    "high_shelf",
]


def biquad(
    frequency_hz: Any,
    *,
    kind: BiquadKind,
    sample_rate: float,
    q: Any = _BUTTERWORTH,
    gain_db: Any = 0.0,
) -> tf.Tensor:
    r"""Make a second-order section of an equaliser.

    The analogue section of the kind, by the bilinear transform warped to be right at
    ``frequency_hz``; :math:`A = 10^{g / 40}` of a ``gain_db`` g:

    ===============  ==========================================  ================================
    kind             H(s), s in units of the frequency           at the frequency
    ===============  ==========================================  ================================
    ``lowpass``      :math:`1 / (s^2 + s/Q + 1)`                 gain Q
    ``highpass``     :math:`s^2 / (s^2 + s/Q + 1)`               gain Q
    ``bandpass``     :math:`(s/Q) / (s^2 + s/Q + 1)`             gain 1; Q is over the bandwidth
    ``notch``        :math:`(s^2 + 1) / (s^2 + s/Q + 1)`         gain 0
    ``allpass``      :math:`(s^2 - s/Q + 1) / (s^2 + s/Q + 1)`   half a turn
    ``peaking``      :math:`(s^2 + sA/Q + 1) / (s^2 + s/(AQ)     ``gain_db``; 0 dB far away
                     + 1)`
    ``low_shelf``    :math:`A (s^2 + s\sqrt{A}/Q + A) /          half of ``gain_db``, which is
                     (A s^2 + s\sqrt{A}/Q + 1)`                  at 0 Hz
    ``high_shelf``   the same of 1/s                             half of ``gain_db``, which is
                                                                 at the Nyquist frequency
    ===============  ==========================================  ================================

    Args:
        frequency_hz: ``[...]``, Hz, above 0 and below half the ``sample_rate``.
        kind: what the section does.
        sample_rate: Hz.
        q: ``[...]``, above 0: the higher, the narrower; of a shelf, the steeper. The default has
            no peak. All three are broadcast against each other.
        gain_db: ``[...]``, dB, of a peak or a shelf.

    Returns:
        ``b0, b1, b2, 1, a1, a2``, ``[..., 6]``, float64, for :func:`sosfilt`: in the dtype of
        half of all models the poles of a low filter would be lost.

    Raises:
        ValueError: if a number is out of its range. Of tensors nobody asks what is in them.

    Example:
        >>> import spectrotools as st
        >>> peak = st.biquad(1000.0, kind="peaking", sample_rate=16000, q=2.0, gain_db=6.0)
        >>> response = abs(st.sosfreqz(peak[None], [1000.0, 7000.0], sample_rate=16000))
        >>> [f"{decibels:.2f}" for decibels in st.amplitude_to_db(response)]
        ['6.00', '0.00']

    References:
        Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients", 2005.
    """
    one_of("kind", kind, BiquadKind)
    rate = checked_rate(sample_rate)
    check_values("frequency_hz", frequency_hz, 0.0, rate / 2, within=True)
    check_values("q", q, 0.0, within=True)
    check_values("gain_db", gain_db)
    frequency_hz = float64_tensor("frequency_hz", frequency_hz)
    q, gain_db = float64_tensor("q", q), float64_tensor("gain_db", gain_db)
    check_broadcast(frequency_hz=frequency_hz.shape, q=q.shape, gain_db=gain_db.shape)
    return _biquad(frequency_hz, q, gain_db, kind=kind, rate=rate)


def sosfreqz(sos: Any, frequency_hz: Any, *, sample_rate: float) -> tf.Tensor:
    """Evaluate the frequency response of second-order sections, one after the other.

    Args:
        sos: ``[..., sections, 6]``, as of :func:`sosfilt`.
        frequency_hz: ``[frequencies]``, Hz.
        sample_rate: Hz.

    Returns:
        ``[..., frequencies]``, complex128.

    Raises:
        ValueError: if an argument is of another shape, or a number out of its range.

    Example:
        >>> import spectrotools as st
        >>> low = st.biquad([500.0, 2000.0], kind="lowpass", sample_rate=16000)
        >>> response = abs(st.sosfreqz(low[:, None], [500.0, 2000.0], sample_rate=16000))
        >>> [f"{gain:.4f}" for gain in response.numpy().ravel()]
        ['0.7071', '0.0564', '0.9984', '0.7071']

    References:
        ``scipy.signal.sosfreqz``.
    """
    rate = checked_rate(sample_rate)
    sos = float64_tensor("sos", sos)
    shaped = sos.shape.rank is not None and sos.shape.rank >= 2 and sos.shape[-1] == 6
    shaped = shaped and bool(sos.shape[-2])
    check(shaped, "sos must be [..., sections, 6], of a known number of sections", sos.shape)
    check_values("frequency_hz", frequency_hz)
    frequency_hz = float64_tensor("frequency_hz", frequency_hz)
    one_axis = frequency_hz.shape.rank in (1, None)
    check(one_axis, "frequency_hz must be [frequencies]", frequency_hz.shape)
    return _response(sos, frequency_hz, count=int(sos.shape[-2]), rate=rate)


@compiled
def _response(sos: tf.Tensor, frequency_hz: tf.Tensor, *, count: int, rate: float) -> tf.Tensor:
    angle = tf.reshape(frequency_hz, [-1]) * (-2.0 * math.pi / rate)
    turns = angle * tf.range(3, dtype=tf.float64)[:, None]
    powers = tf.complex(tf.cos(turns), tf.sin(turns))  # of 1/z, [3, frequencies]
    sos = tf.complex(sos, tf.zeros_like(sos))
    above, below = (
        tf.reduce_sum(sos[..., part, None] * powers, axis=-2)  # [..., sections, frequencies]
        for part in (slice(3), slice(3, 6))
    )
    # No reduce_prod, whose gradient XLA cannot compile.
    return functools.reduce(tf.multiply, tf.unstack(above / below, num=count, axis=-2))


@compiled
def _biquad(
    frequency_hz: tf.Tensor, q: tf.Tensor, gain_db: tf.Tensor, *, kind: BiquadKind, rate: float
) -> tf.Tensor:
    angle = frequency_hz * (2.0 * math.pi / rate)
    shape = tf.broadcast_dynamic_shape(tf.shape(angle), tf.shape(q + gain_db))
    known = tf.broadcast_static_shape(angle.shape, (q + gain_db).shape)
    alpha, gain = tf.sin(angle) / (2.0 * q), tf.exp(gain_db * (math.log(10.0) / 40.0))
    row = _KINDS[kind](angle, alpha, gain)
    row = [with_shape(tf.broadcast_to(part / row[3], shape), known) for part in row]
    return tf.stack(row, axis=-1)


Row = list[tf.Tensor]  # b0, b1, b2, a0, a1, a2


def _resonance(angle: tf.Tensor, alpha: tf.Tensor) -> Row:
    return [1.0 + alpha, -2.0 * tf.cos(angle), 1.0 - alpha]


def _lowpass(angle: tf.Tensor, alpha: tf.Tensor, _: tf.Tensor) -> Row:
    least = tf.sin(0.5 * angle) ** 2  # half of 1 - cos, of which nothing is lost
    return [least, 2.0 * least, least, *_resonance(angle, alpha)]


def _highpass(angle: tf.Tensor, alpha: tf.Tensor, _: tf.Tensor) -> Row:
    most = tf.cos(0.5 * angle) ** 2
    return [most, -2.0 * most, most, *_resonance(angle, alpha)]


def _bandpass(angle: tf.Tensor, alpha: tf.Tensor, _: tf.Tensor) -> Row:
    return [alpha, tf.zeros_like(alpha), -alpha, *_resonance(angle, alpha)]


def _notch(angle: tf.Tensor, alpha: tf.Tensor, _: tf.Tensor) -> Row:
    one = tf.ones_like(angle)
    return [one, -2.0 * tf.cos(angle), one, *_resonance(angle, alpha)]


def _allpass(angle: tf.Tensor, alpha: tf.Tensor, _: tf.Tensor) -> Row:
    below = _resonance(angle, alpha)
    return [*reversed(below), *below]


def _peaking(angle: tf.Tensor, alpha: tf.Tensor, gain: tf.Tensor) -> Row:
    return [*_resonance(angle, alpha * gain), *_resonance(angle, alpha / gain)]


def _high_shelf(angle: tf.Tensor, alpha: tf.Tensor, gain: tf.Tensor) -> Row:
    return _shelf(tf.cos(angle), alpha, gain)


def _low_shelf(angle: tf.Tensor, alpha: tf.Tensor, gain: tf.Tensor) -> Row:
    b0, b1, b2, a0, a1, a2 = _shelf(-tf.cos(angle), alpha, gain)  # the mirror image
    return [b0, -b1, b2, a0, -a1, a2]


def _shelf(cosine: tf.Tensor, alpha: tf.Tensor, gain: tf.Tensor) -> Row:
    """A high shelf; of the opposite cosine, with odd coefficients turned, a low one."""
    more, less, slope = gain + 1.0, gain - 1.0, 2.0 * tf.sqrt(gain) * alpha
    above, below = more + less * cosine, more - less * cosine
    return [
        gain * (above + slope),
        -2.0 * gain * (less + more * cosine),
        gain * (above - slope),
        below + slope,
        2.0 * (less - more * cosine),
        below - slope,
    ]


_KINDS: dict[str, Callable[[tf.Tensor, tf.Tensor, tf.Tensor], Row]] = {
    "lowpass": _lowpass,
    "highpass": _highpass,
    "bandpass": _bandpass,
    "notch": _notch,
    "allpass": _allpass,
    "peaking": _peaking,
    "low_shelf": _low_shelf,
    "high_shelf": _high_shelf,
}
