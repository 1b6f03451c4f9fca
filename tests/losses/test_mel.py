"""Mel losses against librosa's mel spectrograms and the published constants."""

import librosa
import numpy as np
import pytest

import spectrotools as st

RATE = 44100


def mel_error(target: np.ndarray, audio: np.ndarray, n_fft: int, bands: int) -> float:
    """The mean absolute error of log10 mel magnitudes, of frames centred in reflected sound."""
    logs = []
    for sound in (target, audio):
        magnitude = np.abs(
            librosa.stft(sound, n_fft=n_fft, hop_length=n_fft // 4, pad_mode="reflect")
        )
        basis = librosa.filters.mel(sr=RATE, n_fft=n_fft, n_mels=bands, dtype=np.float64)
        logs.append(np.log10(np.maximum(basis @ magnitude, 1e-5)))
    return float(np.mean(np.abs(logs[0] - logs[1])))


def test_dacs_loss_is_seven_of_librosas_mel_spectrograms(rng):
    target, audio = rng.standard_normal((2, 9000)) * 0.2
    loss = st.losses.MultiScaleMel.preset("dac", sample_rate=RATE)
    scales = zip((32, 64, 128, 256, 512, 1024, 2048), (5, 10, 20, 40, 80, 160, 320), strict=True)
    expected = 15.0 * sum(mel_error(target, audio, *scale) for scale in scales)
    assert float(loss(target, audio)) == pytest.approx(expected, rel=1e-9)


def test_hifigans_loss_is_45_times_the_error_of_its_mel_spectrogram(rng):
    target, audio = rng.standard_normal((2, 8192)) * 0.2
    mels = []
    for sound in (target, audio):
        padded = np.pad(sound, (1024 - 256) // 2, mode="reflect")
        spectrum = librosa.stft(padded, n_fft=1024, hop_length=256, center=False)
        magnitude = np.sqrt(np.abs(spectrum) ** 2 + 1e-9)
        basis = librosa.filters.mel(sr=22050, n_fft=1024, n_mels=80, dtype=np.float64)
        mels.append(np.log(np.maximum(basis @ magnitude, 1e-5)))
    loss = st.losses.MultiScaleMel.preset("hifigan", sample_rate=22050)
    expected = 45.0 * np.mean(np.abs(mels[0] - mels[1]))
    assert float(loss(target, audio)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"log_mels": []}, "log_mels must be a list of LogMels, at least one"),
        ({"log_mels": [st.STFT(n_fft=64)]}, "log_mels must be a list of LogMels"),
        ({"weight": 0.0}, "weight must be a number of at least"),
    ],
)
def test_wrong_settings_are_named(change, match):
    mel = st.LogMel(st.STFT(n_fft=64), sample_rate=16000, n_mels=8)
    with pytest.raises(ValueError, match=match):
        st.losses.MultiScaleMel(**({"log_mels": [mel]} | change))


def test_wrong_presets_are_named():
    with pytest.raises(ValueError, match="preset must be one of 'dac', 'hifigan'"):
        st.losses.MultiScaleMel.preset("vocos", sample_rate=24000)
    with pytest.raises(ValueError, match="sample_rate must be above 0"):
        st.losses.MultiScaleMel.preset("dac", sample_rate=0)


def test_sound_too_short_for_a_frame_is_refused():
    loss = st.losses.MultiScaleMel.preset("hifigan", sample_rate=22050)
    assert np.isfinite(loss(np.ones(256), np.ones(256)))
    with pytest.raises(
        ValueError, match=r"at least the samples of one frame of STFT\(.*; got 255"
    ):
        loss(np.ones(255), np.ones(255))
