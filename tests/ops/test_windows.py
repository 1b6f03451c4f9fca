"""Windows and their sums against SciPy's and against direct addition."""

import numpy as np
import pytest
import scipy.signal

from spectrotools.ops.fourier import largest_prime_factor
from spectrotools.ops.windows import (
    canonical_dual,
    nola_ratio,
    overlap_sums,
    window_derivative,
    window_samples,
)

WINDOWS = [("hann", 64, 16), ("hamming", 63, 20), (("kaiser", 9.0), 50, 33), ("boxcar", 8, 8)]


@pytest.mark.parametrize(("window", "length", "hop"), WINDOWS)
def test_sums_and_dual_are_those_of_direct_addition(window, length, hop):
    samples = window_samples(window, length, length, 0)
    np.testing.assert_array_equal(samples, scipy.signal.get_window(window, length))
    steady = np.zeros(40 * length)
    for start in range(0, 39 * length, hop):
        steady[start : start + length] += samples**2
    middle = np.arange(20 * length // hop * hop, 20 * length // hop * hop + hop)
    np.testing.assert_allclose(overlap_sums(samples, hop)[-1], steady[middle], rtol=1e-14)
    assert nola_ratio(samples, hop) == pytest.approx(steady[middle].min() / steady[middle].max())
    dual = scipy.signal.ShortTimeFFT(samples, hop, fs=1.0).dual_win
    np.testing.assert_allclose(canonical_dual(samples, hop), dual.real, rtol=1e-12, atol=1e-15)


def test_window_is_placed_and_cannot_be_written():
    samples = window_samples("boxcar", 3, 8, 2)
    np.testing.assert_array_equal(samples, [0, 0, 1, 1, 1, 0, 0, 0])
    with pytest.raises(ValueError, match="read-only"):
        samples[0] = 1.0


@pytest.mark.parametrize(
    ("number", "prime"), [(1, 1), (2, 2), (1024, 2), (1021, 1021), (1022, 73), (2310, 11), (49, 7)]
)
def test_largest_prime_factor(number, prime):
    assert largest_prime_factor(number) == prime


@pytest.mark.parametrize("length", [1, 2, 63, 64])
@pytest.mark.parametrize("periodic", [True, False])
def test_derivative_of_hann_is_its_closed_form(length, periodic):
    period = max(length if periodic else length - 1, 1)
    expected = np.pi / period * np.sin(2 * np.pi * np.arange(length) / period)
    slope = window_derivative("hann", length, length + 10, 3, periodic)
    np.testing.assert_allclose(slope, np.pad(expected, (3, 7)), rtol=0, atol=1e-15)


def test_derivative_of_a_gaussian_is_its_closed_form():
    place = np.arange(256) - 128.0
    expected = -place / 20.0**2 * np.exp(-(place**2) / 800.0)
    slope = window_derivative(("gaussian", 20.0), 257, 257, 0, periodic=False)
    np.testing.assert_allclose(slope[:256], expected, rtol=0, atol=1e-9)
