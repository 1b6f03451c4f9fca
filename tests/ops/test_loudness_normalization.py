"""Programmes made as loud as is wanted: measured again, and by the slope of the gain."""

import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st

RATE = 8000
METER = {"sample_rate": RATE}


def noise(rng: np.random.Generator, *shape: int) -> np.ndarray:
    level = 10 ** rng.uniform(-3, 0, (*shape[:-1], 1))
    return level * rng.standard_normal(shape)


@pytest.mark.parametrize("target", [-23.0, -14.0])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_loudness_is_the_target(target, dtype, rng):
    audio = noise(rng, 3, 2, 2 * RATE).astype(dtype)
    for layout, shape in ((None, (3, 2)), ("stereo", (3,))):
        louder = st.loudness_normalize(audio, target_lufs=target, layout=layout, **METER)
        result = st.integrated_loudness(louder, layout=layout, **METER)
        assert louder.dtype == dtype
        np.testing.assert_allclose(result, np.full(shape, target), rtol=0, atol=1e-4)


def test_channels_of_a_programme_keep_their_balance(rng):
    audio = noise(rng, 2, 2 * RATE)
    louder = st.loudness_normalize(audio, layout="stereo", **METER).numpy()
    gains = np.ptp(louder / audio)
    assert gains < 1e-12


def test_peaks_hold_the_gain_down_where_they_are_high(rng):
    audio = noise(rng, 2, 2 * RATE)
    audio[0, 100] = 10 * np.max(np.abs(audio))
    free = st.loudness_normalize(audio, **METER)
    held = st.loudness_normalize(audio, max_true_peak_db=-3.0, **METER)
    peaks = [np.asarray(st.true_peak(sound, **METER)) for sound in (free, held)]
    assert peaks[0][0] > -3.0 > peaks[0][1]
    np.testing.assert_allclose(peaks[1], [-3.0, peaks[0][1]], rtol=0, atol=1e-9)
    np.testing.assert_allclose(held[1], free[1], rtol=1e-14)
    pair = st.loudness_normalize(audio, max_true_peak_db=-3.0, layout="stereo", **METER)
    assert np.max(st.true_peak(pair, **METER)) == pytest.approx(-3.0, abs=1e-9)


@pytest.mark.parametrize("samples", [0, 1, 3199, 8000])
@pytest.mark.parametrize("limit", [None, -1.0])
def test_what_has_no_loudness_stays(samples, limit, rng):
    audio = rng.standard_normal(samples)
    audio = audio if samples < 3200 else 1e-6 * audio
    result = st.loudness_normalize(audio, max_true_peak_db=limit, **METER)
    np.testing.assert_array_equal(result, audio)


def test_a_gradient_cannot_make_it_louder(rng):
    """Of all directions that of more of the same has no slope."""
    audio = tf.constant(noise(rng, 2 * RATE))
    weights = rng.standard_normal(2 * RATE)
    with tf.GradientTape() as tape:
        tape.watch(audio)
        value = tf.reduce_sum(st.loudness_normalize(audio, **METER) * weights)
    slope = tape.gradient(value, audio).numpy()
    along = np.dot(slope, audio)
    assert abs(along) < 1e-9 * np.linalg.norm(slope) * np.linalg.norm(audio)
    assert np.linalg.norm(slope) > 0


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"target_lufs": 1.0}, r"target_lufs must be a number in \[-70, 0\]; got 1.0"),
        ({"max_true_peak_db": 21}, r"max_true_peak_db must be a number in \[-60, 20\]; got 21"),
        ({"layout": "stereo"}, r"audio must be \[..., 2, time\] for layout 'stereo'"),
        ({"sample_rate": 4000}, "sample_rate must be at least 8000 Hz; got 4000"),
    ],
)
def test_what_is_wrong_is_named(settings, match):
    with pytest.raises(ValueError, match=match):
        st.loudness_normalize(np.zeros([3, 100]), **(METER | settings))
