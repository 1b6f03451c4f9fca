"""Losses of phase against published arithmetic in NumPy, and against what they should not see."""

import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st

STFT = st.STFT(n_fft=256, hop_length=64)


def anti_wrapping(difference: np.ndarray) -> float:
    """Ai and Ling's function, eq. 5, and the mean of it."""
    wrapped = difference - 2 * np.pi * np.round(difference / (2 * np.pi))
    return float(np.mean(np.abs(wrapped)))


def test_anti_wrapping_is_the_published_arithmetic(rng):
    target, audio = rng.standard_normal((2, 4000))
    loss = st.losses.Phase(STFT, distance="anti_wrapping", weighted=False, floor_db=-300.0)
    error = np.angle(STFT(audio).numpy()) - np.angle(STFT(target).numpy())
    terms = loss.terms(target, audio)
    assert float(terms["phase"]) == pytest.approx(anti_wrapping(error), rel=1e-9)
    advance = float(terms["instantaneous_frequency"])
    assert advance == pytest.approx(anti_wrapping(np.diff(error, axis=0)), rel=1e-9)
    delay = float(terms["group_delay"])
    assert delay == pytest.approx(anti_wrapping(np.diff(error, axis=1)), rel=1e-9)


def test_cosine_is_one_minus_the_cosine_of_the_error(rng):
    target, audio = rng.standard_normal((2, 4000))
    loss = st.losses.Phase(STFT, weighted=False, floor_db=-300.0)
    error = np.angle(STFT(audio).numpy()) - np.angle(STFT(target).numpy())
    terms = loss.terms(target, audio)
    expected = [np.mean(1 - np.cos(e)) for e in (error, np.diff(error, axis=0))]
    assert float(terms["phase"]) == pytest.approx(expected[0], rel=1e-9)
    assert float(terms["instantaneous_frequency"]) == pytest.approx(expected[1], rel=1e-9)


@pytest.mark.parametrize("distance", ["cosine", "anti_wrapping"])
def test_a_steady_turn_of_all_phase_is_heard_as_phase_alone(distance):
    time = np.arange(8000) / 8000
    tones = [np.sin(2 * np.pi * 500 * time + phase) for phase in (0.0, 0.5)]
    terms = st.losses.Phase(STFT, distance=distance).terms(*(t * np.hanning(8000) for t in tones))
    turned = {"cosine": 1 - np.cos(0.5), "anti_wrapping": 0.5}[distance]
    assert float(terms["phase"]) == pytest.approx(turned, rel=0.02)
    assert float(terms["instantaneous_frequency"]) < 1e-3
    assert float(terms["group_delay"]) < 1e-3


def test_there_is_no_step_where_phase_wraps():
    """As an error of phase goes once round, the loss moves by no more than its slope."""
    phases = np.linspace(0, 2 * np.pi, 721)
    time = np.arange(2000) / 8000
    target = tf.constant(np.sin(2 * np.pi * 500 * time))
    turned = np.sin(2 * np.pi * 500 * time + phases[:, None])
    for distance in ("cosine", "anti_wrapping"):
        loss = st.losses.Phase(
            STFT, distance=distance, instantaneous_frequency=0.0, group_delay=0.0
        )
        values = loss(tf.repeat(target[None], 721, axis=0), turned).numpy()
        assert np.max(np.abs(np.diff(values))) < 2 * phases[1]
        assert values[0] < 1e-12
        assert values[360] > 1.8


def test_descent_finds_the_shift_of_a_click():
    """Phase, of which magnitudes know nothing: a click moves home by gradient descent."""
    place = tf.Variable(1000.0 + 4.0, dtype=tf.float64)
    n = tf.range(2000, dtype=tf.float64)
    loss = st.losses.Phase(STFT, distance="anti_wrapping", phase=0.0, instantaneous_frequency=0.0)
    target = tf.exp(-0.5 * ((n - 1000.0) / 4.0) ** 2)
    for _ in range(100):
        with tf.GradientTape() as tape:
            value = loss(target, tf.exp(-0.5 * ((n - place) / 4.0) ** 2))
        place.assign_sub(2.0 * tf.sign(tape.gradient(value, place)) * 0.05)
    assert abs(float(place) - 1000.0) < 0.2


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"stft": 256}, "stft must be an STFT; got 256"),
        ({"phase": -1.0}, "phase must be a number of at least 0; got -1.0"),
        (
            {"phase": 0.0, "instantaneous_frequency": 0.0, "group_delay": 0.0},
            "one of phase, instantaneous_frequency, group_delay must be above 0",
        ),
        ({"distance": "l1"}, "distance must be one of 'cosine', 'anti_wrapping'"),
        ({"floor_db": 3.0}, r"floor_db must be a number in \[-300, 0\]; got 3.0"),
    ],
)
def test_wrong_settings_are_named(change, match):
    with pytest.raises(ValueError, match=match):
        st.losses.Phase(**({"stft": STFT} | change))


def test_sounds_of_two_dtypes_are_refused():
    loss = st.losses.Phase(STFT)
    with pytest.raises(ValueError, match="target and audio must have one dtype"):
        loss(np.zeros(100, np.float32), np.zeros(100))


@pytest.mark.parametrize("shape", [(2, 100), (1,), (99,), (100, 100)])
def test_sounds_of_two_shapes_are_refused(shape):
    """Where they would broadcast, too: one target is not that of all sounds."""
    rule = r"target and audio must have one shape \[..., time\], .*; got '\(100,\) and"
    with pytest.raises(ValueError, match=rule):
        st.losses.Phase(STFT)(np.zeros(100), np.zeros(shape))


def test_sounds_of_no_frame_are_refused():
    loss = st.losses.Phase(st.STFT(n_fft=256, convention="tf"))
    with pytest.raises(ValueError, match="at least the samples of one frame of STFT"):
        loss(np.ones(255), np.ones(255))
    with pytest.raises(ValueError, match=r"target and audio must have one shape .* one sample"):
        loss(np.ones(0), np.ones(0))


def test_numbers_take_the_dtype_of_the_sound_beside_them():
    assert st.losses.Phase(STFT)([0.0, 1.0], np.array([0.0, 1.0])).dtype == tf.float64
