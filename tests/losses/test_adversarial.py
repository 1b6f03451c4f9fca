"""Losses of adversarial networks beside Keras', closed forms and each other."""

import json
from collections.abc import Callable
from functools import partial

import keras
import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from spectrotools import losses

KINDS = [
    losses.MinimaxGAN(),
    losses.MinimaxGAN(generator_form="saturating"),
    losses.LeastSquaresGAN(),
    losses.HingeGAN(),
    losses.HingeGAN(generator_form="hinge"),
    losses.WassersteinGAN(),
]
each = pytest.mark.parametrize("loss", KINDS, ids=repr)


def logits(rng: np.random.Generator) -> list[np.ndarray]:
    """Of three discriminators, for four items."""
    return [3 * rng.standard_normal((4, *shape)) for shape in ((50, 3, 1), (7,), ())]


def mean(values: np.ndarray) -> np.ndarray:
    return np.mean(values.reshape(4, -1), axis=1)


def each_alone(function) -> Callable[[np.ndarray, float], np.ndarray]:
    """A loss of Keras, which averages over the last axis, of each logit beside one label."""
    return lambda values, label: function(
        np.full((*values.shape, 1), label), values[..., None]
    ).numpy()


binary = each_alone(partial(keras.losses.binary_crossentropy, from_logits=True))
squared = each_alone(keras.losses.mean_squared_error)
margin = each_alone(keras.losses.hinge)


# What the discriminator pays for real and for made, and the generator.
PAID = [
    (lambda r: binary(r, 1.0), lambda f: binary(f, 0.0), lambda f: binary(f, 1.0)),
    (lambda r: binary(r, 1.0), lambda f: binary(f, 0.0), lambda f: -binary(f, 0.0)),
    (lambda r: squared(r, 1.0), lambda f: squared(f, 0.0), lambda f: squared(f, 1.0)),
    (lambda r: margin(r, 1.0), lambda f: margin(f, -1.0), lambda f: -f),
    (lambda r: margin(r, 1.0), lambda f: margin(f, -1.0), lambda f: margin(f, 1.0)),
    (lambda r: -r, lambda f: f, lambda f: -f),
]


@pytest.mark.parametrize(
    ("loss", "paid"), list(zip(KINDS, PAID, strict=True)), ids=map(repr, KINDS)
)
def test_losses_are_those_of_keras(loss, paid, rng):
    real, fake = logits(rng), logits(rng)
    on_real, on_fake, on_generator = paid
    expected = sum(mean(on_real(r)) + mean(on_fake(f)) for r, f in zip(real, fake, strict=True))
    np.testing.assert_allclose(loss.discriminator(real, fake), expected, rtol=1e-12)
    expected = sum(mean(on_generator(f)) for f in fake)
    np.testing.assert_allclose(loss.generator(fake), expected, rtol=1e-12)
    alone = loss.generator(fake[0])
    np.testing.assert_allclose(alone, mean(on_generator(fake[0])), rtol=1e-12)


def test_an_even_game_has_its_known_value():
    even = np.zeros((3, 10))
    np.testing.assert_allclose(losses.MinimaxGAN().discriminator(even, even), 2 * np.log(2))
    np.testing.assert_allclose(losses.HingeGAN().discriminator(even, even), 2.0)
    half = np.full((3, 10), 0.5)
    np.testing.assert_allclose(losses.LeastSquaresGAN().discriminator(half, half), 0.5)


@each
def test_the_two_sides_pull_apart(loss, rng):
    """The discriminator wants logits down where they are made, the generator up."""
    real, fake = tf.constant(0.3 * rng.standard_normal((2, 2, 20)))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(fake)
        against, by = loss.discriminator(real, fake), loss.generator(fake)
    assert np.all(tape.gradient(by, fake) < 0)
    if isinstance(loss, losses.LeastSquaresGAN):  # which wants them at 0
        np.testing.assert_array_equal(np.sign(tape.gradient(against, fake)), np.sign(fake))
    else:
        assert np.all(tape.gradient(against, fake) > 0)


@each
def test_logits_of_any_size_have_a_loss_and_a_gradient(loss):
    for size in (-1e4, 0.0, 1e4):
        values = tf.fill([2, 3], size)
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(values)
            results = loss.discriminator(values, values), loss.generator(values)
        for result in results:
            assert np.all(np.isfinite(result))
            assert np.all(np.isfinite(tape.gradient(result, values)))


@each
def test_graphs_of_unknown_shape_and_xla_agree(loss, rng):
    real, fake = ([value.astype(np.float32) for value in logits(rng)[:2]] for _ in range(2))

    def both(real, fake):
        return loss.discriminator(real, fake), loss.generator(fake)

    expected = both(real, fake)
    unknown = [tf.TensorSpec(None, tf.float32), tf.TensorSpec([None, None], tf.float32)]
    for run in (
        tf.function(both, jit_compile=True),
        tf.function(both, input_signature=[unknown, unknown]),
    ):
        for result, wanted in zip(run(real, fake), expected, strict=True):
            np.testing.assert_allclose(result, wanted, rtol=1e-5)


@pytest.mark.parametrize("loss", [*KINDS, losses.FeatureMatching(relative=True)], ids=repr)
def test_losses_are_values(loss):
    again = type(loss).from_config(json.loads(json.dumps(loss.get_config())))
    assert again == loss
    assert hash(again) == hash(loss)
    assert eval(repr(loss), {type(loss).__name__: type(loss)}) == loss


def test_half_precision_is_computed_in_single():
    values = tf.constant([[300.0, 301.0]], tf.float16)
    result = losses.LeastSquaresGAN().generator(values)
    assert result.dtype == tf.float32
    assert float(result[0]) == (299.0**2 + 300.0**2) / 2


def test_feature_matching_is_the_sum_of_mean_absolute_errors(rng):
    shapes = [[(30, 4), (15, 8)], [(5, 6, 2)]]
    real, fake = (
        [[rng.standard_normal((1, *shape)) for shape in group] for group in shapes]
        for _ in range(2)
    )
    pairs = [
        (r.ravel(), f.ravel())
        for rs, fs in zip(real, fake, strict=True)
        for r, f in zip(rs, fs, strict=True)
    ]
    distances = [float(keras.losses.mean_absolute_error(r, f)) for r, f in pairs]
    result = losses.FeatureMatching()(real, fake)
    np.testing.assert_allclose(result, [sum(distances)], rtol=1e-12)
    shares = [d / np.mean(np.abs(r)) for d, (r, _) in zip(distances, pairs, strict=True)]
    relative = losses.FeatureMatching(relative=True, reduction="mean", floor=1e-30)
    np.testing.assert_allclose(relative(real, fake), [np.mean(shares)], rtol=1e-12)


def test_relative_feature_matching_does_not_mind_the_scale_of_a_layer(rng):
    real, fake = rng.standard_normal((2, 2, 3, 50))
    plain, relative = losses.FeatureMatching(), losses.FeatureMatching(relative=True)
    once = relative(list(real), list(fake))
    np.testing.assert_allclose(
        relative([real[0], 1e3 * real[1]], [fake[0], 1e3 * fake[1]]), once, rtol=1e-5
    )
    assert np.all(plain([1e3 * real[0]], [1e3 * fake[0]]) > 100 * plain([real[0]], [fake[0]]))


def test_feature_matching_of_dead_maps_is_finite_and_trains_the_made_ones_only():
    real, fake = tf.zeros([2, 10]), tf.ones([2, 10])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([real, fake])
        result = losses.FeatureMatching(relative=True, floor=0.5)(real, fake)
    np.testing.assert_allclose(result, 2.0)
    np.testing.assert_allclose(tape.gradient(result, fake), 0.2)
    assert tape.gradient(result, real) is None
    assert np.all(losses.FeatureMatching(relative=True)(real, real) == 0)


def test_the_penalty_of_a_linear_critic_is_known(rng):
    """Its slope is its weights, wherever it is asked."""
    weights = rng.standard_normal((3, 20))
    real, fake = rng.standard_normal((2, 5, 20))
    lengths = np.linalg.norm(weights, axis=-1)

    def critics(sound):
        return [tf.linalg.matvec(sound, weight) for weight in weights]

    result = st.losses.gradient_penalty(critics, real, fake, seed=3)
    np.testing.assert_allclose(result, [np.sum((lengths - 1) ** 2)] * 5, rtol=1e-12)


def test_the_penalty_is_taken_between_the_sounds():
    """Of half the square the slope is the place: from it we learn where we were."""
    real, fake = np.zeros((1000, 1)), np.full((1000, 1), 2.0)
    seen = []

    def critic(sound):
        seen.append(sound.numpy()[:, 0])
        return 0.5 * tf.square(sound)

    result = st.losses.gradient_penalty(critic, real, fake, seed=7)
    np.testing.assert_allclose(result, (seen[0] - 1) ** 2, atol=1e-12)
    assert np.min(seen[0]) >= 0
    assert np.max(seen[0]) <= 2
    assert np.mean(seen[0]) == pytest.approx(1.0, abs=0.06)  # three standard errors
    st.losses.gradient_penalty(critic, real, fake, seed=7)
    st.losses.gradient_penalty(critic, real, fake, seed=8)
    np.testing.assert_array_equal(seen[1], seen[0])
    assert np.all(seen[2] != seen[0])


def test_the_penalty_averages_what_a_critic_gives_for_an_item():
    real, fake = tf.zeros([2, 8]), tf.ones([2, 8])
    result = st.losses.gradient_penalty(lambda sound: 3.0 * sound, real, fake, seed=0)
    np.testing.assert_allclose(result, (3 / np.sqrt(8) - 1) ** 2, rtol=1e-5)


@pytest.mark.parametrize("scale", [0.0, 1.0])
def test_the_penalty_trains_a_critic_even_a_flat_one(scale, rng):
    weights = tf.Variable(scale * rng.standard_normal(6))
    real, fake = rng.standard_normal((2, 4, 6))

    def penalty():
        return tf.reduce_mean(
            st.losses.gradient_penalty(lambda x: tf.linalg.matvec(x, weights), real, fake, seed=1)
        )

    with tf.GradientTape() as tape:
        value = penalty()
    gradient = tape.gradient(value, weights).numpy()
    length = np.linalg.norm(weights)
    expected = 2 * (length - 1) * weights.numpy() / max(length, 1e-300)
    np.testing.assert_allclose(gradient, expected, atol=1e-12)


def test_a_critic_that_does_not_look_has_a_slope_of_nothing():
    result = st.losses.gradient_penalty(
        lambda sound: tf.ones([2, 1]), tf.zeros([2, 9]), tf.ones([2, 9]), seed=0
    )
    np.testing.assert_allclose(result, 1.0)


@pytest.mark.parametrize("jit", [False, True])
def test_the_penalty_in_a_graph_is_that_outside(jit, rng):
    critic = keras.Sequential([keras.layers.Conv1D(4, 5, activation="tanh")])
    real, fake = rng.standard_normal((2, 3, 40, 1)).astype(np.float32)
    seed = tf.constant([1, 2])

    def run(real, fake, seed):
        with tf.GradientTape() as tape:
            value = st.losses.gradient_penalty(critic, real, fake, seed=seed)
        return value, *tape.gradient(value, critic.trainable_variables)

    expected = run(real, fake, seed)
    for result, wanted in zip(
        tf.function(run, jit_compile=jit)(real, fake, seed), expected, strict=True
    ):
        np.testing.assert_allclose(result, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("shape", [None, [None, None, 3], [4, None, None]])
def test_the_penalty_knows_no_shape_before_it_runs(shape, rng):
    real, fake = rng.standard_normal((2, 4, 20, 3))

    def penalty(real, fake):
        return st.losses.gradient_penalty(lambda sound: sound**2, real, fake, seed=5)

    spec = [tf.TensorSpec(shape, tf.float64)] * 2
    found = tf.function(penalty, input_signature=spec, autograph=False)(real, fake)
    np.testing.assert_allclose(found, penalty(real, fake), rtol=1e-12)


def test_a_critic_with_a_penalty_measures_the_distance(rng):
    """From zeros to ones in 4 places it is 2, and the slope of least loss 1 + 2 / (2 * 10)."""
    critic = keras.Sequential([keras.layers.Dense(32, activation="tanh"), keras.layers.Dense(1)])
    real, fake = tf.zeros([16, 4]), tf.ones([16, 4])
    critic(real)
    loss, optimizer = losses.WassersteinGAN(), keras.optimizers.Adam(0.01)

    @tf.function
    def step(number):
        with tf.GradientTape() as tape:
            gap = loss.discriminator(critic(real), critic(fake))
            slope = st.losses.gradient_penalty(critic, real, fake, seed=tf.stack([number, 0]))
            value = tf.reduce_mean(gap + 10.0 * slope)
        variables = critic.trainable_variables
        optimizer.apply(tape.gradient(value, variables), variables)
        return -tf.reduce_mean(gap)

    distances = [float(step(tf.constant(number))) for number in range(300)]
    assert distances[-1] == pytest.approx(2.2, abs=0.1)


ONES = np.ones((2, 3))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: losses.HingeGAN().generator([]), r"fake must hold at least one tensor; got \[\]"),
        (lambda: losses.HingeGAN().generator(np.float64(1.0)), r"fake must be \[batch, ...\]"),
        (lambda: losses.HingeGAN().generator(np.ones((2, 3), int)), "fake must be floating point"),
        (
            lambda: losses.HingeGAN().discriminator([ONES], [ONES, ONES]),
            r"must hold as many tensors as each other; got \(1, 2\)",
        ),
        (
            lambda: losses.FeatureMatching()([ONES], [ONES[:, :2]]),
            r"must have one shape at each place; got '\(2, 3\) and \(2, 2\)'",
        ),
        (lambda: losses.HingeGAN(generator_form="soft"), "generator_form must be one of 'linear'"),
        (lambda: losses.MinimaxGAN(generator_form="x"), "generator_form must be one of 'non_sat"),
        (lambda: losses.FeatureMatching(reduction="max"), "reduction must be one of 'sum', 'mean"),
        (lambda: losses.FeatureMatching(floor=0.0), "floor must be a number of at least"),
        (
            lambda: losses.gradient_penalty(tf.identity, ONES, ONES[0], seed=0),
            r"real and fake must have one shape \[batch, ...\]; got '\(2, 3\) and \(3,\)'",
        ),
        (lambda: losses.gradient_penalty(tf.identity, ONES, ONES, seed=None), "seed must be"),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_game_without_its_costs_says_so():
    nothing = losses.AdversarialLoss()
    for cost in (nothing.real_cost, nothing.fake_cost, nothing.generator_cost):
        with pytest.raises(NotImplementedError):
            cost(tf.zeros([1]))
