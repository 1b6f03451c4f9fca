"""Filterbanks against librosa, tf.signal and, for GANSynth's, hand-made triangles."""

import librosa
import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from tests.tolerances import assert_close

SHAPES = [
    (22050, 1024, 80, 0.0, 8000.0),
    (16000, 2048, 64, 30.0, 7600.0),
    (8000, 255, 20, 0.0, None),
]


@pytest.mark.parametrize("scale", ["slaney", "htk"])
@pytest.mark.parametrize("norm", ["slaney", "none"])
@pytest.mark.parametrize(("sample_rate", "n_fft", "n_mels", "fmin", "fmax"), SHAPES)
def test_bank_is_librosas(sample_rate, n_fft, n_mels, fmin, fmax, norm, scale):
    settings = {"n_fft": n_fft, "n_mels": n_mels, "fmin": fmin, "fmax": fmax}
    expected = librosa.filters.mel(
        sr=sample_rate,
        **settings,
        htk=scale == "htk",
        norm=None if norm == "none" else norm,
        dtype=np.float64,
    )
    bank = st.mel_filterbank(sample_rate=sample_rate, **settings, scale=scale, norm=norm)
    assert_close(bank, expected.T, 512, np.float64)


def test_conventions_have_their_peers_defaults():
    settings = {"sample_rate": 16000, "n_fft": 512, "n_mels": 40}
    librosas = librosa.filters.mel(sr=16000, n_fft=512, n_mels=40, dtype=np.float64).T
    assert_close(st.mel_filterbank(**settings), librosas, 512, np.float64)
    # torchaudio's melscale_fbanks by default: HTK's scale and no norm, straight in Hz.
    torchs = librosa.filters.mel(
        sr=16000, n_fft=512, n_mels=40, htk=True, norm=None, dtype=np.float64
    ).T
    assert_close(st.mel_filterbank(**settings, convention="torch"), torchs, 512, np.float64)


def test_tf_convention_is_tf_signal():
    expected = tf.signal.linear_to_mel_weight_matrix(64, 513, 16000, 125.0, 7500.0, tf.float64)
    bank = st.mel_filterbank(
        sample_rate=16000, n_fft=1024, n_mels=64, fmin=125.0, fmax=7500.0, convention="tf"
    )
    assert_close(bank, expected, 4096, np.float64)


def test_gansynth_bands_reach_over_one_and_a_half_bins_and_leave_dc_out():
    bank = st.mel_filterbank(sample_rate=16000, n_fft=2048, n_mels=1024, convention="gansynth")
    assert bank.shape == (1025, 1024)
    assert not np.any(bank[:2])  # DC, and the first bin, which stands for the original's DC
    assert np.all(bank >= 0)
    assert np.max(bank) <= 1
    reached = np.count_nonzero(bank[:, 20:], axis=0)
    assert np.min(reached) >= 1  # without the widening half of the low bands would see no bin


@pytest.mark.parametrize("scale", ["slaney", "htk"])
def test_mel_scale_is_librosas_and_turns_back(scale, rng):
    hz = np.concatenate([[0.0, 999.99, 1000.0], rng.uniform(0, 20000, 50)])
    mel = st.hz_to_mel(hz, scale)
    assert_close(mel, librosa.hz_to_mel(hz, htk=scale == "htk"), 64, np.float64)
    assert_close(st.mel_to_hz(mel, scale), hz, 64, np.float64)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_fft": 1}, r"n_fft must be an integer of at least 2; got 1"),
        ({"n_mels": 0}, r"n_mels must be an integer of at least 1; got 0"),
        ({"sample_rate": 0}, r"sample_rate must be above 0 Hz; got 0"),
        ({"fmin": -1.0}, r"fmin must be at least 0 Hz; got -1"),
        ({"fmax": 9000.0}, r"fmax must be in \(fmin=0\.0, sample_rate / 2 = 8000\.0\]; got 9000"),
        ({"fmin": 500.0, "fmax": 500.0}, r"fmax must be in \(fmin=500"),
        ({"scale": "bark"}, r"scale must be one of 'slaney', 'htk'; got 'bark'"),
        ({"norm": "l2"}, r"norm must be one of 'slaney', 'none'; got 'l2'"),
        ({"convention": "kaldi"}, r"convention must be one of 'librosa'.*; got 'kaldi'"),
    ],
)
def test_arguments_out_of_range_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        st.mel_filterbank(**({"sample_rate": 16000, "n_fft": 512, "n_mels": 40} | settings))


def test_the_bank_cannot_be_spoilt():
    bank = st.mel_filterbank(sample_rate=16000, n_fft=512, n_mels=40)
    with pytest.raises(ValueError, match="read-only"):
        bank[0, 0] = 1.0
