"""Groups whose nodes keep sound back, or add channels; and groups that are none."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st

FRAMES, HOP = 12, 16
GRID = {"sample_rate": 16000, "hop_length": HOP}
TONE = ["amplitudes", "harmonics", "f0_hz"]


def tone_inputs(rng: np.random.Generator) -> dict[str, np.ndarray]:
    inputs = {
        "amplitudes": rng.standard_normal((2, FRAMES, 1)),
        "harmonics": rng.standard_normal((2, FRAMES, 5)),
        "f0_hz": rng.uniform(200, 400, (2, FRAMES, 1)),
        "gain": rng.standard_normal((2, FRAMES * HOP)),
        "phase": rng.standard_normal((2, FRAMES * HOP, 1)),
    }
    return {name: value.astype(np.float32) for name, value in inputs.items()}


def streamed(group, inputs: dict[str, np.ndarray], cuts: list[int]) -> tf.Tensor:
    state, parts, begin = group.initial_state((2,)), [], 0
    for end in [*cuts, FRAMES]:
        block = {
            name: value[:, begin * HOP : end * HOP]
            if name in ("gain", "phase")
            else value[:, begin:end]
            for name, value in inputs.items()
        }
        part, state = group.step(block, state)
        parts.append(part)
        begin = end
    return tf.concat([*parts, group.flush(state)], axis=-1)


@pytest.mark.parametrize("cuts", [[], [1], [5], [0, 3, 3, 11]])
def test_a_delay_waits_for_the_sound_that_its_controls_are_for(cuts, rng):
    """A synthesiser is late by a hop in a stream; controls from outside are not."""
    inputs, delay = tone_inputs(rng), {"center_ms": 2.0, "depth_ms": 1.0, "sample_rate": 16000}
    group = st.layers.ProcessorGroup(
        [
            (st.synths.Harmonic(name="tone", **GRID), TONE),
            (st.effects.ModDelay(name="late", **delay), ["tone/signal", "gain", "phase"]),
        ]
    )
    whole = group(inputs)
    np.testing.assert_allclose(streamed(group, inputs, cuts), whole, rtol=0, atol=1e-5)


@pytest.mark.parametrize("cuts", [[], [5], [0, 3, 3, 11]])
def test_effects_after_a_pan_remember_both_channels(cuts, rng):
    inputs = tone_inputs(rng)
    group = st.layers.ProcessorGroup(
        [
            (st.synths.Harmonic(name="tone", **GRID), TONE),
            (st.effects.Pan(name="place", position=0.3), ["tone/signal"]),
            (st.effects.Equalizer(name="tilt", sample_rate=16000), ["place/signal"]),
        ]
    )
    whole = group(inputs)
    assert whole.shape == (2, 2, FRAMES * HOP)
    np.testing.assert_allclose(streamed(group, inputs, cuts), whole, rtol=0, atol=1e-5)


@pytest.mark.parametrize("cuts", [[4], [0, 7], [2, 2, 9]])
def test_a_sum_waits_for_the_later_of_its_sounds(cuts, rng):
    first, second = rng.standard_normal((2, 2, 10)).astype(np.float32)
    add = st.effects.Add()
    state, parts = add.initial_state((2,)), []
    late = [cut // 2 for cut in cuts]
    pieces = zip(np.split(first, cuts, axis=1), np.split(second, late, axis=1), strict=True)
    for one, other in pieces:
        part, state = add.step(one, other, state)
        parts.append(part)
    np.testing.assert_allclose(tf.concat(parts, axis=-1), first + second, rtol=1e-6)


def test_controls_of_another_length_are_named():
    late = st.effects.ModDelay(sample_rate=16000)
    with pytest.raises(ValueError, match="audio and gain and phase must have the same length"):
        late(tf.zeros([1, 9]), tf.zeros([1, 8]), tf.zeros([1, 9]))


@pytest.mark.parametrize(
    "node",
    [
        (st.effects.Distortion(name="d"), "audio"),
        (keras.layers.Dense(1), ["audio"]),
        st.effects.Distortion(name="d"),
        None,
    ],
    ids=["one string", "no processor", "no keys", "nothing"],
)
def test_a_node_that_is_none_is_refused(node):
    with pytest.raises(ValueError, match=r"nodes must be \(processor, \[key, ...\]\) each"):
        st.layers.ProcessorGroup([node])


def test_a_function_that_could_not_be_loaded_is_not_saved():
    tone = st.synths.Harmonic(scale_fn=tf.abs, **GRID)
    with pytest.raises(ValueError, match=r"a function to be saved must be of keras\.ops"):
        tone.get_config()
    again = st.synths.Harmonic.from_config(
        st.synths.Harmonic(scale_fn=st.db_to_amplitude, **GRID).get_config()
    )
    assert again.scale_fn is st.db_to_amplitude


def test_a_rotation_by_an_exponential_is_compiled(rng):
    matrix = st.layers.Orthogonal(np.eye(4), form="exp")
    matrix.trainable_weights[0].assign(rng.standard_normal((4, 4)))
    compiled = tf.function(matrix.value, jit_compile=True)()
    np.testing.assert_allclose(compiled, matrix.value(), rtol=0, atol=1e-6)
