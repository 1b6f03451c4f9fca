"""Sum and difference of stereo channels: identities, and a law for a loss of two channels."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from tests.losses.case import all_cases

INNER = [st.losses.L2(), st.losses.MultiScaleSpectral([st.STFT(n_fft=64)])]


@pytest.mark.parametrize("inner", INNER)
def test_it_is_the_loss_of_the_sum_and_of_the_difference(inner, rng):
    target, audio = rng.standard_normal((2, 3, 2, 400))
    loss = st.losses.SumDifference(inner, sum_weight=2.0, difference_weight=0.25)
    expected = 2.0 * inner(target.sum(1), audio.sum(1))
    expected += 0.25 * inner(target[:, 0] - target[:, 1], audio[:, 0] - audio[:, 1])
    np.testing.assert_allclose(loss(target, audio), expected, rtol=1e-12)
    terms = loss.terms(target, audio)
    np.testing.assert_allclose(sum(terms.values()), expected, rtol=1e-12)
    assert all(name.startswith(("sum_", "difference_")) for name in terms)


def test_squares_of_both_are_twice_the_squares_of_the_channels(rng):
    """Of a parallelogram, the squares of the diagonals are those of all sides."""
    target, audio = rng.standard_normal((2, 2, 400))
    loss = st.losses.SumDifference(st.losses.L2())
    assert float(loss(target, audio)) == pytest.approx(np.mean((target - audio) ** 2, -1).sum())


def test_a_swap_of_channels_costs_a_difference_and_no_sum(rng):
    target = rng.standard_normal((2, 400))
    terms = st.losses.SumDifference(st.losses.L1()).terms(target, target[::-1].copy())
    assert float(terms["sum_l1"]) == pytest.approx(0.0, abs=1e-12)
    assert float(terms["difference_l1"]) > 0.5


@pytest.mark.parametrize("inner", INNER)
def test_it_runs_compiled_is_saved_and_trains(inner, rng):
    target, audio = rng.standard_normal((2, 3, 2, 400)).astype(np.float32)
    loss = st.losses.SumDifference(inner)
    compiled = tf.function(loss, jit_compile=True)(target, audio)
    np.testing.assert_allclose(compiled, loss(target, audio), rtol=1e-4)
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(loss)))
    assert keras.saving.deserialize_keras_object(config) == loss
    sound, optimizer = tf.Variable(audio), keras.optimizers.Adam(0.01)
    before = np.sum(loss(target, sound))
    for _ in range(50):
        with tf.GradientTape() as tape:
            value = tf.reduce_sum(loss(target, sound))
        optimizer.apply_gradients([(tape.gradient(value, sound), sound)])
    assert np.sum(loss(target, sound)) < 0.8 * before
    silence = np.zeros([2, 100], np.float32)
    assert np.all(np.isfinite(loss(silence, silence)))


def test_every_loss_of_one_channel_may_be_inside():
    for case in all_cases():
        pair = np.stack([*case.pair(batch=2)], axis=0)
        loss = st.losses.SumDifference(case.make(), difference_weight=0.0)
        expected = 0.5 * case.make()(pair[0].sum(0), pair[1].sum(0))
        np.testing.assert_allclose(loss(*pair), expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"loss": 3}, "loss must be a Loss; got 3"),
        ({"sum_weight": -1.0}, "sum_weight must be a number of at least 0"),
        (
            {"sum_weight": 0, "difference_weight": 0},
            "sum_weight or difference_weight must be above",
        ),
    ],
)
def test_wrong_settings_are_named(change, match):
    with pytest.raises(ValueError, match=match):
        st.losses.SumDifference(**({"loss": st.losses.L1()} | change))


def test_other_than_two_channels_are_refused():
    loss = st.losses.SumDifference(st.losses.L1())
    for shape in ([400], [3, 400]):
        with pytest.raises(ValueError, match=r"target must be \[..., 2, time\]"):
            loss(np.zeros(shape), np.zeros(shape))
