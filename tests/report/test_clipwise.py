"""Round trips clip by clip: that the joints cannot be heard, and what comes back."""

import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from spectrotools.report import clipwise

RATE = 16000
STFT = st.STFT(n_fft=256, hop_length=64)
CLIP = 512 * 64  # samples


def through(trip, audio, cut=10000):
    state, parts = trip.initial_state(len(audio), RATE), []
    for start in range(0, audio.shape[1], cut):
        part, state = trip.step(tf.constant(audio[:, start : start + cut]), state)
        parts.append(part.numpy())
    result = np.concatenate([*parts, trip.flush(state, audio.shape[1]).numpy()], axis=1)
    assert result.shape == audio.shape
    return result


def voices(length):
    """Two channels of gliding partials, which no phase that starts anew would meet."""
    time = np.arange(length) / RATE
    glide = 2 * np.pi * np.cumsum(220 + 40 * np.sin(2 * np.pi * 0.7 * time)) / RATE
    partials = [np.sin(k * glide + k) / k for k in range(1, 9)]
    return 0.3 * np.stack([sum(partials), sum(partials[::2])]).astype(np.float32)


def convergence_db(result, audio, part=slice(None)):
    wanted, found = (np.abs(STFT(sound[:, part])) for sound in (audio, result))
    return 20 * np.log10(np.linalg.norm(found - wanted) / np.linalg.norm(wanted))


def test_retrieved_phase_goes_on_from_clip_to_clip():
    audio = voices(3 * CLIP)
    trip = clipwise.magnitude(transform=STFT, n_iter=20)
    result = through(trip, audio)
    overall = convergence_db(result, audio)
    assert overall < -30  # -25 where each clip starts anew, and -11 at the joints
    joint = CLIP - 256 - 4 * 256
    for first in (joint, 2 * joint):
        assert convergence_db(result, audio, slice(first - 512, first + 1536)) < -20


def test_one_clip_is_what_griffin_lim_makes_of_it():
    audio = voices(5000)
    result = through(clipwise.magnitude(transform=STFT, n_iter=5), audio)
    magnitudes = tf.abs(STFT(audio))
    expected = st.griffin_lim(magnitudes, STFT, length=5000, n_iter=5, init="forest")
    np.testing.assert_allclose(result, expected, atol=1e-4)


def test_log_mel_takes_its_bands_from_the_rate_of_the_recording():
    audio = voices(9000)
    trip = clipwise.log_mel(transform=STFT, n_mels=60, n_iter=5)
    mel = st.LogMel(STFT, sample_rate=RATE, n_mels=60)
    magnitudes = mel.pseudo_inverse(mel(audio))
    expected = st.griffin_lim(magnitudes, STFT, length=9000, n_iter=5, init="forest")
    np.testing.assert_allclose(through(trip, audio), expected, atol=1e-3)
    assert trip.numbers_per_second(RATE) == 60 * RATE / 64


def test_gansynths_fading_ends_are_left_out_but_for_the_last():
    audio = voices(2 * CLIP)
    result = through(clipwise.gansynth(n_fft=256, hop_length=64), audio)
    error = np.abs(result - audio)[:, 256:-256]
    assert np.max(error) < 2e-3  # DC and the floor
    mel = through(clipwise.gansynth_mel(n_fft=256, hop_length=64), audio)
    power = np.sum(mel**2) / np.sum(audio**2)
    assert 0.5 < power < 2


@pytest.mark.parametrize("make", [clipwise.gansynth, clipwise.gansynth_mel])
def test_numbers_count_both_pictures(make):
    assert make(n_fft=256, hop_length=64).numbers_per_second(RATE) == 2 * 128 * RATE / 64


def test_silence_stays_quiet():
    silence = np.zeros([1, CLIP + 5000], np.float32)
    for trip in (
        clipwise.magnitude(transform=STFT, n_iter=2),
        clipwise.log_mel(transform=STFT, n_mels=30, n_iter=2),
        clipwise.gansynth(n_fft=256, hop_length=64),
        clipwise.gansynth_mel(n_fft=256, hop_length=64),
    ):
        assert np.max(np.abs(through(trip, silence))) < 2e-3


def test_descriptions_name_the_settings():
    descriptions = [
        clipwise.magnitude(transform=STFT, n_iter=7).description,
        clipwise.log_mel(transform=STFT, n_mels=33).description,
        clipwise.gansynth(n_fft=256, hop_length=64).description,
        clipwise.gansynth_mel(n_fft=256, hop_length=64, n_mels=99).description,
    ]
    assert descriptions == [
        "Magnitudes of 256 samples at a time, 64 apart; their phase is found again, in 7 "
        "iterations.",
        "The logarithm of 33 mel bands, 64 samples apart; magnitudes that fit, and their phase, "
        "are found again.",
        "GANSynth's log-magnitude and frequency, 128 bins every 64 samples.",
        "GANSynth's log-magnitude and frequency, 99 mel bands every 64 samples.",
    ]
