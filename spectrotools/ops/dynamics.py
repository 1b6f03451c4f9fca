r"""Compressors and expanders: a gain that follows the level of the sound itself.

The level of every sample decides what gain is wanted, in dB, and a detector follows it, up by
attack and down by release (see ``level_detection``): all samples side by side, no loop.
"""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from .._validate import check
from .arguments import check_broadcast, check_values, checked_rate, float64_tensor
from .carrying import Filtered, checked_memory, checked_state
from .level_detection import decay_of, followed, level_db
from .numerics import compiled, real_tensor, sizes, with_shape, working_dtype
from .signal_controls import rows_of

__all__ = ["compressor", "expander"]

_MEMORY = 2  # numbers that the detector remembers


def compressor(
    audio: Any,
    *,
    sample_rate: float,
    threshold_db: Any = -20.0,
    ratio: Any = 4.0,
    attack_seconds: Any = 0.005,
    release_seconds: Any = 0.1,
    knee_db: Any = 0.0,
    makeup_db: Any = 0.0,
    state: Any = None,
    return_state: bool = False,
) -> tf.Tensor | Filtered:
    r"""Make what is louder than a threshold less loud.

    The level :math:`L = 20 \log_{10} |x|` of every sample should become

    .. math::
        G(L) = \begin{cases}
            L & 2 (L - T) < -W \\
            L + (1/R - 1)\,(L - T + W/2)^2 / (2 W) & 2 |L - T| \le W \\
            T + (L - T) / R & 2 (L - T) > W
        \end{cases}

    with threshold T, ratio R and knee W. What has to be taken away, :math:`L - G(L)`, is followed
    by the smooth decoupled peak detector, of :math:`a = e^{-1 / (\tau f_s)}` for an attack or
    release of :math:`\tau`:

    .. math::
        y_1[n] &= \max(L - G,\ a_R\,y_1[n-1] + (1 - a_R) (L - G)) \\
        y[n] &= a_A\,y[n-1] + (1 - a_A)\,y_1[n]

    and the sound is multiplied by :math:`10^{(M - y) / 20}`, for a make-up gain of M. Before the
    first sample there is silence. The detector works in float64 in any case.

    Args:
        audio: ``[..., time]``, floating point.
        sample_rate: Hz, above 0.
        threshold_db: T, dB of full scale, at least -200. This and all that follow: a number, or
            ``[...]``, of any floating dtype, that broadcasts against the leading axes of
            ``audio``.
        ratio: R, at least 1, which changes nothing.
        attack_seconds: in which 63 % of a rise has happened; 0 is at once.
        release_seconds: in which 63 % of a fall has happened; 0 is at once.
        knee_db: W, the width around the threshold where the ratio comes in, dB, at least 0.
        makeup_db: M, dB.
        state: what the block before left; None is silence.
        return_state: whether to give the state as well.

    Returns:
        ``[..., time]``; or with ``return_state`` ``(audio, state)``, the state ``[..., 2]``.

    Raises:
        ValueError: if a number is out of its range, or shapes do not fit.

    Gradient:
        by audio and all controls; 0 by what is below the knee.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> steady = np.full(16000, 0.5)  # -6 dB
        >>> quieter = st.compressor(steady, sample_rate=16000, threshold_db=-20.0, ratio=4.0)
        >>> f"{20 * np.log10(quieter[-1]):.2f} dB"
        '-16.51 dB'

    References:
        Giannoulis, Massberg, Reiss, "Digital dynamic range compressor design - a tutorial and
        analysis", JAES 60(6), 2012, eq. 4 (gain computer), 7 (time constants), 17 (detector).
    """
    controls = {
        "threshold_db": threshold_db,
        "ratio": ratio,
        "attack_seconds": attack_seconds,
        "release_seconds": release_seconds,
        "knee_db": knee_db,
        "makeup_db": makeup_db,
    }
    return _effect(_compressed, audio, controls, sample_rate, state, return_state)


def expander(
    audio: Any,
    *,
    sample_rate: float,
    threshold_db: Any = -40.0,
    ratio: Any = 2.0,
    attack_seconds: Any = 0.001,
    release_seconds: Any = 0.1,
    knee_db: Any = 0.0,
    range_db: Any = 60.0,
    state: Any = None,
    return_state: bool = False,
) -> tf.Tensor | Filtered:
    r"""Make what is quieter than a threshold less loud still; of a high ratio, gate it.

    Below the threshold T a level L should become :math:`T + R\,(L - T)`, but be lowered by no
    more than the range :math:`D`; around the threshold there is a knee as in :func:`compressor`:

    .. math::
        L - G(L) = \min\Bigl(D,\ (R - 1) \begin{cases}
            T - L & 2 (L - T) < -W \\
            (L - T - W/2)^2 / (2 W) & 2 |L - T| \le W \\
            0 & 2 (L - T) > W
        \end{cases}\Bigr)

    The detector of :func:`compressor` follows how far the gate is open, :math:`D - (L - G)`: it
    opens by the attack and closes by the release. Before the first sample it is closed.

    Args:
        audio: ``[..., time]``, floating point.
        sample_rate: Hz, above 0.
        threshold_db: T, as in :func:`compressor`.
        ratio: R, at least 1, which changes nothing.
        attack_seconds: in which 63 % of an opening has happened; 0 is at once.
        release_seconds: in which 63 % of a closing has happened; 0 is at once.
        knee_db: W, dB, at least 0.
        range_db: D, the most that is taken away, dB, at least 0.
        state: as in :func:`compressor`.
        return_state: as in :func:`compressor`.

    Returns:
        as :func:`compressor`.

    Raises:
        ValueError: as :func:`compressor`.

    Gradient:
        by audio and all controls.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> hum = np.full(16000, 0.001)  # -60 dB
        >>> less = st.expander(hum, sample_rate=16000, threshold_db=-50.0, ratio=3.0)
        >>> f"{20 * np.log10(less[-1]):.2f} dB"
        '-80.00 dB'

    References:
        Giannoulis, Massberg, Reiss, "Digital dynamic range compressor design - a tutorial and
        analysis", JAES 60(6), 2012, eq. 17. Zölzer (ed.), "DAFX: digital audio effects", 2nd
        ed., 2011, sec. 4.2.
    """
    controls = {
        "threshold_db": threshold_db,
        "ratio": ratio,
        "attack_seconds": attack_seconds,
        "release_seconds": release_seconds,
        "knee_db": knee_db,
        "range_db": range_db,
    }
    return _effect(_expanded, audio, controls, sample_rate, state, return_state)


_LEAST = {
    "threshold_db": -200.0,
    "ratio": 1.0,
    "attack_seconds": 0.0,
    "release_seconds": 0.0,
    "knee_db": 0.0,
    "range_db": 0.0,
}


def _effect(
    curve: Callable,
    audio: Any,
    controls: dict[str, Any],
    sample_rate: float,
    state: Any,
    return_state: bool,
) -> tf.Tensor | Filtered:
    audio = real_tensor("audio", audio)
    check(audio.shape.rank != 0, "audio must have a time axis", audio)
    for name, value in controls.items():
        check_values(name, value, _LEAST.get(name, -float("inf")))
    tensors = {name: float64_tensor(name, value) for name, value in controls.items()}
    shapes = {name: part.shape for name, part in tensors.items()}
    leading = check_broadcast(audio=audio.shape[:-1], **shapes)
    state, sample_rate = checked_memory(state, leading, (_MEMORY,)), checked_rate(sample_rate)
    result = _followed(audio, *tensors.values(), state, curve=curve, sample_rate=sample_rate)
    return result if return_state else result.audio


@compiled
def _followed(audio: tf.Tensor, *rest: Any, curve: Callable, sample_rate: float) -> Filtered:
    """Multiply by the gain that a curve of ``(level, *controls, state, sample_rate)`` gives."""
    *controls, state = rest
    given, dtype = audio.dtype, working_dtype(audio.dtype)
    blank = sum(tf.zeros_like(part) for part in controls)
    packed = tf.stack([part + blank for part in controls], axis=-1)
    audio, packed, unfold = rows_of(tf.cast(audio, dtype), packed)
    packed = with_shape(packed, [None, len(controls)])
    controls = tf.split(packed, len(controls), axis=1)
    before = checked_state(state, sizes(audio)[0], (_MEMORY,), tf.float64)
    level = level_db(tf.cast(audio, tf.float64))
    gain_db, left = curve(level, *controls, before, sample_rate)
    gain = tf.cast(10.0 ** (gain_db / 20.0), dtype)
    return Filtered(tf.cast(unfold(audio * gain), given), unfold(left))


def _above(level: tf.Tensor, knee: tf.Tensor) -> tf.Tensor:
    """How far a level is above 0, which sets in within a knee: 0, a parabola, the level."""
    knee = tf.maximum(knee, tf.constant(1e-9, knee.dtype))
    risen = tf.minimum(tf.nn.relu(level + 0.5 * knee), knee)
    return risen * risen / (2.0 * knee) + tf.nn.relu(level - 0.5 * knee)


def _compressed(
    level: tf.Tensor,
    threshold: tf.Tensor,
    ratio: tf.Tensor,
    attack: tf.Tensor,
    release: tf.Tensor,
    knee: tf.Tensor,
    makeup: tf.Tensor,
    before: tf.Tensor,
    sample_rate: float,
) -> tuple[tf.Tensor, tf.Tensor]:
    wanted = (1.0 - 1.0 / ratio) * _above(level - threshold, knee)
    decays = decay_of(attack, sample_rate), decay_of(release, sample_rate)
    taken, left = followed(wanted, *decays, before)
    return makeup - taken, left


def _expanded(
    level: tf.Tensor,
    threshold: tf.Tensor,
    ratio: tf.Tensor,
    attack: tf.Tensor,
    release: tf.Tensor,
    knee: tf.Tensor,
    most: tf.Tensor,
    before: tf.Tensor,
    sample_rate: float,
) -> tuple[tf.Tensor, tf.Tensor]:
    wanted = tf.minimum(most, (ratio - 1.0) * _above(threshold - level, knee))
    decays = decay_of(attack, sample_rate), decay_of(release, sample_rate)
    opened, left = followed(most - wanted, *decays, before)
    return opened - most, left
