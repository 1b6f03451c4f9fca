"""A resampler in a stream: however the signal is cut, the whole comes out."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as some

import spectrotools as st

RATES = [(48000, 44100), (44100, 48000), (48000, 16000), (16000, 48000), (8000, 8000), (7, 5)]


def streamed(resampler: st.Resampler, audio: np.ndarray, cuts: list[int]) -> list[np.ndarray]:
    state = resampler.initial_state(audio.shape[:-1], audio.dtype)
    parts = []
    for block in np.split(audio, np.minimum(np.cumsum(cuts), audio.shape[-1]), axis=-1):
        part, state = resampler.step(block, state)
        parts.append(part)
    return [*parts, resampler.flush(state)]


@pytest.mark.parametrize("rates", RATES)
@settings(max_examples=12, deadline=None)
@given(
    length=some.integers(0, 1200),
    cuts=some.lists(some.integers(0, 400), max_size=6),
    zeros=some.sampled_from([3, 16, 64]),
)
def test_blocks_are_the_whole(rates, length, cuts, zeros):
    resampler = st.Resampler(sample_rate=rates[0], target_rate=rates[1], zeros=zeros)
    audio = np.random.default_rng(length).standard_normal((2, length))
    result = np.concatenate(streamed(resampler, audio, cuts), axis=-1)
    whole = resampler(audio)
    assert result.shape == whole.shape
    np.testing.assert_allclose(result, whole, rtol=0, atol=1e-13)


@pytest.mark.parametrize("rates", RATES)
def test_a_sample_waits_for_what_it_hears_and_no_longer(rates):
    source, target = rates
    resampler, audio = st.Resampler(sample_rate=source, target_rate=target), np.ones(1000)
    early, _ = resampler.step(audio, resampler.initial_state(dtype=tf.float64))
    reach = 0.0 if source == target else 64 * max(1.0, source / target)
    complete = [m for m in range(4000) if m * source / target + reach <= 999 + 1e-9]
    assert len(early) == len(complete)


def test_a_stream_is_traced_once_for_blocks_of_any_size(rng):
    resampler, traces = st.Resampler(sample_rate=3, target_rate=2, zeros=8), []

    @tf.function(
        input_signature=[tf.TensorSpec([None]), tf.TensorSpec([None]), tf.TensorSpec([], tf.int64)]
    )
    def step(block, buffer, samples):
        traces.append(block)
        state = resampler.initial_state()._replace(buffer=buffer, samples=samples)
        return resampler.step(block, state)

    audio, state, parts = (
        rng.standard_normal(500).astype(np.float32),
        resampler.initial_state(),
        [],
    )
    for block in np.split(audio, [7, 100, 350]):
        part, state = step(block, *state)
        parts.append(part)
    result = np.concatenate([*parts, resampler.flush(state)])
    np.testing.assert_allclose(result, resampler(audio), rtol=0, atol=1e-6)
    assert len(traces) == 1


def test_after_ten_hours_a_stream_is_as_right_as_at_first(rng):
    resampler = st.Resampler(sample_rate=48000, target_rate=44100)
    block = rng.standard_normal(1000)
    _, state = resampler.step(block, resampler.initial_state(dtype=tf.float64))
    late = state._replace(samples=state.samples + 36000 * 48000)
    np.testing.assert_array_equal(resampler.step(block, late)[0], resampler.step(block, state)[0])
    np.testing.assert_array_equal(resampler.flush(late), resampler.flush(state))


@pytest.mark.parametrize("block", [np.zeros([3, 9]), np.zeros([2, 9], np.float32)])
def test_a_block_has_to_fit_the_state(block):
    resampler = st.Resampler(sample_rate=3, target_rate=2)
    with pytest.raises(
        ValueError, match=r"block must fit the float64 \(2, 96\) of the state; got"
    ):
        resampler.step(block, resampler.initial_state([2], tf.float64))


@pytest.mark.parametrize("half", [tf.float16, tf.bfloat16])
def test_a_stream_of_half_precision_is_the_whole(half, rng):
    audio = tf.cast(rng.uniform(-1, 1, 400), half)
    stream = st.Resampler(sample_rate=3, target_rate=2)
    early, state = stream.step(audio, stream.initial_state(dtype=half))
    whole = tf.concat([early, stream.flush(state)], axis=0)
    np.testing.assert_array_equal(whole, stream(audio))
