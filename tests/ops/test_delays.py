"""Delays against NumPy's interpolation, SciPy's filters and polynomials, and DDSP's arithmetic."""

import numpy as np
import pytest
import scipy.interpolate
import scipy.signal
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as some

import spectrotools as st

KINDS = ("linear", "cubic", "allpass")


def between(audio: np.ndarray, places: np.ndarray) -> np.ndarray:
    """A signal on lines between its samples, silent before the first."""
    length = audio.shape[-1]
    padded = np.concatenate([[0.0], audio])
    return np.interp(places, np.arange(-1, length), padded, left=0.0)


def lagrange(audio: np.ndarray, delays: np.ndarray) -> np.ndarray:
    """SciPy's polynomial through the four samples about every place, one after the other."""
    padded = np.concatenate([np.zeros(1000), audio])
    result = np.zeros(len(delays))
    for n, late in enumerate(delays):
        first = max(int(late) - 1, 0)
        points = np.arange(first, first + 4)
        result[n] = scipy.interpolate.lagrange(points, padded[1000 + n - points])(late)
    return result


def thiran(late: float) -> tuple[np.ndarray, np.ndarray]:
    """Numerator and denominator of the allpass filter."""
    whole = int(np.floor(late - 0.5))
    part = late - whole
    gain = (1 - part) / (1 + part)
    return np.r_[np.zeros(whole), gain, 1.0], np.array([1.0, gain])


@pytest.mark.parametrize("late", [0.0, 0.25, 1.0, 17.5, 99.75, 100.0, 250.0, 1e9])
def test_a_delay_is_the_line_between_samples(late, rng):
    audio = rng.standard_normal((2, 100))
    expected = [between(item, np.arange(100) - late) for item in audio]
    for given_late in (late, np.full(2, late), np.full((2, 100), late), tf.constant(late)):
        np.testing.assert_allclose(st.delay(audio, given_late), expected, atol=1e-13)


def test_every_sample_may_have_a_delay_of_its_own(rng):
    audio, delays = rng.standard_normal((3, 500)), rng.uniform(0, 60, (3, 500))
    expected = [between(x, np.arange(500) - d) for x, d in zip(audio, delays, strict=True)]
    np.testing.assert_allclose(st.delay(audio, delays), expected, atol=1e-13)
    shared = [between(x, np.arange(500) - delays[0]) for x in audio]
    np.testing.assert_allclose(st.delay(audio, delays[:1]), shared, atol=1e-13)
    taps = [between(audio[0], np.arange(500) - d) for d in delays]
    np.testing.assert_allclose(st.delay(audio[0], delays), taps, atol=1e-13)


def test_a_cubic_delay_is_lagranges_polynomial(rng):
    audio, delays = rng.standard_normal(300), rng.uniform(0, 30, 300)
    delays[:6] = [0.0, 0.5, 0.99, 1.0, 2.0, 3.5]
    result = st.delay(audio, delays, interpolation="cubic")
    np.testing.assert_allclose(result, lagrange(audio, delays), atol=1e-10)
    for late in (0.0, 0.3, 1.0, 7.6):
        result = st.delay(audio, late, interpolation="cubic")
        np.testing.assert_allclose(result, lagrange(audio, np.full(300, late)), atol=1e-10)


@pytest.mark.parametrize("late", [0.5, 0.9, 1.0, 1.4999, 1.5, 33.2, 2000.0])
def test_an_allpass_delay_is_scipys_filter(late, rng):
    audio = rng.standard_normal((2, 1000))
    expected = scipy.signal.lfilter(*thiran(late), audio)
    for given_late in (late, np.full(2, late), np.full((2, 1000), late)):
        result = st.delay(audio, given_late, interpolation="allpass")
        np.testing.assert_allclose(result, expected, atol=1e-12)


def test_a_sine_is_damped_by_lines_and_not_by_an_allpass():
    """Half way between samples a line is a mean of two: cos(w / 2) of a sine."""
    omega, late = 2 * np.pi * 0.15, 20.5
    time = np.arange(4000)
    expected, settled = np.sin(omega * (time - late)), slice(200, None)
    line = st.delay(np.sin(omega * time), late).numpy()[settled]
    np.testing.assert_allclose(line, np.cos(omega / 2) * expected[settled], atol=1e-12)
    allpass = st.delay(np.sin(omega * time), late, interpolation="allpass").numpy()[settled]
    assert np.sqrt(2 * np.mean(allpass**2)) == pytest.approx(1.0, abs=1e-3)
    low = 2 * np.pi * 0.001
    slow = st.delay(np.sin(low * time), late, interpolation="allpass").numpy()[settled]
    np.testing.assert_allclose(slow, np.sin(low * (time - late))[settled], atol=1e-7)


def test_a_cubic_of_a_sine_errs_as_its_fourth_derivative():
    """Of h = 1: (w^4 / 24) |d (d-1) (d-2) (d-3)|, which is 9/16 in the middle."""
    time = np.arange(2000)
    for omega in (0.05, 0.1, 0.2):
        result = st.delay(np.sin(omega * time), 20.5, interpolation="cubic").numpy()
        error = np.max(np.abs(result - np.sin(omega * (time - 20.5)))[100:])
        assert error == pytest.approx(omega**4 / 24 * 9 / 16, rel=0.02)


def test_a_long_delay_in_float32_is_between_the_right_samples():
    """Of ten seconds at 48 kHz a float32 tells the delay to a 32nd of a sample only."""
    time, late = np.arange(500000), 480000.3
    audio = np.sin(0.3 * time).astype(np.float32)
    expected = between(audio.astype(np.float64), time - late)
    np.testing.assert_allclose(st.delay(audio, late), expected, atol=1e-6)
    np.testing.assert_allclose(st.delay(audio, np.array(late)), expected, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=20, deadline=None)
@given(length=some.integers(0, 300), cuts=some.lists(some.integers(0, 90), max_size=6))
def test_blocks_are_the_whole(kind, length, cuts):
    rng = np.random.default_rng(length)
    audio, delays = rng.standard_normal((2, length)), rng.uniform(0.5, 40, (2, length))
    whole = st.delay(audio, delays, interpolation=kind)
    ends = np.minimum(np.cumsum([*cuts, length]), length)
    state, parts, start = None, [], 0
    for end in ends:
        part, state = st.delay(
            audio[:, start:end],
            delays[:, start:end],
            max_delay=40,
            interpolation=kind,
            state=state,
            return_state=True,
        )
        parts.append(part)
        start = end
    np.testing.assert_allclose(tf.concat(parts, axis=-1), whole, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_blocks_of_a_number_need_no_longest_delay(kind, rng):
    audio, state, parts = rng.standard_normal(100), None, []
    for block in np.split(audio, [3, 4, 50]):
        part, state = st.delay(block, 7.3, interpolation=kind, state=state, return_state=True)
        parts.append(part)
    whole = st.delay(audio, 7.3, interpolation=kind)
    np.testing.assert_allclose(tf.concat(parts, axis=-1), whole, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_delay_is_differentiable_in_itself(kind, rng):
    """Along random directions, between whole delays, where D is a scalar, each, and along."""
    audio, weights = rng.standard_normal((2, 80)), rng.standard_normal((2, 80))
    for shape in ((), (2,), (2, 80)):
        late = rng.integers(1, 9, shape) + rng.uniform(0.55, 0.9, shape)
        direction = rng.standard_normal(shape)

        def value(late):
            moved = st.delay(audio, late, interpolation=kind)
            return tf.reduce_sum(moved * weights)

        point = tf.constant(late)
        with tf.GradientTape() as tape:
            tape.watch(point)
            here = value(point)
        along = np.sum(tape.gradient(here, point).numpy() * direction)
        step = 1e-6 * direction
        difference = float(value(tf.constant(late + step)) - value(tf.constant(late - step)))
        assert along == pytest.approx(difference / 2e-6, rel=1e-6)


def test_what_is_out_of_range_in_a_tensor_is_the_end_of_the_range(rng):
    audio = rng.standard_normal(50)
    late = tf.constant([[-3.0], [0.0], [20.0], [21.0], [1e30]], tf.float64)
    result = st.delay(audio, late, max_delay=20).numpy()
    np.testing.assert_array_equal(result[0], audio)
    np.testing.assert_array_equal(result[2:], np.tile(np.r_[np.zeros(20), audio[:-20]], (3, 1)))
    np.testing.assert_array_equal(st.delay(audio, late).numpy()[4], np.zeros(50))


@pytest.mark.parametrize("kind", KINDS)
def test_delays_may_vary_in_vectorized_map(kind, rng):
    audio, late = rng.standard_normal((3, 60)), np.array([0.7, 9.2, 80.0])
    expected = st.delay(audio, late, interpolation=kind)
    moved = tf.vectorized_map(
        lambda pair: st.delay(pair[0], pair[1], max_delay=80, interpolation=kind),
        (tf.constant(audio), tf.constant(late)),
    )
    np.testing.assert_allclose(moved, expected, atol=1e-12)


def ddsp_lookup(audio: np.ndarray, phase: np.ndarray, max_length: int) -> np.ndarray:
    """DDSP's arithmetic: every sample's past is a table, of which the first entry comes again."""
    padded = np.concatenate([np.zeros(max_length - 1), audio])
    past = np.lib.stride_tricks.sliding_window_view(padded, max_length)[:, ::-1]
    table = np.concatenate([past, past[:, :1]], axis=1)
    places = np.linspace(0.0, 1.0, max_length + 1)
    weights = np.maximum(1.0 - np.abs(phase[:, None] - places) * max_length, 0.0)
    return np.sum(weights * table, axis=1)


def test_variable_length_delay_has_ddsps_numbers(rng):
    audio, phase = rng.standard_normal(400), rng.uniform(0, 1, 400)
    phase[:3] = [0.0, 1.0, 0.99]
    result = st.variable_length_delay(audio, phase, max_length=25, convention="ddsp")
    np.testing.assert_allclose(result, ddsp_lookup(audio, phase, 25), atol=1e-13)
    result = st.variable_length_delay(audio, phase, max_length=25)
    np.testing.assert_allclose(result, between(audio, np.arange(400) - 25 * phase), atol=1e-13)


def test_the_modulated_delay_of_ddsp_is_one_line(rng):
    """Center 15 ms and depth 10 ms: phase 0 is 15 ms, 0.5 is 20 ms, and 1 no delay at all."""
    audio, rate, late = rng.standard_normal(1000), 16000, 25.0
    length = int(rate / 1000 * late)
    for phase, expected in ((0.0, 240), (0.5, 320), (1.0, 0)):
        place = phase * 10.0 / late + 15.0 / late
        wet = st.variable_length_delay(audio, place, max_length=length, convention="ddsp")
        shifted = np.concatenate([np.zeros(expected), audio[: 1000 - expected]])
        np.testing.assert_allclose(wet, shifted, atol=1e-10)


@pytest.mark.parametrize("convention", [None, "ddsp"])
def test_variable_length_delays_of_blocks_are_those_of_the_whole(convention, rng):
    audio, phase = rng.standard_normal(100), rng.uniform(0, 1, 100)
    whole = st.variable_length_delay(audio, phase, max_length=30, convention=convention)
    state, parts = None, []
    for cut in (slice(0, 10), slice(10, 11), slice(11, 100)):
        part, state = st.variable_length_delay(
            audio[cut],
            phase[cut],
            max_length=30,
            convention=convention,
            state=state,
            return_state=True,
        )
        parts.append(part)
    np.testing.assert_allclose(tf.concat(parts, axis=-1), whole, atol=1e-12)


@pytest.mark.parametrize(
    ("audio", "late", "wrong", "message"),
    [
        (np.float64(1.0), 1.0, {}, "audio must have a time axis; got"),
        (np.ones(9), -1.0, {}, "delay_samples must be finite and in"),
        (np.ones(9), [np.nan], {}, "delay_samples must be finite and in"),
        (np.ones(9), 5.5, {"max_delay": 5}, r"delay_samples must be finite and in \[0, 5\]; got"),
        (np.ones(9), 0.25, {"interpolation": "allpass"}, r"finite and in \[0.5, "),
        (np.ones(9), 1.0, {"max_delay": 0}, r"max_delay must be an integer in \[1, "),
        (np.ones(9), 1.0, {"interpolation": "sinc"}, "interpolation must be one of 'linear'"),
        (np.ones(9), np.ones(8), {}, "delay_samples must have as many samples as audio"),
        (np.ones((2, 9)), np.ones(3), {}, "must broadcast; got"),
        (np.ones(9), np.ones(9), {"return_state": True}, "max_delay must be given for a stream"),
        (np.ones(9), 2.0, {"state": np.zeros(3)}, "state must be what the same op .* left"),
        (np.ones(9), np.ones(9, int), {}, "delay_samples must be floating point; got int64"),
    ],
)
def test_a_delay_that_is_none_is_refused(audio, late, wrong, message):
    with pytest.raises(ValueError, match=message):
        st.delay(audio, late, **wrong)


@pytest.mark.parametrize(
    ("phase", "wrong", "message"),
    [
        (1.5, {}, r"phase must be finite and in \[0, 1\]; got 1.5"),
        (0.5, {"max_length": 0}, r"max_length must be an integer in \[1, "),
        (0.5, {"convention": "torch"}, "convention must be one of 'ddsp'; got 'torch'"),
        (np.ones(8), {}, "phase must have as many samples as audio"),
    ],
)
def test_a_variable_length_delay_that_is_none_is_refused(phase, wrong, message):
    with pytest.raises(ValueError, match=message):
        st.variable_length_delay(np.ones(9), phase, **{"max_length": 4, **wrong})
