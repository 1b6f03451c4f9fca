"""LogMel against librosa and the published arithmetic; magnitudes from it against SciPy's NNLS."""

import librosa
import numpy as np
import pytest
import scipy.optimize

import spectrotools as st
from tests.tolerances import assert_close


@pytest.fixture
def audio(rng):
    return rng.standard_normal((2, 9000)) * 0.1


def published(audio, *, sample_rate, n_mels, fmax, htk, norm, framing, offset, floor):
    """ln(max(mel @ sqrt(|S|^2 + offset), floor)), frames and bank by NumPy and librosa."""
    pad = (1024 - 256) // 2 if framing == "hifigan" else 512
    padded = np.pad(audio, [(0, 0), (pad, pad)], mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, 1024, axis=-1)[:, ::256]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(1024) / 1024)
    magnitude = np.sqrt(np.abs(np.fft.rfft(frames * window)) ** 2 + offset)
    bank = librosa.filters.mel(
        sr=sample_rate, n_fft=1024, n_mels=n_mels, fmax=fmax, htk=htk, norm=norm, dtype=np.float64
    )
    return np.log(np.maximum(magnitude @ bank.T, floor))


SPEECH = {"sample_rate": 22050, "n_mels": 80, "fmax": 8000, "htk": False, "norm": "slaney"}


@pytest.mark.parametrize(
    ("preset", "settings"),
    [
        ("hifigan", SPEECH | {"framing": "hifigan", "offset": 1e-9, "floor": 1e-5}),
        ("tacotron2", SPEECH | {"framing": "centred", "offset": 0.0, "floor": 1e-5}),
        (
            "vocos",
            {
                "sample_rate": 24000,
                "n_mels": 100,
                "fmax": 12000,
                "htk": True,
                "norm": None,
                "framing": "centred",
                "offset": 0.0,
                "floor": 1e-7,
            },
        ),
    ],
)
def test_preset_is_the_published_arithmetic(preset, settings, audio):
    mel = st.LogMel.preset(preset)
    assert_close(mel(audio), published(audio, **settings), 256, np.float64)


@pytest.mark.parametrize("gain", [1e-12, 1e-6, 1e6, 1e12])
def test_float32_is_right_for_the_faintest_and_the_loudest(gain, audio):
    audio = (audio * gain).astype(np.float32)
    mel = st.LogMel(
        st.STFT(n_fft=1024, convention="torch"),
        sample_rate=22050,
        n_mels=80,
        fmax=8000,
        floor=1e-12,
    )
    framing = {"framing": "centred", "offset": 0.0, "floor": 1e-12}
    expected = published(audio.astype(np.float64), **SPEECH, **framing)
    np.testing.assert_allclose(mel(audio), expected, rtol=0, atol=1e-5)


def test_librosa_preset_is_librosas_of_each_item(audio):
    audio[1] *= 1e-3
    mel = st.LogMel.preset("librosa")
    for item, result in zip(audio, mel(audio), strict=True):
        expected = librosa.power_to_db(librosa.feature.melspectrogram(y=item, sr=22050))
        # librosa casts its filterbank to float32.
        np.testing.assert_allclose(result, expected.T, atol=1e-4)


@pytest.mark.parametrize("power", [1.0, 2.0])
def test_nnls_fits_as_scipys_does(power, rng):
    stft = st.STFT(n_fft=256)
    mel = st.LogMel(stft, sample_rate=16000, n_mels=30, power=power, floor=1e-12)
    audio = np.cumsum(rng.standard_normal(4000)) * 0.01
    target = np.exp(mel(audio).numpy())
    magnitudes = mel.pseudo_inverse(mel(audio), max_iter=5000, tolerance=1e-12).numpy()
    assert np.min(magnitudes) >= 0
    error = np.linalg.norm(magnitudes**power @ mel.filterbank - target, axis=-1)
    best = [scipy.optimize.nnls(mel.filterbank.T, row)[1] for row in target]
    assert np.all(error <= np.array(best) + 1e-5 * np.linalg.norm(target, axis=-1))


def test_nnls_of_an_impossible_target_is_scipys_best(rng):
    mel = st.LogMel(st.STFT(n_fft=64), sample_rate=16000, n_mels=20, floor=1e-12)
    target = rng.uniform(0, 1, (5, 20)) ** 4 + 1e-6
    magnitudes = mel.pseudo_inverse(np.log(target), max_iter=20_000, tolerance=0.0).numpy()
    error = np.linalg.norm(magnitudes @ mel.filterbank - target, axis=-1)
    best = np.array([scipy.optimize.nnls(mel.filterbank.T, row)[1] for row in target])
    np.testing.assert_allclose(error, best, rtol=1e-6)


def test_pinv_is_the_clipped_moore_penrose_inverse(rng):
    mel = st.LogMel(st.STFT(n_fft=256), sample_rate=16000, n_mels=30)
    target = rng.uniform(0.1, 1, (7, 30))
    expected = np.maximum(target @ np.linalg.pinv(mel.filterbank), 0)
    assert_close(mel.pseudo_inverse(np.log(target), method="pinv"), expected, 1e4, np.float64)


def test_logarithms_and_their_way_back(rng):
    stft, audio = st.STFT(n_fft=256), rng.standard_normal(2000)
    for power in (1.0, 2.0):
        settings = {"sample_rate": 16000, "n_mels": 30, "power": power, "floor": 1e-12}
        ln = st.LogMel(stft, **settings)
        bands = np.exp(ln(audio))
        assert_close(
            st.LogMel(stft, **settings, log="log10")(audio), np.log10(bands), 64, np.float64
        )
        in_db = st.LogMel(stft, **settings, log="db")
        assert_close(in_db(audio), 20 / power * np.log10(bands), 64, np.float64)
        one, other = (mel.pseudo_inverse(mel(audio), method="pinv") for mel in (ln, in_db))
        assert_close(one, other, 1e5, np.float64)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"power": 3}, "power must be 1 or 2; got 3"),
        ({"log": "log2"}, "log must be one of 'ln', 'log10', 'db'; got 'log2'"),
        ({"floor": 0.0}, r"floor must be above 0; got 0\.0"),
        ({"offset": -1.0}, r"offset must be at least 0; got -1\.0"),
        ({"top_db": 80.0}, r"top_db must be at least 0 with log='db', and else None; got 80"),
        ({"n_mels": 0}, "n_mels must be an integer of at least 1; got 0"),
    ],
)
def test_constructor_refuses(settings, message):
    with pytest.raises(ValueError, match=message):
        st.LogMel(st.STFT(n_fft=64), **({"sample_rate": 16000, "n_mels": 20} | settings))


def test_calls_refuse():
    mel = st.LogMel(st.STFT(n_fft=64), sample_rate=16000, n_mels=20)
    with pytest.raises(ValueError, match=r"preset must be one of 'hifigan'.*; got 'waveglow'"):
        st.LogMel.preset("waveglow")
    with pytest.raises(ValueError, match="stft must be an STFT; got 1024"):
        st.LogMel(1024, sample_rate=16000, n_mels=20)
    with pytest.raises(ValueError, match=r"log_mel must be \[\.\.\., frames, n_mels = 20\]; got"):
        mel.pseudo_inverse(np.zeros((5, 19)))
    with pytest.raises(ValueError, match=r"method must be one of 'nnls', 'pinv'; got 'lstsq'"):
        mel.pseudo_inverse(np.zeros((5, 20)), method="lstsq")


def test_a_row_that_is_no_number_leaves_the_others_alone(rng):
    mel = st.LogMel.preset("hifigan")
    log_mel = mel(rng.uniform(-1, 1, 8000)).numpy()
    expected = mel.pseudo_inverse(log_mel)[1:]
    log_mel[0] = np.nan
    assert_close(mel.pseudo_inverse(log_mel)[1:], expected, 1e6, np.float64)
