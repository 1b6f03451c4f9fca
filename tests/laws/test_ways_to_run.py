"""Law: eager, graph and XLA agree, and everything lowers for a GPU."""

import numpy as np
import pytest
import tensorflow as tf

from tests.catalog import having
from tests.tolerances import assert_close


def agree(entry, result: tf.Tensor, expected: tf.Tensor, dtype: type) -> None:
    if "codes" in entry.traits:
        np.testing.assert_array_equal(result, expected)
    else:
        assert_close(result, expected, entry.k, dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("entry", having("xla"))
def test_eager_graph_and_xla_agree(entry, dtype, rng):
    audio = tf.constant(entry.make_input(rng, (2, 500), dtype))
    eager = entry.call(audio)
    agree(entry, tf.function(entry.call)(audio), eager, dtype)
    agree(entry, tf.function(entry.call, jit_compile=True)(audio), eager, dtype)


@pytest.mark.parametrize("entry", having("xla", "differentiable"))
def test_compiled_gradient_agrees_with_eager_and_is_compiled_once(entry, rng):
    def gradient(audio: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(audio)
            value = tf.reduce_sum(tf.abs(entry.call(audio)) ** 2)
        return tape.gradient(value, audio)

    audio = tf.constant(entry.make_input(rng, (2, 300)))
    compiled = tf.function(gradient, jit_compile=True)
    assert_close(compiled(audio), gradient(audio), entry.k, np.float64)
    # What XLA would have to know before it compiles is no parameter of the program.
    program = compiled.experimental_get_compiler_ir(audio)(stage="hlo")
    assert "parameter(0)" in program.split("ENTRY")[1]


@pytest.mark.parametrize("entry", having("xla"))
def test_lowers_for_a_gpu(entry, rng):
    audio = entry.make_input(rng, (2, 500), np.float32)
    function = tf.function(lambda audio: entry.call(audio), jit_compile=True)
    lower = function.experimental_get_compiler_ir(tf.TensorSpec(audio.shape, audio.dtype))
    assert "ENTRY" in lower(stage="hlo", platform_name="GPU")
