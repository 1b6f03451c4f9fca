"""Recursive filters against SciPy in float64, and against the difference equation itself."""

import numpy as np
import pytest
import scipy.signal
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as some

import spectrotools as st
from tests.tolerances import error_db

HARD = {
    "pole at 0.9999": np.array([[1, 0, 0, 1, -2 * 0.9999 * np.cos(0.3), 0.9999**2]]),
    "low-pass at 30 Hz": scipy.signal.butter(2, 30, fs=48000, output="sos"),
    "high-pass at 38 Hz": scipy.signal.butter(2, 38, "high", fs=48000, output="sos"),
    "eight poles at 100 Hz": scipy.signal.cheby1(8, 1, 100, fs=48000, output="sos"),
    "band of 10 Hz": scipy.signal.butter(4, [50, 60], "band", fs=48000, output="sos"),
}


@pytest.mark.parametrize("case", HARD)
def test_hard_filters_are_those_of_scipy(case, rng):
    audio = rng.uniform(-1, 1, (2, 100003))
    expected = scipy.signal.sosfilt(HARD[case], audio)
    assert error_db(st.sosfilt(audio, HARD[case]), expected) < -200
    single = st.sosfilt(audio.astype(np.float32), HARD[case])
    expected = scipy.signal.sosfilt(HARD[case], audio.astype(np.float32).astype(float))
    assert error_db(single, expected) < -140


@pytest.mark.parametrize("length", [1, 2, 31, 32, 33, 16383, 16384, 16385])
def test_lfilter_of_any_orders_is_that_of_scipy(length, rng):
    audio = rng.uniform(-1, 1, (2, length))
    for zeros, poles in ((0, 1), (1, 0), (3, 2), (2, 5)):
        b, a = rng.uniform(-1, 1, zeros + 1), 0.15 * rng.uniform(-1, 1, poles + 1)
        a[0] = 1.7
        expected = scipy.signal.lfilter(b, a, audio)
        np.testing.assert_allclose(st.lfilter(audio, b, a), expected, rtol=0, atol=1e-13)


def test_what_is_heard_and_given_before_is_what_scipy_takes_for_its_state(rng):
    audio, (b, a) = rng.uniform(-1, 1, 500), scipy.signal.butter(3, 0.1)
    inputs, outputs = rng.uniform(-1, 1, (2, 3))
    zi = scipy.signal.lfiltic(b, a, outputs[::-1], inputs[::-1])
    expected, _ = scipy.signal.lfilter(b, a, audio, zi=zi)
    result, state = st.lfilter(audio, b, a, state=np.stack([inputs, outputs]), return_state=True)
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(state, [audio[-3:], expected[-3:]], rtol=0, atol=1e-12)


def sequential(audio: np.ndarray, b: np.ndarray, a: np.ndarray, hop: int) -> np.ndarray:
    """The difference equation, sample by sample, of ``[time]`` and ``[frames, order + 1]``."""
    result = np.zeros_like(audio)
    for n in range(len(audio)):
        frame = n // hop
        for k in range(min(n + 1, b.shape[1])):
            result[n] += b[frame, k] * audio[n - k]
        for k in range(1, min(n + 1, a.shape[1])):
            result[n] -= a[frame, k] * result[n - k]
        result[n] /= a[frame, 0]
    return result


def changing(frames: int, order: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    radius, turn = rng.uniform(0.5, 0.99, (frames, order // 2)), rng.uniform(0, 3, (order // 2))
    poles = radius * np.exp(1j * turn)
    a = np.stack([np.poly(np.concatenate([row, row.conj()])).real for row in poles])
    return rng.uniform(-1, 1, (frames, order + 1)), a


@pytest.mark.parametrize("order", [2, 6])
@pytest.mark.parametrize("hop", [1, 3, 16, 64, 65, 67, 300, 4096])
def test_a_filter_that_changes_is_the_equation_at_every_sample(hop, order, rng):
    audio = rng.uniform(-1, 1, 1000)
    b, a = changing(-(-1000 // hop), order, rng)
    result = st.lfilter(audio, b, a, hop_length=hop)
    expected = sequential(audio, b, a, hop)
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-11 * np.abs(expected).max())


def test_more_frames_than_a_row_of_the_recurrence(rng):
    audio, (b, a) = rng.uniform(-1, 1, 900), changing(900, 2, rng)
    expected = sequential(audio, b, a, 1)
    result = st.lfilter(audio, b, a, hop_length=1)
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-11 * np.abs(expected).max())


def test_every_signal_may_have_filters_of_its_own(rng):
    audio = rng.uniform(-1, 1, (3, 300))
    sos = np.stack([scipy.signal.butter(4, cut, output="sos") for cut in (0.1, 0.2, 0.3)])
    expected = np.stack([scipy.signal.sosfilt(*pair) for pair in zip(sos, audio, strict=True)])
    np.testing.assert_allclose(st.sosfilt(audio, sos), expected, rtol=0, atol=1e-13)
    one = np.stack([scipy.signal.sosfilt(part, audio[0]) for part in sos])
    np.testing.assert_allclose(st.sosfilt(audio[0], sos), one, rtol=0, atol=1e-13)


def test_every_signal_may_have_filters_of_its_own_that_change(rng):
    audio = rng.uniform(-1, 1, (2, 130))
    pairs = [changing(3, 2, rng) for _ in audio]
    expected = [sequential(x, b, a, 50) for x, (b, a) in zip(audio, pairs, strict=True)]
    b, a = (np.stack(parts) for parts in zip(*pairs, strict=True))
    result = st.lfilter(audio, b, a, hop_length=50)
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-12 * np.abs(expected).max())


def test_a_filter_that_is_not_stable_grows_as_it_should():
    click = np.eye(1, 1000)[0]
    a = np.poly([1.05, 0.3])
    expected = scipy.signal.lfilter([1.0], a, click)
    np.testing.assert_allclose(st.lfilter(click, [1.0], a), expected, rtol=1e-9)
    run = tf.function(lambda x: st.lfilter(x, [1.0], a))
    unknown = run.get_concrete_function(tf.TensorSpec([None], tf.float64))
    np.testing.assert_allclose(unknown(tf.constant(click)), expected, rtol=1e-9)


def test_an_integrator_goes_on_for_ever(rng):
    audio = rng.uniform(-1, 1, 50000)
    result = st.lfilter(audio, [1.0], [1.0, -1.0])
    np.testing.assert_allclose(result, np.cumsum(audio), rtol=0, atol=1e-9)


@settings(max_examples=10, deadline=None)
@given(length=some.integers(0, 300), cuts=some.lists(some.integers(0, 90), max_size=5))
def test_blocks_are_the_whole(length, cuts):
    audio = np.random.default_rng(length).uniform(-1, 1, (2, length))
    sos = HARD["eight poles at 100 Hz"]
    parts, state = [], None
    for block in np.split(audio, np.minimum(np.cumsum(cuts), length), axis=-1):
        part, state = st.sosfilt(block, sos, state=state, return_state=True)
        parts.append(part)
    assert len(parts) == len(cuts) + 1
    expected = scipy.signal.sosfilt(sos, audio) if length else audio
    peak = np.abs(expected).max(initial=1e-300)
    np.testing.assert_allclose(tf.concat(parts, -1), expected, rtol=0, atol=1e-9 * peak)


def test_blocks_of_frames_are_the_whole(rng):
    audio, (b, a) = rng.uniform(-1, 1, 40), changing(4, 2, rng)
    early, state = st.lfilter(audio[:20], b[:2], a[:2], hop_length=10, return_state=True)
    late = st.lfilter(audio[20:], b[2:], a[2:], hop_length=10, state=state)
    whole = sequential(audio, b, a, 10)
    np.testing.assert_allclose(tf.concat([early, late], 0), whole, rtol=0, atol=1e-12)


@pytest.mark.parametrize("hop_length", [None, 20])
def test_gradients_to_every_coefficient_are_those_of_differences(hop_length, rng):
    audio, (b, a) = rng.uniform(-1, 1, (2, 50)), changing(3, 2, rng)
    b, a = (part if hop_length else part[0] for part in (b, a))
    weights = rng.standard_normal((2, 50))

    def value(*parts: tf.Tensor) -> tf.Tensor:
        return tf.reduce_sum(weights * st.lfilter(*parts, hop_length=hop_length) ** 2)

    point = [tf.constant(part) for part in (audio, b, a)]
    with tf.GradientTape() as tape:
        tape.watch(point)
        result = value(*point)
    for i, gradient in enumerate(tape.gradient(result, point)):
        direction, step = rng.standard_normal(point[i].shape), 1e-6
        ends = []
        for sign in (1, -1):
            moved = list(point)
            moved[i] = point[i] + sign * step * direction
            ends.append(value(*moved).numpy())
        expected = (ends[0] - ends[1]) / (2 * step)
        np.testing.assert_allclose(np.sum(gradient * direction), expected, rtol=1e-6)


def test_gradients_are_finite_on_silence():
    sos = tf.constant(HARD["pole at 0.9999"])
    with tf.GradientTape() as tape:
        tape.watch(sos)
        value = tf.reduce_sum(st.sosfilt(np.zeros(100), sos))
    assert np.all(tape.gradient(value, sos) == 0)


def test_wrong_arguments_are_named():
    audio, sos = np.ones(10), HARD["low-pass at 30 Hz"]
    for call, message in {
        lambda: st.sosfilt(audio, sos[0]): r"sos must be \[\.\.\., sections, 6\]",
        lambda: st.sosfilt(audio, sos, hop_length=5): r"sos must be \[\.\.\., frames, sections, 6",
        lambda: st.sosfilt(audio, sos[:, :5]): r"sos must be \[\.\.\., sections, 6\]",
        lambda: st.sosfilt(audio, np.nan * sos): "sos must be finite",
        lambda: st.sosfilt(audio, 0.0 * sos): "sos must not have 0 for a0",
        lambda: st.sosfilt(audio, sos[:0]): "sos must be of a known number of sections",
        lambda: st.lfilter(audio, [], [1.0]): r"b must be \[\.\.\., order \+ 1\]",
        lambda: st.lfilter(audio, [1.0], [0.0, 1.0]): "a must not have 0 for a0",
        lambda: st.lfilter(audio, [1.0], [1.0], hop_length=5): r"b must be \[\.\.\., frames",
        lambda: st.lfilter(audio, [[1.0]], [[1.0]], hop_length=0): "hop_length must be an integer",
        lambda: st.lfilter(audio, [[1.0]], [[1.0]], hop_length=4): "the length of audio must be",
        lambda: st.lfilter(audio, 2 * [[1.0]], 3 * [[1.0]], hop_length=5): "b and a must broad",
        lambda: st.lfilter(1.0, [1.0], [1.0]): "audio must have a time axis",
        lambda: st.sosfilt(np.ones([3, 9]), np.stack([sos] * 2)): "audio and sos must broadcast",
        lambda: st.sosfilt(audio, sos, state=np.zeros([3, 2])): "state must be",
        lambda: st.sosfilt(audio, sos, state=np.zeros([2, 2], "f")): "state must be",
        lambda: st.sosfilt(np.ones([2, 9]), sos, state=np.zeros([3, 2, 2])): "left for such",
    }.items():
        with pytest.raises(ValueError, match=message):
            call()


def test_a_wrong_number_of_frames_is_told_when_the_graph_runs():
    run = tf.function(
        lambda audio, a: st.lfilter(audio, np.ones([1, 1]), a, hop_length=4),
        input_signature=[
            tf.TensorSpec([None, None], tf.float64),
            tf.TensorSpec([None, 3], tf.float64),
        ],
    )
    a = np.array([[1.0, 0.5, 0.25]] * 3)
    assert run(np.ones([1, 9]), a).shape == (1, 9)
    with pytest.raises(tf.errors.InvalidArgumentError, match="as many segments of hop_length"):
        run(np.ones([1, 9]), a[:2])
