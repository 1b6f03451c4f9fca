"""Pitch: Hz, MIDI notes, and shares of a range of either."""

import math
from typing import Any

import tensorflow as tf

from .._validate import check
from .numerics import compiled, real_tensor, working_dtype

__all__ = [
    "hz_to_midi",
    "hz_to_unit",
    "midi_of",
    "midi_to_hz",
    "midi_to_unit",
    "unit_to_hz",
    "unit_to_midi",
]


def midi_to_hz(notes: Any) -> tf.Tensor:
    r"""Give the frequency of notes, :math:`440 \cdot 2^{(n - 69) / 12}`.

    Args:
        notes: MIDI notes, [...], which need not be whole.

    Returns:
        Hz, of the shape of ``notes``.

    Raises:
        ValueError: if ``notes`` is not floating point.

    Example:
        >>> import spectrotools as st
        >>> [f"{hz:.2f}" for hz in st.midi_to_hz([60.0, 69.0, 69.5])]
        ['261.63', '440.00', '452.89']
    """
    return _midi_to_hz(real_tensor("notes", notes))


def hz_to_midi(frequencies_hz: Any) -> tf.Tensor:
    r"""Give the note of frequencies, :math:`69 + 12 \log_2 (f / 440)`; of 0 Hz or less, note 0.

    Args:
        frequencies_hz: Hz, [...].

    Returns:
        MIDI notes, of the shape of ``frequencies_hz``.

    Raises:
        ValueError: if ``frequencies_hz`` is not floating point.

    Gradient:
        0 where there is no pitch.

    Example:
        >>> import spectrotools as st
        >>> [f"{note:.2f}" for note in st.hz_to_midi([261.63, 440.0, 0.0])]
        ['60.00', '69.00', '0.00']
    """
    return _hz_to_midi(real_tensor("frequencies_hz", frequencies_hz))


def unit_to_midi(
    unit: Any, *, midi_min: float = 20.0, midi_max: float = 90.0, clip: bool = False
) -> tf.Tensor:
    """Map [0, 1] to the notes from ``midi_min`` to ``midi_max``.

    Args:
        unit: [...].
        midi_min: what 0 becomes.
        midi_max: what 1 becomes, other than ``midi_min``.
        clip: whether to cut ``unit`` off at 0 and 1.

    Returns:
        MIDI notes, of the shape of ``unit``.

    Raises:
        ValueError: if ``unit`` is not floating point, or the range is empty.

    Example:
        >>> import spectrotools as st
        >>> st.unit_to_midi([0.0, 0.5, 2.0], clip=True).numpy().tolist()
        [20.0, 55.0, 90.0]
    """
    low, high = _range("midi_min", midi_min, "midi_max", midi_max)
    return _rescale(real_tensor("unit", unit), start=low, span=high - low, clip=bool(clip))


def midi_to_unit(
    notes: Any, *, midi_min: float = 20.0, midi_max: float = 90.0, clip: bool = False
) -> tf.Tensor:
    """Map the notes from ``midi_min`` to ``midi_max`` to [0, 1].

    Args:
        notes: MIDI notes, [...].
        midi_min: what becomes 0.
        midi_max: what becomes 1, other than ``midi_min``.
        clip: whether to cut the result off at 0 and 1.

    Returns:
        of the shape of ``notes``.

    Raises:
        ValueError: if ``notes`` is not floating point, or the range is empty.

    Example:
        >>> import spectrotools as st
        >>> st.midi_to_unit([20.0, 55.0, 97.0]).numpy().round(3).tolist()
        [0.0, 0.5, 1.100000023841858]
    """
    low, high = _range("midi_min", midi_min, "midi_max", midi_max)
    return _share(real_tensor("notes", notes), start=low, span=high - low, clip=bool(clip))


def unit_to_hz(unit: Any, *, fmin: float, fmax: float, clip: bool = False) -> tf.Tensor:
    """Map [0, 1] to the frequencies from ``fmin`` to ``fmax``, evenly in octaves.

    Args:
        unit: [...].
        fmin: what 0 becomes, Hz; 0 (or less) is taken as note 0, 8.18 Hz.
        fmax: what 1 becomes, Hz.
        clip: whether to cut ``unit`` off at 0 and 1.

    Returns:
        Hz, of the shape of ``unit``.

    Raises:
        ValueError: if ``unit`` is not floating point, or the range is empty.

    Example:
        >>> import spectrotools as st
        >>> [f"{hz:.1f}" for hz in st.unit_to_hz([0.0, 0.5, 1.0], fmin=100.0, fmax=400.0)]
        ['100.0', '200.0', '400.0']
    """
    low, high = _range("fmin", midi_of(fmin), "fmax", midi_of(fmax))
    return midi_to_hz(unit_to_midi(unit, midi_min=low, midi_max=high, clip=clip))


def hz_to_unit(frequencies_hz: Any, *, fmin: float, fmax: float, clip: bool = False) -> tf.Tensor:
    """Map the frequencies from ``fmin`` to ``fmax`` to [0, 1], evenly in octaves.

    Args:
        frequencies_hz: Hz, [...]; 0 (or less) is taken as note 0, 8.18 Hz.
        fmin: what becomes 0, Hz, likewise.
        fmax: what becomes 1, Hz.
        clip: whether to cut the result off at 0 and 1.

    Returns:
        of the shape of ``frequencies_hz``.

    Raises:
        ValueError: if ``frequencies_hz`` is not floating point, or the range is empty.

    Example:
        >>> import spectrotools as st
        >>> [f"{u:.2f}" for u in st.hz_to_unit([100.0, 200.0, 400.0], fmin=100.0, fmax=400.0)]
        ['0.00', '0.50', '1.00']
    """
    low, high = _range("fmin", midi_of(fmin), "fmax", midi_of(fmax))
    return midi_to_unit(hz_to_midi(frequencies_hz), midi_min=low, midi_max=high, clip=clip)


def midi_of(hz: float) -> float:
    """The note of one frequency, in float64."""
    return 69.0 + 12.0 * math.log2(hz / 440.0) if hz > 0 else 0.0


def _range(low_name: str, low: float, high_name: str, high: float) -> tuple[float, float]:
    finite = math.isfinite(low) and math.isfinite(high)
    check(finite and low != high, f"{low_name} and {high_name} must be a range", (low, high))
    return float(low), float(high)


@compiled
def _midi_to_hz(notes: tf.Tensor) -> tf.Tensor:
    working = tf.cast(notes, working_dtype(notes.dtype))
    return tf.cast(440.0 * tf.exp((working - 69.0) * (math.log(2.0) / 12.0)), notes.dtype)


@compiled
def _hz_to_midi(hz: tf.Tensor) -> tf.Tensor:
    working = tf.cast(hz, working_dtype(hz.dtype))
    pitched = working > 0
    safe = tf.where(pitched, working, tf.ones_like(working))
    notes = 69.0 + (12.0 / math.log(2.0)) * tf.math.log(safe / 440.0)
    return tf.cast(tf.where(pitched, notes, tf.zeros_like(notes)), hz.dtype)


@compiled
def _rescale(unit: tf.Tensor, *, start: float, span: float, clip: bool) -> tf.Tensor:
    working = tf.cast(unit, working_dtype(unit.dtype))
    working = tf.clip_by_value(working, 0.0, 1.0) if clip else working
    return tf.cast(start + span * working, unit.dtype)


@compiled
def _share(value: tf.Tensor, *, start: float, span: float, clip: bool) -> tf.Tensor:
    working = (tf.cast(value, working_dtype(value.dtype)) - start) / span
    return tf.cast(tf.clip_by_value(working, 0.0, 1.0) if clip else working, value.dtype)
