"""Predictors against SciPy's Toeplitz solver and librosa, and their other forms against roots."""

import librosa
import numpy as np
import pytest
import scipy.linalg
import scipy.signal
import tensorflow as tf

import spectrotools as st
from tests.tolerances import error_db

ORDERS = [1, 2, 3, 8, 15, 16]


def speech_like(rng, time=800, poles=(0.95, 0.9), angles=(0.3, 1.2)):
    poles = np.array(poles) * np.exp(1j * np.array(angles))
    denominator = np.real(np.poly([*poles, *np.conj(poles)]))
    return scipy.signal.lfilter([1.0], denominator, rng.standard_normal(time))


def stable(rng, order):
    """Coefficients by the roots, NumPy float64."""
    pairs = order // 2
    roots = rng.uniform(0.3, 0.98, pairs) * np.exp(1j * rng.uniform(0.05, 3.1, pairs))
    return np.real(np.poly([*roots, *np.conj(roots), *rng.uniform(-0.9, 0.9, order % 2)]))


@pytest.mark.parametrize("noise_db", [None, -30.0])
@pytest.mark.parametrize("order", ORDERS)
def test_autocorrelation_solves_the_toeplitz_equations(order, noise_db, rng):
    frame = (speech_like(rng) * np.hanning(800)).astype(np.float32).astype(np.float64)
    lags = np.correlate(frame, frame, "full")[799 : 800 + order]
    lags[0] *= 1 + (10 ** (noise_db / 10) if noise_db else 0)
    expected = np.append(1.0, scipy.linalg.solve_toeplitz(lags[:-1], -lags[1:]))
    for dtype, bound in ((np.float64, -240.0), (np.float32, -125.0)):
        coefficients, gain = st.linear_prediction(
            frame.astype(dtype), order=order, white_noise_db=noise_db
        )
        assert coefficients.dtype == gain.dtype == dtype
        assert error_db(coefficients.numpy(), expected) <= bound
        assert float(gain) == pytest.approx(np.sqrt(expected @ lags / 800), rel=1e-3)


@pytest.mark.parametrize("order", ORDERS)
def test_burg_is_that_of_librosa(order, rng):
    frames = np.stack([speech_like(rng), rng.standard_normal(800)])
    coefficients, _ = st.linear_prediction(frames, order=order, method="burg")
    assert error_db(coefficients.numpy(), librosa.lpc(frames, order=order)) <= -250.0
    single, _ = st.linear_prediction(frames.astype(np.float32), order=order, method="burg")
    assert error_db(single.numpy(), librosa.lpc(frames, order=order)) <= -90.0


@pytest.mark.parametrize("method", ["autocorrelation", "burg"])
def test_noise_through_a_filter_tells_the_filter_and_its_gain(method, rng):
    roots = np.array([0.9, 0.8]) * np.exp(1j * np.array([0.5, 2.0]))
    denominator = np.real(np.poly([*roots, *np.conj(roots)]))
    sound = scipy.signal.lfilter([0.25], denominator, rng.standard_normal(200000))
    coefficients, gain = st.linear_prediction(sound, order=4, method=method)
    np.testing.assert_allclose(coefficients, denominator, atol=0.02)
    assert float(gain) == pytest.approx(0.25, rel=0.01)


@pytest.mark.parametrize("method", ["autocorrelation", "burg"])
def test_what_is_left_over_has_the_power_of_the_gain(method, rng):
    frame = np.pad(speech_like(rng, 4000) * np.hanning(4000), 40)
    coefficients, gain = st.linear_prediction(frame, order=12, method=method)
    residual = scipy.signal.lfilter(coefficients.numpy(), [1.0], frame)
    assert float(gain) == pytest.approx(np.sqrt(np.mean(residual**2)), rel=1e-3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("method", ["autocorrelation", "burg"])
def test_every_filter_is_stable(method, dtype, rng):
    """Also of what can be predicted to the last bit, where only rounding would be left."""
    time = np.arange(600)
    frames = [speech_like(rng, 600), rng.standard_normal(600), time == 0, time == 599]
    frames += [np.ones(600), (-1.0) ** time, 1e-18 * np.cos(2 * time), np.sin(0.01 * time)]
    frames = np.stack([np.asarray(frame, dtype) for frame in frames])
    coefficients, _ = st.linear_prediction(frames, order=20, method=method)
    filters = coefficients.numpy().astype(np.float64)
    assert max(np.abs(np.roots(filter_)).max() for filter_ in filters[:2]) < 1
    # The others' poles lie on the circle, or as far from it as rounding moves four in one place.
    for filter_ in filters:
        assert np.abs(np.roots(filter_)).max() <= 1 + 2 * np.finfo(dtype).eps ** 0.25


@pytest.mark.parametrize("time", [0, 1, 2, 5])
@pytest.mark.parametrize("method", ["autocorrelation", "burg"])
def test_frames_shorter_than_the_order(method, time, rng):
    frame = rng.standard_normal(time)
    coefficients, gain = st.linear_prediction(frame, order=8, method=method)
    power = np.mean(frame**2) if time else 0.0
    sections = st.lpc_to_reflection(coefficients).numpy()
    if method == "autocorrelation":
        lags = [np.sum(frame[: max(time - k, 0)] * frame[k:]) for k in range(9)]
        expected = scipy.linalg.solve_toeplitz(lags[:-1], -np.array(lags[1:])) if time else 0.0
        np.testing.assert_allclose(coefficients[1:], np.broadcast_to(expected, 8), atol=1e-12)
    else:
        assert not np.any(sections[max(time - 1, 0) :])
    assert float(gain) ** 2 == pytest.approx(power * np.prod(1 - sections**2), abs=1e-12)


@pytest.mark.parametrize("method", ["autocorrelation", "burg"])
def test_silence_is_predicted_by_nothing(method):
    silence = tf.zeros([2, 100])
    with tf.GradientTape() as tape:
        tape.watch(silence)
        coefficients, gain = st.linear_prediction(silence, order=4, method=method)
        value = tf.reduce_sum(coefficients) + tf.reduce_sum(gain)
    np.testing.assert_array_equal(coefficients, [[1.0, 0, 0, 0, 0]] * 2)
    np.testing.assert_array_equal(gain, [0.0, 0.0])
    np.testing.assert_array_equal(tape.gradient(value, silence), np.zeros([2, 100]))


@pytest.mark.parametrize("order", ORDERS)
def test_reflection_coefficients_there_and_back(order, rng):
    reflection = rng.uniform(-0.95, 0.95, (20, order))
    coefficients = st.reflection_to_lpc(reflection)
    assert max(np.abs(np.roots(filter_)).max() for filter_ in coefficients.numpy()) < 1
    np.testing.assert_allclose(st.lpc_to_reflection(coefficients), reflection, atol=1e-7)
    np.testing.assert_array_equal(
        st.lpc_to_reflection(2.0 * coefficients), st.lpc_to_reflection(coefficients)
    )


def test_reflection_coefficients_tell_what_is_stable(rng):
    """By the roots, of filters about as often stable as not."""
    filters = np.concatenate([np.ones([500, 1]), rng.uniform(-1.2, 1.2, (500, 3))], axis=1)
    inside = [np.abs(np.roots(filter_)).max() < 1 for filter_ in filters]
    told = np.all(np.abs(st.lpc_to_reflection(filters)) < 1, axis=1)
    np.testing.assert_array_equal(told, inside)
    assert 100 < np.sum(inside) < 400


def test_reflection_coefficients_of_burg_are_those_of_its_lattice(rng):
    """The first is the correlation of neighbours, by the power of both."""
    frame = rng.standard_normal(50)
    coefficients, _ = st.linear_prediction(frame, order=5, method="burg")
    first = -2 * np.sum(frame[1:] * frame[:-1]) / np.sum(frame[1:] ** 2 + frame[:-1] ** 2)
    assert float(st.lpc_to_reflection(coefficients)[0]) == pytest.approx(first, rel=1e-12)


@pytest.mark.parametrize("order", ORDERS)
def test_line_spectral_frequencies_are_the_angles_of_roots(order, rng):
    filters = np.stack([stable(rng, order) for _ in range(10)])
    frequencies = st.lpc_to_lsf(filters).numpy()
    for filter_, result in zip(filters, frequencies, strict=True):
        ahead, behind = np.append(filter_, 0.0), np.append(0.0, filter_[::-1])
        for start, sign in ((0, 1), (1, -1)):
            angles = np.sort(np.angle(np.roots(ahead + sign * behind)))
            angles = angles[(angles > 1e-6) & (angles < np.pi - 1e-6)]
            np.testing.assert_allclose(result[start::2], angles, atol=1e-7)
    assert np.all(np.diff(frequencies, axis=1, prepend=0.0, append=np.pi) > 0)
    assert error_db(st.lsf_to_lpc(frequencies).numpy(), filters) <= -200.0


def test_line_spectral_frequencies_of_no_prediction_are_even():
    silent = st.lpc_to_lsf(np.eye(1, 9))
    np.testing.assert_allclose(silent[0], np.pi * np.arange(1, 9) / 9, rtol=1e-13)


def test_rising_frequencies_make_stable_filters(rng):
    for order in ORDERS:
        frequencies = np.cumsum(rng.dirichlet(np.ones(order + 1), 20), axis=1)[:, :-1] * np.pi
        for filter_ in st.lsf_to_lpc(frequencies).numpy():
            assert np.abs(np.roots(filter_)).max() < 1


def test_a_stable_filter_is_learned_through_its_reflection_coefficients(rng):
    target = tf.constant(stable(rng, 6))
    raw = tf.Variable(tf.zeros([6], tf.float64))
    for step in range(300):
        with tf.GradientTape() as tape:
            filter_ = st.reflection_to_lpc(tf.tanh(raw))
            loss = tf.reduce_sum((filter_ - target) ** 2)
        raw.assign_sub(0.02 * tape.gradient(loss, raw) / (1 + step / 100))
        assert np.abs(np.roots(filter_.numpy())).max() < 1
    assert float(loss) < 0.05 * float(tf.reduce_sum(target[1:] ** 2))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: predicted(np.ones(9, np.int16)), "frames must be floating point; got int16"),
        (lambda: predicted(1.0), r"frames must be \[..., time\]"),
        (lambda: predicted(order=0), "order must be an integer of at least 1; got 0"),
        (lambda: predicted(method="yule"), "method must be one of 'autocorrelation', 'burg'"),
        (lambda: predicted(white_noise_db=0.0), "white_noise_db must be below 0; got 0.0"),
        (
            lambda: predicted(method="burg", white_noise_db=-9.0),
            "white_noise_db must be None in method 'burg'; got -9.0",
        ),
        (lambda: st.reflection_to_lpc(0.5), r"reflection must be \[..., order\] of a known order"),
        (lambda: st.reflection_to_lpc(np.ones(3, int)), "reflection must be floating point"),
        (lambda: st.lpc_to_reflection(np.ones([2, 0])), r"must be \[..., order \+ 1\] of a known"),
        (lambda: st.lpc_to_lsf([1.0]), r"coefficients must be \[..., order \+ 1\] of a known"),
        (lambda: st.lsf_to_lpc(np.ones([2, 0])), r"frequencies must be \[..., order\] of a known"),
    ],
)
def test_what_makes_no_predictor_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def predicted(frames=(1.0, 2.0, 3.0), **settings):
    return st.linear_prediction(
        list(frames) if isinstance(frames, tuple) else frames, **{"order": 2, **settings}
    )


@pytest.mark.parametrize("order", [1, 2, 3, 4, 7])
def test_a_filter_that_is_not_stable_has_no_frequencies_and_others_keep_theirs(order, rng):
    good = stable(rng, order)
    wild = np.poly([1.5, *[0.1] * (order - 1)])
    result = st.lpc_to_lsf(np.stack([good, wild, np.full(order + 1, np.nan), good]))
    np.testing.assert_array_equal(result[0], st.lpc_to_lsf(good))
    np.testing.assert_array_equal(result[3], result[0])
    assert np.all(np.isnan(result[1:3]))
