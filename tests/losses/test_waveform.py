"""Losses on samples beside NumPy's and SciPy's arithmetic in float64."""

import keras
import numpy as np
import pytest
import scipy.signal

import spectrotools as st
from tests.losses.case import noise_pair


def test_absolute_and_squared_errors_are_those_of_keras(rng):
    target, audio = noise_pair(rng, 1, 501)
    expected = keras.losses.mean_absolute_error(target[0], audio[0])
    assert float(st.losses.L1()(target, audio)[0]) == pytest.approx(float(expected), rel=1e-14)
    expected = keras.losses.mean_squared_error(target[0], audio[0])
    assert float(st.losses.L2()(target, audio)[0]) == pytest.approx(float(expected), rel=1e-14)


@pytest.mark.parametrize("curvature", [0.5, 1.0, 20.0])
def test_log_cosh_is_the_logarithm_of_the_hyperbolic_cosine(rng, curvature):
    target, audio = noise_pair(rng, 3, 301)
    expected = np.mean(np.log(np.cosh(curvature * (target - audio))), axis=-1) / curvature
    loss = st.losses.LogCosh(curvature=curvature)
    np.testing.assert_allclose(loss(target, audio), expected, rtol=1e-12)


def test_log_cosh_keeps_small_errors_and_does_not_overflow_by_large_ones():
    loss = st.losses.LogCosh()
    small = np.float32(1e-6)
    assert float(loss([0.0], [small])) == pytest.approx(float(small) ** 2 / 2, rel=1e-6)
    assert float(loss([0.0], [1e5])) == pytest.approx(1e5 - np.log(2), rel=1e-7)
    sides = [float(loss(np.zeros(1), np.array([u]))) for u in (1 - 1e-12, 1 + 1e-12)]
    assert sides[1] - sides[0] == pytest.approx(2e-12 * np.tanh(1), rel=1e-3)


@pytest.mark.parametrize("kind", [st.losses.L1, st.losses.L2, st.losses.LogCosh, st.losses.ESR])
def test_pre_emphasis_filters_both_signals(rng, kind):
    target, audio = noise_pair(rng, 2, 200)
    raised = [scipy.signal.lfilter([1.0, -0.85], [1.0], signal) for signal in (target, audio)]
    expected = kind()(*raised)
    np.testing.assert_allclose(kind(preemphasis=0.85)(target, audio), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("kind", "wrong", "message"),
    [
        ("L1", {"preemphasis": 2.0}, r"preemphasis must be a number in \[-1, 1\]; got 2.0"),
        ("L2", {"preemphasis": None}, r"preemphasis must be a number in .*; got None"),
        ("L1", {"preemphasis": "0.5"}, r"preemphasis must be a number in .*; got '0.5'"),
        ("LogCosh", {"curvature": 0.0}, r"curvature must be a number in .*; got 0.0"),
        ("LogCosh", {"curvature": np.nan}, r"curvature must be a number in .*; got nan"),
        ("ESR", {"floor_db": 3.0}, r"floor_db must be a number in \[-300, 0\]; got 3.0"),
        ("DC", {"floor_db": "low"}, r"floor_db must be a number in .*; got 'low'"),
        ("SNR", {"floor_db": -400.0}, r"floor_db must be a number in .*; got -400.0"),
    ],
)
def test_settings_out_of_range_are_refused(kind, wrong, message):
    with pytest.raises(ValueError, match=message):
        getattr(st.losses, kind)(**wrong)


@pytest.mark.parametrize(
    ("target", "audio", "message"),
    [
        (np.ones(8), np.ones(9), r"target and audio must have one shape .*; got '\(8,\) and \(9,"),
        (np.ones((2, 8)), np.ones(8), r"target and audio must have one shape"),
        (np.float64(1.0), np.float64(1.0), "must have one shape"),
        (np.ones((2, 0)), np.ones((2, 0)), "of at least one sample"),
        (np.ones(8), np.ones(8, np.float32), "target and audio must have one dtype; got"),
        (np.ones(8), np.ones(8, np.int16), "audio must be floating point; got int16"),
    ],
)
def test_signals_that_do_not_fit_are_refused(target, audio, message):
    with pytest.raises(ValueError, match=message):
        st.losses.L1()(target, audio)


def test_settings_of_numpy_are_plain_numbers():
    loss = st.losses.LogCosh(curvature=np.float32(2.0), preemphasis=0)
    assert loss == st.losses.LogCosh(curvature=2.0)
    assert {type(value) for value in loss.get_config().values()} == {float}
