"""Ratios of powers beside closed forms, and beside their published arithmetic in NumPy."""

import numpy as np
import pytest

import spectrotools as st
from tests.losses.case import noise_pair

DEEP = -300.0  # dB: a floor that is not seen beside audible signals in float64


def decibels(ratio: np.ndarray) -> np.ndarray:
    return 10 * np.log10(ratio)


def energy(signal: np.ndarray) -> np.ndarray:
    return np.sum(signal**2, axis=-1)


def orthogonal_pair(rng: np.random.Generator, time: int) -> tuple[np.ndarray, np.ndarray]:
    """A signal and noise at right angles to it, of power 1 each."""
    signal, noise = rng.standard_normal((2, time))
    signal /= np.sqrt(np.mean(signal**2))
    noise -= np.mean(noise * signal) * signal
    return signal, noise / np.sqrt(np.mean(noise**2))


@pytest.mark.parametrize("snr_db", [-20.0, 0.0, 13.0, 60.0])
@pytest.mark.parametrize("gain", [0.01, -2.0, 30.0])
def test_noise_of_known_power_gives_its_si_sdr_at_any_gain(rng, snr_db, gain):
    signal, noise = orthogonal_pair(rng, 999)
    audio = gain * (signal + 10 ** (-snr_db / 20) * noise)
    loss = st.losses.SISDR(floor_db=DEEP)
    assert float(loss(signal, audio)) == pytest.approx(-snr_db, abs=1e-9)
    assert float(loss(7.0 * signal, audio)) == pytest.approx(-snr_db, abs=1e-9)


def test_the_three_ratios_of_a_gain_and_noise(rng):
    """The error of SNR and SD-SDR has two parts: the noise, and what the gain is off by."""
    signal, noise = orthogonal_pair(rng, 1000)
    for gain in (0.5, 1.0, 1.5):
        audio = gain * signal + 0.1 * noise
        error = (gain - 1) ** 2 + 0.01
        expected = {"SNR": 1 / error, "SDSDR": gain**2 / error, "SISDR": gain**2 / 0.01}
        for name, ratio in expected.items():
            loss = getattr(st.losses, name)(floor_db=DEEP)
            assert float(loss(signal, audio)) == pytest.approx(-decibels(ratio), abs=1e-9)


def test_values_are_those_of_the_published_formulas(rng):
    target, audio = noise_pair(rng, 5, 333)
    error = target - audio
    share = np.sum(target * audio, axis=-1, keepdims=True) / energy(target)[:, None]
    expected = {
        "ESR": energy(error) / energy(target),
        "DC": np.mean(error, axis=-1) ** 2 / np.mean(target**2, axis=-1),
        "SNR": -decibels(energy(target) / energy(error)),
        "SISDR": -decibels(energy(share * target) / energy(share * target - audio)),
        "SDSDR": -decibels(energy(share * target) / energy(error)),
    }
    for name, values in expected.items():
        loss = getattr(st.losses, name)(floor_db=DEEP)
        np.testing.assert_allclose(loss(target, audio), values, rtol=1e-11, err_msg=name)


def test_sd_sdr_is_snr_and_the_gain(rng):
    target, audio = noise_pair(rng, 4, 100)
    share = np.sum(target * audio, axis=-1) / energy(target)
    snr, sdsdr = st.losses.SNR(floor_db=DEEP), st.losses.SDSDR(floor_db=DEEP)
    expected = snr(target, audio) - decibels(share**2)
    np.testing.assert_allclose(sdsdr(target, audio), expected, rtol=1e-11)


@pytest.mark.parametrize("kind", [st.losses.SNR, st.losses.SISDR, st.losses.SDSDR])
def test_means_may_be_taken_off(rng, kind):
    target, audio = noise_pair(rng, 2, 150)
    plain, centred = kind(), kind(zero_mean=True)
    np.testing.assert_allclose(
        centred(target + 3.0, audio - 1.0),
        plain(target - target.mean(-1)[:, None], audio - audio.mean(-1)[:, None]),
        rtol=1e-9,
    )
    assert np.all(plain(target + 3.0, audio - 1.0) != centred(target, audio))


def test_floors_are_of_full_scale():
    """Square waves, whose power is the square of their height."""
    wave = np.tile([1.0, -1.0], 50)
    silence = 0.0 * wave
    for name in ("SNR", "SISDR", "SDSDR"):
        loss = getattr(st.losses, name)(floor_db=-80.0)
        assert float(loss(silence, silence)) == 0.0
        assert float(loss(0.1 * wave, 0.1 * wave)) == pytest.approx(-60.0, abs=1e-4)
        assert float(loss(silence, 0.1 * wave)) == pytest.approx(60.0, abs=1e-4)
    assert float(st.losses.SISDR()(wave, silence)) == 0.0
    assert float(st.losses.SNR()(wave, silence)) == pytest.approx(0.0, abs=1e-9)
    assert float(st.losses.SDSDR()(wave, silence)) == pytest.approx(100.0, abs=1e-6)
    for name, offset in (("ESR", 0.1 * wave), ("DC", np.full(100, 0.1))):
        loss = getattr(st.losses, name)(floor_db=-60.0)
        assert float(loss(silence, offset)) == pytest.approx(1e4)
        assert float(loss(silence, silence)) == 0.0


def test_a_constant_error_is_seen_by_dc_and_an_alternating_one_is_not():
    wave = np.tile([0.5, -0.5], 30)
    assert float(st.losses.DC()(wave, wave + 0.1)) == pytest.approx(0.04, rel=1e-6)
    assert float(st.losses.DC()(wave, 0.6 * wave)) == pytest.approx(0.0, abs=1e-15)
    # Of which pre-emphasis leaves ESR only the first sample.
    loss = st.losses.ESR(preemphasis=1.0)
    assert float(loss(wave, wave + 0.1)) == pytest.approx(0.1**2 / (0.5**2 + 59.0), rel=1e-6)
