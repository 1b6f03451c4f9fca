r"""Cascades of recursive filters by blocks.

Of the equation :math:`y[n] = \sum_k b_k x[n-k] - \sum_{k>0} a_k y[n-k]` a block of B samples is
a triangular system, :math:`A y = N x_+ + W s`: A and N are Toeplitz of the coefficients, x_+ is
the input with what came before it, s the outputs before the block. What a cascade makes of a
block is therefore linear in its input and in the states of all its sections,

.. math::
    y = P x_+ + Q s, \qquad s' = D x_+ + M s,

with matrices that all blocks share while the coefficients stay: two products, and a recurrence of
vectors once in B samples. Poles near the unit circle need all of it in float64, and s in
coordinates that no step stretches. The forward substitutions that make the matrices are the very
recursions that a sequential filter goes through.
"""

from typing import Any, NamedTuple

import tensorflow as tf

from .matrix_recurrence import changing_recurrence, matrix_powers, steady_recurrence, times
from .numerics import sizes

__all__ = ["recursive_cascade"]

_BLOCK = 32  # samples; the products cost as much a sample
_MATRIX = 16  # numbers a sample that the matrices of a filter that changes may take
_LEAST_POWER = 1e-30  # of a prediction error; what is below is of a filter that is not stable
_LARGEST = 1e9  # coordinates beyond would be of such a filter too


class Grid(NamedTuple):
    """How a signal is cut: into frames of one filter each, and these into blocks."""

    hop: Any  # samples of a frame
    frames: Any
    blocks: Any  # of a frame
    size: int  # samples of a block
    last: int | None  # how many samples of a frame's last block count; None of a single frame


def recursive_cascade(
    audio: tf.Tensor, sections: tf.Tensor, past: tf.Tensor, *, hop_length: int | None
) -> tuple[tf.Tensor, tf.Tensor]:
    """Filter a signal by sections that stay, or that stay for every hop.

    Args:
        audio: ``[batch, time]``, float64.
        sections: numerator and denominator of every section, the first of the denominator 1,
            ``[batch or 1, frames or 1, sections, 2, order + 1]``, of known ``sections`` and order.
        past: the samples before the first of the input and of every section's output, the oldest
            first, ``[batch, sections + 1, order]``.
        hop_length: samples that a frame of coefficients is for; None is all.

    Returns:
        ``[batch, time]``, and such a past of the sample after the last.
    """
    grid = _grid(sizes(audio)[1], hop_length, past.shape[1] * past.shape[2])
    if hop_length is not None:
        sections = sections[:, : grid.frames]
    to_state, from_state = _coordinates(sections[..., 1, 1:])
    responses = _responses(sections, from_state, grid.size)
    rows = _rows(audio, past[:, 0], grid)
    first = tf.linalg.matvec(to_state[:, 0], past[:, 1:])
    states = _states(rows, responses, to_state, _flat(first), grid)
    known = tf.concat([rows, states], axis=-1)
    result = times(known, responses[-1][..., past.shape[-1] :, :])
    return _signal(result, grid, sizes(audio)[1]), _left(audio, past, known, responses, grid)


def _grid(time: Any, hop_length: int | None, beside: int) -> Grid:
    """The cut of so many samples, for blocks to which ``beside`` other numbers matter."""
    if hop_length is None:
        blocks = _at_least_one(-(-time // _BLOCK))
        return Grid(blocks * _BLOCK, 1, blocks, _BLOCK, None)
    # Blocks as even as they can be, of matrices that do not outgrow the signal.
    most = int((_MATRIX * hop_length + 0.25 * beside**2) ** 0.5 - 0.5 * beside)
    most = min(_BLOCK, max(most, 1))
    blocks = -(-hop_length // most)
    size = -(-hop_length // blocks)
    frames = _at_least_one(-(-time // hop_length))
    return Grid(hop_length, frames, blocks, size, hop_length - (blocks - 1) * size)


def _at_least_one(count: Any) -> Any:
    return max(count, 1) if isinstance(count, int) else tf.maximum(count, 1)


def _coordinates(denominator: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Matrices from past outputs, the oldest first, to a state, and back, ``[..., order, order]``.

    The state is the errors of backward predictors, of one power each: noise through the filter
    has it white. So no step lengthens it, where the outputs of a filter of low pitch differ by
    little and a step would have to blow up their differences. The result does not depend on the
    choice, so that no gradient flows through it. A filter that is not stable has no such state.
    """
    order = denominator.shape[-1]
    predictor = tf.stop_gradient(denominator)
    power = tf.ones_like(predictor[..., :1])
    rows = []
    for size in range(order, 0, -1):  # step down from the predictor of a size to the one below
        reflection = predictor[..., -1:]
        below = tf.maximum(1.0 - reflection**2, _LEAST_POWER)
        predictor = predictor[..., :-1]
        predictor = (predictor - reflection * tf.reverse(predictor, [-1])) / below
        power /= below
        backward = tf.concat([tf.ones_like(power), predictor], axis=-1) / tf.sqrt(power)
        rows.append(_after_zeros(backward, order - size))
    to_state = tf.stack(rows[::-1], axis=-2)
    same = tf.broadcast_to(tf.eye(order, dtype=to_state.dtype), tf.shape(to_state))
    sound = tf.reduce_all(tf.abs(to_state) < _LARGEST, axis=[-2, -1], keepdims=True)
    # With the newest output in the first column it is triangular, as the identity is then not.
    newest_first = tf.reverse(to_state, [-1])
    newest_first = tf.where(sound, newest_first, same)
    inverse = tf.linalg.triangular_solve(newest_first, same, lower=True)
    return tf.reverse(newest_first, [-1]), tf.reverse(inverse, [-2])


def _after_zeros(values: tf.Tensor, count: int) -> tf.Tensor:
    return tf.pad(values, [[0, 0]] * (values.shape.rank - 1) + [[count, 0]])


def _responses(sections: tf.Tensor, from_state: tf.Tensor, size: int) -> list[tf.Tensor]:
    """What every section gives, before a block and in it, of the block's input and the states.

    Returns:
        a tensor a section, ``[batch or 1, frames or 1, order + size, order + size + states]``:
        its rows are the outputs, its columns the input with ``order`` samples before it, and the
        states of all sections.
    """
    count, order = sections.shape[2], sections.shape[-1] - 1
    inputs, states = order + size, order * count
    whole = sections[..., 1, :]
    numerator = _toeplitz(sections[..., 0, :], size, inputs, order)
    system = _toeplitz(whole, size, size, 0)
    outputs = -tf.matmul(_toeplitz(whole, size, order, order), from_state)
    responses: list[tf.Tensor] = []
    for i in range(count):
        place = [[0, 0]] * 3 + [[inputs + i * order, states - (i + 1) * order]]
        if i == 0:
            driven = tf.pad(numerator[:, :, i], [[0, 0]] * 3 + [[0, states]])
        else:
            driven = tf.matmul(numerator[:, :, i], responses[-1])
        driven += tf.pad(outputs[:, :, i], place)
        inside = tf.linalg.triangular_solve(system[:, :, i], driven, lower=True)
        responses.append(tf.concat([tf.pad(from_state[:, :, i], place), inside], axis=-2))
    return responses


def _toeplitz(values: tf.Tensor, rows: int, columns: int, shift: int) -> tf.Tensor:
    """The value numbered ``i + shift - j`` in row i and column j, ``[..., rows, columns]``.

    Rows of one sequence, each read one place further to the left: a copy with another stride.
    """
    count, length = values.shape[-1], rows + columns
    first = shift + rows - count
    sequence = tf.reverse(values, [-1])[..., max(-first, 0) :][..., :length]
    left = max(first, 0)
    right = length - left - sequence.shape[-1]
    keep = [[0, 0]] * (values.shape.rank - 1)
    sequence = tf.pad(sequence, [*keep, [left, right]])[..., None, :]
    repeated = tf.tile(sequence, [1] * (values.shape.rank - 1) + [rows, 1])
    leading = tf.shape(values)[:-1]
    flat = tf.reshape(repeated, tf.concat([leading, [rows * length]], axis=0))
    flat = flat[..., rows - 1 : rows - 1 + rows * (length - 1)]
    skewed = tf.reshape(flat, tf.concat([leading, [rows, length - 1]], axis=0))
    return skewed[..., :columns]


def _rows(audio: tf.Tensor, heard: tf.Tensor, grid: Grid) -> tf.Tensor:
    """Every block after the ``order`` samples before it, ``[batch, frames, blocks, ...]``."""
    batch, time = sizes(audio)
    hop, frames, blocks, size, _ = grid
    padded = tf.pad(audio, [[0, 0], [0, frames * hop - time]])
    split = tf.reshape(padded, [batch, frames, hop])
    if grid.last not in (None, size):
        split = tf.pad(split, [[0, 0], [0, 0], [0, blocks * size - hop]])
    split = tf.reshape(split, [batch, frames, blocks, size])
    start = tf.range(frames)[:, None] * hop + tf.range(blocks) * size
    place = start[..., None] + tf.range(heard.shape[-1])
    before = tf.gather(tf.concat([heard, padded], axis=1), place, axis=1)
    return tf.concat([before, split], axis=-1)


def _states(
    rows: tf.Tensor, responses: list[tf.Tensor], to_state: tf.Tensor, first: tf.Tensor, grid: Grid
) -> tf.Tensor:
    """The states before every block, ``[batch, frames, blocks, sections * order]``.

    Args:
        rows: of :func:`_rows`.
        responses: of :func:`_responses`.
        to_state: of :func:`_coordinates`.
        first: the state before the first block, ``[batch, sections * order]``.
        grid: how the signal is cut.
    """
    by_input, step = _next_states(responses, to_state, grid.size, rows.shape[-1])
    drive = times(rows, by_input)
    if grid.last is None:
        started = tf.concat([first[:, None, None], drive[:, :, :-1]], axis=2)
        return steady_recurrence(step, started)
    powers = matrix_powers(step, grid.blocks)
    from_rest = steady_recurrence(step, tf.pad(drive[:, :, :-1], [[0, 0]] * 2 + [[1, 0], [0, 0]]))
    # From frame to frame: the last block of each may be a short one, and the next frame has
    # coordinates of its own.
    later = tf.concat([to_state[:, 1:], to_state[:, -1:]], axis=1)
    by_input, final = _next_states(responses, later, grid.last, rows.shape[-1])
    ends = times(rows[:, :, -1:], by_input)[:, :, 0]
    ends += tf.linalg.matvec(final, from_rest[:, :, -1])
    ends = tf.concat([first[:, None], ends[:, :-1]], axis=1)
    whole = tf.matmul(final, powers[:, :, -1])[:, :-1]
    starts = changing_recurrence(tf.pad(whole, [[0, 0], [1, 0], [0, 0], [0, 0]]), ends)
    return from_rest + tf.linalg.matvec(powers, starts[:, :, None])


def _next_states(
    responses: list[tf.Tensor], to_state: tf.Tensor, place: int, inputs: int
) -> tuple[tf.Tensor, tf.Tensor]:
    """What the states ``place`` samples into a block are of its input, and of those before it."""
    order = to_state.shape[-1]
    ends = [response[..., place : place + order, :] for response in responses]
    advance = tf.matmul(to_state, tf.stack(ends, axis=2))
    leading, (count, _, columns) = tf.shape(advance)[:2], advance.shape[2:]
    advance = tf.reshape(advance, tf.concat([leading, [count * order, columns]], axis=0))
    return advance[..., :inputs], advance[..., inputs:]


def _flat(states: tf.Tensor) -> tf.Tensor:
    batch, count, order = sizes(states)
    return tf.reshape(states, [batch, count * order])


def _signal(blocks: tf.Tensor, grid: Grid, time: Any) -> tf.Tensor:
    batch = sizes(blocks)[0]
    if grid.last not in (None, grid.size):
        joined = tf.reshape(blocks, [batch, grid.frames, grid.blocks * grid.size])
        blocks = joined[:, :, : grid.hop]
    return tf.reshape(blocks, [batch, grid.frames * grid.hop])[:, :time]


def _left(
    audio: tf.Tensor, past: tf.Tensor, known: tf.Tensor, responses: list[tf.Tensor], grid: Grid
) -> tf.Tensor:
    """The last samples of the input and of every section, ``[batch, sections + 1, order]``."""
    order, time = past.shape[-1], sizes(audio)[1]
    inputs = tf.concat([past[:, 0], audio[:, -order:]], axis=1)[:, -order:]
    inside = time - (grid.frames - 1) * grid.hop
    block = _at_least_one(-(-inside // grid.size)) - 1
    place = inside - block * grid.size
    outputs = tf.stack([part[:, -1, place : place + order] for part in responses], axis=1)
    last = tf.linalg.matvec(outputs, known[:, -1, None, block])
    return tf.concat([inputs[:, None], last], axis=1)
