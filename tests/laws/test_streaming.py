"""Law: however a stream is cut, the whole comes out, both ways."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as some

from tests.catalog import having
from tests.tolerances import assert_close


def blocks(signal: np.ndarray, cuts: list[int], axis: int) -> list[np.ndarray]:
    return np.split(signal, np.minimum(np.cumsum(cuts), signal.shape[axis]), axis=axis)


@pytest.mark.parametrize("entry", having("streaming"))
@settings(max_examples=10, deadline=None)
@given(length=some.integers(0, 500), cuts=some.lists(some.integers(0, 150), max_size=8))
def test_analysis_of_blocks_is_that_of_the_whole(entry, length, cuts):
    transform = entry.value
    audio = np.random.default_rng(length).standard_normal((2, length))
    state = transform.initial_state((2,), tf.float64)
    parts = []
    for block in blocks(audio, cuts, axis=-1):
        part, state = transform.step(block, state)
        parts.append(part)
    parts.append(transform.flush(state))
    assert_close(tf.concat(parts, axis=-2), transform(audio), entry.k, np.float64)


@pytest.mark.parametrize("entry", having("streaming"))
@settings(max_examples=10, deadline=None)
@given(length=some.integers(0, 500), cuts=some.lists(some.integers(0, 9), max_size=8))
def test_synthesis_of_blocks_is_that_of_the_whole(entry, length, cuts):
    transform = entry.value
    coefficients = transform(np.random.default_rng(length).standard_normal((2, length))).numpy()
    whole = transform.inverse(coefficients, length=length)
    state = transform.initial_inverse_state((2,), tf.float64)
    parts = []
    for block in blocks(coefficients, cuts, axis=-2):
        part, state = transform.inverse_step(block, state)
        parts.append(part)
    parts.append(transform.inverse_flush(state, length=length))
    assert_close(tf.concat(parts, axis=-1), whole, entry.k, np.float64)


@pytest.mark.parametrize("entry", having("streaming"))
def test_a_stream_long_past_the_range_of_32_bits_stays_right(entry):
    transform, k = entry.value, entry.k
    ten_hours = 36000 * 192000  # samples, 1.6 times 2^32
    frames = ten_hours // transform.hop_length
    block = np.random.default_rng(0).standard_normal((1, 1000))
    state = transform.initial_inverse_state((1,), tf.float64)
    _, early = transform.inverse_step(transform(block), state)
    late = early._replace(frames=early.frames + frames)
    assert_close(
        transform.inverse_step(transform(block), late)[0],
        transform.inverse_step(transform(block), early._replace(frames=early.frames + 200))[0],
        k,
        np.float64,
    )
    heard = transform.initial_state((1,), tf.float64)
    _, heard = transform.step(block, heard)
    step = transform.hop_length
    later = heard._replace(samples=heard.samples + ten_hours // step * step)
    assert_close(transform.flush(later), transform.flush(heard), k, np.float64)
