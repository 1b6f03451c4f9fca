"""Phase retrieval: convergence as librosa measures it, the start against heap integration."""

from pathlib import Path

import librosa
import numpy as np
import pytest
import soundfile
import soxr
import tensorflow as tf

import spectrotools
import spectrotools as st
from spectrotools import phase_retrieval
from spectrotools.ops.phase_gradient import phase_steps
from tests.heap_integration import heap_integration

STFT = st.STFT(n_fft=1024, hop_length=256)


def recording(name):
    """Two seconds and a half of a bundled recording, at 16 kHz, in whole hops."""
    path = Path(spectrotools.__file__).parent / "recordings" / f"{name}.flac"
    audio, sample_rate = soundfile.read(path, always_2d=True)
    audio = soxr.resample(audio.mean(axis=1), sample_rate, 16000)[: 256 * 156]
    return (audio / np.max(np.abs(audio))).astype(np.float32)


def convergence_db(audio, magnitudes):
    """Spectral convergence by librosa, dB."""
    again = np.abs(librosa.stft(audio, n_fft=1024, hop_length=256)).T
    return 20 * np.log10(np.linalg.norm(again - magnitudes) / np.linalg.norm(magnitudes))


AUDIO = recording("speech")
LENGTH = len(AUDIO)


@pytest.fixture(scope="module")
def magnitudes():
    return np.abs(librosa.stft(AUDIO, n_fft=1024, hop_length=256)).T


@pytest.mark.parametrize("name", ["speech", "strings", "piano"])
def test_starts_are_as_good_as_heap_integration(name):
    audio = recording(name)
    magnitudes = abs(STFT(audio))
    steps = phase_steps(magnitudes[None], STFT.window_samples, 256)
    heap = heap_integration(magnitudes.numpy(), *(part.numpy()[0] for part in steps))

    def converged(init, n_iter):
        found = st.griffin_lim(magnitudes, STFT, length=len(audio), n_iter=n_iter, init=init)
        return convergence_db(found.numpy(), magnitudes)

    heap = heap.astype(np.float32)
    for init, behind in (("pghi", (1.0, 3.5)), ("forest", (3.0, 1.0))):
        assert converged(init, 0) < converged(heap, 0) + behind[0]
        assert converged(init, 10) < converged(heap, 10) + behind[1]


@pytest.mark.parametrize("algorithm", ["classic", "fast", "accelerated", "admm"])
@pytest.mark.parametrize("init", ["pghi", "forest", "random", "zero"])
def test_every_road_converges_and_a_good_start_is_ahead(algorithm, init, magnitudes):
    audio, trace = st.griffin_lim(
        magnitudes, STFT, length=LENGTH, algorithm=algorithm, init=init, return_trace=True
    )
    trace = trace.numpy()
    assert trace.shape == (31,)
    assert trace[-1] < {"pghi": -22, "forest": -22, "random": -14, "zero": -14}[init]
    assert trace[-1] < trace[0] - 5
    assert convergence_db(audio.numpy(), magnitudes) == pytest.approx(trace[-1], abs=0.5)


def test_accelerated_beats_librosas_griffin_lim(magnitudes):
    peer = librosa.griffinlim(
        magnitudes.T, n_iter=32, hop_length=256, n_fft=1024, random_state=0, length=LENGTH
    )
    ours = st.griffin_lim(magnitudes, STFT, length=LENGTH, n_iter=32)
    random = st.griffin_lim(magnitudes, STFT, length=LENGTH, n_iter=32, init="random")
    theirs = convergence_db(peer, magnitudes)
    assert convergence_db(ours.numpy(), magnitudes) < theirs - 2
    assert convergence_db(random.numpy(), magnitudes) < theirs + 2


def test_true_phase_is_a_fixed_point():
    spectrum = STFT(AUDIO)
    phase = st.angle(spectrum)
    found = st.griffin_lim(abs(spectrum), STFT, length=LENGTH, n_iter=5, init=phase)
    assert np.max(np.abs(found - AUDIO)) < 1e-4


@pytest.mark.parametrize("init", ["pghi", "forest", "random"])
def test_modes_and_batches_agree_in_quality(init, magnitudes):
    batch = tf.constant(np.stack([magnitudes, magnitudes[::-1]]))

    def run(values):
        return st.griffin_lim(values, STFT, length=LENGTH, n_iter=4, init=init)

    whole = run(batch)
    expected = [convergence_db(audio.numpy(), m) for audio, m in zip(whole, batch, strict=True)]
    if init != "random":  # whose numbers depend on the shape
        for item, value in zip(batch, expected, strict=True):
            assert convergence_db(run(item).numpy(), item) == pytest.approx(value, abs=0.2)
    for options in ({}, {"jit_compile": True}):
        result = tf.function(run, **options)(batch)
        for audio, item, value in zip(result, batch, expected, strict=True):
            assert convergence_db(audio.numpy(), item) == pytest.approx(value, abs=0.2)


def test_seed_decides_the_random_phase(magnitudes):
    runs = [
        st.griffin_lim(magnitudes, STFT, n_iter=1, init="random", seed=seed) for seed in (1, 1, 2)
    ]
    np.testing.assert_array_equal(runs[0], runs[1])
    assert np.max(np.abs(runs[0] - runs[2])) > 1e-3


@pytest.mark.parametrize("n_iter", [0, 2])
def test_gradient_is_that_of_central_differences(n_iter, rng):
    stft = st.STFT(n_fft=64, hop_length=16)
    point = 1.0 + 0.3 * rng.uniform(-1, 1, (9, 33))
    weights, direction = rng.standard_normal(128), rng.standard_normal(point.shape)

    def value(magnitudes):
        return tf.reduce_sum(weights * st.griffin_lim(magnitudes, stft, n_iter=n_iter))

    variable = tf.constant(point)
    with tf.GradientTape() as tape:
        tape.watch(variable)
        result = value(variable)
    along = np.sum(tape.gradient(result, variable) * direction)
    ahead, behind = (value(tf.constant(point + s * 1e-6 * direction)) for s in (1, -1))
    assert along == pytest.approx(float(ahead - behind) / 2e-6, rel=1e-4)


def test_gradient_flows_through_start_and_iterations(magnitudes):
    point = tf.constant(magnitudes[20:40])
    with tf.GradientTape() as tape:
        tape.watch(point)
        value = tf.reduce_sum(st.griffin_lim(point, STFT, n_iter=2) ** 2)
    gradient = tape.gradient(value, point)
    assert np.all(np.isfinite(gradient))
    assert np.max(np.abs(gradient)) > 0


@pytest.mark.parametrize("frames", [1, 2])
def test_few_frames_and_silence(frames):
    for value in (0.0, 1.0):
        magnitudes = np.full((frames, 513), value, np.float32)
        audio = st.griffin_lim(magnitudes, STFT, n_iter=3)
        assert audio.shape == ((frames - 1) * 256,)
        whole = st.STFT(n_fft=1024, hop_length=256, convention="tf")
        audio = st.griffin_lim(magnitudes, whole, n_iter=3)
        assert np.all(np.isfinite(audio))
        assert np.any(audio) == (value > 0)
    nothing = phase_retrieval._with(tf.constant([1e7]), tf.constant([0j], tf.complex64))
    np.testing.assert_array_equal(nothing, [0])
    silence, trace = st.griffin_lim(np.zeros((5, 513), np.float32), STFT, return_trace=True)
    assert not np.any(silence)
    assert np.all(np.isneginf(trace))


@pytest.mark.parametrize("init", ["pghi", "forest", "random", "zero"])
def test_no_iteration_is_the_start_and_an_empty_batch_is_empty(init, magnitudes):
    sound, trace = st.griffin_lim(
        magnitudes, STFT, length=LENGTH, n_iter=0, init=init, return_trace=True
    )
    assert trace.shape == (1,)
    assert convergence_db(sound.numpy(), magnitudes) == pytest.approx(float(trace[0]), abs=0.5)
    if init in ("pghi", "forest"):
        integration = {"pghi": "frames", "forest": "forest"}[init]
        phase = st.pghi(magnitudes, STFT, integration=integration)
        start = STFT.inverse(st.polar(magnitudes, phase), length=LENGTH)
        np.testing.assert_allclose(sound, start, rtol=0, atol=1e-5)
    empty = st.griffin_lim(magnitudes[None][:0], STFT, length=LENGTH, n_iter=2, init=init)
    assert empty.shape == (0, LENGTH)


@pytest.mark.parametrize("init", ["pghi", "forest", "random", "zero"])
def test_precision_is_kept_and_half_is_computed_in_single(init, magnitudes):
    def found(dtype):
        return st.griffin_lim(magnitudes[:30].astype(dtype), STFT, n_iter=2, init=init)

    half, single, double = (found(dtype) for dtype in (np.float16, np.float32, np.float64))
    assert (half.dtype, single.dtype, double.dtype) == (tf.float16, tf.float32, tf.float64)
    rounded = magnitudes[:30].astype(np.float16).astype(np.float32)
    expected = st.griffin_lim(rounded, STFT, n_iter=2, init=init)
    peak = np.max(np.abs(expected))
    np.testing.assert_allclose(half, expected, atol=peak * float(np.finfo(np.float16).eps))


def test_arguments_out_of_range_are_refused(magnitudes):
    for spoilt in (-1.0, np.nan, np.inf):
        bad = magnitudes.copy()
        bad[3, 4] = spoilt
        with pytest.raises(ValueError, match="magnitudes must be at least 0 and finite"):
            st.griffin_lim(bad, STFT)
        with pytest.raises(tf.errors.InvalidArgumentError, match="magnitudes must be at least 0"):
            tf.function(lambda values: st.griffin_lim(values, STFT))(bad)
    with pytest.raises(ValueError, match=r"magnitudes must be \[..., frames, bins\]; got"):
        st.griffin_lim(magnitudes[0], STFT)
    with pytest.raises(ValueError, match=r"magnitudes must be .*n_fft // 2 \+ 1 = 513\]"):
        st.griffin_lim(magnitudes[:, :512], STFT)
    with pytest.raises(ValueError, match="magnitudes must be floating point; got int64"):
        st.griffin_lim(magnitudes.astype(np.int64), STFT)
    unknown = tf.function(lambda values, length: st.griffin_lim(values, STFT, length=length))
    with pytest.raises(tf.errors.InvalidArgumentError, match="length must be one whose num_fra"):
        unknown(magnitudes, tf.constant(100))
    with pytest.raises(ValueError, match="magnitudes must have at least one frame"):
        st.griffin_lim(magnitudes[:0], STFT)
    with pytest.raises(ValueError, match="n_iter must be an integer of at least 0; got -1"):
        st.griffin_lim(magnitudes, STFT, n_iter=-1)
    with pytest.raises(ValueError, match=r"algorithm must be one of 'classic'.*; got 'gla'"):
        st.griffin_lim(magnitudes, STFT, algorithm="gla")
    with pytest.raises(ValueError, match=r"init must be a phase or one of .*; got 'heap'"):
        st.griffin_lim(magnitudes, STFT, init="heap")
    with pytest.raises(ValueError, match="init must have the shape of magnitudes"):
        st.griffin_lim(magnitudes, STFT, init=magnitudes[:3])
    with pytest.raises(ValueError, match=r"length must be in \["):
        st.griffin_lim(magnitudes, STFT, length=100)
    with pytest.raises(ValueError, match="for a transform other than STFT"):
        st.griffin_lim(magnitudes, object())


@pytest.mark.parametrize("n_iter", [0, 3])
def test_the_gradient_passes_a_pause(n_iter, rng):
    stft = st.STFT(n_fft=64, hop_length=16)
    audio = rng.standard_normal(800).astype(np.float32)
    audio[200:500] = 0
    magnitudes = tf.abs(stft(audio))
    with tf.GradientTape() as tape:
        tape.watch(magnitudes)
        value = tf.reduce_sum(st.griffin_lim(magnitudes, stft, n_iter=n_iter) ** 2)
    assert np.all(np.isfinite(tape.gradient(value, magnitudes)))


def test_a_length_is_checked_against_the_frames_of_any_transform():
    cqt = st.CQT(sample_rate=8000, fmin=200.0)
    magnitudes = tf.abs(cqt(tf.ones([800])))
    with pytest.raises(ValueError, match=r"length must be one whose num_frames is.*; got 8000"):
        st.griffin_lim(magnitudes, cqt, length=8000, init="random")
