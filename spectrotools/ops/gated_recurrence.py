r"""A gated recurrent unit over many frames, and its gradient without a loop over weights.

With :math:`a_t = W x_t + b` and :math:`c_t = R h_{t-1} + d`, each in three parts,

.. math::
    z = \sigma(a_z + c_z), \quad r = \sigma(a_r + c_r), \quad
    n = \tanh(a_n + r c_n), \quad h_t = z h_{t-1} + (1 - z) n

(cuDNN's form, whose reset comes after the product). Only the states are kept for the gradient:
all gates are computed anew by one product. What goes back in time is one number a unit,
:math:`\delta_t`, by which everything else follows for all frames at once.
"""

from typing import NamedTuple

import tensorflow as tf

from .numerics import custom_gradient, sizes

__all__ = ["gated_recurrence"]


class _Gates(NamedTuple):
    """Of all frames, ``[frames, batch, units]`` each."""

    update: tf.Tensor
    reset: tf.Tensor
    new: tf.Tensor
    held: tf.Tensor  # what the state gives to the new, before the reset


def gated_recurrence(
    inputs: tf.Tensor,
    state: tf.Tensor,
    kernel: tf.Tensor,
    recurrent_kernel: tf.Tensor,
    bias: tf.Tensor,
) -> tf.Tensor:
    """Give the states of a gated recurrent unit at all frames.

    Args:
        inputs: ``[batch, frames, size]``.
        state: before the first frame, ``[batch, units]``.
        kernel: W, ``[size, 3 * units]``: update, reset, new.
        recurrent_kernel: R, ``[units, 3 * units]``.
        bias: b and d, ``[2, 3 * units]``.

    Returns:
        ``[batch, frames, units]``.

    References:
        Cho et al., "Learning phrase representations using RNN encoder-decoder for statistical
        machine translation", 2014, eqs. 5 to 8.
    """

    @custom_gradient
    def states_of(inputs: tf.Tensor, state: tf.Tensor, *weights: tf.Tensor) -> tuple:
        kernel, recurrent_kernel, bias = weights
        states = _states(_given(inputs, kernel, bias), state, recurrent_kernel, bias)

        def gradient(upstream: tf.Tensor) -> tuple:
            return _gradient(upstream, states, inputs, state, weights)

        return states, gradient

    frames_first = tf.transpose(inputs, [1, 0, 2])
    states = states_of(frames_first, state, kernel, recurrent_kernel, bias)
    return tf.transpose(states, [1, 0, 2])


def _given(inputs: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
    """What the inputs give to the gates of all frames."""
    return tf.tensordot(inputs, kernel, 1) + bias[0]


def _states(
    given: tf.Tensor, state: tf.Tensor, recurrent_kernel: tf.Tensor, bias: tf.Tensor
) -> tf.Tensor:
    """The states ``[frames, batch, units]``, one after the other."""
    frames = sizes(given)[0]
    heard = tf.TensorArray(given.dtype, frames, element_shape=given.shape[1:]).unstack(given)
    made = tf.TensorArray(state.dtype, frames, element_shape=state.shape)

    def step(frame: tf.Tensor, state: tf.Tensor, made: tf.TensorArray) -> tuple:
        product = state @ recurrent_kernel + bias[1]
        gates = _gates(heard.read(frame), product)
        state = gates.new + gates.update * (state - gates.new)
        return frame + 1, state, made.write(frame, state)

    start = tf.constant(0), state, made
    _, _, made = tf.while_loop(
        lambda frame, *_: frame < frames, step, start, maximum_iterations=frames
    )
    return made.stack()


def _gates(given: tf.Tensor, product: tf.Tensor) -> _Gates:
    (update, reset, new), (held_update, held_reset, held) = (
        tf.split(part, 3, axis=-1) for part in (given, product)
    )
    reset = tf.sigmoid(reset + held_reset)
    return _Gates(tf.sigmoid(update + held_update), reset, tf.tanh(new + reset * held), held)


def _gradient(
    upstream: tf.Tensor,
    states: tf.Tensor,
    inputs: tf.Tensor,
    state: tf.Tensor,
    weights: tuple[tf.Tensor, ...],
) -> tuple[tf.Tensor, ...]:
    kernel, recurrent_kernel, bias = weights
    before = tf.concat([state[None], states], axis=0)[:-1]
    product = tf.tensordot(before, recurrent_kernel, 1) + bias[1]
    gates = _gates(_given(inputs, kernel, bias), product)
    by_new = (1 - gates.update) * (1 - gates.new**2)
    by_reset = by_new * gates.held * gates.reset * (1 - gates.reset)
    by_update = (before - gates.new) * gates.update * (1 - gates.update)
    slopes = tf.stack([by_update, by_reset, by_new * gates.reset], axis=2)
    deltas, by_state = _back(upstream, slopes, gates.update, recurrent_kernel)

    def wide(slopes: list[tf.Tensor]) -> tf.Tensor:
        return tf.concat([slope * deltas for slope in slopes], axis=-1)

    by_product = wide([by_update, by_reset, by_new * gates.reset])
    by_given = wide([by_update, by_reset, by_new])
    return (
        tf.tensordot(by_given, kernel, [[2], [1]]),
        by_state,
        tf.tensordot(inputs, by_given, [[0, 1], [0, 1]]),
        tf.tensordot(before, by_product, [[0, 1], [0, 1]]),
        tf.stack([tf.reduce_sum(part, [0, 1]) for part in (by_given, by_product)]),
    )


def _back(
    upstream: tf.Tensor, slopes: tf.Tensor, update: tf.Tensor, recurrent_kernel: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """The gradient by every state, and by the one before the first."""
    frames = sizes(upstream)[0]
    given = [
        tf.TensorArray(each.dtype, frames, element_shape=each.shape[1:]).unstack(each)
        for each in (upstream, slopes, update)
    ]
    made = tf.TensorArray(upstream.dtype, frames, element_shape=upstream.shape[1:])

    def step(count: tf.Tensor, later: tf.Tensor, made: tf.TensorArray) -> tuple:
        frame = frames - 1 - count
        sound, slope, kept = (each.read(frame) for each in given)
        delta = sound + later
        by_product = tf.reshape(slope * delta[:, None], [-1, 3 * slope.shape[-1]])
        later = delta * kept + tf.matmul(by_product, recurrent_kernel, transpose_b=True)
        return count + 1, later, made.write(frame, delta)

    start = tf.constant(0), tf.zeros_like(upstream[0]), made
    _, by_state, made = tf.while_loop(
        lambda count, *_: count < frames, step, start, maximum_iterations=frames
    )
    return made.stack(), by_state
