r"""A limiter that looks ahead, and never lets a peak through."""

from typing import Any

import tensorflow as tf

from .._validate import check, number
from .arguments import check_broadcast, check_values, checked_rate, float64_tensor
from .carrying import Filtered, checked_memory, checked_state
from .level_detection import decay_of, level_db, released
from .numerics import compiled, real_tensor, sizes, with_shape, working_dtype
from .signal_controls import rows_of

__all__ = ["limiter"]


def limiter(
    audio: Any,
    *,
    sample_rate: float,
    ceiling_db: Any = -1.0,
    release_seconds: Any = 0.05,
    lookahead_seconds: float = 0.005,
    state: Any = None,
    return_state: bool = False,
) -> tf.Tensor | Filtered:
    r"""Keep peaks at or below a ceiling, by a gain that is down before they come.

    With :math:`L` samples of look-ahead, what has to be taken from sample n,
    :math:`r[n] = \max(20 \log_{10} |x[n]| - C,\ 0)` dB, goes through

    .. math::
        h[n] &= \max_{0 \le k \le L} r[n - k] \\
        p[n] &= \max(h[n],\ a\,p[n-1] + (1 - a)\,h[n]) \\
        y[n] &= 10^{-s[n] / 20}\,x[n - L], \qquad s[n] = \frac{1}{L + 1} \sum_{k=0}^{L} p[n - k]

    Every term of s is at least :math:`r[n - L]`, and so is s: no sample exceeds the ceiling, in
    any dtype (a rounding beyond it is cut off, which the gradient does not see). The gain goes
    down on straight lines of the look-ahead, in dB, and comes up by the release.

    **The result is late by** :math:`L` **samples**, whole or as a stream. To have it in time, add
    as many zeros to the end of the sound, and leave as many samples out at the start of the
    result. Peaks between samples may still exceed the ceiling.

    Args:
        audio: ``[..., time]``, floating point.
        sample_rate: Hz, above 0.
        ceiling_db: C, dB of full scale, at least -200: a number, or ``[...]``, of any floating
            dtype, that broadcasts against the leading axes of ``audio``.
        release_seconds: in which 63 % of the way up has been gone, likewise; 0 is at once.
        lookahead_seconds: a number, rounded to L samples, in [0, 60].
        state: what the block before left; None is silence.
        return_state: whether to give the state as well.

    Returns:
        ``[..., time]``; or with ``return_state`` ``(audio, state)``, the state float64
        ``[..., 3 L + 1]``.

    Raises:
        ValueError: if a number is out of its range, or shapes do not fit.

    Gradient:
        by audio, ceiling and release.

    Example:
        >>> import spectrotools as st
        >>> ahead = {"sample_rate": 1000, "lookahead_seconds": 0.002, "ceiling_db": 0.0}
        >>> limited = st.limiter([0.5, 0.5, 0.5, 4.0, 0.5, 0.5, 0.5], **ahead)
        >>> [f"{sample:.2f}" for sample in limited]
        ['0.00', '0.00', '0.50', '0.31', '0.20', '1.00', '0.13']

    References:
        Zölzer (ed.), "DAFX: digital audio effects", 2nd ed., 2011, sec. 4.2.1. The release is
        that of Giannoulis, Massberg, Reiss, "Digital dynamic range compressor design - a tutorial
        and analysis", JAES 60(6), 2012, eq. 17.
    """
    audio = real_tensor("audio", audio)
    check(audio.shape.rank != 0, "audio must have a time axis", audio)
    sample_rate = checked_rate(sample_rate)
    check_values("ceiling_db", ceiling_db, -200.0)
    check_values("release_seconds", release_seconds, 0.0)
    ahead = round(number("lookahead_seconds", lookahead_seconds, 0.0, 60.0) * sample_rate)
    ceiling = float64_tensor("ceiling_db", ceiling_db)
    release = float64_tensor("release_seconds", release_seconds)
    leading = check_broadcast(
        audio=audio.shape[:-1], ceiling_db=ceiling.shape, release_seconds=release.shape
    )
    state = checked_memory(state, leading, (3 * ahead + 1,))
    result = _limited(audio, ceiling, release, state, sample_rate=sample_rate, ahead=ahead)
    return result if return_state else result.audio


@compiled
def _limited(
    audio: tf.Tensor,
    ceiling: tf.Tensor,
    release: tf.Tensor,
    state: Any,
    *,
    sample_rate: float,
    ahead: int,
) -> Filtered:
    given, dtype = audio.dtype, working_dtype(audio.dtype)
    blank = tf.zeros_like(ceiling) + tf.zeros_like(release)
    packed = tf.stack([ceiling + blank, release + blank], axis=-1)
    audio, packed, unfold = rows_of(tf.cast(audio, dtype), packed)
    ceiling, release = tf.split(with_shape(packed, [None, 2]), 2, axis=1)
    batch, time = sizes(audio)
    before = checked_state(state, batch, (3 * ahead + 1,), tf.float64)
    sounds, needs, peaks, last = tf.split(before, [ahead, ahead, ahead, 1], axis=1)
    sound = tf.concat([tf.cast(sounds, dtype), audio], axis=1)
    need = tf.nn.relu(level_db(tf.cast(audio, tf.float64)) - ceiling)
    need = tf.concat([needs, need], axis=1)
    held = _over_window(need, ahead + 1, tf.maximum)
    peak = released(held, decay_of(release, sample_rate), last[:, 0])
    peak = tf.concat([peaks, peak], axis=1)
    gain_db = _over_window(peak, ahead + 1, tf.add) / -(ahead + 1.0)
    late = sound[:, :time]
    limited = late * tf.cast(10.0 ** (gain_db / 20.0), dtype)
    limited = _cut(limited, tf.cast(10.0 ** (ceiling / 20.0), dtype))
    ends = tf.concat([last, peak], axis=1)[:, -1:]
    left = [tf.cast(sound[:, time:], tf.float64), need[:, time:], peak[:, time:], ends]
    return Filtered(tf.cast(unfold(limited), given), unfold(tf.concat(left, axis=1)))


def _over_window(values: tf.Tensor, width: int, join: Any) -> tf.Tensor:
    """Join every ``width`` values in a row, by windows of twice and twice the width.

    Sums are of as few terms that way, and never the difference of two large ones.
    """
    length = sizes(values)[1] - (width - 1)
    joined, doubled, size, done = None, values, 1, 0
    while True:
        if width & size:
            part = doubled[:, done : done + length]
            joined = part if joined is None else join(joined, part)
            done += size
        if done == width:
            return joined
        doubled = join(doubled[:, :-size], doubled[:, size:])
        size *= 2


def _cut(audio: tf.Tensor, ceiling: tf.Tensor) -> tf.Tensor:
    """Cut off what rounding left above the ceiling, unseen by the gradient."""
    kept = tf.minimum(tf.maximum(audio, -ceiling), ceiling)
    return audio + tf.stop_gradient(kept - audio)
