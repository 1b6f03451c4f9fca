"""The filters and slices of the constant-Q transform, against plain sums in NumPy."""

import numpy as np
import pytest
import tensorflow as tf

from spectrotools.ops.constant_q import (
    analyse_slices,
    band_corners,
    make_groups,
    settling,
    synthesise_slices,
)
from tests.tolerances import assert_close

CORNERS = band_corners(1000.0, 3, 60.0, 380.0, 0.0)
HALF = 360


def groups(runs):
    return make_groups(tuple(map(tuple, CORNERS.tolist())), runs, 1000.0, HALF)


def filters() -> np.ndarray:
    """The magnitude of each filter at each bin of the whole period, from its weights."""
    dense = np.zeros([len(CORNERS), 2 * HALF])
    for row, band in enumerate(groups(((1, len(CORNERS)),))[0].bands):
        bins = np.arange(band.start, band.start + len(band.weights)) % (2 * HALF)
        dense[row, bins] = band.weights * (1.0 if band.real else np.sqrt(2))
    return dense


def test_bands_stand_at_equal_ratios_and_share_out_the_spectrum():
    np.testing.assert_allclose(CORNERS[1:-1, 1], 60.0 * 2.0 ** (np.arange(8) / 3))
    power = np.sum(filters() ** 2, axis=0)
    # A band without negative frequencies counts for both signs of each.
    both = (power + power[-np.arange(2 * HALF)]) / 2
    np.testing.assert_allclose(both, 1.0, rtol=1e-12)
    step = 1000.0 / (2 * HALF)
    for row, (low, _, _, high) in enumerate(CORNERS):
        heard = np.flatnonzero(filters()[row, : HALF + 1]) * step
        assert low <= heard.min()
        assert heard.max() <= high


@pytest.mark.parametrize("hop", [1, 2, 4, 24])
def test_coefficients_are_the_filtered_signal_at_every_hop(hop, rng):
    audio = rng.standard_normal([2, HALF + 1])
    period = np.concatenate([audio, audio[:, -2:0:-1]], axis=1)
    spectrum = np.fft.fft(period).real
    expected = np.fft.ifft(spectrum[:, None] * filters())[:, :, : HALF + 1 : hop] * np.sqrt(hop)
    (found,) = analyse_slices(tf.constant(audio), groups(((hop, len(CORNERS)),)))
    assert_close(found, expected.swapaxes(1, 2), 512, np.float64)


@pytest.mark.parametrize("runs", [((2, 10),), ((6, 1), (8, 3), (6, 4), (2, 2)), ((2, 3), (2, 7))])
def test_the_transpose_is_the_inverse_and_energy_is_kept(runs, rng):
    audio = rng.standard_normal([2, HALF + 1])
    parts = analyse_slices(tf.constant(audio), groups(runs))
    assert_close(synthesise_slices(parts, groups(runs)), audio, 512, np.float64)
    energy = 0.0
    for part in parts:
        power = np.sum(np.abs(part) ** 2, axis=(0, 2))
        energy += np.sum(power) - (power[0] + power[-1]) / 2
    power = np.sum(audio**2, axis=0)
    assert energy == pytest.approx(np.sum(power) - (power[0] + power[-1]) / 2, rel=1e-12)


def test_a_filter_has_settled_when_it_says_so():
    corners = band_corners(1000.0, 3, 60.0, 380.0, 0.0)
    half = 2520
    layout = make_groups(tuple(map(tuple, corners.tolist())), ((1, 10),), 1000.0, half)
    click = np.zeros([1, half + 1])
    click[0, half // 2] = 1.0
    (found,) = analyse_slices(tf.constant(click), layout)
    away = int(np.ceil(settling(corners) * 1000))
    energy = np.abs(found[0]) ** 2
    late = energy[half // 2 + away :].sum(axis=0) / energy.sum(axis=0)
    assert 10 * np.log10(late.max()) < -130
