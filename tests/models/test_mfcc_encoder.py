"""What the encoder of timbre hears, and what it does not."""

import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st

GRID = {"sample_rate": 16000, "hop_length": 64}


@pytest.mark.parametrize("samples", [1, 512, 513, 4000])
def test_it_gives_a_frame_for_every_hop_begun(samples, rng):
    encoder = st.models.MFCCEncoder(**GRID, rnn_units=4, size=3)
    audio = tf.constant(rng.standard_normal((2, samples)), tf.float32)
    z = encoder({"audio": audio})
    assert z.shape == (2, -(-samples // 64), 3)
    assert np.all(np.isfinite(z))


def test_it_hears_no_level(rng):
    """A gain adds to coefficient 0 alone, whose mean the norm takes away."""
    encoder = st.models.MFCCEncoder(**GRID, rnn_units=4, size=3)
    audio = tf.constant(rng.standard_normal((1, 8000)), tf.float32)
    np.testing.assert_allclose(
        encoder({"audio": 10.0 * audio}), encoder({"audio": audio}), rtol=0, atol=1e-4
    )


def test_it_hears_timbre(rng):
    encoder = st.models.MFCCEncoder(**GRID, rnn_units=4, size=3)
    white = rng.standard_normal((1, 8000)).astype(np.float32)
    white[:, 4000:] = np.cumsum(white[:, 4000:], axis=-1)
    z = encoder({"audio": white}).numpy()[0]
    assert np.linalg.norm(z[:50].mean(0) - z[-50:].mean(0)) > 0.1


def test_the_highest_band_is_below_half_the_rate():
    encoder = st.models.MFCCEncoder(sample_rate=8000, hop_length=32)
    assert encoder.log_mel.fmax == 4000.0


def test_wrong_arguments_are_refused():
    for name in ("hop_length", "stride", "rnn_units", "size"):
        with pytest.raises(ValueError, match=f"{name} must be an integer of at least 1; got 0"):
            st.models.MFCCEncoder(**{**GRID, name: 0})
    with pytest.raises(ValueError, match=r"n_mfcc must be an integer in \[1, 128\]; got 129"):
        st.models.MFCCEncoder(**GRID, n_mfcc=129)
    with pytest.raises(ValueError, match="batch must have 'audio' to be encoded"):
        st.models.MFCCEncoder(**GRID)({"f0_hz": tf.zeros([1, 3])})
