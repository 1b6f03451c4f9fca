"""Notes in a sound of one voice: where one is held, and each from its beginning to its end."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from .._validate import check, integer, number
from .arguments import check_broadcast
from .numerics import compiled, flatten_leading, real_tensor, working_dtype
from .sliding_sums import sliding_sums

__all__ = ["HeldNotes", "Note", "detect_notes", "segment_notes"]


class HeldNotes(NamedTuple):
    """Where notes are held: what :func:`detect_notes` gives.

    Args:
        on: bool, ``[..., frames]``.
        ratio: how far above the threshold, which is at ``note_threshold``, ``[..., frames]``.

    Example:
        >>> import spectrotools as st
        >>> held = st.detect_notes([-80.0, -20.0], [1.0, 1.0], smoothing=1)
        >>> [f"{ratio:.2f}" for ratio in held.ratio]
        ['0.00', '4.08']
    """

    on: tf.Tensor
    ratio: tf.Tensor


class Note(NamedTuple):
    """A note, of those that :func:`segment_notes` gives.

    Args:
        onset_seconds: where it begins.
        offset_seconds: where it ends.
        midi: its pitch, the median of its frames, a MIDI number that need not be whole.

    Example:
        >>> import spectrotools as st
        >>> (note,) = st.segment_notes([439.0, 440.0, 441.0], [True] * 3, frame_rate=50)
        >>> f"from {note.onset_seconds} to {note.offset_seconds} s: {note.midi}"
        'from 0.0 to 0.06 s: 69.0'
    """

    onset_seconds: float
    offset_seconds: float
    midi: float


def detect_notes(
    loudness_db: Any,
    f0_confidence: Any,
    *,
    note_threshold: float = 1.0,
    exponent: float = 2.0,
    smoothing: int = 40,
    f0_confidence_threshold: float = 0.7,
    min_db: float = -80.0,
) -> HeldNotes:
    r"""Find the frames in which a note is held, by loudness and the confidence of the pitch.

    .. math:: r = \frac{\mathrm{smooth}(c^e)\,(l - l_0)}{\theta^e\,(\bar l - l_0)}

    with the loudness l, its mean over all frames, the confidence c, its threshold :math:`\theta`
    and ``min_db`` :math:`l_0`; a note is where r reaches ``note_threshold``. Silence as a whole
    has none.

    Args:
        loudness_db: dB, such as :func:`loudness` gives, ``[..., frames]``.
        f0_confidence: in [0, 1], ``[..., frames]``.
        note_threshold: that the ratio must reach, above 0.
        exponent: e, above 0.
        smoothing: frames of the box that confidences are averaged over, zeros beyond the ends.
        f0_confidence_threshold: in (0, 1].
        min_db: the loudness of silence, dB.

    Returns:
        Where notes are held, and the ratio r, of the dtype of ``loudness_db``.

    Raises:
        ValueError: if the shapes do not fit, or a setting is out of its range.

    Example:
        >>> import spectrotools as st
        >>> held = st.detect_notes([-80.0, -20.0, -20.0, -80.0], [0.0, 1.0, 1.0, 0.0], smoothing=1)
        >>> held.on.numpy().tolist()
        [False, True, True, False]

    References:
        Engel, Hantrakul, Gu, Roberts, "DDSP: differentiable digital signal processing", 2020;
        their ``training.postprocessing.detect_notes``, which takes one mean over a batch.
    """
    loudness, confidence = (
        real_tensor("loudness_db", loudness_db),
        real_tensor("f0_confidence", f0_confidence),
    )
    check_broadcast(loudness_db=loudness.shape, f0_confidence=confidence.shape)
    settings = {
        "threshold": number("note_threshold", note_threshold, 1e-12),
        "exponent": number("exponent", exponent, 1e-12),
        "smoothing": integer("smoothing", smoothing, 1),
        "least": number("f0_confidence_threshold", f0_confidence_threshold, 1e-12, 1.0),
        "min_db": number("min_db", min_db, -1e4),
    }
    return _held(loudness, confidence, **settings)


@compiled
def _held(
    loudness: tf.Tensor,
    confidence: tf.Tensor,
    *,
    threshold: float,
    exponent: float,
    smoothing: int,
    least: float,
    min_db: float,
) -> HeldNotes:
    kept, dtype = loudness.dtype, working_dtype(loudness.dtype)
    sure, unfold = flatten_leading(tf.cast(confidence, dtype) ** exponent, keep=1)
    before = (smoothing - 1) // 2
    padded = tf.pad(sure, [[0, 0], [before, smoothing - 1 - before]])
    smooth = unfold(sliding_sums(padded, smoothing) / smoothing)
    level = tf.cast(loudness, dtype) - min_db
    mean = tf.reduce_mean(level, axis=-1, keepdims=True)
    ratio = tf.math.divide_no_nan(smooth * level, least**exponent * mean)
    return HeldNotes((ratio >= threshold) & (mean > 0), tf.cast(ratio, kept))


def segment_notes(
    f0_hz: Any,
    on: Any,
    *,
    frame_rate: float,
    change_semitones: float = 0.7,
    min_seconds: float = 0.05,
) -> list[Note]:
    """Cut a pitch track into notes.

    A note lasts while frames are on, and until the pitch has left its median by more than
    ``change_semitones`` for ``min_seconds``, so that neither vibrato nor one wrong frame ends it;
    what is shorter than ``min_seconds`` is none.

    Args:
        f0_hz: Hz, ``[frames]``, above 0 where a frame is on.
        on: bool, ``[frames]``, such as ``voiced`` of a :class:`PitchTrack`, or ``on`` of
            :class:`HeldNotes`.
        frame_rate: frames a second, above 0.
        change_semitones: above 0.
        min_seconds: at least 0.

    Returns:
        The notes in their order.

    Raises:
        ValueError: if the two are not of one length, or a setting is out of its range.

    Example:
        >>> import spectrotools as st
        >>> f0_hz = 10 * [220.0] + 10 * [440.0] + 5 * [100.0]
        >>> notes = st.segment_notes(f0_hz, 20 * [True] + 5 * [False], frame_rate=100)
        >>> [f"{note.onset_seconds} to {note.offset_seconds}: {note.midi:.1f}" for note in notes]
        ['0.0 to 0.1: 57.0', '0.1 to 0.2: 69.0']
    """
    f0_hz, on = np.asarray(f0_hz, np.float64), np.asarray(on, bool)
    fits = f0_hz.ndim == 1 and f0_hz.shape == on.shape
    check(fits, "f0_hz and on must be [frames], of one length", f"{f0_hz.shape} and {on.shape}")
    check(bool(np.all(f0_hz[on] > 0)), "f0_hz must be above 0 wherever on is", f0_hz)
    rate = number("frame_rate", frame_rate, 1e-12)
    change = number("change_semitones", change_semitones, 1e-12)
    least = max(round(number("min_seconds", min_seconds, 0.0) * rate), 1)
    midi = 69 + 12 * np.log2(np.where(on, f0_hz, 440.0) / 440)
    return [
        Note(begin / rate, end / rate, float(np.median(midi[begin:end])))
        for run in _runs(on)
        for begin, end in _split(midi, *run, change, least)
        if end - begin >= least
    ]


def _runs(on: np.ndarray) -> Iterator[tuple[int, int]]:
    """The beginning and the end of each run of true frames."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], on, [False]])))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _split(
    midi: np.ndarray, begin: int, end: int, change: float, least: int
) -> Iterator[tuple[int, int]]:
    """Cut a run where the pitch stays away from that of the note so far."""
    away = 0
    for frame in range(begin + 1, end):
        held = np.median(midi[begin : frame - away])
        away = away + 1 if abs(midi[frame] - held) > change else 0
        if away == least:
            yield begin, frame + 1 - away
            begin, away = frame + 1 - away, 0
    yield begin, end
