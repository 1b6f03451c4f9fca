"""Triangles beside librosa's and NumPy's interpolation, on scales of tables and of integrals."""

import librosa
import numpy as np
import pytest
import scipy.integrate

import spectrotools as st
from spectrotools.ops.triangular_filterbanks import _MAPS
from tests.tolerances import assert_close

SCALES = list(_MAPS)
# Edges of critical bands, Hz: Zwicker, JASA 33(2), 1961, table I.
CRITICAL = [100, 200, 300, 400, 510, 630, 770, 920, 1080, 1270, 1480, 1720, 2000, 2320, 2700]
CRITICAL += [3150, 3700, 4400, 5300, 6400, 7700, 9500, 12000, 15500]


@pytest.mark.parametrize("scale", ["slaney", "htk"])
@pytest.mark.parametrize("norm", ["slaney", "none"])
def test_on_the_mel_scales_it_is_librosas(scale, norm):
    expected = librosa.filters.mel(
        sr=22050,
        n_fft=2048,
        n_mels=40,
        fmin=50.0,
        fmax=8000.0,
        htk=scale == "htk",
        norm=None if norm == "none" else norm,
        dtype=np.float64,
    )
    settings = {"sample_rate": 22050, "n_fft": 2048, "fmin": 50.0, "fmax": 8000.0}
    bank = st.triangular_filterbank(n_bands=40, scale=scale, norm=norm, **settings)
    assert_close(bank, expected.T, 512, np.float64)


@pytest.mark.parametrize(
    ("scale", "edges"),
    [
        ("linear", [100.0, 1075.0, 2050.0, 3025.0, 4000.0]),
        ("log", 100.0 * 40.0 ** np.linspace(0, 1, 5)),
    ],
)
def test_it_interpolates_between_edges_of_closed_form(scale, edges):
    bank = st.triangular_filterbank(
        sample_rate=8000, n_fft=501, n_bands=3, scale=scale, fmin=100.0
    )
    hz = np.fft.rfftfreq(501, 1 / 8000)
    expected = [np.interp(hz, edges[b : b + 3], [0.0, 1.0, 0.0]) for b in range(3)]
    assert_close(bank, np.stack(expected, axis=1), 64, np.float64)


def test_bark_is_within_a_twentieth_of_a_band_of_the_table_of_critical_bands():
    """As Traunmüller says of his formula, from 200 Hz to 6.7 kHz."""
    numbers = np.arange(1, 25)
    away = np.abs(_MAPS["bark"][0](np.array(CRITICAL, np.float64)) - numbers)
    assert np.max(away[1:20]) < 0.055


def test_erb_counts_the_bandwidths_below():
    """Of 24.7 (4.37 f / 1000 + 1) Hz; 21.4 is rounded."""
    for hz in (50.0, 1000.0, 15000.0):
        count, _ = scipy.integrate.quad(lambda f: 1 / (24.7 * (4.37e-3 * f + 1)), 0.0, hz)
        assert _MAPS["erb"][0](hz) == pytest.approx(count, rel=4e-3)


@pytest.mark.parametrize("scale", SCALES)
def test_scales_turn_back_and_are_increasing(scale):
    onto, back = _MAPS[scale]
    hz = np.geomspace(1.0, 24000.0, 200)
    np.testing.assert_allclose(back(onto(hz)), hz, rtol=1e-11)
    assert np.all(np.diff(onto(hz)) > 0)


@pytest.mark.parametrize("scale", SCALES)
def test_bands_sum_to_one_between_the_outer_middles(scale):
    bank = st.triangular_filterbank(
        sample_rate=16000, n_fft=4096, n_bands=12, scale=scale, fmin=60.0, fmax=7000.0
    )
    peaks = np.argmax(bank, axis=0)
    inside = bank[peaks[0] + 1 : peaks[-1]].sum(axis=1)
    np.testing.assert_allclose(inside, 1.0, rtol=0, atol=1e-12)
    beyond = bank[np.fft.rfftfreq(4096, 1 / 16000) >= 7000.0]
    np.testing.assert_allclose(beyond, 0.0, rtol=0, atol=1e-13)


def test_a_band_of_area_one_has_it():
    bank = st.triangular_filterbank(
        sample_rate=16000, n_fft=65536, n_bands=10, scale="erb", norm="slaney"
    )
    np.testing.assert_allclose(bank.sum(axis=0) * 16000 / 65536, 1.0, rtol=1e-3)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_fft": 1}, r"n_fft must be an integer of at least 2; got 1"),
        ({"n_bands": 0}, r"n_bands must be an integer of at least 1; got 0"),
        ({"sample_rate": 0}, r"sample_rate must be above 0 Hz; got 0"),
        ({"fmin": -1.0}, r"fmin must be at least 0 Hz; got -1"),
        ({"scale": "log"}, r"fmin must be above 0 Hz with scale='log'; got 0"),
        ({"fmax": 9000.0}, r"fmax must be in \(fmin=0\.0, sample_rate / 2\]; got 9000"),
        ({"fmin": 500.0, "fmax": 500.0}, r"fmax must be in \(fmin=500"),
        ({"scale": "mel"}, r"scale must be one of 'linear', 'log', 'bark'.*; got 'mel'"),
        ({"norm": "l2"}, r"norm must be one of 'slaney', 'none'; got 'l2'"),
        ({"n_bands": 200}, r"no band may lie between two bins: take fewer n_bands.*got \[0, 1, 4"),
    ],
)
def test_arguments_out_of_range_are_refused(settings, message):
    usual = {"sample_rate": 16000, "n_fft": 512, "n_bands": 20, "scale": "bark"}
    with pytest.raises(ValueError, match=message):
        st.triangular_filterbank(**(usual | settings))


def test_the_bank_cannot_be_spoilt():
    bank = st.triangular_filterbank(sample_rate=16000, n_fft=512, n_bands=9, scale="linear")
    with pytest.raises(ValueError, match="read-only"):
        bank[0, 0] = 1.0
