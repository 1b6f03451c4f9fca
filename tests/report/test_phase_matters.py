import numpy as np
import pytest
import scipy.signal

import spectrotools as st
from spectrotools.report.names import PHASES
from spectrotools.report.phase_matters import renditions

STFT = st.STFT(n_fft=256, hop_length=64)


@pytest.fixture
def audio(rng) -> np.ndarray:
    return rng.normal(size=(2, 4000)).astype(np.float32)


def test_its_own_phase_gives_the_sound_back(rng, audio):
    sounds = renditions(audio, rng.normal(size=(2, 4000)), STFT, seed=0)
    np.testing.assert_allclose(sounds["original"], audio, atol=1e-5)
    assert list(sounds) == list(PHASES)


def by_scipy(spectrum: np.ndarray, length: int) -> np.ndarray:
    """Least-squares synthesis by another library, in double precision."""
    window = scipy.signal.get_window("hann", 256)
    transform = scipy.signal.ShortTimeFFT(window, 64, fs=1, phase_shift=None)
    padded = np.zeros((2, 129, transform.p_num(length)), complex)
    first = -transform.p_min
    frames = min(spectrum.shape[1], padded.shape[2] - first)
    padded[:, :, first : first + frames] = spectrum.transpose(0, 2, 1)[:, :, :frames]
    return transform.istft(padded, 0, length)


@pytest.mark.parametrize("phase", ["random", "zero", "other"])
def test_a_foreign_phase_keeps_the_magnitudes(rng, audio, phase):
    other = rng.normal(size=(2, 4000)).astype(np.float32)
    spectrum = STFT(audio.astype(np.float64)).numpy()
    angles = {
        "random": np.random.default_rng(3).uniform(-np.pi, np.pi, spectrum.shape),
        "zero": -np.pi * np.arange(129) * np.ones(spectrum.shape),
        "other": np.angle(STFT(other.astype(np.float64)).numpy()),
    }
    expected = by_scipy(np.abs(spectrum) * np.exp(1j * angles[phase]), 4000)
    result = renditions(audio, other, STFT, seed=3)[phase]
    inside = slice(256, -256)  # by_scipy sees frames beyond the ends that are not there
    np.testing.assert_allclose(result[:, inside], expected[:, inside], atol=2e-4)


def test_random_phase_follows_its_seed(audio):
    first, again, other = (renditions(audio, audio, STFT, seed)["random"] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.1


def test_the_retrieved_phase_makes_the_magnitudes_agree():
    time = np.arange(8000) / 8000
    audio = np.sin(2 * np.pi * (300 * time + 400 * time**2))[None].astype(np.float32)
    sounds = renditions(audio, audio, STFT, seed=0)
    magnitude = np.abs(STFT(audio))
    off = {
        name: np.linalg.norm(np.abs(STFT(sound)) - magnitude) / np.linalg.norm(magnitude)
        for name, sound in sounds.items()
    }
    assert off["retrieved"] < 10 ** (-40 / 20) < off["random"] / 10
