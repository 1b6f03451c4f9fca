"""Decoders beside what NumPy makes of their weights, and in blocks."""

import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st

OUTPUTS = (("amplitudes", 1), ("harmonic_distribution", 5), ("magnitudes", 9))
SIZES = {"rnn_units": 8, "units": 6, "layers": 2}


def features_of(rng: np.random.Generator, frames: int = 12) -> dict[str, tf.Tensor]:
    names = ("loudness_scaled", "f0_scaled")
    shape = (2, frames, 1)
    return {name: tf.constant(rng.uniform(0, 1, shape), tf.float32) for name in names}


def dense(layer, x: np.ndarray) -> np.ndarray:
    kernel, bias = (np.asarray(weight, np.float64) for weight in layer.weights)
    return x @ kernel + bias


def stacked(stack, x: np.ndarray) -> np.ndarray:
    for layer, norm in zip(stack.dense, stack.norms, strict=True):
        x = dense(layer, x)
        scale, shift = (np.asarray(weight, np.float64) for weight in norm.weights)
        x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-3)
        x = x * scale + shift
        x = np.where(x > 0, x, 0.2 * x)
    return x


def gated(rnn, x: np.ndarray) -> np.ndarray:
    """Cho's gated recurrent unit in the form of cuDNN, whose reset comes after the product."""
    kernel, recurrent, bias = (np.asarray(weight, np.float64) for weight in rnn.weights)
    sigmoid = lambda value: 1.0 / (1.0 + np.exp(-value))  # noqa: E731
    state, states = np.zeros((x.shape[0], recurrent.shape[0])), []
    for frame in np.swapaxes(x, 0, 1):
        given = np.split(frame @ kernel + bias[0], 3, axis=-1)
        held = np.split(state @ recurrent + bias[1], 3, axis=-1)
        update, reset = sigmoid(given[0] + held[0]), sigmoid(given[1] + held[1])
        state = update * state + (1 - update) * np.tanh(given[2] + reset * held[2])
        states.append(state)
    return np.stack(states, axis=1)


def random_weights(layer, rng: np.random.Generator) -> None:
    layer.set_weights([0.5 * rng.standard_normal(weight.shape) for weight in layer.weights])


def test_a_recurrent_decoder_is_its_published_arithmetic(rng):
    decoder, features = st.models.RecurrentDecoder(outputs=OUTPUTS, **SIZES), features_of(rng)
    decoder(features)
    random_weights(decoder, rng)
    heard = [
        stacked(stack, np.asarray(features[name], np.float64))
        for name, stack in zip(decoder.inputs, decoder.input_stacks, strict=True)
    ]
    recurrent = gated(decoder.rnn, np.concatenate(heard, axis=-1))
    last = stacked(decoder.output_stack, np.concatenate([*heard, recurrent], axis=-1))
    expected = np.split(dense(decoder.dense_out, last), np.cumsum([1, 5]), axis=-1)
    found = decoder(features)
    for (name, _), value in zip(OUTPUTS, expected, strict=True):
        np.testing.assert_allclose(found[name], value, rtol=0, atol=2e-5)


@pytest.mark.parametrize("cuts", [[], [1], [5, 6], list(range(1, 12)), [0, 3, 3, 12]])
def test_blocks_are_the_whole(cuts, rng):
    decoder, features = st.models.RecurrentDecoder(outputs=OUTPUTS, **SIZES), features_of(rng)
    whole = decoder(features)
    state, blocks, begin = decoder.initial_state(2), [], 0
    for end in [*cuts, 12]:
        given = {name: value[:, begin:end] for name, value in features.items()}
        block, state = decoder.step(given, state)
        blocks.append(block)
        begin = end
    for name, value in whole.items():
        joined = tf.concat([block[name] for block in blocks], axis=1)
        np.testing.assert_allclose(joined, value, rtol=0, atol=1e-6)


def test_wrong_settings_are_refused(rng):
    for name in ("rnn_units", "units"):
        with pytest.raises(ValueError, match=f"{name} must be an integer of at least 1"):
            st.models.RecurrentDecoder(**{name: 0})
    with pytest.raises(ValueError, match="layers must be an integer of at least 0"):
        st.models.RecurrentDecoder(layers=-1)
    with pytest.raises(ValueError, match="inputs must have at least one name"):
        st.models.RecurrentDecoder(inputs=[])
    with pytest.raises(ValueError, match="outputs must have at least one name"):
        st.models.RecurrentDecoder(outputs=[])
    with pytest.raises(ValueError, match="inputs and outputs must each have names of their own"):
        st.models.RecurrentDecoder(inputs=["f0_scaled", "f0_scaled"])
    with pytest.raises(ValueError, match="amplitudes must be an integer of at least 1"):
        st.models.RecurrentDecoder(outputs=[("amplitudes", 0)])
    with pytest.raises(ValueError, match="features must have 'f0_scaled'"):
        st.models.RecurrentDecoder()({"loudness_scaled": tf.zeros([1, 2, 1])})


def test_a_decoder_of_ones_own_that_does_not_stream_says_so():
    decoder = st.models.Decoder(inputs=["f0_scaled"], outputs=OUTPUTS)
    with pytest.raises(NotImplementedError, match="Decoder has no decode"):
        decoder.decode([])
    with pytest.raises(ValueError, match="decoder must stream; got Decoder"):
        decoder.initial_state(1)
    with pytest.raises(ValueError, match="decoder must stream; got Decoder"):
        decoder.decode_step([], None)


def test_what_follows_loudness_falls_as_it_does():
    """An untrained tone is as loud as it is told, within what exp_sigmoid bends."""
    group = st.models.harmonic_plus_noise(sample_rate=16000, hop_length=64, reverb_length=None)
    model = st.models.Autoencoder.preset("tiny", processor_group=group)
    told = np.array([-60.0, -40.0, -20.0, 0.0], np.float32)
    batch = {
        "f0_hz": tf.fill([4, 250], 1000.0),
        "loudness_db": tf.tile(told[:, None], [1, 250]),
    }
    model.build({name: part.shape for name, part in batch.items()})
    for weight in model.decoder.trainable_variables:
        weight.assign(tf.zeros_like(weight))
    heard = st.loudness(model(batch)["audio"], sample_rate=16000, hop_length=64, convention="ddsp")
    np.testing.assert_allclose(heard[:, 125], told, atol=6.0)


def test_what_follows_is_named_and_has_loudness():
    with pytest.raises(ValueError, match="following must name outputs"):
        st.models.RecurrentDecoder(following={"loud": 0.0})
    with pytest.raises(ValueError, match="inputs must have 'loudness_scaled' to be followed"):
        st.models.RecurrentDecoder(inputs=["f0_scaled"], following={"amplitudes": 0.0})
    with pytest.raises(ValueError, match=r"amplitudes.* must be a number"):
        st.models.RecurrentDecoder(following={"amplitudes": "loud"})


def test_what_follows_is_kept():
    decoder = st.models.RecurrentDecoder(following={"amplitudes": -1.0})
    again = st.models.RecurrentDecoder.from_config(decoder.get_config())
    assert again.following == {"amplitudes": -1.0}
