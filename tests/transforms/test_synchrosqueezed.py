"""Synchrosqueezing: parts that add up to the sound, and partials that are known."""

import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from tests.tolerances import error_db, inverse_bound_db

RATE = 8000
SECONDS = np.arange(RATE) / RATE
SQUEEZED = st.SynchrosqueezedSTFT(st.STFT(n_fft=256, hop_length=1))


@pytest.mark.parametrize("assignment", ["nearest", "linear"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("n_fft", "win_length"), [(256, 256), (255, 200), (64, 63)])
def test_the_bins_add_up_to_the_sound(n_fft, win_length, dtype, assignment, rng):
    stft = st.STFT(n_fft=n_fft, win_length=win_length, hop_length=1)
    squeezed = st.SynchrosqueezedSTFT(stft, assignment=assignment)
    audio = rng.uniform(-1, 1, (2, 1500)).astype(dtype)
    restored = squeezed.inverse(squeezed(audio), length=1500)
    assert error_db(restored, audio) < inverse_bound_db("SynchrosqueezedSTFT", dtype)


@pytest.mark.parametrize("hop_length", [1, 100])
@pytest.mark.parametrize("hz", [1010.0, 1500.0])
def test_a_partial_is_one_coefficient_with_its_amplitude_and_phase(hz, hop_length):
    squeezed = st.SynchrosqueezedSTFT(st.STFT(n_fft=256, hop_length=hop_length))
    turns = 2 * np.pi * hz * SECONDS + 0.3
    coefficients = squeezed(0.7 * np.cos(turns)).numpy()
    frame = 3000 // hop_length
    expected = np.zeros(129, complex)
    expected[round(hz / RATE * 256)] = 0.7 * np.exp(1j * turns[3000])
    np.testing.assert_allclose(coefficients[frame], expected, rtol=0, atol=1e-3)


def test_linear_shares_lie_at_the_frequency():
    squeezed = st.SynchrosqueezedSTFT(st.STFT(n_fft=256, hop_length=100), assignment="linear")
    sizes = np.abs(squeezed(np.cos(2 * np.pi * 1010.0 * SECONDS))[40].numpy())
    assert np.sum(sizes * np.arange(129)) / np.sum(sizes) == pytest.approx(
        1010 / RATE * 256,
        abs=5e-3,  # a bin in 200: the partial's mirror image beats with it
    )


def test_what_is_about_a_ridge_is_that_partial_alone():
    rising = np.cos(2 * np.pi * (500 * SECONDS + 400 * SECONDS**2))
    falling = 0.5 * np.cos(2 * np.pi * (3000 * SECONDS - 500 * SECONDS**2))
    coefficients = SQUEEZED(rising + falling).numpy()
    paths = st.ridges(st.amplitude_to_db(np.abs(coefficients)), n_ridges=2).numpy()
    for path, part in zip(paths, (rising, falling), strict=True):
        about = np.abs(np.arange(129) - path[:, None]) <= 8
        heard = SQUEEZED.inverse(coefficients * about, length=RATE)
        assert error_db(heard[400:-400], part[400:-400]) < -70.0


def test_a_squeezed_chirp_is_thinner():
    """Nearly all energy of a frame is in one bin or two, where the STFT has a lobe."""
    chirp = np.cos(2 * np.pi * (500 * SECONDS + 400 * SECONDS**2))
    shares = []
    for transform in (SQUEEZED, SQUEEZED.transform):
        power = np.sort(np.abs(transform(chirp)[2000:6000].numpy()) ** 2, axis=-1)
        shares.append(np.min(np.sum(power[:, -2:], axis=-1) / np.sum(power, axis=-1)))
    assert shares[0] > 0.99
    assert shares[1] < 0.9


def test_silence_is_silence_with_a_finite_gradient():
    silence = tf.zeros([700])
    with tf.GradientTape() as tape:
        tape.watch(silence)
        value = tf.reduce_sum(tf.abs(SQUEEZED(silence)))
    assert not np.any(SQUEEZED(silence))
    assert np.all(np.isfinite(tape.gradient(value, silence)))


def test_only_every_sample_tells_the_sound():
    squeezed = st.SynchrosqueezedSTFT(st.STFT(n_fft=64, hop_length=2))
    with pytest.raises(ValueError, match="transform must have hop_length=1 to be inverted; got 2"):
        squeezed.inverse(squeezed(np.ones(100)))


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"transform": 64}, "transform must be an STFT; got 64"),
        (
            {"transform": st.STFT(n_fft=64, convention="librosa")},
            "transform must be an STFT of no convention; got 'librosa'",
        ),
        ({"transform": st.STFT(n_fft=64, window="boxcar")}, "must have a window that falls to"),
        ({"assignment": "cubic"}, "assignment must be one of 'nearest', 'linear'; got 'cubic'"),
        ({"magnitude_floor": -1.0}, "magnitude_floor must be above 0; got -1.0"),
    ],
)
def test_wrong_arguments_are_named(arguments, match):
    valid = {"transform": st.STFT(n_fft=64, hop_length=1)}
    with pytest.raises(ValueError, match=match):
        st.SynchrosqueezedSTFT(**valid | arguments)
