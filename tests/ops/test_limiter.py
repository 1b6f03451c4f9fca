"""Limiters: no sample above the ceiling, and the gain of one sample after the other."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as some

import spectrotools as st

RATE = 1000


def limited(audio: np.ndarray, ceiling_db: float, release: float, ahead: int) -> np.ndarray:
    """Its definition, by loops; silence before the first sample."""
    need = np.maximum(20 * np.log10(np.maximum(np.abs(audio), 1e-10)) - ceiling_db, 0)
    need = np.r_[np.zeros(2 * ahead), need]
    fall = np.exp(-1 / (release * RATE)) if release > 0 else 0.0
    peaks, peak = np.zeros(len(audio) + ahead), 0.0
    for n in range(ahead, len(peaks)):
        held = np.max(need[n : n + ahead + 1])
        peaks[n] = peak = max(held, fall * peak + (1 - fall) * held)
    taken = np.array([np.mean(peaks[n : n + ahead + 1]) for n in range(len(audio))])
    late = np.r_[np.zeros(ahead), audio][: len(audio)]
    return late * 10 ** (-taken / 20)


@pytest.mark.parametrize("ahead", [0, 1, 2, 5, 16, 27])
@pytest.mark.parametrize("release", [0.0, 0.03])
def test_a_limiter_is_its_definition(ahead, release, rng):
    audio = rng.standard_normal((2, 300)) * 10 ** rng.uniform(-2, 0.5, (2, 300))
    result = st.limiter(
        audio,
        sample_rate=RATE,
        ceiling_db=-6.0,
        release_seconds=release,
        lookahead_seconds=ahead / RATE,
    )
    expected = [limited(item, -6.0, release, ahead) for item in audio]
    np.testing.assert_allclose(result, expected, rtol=1e-11, atol=1e-14)


def limit(audio: tf.Tensor, ceiling_db: tf.Tensor) -> tf.Tensor:
    return st.limiter(audio, sample_rate=RATE, ceiling_db=ceiling_db, lookahead_seconds=0.006)


compiled_limit = tf.function(limit, jit_compile=True)


@settings(max_examples=60, deadline=None)
@given(
    seed=some.integers(0, 2**32 - 1),
    ceiling_db=some.floats(-60, 20),
    peak_db=some.floats(-20, 80),
    single=some.booleans(),
    jit=some.booleans(),
)
def test_no_sample_is_above_the_ceiling(seed, ceiling_db, peak_db, single, jit):
    rng = np.random.default_rng(seed)
    audio = 10 ** (peak_db / 20) * rng.uniform(-1, 1, 200) ** 9
    dtype = np.float32 if single else np.float64
    run = compiled_limit if jit else limit
    result = run(tf.constant(audio, dtype), tf.constant(ceiling_db, tf.float64))
    # TensorFlow's power and Python's may differ by a rounding.
    ceiling = np.nextafter(dtype(10 ** (ceiling_db / 20)), dtype(np.inf))
    assert np.max(np.abs(result)) <= ceiling


def test_what_is_below_the_ceiling_is_late_and_not_changed(rng):
    audio = rng.uniform(-0.8, 0.8, 100)
    result = st.limiter(audio, sample_rate=RATE, lookahead_seconds=0.007)
    np.testing.assert_array_equal(result, np.r_[np.zeros(7), audio[:-7]])


@settings(max_examples=15, deadline=None)
@given(length=some.integers(0, 400), cuts=some.lists(some.integers(0, 150), max_size=5))
def test_blocks_are_the_whole(length, cuts):
    audio = 3 * np.random.default_rng(length).standard_normal((2, length))
    ahead = {"sample_rate": RATE, "lookahead_seconds": 0.011}
    state, parts, start = None, [], 0
    for end in np.minimum(np.cumsum([*cuts, length]), length):
        part, state = st.limiter(audio[:, start:end], state=state, return_state=True, **ahead)
        parts.append(part)
        start = end
    whole = st.limiter(audio, **ahead)
    np.testing.assert_allclose(tf.concat(parts, axis=-1), whole, rtol=1e-11, atol=1e-14)


@pytest.mark.slow
def test_a_limiter_is_differentiable_in_ceiling_and_release(rng):
    audio, weights = rng.standard_normal((2, 300)), rng.standard_normal((2, 300))

    def value(ceiling, release):
        held = st.limiter(audio, sample_rate=RATE, ceiling_db=ceiling, release_seconds=release)
        return tf.reduce_sum(held * weights, axis=-1)

    points = [tf.constant([-6.0, -9.0], tf.float64), tf.constant([0.02, 0.05], tf.float64)]
    with tf.GradientTape() as tape:
        tape.watch(points)
        here = value(*points)
    by_ceiling, by_release = tape.gradient(here, points)
    ceiling, release = points
    difference = (value(ceiling + 1e-6, release) - value(ceiling - 1e-6, release)) / 2e-6
    np.testing.assert_allclose(by_ceiling, difference, rtol=1e-5)
    difference = (value(ceiling, release + 1e-8) - value(ceiling, release - 1e-8)) / 2e-8
    np.testing.assert_allclose(by_release, difference, rtol=1e-5)


@pytest.mark.parametrize(
    ("audio", "wrong", "message"),
    [
        (np.float64(1.0), {}, "audio must have a time axis; got"),
        (np.ones(9), {"sample_rate": 0}, "sample_rate must be above 0 Hz; got 0"),
        (np.ones(9), {"ceiling_db": np.nan}, "ceiling_db must be finite and of at least -200"),
        (np.ones(9), {"release_seconds": -1.0}, "release_seconds must be finite and of at least"),
        (np.ones(9), {"lookahead_seconds": -1.0}, "lookahead_seconds must be a number in"),
        (np.ones((2, 9)), {"ceiling_db": np.ones(3)}, "must broadcast; got"),
        (np.ones(9), {"state": np.zeros(3)}, "state must be what the same op with the same"),
    ],
)
def test_a_limiter_that_is_none_is_refused(audio, wrong, message):
    with pytest.raises(ValueError, match=message):
        st.limiter(audio, **{"sample_rate": RATE, **wrong})
