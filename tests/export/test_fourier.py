"""Transforms in real tensors against NumPy's in float64."""

import numpy as np
import pytest
import tensorflow as tf

from spectrotools.export.fourier import frames_of, spectra_of, transform_size


@pytest.mark.parametrize(
    ("least", "size"), [(1, 4), (4, 4), (5, 8), (254, 256), (256, 256), (257, 512)]
)
def test_sizes_are_powers_of_two_that_suffice(least, size):
    assert transform_size(least) == size


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6, 8, 64, 75, 256, 400, 2048])
def test_there_and_back(size, rng):
    """To the rounding of float32, some times over, for sums of as many products."""
    frames = rng.normal(size=[3, size]).astype(np.float32)
    wanted = np.fft.rfft(frames.astype(np.float64))
    real, imaginary = spectra_of(tf.constant(frames))
    scale = np.max(np.abs(wanted))
    np.testing.assert_allclose(real, wanted.real, atol=1e-6 * scale)
    np.testing.assert_allclose(imaginary, wanted.imag, atol=1e-6 * scale)
    spectra = rng.normal(size=[3, size // 2 + 1]) + 1j * rng.normal(size=[3, size // 2 + 1])
    made = frames_of(
        *(tf.constant(part, tf.float32) for part in (spectra.real, spectra.imag)), size
    )
    back = np.fft.irfft(spectra, size)
    np.testing.assert_allclose(made, back, atol=2e-6 * np.max(np.abs(back)))
