"""Wavetables against DDSP's published formula, SciPy's splines, and the harmonics they hold."""

import numpy as np
import pytest
import scipy.interpolate
import scipy.signal
import tensorflow as tf

import spectrotools as st
from tests.tolerances import assert_close, error_db

RATE, HOP = 16000, 64
GRID = {"sample_rate": RATE, "hop_length": HOP}
LOOKUPS = ("linear", "cubic", "bandlimited")


def steady(value: float, frames: int, dtype: type = np.float64) -> np.ndarray:
    return np.full(frames, value, dtype)


def ddsps(f0_hz: float, table: np.ndarray, length: int) -> np.ndarray:
    """DDSP's lookup: exclusive sums of f / sr modulo 1, a table wrapped by one sample, lines."""
    phase = np.arange(length) * f0_hz / RATE % 1.0
    wrapped = np.append(table, table[0])
    return np.interp(phase * len(table), np.arange(len(wrapped)), wrapped)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000, 2048])
def test_linear_is_ddsps_formula_for_any_size(size, rng):
    table = rng.uniform(-1, 1, size)
    sound = st.wavetable_synthesis(steady(441.7, 9), np.ones(9), table, lookup="linear", **GRID)
    assert_close(sound, ddsps(441.7, table, 9 * HOP), 1e5, np.float64)  # of sums of 576 roundings


@pytest.mark.parametrize("size", [4, 7, 100])
def test_cubic_is_the_hermite_spline_of_central_differences(size, rng):
    table = rng.uniform(-1, 1, size)
    slopes = (np.roll(table, -1) - np.roll(table, 1)) / 2
    spline = scipy.interpolate.CubicHermiteSpline(
        np.arange(size + 1), np.append(table, table[0]), np.append(slopes, slopes[0])
    )
    sound = st.wavetable_synthesis(steady(137.0, 9), np.ones(9), table, lookup="cubic", **GRID)
    expected = spline(np.arange(9 * HOP) * 137.0 / RATE % 1.0 * size)
    assert_close(sound, expected, 1e5, np.float64)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("lookup", "size", "bound_db"),
    [
        ("linear", 256, -82.0),  # (2 pi / 256)^2 / 8 of a sine
        ("linear", 2048, -118.0),
        ("cubic", 64, -95.0),
        ("cubic", 256, -130.0),
        ("bandlimited", 8, -95.0),
        ("bandlimited", 64, -130.0),
    ],
)
def test_a_sine_table_is_a_sine(lookup, size, bound_db, dtype, rng):
    f0_hz, amplitudes = rng.uniform(100, 900, (2, 20)), rng.uniform(0.5, 1, (2, 20))
    f0_hz, amplitudes = f0_hz.astype(dtype), amplitudes.astype(dtype)
    table = np.sin(2 * np.pi * np.arange(size) / size).astype(dtype)
    sound = st.wavetable_synthesis(f0_hz, amplitudes, table, lookup=lookup, **GRID)
    one = np.ones_like(f0_hz)[..., None]
    expected = st.harmonic_synthesis(f0_hz, amplitudes, one, **GRID)
    assert error_db(sound.numpy(), expected.numpy()) < bound_db


@pytest.mark.parametrize("interpolation", ["cosine", "linear"])
def test_tables_that_change_sound_as_their_harmonics_do(interpolation, rng):
    f0_hz = rng.uniform(200, 240, (2, 11))
    amplitudes, distribution = rng.uniform(0.5, 1, (2, 11)), rng.uniform(0, 1, (2, 11, 12))
    tables = st.harmonics_to_wavetable(distribution, size=512)
    settings = {**GRID, "interpolation": interpolation, "length": 10 * HOP + 7}
    sound, phase = st.wavetable_synthesis(
        f0_hz, amplitudes, tables, initial_phase=[1.0, -2.0], return_phase=True, **settings
    )
    expected, its_phase = st.harmonic_synthesis(
        f0_hz,
        amplitudes,
        distribution,
        initial_phase=[1.0, -2.0],
        return_phase=True,
        **settings,
    )
    assert error_db(sound.numpy(), expected.numpy()) < -120
    np.testing.assert_array_equal(phase, its_phase)


@pytest.mark.parametrize("size", [63, 64])
def test_harmonics_to_wavetable_is_the_sum_of_sines(size, rng):
    distribution = rng.uniform(0, 1, (3, 31))
    place = 2 * np.pi * np.arange(size) / size
    expected = distribution @ np.sin(np.arange(1, 32)[:, None] * place)
    assert_close(st.harmonics_to_wavetable(distribution, size=size), expected, 64, np.float64)


def harmonics_and_rest(sound: np.ndarray, f0_hz: float, rate: int) -> tuple[np.ndarray, float]:
    """Amplitudes of all harmonics by least squares, and the strongest of what is no harmonic, dB.

    The rest is seen through a Blackman window, and told beside the fundamental.
    """
    count = int(np.ceil(rate / 2 / f0_hz)) - 1
    turns = np.multiply.outer(np.arange(len(sound)) * f0_hz / rate, np.arange(count + 1)) % 1.0
    basis = np.exp(2j * np.pi * turns)
    basis = np.concatenate([basis.real, basis.imag[:, 1:]], axis=1)
    found = np.linalg.lstsq(basis, sound.astype(np.float64), rcond=None)[0]
    amplitudes = np.hypot(found[1 : count + 1], found[count + 1 :])
    window = scipy.signal.windows.blackman(len(sound))
    rest = np.abs(np.fft.rfft((sound - basis @ found) * window)) * 2 / window.sum()
    return amplitudes, 20 * np.log10(rest.max() / amplitudes[0])


@pytest.mark.parametrize("changing", [False, True])
@pytest.mark.parametrize(("size", "bound_db"), [(2048, -120.0), (256, -95.0), (64, -70.0)])
@pytest.mark.parametrize("rate", [16000, 48000])
def test_a_saw_read_in_its_band_does_not_alias(rate, size, bound_db, changing):
    k = np.arange(1, size // 2)
    saw = np.sum(np.sin(2 * np.pi * np.outer(k, np.arange(size)) / size) / k[:, None], axis=0)
    table = np.tile(saw, (64, 1)) if changing else saw
    f0_hz = np.tile(np.float32([55.3, 441.7, 2500.7, 5000.3])[:, None], 64)
    sounds = st.wavetable_synthesis(
        f0_hz, np.ones_like(f0_hz), table.astype(np.float32), sample_rate=rate, hop_length=64
    ).numpy()
    for tone, sound in zip(f0_hz[:, 0].astype(float), sounds, strict=True):
        amplitudes, rest_db = harmonics_and_rest(sound, tone, rate)
        assert rest_db < bound_db
        # A semitone is lost, and of a table that does not change at most a third of an octave.
        most = min(int(rate / 2 / tone / 2 ** (1 / 12)), size // 2 - 1)
        heard = np.arange(1, 1 + (most if changing else max(1, int(most / 2 ** (1 / 3)) - 1)))
        error = 20 * np.log10(amplitudes[: len(heard)] * heard)
        np.testing.assert_allclose(error, 0.0, atol=0.1)


def against_oversampled(make, over: int = 8) -> float:
    """What ``make(sample_rate=..., hop_length=...)`` has below 6 kHz that it has not, or has less,
    if made at a higher rate, dB of the peak there."""
    heard = []
    for times in (over, 1):
        sound = make(sample_rate=RATE * times, hop_length=HOP * times).numpy()
        taps = scipy.signal.firwin(512 * times + 1, 6000, width=1500, fs=RATE * times)
        low = scipy.signal.fftconvolve(sound, taps, "same")[::times]
        heard.append(low[16 * HOP : -16 * HOP])  # without what the ends do to the filter
    return error_db(heard[1], heard[0])


@pytest.mark.parametrize("changing", [False, True])
def test_partials_that_cross_the_nyquist_frequency_fade(changing):
    saw = st.harmonics_to_wavetable(1 / np.arange(1.0, 256), size=512).numpy()
    table = np.tile(saw, (120, 1)) if changing else saw
    f0_hz, one = np.linspace(1500, 2500, 120), np.ones(120)
    glide = against_oversampled(lambda **grid: st.wavetable_synthesis(f0_hz, one, table, **grid))
    assert glide < -80


def test_a_table_read_without_its_band_aliases():
    k = np.arange(1, 1024)
    saw = np.sum(np.sin(2 * np.pi * np.outer(k, np.arange(2048)) / 2048) / k[:, None], axis=0)
    sound = st.wavetable_synthesis(steady(2500.7, 63), np.ones(63), saw, lookup="cubic", **GRID)
    assert harmonics_and_rest(sound.numpy(), 2500.7, RATE)[1] > -30


def test_partials_are_cut_in_both_segments_that_a_table_sounds_in():
    table = st.harmonics_to_wavetable([0.0, 0.0, 1.0], size=64)[None]
    table = tf.repeat(table, 12, axis=0)
    f0_hz = np.concatenate([steady(1000.0, 6, np.float32), steady(2700.0, 6, np.float32)])
    sound = st.wavetable_synthesis(f0_hz, np.ones_like(f0_hz), table, **GRID).numpy()
    frames = np.abs(sound.reshape(12, HOP)).max(axis=1)
    assert np.all(frames[:4] > 0.9)
    np.testing.assert_allclose(frames[5:], 0.0, atol=1e-6)  # 8100 Hz from frame 6 on


@pytest.mark.parametrize("lookup", LOOKUPS)
@pytest.mark.parametrize("changing", [False, True])
def test_gradients_are_those_of_central_differences(lookup, changing, rng):
    shape = (2, 7, 12) if changing else (12,)
    given = [rng.uniform(800, 900, (2, 7)), rng.uniform(0.5, 1, (2, 7)), rng.uniform(-1, 1, shape)]
    given.append(rng.uniform(-1, 1, 2))
    weights = rng.standard_normal((2, 7 * HOP))

    def value(f0_hz, amplitudes, tables, phase):
        sound = st.wavetable_synthesis(
            f0_hz, amplitudes, tables, lookup=lookup, initial_phase=phase, **GRID
        )
        return tf.reduce_sum(tf.tanh(sound) * weights)

    points = [tf.constant(part) for part in given]
    with tf.GradientTape() as tape:
        tape.watch(points)
        result = value(*points)
    for i, gradient in enumerate(tape.gradient(result, points)):
        direction = rng.standard_normal(given[i].shape)
        step = 1e-7 if i in (0, 3) else 1e-5  # the slope of a line jumps at every sample
        ends = []
        for sign in (1, -1):
            moved = given[i] + sign * step * direction
            ends.append(value(*given[:i], moved, *given[i + 1 :]))
        expected = float(ends[0] - ends[1]) / (2 * step)
        assert np.sum(gradient * direction) == pytest.approx(expected, rel=1e-5)


def in_blocks(f0_hz: np.ndarray, tables: np.ndarray, size: int, **settings) -> np.ndarray:
    """A stream: so many segments at a time, with the frame that the last of them goes to."""
    phase, parts = None, []
    for first in range(0, len(f0_hz), size):
        frames = slice(first, first + size + 1)
        sound, phase = st.wavetable_synthesis(
            f0_hz[frames],
            np.ones_like(f0_hz[frames]),
            tables if tables.ndim == 1 else tables[frames],
            length=min(size, len(f0_hz) - first) * HOP,
            initial_phase=phase,
            return_phase=True,
            **{**GRID, **settings},
        )
        parts.append(sound)
    return np.concatenate(parts)


@pytest.mark.parametrize("lookup", LOOKUPS)
@pytest.mark.parametrize("changing", [False, True])
@pytest.mark.parametrize("motion", ["vibrato", "leaps"])
def test_blocks_are_the_whole(motion, changing, lookup, rng):
    f0_hz = 220 + 20 * np.sin(np.arange(60) * 2 * np.pi * 5 * HOP / RATE)
    f0_hz = rng.uniform(100, 3000, 60) if motion == "leaps" else f0_hz
    tables = rng.uniform(-1, 1, (60, 256)) if changing else np.arange(32.0)
    whole = st.wavetable_synthesis(f0_hz, np.ones(60), tables, lookup=lookup, **GRID)
    for size in (1, 7, 10):
        np.testing.assert_array_equal(in_blocks(f0_hz, tables, size, lookup=lookup), whole)


@pytest.mark.parametrize("changing", [False, True])
def test_tiles_are_the_whole(changing, rng, monkeypatch):
    shape = (3, 47, 10) if changing else (10,)
    given = [rng.uniform(100, 900, (3, 47)), rng.uniform(0, 1, (3, 47)), rng.uniform(-1, 1, shape)]
    weights = tf.constant(rng.standard_normal((3, 47 * HOP)))

    def both() -> list[tf.Tensor]:
        tensors = [tf.constant(part) for part in given]
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            sound = st.wavetable_synthesis(*tensors, **GRID)
        return [sound, *tape.gradient(sound, tensors, output_gradients=weights)]

    whole = both()
    monkeypatch.setattr("spectrotools.ops.voices._TILE", 8 * HOP)  # 141 rows: 17 tiles and 5
    for cut, expected in zip(both(), whole, strict=True):
        assert_close(cut, expected, 64, np.float64)


def test_tables_of_items_and_of_all_are_the_same(rng):
    f0_hz, table = rng.uniform(100, 300, (3, 9)), rng.uniform(-1, 1, 100)
    for lookup in LOOKUPS:
        shared, own, each = (
            st.wavetable_synthesis(f0_hz, np.ones_like(f0_hz), tables, lookup=lookup, **GRID)
            for tables in (table, np.tile(table, (3, 1, 1)), np.tile(table, (3, 9, 1)))
        )
        assert_close(own, shared, 64, np.float64)
        if lookup != "bandlimited":
            assert_close(each, shared, 64, np.float64)


@pytest.mark.parametrize("lookup", LOOKUPS)
def test_frequencies_without_a_sound_are_silent_and_all_others_sound(lookup):
    f0_hz = np.array([[np.nan] * 4, [8000.0] * 4, [1e9] * 4, [0.0] * 4, [-100.0] * 4])
    table = np.array([0.5, 1.0, 0.25, -1.0])
    given = tf.constant(f0_hz)
    with tf.GradientTape() as tape:
        tape.watch(given)
        sound = st.wavetable_synthesis(given, np.ones_like(f0_hz), table, lookup=lookup, **GRID)
    np.testing.assert_array_equal(sound[:3], 0.0)
    np.testing.assert_allclose(sound[3], 0.5, rtol=1e-12)
    forward = st.wavetable_synthesis(
        steady(100.0, 4), np.ones(4), np.roll(table[::-1], 1), lookup=lookup, **GRID
    )
    assert_close(sound[4], forward, 1e3, np.float64)
    assert np.all(np.isfinite(tape.gradient(sound, given)[:, 0][1:]))


def test_a_table_is_learned(rng):
    f0_hz, one = steady(200.0, 20, np.float32), np.ones(20, np.float32)
    target = np.sin(2 * np.pi * np.arange(64) / 64).astype(np.float32)
    wanted = st.wavetable_synthesis(f0_hz, one, target, **GRID)
    table = tf.Variable(rng.uniform(-0.1, 0.1, 64).astype(np.float32))
    losses = []
    for _ in range(200):
        with tf.GradientTape() as tape:
            sound = st.wavetable_synthesis(f0_hz, one, table, **GRID)
            loss = tf.reduce_mean((sound - wanted) ** 2)
        table.assign_sub(10.0 * tape.gradient(loss, table))
        losses.append(float(loss))
    assert losses[-1] < 1e-3 * losses[0]


def test_wrong_arguments_are_refused(rng):
    f0_hz, one, table = steady(100.0, 4), np.ones(4), np.ones(8)
    for tables, rule in (
        (np.ones([4, 0]), "wavetables must have at least one sample; got 0"),
        (np.ones([3, 8]), "f0_hz and amplitudes and wavetables must have the same number of fr"),
    ):
        with pytest.raises(ValueError, match=rule):
            st.wavetable_synthesis(f0_hz, one, tables, **GRID)
    with pytest.raises(ValueError, match="f0_hz and amplitudes must have the same number"):
        st.wavetable_synthesis(f0_hz, one[:3], table, **GRID)
    with pytest.raises(ValueError, match="f0_hz and amplitudes must have at least one frame; got"):
        st.wavetable_synthesis(f0_hz[:0], one[:0], table, **GRID)
    with pytest.raises(ValueError, match="lookup must be one of 'bandlimited', 'cubic', 'linear'"):
        st.wavetable_synthesis(f0_hz, one, table, lookup="sinc", **GRID)
    unknown = tf.function(
        lambda tables: st.wavetable_synthesis(f0_hz, one, tables, **GRID),
        input_signature=[tf.TensorSpec([None], tf.float64)],
    )
    with pytest.raises(ValueError, match="wavetables must have a known size; got"):
        unknown(table)
    with pytest.raises(ValueError, match=r"size must be an integer of at least 7; got 6"):
        st.harmonics_to_wavetable([1.0, 2.0, 3.0], size=6)
    free = tf.function(
        st.harmonics_to_wavetable, input_signature=[tf.TensorSpec([None], tf.float64)]
    )
    with pytest.raises(ValueError, match="harmonic_distribution must have a known number of har"):
        free(table)
