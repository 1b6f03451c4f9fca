"""Sinc filters against SciPy's firwin, and the published formulas of DDSP and julius."""

import numpy as np
import pytest
import scipy.signal
import tensorflow as tf

import spectrotools as st
from tests.tolerances import error_db

RATE = 16000
EDGES = {"lowpass": 1234.5, "highpass": 3000.0, "bandpass": [700.0, 2300.0]}


@pytest.mark.parametrize("window", ["hamming", "hann", ("kaiser", 9.0)])
@pytest.mark.parametrize("taps", [1, 3, 65, 513, 2049])
@pytest.mark.parametrize("kind", EDGES)
def test_a_response_is_firwins(kind, taps, window):
    settings = {"kind": kind, "taps": taps, "window": window}
    result = st.sinc_impulse_response(np.array(EDGES[kind]), sample_rate=RATE, **settings)
    expected = scipy.signal.firwin(taps, EDGES[kind], fs=RATE, pass_zero=kind, window=window)
    # What firwin takes for a highpass, sin(pi n) / pi n, is 0 only to rounding.
    np.testing.assert_allclose(result, expected, rtol=0, atol=2e-13)


@pytest.mark.parametrize("taps", [65, 513])
def test_a_lowpass_is_ddsps(taps):
    """``sinc_impulse_response`` of DDSP: a Hamming window, the sum 1; odd of any size."""
    cutoff_hz = np.array([[200.0], [4000.0]])
    n = np.arange(-(taps // 2), taps // 2 + 1)
    response = np.sinc(2 * cutoff_hz / RATE * n) * np.hamming(taps)
    expected = response / response.sum(axis=-1, keepdims=True)
    result = st.sinc_impulse_response(cutoff_hz[:, 0], sample_rate=RATE, taps=taps)
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize(
    ("cutoff_hz", "zeros"), [(1000.0, 8), (333.3, 8), (7999.0, 24), (40.0, 3)]
)
def test_a_lowpass_of_so_many_zeros_is_juliuss(cutoff_hz, zeros):
    """``LowPassFilters`` of julius: a Hann window over ``int(zeros / cutoff / 2)`` either side."""
    cutoff = cutoff_hz / RATE
    n = np.arange(-int(zeros / cutoff / 2), int(zeros / cutoff / 2) + 1)
    response = 2 * cutoff * scipy.signal.windows.hann(len(n)) * np.sinc(2 * cutoff * n)
    result = st.sinc_impulse_response(cutoff_hz, sample_rate=RATE, zeros=zeros, window="hann")
    assert error_db(result, response / response.sum()) < -135


@pytest.mark.parametrize(
    ("kind", "edges", "at_hz"),
    [
        ("lowpass", [0.0, 0.001, 5.0, 7999.0, 8000.0], [0.0] * 5),
        ("highpass", [0.0, 1.0, 7999.999, 8000.0], [8000.0] * 4),
        ("bandpass", [[500.0, 500.0], [0.0, 8000.0], [499.9, 500.1]], [500.0, 4000.0, 500.0]),
    ],
)
def test_the_gain_is_one_where_it_should_also_at_the_ends(kind, edges, at_hz):
    settings = {"sample_rate": RATE, "kind": kind, "taps": 101}
    response = st.sinc_impulse_response(np.array(edges), **settings).numpy()
    n = np.arange(101) - 50
    waves = np.cos(2 * np.pi * np.array(at_hz)[:, None] / RATE * n)
    np.testing.assert_allclose(np.sum(response * waves, axis=-1), 1.0, rtol=1e-13)
    np.testing.assert_allclose(response, response[:, ::-1], rtol=0, atol=1e-16)


def test_at_the_ends_a_filter_lets_all_through_or_is_its_window():
    settings = {"sample_rate": RATE, "taps": 9}
    click, window = np.eye(9)[4], np.hamming(9) / np.sum(np.hamming(9))
    signs = (-1.0) ** np.arange(9)
    for kind, edge, expected in (
        ("lowpass", 8000.0, click),
        ("lowpass", 0.0, window),
        ("highpass", 0.0, click),
        ("highpass", 8000.0, window * signs),
    ):
        result = st.sinc_impulse_response(np.array(edge), kind=kind, **settings)
        np.testing.assert_allclose(result, expected, rtol=0, atol=1e-15)


def test_tensors_beyond_the_range_count_as_its_ends():
    beyond, ends = tf.constant([-5.0, 9000.0]), tf.constant([0.0, 8000.0])
    np.testing.assert_array_equal(
        st.sinc_impulse_response(beyond, sample_rate=RATE),
        st.sinc_impulse_response(ends, sample_rate=RATE),
    )


@pytest.mark.parametrize("kind", EDGES)
def test_a_filter_is_without_delay(kind, rng):
    audio = rng.standard_normal((2, 3000))
    result = st.sinc_filter(audio, EDGES[kind], sample_rate=RATE, kind=kind)
    taps = scipy.signal.firwin(513, EDGES[kind], fs=RATE, pass_zero=kind)
    expected = [scipy.signal.convolve(row, taps, "same") for row in audio]
    assert error_db(result, np.stack(expected)) < -270


def test_every_signal_has_its_own_cutoff(rng):
    audio, cutoff_hz = rng.standard_normal((3, 1, 900)), rng.uniform(100, 7000, (3, 2))
    result = st.sinc_filter(audio, cutoff_hz, sample_rate=RATE, taps=101).numpy()
    for i in range(3):
        for j in range(2):
            taps = scipy.signal.firwin(101, cutoff_hz[i, j], fs=RATE)
            expected = scipy.signal.convolve(audio[i, 0], taps, "same")
            assert error_db(result[i, j], expected) < -290


@pytest.mark.parametrize("kind", EDGES)
def test_half_precision_is_computed_in_single(kind, rng):
    audio = tf.constant(rng.standard_normal(900), tf.float16)
    edges = tf.constant(EDGES[kind], tf.float16)
    settings = {"sample_rate": RATE, "kind": kind, "taps": 101}
    result = st.sinc_filter(audio, edges, **settings)
    single = st.sinc_filter(tf.cast(audio, tf.float32), tf.cast(edges, tf.float32), **settings)
    np.testing.assert_array_equal(result, tf.cast(single, tf.float16))


@pytest.mark.parametrize("kind", EDGES)
def test_a_filter_is_differentiable_in_its_cutoff(kind, rng):
    audio, weights = rng.standard_normal(400), rng.standard_normal(400)
    edges = tf.constant(EDGES[kind], tf.float64)

    def value(edges):
        heard = st.sinc_filter(audio, edges, sample_rate=RATE, kind=kind, taps=101)
        return tf.reduce_sum(heard * weights)

    with tf.GradientTape() as tape:
        tape.watch(edges)
        here = value(edges)
    direction = rng.standard_normal(edges.shape)
    difference = (value(edges + 1e-3 * direction) - value(edges - 1e-3 * direction)) / 2e-3
    along = np.sum(tape.gradient(here, edges).numpy() * direction)
    assert along == pytest.approx(float(difference), rel=1e-7)


@pytest.mark.parametrize("kind", EDGES)
def test_the_gradient_is_finite_at_the_ends_of_the_range(kind):
    edges = tf.constant([[0.0, 0.0], [8000.0, 8000.0], [0.0, 8000.0]], tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(edges)
        made = st.sinc_impulse_response(edges, sample_rate=RATE, kind=kind, taps=33)
        value = tf.reduce_sum(made * np.arange(33.0) ** 2)
    assert np.all(np.isfinite(tape.gradient(value, edges)))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"cutoff_hz": 8000.5}, r"cutoff_hz must be finite and in \[0, 8000\]; got 8000.5"),
        ({"cutoff_hz": -1.0}, r"cutoff_hz must be finite and in \[0, 8000\]; got -1.0"),
        ({"cutoff_hz": np.array([1.0, np.nan])}, "cutoff_hz must be finite and in"),
        ({"sample_rate": 0}, "sample_rate must be above 0 Hz"),
        ({"kind": "notch"}, "kind must be one of 'lowpass', 'highpass', 'bandpass'"),
        ({"kind": "bandpass"}, r"cutoff_hz must be \[..., 2\] edges of a bandpass"),
        ({"taps": 64}, "taps must be odd, for a filter without delay; got 64"),
        ({"taps": 0}, "taps must be an integer of at least 1; got 0"),
        ({"zeros": 0}, "zeros must be an integer of at least 1; got 0"),
        ({"zeros": 8, "taps": 65}, r"taps or zeros must be None; got \(65, 8\)"),
        ({"zeros": 8, "cutoff_hz": 0.0}, "cutoff_hz must be numbers above 0, not a tensor"),
        ({"zeros": 8, "cutoff_hz": tf.constant(9.0)}, "cutoff_hz must be numbers above 0, not a"),
        ({"window": "unknown"}, "window must be a name or a tuple that scipy"),
    ],
)
def test_what_is_out_of_range_is_refused(wrong, message):
    settings = {"cutoff_hz": 1000.0, "sample_rate": RATE, **wrong}
    with pytest.raises(ValueError, match=message):
        st.sinc_impulse_response(**settings)
    with pytest.raises(ValueError, match=message):
        st.sinc_filter(np.zeros(9, np.float32), **settings)


def test_signals_and_cutoffs_have_to_fit():
    with pytest.raises(ValueError, match="audio must have a time axis; got"):
        st.sinc_filter(1.0, 1000.0, sample_rate=RATE)
    with pytest.raises(ValueError, match="audio and cutoff_hz must broadcast; got"):
        st.sinc_filter(np.zeros([2, 9]), np.full(3, 1000.0), sample_rate=RATE)
