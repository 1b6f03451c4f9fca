"""Envelopes against straight lines, published curves and geometric series."""

import itertools
import math

import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from tests.tolerances import assert_close

RATE = 1000


def envelope(seconds: np.ndarray, points: list, curvature: float = 0.0) -> np.ndarray:
    """What SuperCollider's Env has between points (time, level), in float64."""
    result = np.full(seconds.shape, float(points[-1][1]))
    for (start, low), (end, high) in itertools.pairwise(points):
        inside = (seconds >= start) & (seconds < end)
        u = (seconds[inside] - start) / (end - start)
        if curvature:
            u = (1 - np.exp(-curvature * u)) / (1 - np.exp(-curvature))
        result[inside] = low + (high - low) * u
    return result


@pytest.mark.parametrize("curvature", [0.0, 5.0, -3.0, 50.0])
@pytest.mark.parametrize(
    "note", [0.9, 0.25, 0.13, 0.05], ids=["sustained", "at the sustain", "decaying", "attacking"]
)
def test_adsr_is_its_segments(note, curvature):
    attack, decay, sustain, release = 0.1, 0.15, 0.6, 0.3
    seconds = np.arange(1500) / RATE
    held = [(0.0, 0.0), (attack, 1.0), (attack + decay, sustain), (9.0, sustain)]
    key = envelope(seconds, held, curvature)
    let_go = envelope(np.array([note]), held, curvature)[0]
    fall = envelope(seconds, [(note, let_go), (note + release, 0.0)], curvature)
    result = st.adsr(
        *map(np.float64, (attack, decay, sustain, release)),
        np.array(note),
        sample_rate=RATE,
        length=1500,
        curvature=curvature,
    )
    assert_close(result, np.where(seconds < note, key, fall), 2**14, np.float64)


def test_adsr_of_a_batch_is_each_note_alone(rng):
    times = rng.uniform(0.01, 0.3, (4, 3, 2))
    sustain, onset = rng.uniform(0, 1, 2), rng.uniform(0, 0.2, (3, 1))
    settings = {"sample_rate": RATE, "length": 700, "curvature": 4.0}
    attack, decay, release, note = times
    batch = st.adsr(attack, decay, sustain, release, note, onset_seconds=onset, **settings)
    for i in range(3):
        for j in range(2):
            alone = [x[i, j] for x in (attack, decay, release, note)]
            alone.insert(2, sustain[j])
            one = st.adsr(*map(np.array, alone), onset_seconds=onset[i, 0], **settings)
            assert_close(batch[i, j], one.numpy(), 64, np.float64)


@pytest.mark.parametrize("hop", [1, 64, 2.5])
def test_an_envelope_at_frames_is_every_so_many_samples(hop):
    note = (0.1, 0.2, 0.5, 0.3, 0.6)
    frames = st.adsr(*note, sample_rate=RATE, length=999, hop_length=hop).numpy()
    dense = st.adsr(*note, sample_rate=2 * RATE, length=2 * 999).numpy()
    assert_close(frames, dense[:: int(2 * hop)], 256, np.float32)
    assert abs(len(frames) - math.ceil(999 / hop)) == 0


def test_a_time_of_nothing_is_a_jump():
    settings = {"sample_rate": 10, "length": 8}
    note = st.adsr(0, 0, 0.5, 0, 0.4, onset_seconds=0.2, **settings)
    assert note.numpy().tolist() == [0, 0, 0.5, 0.5, 0.5, 0.5, 0, 0]
    struck = st.adsr(0, 0.2, 0.0, 0, 9.0, **settings)
    assert struck.numpy().tolist() == [1, 0.5, 0, 0, 0, 0, 0, 0]
    steps = st.breakpoint_envelope([1.0, 2.0, 3.0, 3.0], [0.0, 0.2, 0.0], **settings)
    assert steps.numpy().tolist() == [2, 2.5, 3, 3, 3, 3, 3, 3]


def test_an_exponential_fall_is_a_geometric_series():
    fall = st.breakpoint_envelope(
        np.array([1.0, 1e-3]), [1.0], sample_rate=RATE, length=1001, curvature=math.log(1e3)
    )
    assert_close(fall, np.geomspace(1, 1e-3, 1001), 64, np.float64)


@pytest.mark.parametrize("curvature", [0.0, 2.5])
def test_breakpoints_are_their_segments(curvature, rng):
    levels, seconds = rng.standard_normal((2, 5)), rng.uniform(0.05, 0.3, 4)
    result = st.breakpoint_envelope(
        levels, seconds, sample_rate=RATE, length=1500, curvature=curvature
    )
    times = np.concatenate([[0.0], np.cumsum(seconds)])
    for item, level in zip(result, levels, strict=True):
        points = list(zip(times, level, strict=True))
        expected = envelope(np.arange(1500) / RATE, points, curvature)
        assert_close(item, expected, 2**14, np.float64)


KINDS = [float, lambda x: np.array(x, np.float32), lambda x: np.array(x, np.float64)]
kinds = pytest.mark.parametrize("kind", KINDS, ids=["plain", "float32", "float64"])


@kinds
def test_late_notes_are_as_good_as_early_ones(kind):
    """Let go after an hour of 48 kHz, which float32 counts in steps of 16 samples."""

    def end_of(seconds: float) -> np.ndarray:
        times = map(kind, (0.01, 0.02, 0.5, 0.01, seconds))
        settings = {"sample_rate": 48000, "length": 1000}
        return st.adsr(*times, onset_seconds=kind(1 / 128 - seconds), **settings).numpy()

    early, late = end_of(0.5), end_of(3600.0)
    assert np.ptp(early) == 0.5
    np.testing.assert_allclose(
        late, early, rtol=0, atol=1e-6 if early.dtype == np.float32 else 1e-12
    )


@kinds
def test_a_late_onset_is_between_two_samples(kind):
    """After 10 minutes, and as a breakpoint; a hop leads there at once."""
    rate, onset, attack = 48000, kind(600.0123), kind(0.01)
    start = float(onset) * rate
    hop = math.ceil(start) + 100
    settings = {"sample_rate": rate, "length": hop + 1, "hop_length": hop}
    expected = [0.0, (hop - start) / (float(attack) * rate)]
    note = st.adsr(attack, *map(kind, (1.0, 0.5, 1.0, 1.0)), onset_seconds=onset, **settings)
    seconds = [onset, attack] if kind is float else np.stack([onset, attack])
    levels = [0.0, 0.0, 1.0] if kind is float else np.array([0.0, 0.0, 1.0], seconds.dtype)
    line = st.breakpoint_envelope(levels, seconds, **settings)
    for result in (note, line):
        atol = 1e-7 if result.dtype == tf.float32 else 1e-12
        np.testing.assert_allclose(result, expected, rtol=0, atol=atol)


def test_a_jump_is_at_the_sample_that_is_meant():
    """At 0.07 seconds of 100 Hz too, though 0.07 * 100 is above 7."""
    counts = np.arange(1, 1000)
    notes = st.adsr(0, 0, 1.0, 0, (counts / 100).tolist(), sample_rate=100, length=1001)
    np.testing.assert_array_equal(np.count_nonzero(notes, axis=-1), counts)


NOTE = {"attack_seconds": 0.01234, "decay_seconds": 0.0456, "sustain": 0.61}
NOTE |= {"release_seconds": 0.0789, "note_seconds": 0.10237, "onset_seconds": 0.00371}


@pytest.mark.parametrize("curvature", [0.0, 5.0])
@pytest.mark.parametrize("name", NOTE)
def test_adsr_is_differentiable_in_everything(name, curvature, rng):
    weights = rng.standard_normal(300)
    settings = {"sample_rate": RATE, "length": 300, "curvature": curvature}

    def value(number):
        note = {key: tf.constant(x, tf.float64) for key, x in NOTE.items()} | {name: number}
        return tf.reduce_sum(st.adsr(**note, **settings) * weights)

    point = tf.constant(NOTE[name], tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(point)
        here = value(point)
    difference = (value(point + 1e-7) - value(point - 1e-7)) / 2e-7
    assert tape.gradient(here, point).numpy() == pytest.approx(difference.numpy(), rel=1e-6)


def test_times_of_nothing_have_finite_gradients():
    times = [tf.zeros([]), tf.constant(1e-30), tf.constant(-1.0), tf.constant(1e-9)]
    for time in times:
        with tf.GradientTape() as tape:
            tape.watch(time)
            note = st.adsr(time, time, 0.5, time, 0.1, sample_rate=RATE, length=300)
            slide = st.glide([220.0, 440.0, 330.0], time, sample_rate=RATE)
            line = st.glide([220.0, 440.0, 330.0], time, sample_rate=RATE, curve="linear")
            value = tf.reduce_sum(note) + tf.reduce_sum(slide) + tf.reduce_sum(line)
        np.testing.assert_allclose(slide, [220, 440, 330], rtol=1e-6)
        np.testing.assert_allclose(line, [220, 440, 330], rtol=1e-6)
        assert tape.gradient(value, time).numpy() == 0.0


def test_adsr_is_fitted_by_gradient_descent():
    settings = {"sample_rate": RATE, "length": 1000, "curvature": 3.0}
    wanted = st.adsr(0.08, 0.2, 0.4, 0.25, 0.6, **settings)
    logs = [tf.Variable(math.log(x)) for x in (0.15, 0.1, 0.6, 0.1, 0.5)]
    optimizer = tf.keras.optimizers.Adam(0.05)
    for step in range(300):
        optimizer.learning_rate.assign(0.05 * 0.985**step)
        with tf.GradientTape() as tape:
            note = st.adsr(*map(tf.exp, logs), **settings)
            loss = tf.reduce_mean((note - wanted) ** 2)
        optimizer.apply_gradients(zip(tape.gradient(loss, logs), logs, strict=True))
    found = np.exp([float(x) for x in logs])
    np.testing.assert_allclose(found, [0.08, 0.2, 0.4, 0.25, 0.6], rtol=0, atol=5e-3)


def test_half_precision_is_computed_in_single():
    times = [tf.constant(x, tf.float16) for x in (0.01, 0.02, 0.5, 0.03, 0.06)]
    wide = [tf.cast(x, tf.float32) for x in times]
    settings = {"sample_rate": RATE, "length": 100}
    result = st.adsr(*times, **settings)
    np.testing.assert_array_equal(result, tf.cast(st.adsr(*wide, **settings), tf.float16))
    f0_hz = tf.constant([220.0, 440.0, 330.0], tf.bfloat16)
    result = st.glide(f0_hz, 0.002, sample_rate=RATE)
    expected = st.glide(tf.cast(f0_hz, tf.float32), 0.002, sample_rate=RATE)
    np.testing.assert_array_equal(result, tf.cast(expected, tf.bfloat16))


def test_nan_in_a_tensor_makes_nan_of_its_own_item():
    nan = tf.constant([0.1, np.nan])
    for name in NOTE:
        note = NOTE | {name: nan}
        spoilt = np.isnan(st.adsr(**note, sample_rate=RATE, length=400).numpy())
        assert not spoilt[0].any()
        assert spoilt[1].any()
    for curve in ("exponential", "linear"):
        moved = st.glide([220.0, 440.0], nan, sample_rate=RATE, curve=curve).numpy()
        assert np.isfinite(moved[0]).all()
        assert np.isnan(moved[1]).all()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"attack_seconds": -0.1}, "attack_seconds must be finite and of at least 0; got -0.1"),
        ({"note_seconds": np.nan}, "note_seconds must be finite and of at least 0; got nan"),
        ({"release_seconds": [0.1, np.inf]}, "release_seconds must be finite and of at least 0"),
        ({"decay_seconds": np.array([-1.0])}, "decay_seconds must be finite and of at least 0"),
        ({"sustain": 1.2}, r"sustain must be finite and in \[0, 1\]; got 1.2"),
        ({"onset_seconds": np.nan}, "onset_seconds must be finite; got nan"),
        ({"sample_rate": 0}, "sample_rate must be above 0 Hz; got 0"),
        ({"length": -1}, "length must be an integer of at least 0; got -1"),
        ({"hop_length": 0}, "hop_length must be a number in"),
        ({"curvature": 51.0}, r"curvature must be in \[-50, 50\]; got 51.0"),
        ({"curvature": np.nan}, r"curvature must be in \[-50, 50\]; got nan"),
        ({"sustain": np.ones(2), "note_seconds": np.ones(3)}, "sustain.*must broadcast; got"),
        ({"sustain": np.ones(2), "note_seconds": tf.ones(2)}, "must have one dtype; got"),
        ({"sustain": tf.constant([1])}, "sustain must be floating point; got int32"),
    ],
)
def test_a_note_that_is_none_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        st.adsr(**{**NOTE, "sample_rate": RATE, "length": 100, **wrong})


@pytest.mark.parametrize(
    ("levels", "seconds", "message"),
    [
        ([0.0, 1.0], [0.1, 0.1], r"levels must be \[..., segments \+ 1\] and seconds"),
        (1.0, [0.1], r"levels must be \[..., segments \+ 1\] and seconds"),
        ([0.0, 1.0], 0.1, r"levels must be \[..., segments \+ 1\] and seconds"),
        ([0.0, np.nan], [0.1], "levels must be finite; got"),
        ([0.0, 1.0], [-0.1], "seconds must be finite and of at least 0; got"),
        (np.ones((2, 2)), np.ones((3, 1)), "levels and seconds must broadcast; got"),
    ],
)
def test_breakpoints_that_do_not_fit_are_refused(levels, seconds, message):
    with pytest.raises(ValueError, match=message):
        st.breakpoint_envelope(levels, seconds, sample_rate=RATE, length=100)
