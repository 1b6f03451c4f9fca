"""Convolution by responses that change, against SciPy's convolutions and a crossfade of them."""

import numpy as np
import pytest
import scipy.signal
import tensorflow as tf

import spectrotools as st
from tests.tolerances import error_db


def expected(audio: np.ndarray, responses: np.ndarray, hop: int, mode: str) -> np.ndarray:
    """SciPy's convolution by each frame's response, and between two frames a raised cosine."""
    time, taps = audio.shape[-1], responses.shape[-1]
    begin = (taps - 1) // 2 if mode == "same" else 0
    heard = [scipy.signal.convolve(audio, h, "full")[begin : begin + time] for h in responses]
    heard.append(heard[-1])
    result = np.zeros(time)
    for n in range(time):
        frame = min(n // hop, len(responses) - 1)
        later = 0.5 - 0.5 * np.cos(np.pi * (n % hop) / hop)
        result[n] = (1 - later) * heard[frame][n] + later * heard[frame + 1][n]
    return result


@pytest.mark.parametrize("mode", ["same", "causal"])
@pytest.mark.parametrize(
    ("time", "hop", "frames", "taps"),
    [(100, 10, 10, 7), (100, 10, 11, 8), (95, 10, 10, 1), (30, 40, 1, 64), (7, 1, 7, 4)],
)
def test_adjacent_convolutions_are_crossfaded(time, hop, frames, taps, mode, rng):
    audio, responses = rng.standard_normal(time), rng.standard_normal((frames, taps))
    result = st.time_varying_convolve(audio, responses, hop_length=hop, mode=mode)
    assert error_db(result, expected(audio, responses, hop, mode)) < -290
    single = st.time_varying_convolve(
        audio.astype(np.float32), responses.astype(np.float32), hop_length=hop, mode=mode
    )
    assert error_db(single, expected(audio, responses, hop, mode)) < -120


@pytest.mark.parametrize("mode", ["same", "causal"])
def test_a_response_that_stays_is_an_ordinary_convolution(mode, rng):
    audio, response = rng.standard_normal((3, 1000)), rng.standard_normal(33)
    frames = np.broadcast_to(response, (16, 33))
    result = st.time_varying_convolve(audio, frames, hop_length=64, mode=mode)
    whole = [scipy.signal.convolve(row, response, "full") for row in audio]
    begin = 16 if mode == "same" else 0
    assert error_db(result, np.array(whole)[:, begin : begin + 1000]) < -290


@pytest.mark.parametrize("taps", [5, 6, 257])
def test_the_ddsp_convention_adds_up_hops_that_each_went_through_their_own(taps, rng):
    audio, responses, hop = rng.standard_normal(90), rng.standard_normal((9, taps)), 10
    total = np.zeros(90 + taps - 1)
    for frame, response in enumerate(responses):
        part = scipy.signal.convolve(audio[frame * hop :][:hop], response, "full")
        total[frame * hop :][: len(part)] += part
    begin = (taps - 1) // 2 - 1
    result = st.time_varying_convolve(audio, responses, hop_length=hop, convention="ddsp")
    assert error_db(result, total[begin : begin + 90]) < -290


def test_a_cutoff_may_sweep_and_leading_axes_are_broadcast(rng):
    cutoff = np.linspace(500.0, 4000.0, 11)
    responses = st.sinc_impulse_response(cutoff, sample_rate=16000, taps=129)
    audio = rng.standard_normal((2, 1000))
    swept = st.time_varying_convolve(audio, responses, hop_length=100)
    assert swept.shape == (2, 1000)
    for row, item in zip(swept, audio, strict=True):
        assert error_db(row, expected(item, responses.numpy(), 100, "same")) < -290


def test_sizes_that_only_the_graph_knows_give_the_same(rng):
    spec = [tf.TensorSpec([None, None], tf.float64), tf.TensorSpec([None, None, 9], tf.float64)]
    run = tf.function(
        lambda audio, responses: st.time_varying_convolve(audio, responses, hop_length=16),
        input_signature=spec,
    )
    for time in (1, 100, 1000):
        audio, responses = rng.standard_normal((2, time)), rng.standard_normal((1, 63, 9))
        responses = responses[:, : -(-time // 16)]
        for row, item in zip(run(audio, responses), audio, strict=True):
            assert error_db(row, expected(item, responses[0], 16, "same")) < -290
    with pytest.raises(tf.errors.InvalidArgumentError):
        run(np.zeros([1, 100]), np.zeros([1, 3, 9]))


def test_no_samples_give_none():
    assert st.time_varying_convolve(np.zeros([2, 0]), np.ones([1, 3]), hop_length=4).shape == (
        2,
        0,
    )


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"audio": 1.0}, "audio must have a time axis"),
        ({"audio": np.zeros([3, 90])}, "audio and impulse_responses must broadcast"),
        ({"impulse_responses": np.zeros(5)}, r"impulse_responses must be \[..., frames, taps\]"),
        ({"impulse_responses": np.zeros([9, 0])}, "impulse_responses must be"),
        ({"impulse_responses": np.zeros([3, 5])}, "the length of audio must be in"),
        ({"hop_length": 0}, "hop_length must be an integer of at least 1"),
        ({"mode": "full"}, "mode must be one of 'same', 'causal'"),
        ({"convention": ""}, "convention must be one of 'ddsp'"),
        ({"convention": "ddsp", "mode": "causal"}, "mode must be 'same' in a convention"),
    ],
)
def test_wrong_arguments_are_named(change, match):
    given = {"audio": np.zeros(90), "impulse_responses": np.zeros([2, 9, 5]), "hop_length": 10}
    given |= change
    with pytest.raises(ValueError, match=match):
        st.time_varying_convolve(given.pop("audio"), given.pop("impulse_responses"), **given)
