"""Optimal transport between spectra: known ways, and sinusoids that find home by it."""

import numpy as np
import pytest
import scipy.signal
import scipy.stats
import tensorflow as tf

import spectrotools as st
from spectrotools.losses import SpectralWasserstein
from tests.losses.signals import multi_scale

RATE, HOME = 16000, 1000.0
STFT = st.STFT(n_fft=1024, convention="tf")  # no frame is cut by an end of the sound


def sinusoid(hertz: float, amplitude: float = 0.5) -> np.ndarray:
    return amplitude * np.sin(2 * np.pi * hertz * np.arange(4096) / RATE)


@pytest.mark.parametrize("power", [1, 2])
def test_the_distance_is_that_of_scipy(power, rng):
    """Of each frame that SciPy's own analysis sees, zeros around the signal."""
    target, audio = 0.2 * rng.standard_normal((2, 300))
    window = scipy.signal.get_window("hann", 64)
    analysis = scipy.signal.ShortTimeFFT(window, 16, fs=1.0)
    masses = [
        (2 / window.sum() * np.abs(analysis.stft(x, p0=0, p1=20))) ** power
        for x in (target, audio)
    ]
    grid = np.linspace(0, 1, 33)
    floor = 10 ** (-power * 60 / 20)
    expected = [
        scipy.stats.wasserstein_distance(grid, grid, first + floor, second + floor)
        for first, second in zip(masses[0].T, masses[1].T, strict=True)
    ]
    loss = SpectralWasserstein(st.STFT(n_fft=64), power=power, floor_db=-60.0)
    assert float(loss(target, audio)) == pytest.approx(np.mean(expected), rel=1e-9)


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("hertz", [1500.0, 2000.0, 4321.0])
def test_sinusoids_are_as_far_apart_as_they_are(p, hertz):
    """But for their edges, which spread: a window of 64 ms has lobes of 62.5 Hz."""
    loss = SpectralWasserstein(STFT, p=p, floor_db=-200.0)
    expected = (abs(hertz - HOME) / (RATE / 2)) ** p
    assert float(loss(sinusoid(HOME), sinusoid(hertz))) == pytest.approx(expected, rel=0.02)


def test_loudness_does_not_count(rng):
    target, audio = rng.standard_normal((2, 2000))
    loss = SpectralWasserstein(STFT, floor_db=-300.0)
    once = float(loss(target, audio))
    for gains in ((2.0, 2.0), (1.0, 1e-3), (1e3, 1.0)):
        again = float(loss(gains[0] * target, gains[1] * audio))
        assert again == pytest.approx(once, rel=1e-9)


def test_silence_is_noise_of_the_level_of_the_floor(rng):
    """White, whose energy stands in the middle: half the band from DC."""
    loss = SpectralWasserstein(STFT, floor_db=-80.0)
    silence, low = np.zeros(4096), np.ones(4096)
    assert float(loss(silence, silence)) == 0.0
    assert float(loss(silence, 1e-9 * rng.standard_normal(4096))) < 1e-6
    assert float(loss(silence, low)) == pytest.approx(0.5, rel=0.01)


def home_from(start: float, loss: object, steps: int = 300) -> float:
    """Where gradient descent takes the frequency of a sinusoid, in octaves, a step at a time."""
    time = tf.range(4096, dtype=tf.float32) / RATE
    target = tf.constant(sinusoid(HOME), tf.float32)

    @tf.function
    def slope(octave):
        with tf.GradientTape() as tape:
            tape.watch(octave)
            audio = 0.5 * tf.sin(2 * np.pi * HOME * 2.0**octave * time + 1.0)
            value = loss(target, audio)
        return tape.gradient(value, octave)

    octave, first, second = start, 0.0, 0.0
    for step in range(1, steps + 1):
        gradient = float(slope(tf.constant(octave, tf.float32)))
        first, second = 0.9 * first + 0.1 * gradient, 0.9 * second + 0.1 * gradient**2
        move = first / (1 - 0.9**step) / np.sqrt(second / (1 - 0.9**step) + 1e-20)
        octave -= 0.05 * (1 - step / steps) * move
    return octave


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("start", [-1.0, 1.0, 2.0])
def test_a_sinusoid_comes_home_from_octaves_away(p, start):
    assert abs(home_from(start, SpectralWasserstein(STFT, p=p))) < 0.02


@pytest.mark.parametrize("start", [-1.0, 1.0])
def test_multi_scale_spectra_do_not_bring_it_home(start):
    """Which is why this loss is here."""
    assert abs(home_from(start, multi_scale)) > 0.2


@pytest.mark.parametrize("p", [1, 2])
def test_the_loss_falls_at_every_step_towards_home(p):
    loss = SpectralWasserstein(STFT, p=p)
    octaves = np.linspace(0.0, 2.0, 41)
    for sign in (-1, 1):
        values = [float(loss(sinusoid(HOME), sinusoid(HOME * 2 ** (sign * o)))) for o in octaves]
        assert np.all(np.diff(values) > 0)


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_a_sound_that_is_no_number_has_no_distance(wrong, p, rng):
    """Or a training that has gone astray would look as if it had not."""
    target, audio = rng.standard_normal((2, 4096))
    audio[1000] = wrong
    assert np.isnan(SpectralWasserstein(STFT, p=p)(target, audio))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"stft": 512}, "stft must be an STFT; got 512"),
        ({"p": 3}, "p must be one of 1, 2; got 3"),
        ({"power": 0.5}, "power must be one of 1, 2; got 0.5"),
        ({"floor_db": 1.0}, r"floor_db must be a number in \[-300, 0\]; got 1.0"),
    ],
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        SpectralWasserstein(**{"stft": STFT, **settings})


def test_a_sound_too_short_for_a_frame_is_refused():
    loss = SpectralWasserstein(st.STFT(n_fft=64, convention="tf"))
    with pytest.raises(ValueError, match=r"at least the samples of one frame of STFT.*; got 63"):
        loss(np.ones(63), np.ones(63))
