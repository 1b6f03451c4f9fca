"""Onsets and notes."""

import functools

import tensorflow as tf

import spectrotools as st

from .entry import Entry
from .inputs import SAMPLE_RATE, phases


def _held(levels: tf.Tensor) -> st.HeldNotes:
    """Of a confidence that stays as it is, whatever the dtype of the levels."""
    return st.detect_notes(levels, tf.fill(tf.shape(levels), 0.75), smoothing=5)


def _onsets() -> list[Entry]:
    smooth, codes = frozenset({"differentiable", "xla"}), frozenset({"codes", "xla"})
    windows = {"pre_max": 3, "post_max": 2, "pre_avg": 5, "post_avg": 6}
    peaks = functools.partial(st.pick_peaks, delta=0.25, wait=4, **windows)
    onsets = functools.partial(st.detect_onsets, sample_rate=SAMPLE_RATE, hop_length=160)
    coded = lambda op: lambda values: tf.cast(op(values), tf.int32)  # noqa: E731
    return [
        Entry("onset_strength", st.onset_strength, smooth, input=phases),
        Entry(
            "onset_strength of neighbours",
            lambda levels: st.onset_strength(levels, lag=2, max_size=3, delay=1),
            smooth,
            input=phases,
        ),
        Entry("detect_notes", lambda levels: _held(levels).ratio, smooth),
        Entry("detect_notes where they are held", coded(lambda levels: _held(levels).on), codes),
        Entry(
            "detect_notes by confidence",
            lambda sure: st.detect_notes(tf.zeros_like(sure), sure, smoothing=5).ratio,
            frozenset({"differentiable", "xla"}),
            input=lambda rng, shape, dtype: rng.uniform(0.1, 1, shape).astype(dtype),
        ),
        Entry("pick_peaks", coded(peaks), codes),
        Entry("detect_onsets", coded(onsets), codes),
    ]


ENTRIES = _onsets()
