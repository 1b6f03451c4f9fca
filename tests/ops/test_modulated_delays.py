"""Vibrato, chorus and flanger against closed forms, and one sample after the other."""

import numpy as np
import pytest
import scipy.signal
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as some

import spectrotools as st

RATE = 8000
SWEEP = {"rate_hz": 3.0, "depth_ms": 1.0, "center_ms": 1.2}


def delays(length: int, phase: float = 0.0, rate_hz: float = 3.0) -> np.ndarray:
    """The delay of every sample, in samples."""
    turns = rate_hz * np.arange(length) / RATE
    return (1.2 + np.sin(2 * np.pi * turns + phase)) * RATE / 1000


def between(audio: np.ndarray, late: np.ndarray) -> np.ndarray:
    places = np.arange(-1, len(audio))
    return np.interp(np.arange(len(audio)) - late, places, np.r_[0.0, audio], left=0.0)


def flanged(audio: np.ndarray, late: np.ndarray, feedback: float, mix: float) -> np.ndarray:
    """Sample by sample, as its definition says."""
    past = np.zeros(len(audio) + 1)  # the last is silence, at index -1
    wet = np.zeros(len(audio))
    for n, delay in enumerate(np.maximum(late, 1.0)):
        whole = int(delay)
        near, far = (max(n - whole - k, -1) for k in (0, 1))
        wet[n] = past[near] + (delay - whole) * (past[far] - past[near])
        past[n] = audio[n] + feedback * wet[n]
    return (1 - mix) * audio + mix * wet


def test_vibrato_of_a_sine_is_a_sine_of_the_swept_time():
    """To the error of a cubic: w^4 / 24 * 9 / 16."""
    omega, length = 0.1, 6000
    swept = st.vibrato(np.sin(omega * np.arange(length)), sample_rate=RATE, **SWEEP)
    expected = np.sin(omega * (np.arange(length) - delays(length)))
    np.testing.assert_allclose(swept[30:], expected[30:], atol=1.1 * omega**4 / 24 * 9 / 16)


def test_vibrato_moves_the_pitch_by_what_its_docstring_says():
    depth, rate_hz, pitch_hz = 0.002, 4.0, 440.0
    time = np.arange(2 * RATE) / RATE
    tone = np.sin(2 * np.pi * pitch_hz * time)
    swept = st.vibrato(tone, sample_rate=RATE, rate_hz=rate_hz, depth_ms=1000 * depth)
    heard = np.unwrap(np.angle(scipy.signal.hilbert(swept)))
    hz = np.gradient(heard) * RATE / (2 * np.pi)
    expected = pitch_hz * (1 - 2 * np.pi * rate_hz * depth * np.cos(2 * np.pi * rate_hz * time))
    np.testing.assert_allclose(hz[2000:-2000], expected[2000:-2000], atol=1.0)


@pytest.mark.parametrize("voices", [1, 2, 3, 5])
def test_chorus_is_the_mean_of_voices_around_the_turn(voices, rng):
    audio = rng.standard_normal(2000)
    result = st.chorus(
        audio, sample_rate=RATE, voices=voices, mix=0.4, interpolation="linear", **SWEEP
    )
    phases = 2 * np.pi * np.arange(voices) / voices
    copies = [between(audio, delays(2000, phase)) for phase in phases]
    np.testing.assert_allclose(result, 0.6 * audio + 0.4 * np.mean(copies, axis=0), atol=1e-11)


@pytest.mark.parametrize("feedback", [0.0, 0.5, -0.9, 0.99])
def test_flanger_is_what_one_sample_after_the_other_gives(feedback, rng):
    audio = rng.standard_normal((2, 1500))
    for mix in (0.5, 1.0):
        result = st.flanger(audio, sample_rate=RATE, feedback=feedback, mix=mix, **SWEEP)
        expected = [flanged(item, delays(1500), feedback, mix) for item in audio]
        peak = np.max(np.abs(expected))
        np.testing.assert_allclose(result, expected, atol=1e-12 * peak)


def test_a_flanger_in_float32_is_right_to_its_rounding(rng):
    audio = rng.standard_normal(1500)
    result = st.flanger(audio.astype(np.float32), sample_rate=RATE, feedback=0.9, **SWEEP)
    expected = flanged(audio, delays(1500), 0.9, 0.5)
    np.testing.assert_allclose(result, expected, atol=2e-6 * np.max(np.abs(expected)))


def test_a_flanger_that_stands_still_is_a_comb(rng):
    audio, late, gain = rng.standard_normal(3000), 7, 0.8
    still = {"rate_hz": 0.0, "depth_ms": 0.0, "center_ms": 1000 * late / RATE}
    result = st.flanger(audio, sample_rate=RATE, feedback=gain, mix=1.0, **still)
    comb = scipy.signal.lfilter(
        np.eye(1, late + 1, k=late)[0], [1, *[0] * (late - 1), -gain], audio
    )
    np.testing.assert_allclose(result, comb, atol=1e-12)


EFFECTS = {
    "vibrato": (st.vibrato, {}),
    "chorus": (st.chorus, {"mix": 0.7, "voices": 2}),
    "flanger": (st.flanger, {"mix": 0.7}),
    "flanger fed back": (st.flanger, {"feedback": 0.7}),
}


@pytest.mark.parametrize("name", EFFECTS)
@settings(max_examples=10, deadline=None)
@given(length=some.integers(0, 300), cuts=some.lists(some.integers(0, 90), max_size=5))
def test_blocks_are_the_whole(name, length, cuts):
    effect, extra = EFFECTS[name]
    rng = np.random.default_rng(length)
    audio = rng.standard_normal((2, length))
    sweep = SWEEP | extra | {"rate_hz": np.array([3.0, 50.0]), "sample_rate": RATE}
    whole = effect(audio, **sweep)
    state, parts, start = None, [], 0
    for end in np.minimum(np.cumsum([*cuts, length]), length):
        part, state = effect(audio[:, start:end], state=state, return_state=True, **sweep)
        parts.append(part)
        start = end
    np.testing.assert_allclose(tf.concat(parts, axis=-1), whole, atol=1e-11)


def wrapped(units: int) -> int:
    """What is left of a whole number in 64 bits."""
    return (units + 2**63) % 2**64 - 2**63


def test_the_sweep_is_right_after_ten_hours(rng):
    """Of 0.7 Hz ten hours are 25200 whole turns, so that the sweep begins as in the first."""
    sweep = {"sample_rate": RATE, "rate_hz": 0.7, "depth_ms": 1.0, "center_ms": 1.2}
    audio = rng.standard_normal(400)
    first, state = st.vibrato(audio, return_state=True, **sweep)
    step = int(st.vibrato(audio[:1], return_state=True, **sweep).state.phase)
    assert int(state.phase) == wrapped(400 * step)
    ten_hours = wrapped(36000 * RATE * step)
    assert abs(ten_hours) < 1e-9 * 2**64
    silent = state._replace(audio=tf.zeros_like(state.audio))
    later = silent._replace(phase=tf.constant(ten_hours, tf.int64))
    np.testing.assert_allclose(st.vibrato(audio, state=later, **sweep), first, atol=1e-7)


CONTROLS = ("rate_hz", "depth_ms", "center_ms", "initial_phase", "mix", "feedback")


@pytest.mark.parametrize("name", EFFECTS)
def test_effects_are_differentiable_in_their_controls(name, rng):
    effect, _ = EFFECTS[name]
    audio, weights = rng.standard_normal((2, 300)), rng.standard_normal((2, 300))
    values = dict(zip(CONTROLS, (30.0, 0.71, 1.13, 0.3, 0.4, 0.6), strict=True))
    for absent in {"vibrato": ("mix", "feedback"), "chorus": ("feedback",)}.get(name, ()):
        del values[absent]
    if name == "flanger":
        values["feedback"] = -0.3
    values = {name: tf.constant([value, 1.01 * value]) for name, value in values.items()}
    values = {name: tf.cast(value, tf.float64) for name, value in values.items()}
    settings = {} if "flanger" in name else {"interpolation": "linear"}

    def value(controls):
        return tf.reduce_sum(effect(audio, sample_rate=RATE, **controls, **settings) * weights)

    with tf.GradientTape() as tape:
        tape.watch(values)
        here = value(values)
    gradients = tape.gradient(here, values)
    for control, gradient in gradients.items():
        direction = rng.standard_normal(2)
        ahead, behind = (
            value(values | {control: values[control] + sign * 1e-7 * direction})
            for sign in (1, -1)
        )
        along = np.sum(gradient.numpy() * direction)
        assert along == pytest.approx(float(ahead - behind) / 2e-7, rel=1e-5), control


def test_a_tensor_of_feedback_is_kept_from_growing(rng):
    audio = rng.standard_normal(400)
    wild = st.flanger(audio, sample_rate=RATE, feedback=tf.constant(3.0), **SWEEP)
    np.testing.assert_allclose(wild, flanged(audio, delays(400), 0.99, 0.5), atol=1e-9)


@pytest.mark.parametrize(
    ("effect", "wrong", "message"),
    [
        (st.vibrato, {"sample_rate": 0}, "sample_rate must be above 0 Hz; got 0"),
        (st.vibrato, {"rate_hz": np.inf}, "rate_hz must be finite; got inf"),
        (st.vibrato, {"depth_ms": -1.0}, "depth_ms must be finite and of at least 0; got -1"),
        (st.vibrato, {"depth_ms": 2.0}, r"center_ms must be at least depth_ms=2.0; got 1.2"),
        (st.vibrato, {"interpolation": "allpass"}, "interpolation must be one of 'linear', 'cub"),
        (st.chorus, {"voices": 0}, "voices must be an integer of at least 1; got 0"),
        (st.chorus, {"rate_hz": np.ones(3)}, "must broadcast; got"),
        (
            st.flanger,
            {"feedback": 0.995},
            r"feedback must be finite and in \[-0.99, 0.99\]",
        ),
        (st.flanger, {"max_delay_ms": 2.0}, "center_ms and depth_ms must add up to max_delay_ms"),
        (st.flanger, {"max_delay_ms": 0.0}, "max_delay_ms must be a number above 0; got 0.0"),
        (
            st.flanger,
            {"center_ms": np.array([2.0, 3.0]), "return_state": True},
            "max_delay_ms must be given for a stream of which a delay is a tensor",
        ),
        (st.flanger, {"state": np.zeros(9)}, "state must be what the same effect"),
        (
            st.flanger,
            {"state": st.flanger(np.ones(3), sample_rate=RATE, return_state=True).state},
            "state must be what the same op",
        ),
    ],
)
def test_an_effect_that_is_none_is_refused(effect, wrong, message):
    with pytest.raises(ValueError, match=message):
        effect(np.ones((2, 50)), **{"sample_rate": RATE, **SWEEP, **wrong})


def test_a_state_whose_phase_is_no_integer_is_refused():
    state = st.flanger(np.ones(3), sample_rate=RATE, return_state=True, **SWEEP).state
    broken = state._replace(phase=tf.constant(0.5))
    with pytest.raises(ValueError, match="the phase of a state must be int64; got 'float32'"):
        st.flanger(np.ones(3), sample_rate=RATE, state=broken, **SWEEP)


@pytest.mark.parametrize("effect", [st.vibrato, st.chorus, st.flanger])
def test_effects_need_time(effect):
    with pytest.raises(ValueError, match="audio must have a time axis; got"):
        effect(np.float64(1.0), sample_rate=RATE)
