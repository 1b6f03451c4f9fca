"""Scales of the ear against published tables and against each other."""

import numpy as np

import spectrotools as st

# Zwicker's edges of the critical bands, Hz, of 2 to 22 Bark; the formula is within 0.05 Bark of
# them between 0.2 and 6.7 kHz (Traunmüller 1990, p. 99).
EDGES = [200, 300, 400, 510, 630, 770, 920, 1080, 1270, 1480, 1720, 2000, 2320, 2700, 3150]
EDGES += [3700, 4400, 5300, 6400]


def test_bark_is_that_of_zwickers_table():
    bark = st.hz_to_bark(np.array(EDGES, np.float64)).numpy()
    np.testing.assert_allclose(bark, np.arange(2, 21), atol=0.06)


def test_bark_and_back_is_the_identity():
    hz = np.linspace(0.0, 20000.0, 1001)
    np.testing.assert_allclose(st.bark_to_hz(st.hz_to_bark(hz)), hz, atol=1e-8)


def test_erb_is_glasberg_and_moores():
    hz = np.array([100.0, 1000.0, 10000.0])
    np.testing.assert_allclose(st.hz_to_erb(hz), 24.7 * (4.37 * hz / 1000 + 1), rtol=2e-3)
