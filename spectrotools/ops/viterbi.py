r"""The likeliest path through states that move no farther than a band, compiled.

With :math:`v_t(j)` the log-likelihood of the best path that ends in state j at frame t,

.. math:: v_t(j) = \ell_t(j) + \max_i \bigl(v_{t-1}(i) + \log a_{ij}\bigr),

and the way back takes the argmax. Of the values only one frame in so many is kept: the way back
makes the others anew, block by block, so that memory does not grow with frames times states.
"""

import functools
import math
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from .._validate import check
from .numerics import compiled, flatten_leading, real_tensor, sizes, with_shape, working_dtype

__all__ = ["best_path", "viterbi"]

_BLOCK = 64  # frames whose values are in memory at a time
_UNROLLED = 8  # places of the band in one pass over the states
_MOST = 16  # signals side by side
_SIGNALS = 4  # side by side, where their number is not known


def viterbi(
    log_likelihood: Any,
    log_transition: Any,
    *,
    log_initial: Any = None,
    log_outside: float = -math.inf,
) -> tf.Tensor:
    r"""Find the likeliest sequence of hidden states.

    .. math::
        \arg\max_s \; \log \pi_{s_0} + \ell_0(s_0)
        + \sum_{t > 0} \log a_{s_{t-1} s_t} + \ell_t(s_t)

    of transitions from a state to its neighbours, as of a pitch that glides: a band of a matrix.
    The time is that of states times width, not of states squared.

    Args:
        log_likelihood: ``[..., frames, states]``, the log of how likely an observation is in each
            state, up to a constant for each frame. -inf is impossible.
        log_transition: ``[states, width]``, of odd width: in row i and column c the log of the
            probability to come from state i to state ``i + c - width // 2``. What would leave the
            states counts as -inf.
        log_initial: ``[states]``, the log of the probability to begin in a state; None for all
            alike.
        log_outside: the log of the probability of every step beyond the band, at most 0;
            -inf forbids it.

    Returns:
        the states, int32 ``[..., frames]``. Of paths as likely, any.

    Raises:
        ValueError: if the shapes do not fit.

    Example:
        >>> import numpy as np
        >>> import spectrotools as st
        >>> seen = np.log([[0.6, 0.3, 0.1], [0.1, 0.1, 0.8], [0.6, 0.3, 0.1]])
        >>> steps = np.log([[0.1, 0.8, 0.1]] * 3)  # down, none, up
        >>> st.viterbi(seen, steps).numpy().tolist()
        [0, 0, 0]

    References:
        Viterbi, "Error bounds for convolutional codes and an asymptotically optimum decoding
        algorithm", 1967. Rabiner, "A tutorial on hidden Markov models", 1989, equations 32 to 35.
    """
    likelihood = real_tensor("log_likelihood", log_likelihood)
    transition = real_tensor("log_transition", log_transition)
    rule = "log_likelihood must have axes of frames and states"
    check(likelihood.shape.rank is None or likelihood.shape.rank >= 2, rule, likelihood.shape)
    check(transition.shape.rank == 2, "log_transition must be [states, width]", transition.shape)
    frames = likelihood.shape[-2] if likelihood.shape.rank else None
    check(frames != 0, "log_likelihood must have at least one frame", frames)
    states, width = transition.shape
    check(states is not None, "log_transition must be of known shape", transition.shape)
    check(bool(width) and width % 2 == 1, "log_transition must be of odd width", width)
    rule = f"log_likelihood must have the {states} states of log_transition"
    known = likelihood.shape[-1] if likelihood.shape.rank else None
    check(known in (None, states), rule, likelihood.shape)
    initial = tf.zeros([states], transition.dtype)
    if log_initial is not None:
        initial = real_tensor("log_initial", log_initial)
        check(initial.shape == [states], f"log_initial must be [{states}]", initial.shape)
    check(log_outside <= 0, "log_outside must be at most 0", log_outside)
    size = (states, width)
    return _viterbi(likelihood, transition, initial, size=size, log_outside=float(log_outside))


@compiled
def _viterbi(
    likelihood: tf.Tensor,
    transition: tf.Tensor,
    initial: tf.Tensor,
    *,
    size: tuple[int, int],
    log_outside: float,
) -> tf.Tensor:
    dtype = working_dtype(likelihood.dtype)
    likelihood, unfold = flatten_leading(tf.cast(likelihood, dtype), keep=2)
    likelihood = with_shape(likelihood, [*likelihood.shape[:2], size[0]])
    # Shapes that vary are generalised, but XLA compiles for these alone.
    transition = with_shape(tf.cast(transition, dtype), size)
    initial = with_shape(tf.cast(initial, dtype), size[:1])
    states = best_path((likelihood,), _same, transition, initial, log_outside=log_outside)
    return unfold(states)


def _same(likelihood: tf.Tensor) -> tf.Tensor:
    return likelihood


def best_path(
    seen: tuple[tf.Tensor, ...],
    likelihood: Callable[..., tf.Tensor],
    transition: tf.Tensor,
    initial: tf.Tensor,
    *,
    log_outside: float,
) -> tf.Tensor:
    """Decode what was seen, ``[batch, frames, ...]`` each, of which a function makes likelihoods.

    Args:
        seen: what is known of every frame.
        likelihood: from what was seen in ``[rows, some frames]`` to ``[rows, some, states]``, so
            that the likelihoods of all frames are never in memory at once.
        transition: as in :func:`viterbi`, of the dtype to compute in.
        initial: likewise.
        log_outside: likewise.

    Returns:
        int32 ``[batch, frames]``.
    """
    batch, frames = sizes(seen[0])[:2]
    rows = min(1 << max(batch - 1, 0).bit_length(), _MOST) if isinstance(batch, int) else _SIGNALS
    blocks, groups = -(-(frames - 1) // _BLOCK), -(-batch // rows)
    # One at least, for a list of none has no shape.
    groups = max(groups, 1) if isinstance(groups, int) else tf.maximum(groups, 1)
    spare = [[0, groups * rows - batch], [0, 1 + blocks * _BLOCK - frames]]
    seen = tuple(tf.pad(part, spare + [[0, 0]] * (part.shape.rank - 2)) for part in seen)
    arrivals = _arrivals(transition)

    def of_group(number: tf.Tensor) -> tf.Tensor:
        held = tuple(_cut(part, number * rows, rows, axis=0) for part in seen)
        return _decoded(held, likelihood, arrivals, initial, frames - 1, blocks, log_outside)

    spec = tf.TensorSpec([rows, None], tf.int32)
    one = isinstance(groups, int) and groups == 1
    made = of_group(0) if one else tf.map_fn(of_group, tf.range(groups), fn_output_signature=spec)
    made = tf.reshape(made, [groups * rows, 1 + blocks * _BLOCK])[:batch, :frames]
    return with_shape(made, [size if isinstance(size, int) else None for size in (batch, frames)])


def _cut(part: tf.Tensor, start: Any, count: int, axis: int) -> tf.Tensor:
    """So many places of an axis."""
    begin, size = [0] * part.shape.rank, list(sizes(part))
    begin[axis], size[axis] = start, count
    cut = tf.slice(part, tf.stack(begin), tf.stack(size))
    return with_shape(cut, [*part.shape[:axis], count, *part.shape[axis + 1 :]])


def _arrivals(transition: tf.Tensor) -> tf.Tensor:
    """The band by where its steps end, ``[places, states]``, a little wider than it was.

    At place p of state j is the step from state ``j + p - places // 2``.
    """
    states, width = transition.shape
    far = tf.pad(transition, [[width, width], [0, 0]], constant_values=-math.inf)
    place = tf.range(width)[:, None]
    start = tf.range(states) + place - width // 2 + width
    band = tf.gather(tf.reshape(far, [-1]), start * width + (width - 1 - place))
    places = -(-width // _UNROLLED) * _UNROLLED
    before = places // 2 - width // 2
    wider = [[before, places - width - before], [0, 0]]
    return tf.pad(band, wider, constant_values=-math.inf)


def _decoded(
    seen: tuple[tf.Tensor, ...],
    likelihood: Callable[..., tf.Tensor],
    arrivals: tf.Tensor,
    initial: tf.Tensor,
    steps: Any,
    blocks: Any,
    log_outside: float,
) -> tf.Tensor:
    """The paths of a few signals, ``[rows, 1 + frames of all blocks]``."""
    outside = tf.constant(log_outside, arrivals.dtype)

    def of_block(number: tf.Tensor) -> tuple[tf.Tensor, ...]:
        held = (_cut(part, 1 + number * _BLOCK, _BLOCK, axis=1) for part in seen)
        return likelihood(*held), arrivals, outside, tf.minimum(steps - number * _BLOCK, _BLOCK)

    def ahead(value: tf.Tensor, number: tf.Tensor) -> tf.Tensor:
        return _fused(_advanced)(value, *of_block(number))

    def back(later: tf.Tensor, both: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
        value, number = both
        return _fused(_retraced)(value, later[:, 0], *of_block(number))

    begin = likelihood(*(part[:, :1] for part in seen))[:, 0] + initial
    numbers = tf.range(blocks)
    values = tf.concat([begin[None], tf.scan(ahead, numbers, begin)], axis=0)
    last = tf.argmax(values[-1], axis=1, output_type=tf.int32)[:, None]
    paths = tf.scan(back, (values[:-1], numbers), tf.tile(last, [1, _BLOCK]), reverse=True)
    paths = tf.transpose(paths, [1, 0, 2])
    path = tf.reshape(paths, [begin.shape[0], blocks * _BLOCK])[:, :steps]
    rest = tf.tile(last, [1, 1 + blocks * _BLOCK - steps])
    return tf.concat([path, rest], axis=1)


@functools.lru_cache(maxsize=2)
def _fused(kernel: Callable) -> Any:
    """One function for all, so that XLA compiles it once for each choice of sizes."""
    return tf.function(kernel, jit_compile=True, autograph=False)


def _advanced(
    value: tf.Tensor,
    likelihood: tf.Tensor,
    arrivals: tf.Tensor,
    outside: tf.Tensor,
    steps: tf.Tensor,
) -> tf.Tensor:
    """The values after so many frames of ``[rows, block, states]``."""

    def step(frame: tf.Tensor, value: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return frame + 1, _after(value, arrivals, outside) + likelihood[:, frame]

    return tf.while_loop(lambda frame, _: frame < steps, step, (0, value))[1]


def _after(value: tf.Tensor, arrivals: tf.Tensor, outside: tf.Tensor) -> tf.Tensor:
    """The value of the best way into every state, ``[rows, states]``; the best state's is 0."""
    (rows, states), places = value.shape, arrivals.shape[0]
    top = tf.reduce_max(value, axis=1, keepdims=True)
    # Where all is impossible there is nothing to keep in range.
    value -= tf.where(tf.math.is_finite(top), top, tf.zeros_like(top))
    around = _with_neighbours(value, places)

    def passed(first: tf.Tensor, best: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        for place in range(_UNROLLED):
            step = tf.slice(arrivals, [first + place, 0], [1, states])
            best = tf.maximum(best, tf.slice(around, [0, first + place], [rows, states]) + step)
        return first + _UNROLLED, best

    best = tf.reduce_max(value, axis=1, keepdims=True) + outside + tf.zeros_like(value)
    return tf.while_loop(lambda first, _: first < places, passed, (0, best))[1]


def _with_neighbours(value: tf.Tensor, places: int) -> tf.Tensor:
    """States with as many more around them as the band reaches."""
    return tf.pad(value, [[0, 0], [places // 2, places]], constant_values=-math.inf)


def _retraced(
    value: tf.Tensor,
    last: tf.Tensor,
    likelihood: tf.Tensor,
    arrivals: tf.Tensor,
    outside: tf.Tensor,
    steps: tf.Tensor,
) -> tf.Tensor:
    """The states ``[rows, block]`` before so many steps, of which the last ends in a state."""

    def step(frame: tf.Tensor, value: tf.Tensor, before: tf.TensorArray) -> tuple:
        after = _after(value, arrivals, outside) + likelihood[:, frame]
        return frame + 1, after, before.write(frame, value)

    kept = tf.TensorArray(value.dtype, _BLOCK, element_shape=value.shape)
    kept = tf.while_loop(lambda frame, *_: frame < steps, step, (0, value, kept))[2]

    def step_back(frame: tf.Tensor, state: tf.Tensor, path: tf.TensorArray) -> tuple:
        state = _origin(kept.read(frame), state, arrivals, outside)
        return frame - 1, state, path.write(frame, state)

    path = tf.TensorArray(tf.int32, _BLOCK, element_shape=last.shape)
    held = tf.while_loop(lambda frame, *_: frame >= 0, step_back, (steps - 1, last, path))[2]
    return tf.transpose(held.stack())


def _origin(
    value: tf.Tensor, state: tf.Tensor, arrivals: tf.Tensor, outside: tf.Tensor
) -> tf.Tensor:
    """Where the best way into a state comes from, ``[rows]``."""
    places = arrivals.shape[0]
    here = state[:, None] + tf.range(places)
    ways = tf.gather(_with_neighbours(value, places), here, batch_dims=1)
    ways += tf.gather(tf.transpose(arrivals), state)
    near = state + tf.argmax(ways, axis=1, output_type=tf.int32) - places // 2
    far = tf.argmax(value, axis=1, output_type=tf.int32)
    leaps = tf.reduce_max(value, axis=1) + outside > tf.reduce_max(ways, axis=1)
    return tf.clip_by_value(tf.where(leaps, far, near), 0, value.shape[1] - 1)
