"""What every tracker of pitch gives."""

from typing import Any, NamedTuple, Protocol

import tensorflow as tf

__all__ = ["PitchTrack", "PitchTracker"]


class PitchTrack(NamedTuple):
    """The fundamental of a sound, frame by frame.

    The metrics of pitch and voicing take one for an ``f0_hz``, and so any callable from audio to
    a track (a :class:`PitchTracker`) is compared as any other: a network such as CREPE is plugged
    in as a function that makes its frequencies and confidences into a track.

    Args:
        f0_hz: Hz, ``[..., frames]``, the best guess also where there is no pitch.
        voiced: bool, ``[..., frames]``: whether there is one.
        probability: in [0, 1], ``[..., frames]``: how sure that is, as the tracker says.

    Example:
        >>> import spectrotools as st
        >>> tone = st.tone(440.0, sample_rate=8000, length=2000)
        >>> track = st.yin(tone, sample_rate=8000, fmin=100.0, fmax=1000.0, hop_length=500)
        >>> [f"{f0:.1f}" for f0, voiced in zip(track.f0_hz, track.voiced) if voiced]
        ['440.1', '440.1', '440.1', '440.1', '440.1']
    """

    f0_hz: tf.Tensor
    voiced: tf.Tensor
    probability: tf.Tensor


class PitchTracker(Protocol):
    """Whatever follows the pitch of a sound: a callable from audio to a :class:`PitchTrack`.

    ``functools.partial(st.pyin, sample_rate=..., ...)`` is one, and so is a function around a
    network, of which nothing else is asked.

    Args:
        audio: ``[..., time]``, at the rate and of the level that the tracker is made for.

    Example:
        >>> import spectrotools as st
        >>> import tensorflow as tf
        >>> def tracker(audio):  # a network's answer would be here
        ...     f0_hz = tf.fill([len(audio) // 160 + 1], 221.0)
        ...     confidence = tf.fill(f0_hz.shape, 0.9)
        ...     return st.PitchTrack(f0_hz, confidence > 0.5, confidence)
        >>> track = tracker(st.tone(220.0, sample_rate=16000, length=1600))
        >>> float(st.metrics.raw_pitch_accuracy([220.0] * 11, track))
        1.0
    """

    def __call__(self, audio: Any, /) -> PitchTrack:
        """Follow the pitch of ``audio``."""
