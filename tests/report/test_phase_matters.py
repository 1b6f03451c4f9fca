import numpy as np
import pytest
import scipy.signal

import spectrotools as st
from spectrotools.report.phase_matters import borrowed, choose_lender, renditions
from spectrotools.report.recordings import bundled, scan

STFT = st.STFT(n_fft=256, hop_length=64)


@pytest.fixture
def audio(rng) -> np.ndarray:
    return rng.normal(size=(2, 4000)).astype(np.float32)


def test_its_own_phase_gives_the_sound_back(rng, audio):
    sounds = renditions(audio, rng.normal(size=(2, 4000)), STFT, seed=0)
    np.testing.assert_allclose(sounds["original"], audio, atol=1e-5)
    assert list(sounds) == ["original", "random", "zero", "other"]


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


def test_a_borrowed_recording_is_fitted(write):
    time = np.arange(16000) / 16000
    path = write("other.wav", np.stack([np.cos(2 * np.pi * 500 * time)] * 2), 16000)
    lent = borrowed(scan(path), (3, 20000), 8000)
    assert (lent.shape, lent.dtype) == ((3, 20000), np.float32)
    expected = np.cos(2 * np.pi * 500 * np.arange(8000) / 8000)
    np.testing.assert_allclose(lent[2, 100:7900], expected[100:7900], atol=1e-3)
    np.testing.assert_array_equal(lent[0, 8000:16000], lent[0, :8000])
    np.testing.assert_array_equal(lent[0], lent[1])


def test_the_lender_is_the_next_that_sounds_and_is_another(write, rng):
    audio = rng.uniform(-0.3, 0.3, (1, 500))
    first, copy, silence, other = (
        scan(write(name, sound))
        for name, sound in (
            ("first.wav", audio),
            ("copy.wav", audio),
            ("silence.wav", 0 * audio),
            ("other.wav", audio[:, ::-1]),
        )
    )
    assert choose_lender([first, copy, silence, other]) == other
    assert choose_lender([first, copy, silence]).path.stem == "speech"
    assert choose_lender([first]).path.stem == "speech"
    speech = next(path for path in bundled() if path.stem == "speech")
    assert choose_lender([scan(speech)]).path.stem == "drums"


@pytest.mark.parametrize("rates", [(8000, 192000), (192000, 8000)])
def test_one_sample_is_enough_to_borrow_from(write, rates):
    path = write("other.wav", np.ones((1, 1)), rates[0])
    assert borrowed(scan(path), (1, 50), rates[1]).shape == (1, 50)
