"""Scaling functions against their closed forms in NumPy, and values that DDSP publishes."""

import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from tests.tolerances import assert_close

FAR = np.array([-1e4, -90.0, -3.0, 0.0, 0.1, 90.0, 1e4])


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-x))


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (-10.0, 1.002e-7),
        (-5.0, 1.979e-5),
        (-1.0, 0.097223),
        (0.0, 0.405399),
        (1.0, 0.972229),
        (5.0, 1.969313),
        (10.0, 1.999791),
    ],
)
def test_exp_sigmoid_has_the_values_of_ddsp(x, y):
    assert float(st.exp_sigmoid(x)) == pytest.approx(y, rel=3e-4)


def test_exp_sigmoid_is_its_formula(rng):
    x = rng.uniform(-30, 30, 500)
    expected = 3.0 * sigmoid(x) ** np.log(7.0) + 1e-3
    result = st.exp_sigmoid(x, exponent=7.0, max_value=3.0, threshold=1e-3)
    np.testing.assert_allclose(result, expected, rtol=1e-13)


def test_sym_exp_sigmoid_is_its_formula(rng):
    x = rng.uniform(-4, 4, 500)
    expected = 2.0 * sigmoid(6.0 * (np.abs(x) / 2 - 1)) ** np.log(10.0) + 1e-7
    np.testing.assert_allclose(st.sym_exp_sigmoid(x, width=6.0), expected, rtol=1e-13)
    assert float(st.sym_exp_sigmoid(0.0)) == pytest.approx(1.2e-7, rel=2e-2)
    assert float(st.sym_exp_sigmoid(2.0)) == pytest.approx(0.4054, rel=1e-4)


def test_log_scale_is_a_geometric_series():
    steps = np.linspace(-1, 1, 9)
    np.testing.assert_allclose(
        st.log_scale(steps, low=2.0, high=200.0), np.geomspace(2.0, 200.0, 9), rtol=1e-14
    )


def test_soft_limit_is_its_formula(rng):
    x = rng.uniform(-10, 20, 500)
    expected = np.logaddexp(0, x) - 3.0 - np.logaddexp(0, x - 7.0)
    np.testing.assert_allclose(st.soft_limit(x, low=-3.0, high=4.0), expected, atol=1e-13)


def test_gradient_reversal_reverses_nothing_but_the_gradient(rng):
    x = tf.constant(rng.standard_normal(20))
    with tf.GradientTape() as tape:
        tape.watch(x)
        passed = st.gradient_reversal(x, scale=0.5)
        loss = tf.reduce_sum(passed**2)
    np.testing.assert_array_equal(passed, x)
    np.testing.assert_allclose(tape.gradient(loss, x), -0.5 * 2 * x, rtol=1e-15)


@pytest.mark.parametrize(
    "function",
    [
        st.exp_sigmoid,
        st.sym_exp_sigmoid,
        lambda x: st.soft_limit(x, low=0.0, high=1.0),
        st.gradient_reversal,
    ],
)
def test_far_values_have_finite_results_and_gradients(function):
    x = tf.constant(FAR, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    assert np.all(np.isfinite(y))
    assert np.all(np.isfinite(tape.gradient(y, x)))


def test_midi_and_hz_are_their_formulas(rng):
    notes = rng.uniform(-10, 130, 200)
    hz = 440.0 * 2.0 ** ((notes - 69.0) / 12.0)
    np.testing.assert_allclose(st.midi_to_hz(notes), hz, rtol=1e-13)
    np.testing.assert_allclose(st.hz_to_midi(hz), notes, atol=1e-12)
    np.testing.assert_array_equal(st.hz_to_midi([0.0, -3.0]), [0.0, 0.0])


def test_no_pitch_has_no_gradient():
    hz = tf.constant([0.0, -1.0, 440.0])
    with tf.GradientTape() as tape:
        tape.watch(hz)
        notes = st.hz_to_midi(hz)
    slope = 12.0 / (440.0 * np.log(2.0))
    np.testing.assert_allclose(tape.gradient(notes, hz), [0.0, 0.0, slope], rtol=1e-6)


def test_units_are_even_in_notes(rng):
    unit = rng.uniform(-0.5, 1.5, 100)
    np.testing.assert_allclose(st.unit_to_midi(unit), 20.0 + 70.0 * unit, rtol=1e-14)
    np.testing.assert_allclose(
        st.unit_to_midi(unit, clip=True), 20.0 + 70.0 * np.clip(unit, 0, 1), rtol=1e-14
    )
    np.testing.assert_allclose(st.midi_to_unit(20.0 + 70.0 * unit), unit, atol=1e-14)
    assert float(st.midi_to_unit(97.0, clip=True)) == 1.0
    hz = 50.0 * 40.0**unit
    np.testing.assert_allclose(st.unit_to_hz(unit, fmin=50.0, fmax=2000.0), hz, rtol=1e-13)
    np.testing.assert_allclose(st.hz_to_unit(hz, fmin=50.0, fmax=2000.0), unit, atol=1e-13)


def octaves(share: np.ndarray, low: float, high: float) -> np.ndarray:
    low, high = (hz if hz > 0 else 440.0 * 2 ** (-69 / 12) for hz in (low, high))
    return low * (high / low) ** share


def test_frequencies_sigmoid_is_ddsps_sum(rng):
    """As published: each part reaches so far that the next has 1 / R ** (1 / D) of it left."""
    x = rng.standard_normal((2, 5, 12))
    share = sigmoid(x.reshape(2, 5, 4, 3))
    factor = 8000.0 ** (1 / 3)
    first = 8000.0 * (1 - 1 / factor)
    second = (8000.0 - first) * (1 - 1 / factor)
    expected = octaves(share[..., 0], 0.0, first) + octaves(share[..., 1], 0.0, second)
    expected += octaves(share[..., 2], 0.0, 8000.0 - first - second)
    result = st.frequencies_sigmoid(x, depth=3)
    np.testing.assert_allclose(result, expected, rtol=1e-12)


def test_frequencies_softmax_is_ddsps_mean(rng):
    x = rng.standard_normal((2, 5, 12))
    weights = np.exp(x.reshape(2, 5, 3, 4))
    weights /= weights.sum(axis=-1, keepdims=True)
    expected = octaves(weights @ np.linspace(0, 1, 4), 20.0, 8000.0)
    np.testing.assert_allclose(st.frequencies_softmax(x, depth=4), expected, rtol=1e-12)


@pytest.mark.parametrize("scale", ["bark", "mel"])
def test_frequencies_critical_bands_are_ddsps(scale, rng):
    x = rng.standard_normal((2, 5, 12))
    if scale == "bark":
        bark = np.linspace(*(26.81 / (1 + 1960 / hz) - 0.53 for hz in (20.0, 8000.0)), 6)
        centres = 1960 / (26.81 / (bark + 0.53) - 1)
    else:
        mel = np.linspace(*(2595 * np.log10(1 + hz / 700) for hz in (20.0, 8000.0)), 6)
        centres = 700 * (10 ** (mel / 2595) - 1)
    bent = np.tanh(x.reshape(2, 5, 6, 2)) @ [1.0, 0.2]
    hz = centres + 1.5 * (24.7 + 0.108 * centres) * bent
    expected = np.logaddexp(0, hz) + 20.0 - np.logaddexp(0, hz - 7980.0)
    result = st.frequencies_critical_bands(
        x, depth=2, depth_scale=5.0, bandwidth_scale=1.5, scale=scale
    )
    assert_close(result, expected, 64, np.float64)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: st.exp_sigmoid(np.ones(2, np.int32)), "x must be floating point; got int32"),
        (lambda: st.exp_sigmoid(0.0, exponent=1.0), "exponent must be finite and above 1; got 1"),
        (lambda: st.exp_sigmoid(0.0, max_value=0.0), "max_value must be finite and above 0"),
        (lambda: st.exp_sigmoid(0.0, threshold=-1.0), "threshold must be finite and at least 0"),
        (lambda: st.sym_exp_sigmoid(0.0, width=0.0), "width must be finite and above 0; got 0"),
        (lambda: st.log_scale(0.0, low=0.0, high=1.0), "low must be finite and above 0; got 0"),
        (lambda: st.log_scale(0.0, low=1.0, high=-1.0), "high must be finite and above 0"),
        (lambda: st.soft_limit(0.0, low=1.0, high=1.0), "low must be below high, and both finite"),
        (lambda: st.gradient_reversal(0.0, scale=-1.0), "scale must be finite and at least 0"),
        (lambda: st.unit_to_midi(0.0, midi_min=90.0), "midi_min and midi_max must be a range"),
        (lambda: st.midi_to_unit(0.0, midi_max=np.inf), "midi_min and midi_max must be a range"),
        (lambda: st.unit_to_hz(0.0, fmin=5.0, fmax=5.0), "fmin and fmax must be a range; got"),
        (lambda: st.frequencies_sigmoid([0.0], fmin=9000.0), "fmin must be at least 0 and below"),
        (lambda: st.frequencies_sigmoid([0.0], fmin=1.0, fmax=1.5), "by more than 1 Hz; got"),
        (lambda: st.frequencies_sigmoid([0.0], depth=2), "a multiple of depth=2 numbers a frame"),
        (lambda: st.frequencies_sigmoid(0.0), r"x must be \[..., sinusoids \* depth\]"),
        (lambda: st.frequencies_softmax([0.0], depth=1), "depth must be an integer of at least 2"),
        (lambda: st.frequencies_softmax([0.0], depth=2, fmin=0.0), "fmin must be above 0 Hz"),
        (lambda: st.frequencies_critical_bands([0.0], fmin=0.0), "fmin must be above 0 Hz; got"),
        (lambda: st.frequencies_critical_bands([0.0], depth_scale=0.0), "depth_scale must be ab"),
        (lambda: st.frequencies_critical_bands([0.0], bandwidth_scale=0), "bandwidth_scale must"),
        (lambda: st.frequencies_critical_bands([0.0], scale="erb"), "scale must be one of 'bark'"),
    ],
)
def test_what_cannot_be_scaled_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_frequencies_sigmoid_goes_from_the_lowest_to_the_highest():
    far = st.frequencies_sigmoid(np.array([-40.0, 0.0, 40.0]), fmin=4000.0, fmax=8000.0)
    np.testing.assert_allclose(far, [4000.0, np.sqrt(4000.0 * 8000.0), 8000.0], rtol=1e-6)
