"""Parameters: where they begin, what they stay within, and that they are saved and shared."""

import keras
import numpy as np
import pytest
import scipy.linalg
import tensorflow as tf

import spectrotools as st
from spectrotools.layers.parameters import parameter

layers = st.layers


def rotation(seed: int, size: int = 4) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((size, size)))[0]


CASES = {
    "free": lambda: layers.Parameter([1.0, -2.0]),
    "constant": lambda: layers.Parameter([1.0, -2.0], trainable=False),
    "spread": lambda: layers.Parameter(3.0, shape=(2, 3)),
    "drawn": lambda: layers.Parameter(keras.initializers.RandomNormal(0.0, 1.0, 1), shape=(5,)),
    "positive": lambda: layers.Positive([1e-3, 1.0, 30.0]),
    "softplus": lambda: layers.Positive([1e-3, 1.0, 30.0], form="softplus"),
    "bounded": lambda: layers.Bounded([0.1, 4.9], low=0.0, high=5.0),
    "scaled": lambda: layers.Scaled([1.0, -2.0], scale=0.1),
    "low rank": lambda: layers.LowRank(np.outer([1.0, 2.0, 3.0], [1.0, -1.0]), rank=1),
    "cayley": lambda: layers.Orthogonal(rotation(0)),
    "exp": lambda: layers.Orthogonal(rotation(1), form="exp"),
    "drawn rotation": lambda: layers.Orthogonal(
        keras.initializers.Orthogonal(seed=1), shape=(3, 3)
    ),
    "expression": lambda: layers.Expression(keras.ops.add, layers.Positive(2.0), 0.5),
}
each = pytest.mark.parametrize("make", CASES.values(), ids=CASES)


class Gain(keras.layers.Layer):
    """A layer of two parameters."""

    def __init__(self, left, right):
        super().__init__()
        self.left, self.right = parameter("left", left), parameter("right", right)

    def call(self, audio):
        return tf.stack([audio * self.left.value(), audio * self.right.value()])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("free", [1.0, -2.0]),
        ("constant", [1.0, -2.0]),
        ("spread", np.full([2, 3], 3.0)),
        ("positive", [1e-3, 1.0, 30.0]),
        ("softplus", [1e-3, 1.0, 30.0]),
        ("bounded", [0.1, 4.9]),
        ("scaled", [1.0, -2.0]),
        ("low rank", np.outer([1.0, 2.0, 3.0], [1.0, -1.0])),
        ("cayley", rotation(0)),
        ("exp", rotation(1)),
        ("expression", 2.5),
    ],
)
def test_a_parameter_begins_where_it_was_told(name, value):
    np.testing.assert_allclose(CASES[name]().value(), value, rtol=1e-5, atol=1e-6)


@each
def test_a_parameter_is_built_again_of_its_config(make):
    first = make()
    second = type(first).from_config(first.get_config())
    assert [tuple(w.shape) for w in second.weights] == [tuple(w.shape) for w in first.weights]
    for weight in first.trainable_weights:
        weight.assign(weight + 0.3)
    second.set_weights(first.get_weights())
    np.testing.assert_array_equal(second.value(), first.value())


@each
def test_a_trainable_parameter_has_a_gradient_and_a_constant_none(make):
    made = make()
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(made.value() ** 3)
    variables = [weight.value for weight in made.trainable_weights]
    gradients = tape.gradient(value, variables)
    assert len(variables) == (0 if made.get_config().get("trainable") is False else 1)
    assert all(np.all(np.isfinite(gradient)) for gradient in gradients)


def test_constraints_hold_wherever_training_leads():
    far = 25.0
    for make, holds in (
        (CASES["positive"], lambda x: x > 0),
        (CASES["softplus"], lambda x: x > 0),
        (CASES["bounded"], lambda x: (x >= 0) & (x <= 5)),
    ):
        made = make()
        for sign in (-far, far):
            made.trainable_weights[0].assign(tf.fill(made.trainable_weights[0].shape, sign))
            assert np.all(holds(made.value().numpy()))


@pytest.mark.parametrize("form", ["cayley", "exp"])
def test_an_orthogonal_matrix_stays_one_and_turns_as_published(form, rng):
    start, moved = rotation(2), rng.standard_normal((4, 4))
    made = layers.Orthogonal(start, form=form, dtype="float64")
    made.trainable_weights[0].assign(moved)
    skew = moved - moved.T
    turn = scipy.linalg.expm(skew)
    if form == "cayley":
        turn = np.linalg.inv(np.eye(4) + skew) @ (np.eye(4) - skew)
    np.testing.assert_allclose(made.value(), turn @ start, atol=1e-12)
    np.testing.assert_allclose(made.value() @ tf.transpose(made.value()), np.eye(4), atol=1e-12)


def test_scaled_numbers_move_together_as_far_as_one_by_adam():
    """Whose first step is the rate for every variable, whatever its gradient."""
    taps, single = layers.Scaled(np.zeros(400), scale=400**-0.5), layers.Parameter(0.0)
    variables = [*taps.trainable_variables, *single.trainable_variables]
    gradients = [tf.linspace(-3.0, 5.0, 400), tf.constant(0.1)]
    keras.optimizers.Adam(0.01).apply(gradients, variables)
    np.testing.assert_allclose(np.linalg.norm(taps.value()), 0.01, rtol=1e-4)
    np.testing.assert_allclose(np.abs(single.value()), 0.01, rtol=1e-4)


def test_a_matrix_of_low_rank_is_the_nearest(rng):
    given = rng.standard_normal((5, 4))
    left, sizes, right = np.linalg.svd(given)
    nearest = left[:, :2] * sizes[:2] @ right[:2]
    made = layers.LowRank(given, rank=2, dtype="float64")
    np.testing.assert_allclose(made.value(), nearest, atol=1e-12)
    assert sum(int(np.size(weight)) for weight in made.trainable_weights) == 18


def test_a_variable_may_be_shared_and_an_expression_tied_to_it():
    shared = keras.Variable(2.0)
    layer = Gain(shared, layers.Expression(keras.ops.negative, shared))
    np.testing.assert_array_equal(layer(tf.constant([1.0])), [[2.0], [-2.0]])
    assert len(layer.trainable_weights) == 1
    shared.assign(3.0)
    np.testing.assert_array_equal(layer(tf.constant([1.0])), [[3.0], [-3.0]])


def test_a_number_is_a_parameter_that_stays():
    layer = Gain(0.5, np.array(2.0))
    assert layer.trainable_weights == []
    np.testing.assert_array_equal(layer(tf.constant([1.0])), [[0.5], [2.0]])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: layers.Parameter(), "initial or variable must be given, not both"),
        (lambda: layers.Parameter(np.nan), "initial must be finite; got"),
        (lambda: layers.Parameter("zeros"), "shape must be given with an initializer; got None"),
        (lambda: layers.Parameter([1.0, 2.0], shape=(3,)), "initial must be of shape; got"),
        (lambda: layers.Positive(0.0), "initial must be above 0; got"),
        (lambda: layers.Positive(1.0, form="square"), "form must be one of 'exp', 'softplus'"),
        (
            lambda: layers.Bounded(1.0, low=1.0, high=2.0),
            "initial must be above 1.0 and below",
        ),
        (lambda: layers.Bounded(1.0, low=2.0, high=2.0), "low must be below high, and finite"),
        (lambda: layers.LowRank([1.0], rank=1), r"initial must be a matrix; got \(1,\)"),
        (lambda: layers.LowRank([[1.0]], rank=2), r"rank must be an integer in \[1, 1\]; got 2"),
        (lambda: layers.Scaled(1.0, scale=0.0), "scale must be a number of at least 1e-12; got 0"),
        (lambda: layers.Orthogonal([[1.0, 0.0]]), "initial must be a square matrix; got"),
        (lambda: layers.Orthogonal([[2.0]]), "initial must be orthogonal"),
        (lambda: layers.Orthogonal([[1.0]], form="qr"), "form must be one of 'cayley', 'exp'"),
        (lambda: layers.Expression(3, 1.0), "function must be callable; got 3"),
        (lambda: layers.Expression(keras.ops.abs), "operands must be given; got"),
        (lambda: parameter("gain", "loud"), "gain must be a number, an array, a keras.Variable"),
        (lambda: parameter("gain", np.inf), "gain must be finite; got inf"),
    ],
)
def test_what_is_no_parameter_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# Keras itself copies its variables so, where it saves them.
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't:DeprecationWarning")
@pytest.mark.parametrize("kind", ["parameter", "variable"])
def test_what_is_tied_is_tied_when_loaded(kind, tmp_path):
    """One gain in two reverberations, and its negative in a third."""
    shared = keras.Variable([0.1, 0.2], name="taps") if kind == "variable" else None
    shared = layers.Parameter([0.1, 0.2]) if shared is None else shared
    other = layers.Expression(keras.ops.negative, shared)
    audio = keras.Input((None,))
    sound = audio
    for number, response in enumerate((shared, shared, other)):
        echo = st.effects.Reverb(impulse_response=response, name=f"echo_{number}")
        sound = echo(sound)
    model = keras.Model(audio, sound)
    model.get_layer("echo_0").trainable_weights[0].assign([0.3, 0.4])
    model.save(tmp_path / "tied.keras")
    again = keras.models.load_model(tmp_path / "tied.keras")
    click = tf.one_hot([0], 6)
    np.testing.assert_array_equal(again(click), model(click))
    assert len(again.trainable_weights) == 1
    again.get_layer("echo_0").trainable_weights[0].assign([0.0, 1.0])
    expected = np.convolve(np.convolve([1.0, 1.0], [1.0, 1.0]), [1.0, -1.0])
    np.testing.assert_allclose(again(click)[0, :4], expected, atol=1e-6)
