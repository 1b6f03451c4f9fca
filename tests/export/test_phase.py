"""Phase against fractions, which are exact."""

from fractions import Fraction

import numpy as np
import tensorflow as tf

from spectrotools.export.phase import phases


def turns_off(units: int, bits: int, turns: Fraction) -> float:
    """How far integer phase is from what it should be, on the circle."""
    off = (Fraction(units, 2**bits) - turns) % 1
    return float(min(off, 1 - off))


def test_every_sample_of_a_glide_is_right(rng):
    hop, rate = 24, 44100.0
    hz = rng.uniform(20.0, 20000.0, 6).astype(np.float32)
    made = phases(
        tf.constant(hz),
        tf.constant(2**62, tf.int64),
        tf.ones([5], tf.int64),
        hop_length=hop,
        sample_rate=rate,
    )
    begin = Fraction(1, 4)
    for segment in range(5):
        a, b = (Fraction(float(f)) / Fraction(rate) for f in hz[segment : segment + 2])
        for j in range(hop):
            wanted = begin + a * j + (b - a) * j * j / (2 * hop)
            assert turns_off(int(made.along[segment, j]), 32, wanted) <= 2.0**-32
        begin += (a + b) * hop / 2
    assert turns_off(int(made.after), 64, begin) < 2.0**-45


def test_ten_hours_end_where_they_should():
    """Nine million frames of one pitch: every error of a step adds up."""
    hop, rate, block, blocks = 8, 2000.0, 300_000, 30
    hz = np.float32(441.7)
    phase = tf.constant(0, tf.int64)
    moves, pitch = tf.ones([block], tf.int64), tf.fill([block + 1], hz)
    for _ in range(blocks):
        phase = phases(pitch, phase, moves, hop_length=hop, sample_rate=rate).after
    wanted = Fraction(float(hz)) * block * blocks * hop / Fraction(rate)
    assert turns_off(int(phase), 64, wanted) < 2.0**-30


def test_phase_stays_where_it_is_told_to():
    hz = tf.constant([300.0, 300.0, 300.0])
    grid = {"hop_length": 4, "sample_rate": 8000.0}
    made = phases(hz, tf.constant(5 << 32, tf.int64), tf.constant([0, 1], tf.int64), **grid)
    np.testing.assert_array_equal(made.along[0], [5, 5, 5, 5])
    np.testing.assert_array_equal(made.along[1, 0], 5)
    assert made.along[1, 1] > 5


def test_what_is_beyond_the_sample_rate_counts_as_it():
    """A whole turn a sample: phase stands still."""
    grid = {"hop_length": 4, "sample_rate": 8000.0}
    for hz in (8000.0, 1e9, np.inf, -8000.0):
        pitch = tf.constant([hz, hz])
        made = phases(pitch, tf.constant(0, tf.int64), tf.ones([1], tf.int64), **grid)
        assert np.max(np.abs(made.along)) <= 1
