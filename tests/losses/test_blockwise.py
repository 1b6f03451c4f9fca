"""Losses that XLA computes by blocks: what else is in a batch changes nothing."""

import re

import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from spectrotools.losses import blockwise

STFT = st.STFT(n_fft=64)
LOSSES = [
    st.losses.MultiScaleSpectral([STFT]),
    st.losses.MultiScaleMel([st.LogMel(STFT, sample_rate=16000, n_mels=8)]),
    st.losses.SumDifference(st.losses.MultiScaleSpectral([STFT])),
]
SMOOTH = st.losses.MultiScaleSpectral(
    [STFT], magnitude=0.0, log_magnitude=0.0, squared_magnitude=1.0, squared_log_magnitude=1.0
)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Two signals of 480 samples in a block."""
    monkeypatch.setattr(blockwise, "_IN_BLOCK", 4000)


def graded(loss, target, audio):
    with tf.GradientTape() as tape:
        tape.watch([target, audio])
        value = loss(target, audio)
    return value, *tape.gradient(value, [target, audio])


def run(loss, target, audio, **settings):
    function = tf.function(lambda *given: graded(loss, *given), autograph=False, **settings)
    return function(tf.constant(target), tf.constant(audio))


def program(function, *given, stage: str) -> str:
    """What XLA makes of a function."""
    compiled = tf.function(function, jit_compile=True, autograph=False)
    return compiled.experimental_get_compiler_ir(*given)(stage=stage)


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: type(loss).__name__)
@pytest.mark.parametrize("batch", [1, 2, 7])
def test_blocks_are_the_whole(loss, batch, rng):
    target, audio = rng.standard_normal((2, batch, 2, 480))
    expected = graded(loss, tf.constant(target), tf.constant(audio))
    for result, wanted in zip(run(loss, target, audio, jit_compile=True), expected, strict=True):
        np.testing.assert_allclose(result, wanted, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("shape", [[None, None], [7, None], [None, 480]])
def test_sizes_may_be_unknown_until_xla_compiles(shape, rng):
    target, audio = rng.standard_normal((2, 7, 480))
    expected = graded(LOSSES[0], tf.constant(target), tf.constant(audio))
    spec = [tf.TensorSpec(shape, tf.float64)] * 2
    results = run(LOSSES[0], target, audio, jit_compile=True, input_signature=spec)
    for result, wanted in zip(results, expected, strict=True):
        np.testing.assert_allclose(result, wanted, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("jit", [None, False, True])
def test_terms_and_their_gradients_are_those_of_the_whole(jit, monkeypatch, rng):
    """Each term of each signal counts otherwise, which no gradient of the loss could know."""
    monkeypatch.setattr(blockwise, "_IN_CACHE", 1000)  # two signals in a part of a graph, too
    target, audio = map(tf.constant, rng.standard_normal((2, 7, 480)))
    weights = tf.constant(rng.standard_normal((2, 7)))

    def both(terms_of, target, audio):
        with tf.GradientTape() as tape:
            tape.watch([target, audio])
            terms = tf.stack(list(terms_of(target, audio).values()))
            value = tf.reduce_sum(weights * terms)
        return terms, *tape.gradient(value, [target, audio])

    def by_parts(target, audio):
        return both(LOSSES[0].terms, target, audio)

    call = by_parts if jit is None else tf.function(by_parts, jit_compile=jit, autograph=False)
    expected = both(LOSSES[0].measure, target, audio)
    for result, wanted in zip(call(target, audio), expected, strict=True):
        np.testing.assert_allclose(result, wanted, rtol=1e-9, atol=1e-12)


def test_a_batch_of_nothing_has_no_loss():
    loss = tf.function(LOSSES[0], jit_compile=True, autograph=False)
    assert loss(tf.zeros([0, 480]), tf.zeros([0, 480])).shape == (0,)


def test_the_gradient_has_a_gradient_by_blocks_too(rng):
    target, audio, weights = map(tf.constant, rng.standard_normal((3, 3, 480)))

    def slope(audio: tf.Tensor) -> tf.Tensor:
        return tf.reduce_sum(graded(SMOOTH, target, audio)[2] * weights)

    @tf.function(jit_compile=True, autograph=False)
    def bend(audio: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(audio)
            value = slope(audio)
        return tape.gradient(value, audio)

    direction, step = rng.standard_normal(audio.shape), 1e-5
    ends = [slope(audio + sign * step * direction) for sign in (1, -1)]
    expected = float(ends[0] - ends[1]) / (2 * step)
    assert float(tf.reduce_sum(bend(audio) * direction)) == pytest.approx(expected, rel=1e-4)


def test_xla_leaves_out_the_gradients_that_nobody_asks_for():
    """Each analysis is one transform, each gradient one back."""
    pair = tf.ones([7, 480]), tf.ones([7, 480])

    def of_audio(target: tf.Tensor, audio: tf.Tensor) -> tf.Tensor:
        return graded(LOSSES[0], target, audio)[2]

    made = {
        name: program(function, *pair, stage="optimized_hlo")
        for name, function in {"value": LOSSES[0], "gradient": of_audio}.items()
    }
    counts = {
        name: [len(re.findall(f"fft_type={kind}", text)) for kind in ("FFT", "IFFT")]
        for name, text in made.items()
    }
    assert counts == {"value": [2, 0], "gradient": [2, 1]}
    assert all("while(" in text for text in made.values())


def test_a_gpu_and_a_graph_take_the_batch_at_once(monkeypatch):
    pair = tf.ones([7, 480]), tf.ones([7, 480])
    graph = tf.function(lambda *given: LOSSES[0](*given), autograph=False)
    operations = {op.type for op in graph.get_concrete_function(*pair).graph.get_operations()}
    assert not {kind for kind in operations if "While" in kind}
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: [kind])
    assert "while(" not in program(lambda *given: LOSSES[0](*given), *pair, stage="hlo")


def test_a_gpu_hears_a_large_batch_at_once(monkeypatch):
    """Not part by part, each with launches of its own; but in a loop what is larger than that."""
    monkeypatch.setattr(blockwise, "_IN_BLOCK", 2**20)
    pair = tf.ones([64, 48000]), tf.ones([64, 48000])

    def transforms() -> int:
        graph = tf.function(lambda *given: LOSSES[0](*given), autograph=False)
        made = graph.get_concrete_function(*pair).graph.as_graph_def()
        functions = [made.node, *(each.node_def for each in made.library.function)]
        return sum(node.op == "RFFT" for nodes in functions for node in nodes)

    assert transforms() > 2 * len(LOSSES[0].stfts)
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: [kind])
    assert transforms() == 2 * len(LOSSES[0].stfts)
    monkeypatch.setattr(blockwise, "_ON_GPU", 1)
    assert "while(" in program(lambda *given: LOSSES[0](*given), *pair, stage="hlo")


@pytest.mark.parametrize("batch", [1, 5, 16, 1000])
@pytest.mark.parametrize("time", [0, 1, 480, 100000])
def test_blocks_are_even_and_none_is_empty(batch, time):
    count, size = blockwise._blocks(batch, time, 4.0)
    assert batch <= count * size < batch + count
    assert size == 1 or size * time * 4 <= 4000
    unknown = blockwise._blocks(tf.constant(batch), tf.constant(time), 4.0)
    assert tuple(map(int, unknown)) == (count, size)


def test_what_a_subclass_must_give():
    with pytest.raises(NotImplementedError):
        _ = blockwise.BlockwiseLoss().stfts
    with pytest.raises(NotImplementedError):
        blockwise.BlockwiseLoss().measure(tf.zeros([1, 1]), tf.zeros([1, 1]))
