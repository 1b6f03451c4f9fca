"""The cost of transport beside SciPy's distance, linear programmes and closed forms."""

import numpy as np
import pytest
import scipy.optimize
import scipy.stats
import tensorflow as tf

import spectrotools as st
from spectrotools.ops.transport import grid_transport_cost


def masses(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """With places of no mass between."""
    return rng.random(shape) * (rng.random(shape) < 0.7) + 1e-3 * (np.arange(shape[-1]) == 0)


def programme(u, v, u_weights, v_weights, p):
    """The least cost over all plans, by linear programming."""
    n, m = len(u), len(v)
    leave = np.kron(np.eye(n), np.ones(m))
    arrive = np.kron(np.ones(n), np.eye(m))
    ways = np.abs(np.subtract.outer(u, v)) ** p
    given = np.r_[u_weights / u_weights.sum(), v_weights / v_weights.sum()]
    return scipy.optimize.linprog(ways.ravel(), A_eq=np.r_[leave, arrive], b_eq=given).fun


@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 9), (12, 7), (40, 40)])
def test_the_distance_is_that_of_scipy(n, m, rng):
    u, v = rng.standard_normal(n), rng.standard_normal(m)
    given = u, v, masses(rng, n), masses(rng, m)
    expected = scipy.stats.wasserstein_distance(*given)
    assert float(st.transport_cost(*given)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("p", [1.0, 1.5, 2.0, 3.0])
def test_no_plan_is_cheaper(p, rng):
    for n, m in ((3, 3), (6, 4), (9, 11)):
        given = rng.standard_normal(n), rng.standard_normal(m), masses(rng, n), masses(rng, m)
        expected = programme(*given, p)
        assert float(st.transport_cost(*given, p=p)) == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("p", [1.0, 2.0])
def test_on_a_grid_it_is_the_same(p, rng):
    grid = np.sort(rng.random(30))
    u, v = tf.constant(masses(rng, 5, 30)), tf.constant(masses(rng, 5, 30))
    expected = st.transport_cost(grid, grid, u, v, p=p)
    np.testing.assert_allclose(grid_transport_cost(u, v, grid, p=p), expected, rtol=1e-12)


@pytest.mark.parametrize("p", [1.0, 2.0, 2.5])
def test_two_points_cost_the_way_between_them(p):
    cost = st.transport_cost(np.array([1.0]), np.array([4.0]), np.ones(1), np.ones(1), p=p)
    assert float(cost) == pytest.approx(3.0**p, rel=1e-14)


def test_gaussians_cost_what_their_means_and_widths_differ_by():
    """W_2^2 = (m - n)^2 + (s - t)^2."""
    grid = np.linspace(-12, 14, 4001)
    first, second = (scipy.stats.norm.pdf(grid, *shape) for shape in ((0.0, 1.0), (2.0, 1.5)))
    cost = st.transport_cost(grid, grid, first, second, p=2)
    assert float(cost) == pytest.approx(2.0**2 + 0.5**2, rel=1e-4)


@pytest.mark.parametrize("p", [1.0, 2.0])
def test_twice_the_weight_costs_the_same(p, rng):
    """DDSP's distance is twice as large for twice the weights."""
    u, v = rng.standard_normal(8), rng.standard_normal(8)
    a, b = masses(rng, 8), masses(rng, 8)
    once = float(st.transport_cost(u, v, a, b, p=p))
    assert float(st.transport_cost(u, v, 2 * a, 2 * b, p=p)) == once
    assert float(st.transport_cost(u, v, a, 3e5 * b, p=p)) == pytest.approx(once, rel=1e-13)
    assert float(st.transport_cost(3 * u, 3 * v, a, b, p=p)) == pytest.approx(3**p * once)


def test_no_mass_is_spread_evenly():
    places, none, even = np.array([0.0, 1.0, 5.0]), np.zeros(3), np.full(3, 7.0)
    assert float(st.transport_cost(places, places, none, even)) == pytest.approx(0.0, abs=1e-15)
    assert float(st.transport_cost(places, [1.0], none, [1.0])) == pytest.approx(5 / 3)


def test_axes_broadcast(rng):
    grid = np.arange(6.0)
    u, v = masses(rng, 4, 1, 6), masses(rng, 3, 6)
    cost = st.transport_cost(grid, grid, u, v)
    assert cost.shape == (4, 3)
    expected = st.transport_cost(grid, grid, u[2, 0], v[1])
    assert float(cost[2, 1]) == pytest.approx(float(expected), rel=1e-13)


@pytest.mark.parametrize("p", [1.0, 1.5, 2.0])
def test_gradients_are_those_of_differences(p, rng):
    given = [rng.standard_normal(9), rng.standard_normal(7), masses(rng, 9), masses(rng, 7)]
    tensors = [tf.constant(value) for value in given]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        cost = st.transport_cost(*tensors, p=p)
    for place, gradient in enumerate(tape.gradient(cost, tensors)):
        # A place of no mass cannot lose any.
        direction = rng.standard_normal(len(given[place])) * (given[place] != 0)
        ends = []
        for sign in (1e-7, -1e-7):
            moved = list(given)
            moved[place] = moved[place] + sign * direction
            ends.append(float(st.transport_cost(*moved, p=p)))
        expected = (ends[0] - ends[1]) / 2e-7
        assert np.sum(gradient * direction) == pytest.approx(expected, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("p", [1.0, 1.5, 2.0])
def test_gradients_of_equal_and_of_no_masses_are_finite(p):
    for weights in (
        tf.zeros([1, 5]),
        tf.ones([1, 5]),
        tf.one_hot([2], 5),
        1e-30 * tf.ones([1, 5]),
    ):
        places = tf.constant([[0.0, 1.0, 1.0, 2.0, 3.0]])
        with tf.GradientTape() as tape:
            tape.watch([places, weights])
            cost = st.transport_cost(places, places, weights, weights, p=p)
        for gradient in tape.gradient(cost, [places, weights]):
            assert np.all(np.isfinite(gradient))
        assert float(cost[0]) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("p", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_masses_that_are_no_numbers_have_no_cost(wrong, p):
    """They are not taken for a lack of mass, which would be spread evenly."""
    places, good, bad = np.arange(3.0), np.ones(3), np.array([1.0, wrong, 1.0])
    for weights in ((good, bad), (bad, good), (bad, bad)):
        assert np.isnan(st.transport_cost(places, places, *weights, p=p))


ONES = np.ones(3)


@pytest.mark.parametrize(
    ("given", "p", "message"),
    [
        ((ONES, ONES, ONES, np.ones(4)), 1, r"v_values and v_weights must be of one number of p"),
        ((ONES, ONES, np.ones(2), ONES), 1, r"u_values and u_weights must .* '\(3,\) and \(2,\)'"),
        ((np.float64(1), ONES, ONES, ONES), 1, "u_values must have at least one place"),
        ((ONES[:0], ONES, ONES[:0], ONES), 1, "u_values must have at least one place"),
        ((ONES, ONES, np.ones((2, 3)), np.ones((4, 3))), 1, "must broadcast; got"),
        ((ONES, ONES, ONES, np.ones(3, int)), 1, "v_weights must be floating point; got int64"),
        ((ONES,) * 4, 0.5, r"p must be finite and in \[1, 8\]; got 0.5"),
    ],
)
def test_what_cannot_be_moved_is_refused(given, p, message):
    with pytest.raises(ValueError, match=message):
        st.transport_cost(*given, p=p)
