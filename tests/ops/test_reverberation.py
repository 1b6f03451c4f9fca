"""Decays of rooms, made and measured, against closed forms and published equations."""

import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from tests.tolerances import error_db

RATE = 8000


def exponential(seconds: float, length: int) -> np.ndarray:
    return 10 ** (-3 * np.arange(length) / (seconds * RATE))


@pytest.mark.parametrize("distribution", ["uniform", "normal"])
def test_a_response_is_noise_times_an_exponential(distribution):
    gain, seconds = np.array([[1.0], [0.5]]), np.array([0.2, 0.7, 30.0])
    drawn = {"seed": 5, "distribution": distribution}
    result = st.exponential_decay_response(gain, seconds, length=4000, sample_rate=RATE, **drawn)
    noise = st.white_noise([2, 3, 4000], dtype=tf.float64, **drawn).numpy()
    decays = np.stack([exponential(each, 4000) for each in seconds])
    assert error_db(result.numpy(), gain[..., None] * decays * noise) <= -290.0


def test_a_response_in_the_convention_of_ddsp():
    """gain * exp(-(2 + exp(decay)) t) * noise, for t from 0 to 1 over all taps."""
    gain, decay = np.float32(2.0), np.array([4.0, 0.0, -3.0], np.float32)
    result = st.exponential_decay_response(gain, decay, length=48000, seed=1, convention="ddsp")
    noise = st.white_noise([3, 48000], seed=1).numpy().astype(np.float64)
    time = np.linspace(0.0, 1.0, 48000)
    expected = 2.0 * np.exp(-(2.0 + np.exp(decay.astype(np.float64)))[:, None] * time) * noise
    assert error_db(result.numpy(), expected) <= -125.0


def test_a_response_of_unknown_length_is_the_same():
    settings = {"seed": 1, "sample_rate": RATE}
    run = tf.function(lambda n: st.exponential_decay_response(1.0, 0.3, length=n, **settings))
    expected = st.exponential_decay_response(1.0, 0.3, length=777, **settings)
    np.testing.assert_array_equal(run(tf.constant(777)), expected)
    for length in (0, 1):
        shape = st.exponential_decay_response(1.0, 0.3, length=length, **settings).shape
        assert shape == [length]
    one = st.exponential_decay_response(0.5, 4.0, length=1, seed=1, convention="ddsp")
    assert float(one[0]) == float(0.5 * st.white_noise(1, seed=1)[0])


def test_filtered_noise_makes_a_response_of_bands():
    """As DDSP's second reverberation: magnitudes at frames; here each band has its own time."""
    frames, hop_length, bands = 500, 32, 9
    seconds = np.linspace(0.9, 0.5, bands)
    time = np.arange(frames)[:, None] * hop_length / RATE
    response = st.filtered_noise(10 ** (-3 * time / seconds), hop_length=hop_length, seed=2)
    stft = st.STFT(n_fft=256, hop_length=64)
    power = abs(stft(response).numpy()) ** 2
    for band, expected in ((1, seconds[1]), (4, seconds[4]), (7, seconds[7])):
        middle = band * 16
        energy = np.sum(power[:, middle - 4 : middle + 5], axis=1)
        measured = st.reverberation_time(np.sqrt(energy), sample_rate=RATE / 64)
        assert float(measured) == pytest.approx(expected, rel=0.1), band


def test_the_energy_of_an_exponential_decays_as_a_line():
    ratio = 10 ** (-6 / (0.5 * RATE))  # of the energies of samples, summed as a geometric series
    left = (ratio ** np.arange(20000) - ratio**20000) / (1 - ratio**20000)
    curve = st.energy_decay_curve(exponential(0.5, 20000)).numpy()
    heard = left > 1e-15
    np.testing.assert_allclose(curve[heard], 10 * np.log10(left[heard]), atol=1e-9)
    assert np.count_nonzero(heard) > 9000


def test_the_curve_is_the_backward_sum(rng):
    response = rng.standard_normal((2, 3, 5000)) * exponential(0.3, 5000)
    energy = np.cumsum(response[..., ::-1] ** 2, axis=-1)[..., ::-1]
    expected = 10 * np.log10(energy / energy[..., :1])
    np.testing.assert_allclose(st.energy_decay_curve(response), expected, atol=1e-9)
    single = st.energy_decay_curve(response.astype(np.float32))
    assert single.dtype == tf.float32
    np.testing.assert_allclose(single, expected, atol=1e-3)


def test_nothing_is_below_the_floor():
    curve = st.energy_decay_curve([1.0, 0.1, 1e-4, 0.0], floor_db=-60.0)
    np.testing.assert_allclose(curve, [0.0, 10 * np.log10(0.01 / 1.01), -60.0, -60.0], atol=1e-5)
    np.testing.assert_array_equal(st.energy_decay_curve(np.zeros(3)), np.full(3, -200.0))


@pytest.mark.parametrize("seconds", [0.05, 0.5, 2.0])
@pytest.mark.parametrize("levels", [(-5.0, -35.0), (-5, -25), (0.0, -10.0)])
def test_the_time_of_an_exponential_is_its_own(seconds, levels):
    decay = 0.01 * exponential(seconds, int(3 * seconds * RATE))  # 180 dB
    for dtype, tolerance in ((np.float32, 1e-5), (np.float64, 1e-9)):
        result = st.reverberation_time(decay.astype(dtype), sample_rate=RATE, decay_db=levels)
        assert result.dtype == dtype
        assert float(result) == pytest.approx(seconds, rel=tolerance)


def test_the_time_is_the_line_of_least_squares(rng):
    noise = rng.standard_normal((3, 8000)) * exponential(0.4, 8000)
    measured = st.reverberation_time(noise, sample_rate=RATE).numpy()
    for response, result in zip(noise, measured, strict=True):
        energy = np.cumsum(response[::-1] ** 2)[::-1]
        level = 10 * np.log10(energy / energy[0])
        chosen = np.flatnonzero((level <= -5) & (level >= -35))
        assert result == pytest.approx(
            -60 / np.polyfit(chosen / RATE, level[chosen], 1)[0], rel=1e-9
        )
        assert result == pytest.approx(0.4, rel=0.1)


def test_what_does_not_decay_between_the_levels_takes_no_time():
    responses = np.stack([np.zeros(50), np.eye(1, 50)[0]])
    np.testing.assert_array_equal(st.reverberation_time(responses, sample_rate=RATE), [0.0, 0.0])


def test_a_decay_is_learned_through_its_measure():
    seconds = tf.constant([0.2, 0.4], tf.float64)

    def measured(seconds):
        response = st.exponential_decay_response(
            0.5, seconds, length=6000, seed=0, sample_rate=RATE
        )
        return st.reverberation_time(response, sample_rate=RATE)

    with tf.GradientTape() as tape:
        tape.watch(seconds)
        result = measured(seconds)
    step = 1e-7  # too small for a sample to leave the levels
    expected = (measured(seconds + step) - measured(seconds - step)) / (2 * step)
    np.testing.assert_allclose(tape.gradient(result, seconds), expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: made(), "sample_rate must be given in no convention; got None"),
        (lambda: made(sample_rate=0), "sample_rate must be above 0 Hz; got 0"),
        (lambda: made(sample_rate=1, convention="ddsp"), "sample_rate must be None in convention"),
        (lambda: made(convention="x"), "convention must be one of 'ddsp'; got 'x'"),
        (lambda: made(decay=0.0, sample_rate=1), "decay must be finite and above 0; got 0.0"),
        (
            lambda: made(gain=np.ones(3, int), sample_rate=1),
            "gain must be floating point; got int",
        ),
        (
            lambda: made(gain=[1.0, 1.0], decay=[1.0, 1.0, 1.0], sample_rate=1),
            "gain and decay must broadcast; got",
        ),
        (lambda: made(sample_rate=1, length=-1), "length must be an integer of at least 0"),
        (lambda: made(sample_rate=1, seed=None), "seed must be"),
        (lambda: made(sample_rate=1, distribution="x"), "distribution must be one of"),
        (lambda: st.energy_decay_curve(1.0), "impulse_response must have a time axis"),
        (lambda: st.energy_decay_curve(np.ones(3, int)), "impulse_response must be floating"),
        (lambda: st.energy_decay_curve([1.0], floor_db=0.0), "floor_db must be finite and below"),
        (lambda: measure(sample_rate=-1), "sample_rate must be above 0 Hz; got -1"),
        (lambda: measure(decay_db=(-35, -5)), "decay_db must be two levels of at most 0 dB"),
        (lambda: measure(decay_db=(1, -5)), "decay_db must be two levels of at most 0 dB"),
    ],
)
def test_what_makes_no_sense_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def made(gain=1.0, decay=1.0, **settings):
    return st.exponential_decay_response(gain, decay, **{"length": 9, "seed": 0, **settings})


def measure(**settings):
    return st.reverberation_time(np.ones(9), **{"sample_rate": RATE, **settings})
