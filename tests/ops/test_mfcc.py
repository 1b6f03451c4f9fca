"""Cepstral coefficients beside SciPy's, librosa's and tf.signal's."""

import librosa
import numpy as np
import pytest
import scipy.fft
import tensorflow as tf

import spectrotools as st


@pytest.mark.parametrize("n_mfcc", [1, 13, 40])
def test_they_are_scipys_orthonormal_cosine_transform(n_mfcc, rng):
    log_mel = rng.standard_normal((2, 3, 40))
    expected = scipy.fft.dct(log_mel, type=2, norm="ortho")[..., :n_mfcc]
    np.testing.assert_allclose(st.mfcc(log_mel, n_mfcc=n_mfcc), expected, rtol=0, atol=1e-13)


@pytest.mark.parametrize("lifter", [0, 22])
def test_they_are_librosas(lifter, rng):
    audio = rng.standard_normal(22050).astype(np.float32)
    expected = librosa.feature.mfcc(y=audio, sr=22050, n_mfcc=20, lifter=lifter).T
    found = st.mfcc(st.LogMel.preset("librosa")(audio), n_mfcc=20, lifter=lifter)
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-3)  # of some hundreds of dB


def test_they_are_those_of_tf_signal(rng):
    log_mel = rng.standard_normal((3, 40))
    expected = tf.signal.mfccs_from_log_mel_spectrograms(log_mel)
    found = st.mfcc(log_mel, n_mfcc=40, convention="tf")
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("lifter", [0, 22])
def test_they_are_htks(lifter, rng):
    """By SciPy's transform, without a norm twice HTK's sum, and the lifter of librosa, one on."""
    log_mel = rng.standard_normal((3, 26))
    expected = scipy.fft.dct(log_mel, type=2)[:, :13] / np.sqrt(2 * 26)
    if lifter:
        flat = librosa.feature.mfcc(S=np.eye(26), n_mfcc=13)
        lifted = librosa.feature.mfcc(S=np.eye(26), n_mfcc=13, lifter=lifter)
        expected[:, 1:] *= (lifted[:, 0] / flat[:, 0])[:12]
    found = st.mfcc(log_mel, n_mfcc=13, lifter=lifter, convention="htk")
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("lifter", [0, 22])
def test_the_way_back_is_librosas(lifter, rng):
    mfcc = rng.standard_normal((2, 5, 20))
    expected = librosa.feature.inverse.mfcc_to_mel(
        mfcc.swapaxes(-1, -2), n_mels=64, lifter=lifter, ref=1.0
    )
    found = st.mfcc_to_log_mel(mfcc, n_mels=64, lifter=lifter)
    wanted = 10 * np.log10(expected.swapaxes(-1, -2))
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-11)


@pytest.mark.parametrize(("convention", "lifter"), [("librosa", 5), ("htk", 22), ("tf", 0)])
def test_the_way_back_is_numpys_pseudo_inverse(convention, lifter, rng):
    settings = {"lifter": lifter, "convention": convention}
    matrix = st.mfcc(np.eye(30), n_mfcc=13, **settings).numpy()
    mfcc = rng.standard_normal((4, 13))
    found = st.mfcc_to_log_mel(mfcc, n_mels=30, **settings)
    lowpass = np.linalg.pinv(matrix / np.linalg.norm(matrix, axis=0))
    expected = (mfcc / np.linalg.norm(matrix, axis=0)) @ lowpass
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match=r"n_mfcc must be an integer in \[1, 4\]; got 5"):
        st.mfcc(tf.zeros([4]), n_mfcc=5)
    with pytest.raises(ValueError, match="lifter must be an integer of at least 0; got -1"):
        st.mfcc(tf.zeros([4]), n_mfcc=2, lifter=-1)
    with pytest.raises(ValueError, match="log_mel must have bands, known ones"):
        st.mfcc(tf.zeros([]))
    with pytest.raises(ValueError, match="lifter must be 0 with convention='tf'; got 22"):
        st.mfcc(tf.zeros([4]), n_mfcc=2, lifter=22, convention="tf")
    with pytest.raises(ValueError, match="convention must be one of 'librosa', 'tf', 'htk'"):
        st.mfcc(tf.zeros([4]), n_mfcc=2, convention="kaldi")
    with pytest.raises(ValueError, match="mfcc must have coefficients, known ones"):
        st.mfcc_to_log_mel(tf.zeros([]), n_mels=4)
    with pytest.raises(ValueError, match="n_mels must be an integer of at least 4; got 3"):
        st.mfcc_to_log_mel(tf.zeros([4]), n_mels=3)
    with pytest.raises(ValueError, match=r"lifter must leave all 4 coefficients; .* by .*; got 2"):
        st.mfcc_to_log_mel(tf.zeros([4]), n_mels=4, lifter=2)
