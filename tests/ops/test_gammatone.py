"""Gammatone filters beside SciPy's, as filters and as weights of a spectrum."""

import numpy as np
import pytest
import scipy.signal

import spectrotools as st
from tests.tolerances import assert_close

CENTRES = [60.0, 440.0, 1000.0, 3999.0, 7900.0]


@pytest.mark.parametrize("centre", CENTRES)
def test_sections_are_scipys_filter(centre):
    b, a = scipy.signal.gammatone(centre, "iir", fs=16000)
    found_b, found_a = scipy.signal.sos2tf(st.gammatone_sos(centre, sample_rate=16000))
    assert_close(found_a, a, 64, np.float64)
    assert_close(found_b[:5], b, 1e5, np.float64)  # a sum of terms that cancel, in SciPy's gain
    assert not np.any(np.abs(found_b[5:]) > 1e-12 * np.abs(b).max())


def test_bands_are_those_of_scipys_filters(rng):
    audio = rng.standard_normal((2, 4000))
    sos = st.gammatone_sos(CENTRES, sample_rate=16000)
    bands = st.sosfilt(audio[:, None], sos[None])
    expected = [
        scipy.signal.lfilter(*scipy.signal.gammatone(centre, "iir", fs=16000), audio)
        for centre in CENTRES[2:]  # below, the fraction has lost its digits
    ]
    assert_close(bands[:, 2:], np.stack(expected, axis=1), 1e8, np.float64)


def test_the_impulse_response_is_a_gammatone():
    """Of long decays, for the filter is impulse-invariant but for its gain."""
    centre, rate = 500.0, 48000
    sos = st.gammatone_sos(centre, sample_rate=rate)
    found = st.sosfilt(np.eye(1, 4000)[0], sos).numpy()
    t = np.arange(4000) / rate
    b = 1.019 * 24.7 * (4.37 * centre / 1000 + 1)
    expected = t**3 * np.exp(-2 * np.pi * b * t) * np.cos(2 * np.pi * centre * t)
    found, expected = (x / np.linalg.norm(x) for x in (found, expected))
    assert np.abs(found @ expected) > 0.999


def test_weights_are_the_gains_of_scipys_filters():
    bank = st.gammatone_filterbank(sample_rate=16000, n_fft=513, n_bands=6, fmin=1500.0)
    hz = np.fft.rfftfreq(513, 1 / 16000)
    centres = st.erb_space(6, fmin=1500.0, fmax=8000.0)
    for band, centre in enumerate(centres):
        b, a = scipy.signal.gammatone(centre, "iir", fs=16000)
        expected = np.abs(scipy.signal.freqz(b, a, worN=hz, fs=16000)[1])
        assert_close(bank[:, band], expected, 1e6, np.float64)


def test_centres_are_evenly_spaced_in_bandwidths():
    centres = st.erb_space(50, fmin=20.0, fmax=12000.0)
    counts = np.log(centres * 4.37 / 1000 + 1)  # the 4.37 of 4.36999 by Slaney's constants
    np.testing.assert_allclose(np.diff(counts), np.diff(counts)[0], rtol=1e-6)
    assert centres[0] == pytest.approx(20.0)
    one_more = counts[-1] + np.diff(counts)[0]
    assert (np.exp(one_more) - 1) * 1000 / 4.37 == pytest.approx(12000.0, rel=1e-5)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_fft": 1}, r"n_fft must be an integer of at least 2; got 1"),
        ({"n_bands": 0}, r"n_bands must be an integer of at least 1; got 0"),
        ({"sample_rate": 0}, r"sample_rate must be above 0 Hz; got 0"),
        ({"fmin": 0.0}, r"fmin must be above 0 Hz; got 0"),
        ({"fmax": 9000.0}, r"fmax must be in \(fmin=50\.0, sample_rate / 2\]; got 9000"),
        ({"fmin": 500.0, "fmax": 500.0}, r"fmax must be in \(fmin=500"),
    ],
)
def test_banks_out_of_range_are_refused(settings, message):
    usual = {"sample_rate": 16000, "n_fft": 512, "n_bands": 20}
    with pytest.raises(ValueError, match=message):
        st.gammatone_filterbank(**(usual | settings))


def test_centres_out_of_range_are_refused():
    with pytest.raises(ValueError, match=r"centres_hz must be finite and in \(0, 8000\)"):
        st.gammatone_sos([100.0, 8000.0], sample_rate=16000)
    with pytest.raises(ValueError, match=r"fmax must be above fmin=200\.0 Hz; got 100"):
        st.erb_space(3, fmin=200.0, fmax=100.0)


def test_the_bank_cannot_be_spoilt():
    bank = st.gammatone_filterbank(sample_rate=16000, n_fft=512, n_bands=9)
    with pytest.raises(ValueError, match="read-only"):
        bank[0, 0] = 1.0
