"""PQMF against filters by SciPy, dense operators, and the theory of paraunitary banks."""

import numpy as np
import pytest
import scipy.signal
import tensorflow as tf

import spectrotools as st
from tests.tolerances import assert_close, error_db


def filters(prototype: np.ndarray, n_bands: int) -> np.ndarray:
    """The filters of the papers, impulse responses ``[bands, taps]``."""
    n = np.arange(len(prototype)) - (len(prototype) - 1) / 2
    bands = [
        2 * prototype * np.cos((2 * k + 1) * np.pi / (2 * n_bands) * n - (-1) ** k * np.pi / 4)
        for k in range(n_bands)
    ]
    return np.stack(bands)


def dense(bank: st.PQMF, length: int) -> np.ndarray:
    """The matrix of an analysis of so many samples."""
    return np.reshape(bank(np.eye(length)), (length, -1)).T


@pytest.mark.parametrize(("n_bands", "order"), [(4, 62), (3, 20), (2, 31), (5, 79), (8, 126)])
def test_bands_are_scipys_filters_of_the_signal(n_bands, order, rng):
    audio = rng.standard_normal(500)
    bank = st.PQMF(n_bands=n_bands, order=order, cutoff=0.57 / n_bands)
    prototype = scipy.signal.firwin(order + 1, 0.57 / n_bands, window=("kaiser", 9.0), scale=False)
    rows = -(-(order + 1) // n_bands)
    start = order - (rows - 1) * n_bands  # of the full convolution: the first frame's last tap
    padded = np.pad(audio, (n_bands, 2 * order))
    expected = [
        np.convolve(padded, h)[n_bands + start :: n_bands][: rows - 1 - (-500 // n_bands)]
        for h in filters(prototype, n_bands)
    ]
    assert_close(bank(audio), np.stack(expected, axis=-1), 256, np.float64)


def test_the_convention_is_the_published_arithmetic_both_ways(rng):
    """A padded correlation by each filter, every fourth sample; zeros between, and the mirror."""
    bank = st.PQMF(n_bands=4, convention="parallel_wavegan")
    assert (bank.order, bank.cutoff, bank.beta) == (62, 0.142, 9.0)
    audio = rng.standard_normal(401)
    responses = filters(scipy.signal.firwin(63, 0.142, window=("kaiser", 9.0), scale=False), 4)
    correlated = [np.convolve(np.pad(audio, 31), h, "valid") for h in responses]
    expected = np.stack(correlated, axis=-1)[:400:4]
    bands = bank(audio)
    assert_close(bands, expected, 256, np.float64)
    spread = np.zeros([400, 4])
    spread[::4] = 4 * expected
    mirrored = [
        np.convolve(np.pad(spread[:, k], 31), responses[k, ::-1], "valid") for k in range(4)
    ]
    assert_close(bank.synthesis(bands), np.sum(mirrored, axis=0), 256, np.float64)


@pytest.mark.parametrize("n_bands", [2, 3, 4, 8])
def test_near_is_within_a_thousandth_for_every_signal(n_bands):
    bank = st.PQMF(n_bands=n_bands)
    length = 12 * n_bands
    analysis = dense(bank, length)
    error = n_bands * analysis.T @ analysis - np.eye(length)
    assert -75 < 20 * np.log10(np.linalg.norm(error, 2)) <= -60
    assert_close(
        bank.synthesis(bank(np.eye(length)), length=length) - np.eye(length),
        error,
        1e6,
        np.float64,
    )


@pytest.mark.parametrize("n_bands", [2, 4, 8, 16])
def test_prototypes_stop_other_bands(n_bands):
    for reconstruction, stopped in (("near", -90), ("perfect", -59.9)):
        bank = st.PQMF(n_bands=n_bands, reconstruction=reconstruction)
        angle, response = scipy.signal.freqz(bank.window_samples, worN=2**13)
        response = 20 * np.log10(np.abs(response) / np.sum(bank.window_samples))
        assert np.max(response[angle >= np.pi / n_bands]) <= stopped


@pytest.mark.parametrize(("n_bands", "overlap"), [(2, 8), (3, 2), (4, 8), (5, 4), (8, 8), (32, 8)])
def test_a_perfect_bank_is_paraunitary(n_bands, overlap):
    """At every frequency the polyphase matrix is unitary, but for the gain."""
    order = 2 * n_bands * overlap - 1
    bank = st.PQMF(n_bands=n_bands, order=order, reconstruction="perfect")
    polyphase = filters(bank.window_samples, n_bands).reshape(n_bands, -1, n_bands)
    response = np.fft.fft(polyphase, 64, axis=1).transpose(1, 0, 2)
    product = n_bands * response.conj().transpose(0, 2, 1) @ response
    np.testing.assert_allclose(
        product, np.broadcast_to(np.eye(n_bands), product.shape), atol=1e-13
    )


@pytest.mark.parametrize("n_bands", [2, 3, 4, 16, 64])
def test_a_perfect_bank_gives_every_sample_back(n_bands, rng):
    bank = st.PQMF(n_bands=n_bands, reconstruction="perfect")
    for dtype, bound in ((np.float32, -125), (np.float64, -280)):
        audio = rng.choice([-1.0, 1.0], 10_001).astype(dtype)
        restored = bank.inverse(bank(audio), length=10_001).numpy()
        assert error_db(restored, audio) <= bound


@pytest.mark.parametrize(("n_bands", "order", "beta"), [(4, 62, 9.0), (8, 100, 7.0)])
def test_the_cutoff_is_where_the_whole_bank_is_flattest(n_bands, order, beta):
    settings = {"n_bands": n_bands, "order": order, "beta": beta}
    best = st.PQMF(**settings)
    found = _half_point(best.window_samples)

    def worst_lag(cutoff: float) -> float:
        window = ("kaiser", beta)
        prototype = scipy.signal.firwin(order + 1, cutoff, window=window, scale=False)
        whole = scipy.signal.fftconvolve(prototype, prototype[::-1])
        lags = whole[order :: 2 * n_bands] / whole[order]
        return np.max(np.abs(lags[1:]))

    grid = np.linspace(0.5 / n_bands, 1 / n_bands, 4001)
    least = min(worst_lag(cutoff) for cutoff in grid)
    own = scipy.signal.fftconvolve(best.window_samples, best.window_samples[::-1])
    assert np.max(np.abs(own[order :: 2 * n_bands][1:])) / own[order] <= least
    assert abs(found - grid[np.argmin([worst_lag(c) for c in grid])]) < 0.01 / n_bands


def _half_point(prototype: np.ndarray) -> float:
    """Where the response is at a half, of the Nyquist frequency."""
    angle, response = scipy.signal.freqz(prototype, worN=2**14)
    response = np.abs(response) / np.abs(response[0])
    return angle[np.argmax(response < 0.5)] / np.pi


@pytest.mark.parametrize("reconstruction", ["near", "perfect"])
def test_a_tone_is_as_loud_in_its_band_as_in_the_signal(reconstruction):
    bank = st.PQMF(n_bands=4, reconstruction=reconstruction)
    for band, hz in enumerate(bank.frequencies(16000)):
        tone = np.sin(2 * np.pi * (hz + 50) / 16000 * np.arange(16000))
        power = np.mean(np.square(bank(tone)[100:-100]), axis=0)
        assert power[band] == pytest.approx(0.5, rel=0.02)
        assert np.sum(power) - power[band] < 1e-4


def test_times_are_those_of_a_click():
    for settings in ({}, {"convention": "parallel_wavegan"}, {"reconstruction": "perfect"}):
        bank = st.PQMF(n_bands=4, **settings)
        click = np.zeros(400)
        click[200] = 1.0
        energy = np.sum(np.square(bank(click)), axis=-1)
        times = bank.times(len(energy), 1000.0)
        assert np.sum(energy * times) / np.sum(energy) == pytest.approx(0.2, abs=5e-4)


@pytest.mark.parametrize("settings", [{}, {"convention": "parallel_wavegan"}, {"order": 9}])
@pytest.mark.parametrize("length", [0, 1, 3, 4, 230, 300])
def test_a_stream_of_synthesis_is_the_whole(settings, length, rng):
    bank = st.PQMF(n_bands=4, **settings)
    audio = rng.standard_normal((2, length))
    bands = bank(audio).numpy()
    analysis, synthesis = (
        bank.initial_state((2,), tf.float64),
        bank.initial_synthesis_state((2,), tf.float64),
    )
    found, parts = [], []
    for block in np.split(audio, [7, 8, 120], axis=-1):
        some, analysis = bank.step(block, analysis)
        part, synthesis = bank.synthesis_step(some, synthesis)
        found.append(some)
        parts.append(part)
    last = bank.flush(analysis)
    part, synthesis = bank.synthesis_step(last, synthesis)
    parts += [part, bank.synthesis_flush(synthesis, length=length)]
    assert_close(tf.concat([*found, last], axis=-2), bands, 64, np.float64)
    whole = bank.synthesis(bands, length=length)
    assert_close(tf.concat(parts, axis=-1), whole, 64, np.float64)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_bands": 1}, r"n_bands must be an integer in \[2, 64\]; got 1"),
        ({"order": 3}, r"order must be an integer in \[4, 2048\]; got 3"),
        ({"cutoff": 0.0}, r"cutoff must be in \(0, 1\); got 0.0"),
        ({"cutoff": 1.5}, r"cutoff must be a number in \[0, 1\]; got 1.5"),
        ({"beta": -1.0}, r"beta must be a number in \[0, 100\]; got -1.0"),
        ({"reconstruction": "exact"}, "reconstruction must be one of 'near', 'perfect'; got"),
        ({"convention": "torch"}, "convention must be one of 'parallel_wavegan'; got 'torch'"),
        (
            {"convention": "parallel_wavegan", "reconstruction": "perfect"},
            "reconstruction must be 'near' in a convention; got 'perfect'",
        ),
        (
            {"reconstruction": "perfect", "order": 62},
            r"order \+ 1 must be a multiple of 2 \* n_bands = 8 to be perfect; got 62",
        ),
    ],
)
def test_wrong_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        st.PQMF(**{"n_bands": 4, **settings})


def test_what_is_near_is_no_inverse():
    bank = st.PQMF(n_bands=4)
    message = "reconstruction must be 'perfect' to invert; synthesis comes near; got 'near'"
    with pytest.raises(ValueError, match=message):
        bank.inverse(np.zeros([40, 4]))
    with pytest.raises(ValueError, match=message):
        bank.initial_inverse_state()
    with pytest.raises(ValueError, match=r"coefficients must be \[..., frames, hop_length = 4\]"):
        bank.synthesis(np.zeros([40, 5]))
