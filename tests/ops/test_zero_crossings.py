"""Zero crossings beside librosa's."""

import librosa
import numpy as np
import pytest

import spectrotools as st
from tests.tolerances import assert_close


@pytest.mark.parametrize(("frame_length", "hop_length"), [(2048, 512), (51, 7), (2, 1), (10, 30)])
@pytest.mark.parametrize("length", [1, 2, 999, 4000])
def test_it_is_librosas(frame_length, hop_length, length, rng):
    audio = rng.choice([-1.0, -1e-11, -0.0, 0.0, 1e-11, 0.5], (2, length))
    settings = {"frame_length": frame_length, "hop_length": hop_length}
    expected = librosa.feature.zero_crossing_rate(audio, **settings)[:, 0]
    assert_close(st.zero_crossing_rate(audio, **settings), expected, 4, np.float64)


def test_silence_has_none():
    assert not np.any(st.zero_crossing_rate(np.zeros(5000)))


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match="frame_length must be an integer of at least 2; got 1"):
        st.zero_crossing_rate(np.zeros(5), frame_length=1)
    with pytest.raises(ValueError, match="hop_length must be an integer of at least 1; got 0"):
        st.zero_crossing_rate(np.zeros(5), hop_length=0)
    with pytest.raises(ValueError, match="audio must have a time axis"):
        st.zero_crossing_rate(np.float64(1.0))
