import math

import numpy as np
import pytest
import scipy.signal

import spectrotools as st
from spectrotools.report.evaluation import Evaluation
from spectrotools.report.signal_sums import SignalSums

NAMES = ("snr", "si_sdr", "log_spectral_distance", "spectral_convergence")


def measured(reference, estimate, cut=None, names=NAMES) -> dict[str, float]:
    reference, estimate = np.atleast_2d(reference), np.atleast_2d(estimate)
    meter = SignalSums(16000, Evaluation(measures=names))
    cut = cut or reference.shape[1]
    for start in range(0, reference.shape[1], cut):
        stop = start + cut
        meter.add(reference[:, start:stop], estimate[:, start:stop])
    return meter.values()


def by_scipy(reference: np.ndarray, estimate: np.ndarray) -> dict[str, float]:
    """From the definitions, in float64, of ``[channels, samples]``."""
    length = reference.shape[1]
    window = scipy.signal.get_window("hann", 2048)
    transform = scipy.signal.ShortTimeFFT(window * 2 / window.sum(), 512, fs=1)

    def magnitudes(audio: np.ndarray) -> np.ndarray:
        # Frames about samples 0, 512, ... until one lies at the end or behind it.
        return np.abs(transform.stft(audio, p0=0, p1=1 + math.ceil(length / 512)))

    one, two = magnitudes(reference), magnitudes(estimate)
    levels = 20 * np.log10(np.maximum(one, 1e-6) / np.maximum(two, 1e-6))
    target = np.sum(reference * estimate) / np.sum(reference**2) * reference
    return {
        "snr": 10 * np.log10(np.sum(reference**2) / np.sum((reference - estimate) ** 2)),
        "si_sdr": 10 * np.log10(np.sum(target**2) / np.sum((target - estimate) ** 2)),
        "log_spectral_distance": np.mean(np.sqrt(np.mean(levels**2, axis=-2))),
        "spectral_convergence": 20 * np.log10(np.linalg.norm(one - two) / np.linalg.norm(one)),
    }


@pytest.mark.parametrize("length", [1100, 2048, 20001])
@pytest.mark.parametrize("channels", [1, 2])
def test_measures_are_those_of_their_definition_however_the_signal_is_cut(rng, length, channels):
    reference = 0.1 * rng.normal(size=(channels, length))
    estimate = 0.7 * reference + 0.02 * rng.normal(size=reference.shape)
    expected = by_scipy(reference, estimate)
    for cut in (length, 1000, 313):
        assert measured(reference, estimate, cut) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("length", [1, 513, 20001])
def test_of_one_channel_they_are_the_metrics(rng, length):
    reference = rng.normal(size=length).astype(np.float32)
    estimate = reference + 0.1 * rng.normal(size=length).astype(np.float32)
    for name, value in measured(reference, estimate, 4000).items():
        if name != "si_sdr" or length > 1:
            assert value == pytest.approx(
                float(getattr(st.metrics, name)(reference, estimate)), 1e-5
            )


def test_equal_signals_and_silence_have_defined_values(rng):
    noise, silence = rng.normal(size=3000), np.zeros(3000)
    equal = {"snr": math.inf, "si_sdr": math.inf, "log_spectral_distance": 0.0}
    equal["spectral_convergence"] = -math.inf
    assert measured(noise, noise) == equal
    assert measured(silence, silence) == equal
    lost = measured(silence, noise)
    assert (lost["snr"], lost["si_sdr"]) == (-math.inf, -math.inf)
    assert lost["spectral_convergence"] == math.inf
    silent = measured(noise, silence)
    assert (silent["snr"], silent["si_sdr"]) == (pytest.approx(0.0), -math.inf)


def test_a_gain_is_no_distortion_but_rounding(rng):
    noise = rng.normal(size=3000)
    assert 130 < measured(noise, 0.3 * noise)["si_sdr"] < 170


def test_a_silent_channel_takes_no_part_in_ratios(rng):
    noise = rng.normal(size=3000)
    estimate = 1.1 * noise
    silence = np.zeros(3000)
    both = measured([noise, silence], [estimate, silence])
    assert both["snr"] == pytest.approx(20.0)
    assert both["spectral_convergence"] == pytest.approx(-20.0)
    assert both["log_spectral_distance"] == pytest.approx(10 * math.log10(1.1))  # half of it


def test_only_what_is_asked_for_is_given(rng):
    noise = rng.normal(size=300)
    assert list(measured(noise, 2 * noise, names=("snr",))) == ["snr"]
