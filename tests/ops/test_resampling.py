"""Resampling against sines at the new rate, its formula summed sample by sample, and SciPy."""

import numpy as np
import pytest
import scipy.signal
import tensorflow as tf

import spectrotools as st
from tests.tolerances import error_db

PAIRS = [
    (48000, 44100),
    (44100, 48000),
    (48000, 16000),
    (16000, 48000),
    (22050, 16000),
    (16000, 22050),
    (16000, 32000),
    (44100, 22050),
    (8000, 16000),
    (44100, 16000),
    (192000, 44100),
]


def sine(hz: float, rate: float, samples: int) -> np.ndarray:
    return np.sin(2 * np.pi * hz * np.arange(samples) / rate)


def snr_db(result: np.ndarray, expected: np.ndarray, edge: int) -> float:
    error = (np.asarray(result, np.float64) - expected)[edge:-edge]
    return 10 * np.log10(np.sum(expected[edge:-edge] ** 2) / np.sum(error**2))


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_a_sine_is_the_sine_at_the_new_rate(source, target):
    for hz in (997.0, 0.4 * min(source, target)):
        audio, expected = sine(hz, source, source // 2), sine(hz, target, target // 2)
        rates = {"sample_rate": source, "target_rate": target}
        edge = 130 * max(target // source, 1)
        double = st.resample(audio, **rates)
        single = st.resample(audio.astype(np.float32), **rates)
        assert double.shape == single.shape == expected.shape
        assert snr_db(double, expected, edge) > 140
        assert snr_db(single, expected, edge) > 128


@pytest.mark.parametrize(("source", "target"), [(48000, 44100), (44100, 16000), (48000, 16000)])
def test_what_is_above_the_new_nyquist_frequency_is_gone(source, target):
    audio = sine(0.515 * target, source, source // 2)
    lower = st.resample(audio, sample_rate=source, target_rate=target)
    assert 20 * np.log10(np.max(np.abs(lower[100:-100]))) < -137


def formula(audio: np.ndarray, source: int, target: int, zeros: int, beta: float) -> np.ndarray:
    """Every output by itself, from its definition; time in samples of the lower rate."""
    ratio, rolloff = min(1.0, target / source), 0.9476
    n, outputs = np.arange(-500, len(audio) + 500), []
    padded = np.pad(audio, 500)
    for m in range(-(-len(audio) * target // source)):
        u = (m * source - n * target) / target * ratio
        near = np.abs(u) <= zeros
        window = np.i0(beta * np.sqrt(1 - (u[near] / zeros) ** 2))
        weights = np.sinc(rolloff * u[near]) * window
        outputs.append(np.sum(padded[near] * weights) / np.sum(weights))
    return np.array(outputs)


@pytest.mark.parametrize(
    ("source", "target", "zeros", "beta"),
    [
        (3, 2, 64, 14.77),
        (2, 3, 8, 5.0),
        (160, 147, 64, 14.77),
        (441, 320, 16, 9.0),
        (1, 5, 3, 0.0),
    ],
)
def test_every_output_is_its_formula(source, target, zeros, beta, rng):
    audio = rng.standard_normal(700)
    rates = {"sample_rate": source, "target_rate": target}
    result = st.resample(audio, zeros=zeros, beta=beta, **rates)
    assert error_db(result, formula(audio, source, target, zeros, beta)) < -285


@pytest.mark.parametrize(("up", "down"), [(3, 1), (2, 3), (147, 160)])
def test_it_is_scipys_polyphase_filter_by_the_same_window(up, down, rng):
    """``resample_poly`` scales all phases by one number, and they differ by -140 dB."""
    audio, largest = rng.standard_normal(3000), max(up, down)
    place = np.arange(-64 * largest, 64 * largest + 1) / largest
    window = np.i0(14.77 * np.sqrt(1 - (place / 64) ** 2))
    taps = np.sinc(0.9476 * place) * window
    expected = scipy.signal.resample_poly(audio, up, down, window=taps / np.sum(taps))
    result = st.resample(audio, sample_rate=down, target_rate=up)
    assert error_db(result, expected) < -130


@pytest.mark.parametrize(("source", "target"), [(44100, 44101), (1000, 999), (3, 1000)])
def test_fractions_of_large_terms_are_resampled_too(source, target):
    edge = 70 * max(target // source, 1)
    audio = sine(0.01, 1, 3000)
    result = st.resample(audio, sample_rate=source, target_rate=target)
    assert snr_db(result, sine(0.01 * source / target, 1, len(result)), edge) > 140


def test_rates_of_the_same_ratio_are_the_same(rng):
    audio = rng.standard_normal(900)
    expected = st.resample(audio, sample_rate=3, target_rate=2)
    for rates in ((48000, 32000), (22050 / 3, 44100 / 9), (0.3, 0.2)):
        result = st.resample(audio, sample_rate=rates[0], target_rate=rates[1])
        np.testing.assert_array_equal(result, expected)


def test_a_signal_at_its_own_rate_stays(rng):
    audio = rng.standard_normal((2, 77)).astype(np.float32)
    result = st.resample(audio, sample_rate=44100, target_rate=44100.0)
    np.testing.assert_array_equal(result, audio)


@pytest.mark.parametrize(("source", "target"), [(3, 2), (160, 147), (1, 4)])
def test_what_is_constant_stays_away_from_the_ends(source, target):
    result = st.resample(np.ones(600), sample_rate=source, target_rate=target)
    edge = -(-128 * target // source)
    np.testing.assert_allclose(result[edge:-edge], 1.0, rtol=1e-14)


@pytest.mark.parametrize("time", [0, 1, 2, 159, 160, 161])
def test_lengths_are_rounded_up_also_where_only_the_graph_knows_them(time):
    run = tf.function(
        lambda x: st.resample(x, sample_rate=160, target_rate=147),
        input_signature=[tf.TensorSpec([None, None], tf.float32)],
    )
    audio = np.ones([2, time], np.float32)
    whole = st.resample(audio, sample_rate=160, target_rate=147)
    assert whole.shape == run(audio).shape == (2, int(np.ceil(time * 147 / 160)))
    np.testing.assert_allclose(run(audio), whole, rtol=0, atol=1e-6)


@pytest.mark.parametrize(("source", "target"), [(3, 2), (2, 3), (160, 147), (1000, 999)])
def test_the_gradient_is_the_transpose(source, target, rng):
    """<y, A x> = <A' y, x>."""
    audio = tf.constant(rng.standard_normal((2, 600)))
    with tf.GradientTape() as tape:
        tape.watch(audio)
        result = st.resample(audio, sample_rate=source, target_rate=target)
    upstream = rng.standard_normal(result.shape)
    gradient = tape.gradient(result, audio, output_gradients=tf.constant(upstream))
    other = rng.standard_normal((2, 600))
    forward = st.resample(other, sample_rate=source, target_rate=target)
    assert np.sum(gradient * other) == pytest.approx(np.sum(forward * upstream), rel=1e-11)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"sample_rate": 0}, "sample_rate must be above 0 Hz; got 0"),
        ({"target_rate": -1.0}, "target_rate must be above 0 Hz; got -1.0"),
        ({"target_rate": np.inf}, "target_rate must be finite; got inf"),
        ({"target_rate": 16000 * np.pi}, "must be in a ratio of whole numbers up to 65536"),
        ({"target_rate": 1e-9}, "must be in a ratio of whole numbers up to 65536"),
        ({"sample_rate": 1, "target_rate": 65537}, "must be in a ratio of whole numbers up to"),
        ({"zeros": 0}, "zeros must be an integer of at least 1; got 0"),
        ({"rolloff": 1.1}, r"rolloff must be in \(0, 1\]; got 1.1"),
        ({"beta": -0.1}, "beta must be finite and of at least 0; got -0.1"),
    ],
)
def test_what_is_out_of_range_is_refused(wrong, message):
    settings = {"sample_rate": 16000, "target_rate": 8000, **wrong}
    with pytest.raises(ValueError, match=message):
        st.resample(np.zeros(9, np.float32), **settings)
    with pytest.raises(ValueError, match=message):
        st.Resampler(**settings)


def test_a_number_is_no_signal():
    with pytest.raises(ValueError, match="audio must have a time axis; got"):
        st.resample(1.0, sample_rate=2, target_rate=1)


@pytest.mark.parametrize("kind", [np.int32, np.int64, np.float32, np.float64])
def test_rates_may_be_numbers_of_any_kind(kind, rng):
    audio = rng.uniform(-1, 1, 300)
    expected = st.resample(audio, sample_rate=48000, target_rate=16000)
    result = st.resample(audio, sample_rate=kind(48000), target_rate=kind(16000))
    np.testing.assert_array_equal(result, expected)
    for wrong in (None, "2"):
        with pytest.raises(ValueError, match="target_rate must be a number"):
            st.resample(audio, sample_rate=48000, target_rate=wrong)
