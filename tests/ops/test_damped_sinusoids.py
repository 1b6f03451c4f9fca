"""Damped sinusoids against NumPy's powers and SciPy's filters, and what descent finds by them."""

import keras
import numpy as np
import pytest
import scipy.signal
import tensorflow as tf

import spectrotools as st
from tests.tolerances import assert_close, error_db

RATE = 16_000


def random_poles(rng: np.random.Generator, *shape: int, low: float = 0.9) -> np.ndarray:
    return rng.uniform(low, 1.0, shape) * np.exp(1j * rng.uniform(-np.pi, np.pi, shape))


def powers(poles: np.ndarray, length: int) -> np.ndarray:
    return np.asarray(poles)[..., None] ** np.arange(length)


@pytest.mark.parametrize("length", [0, 1, 2, 3, 4, 5, 63, 64, 65, 1000, 4099])
def test_it_is_the_sum_of_numpys_powers(length, rng):
    poles = random_poles(rng, 2, 5, low=0.0)
    poles[0, 0], poles[1, 1] = 0.0, 1j
    amplitudes = rng.standard_normal((2, 5)) + 1j * rng.standard_normal((2, 5))
    result = st.damped_sinusoids(poles, amplitudes, length=length)
    expected = np.sum(amplitudes[..., None] * powers(poles, length), axis=-2).real
    assert_close(result, expected, 8 * max(length, 1), np.float64)


def test_a_damped_sinusoid_is_what_a_resonator_rings(rng):
    pole, impulse = 0.999 * np.exp(0.3j), np.eye(1, 2000).ravel()
    expected = scipy.signal.lfilter([1, -pole.real], [1, -2 * pole.real, abs(pole) ** 2], impulse)
    assert error_db(st.damped_sinusoids([pole], length=2000).numpy(), expected) <= -220


def test_on_the_circle_it_is_a_cosine_of_given_amplitude_and_phase():
    poles = st.hz_to_poles(np.array([440.0, 1000.0]), sample_rate=RATE)
    result = st.damped_sinusoids(poles, [0.5j, 0.25 + 0j], length=600 * RATE).numpy()
    last = np.arange(599 * RATE, 600 * RATE) % RATE / RATE  # both have whole turns in a second
    expected = -0.5 * np.sin(2 * np.pi * 440 * last) + 0.25 * np.cos(2 * np.pi * 1000 * last)
    assert error_db(result[-RATE:], expected) <= -155


def test_single_precision_is_that_of_the_poles_as_given(rng):
    poles = random_poles(rng, 20, low=0.9999).astype(np.complex64)
    result = st.damped_sinusoids(poles, length=64_000).numpy()
    assert result.dtype == np.float32
    expected = np.sum(powers(poles.astype(np.complex128), 64_000), axis=0).real
    assert error_db(result, expected) <= -145


def test_outside_the_circle_it_grows_and_overflows_where_stated():
    pole = np.array([1.001], np.complex64)
    result = st.damped_sinusoids(pole, length=100_000).numpy()
    finite = np.flatnonzero(np.isfinite(result))[-1]
    assert finite == pytest.approx(88.7 / np.log(float(pole[0].real)), rel=1e-3)
    expected = float(pole[0].real) ** np.arange(finite + 1)
    np.testing.assert_allclose(result[: finite + 1], expected, rtol=1e-6)


def gradient_of(poles: np.ndarray, weights: np.ndarray) -> np.ndarray:
    variable = tf.constant(poles)
    with tf.GradientTape() as tape:
        tape.watch(variable)
        audio = st.damped_sinusoids(variable, length=len(weights))
        value = tf.reduce_sum(audio * tf.cast(weights, audio.dtype))
    return tape.gradient(value, variable).numpy()


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
def test_gradient_is_that_of_the_polynomial_at_zero_and_on_the_circle(dtype, rng):
    poles = np.array([0, 1e-30, 1j, -1, 1, np.exp(0.1j), 1.0005j]).astype(dtype)
    time, weights = np.arange(1, 5000), rng.standard_normal(5000)
    # The step of x along dz is Re(conj(g) dz), so g is the conjugate of the derivative.
    derivative = np.sum(weights[1:] * time * powers(poles.astype(complex), 4999), axis=-1)
    gradient = gradient_of(poles, weights)
    assert gradient.dtype == dtype
    assert_close(gradient, np.conj(derivative), 1e5 if dtype == np.complex128 else 8, dtype)


def test_nothing_of_the_size_of_length_times_sinusoids_is_made():
    length, sinusoids = 65_536, 100

    def loss_and_gradient(poles: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(poles)
            value = tf.reduce_sum(st.damped_sinusoids(poles, length=length) ** 2)
        return tape.gradient(value, poles)

    spec = tf.TensorSpec([sinusoids], tf.complex64)
    graph = tf.function(loss_and_gradient).get_concrete_function(spec).graph
    inner = [function.graph for function in graph._functions.values()]
    tensors = [t for g in (graph, *inner) for op in g.get_operations() for t in op.outputs]
    largest = max(t.shape.num_elements() or 0 for t in tensors)
    assert largest == length


def test_frequencies_become_poles_and_back(rng):
    hz = rng.uniform(0, RATE / 2, (3, 4))
    radius = rng.uniform(0.1, 1.0, 4)
    poles = st.hz_to_poles(hz, sample_rate=RATE, radius=radius)
    assert_close(poles, radius * np.exp(2j * np.pi * hz / RATE), 8, np.float64)
    assert_close(st.poles_to_hz(poles, sample_rate=RATE), hz, 8, np.float64)
    conjugate = st.poles_to_hz(np.conj(poles), sample_rate=RATE)
    assert_close(conjugate, hz, 8, np.float64)
    single = st.hz_to_poles(hz.astype(np.float32), sample_rate=RATE)
    assert_close(st.poles_to_hz(single, sample_rate=RATE), hz, 8, np.float32)


def test_the_frequency_of_no_pole_is_zero_with_no_gradient():
    poles = tf.constant([0j, 1e-30 + 1e-30j])
    with tf.GradientTape() as tape:
        tape.watch(poles)
        hz = st.poles_to_hz(poles, sample_rate=RATE)
    np.testing.assert_allclose(hz, [0, 2000])
    gradient = tape.gradient(hz, poles).numpy()
    assert gradient[0] == 0
    assert np.isfinite(gradient[1])


LENGTH = 512
OCTAVES_OFF = [880.0, 220.0, 1760.0]


def descend(parameters: list[tf.Variable], synthesise, target: np.ndarray, steps: int) -> None:
    """Adam on the squared error of the waveform; its steps are at most about 1 / LENGTH."""
    optimiser = keras.optimizers.Adam(1 / LENGTH)
    optimiser.build(parameters)

    @tf.function
    def step() -> None:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum((synthesise() - target) ** 2) / LENGTH
        optimiser.apply(tape.gradient(loss, parameters))

    for _ in range(steps):
        step()


def plain(poles: tf.Tensor) -> tf.Tensor:
    return st.damped_sinusoids(poles, length=LENGTH)


def found_by_poles(
    starts_hz: np.ndarray, target: np.ndarray, steps: int, synthesise=plain
) -> np.ndarray:
    start = 0.5 * np.exp(2j * np.pi * starts_hz / RATE)
    real, imag = tf.Variable(start.real), tf.Variable(start.imag)

    def poles() -> tf.Tensor:
        """The poles, held inside the circle as the docstring says."""
        outside = tf.maximum(tf.sqrt(real**2 + imag**2), 1.0)
        return tf.complex(real / outside, imag / outside)

    descend([real, imag], lambda: synthesise(poles()), target, steps)
    return np.sort(st.poles_to_hz(poles(), sample_rate=RATE), axis=-1)


def found_by_frequency(starts_hz: np.ndarray, target: np.ndarray, steps: int) -> np.ndarray:
    angle, time = tf.Variable(2 * np.pi * starts_hz / RATE), np.arange(LENGTH)
    sines = lambda: tf.reduce_sum(tf.cos(angle[..., None] * time), axis=-2)  # noqa: E731
    descend([angle], sines, target, steps)
    return np.sort(angle.numpy() * RATE / (2 * np.pi), axis=-1)


def test_descent_finds_a_frequency_octaves_away_where_that_of_a_plain_sine_fails(rng):
    starts = np.concatenate([OCTAVES_OFF, rng.uniform(50, 7950, 13)])[:, None]
    target = np.cos(2 * np.pi * 440 * np.arange(LENGTH) / RATE)
    found = found_by_poles(starts, target, steps=1000)
    np.testing.assert_allclose(found, 440.0, atol=0.1)
    missed = found_by_frequency(starts, target, steps=1000)
    assert np.min(np.abs(missed - 440)) > 10
    octaves = slice(len(OCTAVES_OFF))
    assert np.all(np.abs(missed[octaves] - 440) >= np.abs(starts[octaves] - 440))


@pytest.mark.parametrize(
    ("partials", "least"), [([440.0], 16), ([440.0, 1250.0], 12)], ids=["one", "two"]
)
def test_descent_finds_any_gain_and_phase_where_amplitudes_are_fitted(partials, least, rng):
    starts = rng.uniform(50, 7950, (16, len(partials)))
    gains, phases = 10 ** rng.uniform(-2, 2, (16, 1)), rng.uniform(-np.pi, np.pi, starts.shape)
    angles = 2 * np.pi * np.array(partials)[:, None] * np.arange(LENGTH) / RATE
    targets = gains * np.sum(np.cos(angles + phases[..., None]), axis=-2)

    def fitted(poles: tf.Tensor) -> tf.Tensor:
        """The fit of the docstring's example, for each of the poles."""
        apart = poles[..., None]
        parts = [st.damped_sinusoids(apart, a, length=LENGTH) for a in ([1.0], [1.0j])]
        basis = tf.linalg.matrix_transpose(tf.concat(parts, axis=-2))
        fit = tf.linalg.lstsq(basis, targets[..., None], l2_regularizer=1e-6)
        return tf.matmul(basis, fit)[..., 0]

    found = found_by_poles(starts, targets, 2000, fitted)
    assert np.count_nonzero(np.max(np.abs(found - partials), axis=-1) < 1.0) >= least


def test_descent_by_poles_alone_does_not_find_a_sine(rng):
    starts = np.concatenate([OCTAVES_OFF, rng.uniform(50, 7950, 13)])[:, None]
    sine = np.sin(2 * np.pi * 440 * np.arange(LENGTH) / RATE)
    assert np.min(np.abs(found_by_poles(starts, sine, steps=1000) - 440)) > 5


def test_descent_finds_two_partials_where_that_of_plain_sines_fails(rng):
    partials = [440.0, 1250.0]
    starts = rng.uniform(50, 7950, (16, 2))
    angles = 2 * np.pi * np.array(partials)[:, None] * np.arange(LENGTH) / RATE
    target = np.sum(np.cos(angles), axis=0)
    found = found_by_poles(starts, target, steps=2000)
    np.testing.assert_allclose(found, np.tile(partials, (16, 1)), atol=0.5)
    missed = found_by_frequency(starts, target, steps=2000)
    assert np.min(np.max(np.abs(missed - partials), axis=-1)) > 10


def test_arguments_that_do_not_fit_are_refused():
    with pytest.raises(
        ValueError, match=r"poles must be complex, as .* makes them; got 'float32'"
    ):
        st.damped_sinusoids([0.5], length=4)
    with pytest.raises(ValueError, match=r"poles must be \[\.\.\., sinusoids\]; got \(\)"):
        st.damped_sinusoids(0.5j, length=4)
    with pytest.raises(ValueError, match="as many sinusoids as poles, 2, or of 1; got 3"):
        st.damped_sinusoids([0.5j, 1j], [1.0, 1.0, 1.0], length=4)
    with pytest.raises(ValueError, match="amplitudes must be floating point; got int32"):
        st.damped_sinusoids([0.5j], [1], length=4)
    with pytest.raises(ValueError, match="length must be an integer of at least 0; got -1"):
        st.damped_sinusoids([0.5j], length=-1)
    with pytest.raises(ValueError, match="frequency_hz must be floating point; got int32"):
        st.hz_to_poles([440], sample_rate=RATE)
    for function, value in ((st.hz_to_poles, [440.0]), (st.poles_to_hz, [1j])):
        with pytest.raises(ValueError, match="sample_rate must be above 0 Hz; got 0"):
            function(value, sample_rate=0)
    with pytest.raises(ValueError, match="poles must be complex; got 'float32'"):
        st.poles_to_hz([0.5], sample_rate=RATE)
