"""A gain for a whole programme, so that it is as loud as is wanted."""

import math
from typing import Any

import tensorflow as tf

from .._validate import number
from .k_weighting import metered_rate
from .loudness_gating import ABSOLUTE_GATE, Layout, checked_programme, gated_loudness, hop_powers
from .numerics import compiled, flatten_leading, working_dtype
from .true_peak import needed_oversampling, true_peak_db

__all__ = ["loudness_normalize"]

_SILENT = -300.0  # dBTP; a gain for it is bounded by the loudness that was measured


def loudness_normalize(
    audio: Any,
    *,
    sample_rate: float,
    target_lufs: float = -23.0,
    max_true_peak_db: float | None = None,
    layout: Layout | None = None,
) -> tf.Tensor:
    r"""Multiply a programme by one number, so that its integrated loudness is a given one.

    .. math:: y = 10^{g / 20} x, \qquad g = \min(L_{target} - L(x),\ P_{max} - P(x))

    for L the :func:`integrated_loudness` and P the highest :func:`true_peak` of all channels. A
    programme of which nothing counts, silence or one shorter than 0.4 s, stays as it is.

    Args:
        audio: x, ``[..., time]``, or with a layout ``[..., channels, time]``; 1 is full scale.
        sample_rate: Hz, at least 8000.
        target_lufs: LUFS, in [-70, 0]; EBU R 128 wants -23, streaming services about -14.
        max_true_peak_db: dBTP, in [-60, 20]: the gain is less where peaks would be higher. None:
            whatever they are.
        layout: as in :func:`integrated_loudness`; None: every signal is a programme by itself.

    Returns:
        y, of the shape of ``audio``.

    Raises:
        ValueError: if an argument is out of its range, or the channels do not fit the layout.

    Gradient:
        through the gain as well: what makes a part louder makes all others less loud.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> noise = 0.01 * np.random.default_rng(0).standard_normal([2, 48000])
        >>> meter = {"sample_rate": 48000, "layout": "stereo"}
        >>> for limit in (None, -9.0):
        ...     louder = st.loudness_normalize(
        ...         noise, target_lufs=-16.0, max_true_peak_db=limit, **meter
        ...     )
        ...     peak = np.max(st.true_peak(louder, sample_rate=48000))
        ...     print(f"{st.integrated_loudness(louder, **meter):.2f} LUFS, {peak:.2f} dBTP")
        -16.00 LUFS, -8.51 dBTP
        -16.49 LUFS, -9.00 dBTP

    References:
        EBU R 128, 2023. AES TD1008, "Recommendations for loudness of internet audio streaming
        and on-demand distribution", 2021.
    """
    rate, audio = metered_rate(sample_rate), checked_programme(audio, layout)
    highest = max_true_peak_db
    return _normalized(
        audio,
        rate=rate,
        target=number("target_lufs", target_lufs, ABSOLUTE_GATE, 0.0),
        highest=None if highest is None else number("max_true_peak_db", highest, -60.0, 20.0),
        layout=layout,
    )


@compiled
def _normalized(
    audio: tf.Tensor, *, rate: float, target: float, highest: float | None, layout: Layout | None
) -> tf.Tensor:
    working = tf.cast(audio, working_dtype(audio.dtype))
    powers, unfold = flatten_leading(hop_powers(working, rate=rate, layout=layout), keep=1)
    measured = unfold(gated_loudness(powers)[:, None])  # [..., 1]
    gain_db = target - measured
    if highest is not None:
        settings = {"times": needed_oversampling(rate), "floor_db": _SILENT}
        peak = tf.cast(true_peak_db(working, **settings)[..., None], gain_db.dtype)
        peak = peak if layout is None else tf.reduce_max(peak, axis=-2)
        gain_db = tf.minimum(gain_db, highest - peak)
    counts = tf.cast(measured > ABSOLUTE_GATE, gain_db.dtype)
    gain = tf.exp(gain_db * counts * (math.log(10.0) / 20.0))
    gain = gain if layout is None else gain[..., None]
    return tf.cast(working * tf.cast(gain, working.dtype), audio.dtype)
