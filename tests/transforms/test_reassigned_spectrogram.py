"""Reassignment against tones, chirps and impulses whose place is known, and against librosa."""

import librosa
import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from tests.tolerances import assert_close

RATE = 16000
REP = st.ReassignedSpectrogram(st.STFT(n_fft=1024, hop_length=256), sample_rate=RATE)
INSIDE = slice(4, -4)  # frames that see no end of the sound


def at_peaks(reassigned):
    """Frequencies and times at the loudest bin of every frame."""
    peaks = reassigned.magnitude.numpy().argmax(axis=-1)
    rows = np.arange(len(peaks))
    return (part.numpy()[rows, peaks][INSIDE] for part in reassigned[:2])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("hz", [440.0, 1000.3, 3333.7])
def test_a_tone_is_at_its_frequency_in_all_of_its_lobe(hz, dtype):
    tone = np.sin(2 * np.pi * hz * np.arange(RATE) / RATE).astype(dtype)
    frequency, _, magnitude = REP(tone)
    peak = int(np.argmax(magnitude[30]))
    np.testing.assert_allclose(frequency[INSIDE, peak], hz, rtol=0, atol=1e-3)
    np.testing.assert_allclose(frequency[INSIDE, peak - 1 : peak + 2], hz, rtol=0, atol=3e-3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("slope", [1250.0, -2000.0])
def test_a_chirp_is_on_its_line(slope, dtype):
    seconds = np.arange(2 * RATE) / RATE
    start = 4000.0 if slope < 0 else 500.0
    chirp = np.cos(2 * np.pi * (start * seconds + slope / 2 * seconds**2)).astype(dtype)
    frequency, time = at_peaks(REP(chirp[: int(1.6 * RATE)]))
    np.testing.assert_allclose(frequency, start + slope * time, rtol=0, atol=0.01)


@pytest.mark.parametrize("n_fft", [512, 513])
@pytest.mark.parametrize("convention", [None, "tf", "torch", "hifigan"])
def test_an_impulse_is_at_its_time(n_fft, convention):
    hop = 128 if n_fft == 512 else 127  # n_fft - hop even, for hifigan
    stft = st.STFT(n_fft=n_fft, hop_length=hop, convention=convention)
    rep = st.ReassignedSpectrogram(stft, sample_rate=RATE)
    _, time, magnitude = rep(np.eye(1, 6000, 3217)[0])
    heard = magnitude.numpy() > 1e-3
    assert heard.sum() > 3 * 257
    np.testing.assert_allclose(time.numpy()[heard] * RATE, 3217.0, rtol=0, atol=1e-6)


def test_a_short_window_is_differentiated_where_it_stands():
    stft = st.STFT(n_fft=1024, win_length=601, hop_length=100, window="blackman")
    tone = np.cos(2 * np.pi * 1234.5 * np.arange(RATE) / RATE)
    frequency, _ = at_peaks(st.ReassignedSpectrogram(stft, sample_rate=RATE)(tone))
    np.testing.assert_allclose(frequency, 1234.5, rtol=0, atol=1e-3)


@pytest.mark.filterwarnings("ignore:'where' used without 'out'")  # NumPy, of librosa
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("n_fft", "win_length", "hop_length"), [(512, 512, 128), (513, 400, 100)])
def test_librosas_convention_is_librosas(n_fft, win_length, hop_length, dtype, rng):
    sizes = {"n_fft": n_fft, "win_length": win_length, "hop_length": hop_length}
    audio = rng.uniform(-1, 1, 8000).astype(dtype)
    audio[2000:4000] *= 1e-4  # below librosa's floor, in part
    stft = st.STFT(convention="librosa", window="hamming", **sizes)
    rep = st.ReassignedSpectrogram(stft, sample_rate=RATE, convention="librosa")
    expected = librosa.reassigned_spectrogram(audio, sr=RATE, window="hamming", **sizes)
    frequency, time, magnitude = (part.numpy() for part in rep(audio))
    size = expected[2].T
    assert_close(magnitude, size, 64, dtype)
    low = np.isnan(expected[0].T)
    assert 100 < low.sum() < low.size / 2
    sure = np.abs(size - 1e-3) > 1e-5
    for part, peer, top in ((frequency, expected[0].T, RATE / 2), (time, expected[1].T, 0.5)):
        np.testing.assert_array_equal(np.isnan(part)[sure], np.isnan(peer)[sure])
        heard = ~np.isnan(part) & ~np.isnan(peer)
        # As exact as the quotient of a bin with the size of the sound.
        weights = size[heard] / size.max()
        assert_close(part[heard] / top * weights, peer[heard] / top * weights, 64, dtype)
        assert part[heard].min() == 0.0 or part[heard].max() == top  # something was clipped


def test_silence_stays_in_the_middle_of_its_bins_and_frames():
    frequency, time, magnitude = REP(np.zeros(3000))
    np.testing.assert_allclose(
        frequency, np.broadcast_to(np.fft.rfftfreq(1024, 1 / RATE), frequency.shape)
    )
    np.testing.assert_allclose(time[:, 5], np.arange(13) * 256 / RATE)
    assert not np.any(magnitude)


def test_group_delay_is_what_is_added_to_the_times_of_frames(rng):
    audio = rng.uniform(-1, 1, 4000)
    frames = REP.transform.times(17, RATE)[:, None]
    np.testing.assert_allclose(frames + REP.group_delay(audio), REP(audio).time_seconds, atol=1e-9)


def test_gradient_finds_the_frequency_of_a_tone():
    """The slope of the frequency that is measured by the one that is played is 1."""
    hz = tf.constant(1010.0, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(hz)
        tone = tf.cos(2 * np.pi * hz * tf.range(8000, dtype=tf.float64) / RATE)
        measured = REP(tone).frequency_hz[15, 65]
    assert float(tape.gradient(measured, hz)) == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"transform": 1024}, "transform must be an STFT; got 1024"),
        (
            {"transform": st.STFT(n_fft=64, window="hamming")},
            "transform must have a window that falls to 0.01 of its peak at its ends; got 'ham",
        ),
        ({"sample_rate": 0}, "sample_rate must be above 0 Hz"),
        ({"magnitude_floor": 0.0}, "magnitude_floor must be above 0; got 0.0"),
        ({"convention": "torch"}, "convention must be one of 'librosa'; got 'torch'"),
        ({"convention": "librosa"}, "transform must be an STFT of convention='librosa'"),
    ],
)
def test_wrong_arguments_are_named(arguments, match):
    valid = {"transform": st.STFT(n_fft=64), "sample_rate": RATE}
    with pytest.raises(ValueError, match=match):
        st.ReassignedSpectrogram(**valid | arguments)
