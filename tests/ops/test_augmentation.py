"""Augmentation: the numbers that were asked for, of every item, and the same again by a seed."""

import numpy as np
import pytest
import scipy.stats
import tensorflow as tf

import spectrotools as st

DRAWS = {
    "add_noise": lambda x, seed: st.add_noise(x, snr_db=(0.0, 30.0), seed=seed),
    "random_gain": lambda x, seed: st.random_gain(x, gain_db=(-6.0, 6.0), seed=seed),
    "random_polarity": lambda x, seed: st.random_polarity(x, seed=seed),
    "random_shift": lambda x, seed: st.random_shift(x, max_shift=20, seed=seed),
}


@pytest.mark.parametrize("name", list(DRAWS))
def test_a_seed_gives_the_same_however_it_runs_and_another_seed_something_else(name, rng):
    audio, draw = tf.constant(rng.standard_normal((8, 50)), tf.float32), DRAWS[name]
    first = draw(audio, 7)
    for jit in (False, True):
        run = tf.function(draw, jit_compile=jit)
        np.testing.assert_allclose(run(audio, tf.constant([7, 0])), first, rtol=1e-6, atol=1e-6)
    assert np.any(np.abs(draw(audio, 8) - first) > 1e-3)


def db(ratio):
    return 10 * np.log10(ratio)


@pytest.mark.parametrize("snr_db", [-10.0, 0.0, 40.0])
def test_the_ratio_is_that_asked_for(snr_db, rng):
    audio, noise = 3.0 * rng.standard_normal((4, 100)), rng.uniform(size=(4, 100))
    added = st.mix_at_snr(audio, noise, snr_db=snr_db) - audio
    ratio = np.mean(audio**2, axis=-1) / np.mean(added**2, axis=-1)
    np.testing.assert_allclose(db(ratio), snr_db, atol=1e-9)
    np.testing.assert_allclose(added / noise, (added / noise)[:, :1] * np.ones(100), rtol=1e-9)


def test_noise_is_white_and_normal_and_of_ratios_spread_evenly(rng):
    audio = rng.standard_normal((500, 400))
    added = st.add_noise(audio, snr_db=(10.0, 20.0), seed=0) - audio
    ratios = db(np.mean(audio**2, axis=-1) / np.mean(added**2, axis=-1))
    assert scipy.stats.kstest(ratios, scipy.stats.uniform(10, 10).cdf).pvalue > 1e-3
    whitened = added / np.std(added, axis=-1, keepdims=True)
    assert scipy.stats.kstest(np.ravel(whitened[:20]), "norm").pvalue > 1e-3


def test_silence_stays_silent_and_silent_noise_adds_nothing(rng):
    silence, sound = np.zeros([2, 50]), rng.standard_normal((2, 50))
    assert not np.any(st.add_noise(silence, snr_db=0.0, seed=0))
    np.testing.assert_array_equal(st.mix_at_snr(sound, silence, snr_db=0.0), sound)
    np.testing.assert_array_equal(st.mix_at_snr(silence, sound, snr_db=0.0), silence)


def test_gains_are_spread_evenly_in_db():
    gains = st.random_gain(np.ones([2000, 1]), gain_db=(-12.0, 3.0), seed=1).numpy()[:, 0]
    assert scipy.stats.kstest(2 * db(gains), scipy.stats.uniform(-12, 15).cdf).pvalue > 1e-3
    fixed = st.random_gain(np.ones([3, 1]), gain_db=6.0, seed=1)
    np.testing.assert_allclose(fixed, 10**0.3, rtol=1e-12)


@pytest.mark.parametrize("probability", [0.0, 0.2, 1.0])
def test_so_many_are_turned(probability):
    turned = st.random_polarity(np.ones([2000, 3]), seed=1, probability=probability).numpy()
    assert np.all(turned == turned[:, :1])
    assert scipy.stats.binomtest(int(np.sum(turned[:, 0] < 0)), 2000, probability).pvalue > 1e-3


def test_shifts_are_those_of_numpy_and_all_as_likely():
    audio = np.arange(1.0, 8.0)
    rolled = {tuple(np.roll(audio, shift)): shift for shift in range(-3, 4)}
    found = st.random_shift(np.tile(audio, (2000, 1)), max_shift=3, seed=2, mode="wrap").numpy()
    shifts = [rolled[tuple(row)] for row in found]
    counts = [shifts.count(shift) for shift in range(-3, 4)]
    assert scipy.stats.chisquare(counts).pvalue > 1e-3
    cut = st.random_shift(np.tile(audio, (2000, 1)), max_shift=3, seed=2).numpy()
    for row, shift in zip(cut, shifts, strict=True):
        padded = np.pad(audio, 3)
        np.testing.assert_array_equal(row, padded[3 - shift : 10 - shift])


def test_a_shift_beyond_the_sound_leaves_nothing_or_wraps():
    audio = np.tile(np.arange(1.0, 4.0), (200, 1))
    zeros = st.random_shift(audio, max_shift=1000, seed=0).numpy()
    assert np.mean(~np.any(zeros, axis=-1)) > 0.9
    wrapped = st.random_shift(audio, max_shift=1000, seed=0, mode="wrap").numpy()
    np.testing.assert_array_equal(np.sort(wrapped), audio)


def test_ops_of_one_seed_draw_numbers_of_their_own():
    gains = st.random_gain(np.ones([3000, 1]), gain_db=(-1.0, 1.0), seed=5).numpy()[:, 0]
    turned = st.random_polarity(np.ones([3000, 1]), seed=5).numpy()[:, 0]
    assert abs(np.corrcoef(gains, turned)[0, 1]) < 0.1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: st.add_noise(x, snr_db=(3.0, 1.0), seed=0), "snr_db must be a number, or two"),
        (lambda x: st.add_noise(x, snr_db=0.0, seed=None), "seed must be an integer of 64 bits"),
        (lambda x: st.random_gain(x, gain_db=(0.0, np.inf), seed=0), "gain_db must be a number"),
        (
            lambda x: st.random_polarity(x, seed=0, probability=1.5),
            r"probability must be a number in \[0, 1\]; got 1\.5",
        ),
        (lambda x: st.random_shift(x, max_shift=-1, seed=0), "max_shift must be an integer in"),
        (
            lambda x: st.random_shift(x, max_shift=1, seed=0, mode="hold"),
            "mode must be one of 'zeros', 'wrap'; got 'hold'",
        ),
        (lambda x: st.mix_at_snr(x, x[:2], snr_db=0.0), "noise must be as audio, float64"),
        (lambda x: st.mix_at_snr(x, x, snr_db=(0.0, 1.0)), "snr_db must be a number in"),
        (lambda x: st.random_gain(x[0], gain_db=1.0, seed=0), "audio must have a time axis"),
    ],
)
def test_arguments_out_of_range_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(np.zeros(5))
