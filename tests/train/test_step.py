"""One step: by the book, on one device, and without a trace of what is not finite."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from spectrotools.train.step import Step
from tests.train.small import Gain, Noise, assert_same, weights


def built(**options):
    model = Gain(**options)
    batch = Noise().batch(4, 0, 0)
    model(batch)
    optimizer = keras.optimizers.Adam(1e-2)
    optimizer.build(model.trainable_variables)
    return model, optimizer, batch


@pytest.mark.parametrize("jit_compile", [False, True])
def test_a_step_is_that_of_keras_fit_with_the_same_clipping(jit_compile):
    model, optimizer, batch = built(noise=0.0)
    twin, _, _ = built(noise=0.0)
    twin.compile(keras.optimizers.Adam(1e-2, global_clipnorm=0.05), jit_compile=False)
    twin.compute_loss = lambda x, y, y_pred, sample_weight, training=True: tf.add_n(
        list(twin.losses_of(x, y_pred).values())
    )
    step = Step(model, optimizer, clip_norm=0.05, jit_compile=jit_compile)
    for k in range(5):
        batch = Noise().batch(4, k, 0)
        outcome = step(batch)
        assert outcome.finite
        assert outcome.gradient_norm > 0.05
        twin.train_on_batch(batch)
    for ours, theirs in zip(model.trainable_variables, twin.trainable_variables, strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-4, atol=1e-6)


def test_gradients_are_those_of_finite_differences():
    model, optimizer, batch = built(noise=0.0)
    step = Step(model, optimizer, clip_norm=1e9, jit_compile=False)
    gradients = step.gradients(batch)

    def loss() -> float:
        return sum(float(t) for t in model.losses_of(batch, model(batch, training=True)).values())

    for weight, gradient in zip(model.trainable_variables, gradients, strict=True):
        value = weight.numpy()
        bump = np.zeros_like(value)
        bump.flat[0] = 2e-2
        weight.assign(value + bump)
        above = loss()
        weight.assign(value - bump)
        below = loss()
        weight.assign(value)
        assert gradient.flat[0] == pytest.approx((above - below) / 4e-2, rel=2e-2, abs=2e-4)


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("number", [2, 3])
def test_a_batch_that_is_not_finite_changes_nothing(jit_compile, number):
    model, optimizer, batch = built()
    step = Step(model, optimizer, clip_norm=3.0, jit_compile=jit_compile)
    step(batch)
    before = weights(model), [v.numpy() for v in optimizer.variables]
    outcome = step(Noise(broken=[number]).batch(4, number, 0))
    assert not outcome.finite
    assert not np.isfinite(outcome.loss)
    assert_same(before[0], weights(model))
    assert_same(before[1], [v.numpy() for v in optimizer.variables])
    assert step(batch).finite


def test_two_steps_draw_different_noise():
    model, optimizer, batch = built(noise=1.0)
    optimizer.learning_rate = 0.0
    step = Step(model, optimizer, clip_norm=3.0, jit_compile=False)
    assert step(batch).loss != step(batch).loss


def test_a_weight_that_the_loss_does_not_see_is_named():
    class Idle(Gain):
        def losses_of(self, batch, outputs):
            return {"noise": tf.reduce_mean(self.hidden(batch["loudness_db"][..., None]))}

    model = Idle()
    batch = Noise().batch(4, 0, 0)
    model(batch)
    step = Step(model, keras.optimizers.Adam(), clip_norm=3.0, jit_compile=False)
    with pytest.raises(ValueError, match=r"must depend on every weight .*dense_?\d*/kernel"):
        step(batch)
