import math

import numpy as np
import pytest
import scipy.fft
import scipy.signal

from spectrotools.report.distances import compare, distances


def by_scipy(original: np.ndarray, result: np.ndarray) -> tuple[float, float, float]:
    """The three distances of ``[channels, samples]`` from the definition, all at once."""
    length = original.shape[-1]
    window = scipy.signal.get_window("hann", 2048)

    def magnitudes(audio: np.ndarray) -> np.ndarray:
        audio = np.pad(audio, [(0, 0), (2048, 2048)])
        starts = [s for s in range(-2048, length + 2048, 512) if 1 - 2048 <= s < length - 1]
        frames = [audio[:, start + 2048 : start + 4096] for start in starts]
        return np.abs(scipy.fft.rfft(np.stack(frames) * window)) * 2 / window.sum()

    first, second = magnitudes(original), magnitudes(result)
    snr = 10 * math.log10(np.sum(original**2) / np.sum((original - result) ** 2))
    levels = 20 * np.log10(np.maximum(first, 1e-6)) - 20 * np.log10(np.maximum(second, 1e-6))
    spectral = np.mean(np.sqrt(np.mean(levels**2, axis=-1)))
    convergence = 20 * math.log10(np.linalg.norm(first - second) / np.linalg.norm(first))
    return snr, spectral, convergence


@pytest.mark.parametrize("length", [1, 2, 513, 514, 700, 2048, 2049, 2560, 2561, 9000])
def test_distances_are_those_of_their_definition_however_the_signal_is_cut(rng, length):
    original = rng.normal(size=(2, length)) * 0.1
    result = original + rng.normal(size=(2, length)) * 0.01
    expected = by_scipy(original, result)
    for cut in (length, 1000, 37 if length < 3000 else 4096):
        starts = range(0, length, cut)
        pairs = [(original[:, i : i + cut], result[:, i : i + cut]) for i in starts]
        np.testing.assert_allclose(distances(pairs), expected, rtol=1e-10)


@pytest.mark.parametrize("place", [0, 1, 511, 512, 2047, -512, -2, -1])
@pytest.mark.parametrize("length", [2048, 4096, 4100])
def test_no_sample_goes_unseen(place, length):
    click = np.zeros((1, length))
    click[0, place] = 0.9
    _, spectral, convergence = distances([(click, 0 * click)])
    assert spectral > 10
    assert convergence == pytest.approx(0.0)


def test_one_sample_has_the_distance_of_its_three_windows():
    weights = np.array([0.5, 1.0, 0.5]) * 2 / 1024
    expected = np.mean(20 * np.log10(0.9 * weights)) + 120
    measured = distances([(np.full((1, 1), 0.9), np.zeros((1, 1)))])
    assert measured == pytest.approx((0.0, expected, 0.0))


def test_what_is_below_the_floor_counts_as_the_floor(rng):
    original = np.zeros((1, 20_000))
    original[:, 10_000:] = rng.normal(size=10_000)
    result = original + 2e-5 * rng.normal(size=original.shape)
    np.testing.assert_allclose(distances([(original, result)]), by_scipy(original, result))


def test_a_known_error_has_a_known_distance(rng):
    original = rng.normal(size=(1, 5000))
    measured = distances([(original, original * 1.1)])
    assert measured.snr_db == pytest.approx(20.0)
    assert measured.log_spectral_distance_db == pytest.approx(20 * math.log10(1.1))
    assert measured.spectral_convergence_db == pytest.approx(-20.0)


def test_equal_signals_and_silence_have_defined_distances(rng):
    noise, silence = rng.normal(size=(1, 3000)), np.zeros((1, 3000))
    assert distances([(noise, noise)]) == (math.inf, 0.0, -math.inf)
    assert distances([(silence, silence)]) == (math.inf, 0.0, -math.inf)
    snr, spectral, convergence = distances([(silence, noise)])
    assert (snr, convergence) == (-math.inf, math.inf)
    assert spectral > 60
    assert distances([(noise, silence)]).snr_db == pytest.approx(0.0)


def test_nothing_has_no_distance():
    with pytest.raises(ValueError, match="at least one sample"):
        distances([])


@pytest.mark.parametrize(
    ("channels", "length", "rate", "what"),
    [(2, 100, 8000, "channels"), (1, 99, 8000, "length"), (1, 100, 8001, "sample_rate")],
)
def test_files_that_do_not_fit_are_not_compared(write, channels, length, rate, what):
    original = write("a.wav", np.ones((1, 100)), 8000)
    result = write("b.wav", np.ones((channels, length)), rate)
    with pytest.raises(ValueError, match=f"b.wav must have the {what} of .*a.wav"):
        compare(original, result)


def test_files_are_compared_block_by_block(write, rng, monkeypatch):
    original = rng.normal(size=(2, 70000)).astype(np.float32)
    result = (original + rng.normal(size=original.shape) * 1e-3).astype(np.float32)
    measured = compare(write("a.wav", original), write("b.wav", result))
    expected = by_scipy(original.astype(float), result.astype(float))
    np.testing.assert_allclose(measured, expected, rtol=1e-9)
