"""Where sounds begin: how fast a spectrum rises, and the peaks of that."""

from typing import Any

import tensorflow as tf

from .._validate import check, integer, number
from .arguments import checked_rate
from .numerics import compiled, flatten_leading, real_tensor, sizes, working_dtype
from .sliding_sums import sliding_sums

__all__ = ["detect_onsets", "onset_strength", "pick_peaks"]


def onset_strength(
    log_spectrogram: Any, *, lag: int = 1, max_size: int = 1, delay: int = 0
) -> tf.Tensor:
    r"""Measure how much the level rises from frame to frame: the spectral flux.

    .. math:: o[t + d] = \frac{1}{B} \sum_b \max\bigl(0,\;
        S[t, b] - \max_{|j - b| \le m/2} S[t - \ell, j]\bigr)

    with the ``lag`` :math:`\ell`, ``max_size`` m and ``delay`` d; 0 in the frames before there is
    such a rise. The greatest of a few neighbours forgives a vibrato that goes from band to band.
    A centred frame sees an onset half its length before: with a delay of
    ``n_fft // (2 * hop_length)`` frames, as librosa has it, peaks are where the sound begins.

    Args:
        log_spectrogram: ``[..., frames, bands]``, such as a :class:`LogMel` gives, in dB.
        lag: frames to look back, at least 1.
        max_size: bands that the greatest before is taken of, at least 1, which is the band
            itself; of an even number one more is below than above.
        delay: frames by which the result is later, at least 0.

    Returns:
        in the unit of the spectrogram, at least 0, ``[..., frames]``.

    Raises:
        ValueError: if there is no axis of frames, or a setting is out of its range.

    Gradient:
        that of the bands that rise.

    Example:
        >>> import spectrotools as st
        >>> mel = st.LogMel.preset("librosa")
        >>> audio = st.clicks([0.25], sample_rate=22050, length=11025)
        >>> strength = st.onset_strength(mel(audio), delay=2)  # as librosa's
        >>> f"{int(strength.numpy().argmax()) * 512 / 22050:.3f} s"
        '0.255 s'

    References:
        Boeck, Widmer, "Maximum filter vibrato suppression for onset detection", 2013, equations 1
        to 3; librosa 0.11, ``onset.onset_strength``.
    """
    levels = real_tensor("log_spectrogram", log_spectrogram)
    rank = levels.shape.rank
    rule = "log_spectrogram must have axes of frames and bands"
    check(rank is None or rank >= 2, rule, levels.shape)
    bands = levels.shape[-1] if rank else None
    check(bands != 0, "log_spectrogram must have at least one band", bands)
    lag, size = integer("lag", lag, 1), integer("max_size", max_size, 1)
    return _flux(levels, lag=lag, max_size=size, delay=integer("delay", delay, 0))


@compiled
def _flux(levels: tf.Tensor, *, lag: int, max_size: int, delay: int) -> tf.Tensor:
    dtype = levels.dtype
    levels, unfold = flatten_leading(tf.cast(levels, working_dtype(dtype)), keep=2)
    before = _sliding_max(levels, max_size // 2, max_size - 1 - max_size // 2)
    rise = tf.nn.relu(levels[:, lag:] - before[:, :-lag])
    strength = tf.pad(tf.reduce_mean(rise, axis=-1), [[0, 0], [lag + delay, 0]])
    return tf.cast(unfold(strength[:, : sizes(levels)[1]]), dtype)


def detect_onsets(
    strength: Any, *, sample_rate: float, hop_length: int, delta: float = 0.07
) -> tf.Tensor:
    """Find the frames in which sounds begin, by the peaks of :func:`onset_strength`.

    The strength is scaled to [0, 1] over all frames of a signal. An onset is then the greatest of
    30 ms up to it, at least ``delta`` above the mean of 100 ms on either side, and more than 30 ms
    after the one before: what librosa found best of many settings.

    Args:
        strength: ``[..., frames]``.
        sample_rate: Hz.
        hop_length: samples from frame to frame, at least 1.
        delta: at least 0.

    Returns:
        bool, ``[..., frames]``; none where the strength does not change.

    Raises:
        ValueError: if a setting is out of its range.

    Example:
        >>> import spectrotools as st
        >>> strength = [0.0, 0.0, 0.0, 3.0, 1.0, 0.0, 0.0, 0.0, 2.0, 0.0]
        >>> onsets = st.detect_onsets(strength, sample_rate=16000, hop_length=320)
        >>> [frame * 320 / 16000 for frame, onset in enumerate(onsets) if onset]  # s
        [0.06, 0.16]

    References:
        Boeck, Krebs, Schedl, "Evaluating the online capabilities of onset detection methods",
        2012, section 2.2; librosa 0.11, ``onset.onset_detect``.
    """
    rate, hop_length = checked_rate(sample_rate), integer("hop_length", hop_length, 1)
    delta = number("delta", delta, 0.0)
    short, long = (int(seconds * rate // hop_length) for seconds in (0.03, 0.1))
    windows = (short, 1, long, long + 1)
    return _onsets(_checked("strength", strength), windows=windows, delta=delta, wait=short)


@compiled
def _onsets(
    strength: tf.Tensor, *, windows: tuple[int, int, int, int], delta: float, wait: int
) -> tf.Tensor:
    strength = tf.cast(strength, working_dtype(strength.dtype))
    strength -= tf.reduce_min(strength, axis=-1, keepdims=True)
    greatest = tf.reduce_max(strength, axis=-1, keepdims=True)
    strength = tf.math.divide_no_nan(strength, greatest)
    peaks = _peaks(strength, windows=windows, delta=delta, wait=wait)
    return peaks & (greatest > 0)


def pick_peaks(
    values: Any,
    *,
    pre_max: int,
    post_max: int,
    pre_avg: int,
    post_avg: int,
    delta: float,
    wait: int,
) -> tf.Tensor:
    r"""Pick the peaks that stand out of what is around them.

    Of values x, frame n is one if

    .. math::
        x[n] = \max x[n - a \ldots n + b), \qquad
        x[n] \ge \mathrm{mean}\, x[n - c \ldots n + d) + \delta

    with ``pre_max`` a, ``post_max`` b, ``pre_avg`` c and ``post_avg`` d, of windows cut at the
    ends, and if the last one before is more than ``wait`` frames ago.

    Args:
        values: ``[..., frames]``.
        pre_max: frames before, at least 0.
        post_max: frames from n on, at least 1.
        pre_avg: frames before, at least 0.
        post_avg: frames from n on, at least 1.
        delta: in the unit of the values, at least 0.
        wait: frames, at least 0.

    Returns:
        bool, ``[..., frames]``.

    Raises:
        ValueError: if a setting is out of its range.

    Example:
        >>> import spectrotools as st
        >>> around = {"pre_max": 1, "post_max": 2, "pre_avg": 2, "post_avg": 3}
        >>> peaks = st.pick_peaks([0.0, 1.0, 0.0, 0.1, 0.0, 2.0], delta=0.2, wait=1, **around)
        >>> peaks.numpy().tolist()
        [False, True, False, False, False, True]

    References:
        Boeck, Krebs, Schedl, 2012, section 2.2; librosa 0.11, ``util.peak_pick``.
    """
    windows = (
        integer("pre_max", pre_max, 0),
        integer("post_max", post_max, 1),
        integer("pre_avg", pre_avg, 0),
        integer("post_avg", post_avg, 1),
    )
    delta, wait = number("delta", delta, 0.0), integer("wait", wait, 0)
    return _peaks(_checked("values", values), windows=windows, delta=delta, wait=wait)


def _checked(name: str, values: Any) -> tf.Tensor:
    values = real_tensor(name, values)
    frames = values.shape[-1] if values.shape.rank else values.shape.rank
    check(frames != 0, f"{name} must have at least one frame", values.shape)
    return values


@compiled
def _peaks(
    values: tf.Tensor, *, windows: tuple[int, int, int, int], delta: float, wait: int
) -> tf.Tensor:
    values, unfold = flatten_leading(tf.cast(values, working_dtype(values.dtype)), keep=1)
    pre_max, post_max, pre_avg, post_avg = windows
    around = [[0, 0], [pre_avg, post_avg - 1]]
    sums, counts = (
        sliding_sums(tf.pad(part, around), pre_avg + post_avg)
        for part in (values, tf.ones_like(values))
    )
    high = values == _sliding_max(values, pre_max, post_max - 1)
    return unfold(_spaced(high & (values >= sums / counts + delta), wait))


def _sliding_max(values: tf.Tensor, before: int, after: int) -> tf.Tensor:
    """The greatest of so many before and after each place of the last axis, by doubling.

    What is repeated beyond an end is in every window that reaches there.
    """
    first, last = (
        tf.repeat(end, times, axis=-1)
        for end, times in ((values[..., :1], before), (values[..., -1:], after))
    )
    values = tf.concat([first, values, last], axis=-1)
    width, size = before + 1 + after, 1
    while 2 * size <= width:
        values = tf.maximum(values[..., :-size], values[..., size:])
        size *= 2
    rest = width - size
    return tf.maximum(values[..., :-rest], values[..., rest:]) if rest else values


def _spaced(chosen: tf.Tensor, wait: int) -> tf.Tensor:
    """Those of bools ``[batch, frames]`` before which none was left for so many frames."""
    if wait == 0:
        return chosen

    def next_frame(state: tuple, frame: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        left, _ = state
        taken = frame & (left == 0)
        return tf.where(taken, wait, tf.maximum(left - 1, 0)), taken

    frames = tf.transpose(chosen)
    begin = tf.zeros_like(frames[0], tf.int32), tf.zeros_like(frames[0])
    return tf.transpose(tf.scan(next_frame, frames, begin)[1])
