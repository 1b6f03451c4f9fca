"""Loudness of programmes by ITU-R BS.1770 and EBU R 128, of 0.4 s, of 3 s and of the whole."""

from typing import Any

import tensorflow as tf

from .._validate import number
from .k_weighting import metered_rate
from .loudness_gating import (
    MOMENTARY,
    SHORT_TERM,
    Layout,
    checked_programme,
    gated_loudness,
    gated_range,
    hop_powers,
    windowed_loudness,
)
from .numerics import compiled, flatten_leading

__all__ = [
    "integrated_loudness",
    "loudness_range",
    "momentary_loudness",
    "short_term_loudness",
]


def momentary_loudness(
    audio: Any, *, sample_rate: float, layout: Layout | None = None, floor_db: float = -70.0
) -> tf.Tensor:
    r"""Measure the loudness of every 0.4 s, at every 0.1 s.

    With :math:`y_i` the :func:`k_weighting` of channel i and :math:`G_i` its weight in the
    layout, the loudness of the block that ends with tenth t is

    .. math:: L[t] = -0.691 + 10 \log_{10} \sum_i G_i \overline{y_i^2}.

    A sine of amplitude 1 and 997 Hz in one channel has -3.01 LUFS. A tenth of a second is
    rounded to whole samples; only whole tenths count.

    Args:
        audio: ``[..., time]``, or with a layout ``[..., channels, time]``; 1 is full scale.
        sample_rate: Hz, at least 8000.
        layout: what the channels are, as in :func:`integrated_loudness`; None: every signal is a
            programme by itself.
        floor_db: what is quieter, silence included, is that; LUFS, in [-200, 0].

    Returns:
        LUFS, ``[..., tenths - 3]`` of so many whole tenths of a second, and none of a shorter
        sound.

    Raises:
        ValueError: if an argument is out of its range, or the channels do not fit the layout.

    Gradient:
        0 at the floor, silence included.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> tone = np.sin(2 * np.pi * 997.0 * np.arange(36000) / 48000)
        >>> momentary = st.momentary_loudness(tone, sample_rate=48000)
        >>> [f"{loudness:.2f}" for loudness in momentary]
        ['-3.01', '-3.01', '-3.01', '-3.01']

    References:
        ITU-R BS.1770-5, annex 1, eq. 1 to 3. EBU Tech 3341, section 2.2.
    """
    return _windowed(audio, sample_rate, layout, floor_db, MOMENTARY)


def short_term_loudness(
    audio: Any, *, sample_rate: float, layout: Layout | None = None, floor_db: float = -70.0
) -> tf.Tensor:
    """Measure the loudness of every 3 s, at every 0.1 s; else as :func:`momentary_loudness`.

    Args:
        audio: ``[..., time]``, or with a layout ``[..., channels, time]``; 1 is full scale.
        sample_rate: Hz, at least 8000.
        layout: as in :func:`integrated_loudness`; None: every signal is a programme by itself.
        floor_db: what is quieter, silence included, is that; LUFS, in [-200, 0].

    Returns:
        LUFS, ``[..., tenths - 29]`` of so many whole tenths of a second, and none of a shorter
        sound.

    Raises:
        ValueError: as :func:`momentary_loudness`.

    Gradient:
        0 at the floor, silence included.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> tone = np.sin(2 * np.pi * 997.0 * np.arange(4 * 48000) / 48000)
        >>> pair = np.stack([0.1 * tone, 0.1 * tone])
        >>> short_term = st.short_term_loudness(pair, sample_rate=48000, layout="stereo")
        >>> len(short_term), f"{short_term[0]:.2f}"
        (11, '-20.00')

    References:
        EBU Tech 3341, section 2.2.
    """
    return _windowed(audio, sample_rate, layout, floor_db, SHORT_TERM)


def integrated_loudness(
    audio: Any, *, sample_rate: float, layout: Layout | None = None
) -> tf.Tensor:
    r"""Measure the loudness of a programme as a whole, without its pauses.

    Of the blocks of 0.4 s of :func:`momentary_loudness`, which overlap by three quarters, those
    count that are louder than -70 LUFS and louder than 10 LU below the mean power of these. The
    result is the loudness of the mean power of what counts.

    ============  ==========================================  =================================
    layout        channels                                    weights
    ============  ==========================================  =================================
    None          no axis of channels                         1
    ``"mono"``    one                                         1
    ``"stereo"``  left, right                                 1, 1
    ``"3.0"``     left, right, centre                         1, 1, 1
    ``"4.0"``     left, right, left and right surround        1, 1, 1.41, 1.41
    ``"5.0"``     left, right, centre, left and right         1, 1, 1, 1.41, 1.41
                  surround
    ``"5.1"``     left, right, centre, low frequencies, left  1, 1, 1, 0, 1.41, 1.41
                  and right surround
    ============  ==========================================  =================================

    Args:
        audio: ``[..., time]``, or with a layout ``[..., channels, time]``; 1 is full scale.
        sample_rate: Hz, at least 8000.
        layout: what the channels are; None: every signal is a programme by itself.

    Returns:
        LUFS, ``[...]``; -70 if nothing counts, as of silence and of what is shorter than 0.4 s.

    Raises:
        ValueError: as :func:`momentary_loudness`.

    Gradient:
        through the blocks that count; which they are is a decision, and has none. 0 of silence.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> tone = 0.1 * np.sin(2 * np.pi * 997.0 * np.arange(48000) / 48000)
        >>> programme = np.concatenate([tone, np.zeros(5 * 48000), tone])
        >>> f"{st.integrated_loudness(programme, sample_rate=48000):.2f}"
        '-23.72'
        >>> pair = np.stack([tone, tone])
        >>> f"{st.integrated_loudness(pair, sample_rate=48000, layout='stereo'):.2f}"
        '-20.00'

    References:
        ITU-R BS.1770-5, annex 1, tables 3 and 4, eq. 4 to 7. EBU R 128, 2023.
    """
    return _gated(audio, sample_rate, layout, ranged=False)


def loudness_range(audio: Any, *, sample_rate: float, layout: Layout | None = None) -> tf.Tensor:
    """Measure how far the loudness of a programme ranges, without its pauses.

    Of the blocks of 3 s of :func:`short_term_loudness` those count that are louder than -70 LUFS
    and louder than 20 LU below the mean power of these. The result is what lies between the
    loudness that 10 % of these do not exceed and that which 95 % do not.

    Args:
        audio: ``[..., time]``, or with a layout ``[..., channels, time]``; 1 is full scale.
        sample_rate: Hz, at least 8000.
        layout: as in :func:`integrated_loudness`; None: every signal is a programme by itself.

    Returns:
        LU, ``[...]``; 0 if nothing counts, as of silence and of what is shorter than 3 s.

    Raises:
        ValueError: as :func:`momentary_loudness`.

    Gradient:
        through the two blocks that were taken; which they are is a decision, and has none.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> tone = 0.1 * np.sin(2 * np.pi * 997.0 * np.arange(10 * 16000) / 16000)
        >>> programme = np.concatenate([tone, 0.5 * tone])
        >>> f"{st.loudness_range(programme, sample_rate=16000):.2f} LU"
        '6.02 LU'

    References:
        EBU Tech 3342, section 3.
    """
    return _gated(audio, sample_rate, layout, ranged=True)


def _windowed(
    audio: Any, sample_rate: float, layout: Layout | None, floor_db: float, tenths: int
) -> tf.Tensor:
    rate, audio = metered_rate(sample_rate), checked_programme(audio, layout)
    floor_db = number("floor_db", floor_db, -200.0, 0.0)
    return _windows(audio, rate=rate, layout=layout, floor_db=floor_db, tenths=tenths)


def _gated(audio: Any, sample_rate: float, layout: Layout | None, ranged: bool) -> tf.Tensor:
    rate, audio = metered_rate(sample_rate), checked_programme(audio, layout)
    return _whole(audio, rate=rate, layout=layout, ranged=ranged)


@compiled
def _windows(
    audio: tf.Tensor, *, rate: float, layout: Layout | None, floor_db: float, tenths: int
) -> tf.Tensor:
    powers, unfold = flatten_leading(hop_powers(audio, rate=rate, layout=layout), keep=1)
    return tf.cast(unfold(windowed_loudness(powers, tenths, floor_db)), audio.dtype)


@compiled
def _whole(audio: tf.Tensor, *, rate: float, layout: Layout | None, ranged: bool) -> tf.Tensor:
    powers, unfold = flatten_leading(hop_powers(audio, rate=rate, layout=layout), keep=1)
    measured = gated_range(powers) if ranged else gated_loudness(powers)
    return tf.cast(unfold(measured[:, None])[..., 0], audio.dtype)
