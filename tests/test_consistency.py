"""Consistency by librosa and by NumPy's least squares; masks and mixtures by closed forms."""

import librosa
import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from tests.tolerances import assert_close

STFT = st.STFT(n_fft=256, hop_length=64)


def both_sides(coefficients: np.ndarray) -> np.ndarray:
    """All bins of a spectrum of which the negative frequencies are left out."""
    return np.concatenate([coefficients, np.conj(coefficients[:, -2:0:-1])], axis=-1)


def test_consistency_is_what_librosas_inverse_leaves(rng):
    stft = st.STFT(n_fft=256, hop_length=64, convention="librosa")
    phase = np.exp(2j * np.pi * rng.random((101, 129)))
    coefficients = rng.random((101, 129)) * phase
    coefficients[:, [0, -1]] = coefficients[:, [0, -1]].real  # as of any sound
    sound = librosa.istft(coefficients.T, hop_length=64, n_fft=256, center=True)
    again = librosa.stft(sound, hop_length=64, n_fft=256, pad_mode="constant").T
    errors, wholes = map(both_sides, (coefficients - again, coefficients))
    expected = np.sum(np.abs(errors) ** 2) / np.sum(np.abs(wholes) ** 2)
    assert float(st.inconsistency(coefficients, stft)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("settings", [{"n_fft": 32}, {"n_fft": 15, "hop_length": 4}])
def test_nothing_is_less_consistent_than_what_no_sound_comes_of(settings, rng):
    """For the way there and back is an orthogonal projection, its own adjoint."""
    stft = st.STFT(**settings)
    parts = tf.Variable(rng.standard_normal((2, 9, settings["n_fft"] // 2 + 1)))
    for _ in range(100):
        with tf.GradientTape() as tape:
            value = st.inconsistency(tf.complex(parts[0], parts[1]), stft)
        parts.assign(parts / tf.norm(parts))
        parts.assign_add(0.5 * tape.gradient(value, parts))
    assert 0.99 < float(value) <= 1 + 1e-12


def test_what_is_of_a_sound_is_consistent(rng):
    coefficients = STFT(rng.standard_normal((2, 4032)))
    found = st.inconsistency(coefficients, STFT)
    assert found.shape == [2]
    assert np.max(found) < 1e-28
    assert float(st.inconsistency(tf.zeros([10, 129], tf.complex64), STFT)) == 0.0


def test_descent_makes_coefficients_consistent(rng):
    wanted = STFT(rng.standard_normal(1024))
    turned = wanted * tf.cast(tf.exp(1j * rng.uniform(-1, 1, wanted.shape)), tf.complex128)
    parts = tf.Variable(tf.stack([tf.math.real(turned), tf.math.imag(turned)]))
    first = float(st.inconsistency(turned, STFT))
    for _ in range(200):
        with tf.GradientTape() as tape:
            value = st.inconsistency(tf.complex(parts[0], parts[1]), STFT)
        parts.assign_sub(2000.0 * tape.gradient(value, parts))
    assert float(value) < 0.1 * first


@pytest.mark.parametrize("n_fft", [16, 15])
@pytest.mark.parametrize("length", [24, 29])
def test_projection_is_numpys_least_squares(n_fft, length, rng):
    """Over both sides of the spectrum, whose matrix is built of sounds of one sample."""
    stft = st.STFT(n_fft=n_fft, hop_length=5)
    sides = np.where(np.arange(n_fft // 2 + 1) * 2 % n_fft == 0, 1.0, np.sqrt(2.0))

    def row(coefficients):
        weighted = sides * np.asarray(coefficients)
        return np.concatenate([weighted.real, weighted.imag], axis=-1).reshape(-1)

    matrix = np.stack([row(stft(sample)) for sample in np.eye(length)], axis=1)
    shape = stft.num_frames(length), n_fft // 2 + 1
    coefficients = rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
    sound = np.linalg.lstsq(matrix, row(coefficients), rcond=None)[0]
    projected = st.project_consistent(coefficients, stft, length=length)
    assert_close(row(projected), matrix @ sound, 256, np.float64)
    again = st.project_consistent(projected, stft, length=length)
    assert_close(again, projected, 64, np.float64)


def test_a_mask_is_librosas_way_there_and_back(rng):
    stft = st.STFT(n_fft=256, hop_length=64, convention="librosa")
    audio, mask = rng.standard_normal(64 * 50), rng.uniform(0, 1, (51, 129))
    turned = mask * np.exp(1j * mask)
    spectrum = librosa.stft(audio, n_fft=256, hop_length=64).T
    for each in (mask, turned, mask[:1]):
        wanted = librosa.istft((each * spectrum).T, hop_length=64, length=len(audio))
        assert_close(st.apply_mask(audio, each, stft), wanted, 256, np.float64)


def test_masks_of_several_sources_that_add_up_give_sounds_that_do(rng):
    audio = rng.standard_normal((2, 1000)).astype(np.float32)
    masks = rng.dirichlet(np.ones(3), (2, STFT.num_frames(1000), 129))
    sounds = st.apply_mask(audio[:, None], np.moveaxis(masks, -1, 1), STFT)
    assert sounds.shape == (2, 3, 1000)
    assert sounds.dtype == tf.float32
    assert_close(tf.reduce_sum(sounds, axis=1), audio, 64, np.float32)


@pytest.mark.parametrize("weights", [None, np.array([0.2, 3.0, 1.0])])
def test_mixture_is_met_by_the_least_weighted_change(weights, rng):
    """That of the linear system of Lagrange's conditions."""
    sources, mixture = rng.standard_normal((3, 50)), rng.standard_normal(50)
    inverse = np.ones(3) if weights is None else 1 / weights
    system = np.block([[np.diag(inverse), np.ones((3, 1))], [np.ones((1, 3)), np.zeros((1, 1))]])
    right = np.concatenate([inverse[:, None] * sources, mixture[None]])
    expected = np.linalg.solve(system, right)[:3]
    moved = st.mixture_consistency(sources, mixture, weights=weights)
    assert_close(moved, expected, 64, np.float64)
    batch = st.mixture_consistency(
        np.stack([sources, 2 * sources]), np.stack([mixture, 2 * mixture]), weights=weights
    )
    assert_close(batch, np.stack([expected, 2 * expected]), 64, np.float64)


def test_wrong_arguments_are_refused():
    spectrum = np.zeros([10, 129], np.complex64)
    for call in (st.inconsistency, st.project_consistent):
        with pytest.raises(ValueError, match="stft must be an STFT; got 256"):
            call(spectrum, 256)
        with pytest.raises(ValueError, match=r"coefficients must be complex \[..., frames"):
            call(spectrum[:, :65], STFT)
    with pytest.raises(ValueError, match=r"length must be in \[513, 576\] for 10 frames"):
        st.project_consistent(spectrum, STFT, length=500)
    audio, mask = np.zeros(640), np.zeros([11, 129])
    with pytest.raises(ValueError, match="stft must be an STFT; got 256"):
        st.apply_mask(audio, mask, 256)
    with pytest.raises(ValueError, match="audio must have a time axis"):
        st.apply_mask(np.float32(0.0), mask, STFT)
    message = r"mask must be real or complex \[..., frames = 11 or 1, n_fft // 2 \+ 1 = 129\]"
    for wrong in (mask[:10], mask[:, :65], mask[0, :11], mask > 0):
        with pytest.raises(ValueError, match=message):
            st.apply_mask(audio, wrong, STFT)
    sources, mixture = np.zeros([3, 50]), np.zeros(50)
    with pytest.raises(ValueError, match=r"sources must be \[..., sources, time\]"):
        st.mixture_consistency(mixture, mixture)
    for wrong in (mixture[:49], mixture.astype(np.float32), sources):
        with pytest.raises(ValueError, match=r"mixture must be \[..., time\], of the dtype"):
            st.mixture_consistency(sources, wrong)
    for wrong in (np.ones(2), 1.0):
        with pytest.raises(ValueError, match=r"weights must be \[..., sources = 3\]"):
            st.mixture_consistency(sources, mixture, weights=wrong)
