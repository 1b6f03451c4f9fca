"""Dynamics, distortion and mixing are their ops; the equaliser is SciPy's of the cookbook."""

import numpy as np
import pytest
import scipy.signal
import tensorflow as tf

import spectrotools as st
from tests.tolerances import assert_close

RATE, TIME = 16000, 600
DOUBLE = {"dtype": "float64"}


@pytest.mark.parametrize(
    ("effect", "op", "settings"),
    [
        (
            st.effects.Compressor,
            st.compressor,
            {"threshold_db": -12.0, "ratio": 3.0, "knee_db": 6.0},
        ),
        (
            st.effects.Expander,
            st.expander,
            {"threshold_db": -12.0, "ratio": 3.0, "range_db": 40.0},
        ),
        (st.effects.Limiter, st.limiter, {"ceiling_db": -6.0, "lookahead_seconds": 0.002}),
    ],
)
def test_dynamics_are_their_op(effect, op, settings, rng):
    audio = rng.standard_normal((2, TIME))
    made = effect(sample_rate=RATE, **settings, **DOUBLE)
    assert_close(made(audio), op(audio, sample_rate=RATE, **settings), 1e4, np.float64)


@pytest.mark.parametrize("antialias", [False, True])
def test_distortion_is_its_op(antialias, rng):
    audio = rng.standard_normal((2, TIME))
    settings = {"drive_db": 9.0, "kind": "soft", "antialias": antialias}
    made = st.effects.Distortion(**settings, **DOUBLE)
    assert_close(made(audio), st.distortion(audio, **settings), 64, np.float64)


def cookbook(kind: str, hz: float, gain_db: float, q: float) -> np.ndarray:
    """A section as Bristow-Johnson's cookbook has it."""
    amplitude, turn = 10 ** (gain_db / 40), 2 * np.pi * hz / RATE
    cosine, alpha = np.cos(turn), np.sin(turn) / (2 * q)
    if kind == "peaking":
        b = [1 + alpha * amplitude, -2 * cosine, 1 - alpha * amplitude]
        a = [1 + alpha / amplitude, -2 * cosine, 1 - alpha / amplitude]
    else:
        sign = 1 if kind == "low_shelf" else -1
        root, plus, minus = 2 * np.sqrt(amplitude) * alpha, amplitude + 1, amplitude - 1
        b = [
            amplitude * (plus - sign * minus * cosine + root),
            sign * 2 * amplitude * (minus - sign * plus * cosine),
            amplitude * (plus - sign * minus * cosine - root),
        ]
        a = [
            plus + sign * minus * cosine + root,
            -sign * 2 * (minus + sign * plus * cosine),
            plus + sign * minus * cosine - root,
        ]
    return np.array([*b, *a]) / a[0]


def test_the_equaliser_is_the_cookbooks_sections_one_after_the_other(rng):
    audio = rng.standard_normal((2, TIME))
    hz, gains, q = [300.0, 1000.0, 2500.0, 5000.0], [6.0, -9.0, 4.0, -3.0], [0.7, 2.0, 1.0, 0.7]
    kinds = ["low_shelf", "peaking", "peaking", "high_shelf"]
    sos = [cookbook(*section) for section in zip(kinds, hz, gains, q, strict=True)]
    made = st.effects.Equalizer(sample_rate=RATE, frequencies_hz=hz, gains_db=gains, q=q, **DOUBLE)
    assert_close(made(audio), scipy.signal.sosfilt(sos, audio), 1e4, np.float64)


def test_an_equaliser_begins_by_changing_nothing_and_learns_all_of_itself(rng):
    audio = rng.standard_normal((1, TIME))
    made = st.effects.Equalizer(sample_rate=RATE, **DOUBLE)
    assert_close(made(audio), audio, 1e4, np.float64)
    made.gains_db.trainable_weights[0].assign([3.0] * 5)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(made(audio) ** 2)
    gradients = tape.gradient(loss, [v.value for v in made.trainable_variables])
    assert len(gradients) == 3
    assert all(np.all(np.abs(gradient) > 1e-9) for gradient in gradients)


def test_mix_is_a_crossfade_of_equal_power(rng):
    one, two = rng.standard_normal((2, 1, 80))
    logits = rng.standard_normal((1, 5))
    held = np.concatenate([1 / (1 + np.exp(-logits[0])), 1 / (1 + np.exp(-logits[0, -1:]))])
    level = np.interp(np.arange(80) / 16, np.arange(6), held)
    made = st.effects.Mix(hop_length=16, **DOUBLE)
    expected = np.cos(np.pi / 2 * level) * one + np.sin(np.pi / 2 * level) * two
    assert_close(made(one, two, logits[..., None]), expected, 64, np.float64)
    theirs = st.effects.Mix(hop_length=16, convention="ddsp", **DOUBLE)
    expected = np.sqrt(level) * one + (1 - np.sqrt(1 - level)) * two
    assert_close(theirs(one, two, logits), expected, 64, np.float64)


def test_pan_is_its_op_and_may_learn_its_place(rng):
    audio = rng.standard_normal((2, 30))
    made = st.effects.Pan(position=st.layers.Bounded(0.4, low=-1.0, high=1.0, **DOUBLE), **DOUBLE)
    assert_close(made(audio), st.pan(audio, 0.4), 64, np.float64)
    assert len(made.trainable_variables) == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda e: e.Limiter(sample_rate=9, lookahead_seconds=-1),
            "lookahead_seconds must be",
        ),
        (lambda e: e.Compressor(sample_rate=0), "sample_rate must be above 0 Hz; got 0"),
        (lambda e: e.Compressor(sample_rate=9, ratio="inf"), "ratio must be finite; got 'inf'"),
        (lambda e: e.Distortion(kind="fuzz"), "kind must be one of"),
        (
            lambda e: e.Equalizer(sample_rate=9, frequencies_hz=[1.0]),
            r"frequencies_hz must be \[",
        ),
        (
            lambda e: e.Equalizer(sample_rate=9, frequencies_hz=[1.0, 5.0]),
            "frequencies_hz must be above 0 and below 4.5 Hz; got",
        ),
        (lambda e: e.Equalizer(sample_rate=9, q=[1.0, 1.0]), r"q must be \[bands\], \(5,\); got"),
        (lambda e: e.Mix(hop_length=2, law="sqrt"), "law must be one of"),
        (
            lambda e: e.Mix(hop_length=2, law="linear", convention="ddsp"),
            "law must be None in a",
        ),
        (
            lambda e: e.Mix(hop_length=2)(tf.zeros([1, 4]), tf.zeros([1, 3]), tf.zeros([1, 2])),
            "signal_one and signal_two must have the same length; got",
        ),
        (lambda e: e.Pan(law="sqrt"), "law must be one of"),
        (lambda e: e.Pan(position=np.nan), "position must be finite; got nan"),
    ],
)
def test_a_level_that_is_none_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(st.effects)
