"""Partitioned convolution of streams and wholes against SciPy's convolution in float64."""

import numpy as np
import pytest
import scipy.signal
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as some

import spectrotools as st
from tests.tolerances import error_db


def expected(audio: np.ndarray, response: np.ndarray) -> np.ndarray:
    audio, response = audio.astype(np.float64), response.astype(np.float64)
    return np.stack([scipy.signal.convolve(row, response)[: len(row)] for row in audio])


@pytest.mark.parametrize(
    ("time", "taps", "block_size"),
    [(1, 1, 1), (10, 3, 4), (500, 1000, 64), (1000, 64, 64), (1000, 65, 64), (900, 300, 7)],
)
def test_the_whole_is_scipys(time, taps, block_size, rng):
    audio, response = rng.standard_normal((2, time)), rng.standard_normal(taps)
    result = st.partitioned_convolve(audio, response, block_size=block_size)
    assert error_db(result, expected(audio, response)) < -290
    audio, response = audio.astype(np.float32), response.astype(np.float32)
    single = st.partitioned_convolve(audio, response, block_size=block_size)
    assert error_db(single, expected(audio, response)) < -126


@settings(max_examples=25, deadline=None)
@given(
    block_size=some.integers(1, 20),
    taps=some.integers(1, 90),
    blocks=some.lists(some.integers(0, 6), max_size=8),
)
def test_blocks_of_any_number_are_the_whole(block_size, taps, blocks):
    rng = np.random.default_rng(taps)
    time = block_size * sum(blocks)
    audio, response = rng.standard_normal((2, time)), rng.standard_normal(taps)
    spectra = st.partition_response(response, block_size=block_size)
    parts, state = [np.zeros([2, 0])], None
    for block in np.split(audio, block_size * np.cumsum(blocks), axis=-1):
        part, state = st.partitioned_convolve(
            block, spectra, block_size=block_size, state=state, return_state=True
        )
        parts.append(part)
    result = np.concatenate(parts, axis=-1)
    if time:
        np.testing.assert_allclose(result, expected(audio, response), rtol=0, atol=1e-12)
    assert result.shape == (2, time)
    heard = np.pad(audio, ((0, 0), (block_size, 0)))[:, time:]
    np.testing.assert_array_equal(state.block, heard)


def test_one_signal_goes_through_many_responses(rng):
    audio, response = rng.standard_normal(60), rng.standard_normal((3, 2, 40))
    early, state = st.partitioned_convolve(audio[:20], response, block_size=10, return_state=True)
    late = st.partitioned_convolve(audio[20:], response, block_size=10, state=state)
    result = tf.concat([early, late], axis=-1).numpy()
    for i in range(3):
        for j in range(2):
            assert error_db(result[i, j], expected(audio[None], response[i, j])[0]) < -290


@pytest.mark.parametrize("time", [32, 320])
def test_the_gradient_is_a_correlation(time, rng):
    audio, response = rng.standard_normal(time), rng.standard_normal(50)
    upstream = rng.standard_normal(time)
    point = tf.constant(audio), tf.constant(response)
    with tf.GradientTape() as tape:
        tape.watch(point)
        result = st.partitioned_convolve(*point, block_size=16)
    by_audio, by_response = tape.gradient(result, point, output_gradients=tf.constant(upstream))
    placed = np.pad(upstream, (0, 49))
    assert error_db(by_audio, scipy.signal.correlate(placed, response, "valid")) < -285
    correlation = scipy.signal.correlate(placed, audio)
    assert error_db(by_response, correlation[time - 1 : time + 49]) < -285


def test_a_stream_of_unknown_length_is_checked_when_it_runs(rng):
    response = rng.standard_normal(50)
    run = tf.function(
        lambda x: st.partitioned_convolve(x, response, block_size=16, return_state=True),
        input_signature=[tf.TensorSpec([None, None], tf.float64)],
    )
    audio = rng.standard_normal((2, 160))
    assert error_db(run(audio).audio, expected(audio, response)) < -290
    with pytest.raises(tf.errors.InvalidArgumentError, match="a multiple of block_size=16"):
        run(audio[:, :40])


@pytest.mark.parametrize(
    ("audio", "response", "wrong", "message"),
    [
        (np.zeros(8), np.zeros(0), {}, "impulse_response must have a known number of taps"),
        (np.zeros(8), np.zeros(9), {"block_size": 0}, "block_size must be an integer of at least"),
        (np.zeros(8), np.zeros(9, np.float32), {}, "audio and impulse_response must have one"),
        (np.zeros(8), np.zeros([2, 4], complex), {}, "impulse_response must be real or complex"),
        (np.zeros(8), np.zeros([2, 5], np.complex64), {}, "must be real or complex128"),
        (np.zeros(9), np.zeros(9), {"return_state": True}, "audio must be a multiple of block"),
        (0.0, np.zeros(9), {}, "audio must have a time axis; got"),
        (np.zeros([2, 8]), np.zeros([3, 9]), {}, "audio and impulse_response must broadcast"),
        (
            np.zeros(8),
            np.zeros(9),
            {"state": (np.zeros([1, 5], complex), np.zeros(4))},
            "state must be what the same op with the same settings left",
        ),
    ],
)
def test_what_does_not_fit_is_refused(audio, response, wrong, message):
    with pytest.raises(ValueError, match=message):
        st.partitioned_convolve(audio, response, **{"block_size": 4, **wrong})
