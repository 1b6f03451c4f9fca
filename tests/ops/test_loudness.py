"""Loudness of frames against librosa's route, closed forms, and what DDSP gives."""

import librosa
import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st

RATE = 16000


def sine(hertz: float, amplitude: float = 1.0, seconds: float = 1.0) -> np.ndarray:
    return amplitude * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)


def ddsp(audio: np.ndarray, **settings: object) -> np.ndarray:
    return st.loudness(
        audio, sample_rate=RATE, hop_length=64, convention="ddsp", **settings
    ).numpy()


@pytest.mark.parametrize(
    ("audio", "expected"),
    [
        (sine(1000.0), 19.805),
        (sine(1000.0, 0.1), -0.195),
        (sine(100.0), 1.04),
        (np.zeros(RATE), -80.0),
    ],
)
def test_the_convention_gives_what_ddsp_gives(audio, expected):
    for dtype in (np.float32, np.float64):
        result = ddsp(audio.astype(dtype))
        assert len(result) == 251
        assert result[125] == pytest.approx(expected, abs=5e-3)


@pytest.mark.parametrize("length", [1, 63, 64, 1000, 16001])
@pytest.mark.parametrize("n_fft", [512, 2048])
def test_the_convention_is_librosas_route(length, n_fft, rng):
    audio = rng.standard_normal(length)
    after = np.pad(audio, (0, n_fft))  # for librosa warns of less than a frame
    settings = {"n_fft": n_fft, "hop_length": 64, "pad_mode": "constant"}
    spectrum = librosa.stft(after, dtype=np.complex128, **settings)[:, : 1 + length // 64]
    with np.errstate(divide="ignore"):
        weights = librosa.A_weighting(librosa.fft_frequencies(sr=RATE, n_fft=n_fft))
    power = np.mean(np.abs(spectrum) ** 2 * 10 ** (weights[:, None] / 10), axis=0)
    expected = librosa.power_to_db(power, amin=1e-8, top_db=None)
    np.testing.assert_allclose(ddsp(audio, n_fft=n_fft), expected, rtol=0, atol=1e-9)


def test_the_reference_is_taken_off_above_the_floor():
    audio = np.concatenate([sine(1000.0), np.zeros(RATE)])
    old, new = ddsp(audio, n_fft=2048, ref_db=20.7), ddsp(audio, n_fft=2048)
    np.testing.assert_allclose(old[:200], new[:200] - 20.7, rtol=1e-12)
    np.testing.assert_allclose(old[-100:], -80.0, rtol=1e-12)


@pytest.mark.parametrize("weighting", ["A", "B", "C", "D", "Z"])
def test_a_sine_on_a_bin_is_in_three_of_them(weighting):
    """A Hann window spreads its power by 4 to 1 to the bins beside it."""
    hertz = RATE / 512 * np.array([31.0, 32.0, 33.0])
    gains = 10 ** (librosa.frequency_weighting(hertz, kind=weighting) / 10)
    expected = 10 * np.log10(0.5 * np.dot([1 / 6, 4 / 6, 1 / 6], gains))
    settings = {"sample_rate": RATE, "hop_length": 100, "n_fft": 512, "weighting": weighting}
    result = st.loudness(sine(1000.0), **settings)
    np.testing.assert_allclose(result[5:-5], expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize(("n_fft", "hop_length"), [(512, 64), (2048, 2048), (333, 100), (2, 1)])
def test_without_weighting_it_is_the_mean_square_of_windowed_frames(n_fft, hop_length, rng):
    audio = rng.standard_normal(3000)
    settings = {"sample_rate": RATE, "hop_length": hop_length, "n_fft": n_fft, "weighting": "Z"}
    result = st.loudness(audio, **settings)
    window = np.sin(np.pi * np.arange(n_fft) / n_fft) ** 2
    padded = np.pad(audio, (n_fft // 2, n_fft + hop_length))
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop_length]
    power = np.sum((frames * window) ** 2, axis=1) / np.sum(window**2)
    expected = 10 * np.log10(np.maximum(power[: 1 + -(-3000 // hop_length)], 1e-8))
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-9)


def test_a_gradient_raises_what_is_too_quiet():
    gain = tf.Variable(0.01)
    for _ in range(60):
        with tf.GradientTape() as tape:
            level = st.loudness(
                gain * sine(1000.0).astype(np.float32), sample_rate=RATE, hop_length=512
            )
            loss = tf.reduce_mean((level[4:-4] + 13.01) ** 2)
        slope = tape.gradient(loss, gain)
        gain.assign(gain * tf.exp(-0.005 * gain * slope))
    assert float(gain) == pytest.approx(10**-0.5, rel=0.02)


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"hop_length": 0}, r"hop_length must be an integer in \[1, 2048\]; got 0"),
        (
            {"hop_length": 513, "convention": "ddsp"},
            r"hop_length must be an integer in \[1, 512\]",
        ),
        ({"n_fft": 1}, "n_fft must be an integer of at least 2; got 1"),
        ({"n_fft": 333, "convention": "ddsp"}, "n_fft must be even in convention 'ddsp'; got 333"),
        ({"weighting": "K"}, "weighting must be one of 'A', 'B', 'C', 'D', 'Z'; got 'K'"),
        ({"convention": "librosa"}, "convention must be one of 'ddsp'; got 'librosa'"),
        ({"ref_db": 101.0}, r"ref_db must be a number in \[-100, 100\]; got 101.0"),
        ({"floor_db": 1.0}, r"floor_db must be a number in \[-200, 0\]; got 1.0"),
        ({"sample_rate": 0}, "sample_rate must be above 0 Hz; got 0"),
    ],
)
def test_what_is_wrong_is_named(settings, match):
    with pytest.raises(ValueError, match=match):
        st.loudness(np.zeros(100), **({"sample_rate": RATE, "hop_length": 64} | settings))


def test_a_number_is_no_sound():
    with pytest.raises(ValueError, match="audio must have a time axis"):
        st.loudness(1.0, sample_rate=RATE, hop_length=64)
