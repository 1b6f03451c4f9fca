"""Reverberations against SciPy's convolution of responses by DDSP's published formulas."""

import numpy as np
import pytest
import scipy.signal
import tensorflow as tf

import spectrotools as st
from tests.tolerances import assert_close

TAPS = 60
DOUBLE = {"dtype": "float64"}


def wet(audio: np.ndarray, response: np.ndarray) -> np.ndarray:
    return np.stack([scipy.signal.fftconvolve(item, response)[: len(item)] for item in audio])


@pytest.mark.parametrize("time", [20, 200])
@pytest.mark.parametrize("add_dry", [True, False])
def test_reverb_convolves_by_its_response_without_the_first_tap(time, add_dry, rng):
    """Also by a response longer than the sound."""
    audio, response = rng.standard_normal((2, time)), rng.standard_normal(TAPS)
    masked = np.concatenate([[0.0], response[1:]])
    expected = wet(audio, masked) + (audio if add_dry else 0.0)
    own = st.effects.Reverb(impulse_response=response, add_dry=add_dry, **DOUBLE)
    assert_close(own(audio), expected, 64, np.float64)
    given = st.effects.Reverb(reverb_length=None, add_dry=add_dry, **DOUBLE)
    assert_close(given(audio, response), expected, 64, np.float64)
    assert_close(given(audio, np.stack([response] * 2)[..., None]), expected, 64, np.float64)


def test_reverb_begins_as_ddsps_does():
    """48000 taps of noise of 1e-6."""
    response = st.effects.Reverb().impulse_response.value().numpy()
    assert response.shape == (48000,)
    assert np.std(response) == pytest.approx(1e-6, rel=0.05)


def test_reverb_finds_a_response_by_training(rng):
    audio, response = rng.standard_normal((1, 500)), np.eye(1, 8, k=3)[0]
    target = st.effects.Reverb(impulse_response=response, add_dry=False)(audio)
    learner = st.effects.Reverb(reverb_length=8, add_dry=False)
    variable = learner.trainable_variables[0]
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((learner(audio) - target) ** 2)
    gradient = tape.gradient(loss, variable.value)
    # Of white noise, a step down the gradient of the mean square leads to the very response.
    assert np.argmax(-gradient) == 3
    assert float(gradient[0]) == 0.0


def test_exponential_decay_is_that_of_ddsp():
    """``exp_sigmoid(gain) * exp(-(2 + exp(decay)) t)`` of noise, t from 0 to 1."""
    made = st.effects.ExpDecayReverb(
        convention="ddsp", reverb_length=TAPS, gain=1.7, decay=0.6, seed=4, **DOUBLE
    )
    flat = st.effects.ExpDecayReverb(
        convention="ddsp", reverb_length=TAPS, gain=1.0, decay=-np.float64(1e3), seed=4, **DOUBLE
    )
    silence, place = tf.zeros([1, 1], tf.float64), np.linspace(0.0, 1.0, TAPS)
    first, gain = (2.0 * (1 / (1 + np.exp(-x))) ** np.log(10.0) + 1e-7 for x in (1.0, 1.7))
    noise = flat.get_controls(silence)["ir"] * np.exp(2.0 * place) / first
    expected = gain * np.exp(-(2.0 + np.exp(0.6)) * place) * noise
    assert_close(made.get_controls(silence)["ir"], expected, 256, np.float64)
    assert float(tf.reduce_max(tf.abs(noise))) <= 1.0


def test_exponential_decay_begins_as_ddsps_does():
    made = st.effects.ExpDecayReverb(convention="ddsp")
    assert [float(v.value) for v in made.trainable_variables] == [2.0, 4.0]
    ours = st.effects.ExpDecayReverb(sample_rate=16000)
    assert float(ours.decay.value()) == pytest.approx(0.5)


def test_noise_of_a_room_is_another_for_every_call():
    made = st.effects.ExpDecayReverb(sample_rate=16000, reverb_length=2000, seed=0)
    silence = tf.zeros([1, 1])
    first, second = (made.get_controls(silence)["ir"].numpy() for _ in range(2))
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.1


def test_filtered_noise_reverb_is_noise_through_its_magnitudes(rng):
    magnitudes = rng.standard_normal((10, 5))
    room = st.effects.FilteredNoiseReverb(
        reverb_length=100, n_frames=10, n_bands=5, magnitudes=magnitudes, seed=2, **DOUBLE
    )
    twin = st.synths.FilteredNoise(hop_length=10, initial_bias=-3.0, seed=2, **DOUBLE)
    expected = np.array(twin(magnitudes))
    expected[0] = 0.0
    ir = room.get_controls(tf.zeros([1, 1], tf.float64))["ir"]
    assert_close(ir, expected, 64, np.float64)


def test_filtered_noise_reverb_has_ddsps_sizes():
    room = st.effects.FilteredNoiseReverb()
    assert tuple(room.magnitudes.value().shape) == (1000, 16)
    assert room.get_controls(tf.zeros([1, 1]))["ir"].shape == [48000]


def test_a_network_of_delays_decays_as_it_is_told_and_stays_stable(rng):
    """Even where training has turned its matrix far away."""
    room = st.effects.FDNReverb(
        sample_rate=4000, decay_seconds=0.4, high_decay_seconds=False, delays=[101, 127, 149, 173]
    )
    room.feedback.trainable_weights[0].assign(3.0 * rng.standard_normal((4, 4)))
    wet = room(tf.one_hot([0], 4000)).numpy()[:, 1:]
    seconds = st.reverberation_time(wet, sample_rate=4000, decay_db=(-10, -50))
    assert float(seconds[0]) == pytest.approx(0.4, rel=0.1)


def test_a_network_of_delays_is_its_own_difference_equation(rng):
    """Two lines, sample by sample."""
    matrix, audio = [[0.6, -0.8], [0.8, 0.6]], rng.standard_normal(60)
    room = st.effects.FDNReverb(
        sample_rate=1000,
        delays=[3, 5],
        decay_seconds=0.1,
        high_decay_seconds=False,
        feedback=matrix,
        input_gains=[1.0, -0.5],
        output_gains=[0.7, 0.3],
        **DOUBLE,
    )
    gains, lines, expected = 10 ** (-3 * np.array([3, 5]) / 100.0), np.zeros((2, 60)), []
    for n in range(60):
        before = [line[n - d] if n >= d else 0.0 for line, d in zip(lines, (3, 5), strict=True)]
        heard = gains * np.array(before)
        lines[:, n] = np.array([1.0, -0.5]) * audio[n] + np.array(matrix) @ heard
        expected.append(audio[n] + np.dot([0.7, 0.3], heard))
    assert_close(room(audio[None])[0], np.array(expected), 256, np.float64)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda e: e.Reverb(reverb_length=1), "reverb_length must be an integer of at least 2"),
        (
            lambda e: e.Reverb(impulse_response=[[1.0]]),
            r"impulse_response must be \[taps\]",
        ),
        (
            lambda e: e.Reverb()(tf.zeros([1, 9]), tf.ones([4])),
            "ir must be given if rev",
        ),
        (
            lambda e: e.Reverb(reverb_length=None)(tf.zeros([1, 9])),
            "ir must be given if rev",
        ),
        (
            lambda e: e.Reverb(reverb_length=None)(tf.zeros([1, 9]), tf.ones([1])),
            "ir must have at least 2 taps; got",
        ),
        (lambda e: e.ExpDecayReverb(), "sample_rate must be given; got None"),
        (
            lambda e: e.ExpDecayReverb(convention="ddsp", sample_rate=1),
            "sample_rate must be None in a convention; got 1",
        ),
        (lambda e: e.ExpDecayReverb(convention="torch"), "convention must be one of 'ddsp'"),
        (lambda e: e.FilteredNoiseReverb(n_bands=0), "n_bands must be an integer of at least 1"),
        (
            lambda e: e.FilteredNoiseReverb(reverb_length=10, n_frames=7),
            "n_frames must divide",
        ),
        (
            lambda e: e.FilteredNoiseReverb(magnitudes=np.ones([3, 3])),
            r"magnitudes must be \[n_frames, n_bands\], \(1000, 16\); got \(3, 3\)",
        ),
        (
            lambda e: e.FDNReverb(sample_rate=1, delays=[]),
            "delays must be at least one; got",
        ),
        (
            lambda e: e.FDNReverb(sample_rate=1, delays=[0]),
            "delays must be an integer of",
        ),
        (
            lambda e: e.FDNReverb(sample_rate=9, high_decay_seconds=False, crossover_hz=1),
            "crossover_hz must be None without high_decay_seconds; got 1",
        ),
        (
            lambda e: e.FDNReverb(sample_rate=9, delays=[1, 2], input_gains=[1.0]),
            r"input_gains must be of shape \(2,\); got \(1,\)",
        ),
    ],
)
def test_a_room_that_is_none_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(st.effects)
