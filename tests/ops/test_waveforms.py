"""Waveforms against their exact Fourier series and SciPy's; what they alias, measured."""

import numpy as np
import pytest
import scipy.signal
import tensorflow as tf

import spectrotools as st
from tests.ops.test_wavetables import against_oversampled, harmonics_and_rest
from tests.tolerances import assert_close, error_db

RATE, HOP = 16000, 64
GRID = {"sample_rate": RATE, "hop_length": HOP}
SHAPES = ("saw", "square", "triangle", "pulse")
FORMS = ("hard", "smooth")
TONES = [55.3, 441.7, 2500.7, 5000.3]
WIDTH = 0.3


def made(shape, f0_hz, amplitudes, **settings):
    """A waveform; a pulse has the width above."""
    if shape == "pulse":
        settings = {"pulse_width": np.full_like(f0_hz, WIDTH), **settings}
    return st.waveform_synthesis(f0_hz, amplitudes, shape=shape, **{**GRID, **settings})


def series(
    shape: str, phase: np.ndarray, f0_hz: np.ndarray, form: str, rate: int = RATE, width=WIDTH
) -> np.ndarray:
    """The published Fourier series, harmonic by harmonic, each with its gain at every sample."""
    total = np.full_like(phase, 2 * width - 1 if shape == "pulse" else 0.0)
    for k in range(1, int(np.max(most_harmonics(f0_hz, rate))) + 1):
        odd = k % 2
        part = {
            "saw": -2 / (np.pi * k) * np.sin(k * phase),
            "square": odd * 4 / (np.pi * k) * np.sin(k * phase),
            "triangle": -odd * 8 / (np.pi * k) ** 2 * np.cos(k * phase),
            "pulse": 4
            / (np.pi * k)
            * np.sin(np.pi * k * width)
            * np.cos(k * (phase - np.pi * width)),
        }[shape]
        total += gain(k * f0_hz, rate, form) * part
    return total if shape != "pulse" else total - (2 * width - 1) * (1 - gain(f0_hz, rate, form))


def gain(hz: np.ndarray, rate: int, form: str) -> np.ndarray:
    """1 below the Nyquist frequency, or half a cosine over the last tenth."""
    place = np.clip(10 * np.abs(hz) / (rate / 2) - 9, 0, 1)
    return np.where(place < 1, 0.5 + 0.5 * np.cos(np.pi * place) if form == "smooth" else 1.0, 0.0)


def most_harmonics(f0_hz: np.ndarray, rate: int) -> np.ndarray:
    return np.ceil(rate / 2 / np.abs(f0_hz)) - 1


@pytest.mark.parametrize(("dtype", "bound_db"), [(np.float32, -118.0), (np.float64, -230.0)])
@pytest.mark.parametrize("rate", [16000, 48000])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("form", FORMS)
def test_it_is_the_fourier_series_below_nyquist(form, shape, rate, dtype, bound_db):
    tones = np.array([12.5, *TONES, 900.0, 1000.0, 7300.0, 7999.0], dtype)
    f0_hz, width = np.tile(tones[:, None], 20), float(dtype(WIDTH))
    sounds = made(shape, f0_hz, np.ones_like(f0_hz), sample_rate=rate, nyquist=form).numpy()
    for tone, sound in zip(tones.astype(float), sounds, strict=True):
        phase = 2 * np.pi * (np.arange(20 * HOP) * tone / rate % 1.0)
        expected = series(shape, phase, tone, form, rate, width)
        np.testing.assert_allclose(sound, expected, atol=10 ** (bound_db / 20))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("form", FORMS)
def test_a_glide_is_the_series_of_every_sample(form, shape, rng):
    f0_hz, amplitudes = rng.uniform(300, 2000, (2, 9)), rng.uniform(0.5, 1, (2, 9))
    sound = made(shape, f0_hz, amplitudes, interpolation="linear", nyquist=form)
    phase = st.oscillator_phase(f0_hz, **GRID).numpy()
    frames, place = np.arange(10) * HOP, np.arange(9 * HOP)
    for item in range(2):
        f0 = np.interp(place, frames, [*f0_hz[item], f0_hz[item, -1]])
        level = np.interp(place, frames, [*amplitudes[item], amplitudes[item, -1]])
        expected = level * series(shape, phase[item], f0, form)
        assert error_db(sound[item].numpy(), expected) < -220


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("motion", "bound_db"), [("vibrato", -100.0), ("glide", -120.0)])
def test_harmonics_that_cross_the_nyquist_frequency_do_not_click(motion, bound_db, shape):
    f0_hz = 2000 + 60 * np.sin(2 * np.pi * 5 * np.arange(120) * HOP / RATE)
    f0_hz = np.linspace(1500, 2500, 120) if motion == "glide" else f0_hz
    residual = against_oversampled(lambda **grid: made(shape, f0_hz, np.ones(120), **grid))
    assert residual < bound_db


def test_a_width_that_moves_does_not_alias_beyond_its_own_corners():
    width = 0.5 + 0.4 * np.sin(2 * np.pi * 5 * np.arange(120) * HOP / RATE)
    f0_hz = np.full(120, 441.7)
    residual = against_oversampled(
        lambda **grid: made("pulse", f0_hz, np.ones(120), pulse_width=width, **grid)
    )
    assert residual < -70


@pytest.mark.parametrize("rate", [16000, 48000])
@pytest.mark.parametrize("shape", SHAPES)
def test_it_does_not_alias(shape, rate):
    f0_hz = np.tile(np.float32(TONES)[:, None], 64)
    sounds = made(shape, f0_hz, np.ones_like(f0_hz), sample_rate=rate).numpy()
    for tone, sound in zip(f0_hz[:, 0].astype(float), sounds, strict=True):
        assert harmonics_and_rest(sound, tone, rate)[1] < -140


@pytest.mark.parametrize("shape", SHAPES)
def test_phase_and_polarity_are_scipys(shape):
    f0_hz = np.full(40, 5.0)
    sound = made(shape, f0_hz, np.ones(40)).numpy()
    phase = 2 * np.pi * np.arange(40 * HOP) * 5.0 / RATE
    expected = {
        "saw": scipy.signal.sawtooth(phase),
        "triangle": scipy.signal.sawtooth(phase, 0.5),
        "square": scipy.signal.square(phase),
        "pulse": scipy.signal.square(phase, WIDTH),
    }[shape]
    turns = phase / (2 * np.pi) % 1.0
    away = np.all([np.abs((turns - c + 0.5) % 1.0 - 0.5) > 0.05 for c in (0, 0.3, 0.5)], axis=0)
    np.testing.assert_allclose(sound[away], expected[away], atol=2e-3)
    first = {"saw": 0.0, "square": 0.0, "triangle": -1.0, "pulse": 0.0}[shape]
    assert sound[0] == pytest.approx(first, abs=1e-3)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("form", FORMS)
def test_gradients_are_those_of_central_differences(form, shape, rng):
    given = [rng.uniform(800, 850, (2, 7)), rng.uniform(0.5, 1, (2, 7)), rng.uniform(-1, 1, 2)]
    given.append(rng.uniform(0.2, 0.8, (2, 7)))
    given = given if shape == "pulse" else given[:3]
    weights = rng.standard_normal((2, 7 * HOP))

    def value(f0_hz, amplitudes, phase, *width):
        settings = {"pulse_width": width[0]} if width else {}
        sound = st.waveform_synthesis(
            f0_hz,
            amplitudes,
            shape=shape,
            initial_phase=phase,
            nyquist=form,
            **settings,
            **GRID,
        )
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


def test_the_gradient_of_a_fade_has_a_gradient(rng):
    f0_hz, direction = tf.constant(rng.uniform(740, 790, (2, 7))), rng.standard_normal((2, 7))
    weights = rng.standard_normal((2, 7 * HOP))

    def slope(f0_hz: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(f0_hz)
            sound = made("saw", f0_hz, np.ones((2, 7)))
        return tf.reduce_sum(tape.gradient(sound, f0_hz, weights) * direction)

    with tf.GradientTape() as tape:
        tape.watch(f0_hz)
        result = slope(f0_hz)
    curve = np.sum(tape.gradient(result, f0_hz) * direction)
    expected = (slope(f0_hz + 1e-4 * direction) - slope(f0_hz - 1e-4 * direction)) / 2e-4
    assert curve == pytest.approx(float(expected), rel=1e-4)


def test_slopes_of_a_steady_saw_are_dirichlets_at_its_jump_and_beside_it():
    for f0_hz in (1.0, 4000.0 / 7, 4100.0, 800.0):
        phase = tf.constant([0.0, 1e-9, 1e-4, 0.3, np.pi, -1e-7], tf.float64)
        with tf.GradientTape() as outer:
            outer.watch(phase)
            with tf.GradientTape() as inner:
                inner.watch(phase)
                sound = st.waveform_synthesis(
                    tf.fill([6, 1], tf.constant(f0_hz, tf.float64)),
                    tf.ones([6, 1], tf.float64),
                    shape="saw",
                    initial_phase=phase,
                    nyquist="hard",
                    sample_rate=RATE,
                    hop_length=1,
                )
            slope = inner.gradient(sound, phase)
        curve = outer.gradient(slope, phase)
        k = np.arange(1, most_harmonics(f0_hz, RATE) + 1)[:, None]
        expected = -2 / np.pi * np.sum(np.cos(k * phase), axis=0)
        assert_close(slope, expected, 1e3, np.float64)
        expected = 2 / np.pi * np.sum(k * np.sin(k * phase), axis=0)
        assert_close(curve, expected, 1e6, np.float64)


def test_a_pulse_of_no_width_is_low_and_of_full_width_is_high():
    f0_hz, width = np.full(12, 100.0), np.repeat([0.0, 1.0, -0.5, 7.0], 3)
    frames = st.waveform_synthesis(
        f0_hz.reshape(4, 3),
        np.ones([4, 3]),
        shape="pulse",
        pulse_width=width.reshape(4, 3),
        **GRID,
    ).numpy()
    np.testing.assert_allclose(frames, np.multiply.outer([-1, 1, -1, 1], np.ones(3 * HOP)), 1e-12)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("form", FORMS)
def test_frequencies_without_a_sound_are_silent_and_all_others_sound(form, shape):
    f0_hz = np.array([[np.nan] * 4, [8000.0] * 4, [1e9] * 4, [0.0] * 4, [-300.0] * 4])
    given = tf.constant(f0_hz)
    with tf.GradientTape() as tape:
        tape.watch(given)
        sound = made(shape, given, np.ones_like(f0_hz), initial_phase=1.0, nyquist=form)
    np.testing.assert_array_equal(sound[:3], 0.0)
    phase = 1.0 - 2 * np.pi * np.arange(4 * HOP) * 300.0 / RATE
    expected = series(shape, phase, 300.0, form)
    assert error_db(sound[4].numpy(), expected) < -220
    rest = {
        "saw": 1 / np.pi - 1,
        "square": 1.0,
        "triangle": 2 / np.pi - 1,
        "pulse": 1.0,
    }[shape]
    np.testing.assert_allclose(sound[3], rest, atol=1e-4)
    assert np.all(np.isfinite(tape.gradient(sound, given)[1:]))


def test_a_width_that_is_missing_is_missing_in_both_its_segments():
    width = np.full(6, 0.3)
    width[2] = np.nan
    f0_hz = np.full(6, 441.7)
    sound = made("pulse", f0_hz, np.ones(6), pulse_width=width).numpy()
    lost = np.isnan(sound.reshape(6, HOP))
    np.testing.assert_array_equal(lost.any(axis=1), [False, True, True, False, False, False])
    assert lost.sum() == 2 * HOP
    whole = made("pulse", f0_hz, np.ones(6)).numpy()
    np.testing.assert_array_equal(sound[3 * HOP :], whole[3 * HOP :])


def test_blocks_are_the_whole(rng):
    f0_hz, width = rng.uniform(100, 300, 9), rng.uniform(0.2, 0.8, 9)
    settings = {"shape": "pulse", **GRID}
    whole = st.waveform_synthesis(f0_hz, f0_hz, pulse_width=width, **settings)
    phase, parts = None, []
    for first, last in ((0, 4), (4, 9)):
        frames = slice(first, last + 1)
        sound, phase = st.waveform_synthesis(
            f0_hz[frames],
            f0_hz[frames],
            pulse_width=width[frames],
            length=(last - first) * HOP,
            initial_phase=phase,
            return_phase=True,
            **settings,
        )
        parts.append(sound)
    np.testing.assert_array_equal(tf.concat(parts, axis=0), whole)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rate", [16000, 250])
def test_an_lfo_is_scipys_wave(rate, dtype):
    hop = rate // 25
    phase = 2 * np.pi * (3 * np.arange(50 * hop) % rate / rate)
    for shape, expected in (
        ("sine", np.sin(phase)),
        ("triangle", scipy.signal.sawtooth(phase, 0.5)),
        ("saw", scipy.signal.sawtooth(phase)),
        ("square", scipy.signal.square(phase)),
    ):
        result = st.lfo(np.full(50, 3.0, dtype), shape=shape, sample_rate=rate, hop_length=hop)
        assert result.dtype == dtype
        turns = phase / (2 * np.pi) % 0.5
        away = (turns > 1e-6) & (turns < 0.5 - 1e-6)  # SciPy's phase is rounded
        chosen = slice(None) if shape in ("sine", "triangle") else away
        assert_close(result.numpy()[chosen], expected[chosen], 1e3, dtype)  # 2^-62 a step
        assert result[0] == {"sine": 0, "triangle": -1, "saw": -1, "square": 1}[shape]


def test_an_lfo_goes_on_where_it_was_left():
    whole = st.lfo(np.full(8, 2.3), shape="saw", **GRID)
    first, phase = st.lfo(np.full(4, 2.3), shape="saw", return_phase=True, **GRID)
    second = st.lfo(np.full(4, 2.3), shape="saw", initial_phase=phase, **GRID)
    np.testing.assert_array_equal(tf.concat([first, second], axis=0), whole)


def test_wrong_arguments_are_refused():
    f0_hz, one = np.full(4, 100.0), np.ones(4)
    with pytest.raises(ValueError, match="shape must be one of 'saw', 'square', 'triangle', 'pu"):
        st.waveform_synthesis(f0_hz, one, shape="sine", **GRID)
    with pytest.raises(ValueError, match="nyquist must be one of 'hard', 'smooth'; got 'soft'"):
        st.waveform_synthesis(f0_hz, one, shape="saw", nyquist="soft", **GRID)
    rule = "pulse_width must be given for shape='pulse', and for no other; got"
    with pytest.raises(ValueError, match=rule):
        st.waveform_synthesis(f0_hz, one, shape="pulse", **GRID)
    with pytest.raises(ValueError, match=rule):
        st.waveform_synthesis(f0_hz, one, shape="saw", pulse_width=one, **GRID)
    with pytest.raises(
        ValueError, match="f0_hz and amplitudes and pulse_width must have the same"
    ):
        st.waveform_synthesis(f0_hz, one, shape="pulse", pulse_width=one[:3], **GRID)
    with pytest.raises(ValueError, match="f0_hz and amplitudes must have at least one frame; got"):
        st.waveform_synthesis(f0_hz[:0], one[:0], shape="saw", **GRID)
    with pytest.raises(
        ValueError, match="shape must be one of 'sine', 'triangle', 'saw', 'square'"
    ):
        st.lfo(f0_hz, shape="pulse", **GRID)
    with pytest.raises(ValueError, match=r"rate_hz.* must have at least one frame; got"):
        st.lfo(f0_hz[:0], **GRID)
