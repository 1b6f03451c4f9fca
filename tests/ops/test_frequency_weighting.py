"""Weightings against librosa's, against the table of the standard, and at their ends."""

import librosa
import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st

# IEC 61672-1:2013, table 3: design goals of nominal frequencies, dB, to a tenth.
NOMINAL = np.array([10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000])
EXACT = 1000.0 * 10 ** (np.round(10 * np.log10(NOMINAL / 1000)) / 10)
TABLE = {
    "A": [-70.4, -50.5, -30.2, -19.1, -10.9, -3.2, 0.0, 1.2, 0.5, -2.5, -9.3],
    "C": [-14.3, -6.2, -1.3, -0.3, 0.0, 0.0, 0.0, -0.2, -1.3, -4.4, -11.2],
    "Z": [0.0] * 11,
}


@pytest.mark.parametrize("weighting", ["A", "B", "C", "D", "Z"])
@pytest.mark.parametrize("floor_db", [-80.0, -40.0])
def test_it_is_librosas(weighting, floor_db):
    hertz = np.concatenate([[0.0], np.geomspace(1e-3, 1e5, 500)])
    with np.errstate(divide="ignore"):
        expected = librosa.frequency_weighting(hertz, kind=weighting, min_db=floor_db)
    result = st.frequency_weighting(hertz, weighting=weighting, floor_db=floor_db)
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("weighting", TABLE)
def test_it_is_the_table_of_the_standard(weighting):
    result = st.frequency_weighting(EXACT, weighting=weighting)
    np.testing.assert_allclose(result, TABLE[weighting], rtol=0, atol=0.0501)


@pytest.mark.parametrize("weighting", ["A", "B", "C", "D", "Z"])
def test_half_precision_and_single_are_computed_in_double(weighting):
    hertz = np.float32([0.0, 20.0, 1000.0, 16384.0])
    expected = st.frequency_weighting(hertz.astype(np.float64), weighting=weighting)
    for dtype in (tf.float32, tf.float16):
        result = st.frequency_weighting(tf.cast(hertz, dtype), weighting=weighting)
        np.testing.assert_array_equal(result, tf.cast(expected, dtype))


@pytest.mark.parametrize("weighting", ["A", "B", "C", "D", "Z"])
def test_at_0_hz_it_ends_and_has_no_slope(weighting):
    hertz = tf.constant([0.0, 1e-30, 1e30], tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(hertz)
        result = st.frequency_weighting(hertz, weighting=weighting, floor_db=-500.0)
    expected = 0.0 if weighting == "Z" else -500.0
    assert result.numpy()[:2].tolist() == [expected, expected]
    slope = tape.gradient(result, hertz).numpy()
    assert slope[:2].tolist() == [0.0, 0.0]
    assert np.isfinite(slope[2])


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"weighting": "E"}, "weighting must be one of 'A', 'B', 'C', 'D', 'Z'; got 'E'"),
        ({"floor_db": 1.0}, r"floor_db must be a number in \[-500, 0\]; got 1.0"),
        ({"frequency_hz": [-1.0]}, r"frequency_hz must be finite and of at least 0; got \[-1.0\]"),
        ({"frequency_hz": 440}, "frequency_hz must be floating point; got int32"),
    ],
)
def test_what_is_wrong_is_named(settings, match):
    hertz = settings.pop("frequency_hz", [440.0])
    with pytest.raises(ValueError, match=match):
        st.frequency_weighting(hertz, **settings)
