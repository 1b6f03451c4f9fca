"""The guess of phase: cut into blocks, continued from what is known, and what it refuses."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as some

import spectrotools as st

STFT = st.STFT(n_fft=64, hop_length=16)
STREAM = st.StreamingPGHI(STFT)


def magnitudes_of(frames, dtype=np.float64):
    audio = np.random.default_rng(frames).standard_normal((2, max(frames - 1, 0) * 16))
    return np.abs(STFT(audio)[:, :frames]).astype(dtype)


def assert_same_phase(phase, expected, tolerance=1e-9):
    assert phase.shape == expected.shape
    distance = np.abs(np.exp(1j * np.asarray(phase)) - np.exp(1j * np.asarray(expected)))
    assert np.max(distance, initial=0.0) < tolerance


def streamed(blocks, step=STREAM.step, flush=STREAM.flush):
    state = STREAM.initial_state((2,), blocks[0].dtype)
    parts = []
    for block in blocks:
        part, state = step(block, state)
        parts.append(part)
    return tf.concat([*parts, flush(state)], axis=1)


@settings(max_examples=40, deadline=None)
@given(frames=some.integers(1, 24), cuts=some.lists(some.integers(0, 6), max_size=8))
def test_the_guess_of_blocks_is_that_of_the_whole(frames, cuts):
    magnitudes = magnitudes_of(frames)
    blocks = np.split(magnitudes, np.minimum(np.cumsum(cuts, dtype=int), frames), axis=1)
    assert_same_phase(streamed(blocks), st.pghi(magnitudes, STFT))


@pytest.mark.parametrize("jit", [False, True])
def test_a_compiled_stream_is_that_of_the_whole(jit):
    magnitudes = magnitudes_of(20)
    step, flush = (tf.function(way, jit_compile=jit) for way in (STREAM.step, STREAM.flush))
    phase = streamed(np.split(magnitudes, [1, 2, 8, 14], axis=1), step, flush)
    assert_same_phase(phase, st.pghi(magnitudes, STFT))


def test_each_frame_waits_for_the_next_one_alone():
    state = STREAM.initial_state((2,), tf.float64)
    phase, state = STREAM.step(magnitudes_of(7), state)
    assert phase.shape == (2, 6, 33)
    assert STREAM.step(magnitudes_of(1), state)[0].shape == (2, 1, 33)


def test_a_stream_of_nothing_has_no_phase():
    state = STREAM.initial_state((3,))
    phase, state = STREAM.step(np.zeros((3, 0, 33), np.float32), state)
    assert phase.shape == (3, 0, 33)
    assert STREAM.flush(state).shape == (3, 0, 33)


def test_gradient_flows_through_the_blocks():
    magnitudes = tf.constant(1.0 + magnitudes_of(12))

    def gradient(guess):
        with tf.GradientTape() as tape:
            tape.watch(magnitudes)
            value = tf.reduce_sum(tf.sin(guess(magnitudes)))
        return tape.gradient(value, magnitudes).numpy()

    whole = gradient(lambda values: st.pghi(values, STFT))
    blocks = gradient(lambda values: streamed([values[:, :5], values[:, 5:]]))
    assert np.max(np.abs(whole)) > 0
    np.testing.assert_allclose(blocks, whole, rtol=0, atol=1e-9 * np.max(np.abs(whole)))


@pytest.mark.parametrize("known", [0, 1, 2, 11, 12])
def test_known_phase_of_the_guess_goes_on_as_the_guess(known):
    magnitudes = magnitudes_of(12)
    whole = st.pghi(magnitudes, STFT)
    again = st.pghi(magnitudes, STFT, known_phase=whole[:, :known])
    assert_same_phase(again, whole)
    unknown_sizes = tf.function(
        lambda values, phase: st.pghi(values, STFT, known_phase=phase),
        input_signature=[tf.TensorSpec(None, tf.float64)] * 2,
    )
    assert_same_phase(unknown_sizes(magnitudes, whole[:, :known]), whole)


def test_known_phase_is_kept_and_carried_on(rng):
    time = np.arange(4000)
    spectrum = STFT(np.cos(0.7 * time + 1.0))
    guess = st.pghi(abs(spectrum), STFT, known_phase=st.angle(spectrum)[:50])
    assert_same_phase(guess[:50], st.angle(spectrum)[:50])
    # The tone goes on in its own phase, but for what the frames add up to.
    peak = np.argmax(np.abs(spectrum[100]))
    assert_same_phase(guess[50:60, peak], st.angle(spectrum)[50:60, peak], tolerance=0.3)


@pytest.mark.parametrize("integration", ["frames", "forest"])
def test_the_guess_does_not_depend_on_loudness(integration):
    magnitudes = magnitudes_of(12)
    guess = st.pghi(magnitudes, STFT, integration=integration)
    louder = st.pghi(2.0**20 * magnitudes, STFT, integration=integration)
    assert_same_phase(louder, guess, tolerance=1e-6)


@pytest.mark.parametrize("integration", ["frames", "forest"])
@pytest.mark.parametrize("n_fft", [1, 2, 3, 16])
@pytest.mark.parametrize("frames", [1, 2, 5])
def test_few_bins_few_frames_and_silence(integration, n_fft, frames, rng):
    stft = st.STFT(n_fft=n_fft, hop_length=1, window="boxcar")
    for magnitudes in (
        rng.uniform(size=(frames, n_fft // 2 + 1)),
        np.zeros((frames, 1 + n_fft // 2)),
    ):
        phase = st.pghi(magnitudes, stft, integration=integration)
        assert phase.shape == magnitudes.shape
        assert np.all(np.abs(phase) <= np.pi)


def test_half_precision_is_computed_in_single():
    magnitudes = magnitudes_of(9, np.float16)
    guess = st.pghi(magnitudes, STFT)
    assert guess.dtype == tf.float32
    expected = st.pghi(magnitudes.astype(np.float32), STFT)
    np.testing.assert_allclose(
        np.exp(1j * guess.numpy()), np.exp(1j * expected.numpy()), atol=1e-4
    )


def test_arguments_that_do_not_fit_are_refused():
    magnitudes = magnitudes_of(6)
    with pytest.raises(ValueError, match="transform must be an STFT; got None"):
        st.pghi(magnitudes, None)
    with pytest.raises(ValueError, match="transform must be an STFT; got None"):
        st.StreamingPGHI(None)
    with pytest.raises(ValueError, match=r"integration must be one of 'frames', 'forest'"):
        st.pghi(magnitudes, STFT, integration="heap")
    with pytest.raises(ValueError, match=r"magnitudes must be .*n_fft // 2 \+ 1 = 33"):
        st.pghi(magnitudes[..., :5], STFT)
    with pytest.raises(ValueError, match="known_phase must be None for an integration other"):
        st.pghi(magnitudes, STFT, integration="forest", known_phase=magnitudes)
    for wrong in (np.zeros((2, 7, 33)), np.zeros((2, 3, 32)), np.zeros((3, 3, 33)), np.zeros(33)):
        with pytest.raises(ValueError, match="known_phase must be of the first frames"):
            st.pghi(magnitudes, STFT, known_phase=wrong)
    with pytest.raises(ValueError, match="known_phase must be floating point"):
        st.pghi(magnitudes, STFT, known_phase=np.zeros((2, 3, 33), int))
    state = STREAM.initial_state((2,), tf.float64)
    for wrong in (magnitudes[0], magnitudes[..., :4], magnitudes.astype(np.float32)):
        with pytest.raises(ValueError, match="magnitudes must fit the float64"):
            STREAM.step(wrong, state)
    with pytest.raises(ValueError, match="magnitudes must be at least 0 and finite"):
        STREAM.step(-magnitudes, state)
