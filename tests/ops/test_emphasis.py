"""Pre-emphasis against SciPy's filter."""

import numpy as np
import pytest
import scipy.signal

import spectrotools as st


@pytest.mark.parametrize("coefficient", [0.97, 0.0, -0.5, 1.0])
def test_emphasis_is_a_filter_of_scipy_and_is_undone(coefficient, rng):
    audio = rng.uniform(-1, 1, (2, 1000))
    raised = st.preemphasis(audio, coefficient=coefficient)
    taps = [1.0, -coefficient]
    np.testing.assert_allclose(raised, scipy.signal.lfilter(taps, [1.0], audio), atol=1e-15)
    again = st.deemphasis(raised, coefficient=coefficient)
    np.testing.assert_allclose(again, audio, rtol=0, atol=1e-12)


def test_every_signal_may_have_a_coefficient_of_its_own(rng):
    audio, coefficient = rng.uniform(-1, 1, (2, 30)), np.array([0.5, 0.9])
    for op in (st.preemphasis, st.deemphasis):
        whole = op(audio, coefficient=coefficient)
        for i in range(2):
            np.testing.assert_allclose(whole[i], op(audio[i], coefficient=coefficient[i]))


@pytest.mark.parametrize("op", [st.preemphasis, st.deemphasis])
def test_blocks_are_the_whole(op, rng):
    audio, parts, state = rng.uniform(-1, 1, (2, 100)), [], None
    for block in np.split(audio, [0, 1, 40], axis=1):
        part, state = op(block, state=state, return_state=True)
        parts.append(part)
    np.testing.assert_allclose(np.concatenate(parts, axis=1), op(audio), rtol=0, atol=1e-14)


@pytest.mark.parametrize("op", [st.preemphasis, st.deemphasis])
def test_wrong_arguments_are_named(op):
    with pytest.raises(ValueError, match=r"coefficient must be finite and in \[-1, 1\]"):
        op(np.ones(3), coefficient=1.5)
    with pytest.raises(ValueError, match="audio must have a time axis"):
        op(1.0)
    with pytest.raises(ValueError, match="audio and coefficient must broadcast"):
        op(np.ones([2, 3]), coefficient=[0.5, 0.4, 0.3])
    with pytest.raises(ValueError, match="state must be"):
        op(np.ones(3), state=np.array(0.5))
