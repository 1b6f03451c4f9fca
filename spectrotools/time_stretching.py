"""Sounds slower or faster at the same pitch, and higher or lower in the same time."""

from fractions import Fraction
from typing import Any

import numpy as np
import tensorflow as tf

from ._validate import check, number
from .ops.arguments import check_values
from .ops.framing import fit_length
from .ops.numerics import flatten_leading, real_tensor, sizes, working_dtype
from .ops.phase_vocoder import Locking, phase_vocoder
from .ops.resampling import resample
from .transforms.stft import STFT

__all__ = ["pitch_shift", "time_stretch"]

_FINEST = 2000  # of the lower rate of an interval: the constants of resampling grow with it


def time_stretch(
    audio: Any,
    rate: Any,
    transform: STFT,
    *,
    length: int | tf.Tensor | None = None,
    locking: Locking = "identity",
) -> tf.Tensor:
    """Make a sound faster or slower without changing its pitch, by the phase vocoder.

    What is at time t of the result was at ``rate * t`` of the sound. At rate 1 the sound comes
    back. The frames should overlap by three quarters of a window that falls to 0.

    Args:
        audio: ``[..., time]``, floating point.
        rate: above 0, how much faster: a number, or a tensor of one, or of ``[..., frames]``, one
            for each frame of the result, ``transform.num_frames(length)`` of them.
        transform: the ``STFT`` to go through, whose first frame is about the first sample.
        length: samples of the result; None is those of the sound divided by a ``rate`` that is a
            number, rounded. Of a tensor it has to be given.
        locking: as in :func:`phase_vocoder`.

    Returns:
        ``[..., length]``.

    Raises:
        ValueError: if an argument is out of its range or does not fit the others.

    Gradient:
        By audio and rate, as that of :func:`phase_vocoder`.

    Example:
        >>> import spectrotools as st
        >>> tone = st.tone(440.0, sample_rate=16000, length=16000)
        >>> slow = st.time_stretch(tone, 0.8, st.STFT(n_fft=1024, hop_length=256))
        >>> f"{len(slow)} samples, {slow[5000:15000].numpy().max():.3f}"
        '20000 samples, 1.000'

    References:
        Laroche and Dolson, "Improved phase vocoder time-scale modification of audio", IEEE
        Transactions on Speech and Audio Processing 7(3), 1999.
    """
    check(isinstance(transform, STFT), "transform must be an STFT", transform)
    rule = "transform must have its first frame about the first sample"
    check(transform.middle == transform.delay, rule, transform.convention)
    audio = real_tensor("audio", audio)
    check(audio.shape.rank != 0, "audio must have a time axis", audio.shape)
    check_values("rate", rate, 0.0, within=True)
    if length is None:
        plain = isinstance(rate, int | float | np.number)
        check(plain, "length must be given with a tensor of rates", length)
        length = _stretched_length(audio, float(rate))
    frames = transform.num_frames(length)
    coefficients = phase_vocoder(transform(audio), rate, frames=frames, locking=locking)
    return tf.cast(transform.inverse(coefficients, length=length), audio.dtype)


def _stretched_length(audio: tf.Tensor, rate: float) -> Any:
    time = audio.shape[-1] if audio.shape.rank else None
    if time is not None:
        return round(time / rate)
    return tf.cast(tf.round(tf.cast(tf.shape(audio)[-1], tf.float64) / rate), tf.int32)


def pitch_shift(
    audio: Any, semitones: float, transform: STFT, *, locking: Locking = "identity"
) -> tf.Tensor:
    """Make a sound higher or lower without changing how long it is.

    It is stretched by the interval (:func:`time_stretch`), and then read as much faster
    (:func:`resample`). The interval is the nearest fraction of whole numbers, the lower of them up
    to 2000: within 0.001 cents of semitones of equal temperament, and 0.05 of others. All that
    sounds is moved, formants as well, and what would be above the Nyquist frequency is gone.

    Args:
        audio: ``[..., time]``, floating point.
        semitones: twelfths of an octave, in [-48, 48].
        transform: the ``STFT`` to go through, as in :func:`time_stretch`.
        locking: as in :func:`phase_vocoder`.

    Returns:
        of the shape of ``audio``.

    Raises:
        ValueError: if an argument is out of its range or does not fit the others.

    Gradient:
        By the audio.

    Example:
        >>> import spectrotools as st
        >>> tone = st.tone(440.0, sample_rate=16000, length=16000)
        >>> fifth = st.pitch_shift(tone, 7.0, st.STFT(n_fft=1024, hop_length=256))
        >>> track = st.yin(fifth, sample_rate=16000, fmin=200.0, fmax=900.0, hop_length=4000)
        >>> f"{float(track.f0_hz[2]):.1f} Hz"
        '659.3 Hz'

    References:
        Laroche and Dolson, "New phase-vocoder techniques for pitch-shifting, harmonizing and other
        exotic effects", WASPAA 1999, section 1.
    """
    audio = real_tensor("audio", audio)
    check(audio.shape.rank != 0, "audio must have a time axis", audio.shape)
    semitones = number("semitones", semitones, -48.0, 48.0)
    interval = Fraction(2.0 ** (abs(semitones) / 12.0)).limit_denominator(_FINEST)
    interval = interval if semitones > 0 else 1 / interval
    rates = {"sample_rate": interval.numerator, "target_rate": interval.denominator}
    flat, unfold = flatten_leading(tf.cast(audio, working_dtype(audio.dtype)), keep=1)
    time = sizes(flat)[1]
    longer = -(-time * interval.numerator // interval.denominator)
    stretched = time_stretch(flat, 1 / float(interval), transform, length=longer, locking=locking)
    return tf.cast(unfold(fit_length(resample(stretched, **rates), time)), audio.dtype)
