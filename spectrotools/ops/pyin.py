"""The pitch of a sound, followed through time."""

import functools
import math
from typing import Any

import numpy as np
import tensorflow as tf

from .._validate import check, integer, number
from .framing import PadMode
from .numerics import compiled, flatten_leading, real_tensor, sizes, working_dtype
from .periodicity import Lags, PitchConvention, over_frames
from .pitch_candidates import Beliefs, candidates
from .pitch_track import PitchTrack
from .viterbi import best_path

__all__ = ["pyin"]

_NEVER = math.log(np.finfo(np.float64).tiny)  # what librosa adds to every probability


def pyin(
    audio: Any,
    *,
    sample_rate: float,
    fmin: float,
    fmax: float,
    hop_length: int,
    frame_length: int | None = None,
    n_thresholds: int = 100,
    beta_parameters: tuple[float, float] = (2.0, 18.0),
    boltzmann_parameter: float = 2.0,
    resolution: float = 0.1,
    max_transition_rate: float = 35.92,
    switch_prob: float = 0.01,
    no_trough_prob: float = 0.01,
    pad_mode: PadMode = "constant",
    convention: PitchConvention | None = None,
) -> PitchTrack:
    r"""Follow the fundamental of a sound, and tell where it has none: probabilistic YIN.

    Of every frame all troughs of the normalised difference (see :func:`yin`) are candidates. One
    is as likely as a threshold is that chooses it, where thresholds are of a beta distribution;
    of troughs below a threshold the n-th has a share of :math:`e^{-\lambda n}`. A hidden Markov
    model, of pitches in steps of ``resolution`` that are voiced or not, then finds the likeliest
    path through all frames: pitch glides, and a voice seldom starts or stops.

    Args:
        audio: ``[..., time]``, of any length: frames are in memory some at a time.
        sample_rate: Hz, above 0.
        fmin: the lowest fundamental, Hz, above 0. The frame holds at least one period and 2
            samples of it.
        fmax: the highest fundamental, Hz, above ``fmin`` and at most half the sample rate. What is
            higher repeats after more periods, too, and is taken for a tone that low.
        hop_length: samples from one frame to the next, at least 1.
        frame_length: samples, None for 4 periods of ``fmin``, in librosa's convention for 2048.
        n_thresholds: of the beta distribution, at least 1.
        beta_parameters: its two, above 0: 2 and 18 are of the mean 0.1.
        boltzmann_parameter: :math:`\lambda`, above 0: the more, the more the first trough counts,
            and the less an octave too low.
        resolution: semitones from one pitch of the model to the next, above 0 and at most 1.
        max_transition_rate: the fastest glide, octaves a second, at least 0.
        switch_prob: how likely a voice starts or stops from frame to frame, above 0 and below 1.
        no_trough_prob: in [0, 1], what the lowest trough gets of thresholds that no trough meets.
        pad_mode: what is beyond the ends, ``"constant"`` (zeros), ``"reflect"``, ``"symmetric"``
            or ``"edge"``, as in ``numpy.pad``.
        convention: None for the above; the frequency is that of the candidate at the path's
            pitch. ``"librosa"`` for what librosa 0.11 finds: in steps of ``resolution``, and sharp
            as its ``yin``.

    Returns:
        a :class:`PitchTrack` of ``1 + time // hop_length`` frames; frame t is centred on sample
        ``t * hop_length``. The probability is that of a pitch in the frame by itself, the sum of
        its candidates'. Where it is not voiced, the frequency goes on as the path does.

    Raises:
        ValueError: if a setting is out of its range.

    Gradient:
        none: which path is taken has no slope. :func:`spectral_f0` has one.

    Example:
        >>> import spectrotools as st
        >>> tone = st.tone(220.0, sample_rate=16000, length=4000)
        >>> track = st.pyin(tone, sample_rate=16000, fmin=60.0, fmax=1000.0, hop_length=1000)
        >>> [f"{f0:.2f}" for f0 in track.f0_hz[1:-1]], track.voiced[1:-1].numpy().tolist()
        (['220.00', '220.00', '220.00'], [True, True, True])

    References:
        Mauch, Dixon, "pYIN: a fundamental frequency estimator using probabilistic threshold
        distributions", 2014, equations 4 to 6; the shares of troughs are of the authors' program.
    """
    lags = Lags.checked(sample_rate, fmin, fmax, hop_length, frame_length, pad_mode, convention)
    check(len(beta_parameters) == 2, "beta_parameters must be two numbers", beta_parameters)
    alpha, beta = (_above("beta_parameters", value) for value in beta_parameters)
    beliefs = Beliefs(
        integer("n_thresholds", n_thresholds, 1),
        (alpha, beta),
        _above("boltzmann_parameter", boltzmann_parameter),
        _above("resolution", resolution, 1.0),
        number("max_transition_rate", max_transition_rate, 0.0),
        _above("switch_prob", switch_prob, 1.0),
        number("no_trough_prob", no_trough_prob, 0.0, 1.0),
    )
    check(switch_prob < 1, "switch_prob must be below 1", switch_prob)
    audio = real_tensor("audio", audio)
    check(audio.shape.rank != 0, "audio must have a time axis", audio)
    return _pyin(audio, lags=lags, beliefs=beliefs)


def _above(name: str, value: Any, high: float = math.inf) -> float:
    value = number(name, value, 0.0, high)
    check(value > 0, f"{name} must be above 0", value)
    return value


@compiled
def _pyin(audio: tf.Tensor, *, lags: Lags, beliefs: Beliefs) -> PitchTrack:
    dtype = audio.dtype
    audio, unfold = flatten_leading(tf.cast(audio, working_dtype(dtype)), keep=1)
    most = (lags.count + 1) // 2  # no two troughs are neighbours
    of_frames = functools.partial(candidates, lags=lags, beliefs=beliefs)
    found = over_frames(of_frames, (2, most), tf.stop_gradient(audio), lags)
    heard, shares = tf.unstack(found, axis=2)
    size = {"bins": beliefs.bins(lags), "bins_per_octave": beliefs.bins_per_octave}
    bins = _bin(heard, lags.fmin, **size)
    if lags.convention:
        shares = _last_of_a_bin(bins, shares)
    shares = tf.where(bins < size["bins"], shares, tf.zeros_like(shares))
    sure = tf.clip_by_value(tf.reduce_sum(shares, axis=-1), 0.0, 1.0)
    steps = tf.constant(
        _steps(size["bins"], beliefs.width(lags), beliefs.switch_prob), heard.dtype
    )
    likelihood = functools.partial(_log_likelihood, bins=size["bins"])
    begin = tf.zeros([2 * size["bins"]], heard.dtype)
    path = best_path((bins, shares, sure), likelihood, steps, begin, log_outside=_NEVER)
    f0_hz = _frequency(path // 2, bins, heard, shares, lags, beliefs)
    f0_hz, sure = (tf.cast(unfold(part), dtype) for part in (f0_hz, sure))
    return PitchTrack(f0_hz, unfold(path % 2 == 0), sure)


def _bin(heard: tf.Tensor, fmin: float, *, bins: int, bins_per_octave: int) -> tf.Tensor:
    """The nearest pitch of the model, int32; what is above the last is ``bins``."""
    octaves = tf.math.log(heard / fmin) / math.log(2.0)
    return tf.cast(tf.clip_by_value(tf.round(bins_per_octave * octaves), 0.0, bins), tf.int32)


def _last_of_a_bin(bins: tf.Tensor, shares: tf.Tensor) -> tf.Tensor:
    """Probabilities without those that librosa writes over, of one pitch the longest lag's."""
    same = (bins[..., 1:] == bins[..., :-1]) & (shares[..., 1:] > 0)
    same = tf.concat([same, tf.zeros_like(same[..., :1])], axis=-1)
    return tf.where(same, tf.zeros_like(shares), shares)


def _log_likelihood(
    bins_heard: tf.Tensor, shares: tf.Tensor, sure: tf.Tensor, *, bins: int
) -> tf.Tensor:
    """That of every pitch, voiced and not, ``[rows, some, 2 bins]`` of so many frames."""
    rows, some, most = sizes(shares)
    row = tf.range(rows * some)[:, None]
    place = row * (bins + 1) + tf.reshape(bins_heard, [rows * some, most])
    place = tf.reshape(place, [-1, 1])
    heard = tf.scatter_nd(place, tf.reshape(shares, [-1]), [rows * some * (bins + 1)])
    heard = _log(tf.reshape(heard, [rows, some, bins + 1])[..., :-1])
    unheard = _log((1.0 - sure[..., None]) / bins) + tf.zeros_like(heard)
    return tf.reshape(tf.stack([heard, unheard], axis=-1), [rows, some, 2 * bins])


def _log(probability: tf.Tensor) -> tf.Tensor:
    """The logarithm, of 0 as low as librosa has it."""
    above = probability > 0
    return tf.where(above, tf.math.log(tf.where(above, probability, 1.0)), _NEVER)


@functools.lru_cache(maxsize=16)
def _steps(bins: int, width: int, switch_prob: float) -> np.ndarray:
    """The band of transitions, ``[2 bins, places]``: a pitch's two states are neighbours.

    The nearer, the likelier, in a triangle, whatever a voice does; at the ends of the range what
    is left of it weighs as much.
    """
    half = width // 2
    triangle = np.zeros(2 * half + 1)
    # A width that is even leans to where librosa's does.
    start = int(width % 2 == 0 and bins % 2 == 0)
    triangle[start : start + width] = 1.0 - np.abs(np.arange(width) - (width - 1) / 2) / (
        (width + 1) // 2 if width % 2 else width / 2
    )
    place = np.arange(bins)[:, None] + np.arange(-half, half + 1)
    moves = np.where((place >= 0) & (place < bins), triangle, 0.0)
    moves /= moves.sum(axis=1, keepdims=True)
    padded = np.pad(moves, [(0, 0), (1, 1)])
    offset = np.arange(-2 * half - 1, 2 * half + 2)
    band = np.zeros([bins, 2, len(offset)])
    for voiced in (0, 1):
        turned = (offset + voiced) % 2 - voiced
        switched = np.where(turned, switch_prob, 1.0 - switch_prob)
        band[:, voiced] = padded[:, (offset - turned) // 2 + half + 1] * switched
    with np.errstate(divide="ignore"):
        return np.maximum(np.log(band.reshape(2 * bins, -1)), _NEVER)


def _frequency(
    path: tf.Tensor,
    bins: tf.Tensor,
    heard: tf.Tensor,
    shares: tf.Tensor,
    lags: Lags,
    beliefs: Beliefs,
) -> tf.Tensor:
    """Hz of the pitches of a path: of the candidate that is there, if any is."""
    steps = tf.cast(path, heard.dtype) / beliefs.bins_per_octave
    f0_hz = lags.fmin * tf.exp(steps * math.log(2.0))
    if lags.convention:
        return f0_hz
    there = tf.where(bins == path[..., None], shares, tf.zeros_like(shares))
    total = tf.reduce_sum(there, axis=-1)
    mean = tf.math.divide_no_nan(tf.reduce_sum(there * heard, axis=-1), total)
    return tf.where(total > 0, mean, f0_hz)
