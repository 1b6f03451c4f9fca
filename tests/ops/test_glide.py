"""Glides against SciPy's recursive filter and straight lines."""

import numpy as np
import pytest
import scipy.signal
import tensorflow as tf

import spectrotools as st

RATE = 1000


def one_pole(f0_hz: np.ndarray, values: float) -> np.ndarray:
    a, pitch = np.exp(-1 / values), np.log2(f0_hz)
    return 2 ** scipy.signal.lfilter([1 - a], [1, -a], pitch, zi=a * pitch[..., :1])[0]


@pytest.mark.parametrize("frames", [1, 2, 255, 256, 257, 1000, 70000])
def test_an_exponential_glide_is_a_one_pole_filter_of_the_pitch(frames, rng):
    f0_hz = rng.uniform(50, 2000, (2, frames))
    for values in (0.3, 20.0, 5000.0):
        result = st.glide(f0_hz, values / 250, sample_rate=16000, hop_length=64)
        np.testing.assert_allclose(result, one_pole(f0_hz, values), rtol=1e-11)


def test_a_slow_glide_in_float32_leads_where_it_should(rng):
    """Of five seconds at 48 kHz: 1 - exp(-1 / 240000) is 70 float32 steps below 1."""
    f0_hz = rng.uniform(50, 2000, 400000).astype(np.float32)
    result = st.glide(f0_hz, 5.0, sample_rate=48000)
    np.testing.assert_allclose(result, one_pole(f0_hz.astype(float), 240000.0), rtol=2e-7)


def test_a_glide_of_unknown_length_is_the_same(rng):
    f0_hz = rng.uniform(50, 2000, (2, 70000))
    run = tf.function(
        lambda x: st.glide(x, 0.05, sample_rate=1000),
        input_signature=[tf.TensorSpec([None, None], tf.float64)],
    )
    np.testing.assert_allclose(run(f0_hz), one_pole(f0_hz, 50.0), rtol=1e-11)


@pytest.mark.parametrize("values", [1.0, 7.0, 20.25, 3000.0])
def test_a_linear_glide_is_a_line_for_every_step(values, rng):
    """Of steps at random places: each rises evenly for so many values, and they add up."""
    frames, places = 1000, [100, 130, 500, 505, 900]
    steps = rng.uniform(-1, 1, len(places))
    pitch, expected = np.full(frames, 8.0), np.full(frames, 8.0)
    for place, step in zip(places, steps, strict=True):
        pitch[place:] += step
        expected += step * np.clip((np.arange(frames) - place + 1) / values, 0, 1)
    result = st.glide(2**pitch, values / RATE, sample_rate=RATE, curve="linear")
    np.testing.assert_allclose(result, 2**expected, rtol=1e-12)


@pytest.mark.parametrize("curve", ["exponential", "linear"])
def test_a_steady_pitch_stays_to_the_bit(curve):
    steady = np.full(5000, 440.3, np.float32)
    np.testing.assert_array_equal(st.glide(steady, 0.1, sample_rate=RATE, curve=curve), steady)


@pytest.mark.parametrize("curve", ["exponential", "linear"])
def test_what_is_no_pitch_comes_back_and_is_glided_past(curve, rng):
    f0_hz = rng.uniform(100, 400, 600)
    gaps = {5: 0.0, 6: -3.0, 200: np.nan, 300: np.inf, 301: 0.0, 599: 0.0}
    f0_hz[:3], f0_hz[list(gaps)] = 0.0, list(gaps.values())
    pitched = np.isfinite(f0_hz) & (f0_hz > 0)
    last = np.maximum.accumulate(np.where(pitched, np.arange(600), 0))
    last[:3] = 3  # as if the first pitch had lasted for ever
    filled = st.glide(f0_hz[last], 0.02, sample_rate=RATE, curve=curve).numpy()
    result = st.glide(f0_hz, 0.02, sample_rate=RATE, curve=curve).numpy()
    np.testing.assert_allclose(result[pitched], filled[pitched], rtol=1e-12)
    np.testing.assert_array_equal(result[~pitched], f0_hz[~pitched])


@pytest.mark.parametrize("curve", ["exponential", "linear"])
def test_glide_is_differentiable_in_its_time_and_pitch(curve, rng):
    f0_hz, weights = rng.uniform(100, 400, (2, 400)), rng.standard_normal(400)
    f0_hz[:, 50:60] = 0.0
    seconds, direction = np.array([0.0213, 0.0432]), rng.standard_normal((2, 400))

    def value(f0_hz, seconds):
        moved = st.glide(f0_hz, seconds, sample_rate=RATE, curve=curve)
        return tf.reduce_sum(moved * weights, axis=-1)

    points = [tf.constant(f0_hz), tf.constant(seconds)]
    with tf.GradientTape() as tape:
        tape.watch(points)
        here = value(*points)
    by_pitch, by_time = tape.gradient(here, points)
    difference = (value(f0_hz, seconds + 1e-8) - value(f0_hz, seconds - 1e-8)) / 2e-8
    np.testing.assert_allclose(by_time, difference, rtol=1e-5)
    step = 1e-5 * direction * (f0_hz > 0)
    difference = (value(f0_hz + step, seconds) - value(f0_hz - step, seconds)) / 2e-5
    along = np.sum(by_pitch.numpy() * direction * (f0_hz > 0), axis=-1)
    np.testing.assert_allclose(along, difference, rtol=1e-6)


@pytest.mark.parametrize(
    ("f0_hz", "wrong", "message"),
    [
        (tf.zeros([2, 0]), {}, r"f0_hz must be \[..., frames\], of at least one; got"),
        (tf.constant(1.0), {}, r"f0_hz must be \[..., frames\], of at least one; got"),
        (np.ones(3, np.int16), {}, "f0_hz must be floating point; got int16"),
        ([220.0], {"glide_seconds": -0.1}, "glide_seconds must be finite and of at least 0"),
        (np.ones((2, 3)), {"glide_seconds": np.ones(3)}, "must broadcast; got"),
        ([220.0], {"sample_rate": -1}, "sample_rate must be above 0 Hz; got -1"),
        ([220.0], {"hop_length": np.inf}, "hop_length must be a number in"),
        ([220.0], {"curve": "cubic"}, "curve must be one of 'exponential', 'linear'; got 'cubic'"),
    ],
)
def test_a_glide_that_is_none_is_refused(f0_hz, wrong, message):
    with pytest.raises(ValueError, match=message):
        st.glide(f0_hz, **{"glide_seconds": 0.1, "sample_rate": RATE, **wrong})
