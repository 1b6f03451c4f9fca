"""Joint modulations: known ripples, plain convolutions, and sounds found by how they move."""

import numpy as np
import pytest
import scipy.signal
import tensorflow as tf

import spectrotools as st
from spectrotools.losses import JointModulation
from spectrotools.losses.modulation import _coefficients
from tests.losses.signals import multi_scale

RATE = 4000
CQT = st.CQT(sample_rate=RATE, fmin=100.0)
LOSS = JointModulation(CQT)
TIME = np.arange(8000) / RATE - 1.0


def moduli(audio: np.ndarray, loss: JointModulation = LOSS) -> np.ndarray:
    """What is compared, without its compression: ``[rates, one and falling and rising, bins]``."""
    floor = 10 ** (loss.floor_db / 20)
    compressed = _coefficients(tf.constant(audio[None]), loss, len(audio))["modulation"][0]
    shape = len(loss.rates_hz), 1 + 2 * len(loss.scales), len(loss.cqt.frequencies) - 2
    return np.reshape(floor * np.expm1(compressed), shape)


def plainly(audio: np.ndarray, loss: JointModulation) -> np.ndarray:
    """The same by convolution with waves in time and across bins, sample by sample."""
    cqt = loss.cqt
    amplitudes = np.abs(cqt(audio).numpy())[:-1, 1:-1] * np.sqrt(2 / cqt.hop_length)

    def wave(frequency, reach):
        place = np.arange(-reach, reach + 1)
        gaussian = scipy.signal.windows.gaussian(2 * reach + 1, 3 / (2 * np.pi * frequency))
        gaussian /= gaussian.sum()
        carrier = np.exp(2j * np.pi * frequency * place)
        return gaussian * (carrier - np.sum(gaussian * carrier))

    frames = len(amplitudes)
    result = []
    for rate in loss.rates_hz:
        wavelet = wave(rate * cqt.hop_length / RATE, frames)
        looped = np.concatenate([amplitudes] * 3)
        middle = slice(frames, 2 * frames)
        moved = 2 * scipy.signal.fftconvolve(looped, wavelet[:, None], "same", 0)[middle]
        result.append(np.abs(moved).mean(0))
        rows = [[], []]
        for scale in loss.scales:
            across = wave(scale / cqt.bins_per_octave, 400)
            for ways, kernel in zip(rows, (across, across.conj()), strict=True):
                both = scipy.signal.fftconvolve(moved, kernel[None], "full", 1)
                ways.append(np.abs(both[:, 400 : 400 + moved.shape[1]]).mean(0))
        result += [*rows[0], *rows[1]]
    return np.reshape(result, (len(loss.rates_hz), -1, amplitudes.shape[1]))


def test_moduli_are_those_of_plain_convolution(rng):
    """But for the few samples of the moduli, and the octave's edge of a wavelet that is cut."""
    audio = rng.standard_normal(3000) * np.hanning(3000)
    loss = JointModulation(CQT, rates_hz=(3.0, 10.0), scales=(0.7, 2.0))
    expected = plainly(audio, loss)
    np.testing.assert_allclose(moduli(audio, loss), expected, atol=0.01 * expected.max())


@pytest.mark.parametrize("rate", [4.0, 8.0])
def test_a_tremolo_is_as_deep_as_it_is(rate):
    """Half of it, and more the longer it is, for at the seam of the loop it stumbles."""
    band = np.argmin(abs(CQT.frequencies[1:-1] - 500.0))
    time = np.arange(32000) / RATE
    carrier = np.sin(2 * np.pi * CQT.frequencies[1 + band] * time)
    found = moduli(0.5 * (1 + 0.3 * np.cos(2 * np.pi * rate * time)) * carrier)
    which = LOSS.rates_hz.index(rate)
    assert found[which, 0, band] == pytest.approx(0.15, rel=0.03)
    others = np.delete(found[:, 0, band], which)
    assert np.all(others < 0.4 * found[which, 0, band])


def sound(am_hz: float, octaves: float, shift: float = 0.0, phase: float = 0.0) -> tf.Tensor:
    """A chirp of octaves a second through 500 Hz, with a tremolo, under a window."""
    time = tf.constant(TIME, tf.float32) - shift
    turns = 500.0 * (2.0 ** (octaves * time) - 1.0) / (octaves * np.log(2.0))
    tremolo = 0.5 + 0.5 * tf.cos(2 * np.pi * am_hz * time + phase)
    window = tf.constant(np.hanning(len(TIME)), tf.float32)
    return 0.5 * window * tremolo * tf.sin(2 * np.pi * turns + phase)


def test_where_a_pattern_stands_matters_little_and_how_it_moves_does():
    """A tenth of the tremolo's period: to spectrograms nearly as far as another tremolo is."""
    target, moved, other = sound(6.0, 1.0), sound(6.0, 1.0, 0.017), sound(9.0, 1.0)
    shares = [loss(target, moved) / loss(target, other) for loss in (LOSS, multi_scale)]
    assert shares[0] < 0.03
    assert shares[1] > 0.5


def test_rising_and_falling_are_told_apart():
    """Though both have one spectrum, one tremolo, and one modulation of each band alone."""
    rising, falling = (sound(6.0, octaves).numpy() for octaves in (1.0, -1.0))
    found = [moduli(x) for x in (rising, falling)]
    scales = len(LOSS.scales)
    ways = [[np.sum(f[:, 1 : 1 + scales]), np.sum(f[:, 1 + scales :])] for f in found]
    assert ways[0][0] > 1.5 * ways[0][1] or ways[0][1] > 1.5 * ways[0][0]
    np.testing.assert_allclose(ways[0], ways[1][::-1], rtol=0.15)
    later = sound(6.0, 1.0, 0.01).numpy()
    assert LOSS(rising, falling) > 5 * LOSS(rising, later)


SIDES = {"am": np.r_[-1.0:-0.1:5j, 0.2:1.0:5j], "octaves": np.r_[-0.8:-0.2:5j, 0.25:2.0:5j]}


@pytest.mark.slow
@pytest.mark.parametrize("what", ["am", "octaves"])
def test_gradients_lead_to_the_right_tremolo_and_chirp(what):
    """From either side, wherever the sound stands; those of multi-scale spectra toss a coin."""
    target = sound(6.0, 1.0)

    @tf.function
    def slopes(off, shift, phase):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(off)
            am, octaves = (6.0 * 2.0**off, 1.0) if what == "am" else (6.0, 1.0 + off)
            audio = sound(am, octaves, shift, phase)
            values = LOSS(target, audio), multi_scale(target, audio)
        return [tape.gradient(value, off) for value in values]

    rng, right = np.random.default_rng(0), []
    for off in SIDES[what]:
        for _ in range(4):
            given = off, rng.uniform(-0.05, 0.05), rng.uniform(0, 2 * np.pi)
            found = slopes(*(tf.constant(value, tf.float32) for value in given))
            right.append([float(slope) * off > 0 for slope in found])
    ours, theirs = np.mean(right, axis=0)
    assert ours > 0.85
    assert theirs < 0.75


def test_a_longer_signal_of_the_same_is_as_far(rng):
    """What is averaged over time does not grow with it."""
    target, audio = rng.standard_normal((2, 4000))
    once, twice = (LOSS(*(np.tile(x, n) for x in (target, audio))) for n in (1, 2))
    assert float(twice) == pytest.approx(float(once), rel=0.1)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"cqt": st.STFT(n_fft=64)}, "cqt must be a CQT in layout 'matrix'; got STFT"),
        ({"cqt": st.CQT(sample_rate=RATE, layout="octaves")}, "cqt must be a CQT in layout"),
        ({"rates_hz": ()}, r"rates_hz must be numbers, at least one; got \(\)"),
        ({"rates_hz": 4.0}, "rates_hz must be numbers, at least one; got 4.0"),
        ({"rates_hz": (4.0, 500.0)}, r"rates_hz must be a number in \[1e-06, .*; got 500"),
        ({"scales": (0.0,)}, r"scales must be a number in \[1e-06, 3\]; got 0.0"),
        ({"floor_db": 6.0}, r"floor_db must be a number in \[-300, 0\]; got 6.0"),
    ],
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        JointModulation(**{"cqt": CQT, **settings})


def test_lists_and_whole_numbers_are_settings_too():
    listed = JointModulation(CQT, rates_hz=[2, 4], scales=[1])
    assert listed == JointModulation(CQT, rates_hz=(2.0, 4.0), scales=(1.0,))
