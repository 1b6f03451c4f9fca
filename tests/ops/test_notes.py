"""Notes against DDSP's arithmetic by NumPy, and those of phrases whose notes are known."""

import mir_eval
import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st

RATE, HOP = 16000, 160


def ddsp(loudness_db, confidence, smoothing, exponent=2.0, least=0.7, min_db=-80.0):
    """Its ratio for one signal, the box by NumPy's convolution."""
    box = np.ones(smoothing) / smoothing
    smooth = np.convolve(confidence**exponent, box)[smoothing // 2 :][: len(confidence)]
    return smooth * (loudness_db - min_db) / (np.mean(loudness_db) - min_db) / least**exponent


@pytest.mark.parametrize("smoothing", [1, 2, 3, 40, 100])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_ratios_are_those_of_ddsp(smoothing, dtype, rng):
    loudness = rng.uniform(-80, 0, (2, 3, 60)).astype(dtype)
    confidence = rng.uniform(0, 1, (2, 3, 60)).astype(dtype)
    held = st.detect_notes(loudness, confidence, smoothing=smoothing)
    assert held.ratio.dtype == dtype
    for row in np.ndindex(2, 3):
        signals = loudness[row].astype(np.float64), confidence[row].astype(np.float64)
        expected = ddsp(*signals, smoothing)
        tolerance = {np.float16: 2e-3, np.float32: 1e-5, np.float64: 1e-12}[dtype]
        np.testing.assert_allclose(held.ratio[row], expected, rtol=tolerance, atol=tolerance)
        clear = np.abs(expected - 1) > 1e-2
        np.testing.assert_array_equal(held.on[row].numpy()[clear], (expected >= 1)[clear])


def test_settings_do_what_they_say(rng):
    loudness, confidence = rng.uniform(-60, 0, 50), rng.uniform(0, 1, 50)
    given = {"exponent": 1.5, "f0_confidence_threshold": 0.4, "min_db": -60.0}
    held = st.detect_notes(loudness, confidence, note_threshold=2.0, smoothing=5, **given)
    expected = ddsp(loudness, confidence, 5, 1.5, 0.4, -60.0)
    np.testing.assert_allclose(held.ratio, expected, rtol=1e-12)
    np.testing.assert_array_equal(held.on, expected >= 2.0)


def test_silence_holds_no_note():
    held = st.detect_notes(np.full(50, -80.0), np.ones(50))
    assert not np.any(held.on)
    assert np.all(held.ratio == 0)


def test_lengths_that_only_a_graph_knows(rng):
    values = rng.uniform(0, 1, (2, 70))
    for shape in ([2, None], None):
        spec = tf.TensorSpec(shape, tf.float64)
        graph = tf.function(lambda x: st.detect_notes(80 * x - 80, x), input_signature=[spec])
        for frames in (1, 70):
            part = values[:, :frames]
            expected = st.detect_notes(80 * part - 80, part)
            for result, wanted in zip(graph(part), expected, strict=True):
                np.testing.assert_allclose(result, wanted, rtol=1e-12)


def phrase(rng):
    """Tones with vibrato, legato and parted: sound, intervals in seconds, MIDI numbers."""
    midi = np.array([60, 62, 64, 65, 67, 55, 72, 71])
    lengths, pauses = rng.uniform(0.25, 0.6, 8), np.array([0, 0.2, 0, 0, 0.15, 0.1, 0, 0.2])
    onsets = 0.1 + np.concatenate([[0], np.cumsum(lengths + pauses)[:-1]])
    intervals = np.stack([onsets, onsets + lengths], axis=1)
    time = np.arange(round(RATE * (intervals[-1, 1] + 0.2))) / RATE
    pitch, level = np.full(time.shape, 60.0), np.zeros(time.shape)
    for (begin, end), note in zip(intervals, midi, strict=True):
        held = (time >= begin) & (time < end)
        pitch[held] = note + 0.2 * np.sin(2 * np.pi * 5 * time[held])
        level[held] = 1.0
    turns = np.cumsum(440 * 2 ** ((pitch - 69) / 12)) / RATE
    audio = level * sum(np.sin(2 * np.pi * k * turns) / k for k in (1, 2, 3, 4))
    return 0.2 * audio, intervals, midi


@pytest.mark.parametrize("seed", range(3))
def test_the_notes_of_a_phrase_are_found(seed):
    """By the field's own count: onset within 50 ms, pitch within 50 cents, and where it ends."""
    audio, intervals, midi = phrase(np.random.default_rng(seed))
    track = st.pyin(audio, sample_rate=RATE, fmin=100.0, fmax=1000.0, hop_length=HOP)
    notes = st.segment_notes(track.f0_hz, track.voiced, frame_rate=RATE / HOP)
    found = np.array([note[:2] for note in notes])
    hz = 440 * 2 ** ((np.array([note.midi for note in notes]) - 69) / 12)
    score = mir_eval.transcription.precision_recall_f1_overlap(
        intervals, 440 * 2 ** ((midi - 69) / 12), found, hz, offset_ratio=0.2
    )
    assert score[:3] == (1.0, 1.0, 1.0)


def test_one_wrong_frame_neither_ends_a_note_nor_bends_its_pitch():
    f0_hz = np.full(40, 220.0)
    f0_hz[[10, 20, 21]] = 440.0
    (note,) = st.segment_notes(f0_hz, np.ones(40, bool), frame_rate=100)
    assert note == (0.0, 0.4, 57.0)


def test_what_is_too_short_is_no_note():
    on = np.zeros(30, bool)
    on[5:9], on[15:20] = True, True
    (note,) = st.segment_notes(np.full(30, 440.0), on, frame_rate=100)
    assert note == (0.15, 0.2, 69.0)
    assert len(st.segment_notes(np.full(30, 440.0), on, frame_rate=100, min_seconds=0.04)) == 2
    assert st.segment_notes(np.zeros(30), np.zeros(30, bool), frame_rate=100) == []
    assert st.segment_notes([], [], frame_rate=100) == []


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: st.detect_notes(np.zeros(3), np.zeros(4)), "loudness_db.*f0_confidence"),
        (lambda: st.detect_notes(np.zeros(3), np.zeros(3), smoothing=0), "smoothing must be an"),
        (lambda: st.detect_notes(np.zeros(3), np.zeros(3), exponent=0.0), "exponent must be a"),
        (lambda: st.detect_notes(np.zeros(3), np.zeros(3), note_threshold=-1.0), "note_threshold"),
        (
            lambda: st.detect_notes(np.zeros(3), np.zeros(3), f0_confidence_threshold=1.5),
            "f0_confidence_threshold must be a",
        ),
        (lambda: st.detect_notes(np.zeros(3), np.zeros(3), min_db=np.nan), "min_db must be a"),
        (lambda: st.segment_notes([1.0], [True, True], frame_rate=10), "must be \\[frames\\]"),
        (lambda: st.segment_notes([0.0], [True], frame_rate=10), "f0_hz must be above 0 wherever"),
        (lambda: st.segment_notes([1.0], [True], frame_rate=0), "frame_rate must be a"),
        (
            lambda: st.segment_notes([1.0], [True], frame_rate=9, change_semitones=0),
            "change_semitones must be a",
        ),
        (lambda: st.segment_notes([1.0], [True], frame_rate=9, min_seconds=-1), "min_seconds"),
    ],
)
def test_what_is_wrong_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
