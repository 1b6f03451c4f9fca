"""Clicks against librosa's, and against addition by hand where librosa does not go."""

import librosa
import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st


def test_clicks_are_librosas(rng):
    times = np.array([0, 100, 130, 131, 700, 990]) / 1000  # some overlap, one is cut off
    click = rng.standard_normal(50).astype(np.float32)
    expected = librosa.clicks(times=times, sr=1000, click=click, length=1000)
    result = st.clicks(times, sample_rate=1000, length=1000, click=click)
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-6)
    assert result.dtype == tf.float32


def test_a_click_starts_at_the_nearest_sample():
    times = [0.29, 0.5049, 0.5051, 0.9951]  # 0.29 * 100 is below 29
    result = st.clicks(times, sample_rate=100, length=100).numpy()
    assert np.flatnonzero(result).tolist() == [29, 50, 51]
    assert result.dtype == np.float32


def test_what_lies_outside_is_cut_off():
    times = [-0.02, -0.04, -1e9, 0.98, 1.0, 1e9, np.nan, np.inf, -np.inf]
    result = st.clicks(times, sample_rate=100, length=100, click=[1.0, 2.0, 3.0, 4.0]).numpy()
    expected = np.zeros(100)
    expected[:2] += [3, 4]
    expected[-2:] += [1, 2]
    np.testing.assert_array_equal(result, expected)


def test_late_clicks_of_plain_numbers_are_where_they_should_be():
    times = (np.array([0, 17_000_001, 28_799_999]) / 48_000).tolist()
    result = st.clicks(times, sample_rate=48_000, length=28_800_000).numpy()
    assert np.flatnonzero(result).tolist() == [0, 17_000_001, 28_799_999]


@pytest.mark.parametrize("dtype", [tf.int32, tf.int64])
def test_a_length_may_be_a_tensor_and_a_known_one_stays_known(dtype):
    make = lambda length: st.clicks([[0.1], [0.7]], sample_rate=10, length=length)  # noqa: E731
    run = tf.function(make, input_signature=[tf.TensorSpec([], dtype)])
    for length in (0, 5, 9):
        np.testing.assert_array_equal(run(tf.constant(length, dtype)), make(length))
    assert tf.function(lambda: make(9)).get_concrete_function().outputs[0].shape == [2, 9]


def test_no_samples_no_clicks_and_a_click_of_nothing():
    assert st.clicks([0.0], sample_rate=100, length=0).shape == (0,)
    assert not np.any(st.clicks(np.zeros([2, 0]), sample_rate=100, length=5))
    assert not np.any(st.clicks([0.0], sample_rate=100, length=5, click=np.zeros(0)))


def test_the_click_has_a_gradient(rng):
    click, weights = tf.constant(rng.standard_normal(4)), rng.standard_normal(10)
    with tf.GradientTape() as tape:
        tape.watch(click)
        audio = st.clicks([-0.1, 0.2, 0.8], sample_rate=10, length=10, click=click)
        value = tf.reduce_sum(audio * weights)
    assert audio.dtype == tf.float64
    padded = np.pad(weights, (1, 3))  # sample -1 first
    expected = sum(padded[start + 1 : start + 5] for start in (-1, 2, 8))
    np.testing.assert_allclose(tape.gradient(value, click), expected, rtol=1e-12)


def test_arguments_that_do_not_fit_are_refused():
    settings = {"sample_rate": 100, "length": 10}
    with pytest.raises(ValueError, match=r"times_seconds must be \[\.\.\., clicks\]; got"):
        st.clicks(0.5, **settings)
    with pytest.raises(ValueError, match=r"click must be \[click_length\]; got \(1, 1\)"):
        st.clicks([0.5], click=[[1.0]], **settings)
    with pytest.raises(ValueError, match="click must be floating point; got int32"):
        st.clicks([0.5], click=[1], **settings)
    with pytest.raises(ValueError, match="sample_rate must be above 0 Hz; got -1"):
        st.clicks([0.5], sample_rate=-1, length=10)
    with pytest.raises(ValueError, match="length must be an integer of at least 0; got -1"):
        st.clicks([0.5], sample_rate=100, length=-1)
    floating = tf.function(lambda length: st.clicks([0.5], sample_rate=100, length=length))
    with pytest.raises(ValueError, match="length must be one whole number; got"):
        floating(tf.constant(10.5))
