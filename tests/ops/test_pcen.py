"""Normalised spectrograms beside librosa's, as a stream, and their gradients."""

import librosa
import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from tests.tolerances import assert_close

GRID = {"sample_rate": 16000, "hop_length": 256}
PARAMETERS = {"gain": 0.8, "bias": 1.5, "power": 0.4, "time_constant": 0.1}


def librosas(energies, **settings):
    return librosa.pcen(energies, sr=16000, hop_length=256, axis=-2, **settings)


@pytest.mark.parametrize("frames", [1, 15, 16, 17, 300])
@pytest.mark.parametrize("settings", [{}, PARAMETERS, {"gain": 0.0, "eps": 1e-3}])
def test_it_is_librosas(frames, settings, rng):
    energies = 1e5 * rng.exponential(size=(2, frames, 5))
    expected = librosas(energies, **settings)
    assert_close(st.pcen(energies, **settings, **GRID), expected, 256, np.float64)
    single = st.pcen(energies.astype(np.float32), **settings, **GRID)
    assert_close(single, expected, 64, np.float32)


def test_a_time_constant_of_each_band_is_librosas_of_each(rng):
    energies, seconds = rng.exponential(size=(2, 50, 3)), [0.05, 0.4, 2.0]
    expected = [
        librosas(energies[..., i : i + 1], time_constant=seconds[i], gain=gain)
        for i, gain in enumerate([0.5, 0.98, 1.0])
    ]
    found = st.pcen(energies, gain=[0.5, 0.98, 1.0], time_constant=seconds, **GRID)
    assert_close(found, np.concatenate(expected, axis=-1), 256, np.float64)


def test_a_stationary_background_goes_to_a_constant_whatever_its_level():
    """At gain 1 and far above eps: the roots of 1 + 2 and of 2."""
    levels = np.array([1e2, 1e5, 1e9])
    found = st.pcen(np.tile(levels, (4000, 1)), gain=1.0, **GRID)
    np.testing.assert_allclose(found[-1], np.sqrt(3.0) - np.sqrt(2.0), rtol=1e-6)


@pytest.mark.parametrize("seconds", [0.4, [0.1, 0.4, 1.0]])
@pytest.mark.parametrize("cuts", [(0, 1, 60), (16, 17, 33), (5,)])
def test_a_stream_is_the_whole(cuts, seconds, rng):
    energies, state, parts = rng.exponential(size=(2, 60, 3)), None, []
    settings = {"time_constant": seconds, **GRID}
    for block in np.split(energies, cuts, axis=-2):
        part, state = st.pcen(block, state=state, return_state=True, **settings)
        parts.append(part)
    assert_close(tf.concat(parts, axis=-2), st.pcen(energies, **settings), 64, np.float64)


def test_a_graph_that_does_not_know_the_frames_gives_the_same_of_many(rng):
    energies = rng.exponential(size=(1, 5000, 2)).astype(np.float32)
    spec = [tf.TensorSpec([None, None, 2], tf.float32)]
    run = tf.function(lambda x: st.pcen(x, **GRID), input_signature=spec)
    assert_close(run(energies), librosas(energies.astype(np.float64)), 64, np.float32)


@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("shape", [(), (3,)])
@pytest.mark.parametrize("name", list(PARAMETERS))
def test_gradients_by_parameters_are_those_of_librosas_differences(name, shape, jit, rng):
    energies, weights = rng.exponential(size=(2, 40, 3)), rng.standard_normal((2, 40, 3))

    @tf.function(jit_compile=jit)
    def slope(value):
        with tf.GradientTape() as tape:
            tape.watch(value)
            result = st.pcen(energies, **(PARAMETERS | {name: value}), **GRID)
            total = tf.reduce_sum(result * weights)
        return tape.gradient(total, value)

    def total(step):
        settings = PARAMETERS | {name: PARAMETERS[name] + step}
        return np.sum(librosas(energies, **settings) * weights)

    expected = (total(1e-6) - total(-1e-6)) / 2e-6
    gradient = slope(tf.fill(shape, tf.constant(PARAMETERS[name], tf.float64)))
    assert gradient.shape == shape
    assert np.sum(gradient) == pytest.approx(expected, rel=1e-6)


def test_gradients_by_parameters_are_finite_on_silence_and_without_a_past():
    values = [tf.constant(number, tf.float64) for number in (0.98, 2.0, 0.5, 1e-12)]
    with tf.GradientTape() as tape:
        tape.watch(values)
        names = dict(zip(PARAMETERS, values, strict=True))
        result = st.pcen(np.zeros([3, 20, 4]), **names, **GRID)
    assert np.all(np.isfinite(tape.gradient(result, values)))
    assert not np.any(result)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sample_rate": 0}, "sample_rate must be above 0 Hz; got 0"),
        ({"hop_length": 0}, "hop_length must be an integer of at least 1; got 0"),
        ({"eps": 0.0}, r"eps must be above 0; got 0\.0"),
        ({"gain": -0.1}, r"gain must be finite and of at least 0; got -0\.1"),
        ({"bias": 0.0}, r"bias must be finite and above 0; got 0\.0"),
        ({"power": [0.5, 0.0]}, r"power must be finite and above 0; got \[0\.5, 0\.0\]"),
        ({"time_constant": 0.0}, r"time_constant must be finite and above 0; got 0\.0"),
        ({"gain": [0.5, 0.6]}, r"gain must be a number or \[bands = 3\]; got"),
        ({"state": tf.ones([4])}, "state must be what the same op"),
    ],
)
def test_arguments_out_of_range_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        st.pcen(np.ones([10, 3]), **(GRID | settings))


def test_a_spectrogram_without_frames_or_bands_is_refused():
    for shape in ([3], [10, 0]):
        with pytest.raises(ValueError, match="of known bands"):
            st.pcen(np.ones(shape), **GRID)


def test_a_stream_goes_on_at_other_numbers_of_bands(rng):
    """Eagerly a third shape is traced with sizes that the graph does not know."""
    for bands in (3, 4, 5, 6):
        energies = rng.exponential(size=(2, 20, bands))
        first, state = st.pcen(energies[:, :7], return_state=True, **GRID)
        rest = st.pcen(energies[:, 7:], state=state, **GRID)
        assert_close(tf.concat([first, rest], axis=1), librosas(energies), 64, np.float64)
