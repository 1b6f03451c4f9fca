"""Sections of equalisers against their analogue prototypes through SciPy's bilinear transform."""

import numpy as np
import pytest
import scipy.signal
import tensorflow as tf

import spectrotools as st

RATE = 48000
Q, A = 1.3, 10 ** (7.5 / 40)
ROOT = np.sqrt(A)
# H(s) of the cookbook, with s in units of the frequency; the gain is 7.5 dB.
ANALOGUE = {
    "lowpass": ([1], [1, 1 / Q, 1]),
    "highpass": ([1, 0, 0], [1, 1 / Q, 1]),
    "bandpass": ([1 / Q, 0], [1, 1 / Q, 1]),
    "notch": ([1, 0, 1], [1, 1 / Q, 1]),
    "allpass": ([1, -1 / Q, 1], [1, 1 / Q, 1]),
    "peaking": ([1, A / Q, 1], [1, 1 / (A * Q), 1]),
    "low_shelf": ([A, A * ROOT / Q, A * A], [A, ROOT / Q, 1]),
    "high_shelf": ([A * A, A * ROOT / Q, A], [1, ROOT / Q, A]),
}


@pytest.mark.parametrize("frequency_hz", [20.0, 1000.0, 20000.0])
@pytest.mark.parametrize("kind", ANALOGUE)
def test_sections_are_bilinear_transforms_of_their_prototypes(kind, frequency_hz):
    warped = 1 / np.tan(np.pi * frequency_hz / RATE)  # the rate that puts s = i where it should
    b, a = scipy.signal.bilinear(*ANALOGUE[kind], fs=warped / 2)
    row = st.biquad(frequency_hz, kind=kind, sample_rate=RATE, q=Q, gain_db=7.5).numpy()
    np.testing.assert_allclose(row, np.concatenate([b, a]), rtol=0, atol=1e-10)


def test_butterworth_is_the_default():
    row = st.biquad(1000.0, kind="lowpass", sample_rate=RATE)
    expected = scipy.signal.butter(2, 1000, fs=RATE, output="sos")
    np.testing.assert_allclose(row[None], expected, rtol=1e-12, atol=1e-15)


def test_a_low_section_loses_nothing():
    """Its numerator adds up to 4 sin^2(w / 2) over a0; 1 - cos(w) would have lost all but six."""
    row = st.biquad(0.01, kind="lowpass", sample_rate=192000.0).numpy()
    angle = 2 * np.pi * 0.01 / 192000
    expected = angle**2 / (1 + np.sin(angle) / np.sqrt(2))  # to 1e-14
    assert abs(row[:3].sum() / expected - 1) < 1e-13


def test_settings_broadcast_and_keep_float64():
    frequencies = tf.constant([[100.0], [200.0]], tf.float32)
    rows = st.biquad(frequencies, kind="peaking", sample_rate=RATE, q=[1.0, 2.0, 3.0])
    assert rows.shape == (2, 3, 6)
    assert rows.dtype == tf.float64
    one = st.biquad(200.0, kind="peaking", sample_rate=RATE, q=2.0)
    np.testing.assert_array_equal(rows[1, 1], one)


def test_response_is_that_of_scipy(rng):
    sos = scipy.signal.cheby2(6, 50, 0.3, output="sos")
    frequencies, expected = scipy.signal.sosfreqz(sos, 200, fs=RATE)
    result = st.sosfreqz(sos, frequencies, sample_rate=RATE)
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", ANALOGUE)
def test_gradients_to_all_settings_are_those_of_differences(kind):
    def value(*settings: tf.Tensor) -> tf.Tensor:
        row = st.biquad(
            settings[0], kind=kind, sample_rate=RATE, q=settings[1], gain_db=settings[2]
        )
        response = st.sosfreqz(row[None], [300.0, 900.0, 5000.0], sample_rate=RATE)
        return tf.reduce_sum(tf.math.real(response) + 2 * tf.math.imag(response))

    point = [tf.constant(number, tf.float64) for number in (800.0, 0.9, 4.0)]
    with tf.GradientTape() as tape:
        tape.watch(point)
        result = value(*point)
    gradients = tape.gradient(result, point, unconnected_gradients="zero")
    for i, gradient in enumerate(gradients):
        step = 1e-5 * point[i]
        ahead, behind = (
            value(*(point[:i] + [point[i] + sign * step] + point[i + 1 :])) for sign in (1, -1)
        )
        expected = (ahead - behind) / (2 * step)
        np.testing.assert_allclose(gradient, expected, rtol=1e-6, atol=1e-9)


def test_wrong_arguments_are_named():
    section = {"kind": "lowpass", "sample_rate": RATE}
    for arguments, message in {
        (24000.0,): r"frequency_hz must be finite and in \(0, 24000\); got 24000.0",
        (30000.0,): r"frequency_hz must be finite and in \(0, 24000\)",
        (0.0,): r"frequency_hz must be finite and in \(0, 24000\)",
    }.items():
        with pytest.raises(ValueError, match=message):
            st.biquad(*arguments, **section)
    for hz in (np.float32(30000), [np.float32(30000)], [[30000.0]]):  # numbers of any kind
        with pytest.raises(ValueError, match="frequency_hz must be finite"):
            st.biquad(hz, **section)
    np.testing.assert_array_equal(st.biquad(np.int64(900), **section), st.biquad(900, **section))
    with pytest.raises(ValueError, match="q must be finite and above 0"):
        st.biquad(100.0, q=0.0, **section)
    with pytest.raises(ValueError, match="sample_rate must be a number"):
        st.biquad(100.0, kind="lowpass", sample_rate="48000")
    with pytest.raises(ValueError, match="gain_db must be finite"):
        st.biquad(100.0, gain_db=np.inf, **section)
    with pytest.raises(ValueError, match="kind must be one of 'lowpass'"):
        st.biquad(100.0, kind="bell", sample_rate=RATE)
    with pytest.raises(ValueError, match="must broadcast"):
        st.biquad([1.0, 2.0], q=[1.0, 2.0, 3.0], **section)
    with pytest.raises(ValueError, match=r"sos must be \[\.\.\., sections, 6\]"):
        st.sosfreqz(np.ones(6), [1.0], sample_rate=RATE)
    with pytest.raises(ValueError, match=r"frequency_hz must be \[frequencies\]"):
        st.sosfreqz(np.ones([1, 6]), 1.0, sample_rate=RATE)
