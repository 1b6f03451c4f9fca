"""Crossfades and panning against their gains, the sums that stay the same, and DDSP's."""

import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st


@pytest.mark.parametrize("law", ["linear", "equal_power"])
def test_the_ends_of_a_crossfade_are_the_sounds_alone(law, rng):
    first, second = rng.standard_normal((2, 3, 50))
    np.testing.assert_array_equal(st.crossfade(first, second, 0.0, law=law), first)
    np.testing.assert_array_equal(st.crossfade(first, second, 1.0, law=law), second)


def test_crossfades_keep_the_sum_or_the_power(rng):
    sound, mix = rng.standard_normal((2, 400)), rng.uniform(0, 1, (2, 400))
    np.testing.assert_allclose(st.crossfade(sound, sound, mix, law="linear"), sound, rtol=1e-13)
    apart = st.crossfade(sound, 0 * sound, mix), st.crossfade(0 * sound, sound, mix)
    power = apart[0] ** 2 + apart[1] ** 2
    np.testing.assert_allclose(power, sound**2, rtol=1e-13)
    for_each = st.crossfade(sound, -sound, np.array([0.25, 0.75]), law="linear")
    np.testing.assert_allclose(for_each, sound * np.array([[0.5], [-0.5]]), rtol=1e-13)


def test_a_mix_of_ddsp_has_its_gains():
    """A mix of 0 is silent and one of 1 the sum of both."""
    first, second = np.ones(5), np.full(5, 10.0)
    mix = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
    expected = np.sqrt(mix) + 10 * (1 - np.sqrt(1 - mix))
    result = st.crossfade(first, second, mix, convention="ddsp")
    np.testing.assert_allclose(result, expected, rtol=1e-13)
    assert result[0] == 0.0
    assert result[4] == 11.0


@pytest.mark.parametrize("law", ["linear", "equal_power"])
def test_crossfade_is_differentiable_in_the_mix_up_to_its_ends(law):
    """Of 1 to 3 by lines the slope is 2; by sines it is pi / 2 (3 cos - sin) of pi m / 2."""
    mix = tf.constant([0.0, 0.3, 1.0], tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(mix)
        faded = st.crossfade(np.ones(3), np.full(3, 3.0), mix, law=law)
    turn = np.pi / 2 * mix.numpy()
    expected = np.pi / 2 * (3 * np.cos(turn) - np.sin(turn)) if law == "equal_power" else 2.0
    np.testing.assert_allclose(tape.gradient(faded, mix), expected, rtol=1e-12)


LAWS = {"linear": 20 * np.log10(0.5), "-4.5dB": 30 * np.log10(0.5) / 2, "equal_power": -3.0103}


@pytest.mark.parametrize("law", LAWS)
def test_panning_has_its_level_in_the_middle_and_one_side_at_the_ends(law, rng):
    sound = rng.standard_normal((3, 2, 40))
    ends = st.pan(sound, np.array([[-1.0, 1.0]] * 3), law=law).numpy()
    assert ends.shape == (3, 2, 2, 40)
    np.testing.assert_allclose(ends[:, 0, 0], sound[:, 0], rtol=1e-14)
    np.testing.assert_allclose(ends[:, 1, 1], sound[:, 1], rtol=1e-14)
    np.testing.assert_allclose(ends[:, 0, 1], 0.0, atol=1e-15)
    np.testing.assert_allclose(ends[:, 1, 0], 0.0, atol=1e-15)
    middle = st.pan(sound, 0.0, law=law).numpy()
    np.testing.assert_allclose(middle[..., 0, :], middle[..., 1, :], rtol=1e-14)
    level = 20 * np.log10(np.abs(middle[..., 0, :] / sound))
    np.testing.assert_allclose(level, LAWS[law], atol=1e-4)


def test_panning_keeps_the_sum_or_the_power_or_what_is_between(rng):
    position = rng.uniform(-1, 1, 300)
    left, right = np.moveaxis(st.pan(np.ones(300), position, law="linear").numpy(), -2, 0)
    np.testing.assert_allclose(left + right, 1.0, rtol=1e-13)
    sine = np.moveaxis(st.pan(np.ones(300), position).numpy(), -2, 0)
    np.testing.assert_allclose(np.sum(sine**2, axis=0), 1.0, rtol=1e-13)
    both = np.moveaxis(st.pan(np.ones(300), position, law="-4.5dB").numpy(), -2, 0)
    np.testing.assert_allclose(both, np.sqrt(np.stack([left, right]) * sine), rtol=1e-12)


@pytest.mark.parametrize("law", LAWS)
def test_pan_is_differentiable_up_to_its_ends(law):
    position = tf.constant([-1.0, -0.4, 0.0, 0.9, 1.0], tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(position)
        heard = st.pan(np.ones(5), position, law=law)[0]  # the left
    gradient = tape.gradient(heard, position).numpy()
    inner = np.clip(position.numpy(), -1 + 1e-6, 1 - 1e-6)
    gains = [st.pan(np.ones(5), inner + step, law=law).numpy()[0] for step in (-1e-6, 1e-6)]
    np.testing.assert_allclose(gradient, (gains[1] - gains[0]) / 2e-6, atol=2e-6)


@pytest.mark.parametrize(
    ("arguments", "wrong", "message"),
    [
        ((np.ones(9), np.ones(9), 1.5), {}, r"mix must be finite and in \[0, 1\]; got 1.5"),
        ((np.float64(1), np.ones(9), 0.5), {}, "first must have a time axis; got"),
        ((np.ones(9), np.float64(1), 0.5), {}, "second must have a time axis; got"),
        ((np.ones(9), np.ones(8), 0.5), {}, "first and second must broadcast; got"),
        ((np.ones(9), np.ones(9, np.float32), 0.5), {}, "first and second must have one dtype"),
        ((np.ones((2, 9)), np.ones(9), np.ones(3)), {}, "first and mix must broadcast; got"),
        ((np.ones(9), np.ones(9), np.ones(8)), {}, "mix must have as many samples as audio"),
        ((np.ones(9), np.ones(9), 0.5), {"law": "sine"}, "law must be one of 'linear', 'equal"),
        ((np.ones(9), np.ones(9), 0.5), {"convention": "sox"}, "convention must be one of 'ddsp'"),
    ],
)
def test_a_crossfade_that_is_none_is_refused(arguments, wrong, message):
    with pytest.raises(ValueError, match=message):
        st.crossfade(*arguments, **wrong)


@pytest.mark.parametrize(
    ("audio", "position", "wrong", "message"),
    [
        (np.float64(1), 0.0, {}, "audio must have a time axis; got"),
        (np.ones(9), -1.1, {}, r"position must be finite and in \[-1, 1\]; got -1.1"),
        (np.ones(9), np.ones(8), {}, "position must have as many samples as audio"),
        (np.ones((2, 9)), np.ones(3), {}, "audio and position must broadcast; got"),
        (np.ones(9), 0.0, {"law": "sine"}, "law must be one of 'linear', '-4.5dB', 'equal_pow"),
    ],
)
def test_a_place_that_is_none_is_refused(audio, position, wrong, message):
    with pytest.raises(ValueError, match=message):
        st.pan(audio, position, **wrong)
