"""Onsets against librosa's, and those of sounds whose beginnings are known."""

import dataclasses

import librosa
import mir_eval
import numpy as np
import pytest
import soundfile
import tensorflow as tf

import spectrotools as st
from spectrotools.data import recordings

MEL = st.LogMel.preset("librosa")
DELAY = MEL.stft.n_fft // (2 * MEL.stft.hop_length)


@pytest.mark.parametrize("path", recordings.bundled(), ids=lambda path: path.stem)
def test_recordings_are_as_librosa_hears_them(path):
    audio, rate = soundfile.read(path, always_2d=True)
    audio = audio[:, 0]
    expected = librosa.onset.onset_strength(y=audio, sr=rate)
    mel = dataclasses.replace(MEL, sample_rate=rate)
    strength = st.onset_strength(mel(audio), delay=DELAY)
    np.testing.assert_allclose(strength, expected, rtol=0, atol=1e-4 * np.max(expected))
    onsets = librosa.onset.onset_detect(onset_envelope=expected, sr=rate)
    found = st.detect_onsets(strength, sample_rate=rate, hop_length=512)
    np.testing.assert_array_equal(np.flatnonzero(found), onsets)


@pytest.mark.parametrize("lag", [1, 2, 5, 29, 30, 31])
@pytest.mark.parametrize("max_size", [1, 2, 3, 6, 100])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_settings_do_what_librosas_do(lag, max_size, dtype, rng):
    levels = rng.uniform(-80, 0, (30, 40)).astype(dtype)
    given = {"lag": lag, "max_size": max_size}
    result = st.onset_strength(levels, delay=DELAY, **given)
    assert result.dtype == dtype
    if lag < 30:  # of more librosa raises
        expected = librosa.onset.onset_strength(S=levels.T, **given)
        np.testing.assert_allclose(result, expected, rtol=1e-6, atol=1e-5)
    else:
        np.testing.assert_array_equal(result, np.zeros(30))


WINDOWS = [(1, 1, 1, 1, 0), (3, 3, 3, 5, 4), (0, 1, 0, 1, 0), (7, 2, 0, 60, 1), (0, 9, 25, 1, 30)]


@pytest.mark.parametrize("windows", WINDOWS)
@pytest.mark.parametrize("frames", [1, 2, 40])
def test_peaks_are_those_of_librosa(windows, frames, rng):
    values = rng.uniform(-1, 1, (50, frames))
    values[0] = 0.0
    names = ("pre_max", "post_max", "pre_avg", "post_avg", "wait")
    for delta in (0.0625, 0.5):
        given = dict(zip(names, windows, strict=True)) | {"delta": delta}
        expected = librosa.util.peak_pick(values, sparse=False, **given)
        np.testing.assert_array_equal(st.pick_peaks(values, **given), expected)


@pytest.mark.parametrize(("rate", "hop"), [(22050, 512), (44100, 441), (8000, 800), (16000, 64)])
def test_onsets_are_those_of_librosa_at_any_frame_rate(rate, hop, rng):
    strength = rng.standard_gamma(0.3, (4, 500))
    expected = [
        librosa.onset.onset_detect(onset_envelope=row, sr=rate, hop_length=hop) for row in strength
    ]
    found = st.detect_onsets(strength, sample_rate=rate, hop_length=hop).numpy()
    for row, frames in zip(found, expected, strict=True):
        np.testing.assert_array_equal(np.flatnonzero(row), frames)


def test_clicks_are_found_where_they_are(rng):
    """By the field's own count: an onset is right within 50 ms."""
    seconds = np.cumsum(rng.uniform(0.15, 0.5, 20))
    clicks = st.clicks(seconds.tolist(), sample_rate=22050, length=22050 * 8)
    strength = st.onset_strength(MEL(clicks), delay=DELAY)
    found = np.flatnonzero(st.detect_onsets(strength, sample_rate=22050, hop_length=512))
    score, *_ = mir_eval.onset.f_measure(seconds, found * 512 / 22050)
    assert score == 1.0


def test_what_does_not_rise_has_no_onset():
    falls = np.linspace(0, -80, 50)[:, None] * np.ones(16)
    np.testing.assert_array_equal(st.onset_strength(falls), np.zeros(50))
    for strength in (np.zeros((2, 50)), np.full((2, 50), 3.0), np.ones((2, 1))):
        found = st.detect_onsets(strength, sample_rate=22050, hop_length=512)
        assert not np.any(found)


def test_a_gradient_makes_an_onset_sharper():
    """Of two frames it is that of their difference, over all bands that rise."""
    levels = tf.constant([[0.0, 0.0, 0.0], [1.0, -1.0, 2.0]], tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(levels)
        strength = st.onset_strength(levels)[1]
    slope = tape.gradient(strength, levels)
    np.testing.assert_allclose(slope, np.array([[-1, 0, -1], [1, 0, 1]]) / 3, rtol=1e-15)


@pytest.mark.parametrize("op", ["onset_strength", "detect_onsets"])
def test_lengths_that_only_a_graph_knows(op, rng):
    levels = rng.uniform(-80, 0, (3, 20, 8))
    calls = {
        "onset_strength": lambda x: st.onset_strength(x, lag=2, max_size=3),
        "detect_onsets": lambda x: st.detect_onsets(x[..., 0], sample_rate=8000, hop_length=80),
    }
    for shape in ([3, None, None], None):
        spec = [tf.TensorSpec(shape, tf.float64)]
        graph = tf.function(calls[op], input_signature=spec)
        for frames in (20, 1):
            part = levels[:, :frames]
            np.testing.assert_allclose(graph(part), calls[op](part), rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: st.onset_strength(np.zeros(9)), "must have axes of frames and bands; got"),
        (lambda: st.onset_strength(np.zeros((9, 0))), "must have at least one band; got 0"),
        (lambda: st.onset_strength(np.zeros((9, 2)), lag=0), "lag must be an integer of at least"),
        (lambda: st.onset_strength(np.zeros((9, 2)), max_size=0), "max_size must be an integer"),
        (lambda: st.onset_strength(np.zeros((9, 2)), delay=-1), "delay must be an integer of at"),
        (
            lambda: st.detect_onsets(np.zeros(0), sample_rate=8000, hop_length=80),
            "strength must have at least one frame; got",
        ),
        (
            lambda: st.detect_onsets(np.zeros(9), sample_rate=8000, hop_length=0),
            "hop_length must be an integer of at least 1; got 0",
        ),
        (
            lambda: st.detect_onsets(np.zeros(9), sample_rate=8000, hop_length=80, delta=-1.0),
            "delta must be a number of at least 0; got -1.0",
        ),
    ],
)
def test_what_is_wrong_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("wrong", "least"),
    [("pre_max", 0), ("post_max", 1), ("pre_avg", 0), ("post_avg", 1), ("wait", 0)],
)
def test_a_window_that_is_none_is_refused(wrong, least):
    given = {"pre_max": 1, "post_max": 1, "pre_avg": 1, "post_avg": 1, "wait": 0, "delta": 0.1}
    message = f"{wrong} must be an integer of at least {least}; got {least - 1}"
    with pytest.raises(ValueError, match=message):
        st.pick_peaks(np.zeros(9), **given | {wrong: least - 1})
