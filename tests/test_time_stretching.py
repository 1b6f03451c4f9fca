"""Stretched and shifted sounds against the sines that they should be, by least squares."""

from fractions import Fraction

import librosa
import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from tests.tolerances import error_db

RATE = 16000
STFT = st.STFT(n_fft=1024, hop_length=256)
HZ = (440.0, 1234.5, 3000.2)


def partials(length, hz=HZ):
    turns = np.outer(np.arange(length) / RATE, hz)
    return np.sin(2 * np.pi * turns + np.arange(len(hz))) @ (0.5 ** np.arange(len(hz)))


def fitted(audio, hz=HZ):
    """Amplitudes of steady sines away from the ends, and what they leave, dB."""
    turns = 2 * np.pi * np.outer(np.arange(len(audio)) / RATE, hz)
    inside = slice(2000, len(audio) - 2000)
    sines = np.concatenate([np.cos(turns), np.sin(turns)], axis=1)[inside]
    heard = np.asarray(audio, np.float64)[inside]
    weights = np.linalg.lstsq(sines, heard, rcond=None)[0].reshape(2, -1)
    rest = heard - sines @ weights.reshape(-1)
    return np.hypot(*weights), 20 * np.log10(np.linalg.norm(rest) / np.linalg.norm(heard))


@pytest.mark.parametrize("locking", ["identity", "none"])
@pytest.mark.parametrize(("dtype", "bound"), [(np.float32, -120.0), (np.float64, -280.0)])
@pytest.mark.parametrize("length", [1, 255, 8001])
def test_at_rate_1_every_sample_comes_back(length, dtype, bound, locking, rng):
    audio = rng.uniform(-1, 1, (2, length)).astype(dtype)
    result = st.time_stretch(audio, 1.0, STFT, locking=locking)
    assert result.dtype == dtype
    assert error_db(result, audio) < bound


@pytest.mark.parametrize("rate", [0.5, 0.77, 1.5, 2.0])
def test_stretched_partials_are_the_partials_of_a_longer_time(rate):
    audio = st.time_stretch(partials(24000), rate, STFT)
    assert len(audio) == round(24000 / rate)
    amplitudes, rest_db = fitted(audio)
    np.testing.assert_allclose(amplitudes, [1.0, 0.5, 0.25], rtol=2e-3)
    assert rest_db < -60.0
    # Up to the last frame but half a window.
    assert np.abs(audio[-512:]).max() > 0.5


def test_locking_keeps_partials_that_peers_smear():
    sound = partials(24000)
    locked, free = (
        fitted(st.time_stretch(sound, 0.77, STFT, locking=locking))[1]
        for locking in ("identity", "none")
    )
    peers = fitted(librosa.effects.time_stretch(sound, rate=0.77, n_fft=1024, hop_length=256))[1]
    assert locked < min(free, peers) - 20.0


def test_an_envelope_is_where_it_should_be():
    """A swell of 0.75 s is one of 1.25 s, at 0.6 of its rate."""
    seconds = np.arange(24000) / RATE
    swell = np.sin(np.pi * seconds / 1.5) ** 2
    audio = st.time_stretch(swell * np.sin(2 * np.pi * 1000.0 * seconds), 0.6, STFT).numpy()
    later = np.arange(40000) / RATE
    level = np.sqrt(2 * np.convolve(audio**2, np.full(160, 1 / 160), "same"))
    np.testing.assert_allclose(
        level[500:-500], np.sin(np.pi * later / 2.5)[500:-500] ** 2, atol=0.01
    )


def test_a_click_stays_at_its_time():
    clicks = np.zeros(16000)
    clicks[4096::4096] = 1.0
    energy = st.time_stretch(clicks, 0.5, STFT).numpy() ** 2
    for place in (8192, 16384, 24576):
        about = energy[place - 2048 : place + 2048]
        centre = np.sum(about * np.arange(-2048, 2048)) / np.sum(about)
        assert abs(centre) < 256  # a hop


def test_a_rate_that_changes_moves_the_sound_by_its_sum():
    chirp = st.chirp(500.0, 1500.0, sample_rate=RATE, length=32000)
    length = 24000
    frames = STFT.num_frames(length)
    rates = np.linspace(0.5, 1.5, frames)
    audio = st.time_stretch(chirp, rates, STFT, length=length)
    place = (np.cumsum(rates) - rates) * 256
    analysed = st.ReassignedSpectrogram(STFT, sample_rate=RATE)(audio)
    peaks = analysed.magnitude.numpy().argmax(axis=-1)
    heard = analysed.frequency_hz.numpy()[np.arange(frames), peaks]
    inside = slice(8, -8)
    np.testing.assert_allclose(heard[inside], (500 + place / 32)[inside], rtol=0, atol=6.0)


def test_gradient_by_the_rate_lengthens_a_sound():
    """The slope of a swell's middle by the rate, which is -middle / rate."""
    swell = np.hanning(8000) * np.sin(0.3 * np.arange(8000))
    rate = tf.constant(0.8, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(rate)
        energy = st.time_stretch(swell, rate, STFT, length=12000) ** 2
        middle = tf.reduce_sum(energy * np.arange(12000)) / tf.reduce_sum(energy)
    assert float(middle) == pytest.approx(5000, rel=5e-3)
    assert float(tape.gradient(middle, rate)) == pytest.approx(-5000 / 0.8, rel=0.05)


def test_silence_stays_silence():
    assert not np.any(st.time_stretch(np.zeros(5000, np.float32), 0.7, STFT))
    assert not np.any(st.pitch_shift(np.zeros([2, 3000], np.float32), 3.0, STFT))


@pytest.mark.parametrize("semitones", [-12, -5.3, 0, 4.0, 12.0])
def test_a_shifted_partial_is_higher_by_the_interval(semitones):
    audio = st.pitch_shift(partials(24000), semitones, STFT)
    assert audio.shape == [24000]
    ratio = Fraction(2 ** (abs(semitones) / 12)).limit_denominator(2000) ** int(np.sign(semitones))
    assert abs(1200 * np.log2(float(ratio)) - 100 * semitones) < 1e-3
    amplitudes, rest_db = fitted(audio, np.array(HZ) * float(ratio))
    np.testing.assert_allclose(amplitudes, [1.0, 0.5, 0.25], rtol=2e-3)
    assert rest_db < -50.0


def test_lengths_that_only_a_graph_knows():
    sound = partials(5000)
    spec = tf.TensorSpec([None], tf.float64)
    for call in (
        lambda audio: st.time_stretch(audio, 0.7, STFT),
        lambda audio: st.pitch_shift(audio, 2.5, STFT),
    ):
        result = tf.function(call, input_signature=[spec])(sound)
        assert error_db(result, call(sound)) < -200.0


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: st.time_stretch(np.ones(9), 1.0, 1024), "transform must be an STFT; got 1024"),
        (
            lambda: st.time_stretch(np.ones(99), 1.0, st.STFT(n_fft=64, convention="tf")),
            "transform must have its first frame about the first sample; got 'tf'",
        ),
        (lambda: st.time_stretch(1.0, 1.0, STFT), "audio must have a time axis"),
        (lambda: st.time_stretch(np.ones(9), 0.0, STFT), "rate must be finite and above 0"),
        (lambda: st.time_stretch(np.ones(9), -2, STFT), "rate must be finite and above 0; got -2"),
        (
            lambda: st.time_stretch(np.ones(9), tf.constant(1.0), STFT),
            "length must be given with a tensor of rates; got None",
        ),
        (lambda: st.pitch_shift(1.0, 1.0, STFT), "audio must have a time axis"),
        (lambda: st.pitch_shift(np.ones(9), 49, STFT), r"semitones must be a number in \[-48, 48"),
    ],
)
def test_wrong_arguments_are_named(call, match):
    with pytest.raises(ValueError, match=match):
        call()
