"""Chroma beside librosa's."""

import librosa
import numpy as np
import pytest

import spectrotools as st
from tests.tolerances import assert_close

NORMS = {"l2": 2, "l1": 1, "max": np.inf, "none": None}


@pytest.mark.parametrize("norm", list(NORMS))
@pytest.mark.parametrize(
    ("sample_rate", "n_fft", "n_chroma", "tuning", "base", "octave_width"),
    [
        (22050, 2048, 12, 0.0, "c", 2.0),
        (16000, 1025, 24, 0.3, "c", None),
        (44100, 4096, 36, -0.5, "a", 1.0),
        (8000, 2, 5, 0.0, "a", 2.0),
        (8000, 3, 1, 0.0, "c", 2.0),
    ],
)
def test_bank_is_librosas(sample_rate, n_fft, n_chroma, tuning, base, octave_width, norm):
    expected = librosa.filters.chroma(
        sr=sample_rate,
        n_fft=n_fft,
        n_chroma=n_chroma,
        tuning=tuning,
        octwidth=octave_width,
        norm=NORMS[norm],
        base_c=base == "c",
        dtype=np.float64,
    )
    bank = st.chroma_filterbank(
        sample_rate=sample_rate,
        n_fft=n_fft,
        n_chroma=n_chroma,
        tuning=tuning,
        octave_width=octave_width,
        norm=norm,
        base=base,
    )
    assert_close(bank, expected.T, 4096, np.float64)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_fft": 1}, r"n_fft must be an integer of at least 2; got 1"),
        ({"n_chroma": 0}, r"n_chroma must be an integer of at least 1; got 0"),
        ({"sample_rate": -1}, r"sample_rate must be above 0 Hz; got -1"),
        ({"tuning": np.inf}, r"tuning must be finite; got inf"),
        ({"centre_octave": np.nan}, r"centre_octave must be finite; got nan"),
        ({"octave_width": 0.0}, r"octave_width must be above 0; got 0"),
        ({"octave_width": -1.0}, r"octave_width must be a number of at least 0; got -1"),
        ({"norm": "l3"}, r"norm must be one of 'l2', 'l1', 'max', 'none'; got 'l3'"),
        ({"base": "b"}, r"base must be one of 'c', 'a'; got 'b'"),
    ],
)
def test_arguments_out_of_range_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        st.chroma_filterbank(**({"sample_rate": 16000, "n_fft": 512} | settings))


def test_the_bank_cannot_be_spoilt():
    with pytest.raises(ValueError, match="read-only"):
        st.chroma_filterbank(sample_rate=16000, n_fft=512)[0, 0] = 1.0
