"""A loudness meter in a stream: of any blocks it says what it says of the whole."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as some

import spectrotools as st

RATE = 8000


def streamed(meter: st.LoudnessMeter, audio: np.ndarray, cuts: list[int]) -> list[np.ndarray]:
    leading = audio.shape[:-1] if meter.layout is None else audio.shape[:-2]
    state, momentary, short_term = meter.initial_state(leading), [], []
    for block in np.split(audio, np.minimum(np.cumsum(cuts), audio.shape[-1]), axis=-1):
        current, state = meter.step(block, state)
        momentary.append(current.momentary)
        short_term.append(current.short_term)
    currently = [np.concatenate(parts, axis=-1) for parts in (momentary, short_term)]
    return [*currently, *meter.flush(state)]


@pytest.mark.parametrize(
    ("rate", "layout", "channels"),
    [(8000, None, (3,)), (11025, "stereo", (2, 2)), (8000, "5.1", (6,))],
)
@settings(max_examples=6, deadline=None)
@given(length=some.integers(0, 5 * RATE), cuts=some.lists(some.integers(0, 2 * RATE), max_size=6))
def test_blocks_are_the_whole(rate, layout, channels, length, cuts):
    meter = st.LoudnessMeter(sample_rate=rate, layout=layout)
    rng = np.random.default_rng(length)
    swell = 10 ** (2 * np.sin(np.arange(length) / rate) - 2)
    audio = swell * rng.standard_normal((*channels, length))
    for result, whole in zip(streamed(meter, audio, cuts), meter(audio), strict=True):
        assert result.shape == whole.shape
        np.testing.assert_allclose(result, whole, rtol=0, atol=1e-9)


def test_called_it_is_the_four_measures(rng):
    audio = rng.standard_normal((2, 2, 4 * RATE)).astype(np.float32)
    programme = {"sample_rate": RATE, "layout": "stereo"}
    result = st.LoudnessMeter(**programme)(audio)
    measures = [
        st.momentary_loudness,
        st.short_term_loudness,
        st.integrated_loudness,
        st.loudness_range,
    ]
    for part, measure in zip(result, measures, strict=True):
        assert part.dtype == tf.float32
        np.testing.assert_array_equal(part, measure(audio, **programme))


def test_a_stream_goes_on_after_it_was_read(rng):
    meter, audio = st.LoudnessMeter(sample_rate=RATE), rng.standard_normal(2 * RATE)
    _, state = meter.step(audio[:RATE], meter.initial_state())
    early = meter.flush(state)
    assert float(early.integrated) == pytest.approx(float(meter(audio[:RATE]).integrated))
    _, state = meter.step(audio[RATE:], state)
    assert float(meter.flush(state).integrated) == pytest.approx(float(meter(audio).integrated))


def test_a_stream_is_traced_once_for_blocks_of_any_size(rng):
    meter, traces = st.LoudnessMeter(sample_rate=RATE, layout="stereo"), []

    @tf.function(
        input_signature=[
            tf.TensorSpec([2, None], tf.float64),
            tf.TensorSpec([2, 3, 2], tf.float64),
            tf.TensorSpec([2, None], tf.float64),
            tf.TensorSpec([None], tf.float64),
        ]
    )
    def step(block, *parts):
        traces.append(block)
        return meter.step(block, type(meter.initial_state())(*parts))

    audio, state, parts = rng.standard_normal((2, 2 * RATE)), meter.initial_state(), []
    for block in np.split(audio, [7, 1000, 9000], axis=1):
        current, state = step(block, *state)
        parts.append(current.momentary)
    np.testing.assert_allclose(np.concatenate(parts), meter(audio).momentary, rtol=0, atol=1e-9)
    assert len(traces) == 1


def test_a_block_and_a_state_have_to_fit():
    meter = st.LoudnessMeter(sample_rate=RATE, layout="stereo")
    with pytest.raises(
        ValueError, match=r"block must have the leading axes \(3, 2\) of the state"
    ):
        meter.step(np.zeros([2, 9]), meter.initial_state([3]))
    with pytest.raises(ValueError, match=r"block must be \[..., 2, time\] for layout 'stereo'"):
        meter.step(np.zeros([3, 9]), meter.initial_state())
    for wrong in (lambda: meter.step(np.zeros([2, 9]), None), lambda: meter.flush(None)):
        with pytest.raises(ValueError, match="state must be that of initial_state or of the step"):
            wrong()


def test_a_layout_has_a_name():
    with pytest.raises(ValueError, match="layout must be one of 'mono', 'stereo'"):
        st.LoudnessMeter(sample_rate=RATE, layout="quad")
