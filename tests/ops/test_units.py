"""Decibels against librosa, item by item."""

import librosa
import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from tests.tolerances import assert_close


@pytest.mark.parametrize("top_db", [80.0, 20.0, 0.0, None])
@pytest.mark.parametrize("ref", [1.0, 0.3, "max"])
@pytest.mark.parametrize(
    ("function", "peer"),
    [
        (st.power_to_db, librosa.power_to_db),
        (st.amplitude_to_db, librosa.amplitude_to_db),
    ],
)
def test_decibels_are_librosas_of_each_item(function, peer, ref, top_db, rng):
    batch = rng.uniform(0, 1, (3, 20, 30)) ** 8 * np.array([1.0, 1e-4, 10.0])[:, None, None]
    batch[1, 3, 4] = 0.0
    result = function(batch, ref=ref, top_db=top_db)
    for item, expected in zip(result, batch, strict=True):
        expected = peer(expected, ref=np.max if ref == "max" else ref, top_db=top_db)
        assert_close(item, expected, 64, np.float64)


def test_decibels_and_back(rng):
    values = rng.uniform(1e-3, 10, 100)
    power = st.db_to_power(st.power_to_db(values, ref=2.0, top_db=None), ref=2.0)
    assert_close(power, values, 64, np.float64)
    amplitude = st.db_to_amplitude(st.amplitude_to_db(values, top_db=None))
    assert_close(amplitude, values, 64, np.float64)
    assert_close(st.db_to_power(values), librosa.db_to_power(values), 64, np.float64)
    assert_close(st.db_to_amplitude(values), librosa.db_to_amplitude(values), 64, np.float64)


def test_silence_has_a_finite_gradient():
    silence = tf.zeros([2, 5, 6])
    with tf.GradientTape() as tape:
        tape.watch(silence)
        value = tf.reduce_sum(st.power_to_db(silence))
    np.testing.assert_array_equal(tape.gradient(value, silence), np.zeros([2, 5, 6]))


@pytest.mark.parametrize("function", [st.power_to_db, st.amplitude_to_db])
def test_arguments_out_of_range_are_refused(function):
    with pytest.raises(ValueError, match=r"amin must be above 0; got 0\.0"):
        function([1.0], amin=0.0)
    for ref in (0.0, "mean"):
        with pytest.raises(ValueError, match="ref must be above 0, or 'max'; got"):
            function([1.0], ref=ref)
    with pytest.raises(ValueError, match="top_db must be at least 0, or None; got -1"):
        function([1.0], top_db=-1)
