"""Phase against NumPy's unwrap and angle, closed forms, and finite differences."""

import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from tests.tolerances import assert_close


def circle(difference):
    return np.abs(np.angle(np.exp(1j * difference)))


@pytest.mark.parametrize("axis", [-2, -1, 0])
def test_unwrap_is_numpys(axis, rng):
    wrapped = np.angle(np.exp(1j * np.cumsum(rng.normal(0, 2, (3, 200, 20)), axis=axis)))
    assert_close(st.unwrap(wrapped, axis=axis), np.unwrap(wrapped, axis=axis), 16, np.float64)


def test_unwrap_breaks_ties_as_numpy_does():
    steps = np.array([0.0, np.pi, 0.0, -np.pi, 2 * np.pi, -np.pi, np.pi, 7.0, -7.0])
    np.testing.assert_array_equal(st.unwrap(steps, axis=0), np.unwrap(steps))


def test_unwrap_of_nothing_and_of_one_frame():
    for frames in (0, 1):
        assert st.unwrap(np.zeros((2, frames, 5))).shape == (2, frames, 5)


def test_unwrap_gradient_is_the_identitys(rng):
    phase = tf.constant(rng.uniform(-3, 3, (50, 4)))
    weights = rng.standard_normal((50, 4))
    with tf.GradientTape() as tape:
        tape.watch(phase)
        value = tf.reduce_sum(weights * st.unwrap(phase))
    np.testing.assert_array_equal(tape.gradient(value, phase), weights)


def test_angle_is_numpys_and_its_gradient_survives_silence(rng):
    values = rng.standard_normal(50) + 1j * rng.standard_normal(50)
    assert_close(st.angle(values), np.angle(values), 8, np.float64)
    point = tf.constant([0j, 1e-30 + 0j, 1e-300j, 1 + 1j])
    with tf.GradientTape() as tape:
        tape.watch(point)
        value = tf.reduce_sum(st.angle(point))
    gradient = tape.gradient(value, point).numpy()
    assert np.all(np.isfinite(gradient))
    assert gradient[0] == 0
    assert gradient[3] == pytest.approx(-0.5 + 0.5j)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "own", [{}, {"hop_length": 256, "n_fft": 1024}, {"hop_length": 7, "n_fft": 20}]
)
def test_frequency_accumulates_to_the_phase_after_many_frames(own, dtype, rng):
    bins = own.get("n_fft", 20) // 2 + 1
    phase = rng.uniform(-np.pi, np.pi, (1, 20_000, bins)).astype(dtype)
    frequency = st.instantaneous_frequency(phase, **own)
    assert np.max(np.abs(frequency)) <= 1.0
    again = st.accumulate_phase(frequency, **own).numpy()
    resolution = np.pi * {np.float32: 2.0**-24, np.float64: 2.0**-52}[dtype]
    error = circle(again.astype(np.longdouble) - phase.astype(np.longdouble))
    assert np.max(error) <= 3 * resolution + 4 * np.finfo(dtype).eps


def test_frequency_is_the_wrapped_difference(rng):
    phase = rng.uniform(-np.pi, np.pi, (30, 5))
    frequency = st.instantaneous_frequency(phase).numpy()
    assert_close(frequency[0], phase[0] / np.pi, 8, np.float64)
    expected = np.diff(np.unwrap(phase, axis=0), axis=0) / np.pi
    assert_close(frequency[1:], expected, 64, np.float64)


def test_a_steady_partial_is_a_constant_above_its_bin():
    stft = st.STFT(n_fft=512, hop_length=128)
    tone = np.cos(2 * np.pi * 1010.0 * np.arange(16000) / 16000)
    phase = st.angle(stft(tone))
    frequency = st.instantaneous_frequency(phase, hop_length=128, n_fft=512).numpy()
    hz = 16000 * (32 / 512 + frequency[10:-10, 32] / (2 * 128))
    np.testing.assert_allclose(hz, 1010.0, atol=1e-3)


@pytest.mark.parametrize("function", [st.instantaneous_frequency, st.accumulate_phase])
def test_gradients_are_those_of_the_straight_maps(function, rng):
    point = tf.constant(rng.uniform(-0.01, 0.01, (6, 3)))
    weights = rng.standard_normal((6, 3))
    with tf.GradientTape() as tape:
        tape.watch(point)
        value = tf.reduce_sum(weights * function(point))
    gradient = tape.gradient(value, point).numpy()
    for place in np.ndindex(6, 3):
        step = np.zeros((6, 3))
        step[place] = 1e-4
        ahead, behind = (tf.reduce_sum(weights * function(point + s * step)) for s in (1, -1))
        assert gradient[place] == pytest.approx(float(ahead - behind) / 2e-4, rel=1e-5)


def test_wrap_phase(rng):
    phase = rng.uniform(-30, 30, 100)
    wrapped = st.wrap_phase(phase).numpy()
    assert_close(wrapped, np.angle(np.exp(1j * phase)), 64, np.float64)


def test_arguments_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="values must be complex; got 'float32'"):
        st.angle([1.0])
    with pytest.raises(ValueError, match=r"magnitude_floor must be above 0; got 0\.0"):
        st.angle([1j], magnitude_floor=0.0)
    with pytest.raises(ValueError, match="axis must be one of the 1 of phase; got -2"):
        st.unwrap([1.0])
    for function in (st.instantaneous_frequency, st.accumulate_phase):
        with pytest.raises(ValueError, match=r"must be \[\.\.\., frames, bins\]; got"):
            function([1.0])
        with pytest.raises(ValueError, match="hop_length and n_fft must be given together"):
            function([[1.0]], hop_length=4)
