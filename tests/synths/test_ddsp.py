"""Synthesisers in DDSP's convention against DDSP's published arithmetic, in NumPy float64."""

import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from tests.tolerances import assert_close

RATE, HOP, FRAMES = 16000, 64, 20
TIME = HOP * FRAMES
GRID = {"sample_rate": RATE, "hop_length": HOP}


def exp_sigmoid(x: np.ndarray) -> np.ndarray:
    return 2.0 * (1.0 / (1.0 + np.exp(-x))) ** np.log(10.0) + 1e-7


def linear(frames: np.ndarray) -> np.ndarray:
    """``resample``: lines from frame to frame, the last held, of ``[frames, n]``."""
    place = np.arange(TIME) / HOP
    held = np.concatenate([frames, frames[-1:]])
    columns = [np.interp(place, np.arange(FRAMES + 1), column) for column in held.T]
    return np.stack(columns, axis=-1)


def windowed(frames: np.ndarray) -> np.ndarray:
    """``resample`` by "window": Hann windows of two hops, overlapped, the last frame twice."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(2 * HOP) / (2 * HOP))
    out = np.zeros([(FRAMES + 2) * HOP, frames.shape[1]])
    for number, frame in enumerate(np.concatenate([frames, frames[-1:]])):
        out[number * HOP : (number + 2) * HOP] += window[:, None] * frame
    return out[HOP:-HOP]


def oscillators(hz: np.ndarray, amplitudes: np.ndarray) -> np.ndarray:
    """``oscillator_bank``: a sum of phases that takes the first sample's step too."""
    hz = linear(hz)
    amplitudes = np.where(hz >= RATE / 2, 0.0, amplitudes)
    return np.sum(amplitudes * np.sin(np.cumsum(2 * np.pi * hz / RATE, axis=0)), axis=-1)


@pytest.fixture
def tone(rng):
    return {
        "amplitudes": rng.standard_normal((1, FRAMES, 1)),
        "harmonic_distribution": rng.standard_normal((1, FRAMES, 20)),
        "f0_hz": np.geomspace(300.0, 700.0, FRAMES)[None, :, None],
    }


def test_harmonic_is_that_of_ddsp(tone):
    synth = st.synths.Harmonic(convention="ddsp", dtype="float64", **GRID)
    hz = tone["f0_hz"][0] * np.arange(1, 21)
    distribution = np.where(hz >= RATE / 2, 0.0, exp_sigmoid(tone["harmonic_distribution"][0]))
    distribution /= distribution.sum(axis=-1, keepdims=True)
    amplitudes = exp_sigmoid(tone["amplitudes"][0])
    controls = synth.get_controls(**{n: tf.constant(v) for n, v in tone.items()})
    assert_close(controls["harmonic_distribution"][0], distribution, 64, np.float64)
    assert_close(controls["amplitudes"][0], amplitudes[:, 0], 64, np.float64)
    expected = oscillators(hz, windowed(amplitudes * distribution))
    assert_close(synth(*tone.values())[0], expected, 1e5, np.float64)


def test_harmonic_by_itself_is_late_by_the_half_steps_alone(tone):
    """Ours begins at phase 0: of a steady tone DDSP's is a sample ahead."""
    steady = {**tone, "f0_hz": np.full([1, FRAMES, 1], 400.0)}
    steady["amplitudes"] = np.ones([1, FRAMES, 1])
    steady["harmonic_distribution"] = np.ones([1, FRAMES, 3])
    ours = st.synths.Harmonic(dtype="float64", **GRID)(*steady.values())
    theirs = st.synths.Harmonic(dtype="float64", convention="ddsp", **GRID)(*steady.values())
    assert float(ours[0, 0]) == 0.0
    assert_close(theirs[0, :-1], ours[0, 1:], 4096, np.float64)


def test_sinusoidal_is_that_of_ddsp(rng):
    amplitudes, logits = rng.standard_normal((2, 1, FRAMES, 6))
    hz = (
        440.0
        * 2 ** (-69 / 12)
        * (8000.0 / (440.0 * 2 ** (-69 / 12))) ** (1 / (1 + np.exp(-logits)))
    )
    expected = oscillators(hz[0], windowed(exp_sigmoid(amplitudes[0])))
    synth = st.synths.Sinusoidal(convention="ddsp", dtype="float64", **GRID)
    assert_close(synth(amplitudes, logits)[0], expected, 1e5, np.float64)


def test_sinusoidal_by_lines_is_that_of_ddsp(rng):
    amplitudes, hz = rng.uniform(0, 1, (1, FRAMES, 6)), rng.uniform(100, 9000, (1, FRAMES, 6))
    synth = st.synths.Sinusoidal(
        convention="ddsp",
        dtype="float64",
        interpolation="linear",
        amp_scale_fn=None,
        freq_scale_fn=None,
        **GRID,
    )
    expected = oscillators(hz[0], linear(amplitudes[0]))
    assert_close(synth(amplitudes, hz)[0], expected, 1e5, np.float64)


def test_wavetable_is_that_of_ddsp(rng):
    """A line between samples, of which the last goes on to the first."""
    amplitudes, tables = rng.standard_normal((1, FRAMES, 1)), rng.standard_normal((1, FRAMES, 32))
    f0_hz = np.geomspace(300.0, 700.0, FRAMES)[None, :, None]
    steps = linear(f0_hz[0])[:, 0] / RATE
    phase = (np.cumsum(steps) - steps) % 1.0
    changing = linear(exp_sigmoid(tables[0]))
    wrapped = np.concatenate([changing, changing[:, :1]], axis=-1)
    place = np.arange(33) / 32
    read = [np.interp(at, place, table) for at, table in zip(phase, wrapped, strict=True)]
    expected = windowed(exp_sigmoid(amplitudes[0]))[:, 0] * read
    synth = st.synths.Wavetable(convention="ddsp", dtype="float64", **GRID)
    assert_close(synth(amplitudes, tables, f0_hz)[0], expected, 1e5, np.float64)


@pytest.mark.parametrize(("window_size", "late"), [(257, 2), (0, 2), (65, 0)])
def test_filtered_noise_of_ddsp_is_late(window_size, late):
    """By 2 samples where the window is all of the filter: a filter of ones gives noise back."""
    settings = {"hop_length": HOP, "scale_fn": None, "convention": "ddsp", "dtype": "float64"}
    synth = st.synths.FilteredNoise(window_size=window_size, **settings)
    ones, key = tf.ones([1, FRAMES, 65], tf.float64), tf.constant([5, 0])
    sound = synth.get_signal(**synth.get_controls(ones, seed=key))[0]
    noise = st.white_noise([1, TIME], seed=key, dtype=tf.float64)[0].numpy()
    likeness = [float(np.dot(sound[200:-200], noise[200 - d : TIME - 200 - d])) for d in range(5)]
    assert np.argmax(likeness) == late


def test_filtered_noise_scales_its_magnitudes_as_ddsp(rng):
    bands = rng.standard_normal((1, FRAMES, 65))
    synth = st.synths.FilteredNoise(hop_length=HOP, dtype="float64")
    controls = synth.get_controls(tf.constant(bands))
    assert_close(controls["magnitudes"], exp_sigmoid(bands - 5.0), 64, np.float64)
