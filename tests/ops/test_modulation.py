"""Frequency modulation against Bessel's series, and against the formula in exact phase."""

from fractions import Fraction

import numpy as np
import pytest
import scipy.special
import tensorflow as tf

import spectrotools as st
from tests.tolerances import assert_close, error_db

RATE, HOP = 16000, 64
GRID = {"sample_rate": RATE, "hop_length": HOP}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("ratio", "index"), [(1.0, 0.5), (2.0, 3.0), (0.25, 8.0), (3.0, 0.0)])
def test_sidebands_are_bessels(ratio, index, dtype):
    frames, f0_hz = 250, 1000.0  # one second: a bin is 1 Hz
    sound = st.fm_synthesis(
        np.full(frames, f0_hz, dtype),
        np.ones(frames, dtype),
        [ratio],
        np.full((frames, 1), index, dtype),
        **GRID,
    ).numpy()
    assert sound.dtype == dtype
    order = np.arange(-80, 81)
    frequencies = f0_hz + order * ratio * f0_hz  # whole numbers
    turns = np.outer(frequencies, np.arange(len(sound))) % RATE / RATE
    waves = np.sin(2 * np.pi * turns)
    expected = scipy.special.jv(order, index) @ waves
    assert error_db(sound, expected) < {np.float32: -112, np.float64: -280}[dtype]


def test_a_stack_is_the_formula_of_its_phases(rng):
    f0_hz, amplitudes = rng.uniform(200, 300, (2, 9)), rng.uniform(0.5, 1, (2, 9))
    indices, start = rng.uniform(0, 3, (2, 9, 2)), rng.uniform(-3, 3, (2, 3))
    sound, phase = st.fm_synthesis(
        f0_hz,
        amplitudes,
        [1.5, 4.0],
        indices,
        initial_phase=start,
        interpolation="linear",
        return_phase=True,
        **GRID,
    )
    frames, place = np.arange(10) * HOP, np.arange(9 * HOP)
    for item in range(2):
        along = [
            np.interp(place, frames, [*part, part[-1]])
            for part in (amplitudes[item], *indices[item].T)
        ]
        moved = 0.0
        for ratio, strength, begin in zip(
            (4.0, 1.5, 1.0), along[::-1], start[item][::-1], strict=True
        ):
            own = st.oscillator_phase(f0_hz[item] * ratio, initial_phase=begin, **GRID).numpy()
            moved = strength * np.sin(own + moved)
        assert_close(sound[item], moved, 1e3, np.float64)
    assert phase.shape == (2, 3)


def test_what_is_harmonic_stays_so_for_an_hour():
    f0_hz, hop = np.float32(441.7), RATE
    frames = 3600
    phase = st.fm_synthesis(
        np.full(frames, f0_hz),
        np.zeros(frames, np.float32),
        [3.0],
        np.ones([frames, 1], np.float32),
        sample_rate=RATE,
        hop_length=hop,
        return_phase=True,
    ).final_phase.numpy()
    exact = [Fraction(float(f0_hz)) * ratio * frames % 1 for ratio in (1, 3)]
    off = [
        (Fraction(int(p), 2**64) - turn + Fraction(1, 2)) % 1 - Fraction(1, 2)
        for p, turn in zip(phase, exact, strict=True)
    ]
    assert max(abs(float(part)) for part in off) < 1e-9


def test_blocks_are_the_whole(rng):
    f0_hz, indices = rng.uniform(100, 300, 9), rng.uniform(0, 2, (9, 1))
    whole = st.fm_synthesis(f0_hz, f0_hz, [2.0], indices, **GRID)
    phase, parts = None, []
    for first, last in ((0, 4), (4, 9)):
        frames = slice(first, last + 1)
        sound, phase = st.fm_synthesis(
            f0_hz[frames],
            f0_hz[frames],
            [2.0],
            indices[frames],
            length=(last - first) * HOP,
            initial_phase=phase,
            return_phase=True,
            **GRID,
        )
        parts.append(sound)
    np.testing.assert_array_equal(tf.concat(parts, axis=0), whole)


def test_controls_go_through_no_matrix_product(rng):
    """A GPU multiplies matrices of float32 with 11 bits of each number."""
    given = [tf.constant(rng.uniform(100, 300, s), tf.float32) for s in ((9,), (9,), (9, 2))]
    run = tf.function(lambda f0_hz, a, indices: st.fm_synthesis(f0_hz, a, [2.0], indices, **GRID))
    graph = run.get_concrete_function(*given).graph
    inner = [function.graph for function in graph._functions.values()]
    kinds = {op.type for g in (graph, *inner) for op in g.get_operations()}
    assert "Sin" in kinds  # this is the graph of the samples
    assert not [kind for kind in kinds if "MatMul" in kind or "Einsum" in kind]


def test_gradients_are_those_of_central_differences(rng):
    given = [
        rng.uniform(300, 400, (2, 7)),
        rng.uniform(0.5, 1, (2, 7)),
        rng.uniform(1, 2, (2, 7, 2)),
        rng.uniform(0, 2, (2, 7, 2)),
        rng.uniform(-1, 1, (2, 3)),
    ]
    weights = rng.standard_normal((2, 7 * HOP))

    def value(*parts):
        sound = st.fm_synthesis(*parts[:4], initial_phase=parts[4], **GRID)
        return tf.reduce_sum(tf.tanh(sound) * weights)

    points = [tf.constant(part) for part in given]
    with tf.GradientTape() as tape:
        tape.watch(points)
        result = value(*points)
    for i, gradient in enumerate(tape.gradient(result, points)):
        direction, step = rng.standard_normal(given[i].shape), 1e-6
        ends = [
            value(*given[:i], given[i] + sign * step * direction, *given[i + 1 :])
            for sign in (1, -1)
        ]
        expected = float(ends[0] - ends[1]) / (2 * step)
        assert np.sum(gradient * direction) == pytest.approx(expected, rel=1e-5)


def test_operators_without_a_sound_are_silent():
    f0_hz = np.array([[np.nan] * 4, [8000.0] * 4, [3000.0] * 4, [0.0] * 4])
    sound = st.fm_synthesis(f0_hz, np.ones([4, 4]), [3.0], np.ones([4, 4, 1]), **GRID)
    np.testing.assert_array_equal(sound[:2], 0.0)
    plain = np.sin(2 * np.pi * (np.arange(4 * HOP) * 3000.0 / RATE % 1.0))
    assert_close(sound[2], plain, 64, np.float64)  # the modulator would be at 9000 Hz
    np.testing.assert_array_equal(sound[3], 0.0)


def test_wrong_arguments_are_refused():
    f0_hz, one = np.full(4, 100.0), np.ones(4)
    with pytest.raises(ValueError, match="indices must have at least one modulator; got 0"):
        st.fm_synthesis(f0_hz, one, [2.0], np.ones([4, 0]), **GRID)
    with pytest.raises(ValueError, match="f0_hz and amplitudes and indices must have the same"):
        st.fm_synthesis(f0_hz, one, [2.0], np.ones([3, 1]), **GRID)
    with pytest.raises(ValueError, match="ratios must have one number, or that of modulators, 2"):
        st.fm_synthesis(f0_hz, one, [2.0, 1.0, 3.0], np.ones([4, 2]), **GRID)
    with pytest.raises(
        ValueError, match="f0_hz and amplitudes and indices must have at least one frame"
    ):
        st.fm_synthesis(f0_hz[:0], one[:0], [2.0], np.ones([0, 1]), **GRID)
    unknown = tf.function(
        lambda indices: st.fm_synthesis(f0_hz, one, [2.0], indices, **GRID),
        input_signature=[tf.TensorSpec([4, None], tf.float64)],
    )
    with pytest.raises(ValueError, match="indices must have a known number of modulators; got"):
        unknown(np.ones([4, 1]))
