"""Weighted bins and mel bands beside librosa's; presets of DDSP's plug-in and TensorFlowTTS."""

import json

import librosa
import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from spectrotools.losses.spectral_scales import SpectralScale

RATE = 22050
STFTS = [st.STFT(n_fft=512), st.STFT(n_fft=128)]


@pytest.fixture
def sounds(rng) -> np.ndarray:
    return rng.standard_normal((2, 6000)) * 0.3


def errors(sounds: np.ndarray, matrix) -> tuple[float, float]:
    """Mean errors of magnitudes and logarithms, of bins times a matrix of each transform."""
    linear = logarithmic = 0.0
    for stft in STFTS:
        wanted, heard = (np.abs(stft(sound)) @ matrix(stft.n_fft) for sound in sounds)
        linear += np.mean(np.abs(heard - wanted))
        logs = [np.log(np.maximum(m, 1e-5)) for m in (wanted, heard)]
        logarithmic += np.mean(np.abs(logs[1] - logs[0]))
    return linear, logarithmic


def assert_terms(scale, sounds, matrix):
    linear, logarithmic = errors(sounds, matrix)
    terms = st.losses.MultiScaleSpectral(STFTS, scale=scale).terms(*sounds)
    assert float(terms["magnitude"]) == pytest.approx(linear, rel=1e-9)
    assert float(terms["log_magnitude"]) == pytest.approx(logarithmic, rel=1e-9)


@pytest.mark.parametrize("weighting", ["A", "B", "C", "D"])
def test_bins_are_weighted_as_librosa_weights_frequencies(weighting, sounds):
    curve = getattr(librosa, f"{weighting}_weighting")

    def matrix(n_fft: int) -> np.ndarray:
        hz = np.fft.rfftfreq(n_fft, 1 / RATE)
        with np.errstate(divide="ignore"):
            return np.diag(10 ** (np.maximum(curve(hz, min_db=-80.0), -80.0) / 20))

    scale = st.losses.WeightedBins(sample_rate=RATE, weighting=weighting)
    assert_terms(scale, sounds, matrix)


def test_z_weights_nothing(sounds):
    flat = st.losses.MultiScaleSpectral(STFTS)(*sounds)
    scale = st.losses.WeightedBins(sample_rate=RATE, weighting="Z")
    weighted = st.losses.MultiScaleSpectral(STFTS, scale=scale)(*sounds)
    assert float(weighted) == pytest.approx(float(flat), rel=1e-12)


def test_bands_are_librosas(sounds):
    settings = {"n_mels": 16, "fmin": 50.0, "fmax": 8000.0}

    def matrix(n_fft: int) -> np.ndarray:
        return librosa.filters.mel(sr=RATE, n_fft=n_fft, dtype=np.float64, **settings).T

    assert_terms(st.losses.MelBands(sample_rate=RATE, **settings), sounds, matrix)


def clipped_stft(sound: np.ndarray, n_fft: int, hop: int, win: int) -> np.ndarray:
    """Magnitudes as TensorFlowTTS takes them, by tf.signal, without padding."""
    magnitude = np.abs(tf.signal.stft(sound, win, hop, n_fft).numpy())
    return np.sqrt(magnitude**2 + 1e-7)


def test_tensorflowtts_is_its_published_arithmetic(sounds):
    """Its TFMultiResolutionSTFT: convergence and logarithms of the mean of three."""
    convergence = logarithmic = 0.0
    for grid in ((1024, 120, 600), (2048, 240, 1200), (512, 50, 240)):
        wanted, heard = (clipped_stft(sound, *grid) for sound in sounds)
        convergence += np.linalg.norm(wanted - heard) / np.linalg.norm(wanted) / 3
        logarithmic += np.mean(np.abs(np.log(wanted) - np.log(heard))) / 3
    terms = st.losses.MultiScaleSpectral.preset("tensorflowtts").terms(*sounds)
    # The window of tf.signal is of float32.
    assert float(terms["convergence"]) == pytest.approx(convergence, rel=1e-6)
    assert float(terms["log_magnitude"]) == pytest.approx(logarithmic, rel=1e-6)


@pytest.mark.parametrize(
    ("preset", "windows"),
    [
        ("ddsp_vst_32k", [4096, 2048, 1024, 512, 256, 128]),
        ("ddsp_vst_48k", [6144, 3072, 1536, 768, 384, 192]),
    ],
)
def test_ddsps_plug_in_has_its_own_windows(preset, windows, sounds):
    """Its FFTs are of the next power of two, as tf.signal's are."""
    linear = logarithmic = 0.0
    for window in windows:
        spectra = (tf.signal.stft(s, window, window // 4, pad_end=True).numpy() for s in sounds)
        wanted, heard = map(np.abs, spectra)
        linear += np.mean(np.abs(wanted - heard))
        logs = [np.log(np.maximum(m, 1e-5)) for m in (wanted, heard)]
        logarithmic += np.mean(np.abs(logs[0] - logs[1]))
    terms = st.losses.MultiScaleSpectral.preset(preset).terms(*sounds)
    assert float(terms["magnitude"]) == pytest.approx(linear, rel=1e-6)
    assert float(terms["log_magnitude"]) == pytest.approx(logarithmic, rel=1e-6)


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: st.losses.WeightedBins(sample_rate=0), "sample_rate must be"),
        (lambda: st.losses.WeightedBins(sample_rate=1, weighting="E"), "weighting must be one of"),
        (lambda: st.losses.MelBands(sample_rate=RATE, n_mels=0), "n_mels must be an integer"),
        (
            lambda: st.losses.MelBands(sample_rate=RATE, n_mels=4, fmax=2.0 * RATE),
            "fmax must be in",
        ),
        (
            lambda: st.losses.MultiScaleSpectral(STFTS, scale="A"),
            "scale must be WeightedBins, MelBands or None; got 'A'",
        ),
        (lambda: st.losses.MultiScaleSpectral(STFTS, offset=-1.0), "offset must be a number"),
    ],
)
def test_wrong_settings_are_named(make, match):
    with pytest.raises(ValueError, match=match):
        make()


def test_what_a_subclass_must_give():
    with pytest.raises(NotImplementedError):
        SpectralScale(sample_rate=RATE).powers(tf.zeros([1, 1, 2]), 2)


def test_settings_from_numpy_become_plain_numbers():
    scale = st.losses.MelBands(
        sample_rate=np.float32(16000), n_mels=np.int64(8), fmin=np.float32(50), fmax=np.int32(8000)
    )
    config = json.loads(json.dumps(scale.get_config()))
    assert st.losses.MelBands.from_config(config) == scale
