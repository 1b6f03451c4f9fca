"""Compressors and expanders against the equations of the paper, one sample after the other."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as some

import spectrotools as st

RATE = 8000
TIMES = {"attack_seconds": 0.003, "release_seconds": 0.02}


def compressed_level(level: float, threshold: float, ratio: float, knee: float) -> float:
    """Equation 4 of Giannoulis, Massberg and Reiss."""
    if 2 * (level - threshold) < -knee:
        return level
    if 2 * abs(level - threshold) <= knee and knee > 0:
        return level + (1 / ratio - 1) * (level - threshold + knee / 2) ** 2 / (2 * knee)
    return threshold + (level - threshold) / ratio


def expanded_level(level: float, threshold: float, ratio: float, knee: float) -> float:
    if 2 * (level - threshold) > knee:
        return level
    if 2 * abs(level - threshold) <= knee and knee > 0:
        return level - (ratio - 1) * (level - threshold - knee / 2) ** 2 / (2 * knee)
    return threshold + (level - threshold) * ratio


def detected(wanted: np.ndarray, attack: float, release: float) -> np.ndarray:
    """Equation 17, with the decays of equation 7."""
    rise, fall = (np.exp(-1 / (t * RATE)) if t > 0 else 0.0 for t in (attack, release))
    result, peak, smooth = np.zeros(len(wanted)), 0.0, 0.0
    for n, x in enumerate(wanted):
        peak = max(x, fall * peak + (1 - fall) * x)
        smooth = rise * smooth + (1 - rise) * peak
        result[n] = smooth
    return result


def levels(audio: np.ndarray) -> np.ndarray:
    return 20 * np.log10(np.maximum(np.abs(audio), 1e-10))


def compressed(audio, threshold, ratio, attack, release, knee, makeup):
    wanted = [x - compressed_level(x, threshold, ratio, knee) for x in levels(audio)]
    taken = detected(np.array(wanted), attack, release)
    return audio * 10 ** ((makeup - taken) / 20)


def expanded(audio, threshold, ratio, attack, release, knee, most):
    wanted = [min(x - expanded_level(x, threshold, ratio, knee), most) for x in levels(audio)]
    opened = detected(most - np.array(wanted), attack, release)
    return audio * 10 ** ((opened - most) / 20)


def bursts(rng: np.random.Generator, length: int) -> np.ndarray:
    """Noise that is loud and soft by turns, and silent at times."""
    loudness = np.repeat(rng.uniform(-80, 0, -(-length // 100)), 100)[:length]
    noise = rng.standard_normal(length) * 10 ** (loudness / 20)
    return np.where(np.arange(length) % 500 < 50, 0.0, noise)


@pytest.mark.parametrize("knee", [0.0, 6.0, 24.0])
@pytest.mark.parametrize("ratio", [1.0, 2.5, 100.0])
@pytest.mark.parametrize("times", [(0.003, 0.02), (0.0, 0.05), (0.01, 0.0), (0.02, 2.0)])
def test_a_compressor_is_what_the_equations_of_the_paper_give(times, ratio, knee, rng):
    audio = bursts(rng, 1500)
    result = st.compressor(
        audio,
        sample_rate=RATE,
        threshold_db=-30.0,
        ratio=ratio,
        attack_seconds=times[0],
        release_seconds=times[1],
        knee_db=knee,
        makeup_db=3.0,
    )
    expected = compressed(audio, -30.0, ratio, *times, knee, 3.0)
    np.testing.assert_allclose(result, expected, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("knee", [0.0, 10.0])
@pytest.mark.parametrize("ratio", [1.0, 3.0, 50.0])
def test_an_expander_opens_and_closes_as_the_detector_says(ratio, knee, rng):
    audio = bursts(rng, 1500)
    settings = {"threshold_db": -25.0, "ratio": ratio, "knee_db": knee, "range_db": 45.0}
    result = st.expander(audio, sample_rate=RATE, **TIMES, **settings)
    expected = expanded(audio, -25.0, ratio, 0.003, 0.02, knee, 45.0)
    np.testing.assert_allclose(result, expected, rtol=1e-10, atol=1e-14)


def test_a_steady_level_settles_on_the_static_curve():
    """Of every level at once: in the end the gain is that of the curve alone."""
    given_db = np.linspace(-60, 0, 31)
    steady = np.tile(10 ** (given_db / 20), (4000, 1)).T
    settings = {"threshold_db": -20.0, "ratio": 5.0, "knee_db": 12.0}
    result = st.compressor(steady, sample_rate=RATE, **TIMES, **settings)
    expected = [compressed_level(level, -20.0, 5.0, 12.0) for level in given_db]
    np.testing.assert_allclose(levels(result[:, -1].numpy()), expected, atol=1e-9)
    settings = {"threshold_db": -20.0, "ratio": 2.0, "knee_db": 12.0, "range_db": 30.0}
    result = st.expander(steady, sample_rate=RATE, **TIMES, **settings)
    expected = [expanded_level(level, -20.0, 2.0, 12.0) for level in given_db]
    expected = np.maximum(expected, given_db - 30.0)
    np.testing.assert_allclose(levels(result[:, -1].numpy()), expected, atol=1e-9)


def test_attack_and_release_take_the_time_that_they_say():
    """63 % of a step of 20 dB, up and down, after so many seconds."""
    audio = np.r_[np.full(4000, 1.0), np.full(8000, 0.01)]
    settings = {"threshold_db": -25.0, "ratio": 5.0}
    gain_db = levels(
        st.compressor(
            audio, sample_rate=RATE, attack_seconds=0.05, release_seconds=0.1, **settings
        ).numpy()
        / audio
    )
    assert gain_db[399] == pytest.approx(-20 * (1 - np.exp(-1)), rel=1e-9)
    # The release goes through both filters: 1 - (t_r e^(-t/t_r) - t_a e^(-t/t_a)) / (t_r - t_a).
    left = (0.1 * np.exp(-0.1 / 0.1) - 0.05 * np.exp(-0.1 / 0.05)) / 0.05
    assert gain_db[4000 + 799] == pytest.approx(-20 * left, abs=0.03)


def test_a_slow_release_in_float32_takes_as_long(rng):
    """Of two seconds at 48 kHz the decay is 87 float32 steps below 1."""
    audio = np.r_[np.ones(100), np.full(300000, 1e-3)]
    settings = {"sample_rate": 48000, "attack_seconds": 0.0, "release_seconds": 2.0}
    exact = st.compressor(audio, **settings).numpy()
    single = st.compressor(audio.astype(np.float32), **settings).numpy()
    np.testing.assert_allclose(single, exact, rtol=1e-6)
    expected = -15 * np.exp(-np.arange(1, 300001) / 96000)
    np.testing.assert_allclose(levels(exact[100:]) + 60.0, expected, rtol=1e-9)


@pytest.mark.parametrize("effect", [st.compressor, st.expander])
@settings(max_examples=10, deadline=None)
@given(length=some.integers(0, 700), cuts=some.lists(some.integers(0, 300), max_size=5))
def test_blocks_are_the_whole(effect, length, cuts):
    rng = np.random.default_rng(length)
    audio = np.stack([bursts(rng, length), bursts(rng, length)])
    settings = {"sample_rate": RATE, "threshold_db": np.array([-30.0, -20.0]), **TIMES}
    state, parts, start = None, [], 0
    for end in np.minimum(np.cumsum([*cuts, length]), length):
        part, state = effect(audio[:, start:end], state=state, return_state=True, **settings)
        parts.append(part)
        start = end
    whole = effect(audio, **settings)
    np.testing.assert_allclose(tf.concat(parts, axis=-1), whole, rtol=1e-10, atol=1e-14)


CONTROLS = {"threshold_db": -30.0, "ratio": 3.0, "knee_db": 7.0, **TIMES}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("effect", "last"), [(st.compressor, "makeup_db"), (st.expander, "range_db")]
)
def test_dynamics_are_differentiable_in_their_controls(effect, last, rng):
    audio, weights = np.stack([bursts(rng, 700)] * 2), rng.standard_normal((2, 700))
    values = {
        name: tf.constant([value, 1.1 * value], tf.float64)
        for name, value in (CONTROLS | {last: 31.0}).items()
    }

    def value(controls):
        return tf.reduce_sum(effect(audio, sample_rate=RATE, **controls) * weights)

    with tf.GradientTape() as tape:
        tape.watch(values)
        here = value(values)
    gradients = tape.gradient(here, values)
    for name, gradient in gradients.items():
        step = 1e-6 * values[name] * rng.standard_normal(2)
        ahead, behind = (value(values | {name: values[name] + s * step}) for s in (1, -1))
        along = np.sum(gradient.numpy() * step.numpy())
        assert along == pytest.approx(float(ahead - behind) / 2, rel=1e-5), name


@pytest.mark.slow
@pytest.mark.parametrize("effect", [st.compressor, st.expander])
def test_gradients_by_controls_are_finite_on_silence_and_without_a_knee(effect):
    values = {name: tf.constant(value, tf.float64) for name, value in CONTROLS.items()}
    values |= {name: tf.constant(0.0, tf.float64) for name in ("knee_db", "attack_seconds")}
    for audio in (np.zeros((2, 50)), np.ones((2, 50))):
        with tf.GradientTape() as tape:
            tape.watch(values)
            result = tf.reduce_sum(effect(audio, sample_rate=RATE, **values))
        gradients = tape.gradient(result, values)
        assert all(np.isfinite(gradient) for gradient in gradients.values())


@pytest.mark.parametrize("effect", [st.compressor, st.expander])
@pytest.mark.parametrize(
    ("audio", "wrong", "message"),
    [
        (np.float64(1.0), {}, "audio must have a time axis; got"),
        (np.ones(9, np.int16), {}, "audio must be floating point; got int16"),
        (np.ones(9), {"sample_rate": 0}, "sample_rate must be above 0 Hz; got 0"),
        (np.ones(9), {"threshold_db": -300.0}, "threshold_db must be finite and of at least -200"),
        (np.ones(9), {"ratio": 0.5}, "ratio must be finite and of at least 1; got 0.5"),
        (np.ones(9), {"attack_seconds": -1.0}, "attack_seconds must be finite and of at least 0"),
        (np.ones(9), {"release_seconds": np.nan}, "release_seconds must be finite and of at"),
        (np.ones(9), {"knee_db": -1.0}, "knee_db must be finite and of at least 0; got -1.0"),
        (np.ones((2, 9)), {"ratio": np.full(3, 2.0)}, "must broadcast; got"),
        (np.ones(9), {"state": np.zeros(3)}, "state must be what the same op with the same"),
    ],
)
def test_dynamics_that_are_none_are_refused(effect, audio, wrong, message):
    with pytest.raises(ValueError, match=message):
        effect(audio, **{"sample_rate": RATE, **wrong})
