"""Likeliest paths against librosa's, and against all paths."""

import itertools

import librosa
import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st


def band(matrix: np.ndarray, width: int) -> np.ndarray:
    """The logarithm of a matrix, by its diagonals."""
    states = len(matrix)
    logs = np.full((states, width), -np.inf)
    for i, c in itertools.product(range(states), range(width)):
        if 0 <= i + c - width // 2 < states and matrix[i, i + c - width // 2] > 0:
            logs[i, c] = np.log(matrix[i, i + c - width // 2])
    return logs


@pytest.mark.parametrize("frames", [1, 2, 64, 65, 66, 200])
@pytest.mark.parametrize(("states", "width"), [(3, 3), (5, 9), (30, 7), (40, 21)])
def test_paths_are_librosas(rng, states, width, frames):
    matrix = librosa.sequence.transition_local(states, min(width, states))
    seen, begin = rng.dirichlet(np.ones(states), frames), rng.dirichlet(np.ones(states))
    expected = librosa.sequence.viterbi(seen.T, matrix, p_init=begin)
    result = st.viterbi(np.log(seen), band(matrix, width), log_initial=np.log(begin))
    np.testing.assert_array_equal(result, expected)
    assert result.dtype == tf.int32


@pytest.mark.parametrize("log_outside", [-np.inf, -3.0, -0.5])
def test_no_path_is_likelier(rng, log_outside):
    states, width, frames = 5, 3, 6
    seen = rng.standard_normal((frames, states))
    steps, begin = rng.standard_normal((states, width)) - 1.0, rng.standard_normal(states)

    def score(path: tuple[int, ...]) -> float:
        total = begin[path[0]] + sum(seen[t, state] for t, state in enumerate(path))
        for before, after in itertools.pairwise(path):
            near = abs(after - before) <= width // 2
            inside = steps[before, after - before + width // 2] if near else -np.inf
            total += max(inside, log_outside)
        return total

    best = max(itertools.product(range(states), repeat=frames), key=score)
    result = st.viterbi(seen, steps, log_initial=begin, log_outside=log_outside)
    assert tuple(result.numpy()) == best


def test_what_is_impossible_is_not_taken():
    seen = np.log([[0.5, 0.5, 1e-9], [1e-9, 1.0, 1e-9], [1e-9, 1e-9, 1.0]])
    steps = np.full((3, 3), -np.inf)
    steps[:, 1] = 0.0  # nothing moves
    assert st.viterbi(seen, steps).numpy().tolist() == [1, 1, 1]
    nowhere = np.full((4, 3), -np.inf)  # all alike: any path, and none out of range
    assert set(st.viterbi(nowhere, steps).numpy()) <= {0, 1, 2}


def test_long_paths_are_as_sure_in_single_precision(rng):
    true = np.cumsum(rng.integers(-1, 2, 20000)) % 50
    seen = -200.0 * (np.arange(50) != true[:, None])
    steps = np.zeros((50, 3))
    result = st.viterbi(seen.astype(np.float32), steps, log_outside=-1.0)
    np.testing.assert_array_equal(result, true)


@pytest.mark.parametrize("batch", [3, 21])  # some side by side, and more than are at a time
def test_a_batch_is_its_signals_also_where_the_graph_knows_no_size(rng, batch):
    seen, steps = rng.standard_normal((batch, 70, 6)), rng.standard_normal((6, 5))
    alone = np.stack([st.viterbi(one, steps) for one in seen])
    np.testing.assert_array_equal(st.viterbi(seen, steps), alone)
    spec = tf.TensorSpec([None, None, None], tf.float64)
    unknown = tf.function(lambda seen: st.viterbi(seen, steps), input_signature=[spec])
    np.testing.assert_array_equal(unknown(seen), alone)


@pytest.mark.parametrize(
    ("seen", "steps", "more", "message"),
    [
        ([1.0], [[0.0]], {}, "log_likelihood must have axes of frames and states; got"),
        ([[1.0]], [0.0], {}, r"log_transition must be \[states, width\]; got"),
        ([[1.0]], [[0.0, 0.0]], {}, "log_transition must be of odd width; got 2"),
        ([[1.0, 2.0]], [[0.0]], {}, "log_likelihood must have the 1 states of log_transition"),
        ([[1.0]], [[0.0]], {"log_initial": [0.0, 0.0]}, r"log_initial must be \[1\]; got"),
        ([[1.0]], [[0.0]], {"log_outside": 0.5}, "log_outside must be at most 0; got 0.5"),
        (np.zeros((0, 1)), [[0.0]], {}, "log_likelihood must have at least one frame; got 0"),
    ],
)
def test_what_does_not_fit_is_refused(seen, steps, more, message):
    with pytest.raises(ValueError, match=message):
        st.viterbi(seen, steps, **more)


def test_transitions_of_unknown_shape_are_refused():
    spec = [tf.TensorSpec([4, 2], tf.float32), tf.TensorSpec([None, 3], tf.float32)]
    with pytest.raises(ValueError, match="log_transition must be of known shape"):
        tf.function(st.viterbi, input_signature=spec).get_concrete_function()
