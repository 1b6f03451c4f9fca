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


def test_they_are_those_of_tf_signal_but_for_the_level(rng):
    log_mel = rng.standard_normal((3, 40))
    expected = tf.signal.mfccs_from_log_mel_spectrograms(log_mel).numpy()
    expected[:, 0] /= np.sqrt(2.0)
    np.testing.assert_allclose(st.mfcc(log_mel, n_mfcc=40), expected, rtol=0, atol=1e-12)


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match=r"n_mfcc must be an integer in \[1, 4\]; got 5"):
        st.mfcc(tf.zeros([4]), n_mfcc=5)
    with pytest.raises(ValueError, match="lifter must be an integer of at least 0; got -1"):
        st.mfcc(tf.zeros([4]), n_mfcc=2, lifter=-1)
    with pytest.raises(ValueError, match="log_mel must have bands, known ones"):
        st.mfcc(tf.zeros([]))
