"""Spectral distances against SciPy's STFT, auraloss' numbers and plain NumPy."""

import json
from pathlib import Path

import numpy as np
import pytest
import scipy.signal

import spectrotools as st
from tests.metrics.sounds import NAMES, recording, spoiled

GOLDEN = json.loads(
    (Path(__file__).parents[1] / "golden" / "metrics.json").read_text(encoding="utf-8")
)


def magnitudes(audio: np.ndarray, n_fft: int, hop_length: int) -> np.ndarray:
    """SciPy's, so that a full-scale sine has magnitude 1."""
    _, _, spectrum = scipy.signal.stft(
        audio, window="hann", nperseg=n_fft, noverlap=n_fft - hop_length, scaling="spectrum"
    )
    return 2 * np.abs(spectrum)


@pytest.mark.parametrize(("n_fft", "hop_length"), [(2048, 512), (256, 64)])
def test_distances_are_those_of_scipys_spectra(n_fft, hop_length, rng):
    reference, estimate = rng.standard_normal((2, 10 * 2048)) * [[1.0], [0.3]]
    first, second = (magnitudes(x, n_fft, hop_length) for x in (reference, estimate))
    stft = st.STFT(n_fft=n_fft, hop_length=hop_length)
    stft = None if n_fft == 2048 else stft
    levels = [20 * np.log10(np.maximum(m, 1e-6)) for m in (first, second)]
    expected = np.mean(np.sqrt(np.mean((levels[0] - levels[1]) ** 2, axis=0)))
    found = st.metrics.log_spectral_distance(reference, estimate, stft)
    assert float(found) == pytest.approx(expected, rel=1e-10)
    expected = 20 * np.log10(np.linalg.norm(first - second) / np.linalg.norm(first))
    found = st.metrics.spectral_convergence(reference, estimate, stft)
    assert float(found) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("floor_db", [-120.0, -40.0])
def test_the_floor_is_in_decibels_of_a_full_scale_sine(floor_db):
    """A sine in the middle of a bin stands in three bins: 0, -6.02 and -6.02 dB."""
    sine = np.sin(2 * np.pi * 32 / 1024 * np.arange(16 * 1024))
    stft = st.STFT(n_fft=1024, hop_length=256, convention="tf")
    found = st.metrics.log_spectral_distance(sine, 0 * sine, stft, floor_db=floor_db)
    above = np.array([0.0, 20 * np.log10(0.5), 20 * np.log10(0.5)]) - floor_db
    assert float(found) == pytest.approx(np.sqrt(np.sum(above**2) / 513), rel=1e-9)


def test_silence_beside_sound_is_finite_or_infinite_as_told(rng):
    sound = rng.standard_normal(3000)
    silence = np.zeros_like(sound)
    expected = [(silence, silence, -np.inf), (silence, sound, np.inf), (sound, silence, 0.0)]
    for reference, estimate, convergence in expected:
        assert float(st.metrics.spectral_convergence(reference, estimate)) == convergence
        assert np.isfinite(st.metrics.log_spectral_distance(reference, estimate))
        assert np.isfinite(st.metrics.multi_resolution_stft_distance(reference, estimate))
    assert float(st.metrics.multi_resolution_stft_distance(silence, silence)) == 0.0


@pytest.mark.parametrize("name", NAMES)
def test_multi_resolution_stft_distance_is_auraloss_on_recordings(name):
    reference, _ = recording(name)
    expected = GOLDEN["multi_resolution_stft_distance"][name]
    found = st.metrics.multi_resolution_stft_distance(reference, spoiled(reference))
    assert float(found) == pytest.approx(expected, rel=1e-10)
    single = reference.astype(np.float32)
    found = st.metrics.multi_resolution_stft_distance(single, spoiled(reference).astype("f"))
    assert float(found) == pytest.approx(expected, rel=2e-3)


def plain_multi_resolution(reference: np.ndarray, estimate: np.ndarray) -> float:
    """As published, of one signal, in NumPy."""
    distances = []
    for n_fft, hop_length, win_length in ((1024, 120, 600), (2048, 240, 1200), (512, 50, 240)):
        left = (n_fft - win_length) // 2
        window = np.zeros(n_fft)
        window[left : left + win_length] = scipy.signal.get_window("hann", win_length)
        found = []
        for audio in (reference, estimate):
            padded = np.pad(audio, n_fft // 2, mode="reflect")
            starts = range(0, len(padded) - n_fft + 1, hop_length)
            frames = np.array([padded[start : start + n_fft] * window for start in starts])
            found.append(np.maximum(np.abs(np.fft.rfft(frames)), 1e-4))
        first, second = found
        convergence = np.linalg.norm(first - second) / np.linalg.norm(first)
        distances.append(convergence + np.mean(np.abs(np.log(first) - np.log(second))))
    return float(np.mean(distances))


def test_each_signal_of_a_batch_has_norms_of_its_own(rng):
    reference, estimate = (
        rng.standard_normal((2, 2, 3, 4001)) * np.array([1e-4, 1.0, 2.0])[:, None]
    )
    found = st.metrics.multi_resolution_stft_distance(reference, estimate)
    expected = [
        plain_multi_resolution(x, y)
        for x, y in zip(reference.reshape(-1, 4001), estimate.reshape(-1, 4001), strict=True)
    ]
    np.testing.assert_allclose(np.reshape(found, -1), expected, rtol=1e-10)


@pytest.mark.parametrize(
    "metric", [st.metrics.log_spectral_distance, st.metrics.spectral_convergence]
)
def test_what_is_no_transform_is_refused(metric):
    with pytest.raises(ValueError, match="stft must be an STFT; got 512"):
        metric(np.ones(9), np.ones(9), 512)


def test_what_is_no_floor_is_refused():
    with pytest.raises(ValueError, match="floor_db must be finite; got -inf"):
        st.metrics.log_spectral_distance(np.ones(9), np.ones(9), floor_db=-np.inf)
    with pytest.raises(ValueError, match="floor_db must be finite; got 'low'"):
        st.metrics.log_spectral_distance(np.ones(9), np.ones(9), floor_db="low")


@pytest.mark.parametrize(
    "metric", [st.metrics.log_spectral_distance, st.metrics.spectral_convergence]
)
def test_sound_too_short_for_a_frame_is_refused(metric):
    """Of no frames a convergence is minus infinity, as of equal sounds."""
    stft = st.STFT(n_fft=64, convention="tf")
    assert np.isfinite(metric(np.ones(64), np.zeros(64), stft))
    with pytest.raises(ValueError, match=r"reference must have at least .* of stft; got 63"):
        metric(np.ones(63), np.zeros(63), stft)
