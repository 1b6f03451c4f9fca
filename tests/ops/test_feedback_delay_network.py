"""Feedback delay networks against a loop over samples in NumPy, and the decay asked for."""

import numpy as np
import pytest
import scipy.signal
import scipy.stats
import tensorflow as tf

import spectrotools as st
from tests.tolerances import error_db

RATE = 16000
DELAYS = (61, 37, 83, 101, 59)
LINES = len(DELAYS)
SHELF = {"high_decay_seconds": 0.03, "crossover_hz": 2500.0}


def shelves(delays: np.ndarray, decay: float, high: float, crossover: float) -> tuple:
    """Numerators and denominators in z^-1, of SciPy's bilinear transform of the shelf."""
    low, high = 10 ** (-3 * delays / (decay * RATE)), 10 ** (-3 * delays / (high * RATE))
    edge, ratio = 2 * RATE * np.tan(np.pi * crossover / RATE), np.sqrt(high / low)
    pairs = [
        scipy.signal.bilinear([h, h * edge / r], [1.0, edge * r], RATE)
        for h, r in zip(high, ratio, strict=True)
    ]
    return tuple(np.array(part).T for part in zip(*pairs, strict=True))


def by_samples(audio, feedback, into, out, decay, delays=DELAYS, shelf=None):
    """The equations of the docstring, sample by sample, float64."""
    delays = np.asarray(delays)
    numerator, denominator = np.zeros((2, 2, len(delays)))
    numerator[0], denominator[0] = 10 ** (-3 * delays / (decay * RATE)), 1.0
    if shelf:
        numerator, denominator = shelves(delays, decay, *shelf.values())
    before, lines = delays.max() + 1, np.arange(len(delays))
    entered, result = np.zeros((len(delays), before + len(audio))), np.zeros(len(audio))
    given = np.zeros(len(delays))
    for n, sample in enumerate(audio):
        now, past = (entered[lines, before + n - delays - k] for k in (0, 1))
        given = numerator[0] * now + numerator[1] * past - denominator[1] * given
        result[n] = out @ given
        entered[:, before + n] = into * sample + feedback @ given
    return result


def network(rng, lines=LINES):
    mixing = scipy.stats.ortho_group.rvs(lines, random_state=1)
    return mixing, rng.standard_normal(lines), rng.standard_normal(lines)


@pytest.mark.parametrize("shelf", [None, SHELF], ids=["plain", "damped"])
@pytest.mark.parametrize("time", [0, 1, 36, 37, 38, 102, 2000])
def test_it_is_the_loop_over_samples(time, shelf, rng):
    audio, parts = rng.standard_normal(time), network(rng)
    expected = by_samples(audio, *parts, 0.2, shelf=shelf)
    for dtype, bound in ((np.float32, -125.0), (np.float64, -290.0)):
        given = [part.astype(dtype) for part in (audio, *parts)]
        result = st.feedback_delay_network(
            *given, 0.2, delays=DELAYS, sample_rate=RATE, **shelf or {}
        )
        assert result.dtype == dtype
        if time <= min(DELAYS):  # nothing has come out of a line yet
            assert not np.any(result)
            assert not np.any(expected)
        else:
            assert error_db(result.numpy(), expected) <= bound


@pytest.mark.parametrize("shelf", [{}, SHELF], ids=["plain", "damped"])
def test_a_block_of_nothing_in_a_graph_of_unknown_sizes(shelf, rng):
    parts = network(rng)
    settings = {"delays": DELAYS, "sample_rate": RATE, **shelf}
    run = tf.function(
        lambda audio: st.feedback_delay_network(audio, *parts, 0.2, **settings),
        input_signature=[tf.TensorSpec([None, None], tf.float64)],
    )
    assert run(np.zeros([3, 0])).shape == (3, 0)
    assert run(np.zeros([0, 50])).shape == (0, 50)


@pytest.mark.parametrize("delays", [(1,), (1, 3), (7, 7, 7), (2, 500), (33,)])
@pytest.mark.parametrize("shelf", [None, SHELF], ids=["plain", "damped"])
def test_delays_of_any_lengths(delays, shelf, rng):
    audio, parts = rng.standard_normal(700), network(rng, max(len(delays), 2))
    parts = [part[: len(delays)] for part in (parts[0][:, : len(delays)], *parts[1:])]
    result = st.feedback_delay_network(
        audio, *parts, 0.05, delays=delays, sample_rate=RATE, **shelf or {}
    )
    expected = by_samples(audio, *parts, 0.05, delays, shelf)
    assert error_db(result.numpy(), expected) <= -290.0


@pytest.mark.parametrize("shelf", [{}, SHELF], ids=["plain", "damped"])
@pytest.mark.parametrize("cuts", [[1, 2, 3], [500], [36, 37, 38, 0, 400], [100, 103, 1]])
def test_blocks_are_the_whole(cuts, shelf, rng):
    audio, parts = rng.standard_normal((2, 1000)), network(rng)
    settings = {"delays": DELAYS, "sample_rate": RATE, **shelf}
    whole = st.feedback_delay_network(audio, *parts, 0.2, **settings).numpy()
    state, blocks = None, []
    for block in np.split(audio, np.cumsum(cuts), axis=1):
        made, state = st.feedback_delay_network(
            block, *parts, 0.2, state=state, return_state=True, **settings
        )
        blocks.append(made)
    assert state.shape == (2, LINES, max(DELAYS) + 2)
    assert error_db(np.concatenate(blocks, axis=1), whole) <= -290.0


def test_the_response_decays_by_one_exponential(rng):
    """Every path through the lines, whatever its length in samples, loses as much a sample."""
    click, parts = np.eye(1, 4000)[0], network(rng)
    settings = {"delays": DELAYS, "sample_rate": RATE}
    lossless = st.feedback_delay_network(click, *parts, np.inf, **settings)
    decaying = st.feedback_delay_network(click, *parts, 0.2, **settings)
    expected = lossless * 10 ** (-3 * np.arange(4000) / (0.2 * RATE))
    assert error_db(decaying.numpy(), expected.numpy()) <= -290.0


@pytest.mark.parametrize("seconds", [0.4, 1.5])
def test_energy_decays_as_asked(seconds, rng):
    delays = 401, 431, 503, 547, 607, 661, 709, 757, 811, 863, 907, 953
    response = st.feedback_delay_network(
        np.eye(1, 2 * RATE)[0], *network(rng, 12), seconds, delays=delays, sample_rate=RATE
    )
    measured = st.reverberation_time(response, sample_rate=RATE)
    assert float(measured) == pytest.approx(seconds, rel=0.05)


def test_the_shelf_decays_as_asked_at_both_ends_and_between():
    """One line that feeds nothing: its delay and its filter, and their frequency response."""
    low, high, crossover = 0.7, 0.15, 1000.0
    response = st.feedback_delay_network(
        np.eye(1, RATE)[0],
        [[0.0]],
        [1.0],
        [1.0],
        low,
        delays=[250],
        sample_rate=RATE,
        high_decay_seconds=high,
        crossover_hz=crossover,
    ).numpy()
    places = np.array([0.0, crossover, RATE / 2])
    wave = np.exp(-2j * np.pi * places[:, None] / RATE * np.arange(RATE))
    rates = 60 / np.array([low, 2 / (1 / low + 1 / high), high])
    level = 20 * np.log10(abs(np.sum(wave * response, axis=1)))
    np.testing.assert_allclose(level, -rates * 250 / RATE, rtol=1e-9)


@pytest.mark.parametrize("shelf", [{}, {"high_decay_seconds": np.inf, "crossover_hz": 1000.0}])
def test_an_infinite_decay_loses_nothing(shelf):
    """Of orthogonal [A b; c d] no energy is lost: it has come out, or is in the lines."""
    whole = scipy.stats.ortho_group.rvs(LINES + 1, random_state=3)
    click = np.eye(1, 500)[0]
    wet, state = st.feedback_delay_network(
        click,
        whole[:-1, :-1],
        whole[:-1, -1],
        whole[-1, :-1],
        np.inf,
        delays=DELAYS,
        sample_rate=RATE,
        return_state=True,
        **shelf,
    )
    left = sum(np.sum(line[-1 - d : -1] ** 2) for line, d in zip(state, DELAYS, strict=True))
    assert left > 0.05
    assert np.sum((wet + whole[-1, -1] * click) ** 2) + left == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("shelf", [False, True], ids=["plain", "damped"])
def test_it_is_differentiable_in_every_tensor(shelf, rng):
    mixing, into, out = network(rng)
    points = [rng.standard_normal((2, 300)), 0.9 * mixing, into, out, np.array([0.1, 0.3])]
    points += [np.array(0.05), np.array([2000.0, 700.0])] if shelf else []
    weights, past = rng.standard_normal((2, 300)), rng.standard_normal((2, LINES, 103))

    def value(*points):
        *parts, state = points
        parts, extra = parts[:5], dict(zip(SHELF, parts[5:], strict=False))
        result, left = st.feedback_delay_network(
            *parts, delays=DELAYS, sample_rate=RATE, state=state, return_state=True, **extra
        )
        return tf.reduce_sum(tf.tanh(result) * weights) + tf.reduce_sum(tf.tanh(left[..., 3:]))

    points = [tf.constant(point) for point in (*points, past)]
    with tf.GradientTape() as tape:
        tape.watch(points)
        here = value(*points)
    for place, gradient in enumerate(tape.gradient(here, points)):
        direction = rng.standard_normal(points[place].shape)
        step = 1e-6 * max(1.0, float(tf.reduce_max(points[place])) / 100)
        moved = [
            value(*points[:place], points[place] + sign * step * direction, *points[place + 1 :])
            for sign in (1, -1)
        ]
        expected = float(moved[0] - moved[1]) / (2 * step)
        assert np.sum(gradient * direction) == pytest.approx(expected, rel=1e-5), place


def test_every_signal_of_a_batch_may_have_its_own_room(rng):
    audio = rng.standard_normal((3, 1, 400))
    rooms = [network(rng) for _ in range(2)]
    mixing, into, out = (np.stack(part) for part in zip(*rooms, strict=True))
    decay = np.array([[0.1], [0.2], [0.3]])
    result = st.feedback_delay_network(
        audio, mixing, into, out, decay, delays=DELAYS, sample_rate=RATE
    )
    assert result.shape == (3, 2, 400)
    for i in range(3):
        for j in range(2):
            expected = by_samples(audio[i, 0], *rooms[j], decay[i, 0])
            assert error_db(result[i, j].numpy(), expected) <= -290.0


PARTS = np.zeros(10), np.eye(2), np.ones(2), np.ones(2), 1.0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({0: np.zeros(10, np.int16)}, "audio must be floating point; got int16"),
        ({0: 1.0}, r"audio must be \[..., time\] for 2 delays; got"),
        ({1: np.eye(3)}, r"feedback must be \[..., 2, 2\] for 2 delays; got \(3, 3\)"),
        ({2: np.ones(3)}, r"input_gains must be \[..., 2\] for 2 delays; got \(3,\)"),
        ({3: np.ones(1)}, r"output_gains must be \[..., 2\] for 2 delays; got \(1,\)"),
        ({2: np.ones((2, 2)), 3: np.ones((3, 2))}, "must broadcast; got"),
        ({4: 0.0}, "decay_seconds must be finite and above 0; got 0.0"),
        ({"delays": ()}, "delays must be of at least one line"),
        ({"delays": (0, 3)}, "delays must be an integer of at least 1; got 0"),
        ({"delays": (2.5, 3)}, "delays must be an integer of at least 1; got 2.5"),
        ({"sample_rate": 0}, "sample_rate must be above 0 Hz; got 0"),
        ({"high_decay_seconds": 1.0}, "crossover_hz must be given with high_decay_seconds"),
        ({"crossover_hz": 1.0}, "crossover_hz must be given with high_decay_seconds"),
        (
            {"high_decay_seconds": -1.0, "crossover_hz": 1.0},
            "high_decay_seconds must be finite and above 0; got -1.0",
        ),
        (
            {"high_decay_seconds": 1.0, "crossover_hz": 8000.0},
            r"crossover_hz must be finite and in \(0, 8000\); got 8000.0",
        ),
        ({"state": np.zeros((1, 2, 3))}, "state must be what the same op with the same settings"),
    ],
)
def test_a_network_that_is_none_is_refused(wrong, message):
    parts = [wrong.get(place, part) for place, part in enumerate(PARTS)]
    settings = {name: value for name, value in wrong.items() if isinstance(name, str)}
    with pytest.raises(ValueError, match=message):
        st.feedback_delay_network(*parts, **{"delays": (3, 4), "sample_rate": RATE, **settings})
