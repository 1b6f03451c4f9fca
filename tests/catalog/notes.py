"""Onsets and notes."""

import functools

import tensorflow as tf

import spectrotools as st

from .entry import Entry
from .inputs import SAMPLE_RATE, phases


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
        Entry(
            "detect_notes",
            lambda levels: st.detect_notes(levels - 20.0, tf.sigmoid(levels), smoothing=5).ratio,
            smooth,
        ),
        Entry(
            "detect_notes where they are held",
            coded(lambda levels: st.detect_notes(levels - 20.0, tf.sigmoid(levels)).on),
            codes,
        ),
        Entry("pick_peaks", coded(peaks), codes),
        Entry("detect_onsets", coded(onsets), codes),
    ]


ENTRIES = _onsets()
