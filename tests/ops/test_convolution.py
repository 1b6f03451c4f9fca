"""Convolutions against SciPy's in float64, and streams of them against the whole."""

import numpy as np
import pytest
import scipy.signal
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as some

import spectrotools as st
from tests.tolerances import error_db

MODES = ["full", "same", "valid", "causal"]
# Short and long, either longer than the other, one transform and blocks of several.
SIZES = [(1, 1), (3, 1), (5, 5), (7, 1000), (1000, 7), (4096, 64), (40000, 65), (90000, 3000)]


def expected(audio: np.ndarray, response: np.ndarray, mode: str) -> np.ndarray:
    """SciPy's convolution of every pair of rows, in float64."""
    audio, response = audio.astype(np.float64), response.astype(np.float64)
    leading = np.broadcast_shapes(audio.shape[:-1], response.shape[:-1])
    audio = np.broadcast_to(audio, (*leading, audio.shape[-1]))
    response = np.broadcast_to(response, (*leading, response.shape[-1]))
    mode, cut = ("full", audio.shape[-1]) if mode == "causal" else (mode, None)
    rows = [scipy.signal.convolve(audio[i], response[i], mode)[:cut] for i in np.ndindex(leading)]
    return np.reshape(rows, (*leading, -1))


@pytest.mark.parametrize(("time", "taps"), SIZES)
@pytest.mark.parametrize("mode", MODES)
def test_every_mode_is_scipys(mode, time, taps, rng):
    audio, response = rng.standard_normal((2, time)), rng.standard_normal(taps)
    result = st.fft_convolve(audio, response, mode=mode)
    assert result.shape == expected(audio, response, mode).shape
    assert error_db(result, expected(audio, response, mode)) < -295
    audio, response = audio.astype(np.float32), response.astype(np.float32)
    single = st.fft_convolve(audio, response, mode=mode)
    assert error_db(single, expected(audio, response, mode)) < -126


@pytest.mark.parametrize("mode", MODES)
def test_sizes_that_only_the_graph_knows_give_the_same(mode, rng):
    specs = [[None, 7], [None, None], None]

    def convolve(audio, response):
        return st.fft_convolve(audio, response, mode=mode)

    for spec in specs:
        signature = [tf.TensorSpec(None, tf.float64), tf.TensorSpec(spec, tf.float64)]
        run = tf.function(convolve, input_signature=signature)
        for time, taps in ((3, 7), (1, 7), (500, 7), (30000, 7)):
            audio, response = rng.standard_normal((2, time)), rng.standard_normal((1, taps))
            assert error_db(run(audio, response), expected(audio, response, mode)) < -295


@pytest.mark.parametrize(
    ("audio", "response"),
    [((2, 3, 90), (5,)), ((90,), (2, 3, 5)), ((2, 1, 90), (3, 5)), ((1, 9000), (2, 5))],
)
def test_leading_axes_are_broadcast(audio, response, rng):
    audio, response = rng.standard_normal(audio), rng.standard_normal(response)
    for mode in MODES:
        result = st.fft_convolve(audio, response, mode=mode)
        assert error_db(result, expected(audio, response, mode)) < -295


def test_of_no_sample_there_is_the_silence_that_the_mode_counts():
    lengths = {m: st.fft_convolve(np.zeros([2, 0]), np.ones(4), mode=m).shape[-1] for m in MODES}
    assert lengths == {"full": 3, "same": 0, "valid": 0, "causal": 0}


@settings(max_examples=25, deadline=None)
@given(taps=some.integers(1, 60), cuts=some.lists(some.integers(0, 90), max_size=8))
def test_blocks_of_any_size_are_the_whole(taps, cuts):
    rng = np.random.default_rng(taps)
    audio, response = rng.standard_normal((2, sum(cuts))), rng.standard_normal((2, taps))
    parts, state = [np.zeros([2, 0])], None
    for block in np.split(audio, np.cumsum(cuts), axis=-1):
        part, state = st.fft_convolve(
            block, response, mode="causal", state=state, return_state=True
        )
        parts.append(part)
    whole = st.fft_convolve(audio, response, mode="causal")
    np.testing.assert_allclose(np.concatenate(parts, axis=-1), whole, rtol=0, atol=1e-12)
    heard = np.concatenate([np.zeros([2, taps - 1]), audio], axis=-1)
    np.testing.assert_array_equal(state, heard[:, heard.shape[-1] - taps + 1 :])


def test_a_stream_of_one_signal_goes_through_many_responses(rng):
    audio, response = rng.standard_normal(300), rng.standard_normal((3, 40))
    early, state = st.fft_convolve(audio[:100], response, mode="causal", return_state=True)
    late = st.fft_convolve(audio[100:], response, mode="causal", state=state)
    result = tf.concat([early, late], axis=-1)
    assert error_db(result, expected(audio, response, "causal")) < -295


@pytest.mark.parametrize(("time", "taps"), [(50, 9), (9, 50), (9000, 9)])
@pytest.mark.parametrize("mode", MODES)
def test_the_gradient_is_a_correlation(mode, time, taps, rng):
    """By the audio with the response, by the response with the audio: of the full convolution."""
    audio, response = rng.standard_normal((2, time)), rng.standard_normal(taps)
    upstream = rng.standard_normal(expected(audio, response, mode).shape)
    begin = {"same": (taps - 1) // 2, "valid": min(time, taps) - 1}.get(mode, 0)
    placed = np.zeros((2, time + taps - 1))
    placed[:, begin : begin + upstream.shape[-1]] = upstream
    point = tf.constant(audio), tf.constant(response)
    with tf.GradientTape() as tape:
        tape.watch(point)
        result = st.fft_convolve(*point, mode=mode)
    by_audio, by_response = tape.gradient(result, point, output_gradients=tf.constant(upstream))
    for row, mine in zip(placed, by_audio, strict=True):
        assert error_db(mine, scipy.signal.correlate(row, response, "valid")) < -290
    summed = sum(scipy.signal.correlate(p, x, "valid") for p, x in zip(placed, audio, strict=True))
    assert error_db(by_response, summed) < -285


@pytest.mark.parametrize(
    ("audio", "response", "wrong", "message"),
    [
        (np.zeros(9), np.zeros(0), {}, "impulse_response must have at least one tap; got"),
        (np.zeros(9), 1.0, {}, "impulse_response must have a time axis; got"),
        (1.0, np.zeros(9), {}, "audio must have a time axis; got"),
        (np.zeros(9), np.zeros(3, np.float32), {}, "audio and impulse_response must have one"),
        (np.zeros([2, 9]), np.zeros([3, 5]), {}, "audio and impulse_response must broadcast"),
        (np.zeros(9), np.zeros(3), {"mode": "circular"}, "mode must be one of 'full', 'same'"),
        (np.zeros(9), np.zeros(3), {"return_state": True}, "mode must be 'causal' to carry"),
        (np.zeros(9), np.zeros(3), {"state": np.zeros(2)}, "mode must be 'causal' to carry"),
        (
            np.zeros(9),
            np.zeros(3),
            {"mode": "causal", "state": np.zeros(3)},
            "state must be what the same op with the same settings left",
        ),
    ],
)
def test_what_does_not_fit_is_refused(audio, response, wrong, message):
    with pytest.raises(ValueError, match=message):
        st.fft_convolve(audio, response, **wrong)


def test_a_stream_needs_a_known_number_of_taps():
    spec = tf.TensorSpec([None], tf.float32)
    run = tf.function(
        lambda x, h: st.fft_convolve(x, h, mode="causal", return_state=True),
        input_signature=[spec, spec],
    )
    with pytest.raises(ValueError, match="impulse_response must have a known number of taps"):
        run.get_concrete_function()
