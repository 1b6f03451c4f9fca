"""What every tracker of pitch gives."""

from typing import NamedTuple

import tensorflow as tf

__all__ = ["PitchTrack"]


class PitchTrack(NamedTuple):
    """The fundamental of a sound, frame by frame.

    Any callable that gives one stands for any other: a network such as CREPE is plugged in as a
    function that makes its frequencies and confidences into a track.

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
