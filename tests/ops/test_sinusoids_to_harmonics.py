"""Sinusoids gathered into harmonics: by their definition, term by term, and back."""

import numpy as np
import pytest

import spectrotools as st

SETTINGS = {"sample_rate": 16000, "n_harmonics": 6}


@pytest.mark.parametrize("normalize", [False, True])
def test_harmonics_are_their_definition(normalize, rng):
    amplitudes = rng.uniform(0, 1, (2, 3, 20))
    hz, f0 = rng.uniform(100, 9000, (2, 3, 20)), rng.uniform(900, 2000, (2, 3))
    loudness, shares = st.sinusoidal_to_harmonic(
        amplitudes, hz, f0, **SETTINGS, width=0.3, normalize=normalize
    )
    expected = np.zeros([2, 3, 6])
    for place in np.ndindex(2, 3):
        for k in range(1, 7):
            if k * f0[place] < 8000:
                weights = np.exp(-(((hz[place] - k * f0[place]) / f0[place] / 0.3) ** 2))
                if normalize and weights.sum() > 1:
                    weights = weights / weights.sum()
                expected[(*place, k - 1)] = weights @ amplitudes[place]
    np.testing.assert_allclose(loudness, expected.sum(-1), rtol=1e-12)
    np.testing.assert_allclose(shares * loudness[..., None], expected, atol=1e-12)


def test_harmonics_to_sinusoids_and_back_is_the_identity(rng):
    distribution, f0 = rng.dirichlet(np.ones(6), (4, 7)), rng.uniform(100, 1200, (4, 7))
    loudness = rng.uniform(0, 1, (4, 7))
    hz = st.harmonic_frequencies(f0, 6)
    found = st.sinusoidal_to_harmonic(loudness[..., None] * distribution, hz, f0, **SETTINGS)
    np.testing.assert_allclose(found.amplitudes, loudness, rtol=1e-12)
    np.testing.assert_allclose(found.harmonic_distribution, distribution, atol=1e-12)


def test_without_a_pitch_or_a_sinusoid_there_is_silence():
    for amplitudes, f0 in (([[1.0]], [0.0]), ([[0.0]], [200.0])):
        loudness, shares = st.sinusoidal_to_harmonic(amplitudes, [[200.0]], f0, **SETTINGS)
        assert not np.any(loudness)
        assert not np.any(shares)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"f0_hz": [[1.0]]}, r"f0_hz \[..., frames\]; got"),
        ({"frequencies_hz": [[1.0, 2.0]]}, "amplitudes and frequencies_hz must be"),
        ({"f0_hz": np.ones([1])}, "must be of one dtype"),
        ({"width": 0}, "width must be a number of at least"),
        ({"n_harmonics": 0}, "n_harmonics must be an integer"),
        ({"sample_rate": 0}, "sample_rate must be above 0"),
    ],
)
def test_wrong_arguments_are_named(change, match):
    given = {"amplitudes": [[1.0]], "frequencies_hz": [[200.0]], "f0_hz": [200.0], **SETTINGS}
    with pytest.raises(ValueError, match=match):
        st.sinusoidal_to_harmonic(**(given | change))
