import re

import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from spectrotools.report import streamed
from spectrotools.report.round_trips import ROUND_TRIPS, Entry, register, select

TRIPS = {
    "stft": streamed.stft(transform=st.STFT(n_fft=512, hop_length=128)),
    "stft, odd": streamed.stft(transform=st.STFT(n_fft=301, hop_length=97)),
    "cqt": streamed.cqt(fmin=500.0),
    "magnitude_if": streamed.magnitude_if(transform=st.STFT(n_fft=512, hop_length=128)),
    "mdct": streamed.mdct(win_length=300),
    "pqmf": streamed.pqmf(),
    "pqmf, perfect": streamed.pqmf(n_bands=8, reconstruction="perfect"),
    "mu_law": streamed.mu_law(),
    "mu_law of 12 bits": streamed.mu_law(bits=12, convention="midpoint"),
    "g711_mu": streamed.g711_mu(),
    "a_law": streamed.a_law(),
    "linear": streamed.linear(),
}


@pytest.mark.parametrize("name", TRIPS)
@pytest.mark.parametrize(("length", "cut"), [(1, 1), (100, 7), (5000, 5000), (5000, 1234)])
def test_as_many_samples_come_back_as_went_in_however_they_are_cut(rng, name, length, cut):
    audio = rng.uniform(-0.9, 0.9, (2, length)).astype(np.float32)
    trip = TRIPS[name]
    state, parts = trip.initial_state(2, 16000), []
    for start in range(0, length, cut):
        part, state = trip.step(tf.constant(audio[:, start : start + cut]), state)
        parts.append(part.numpy())
    result = np.concatenate([*parts, trip.flush(state, length).numpy()], axis=1)
    assert result.shape == audio.shape
    worst = {
        "stft": 1e-6,
        "stft, odd": 1e-6,
        "cqt": 2e-6,
        "mdct": 1e-6,
        "pqmf": 3e-3,
        "pqmf, perfect": 1e-6,
        "mu_law of 12 bits": 5e-3,
        "linear": 2**-8 * 1.001,
    }
    assert np.abs(result - audio).max() <= worst.get(name, 0.02)


def test_codes_come_back_as_the_ops_decode_them(rng):
    audio = rng.uniform(-1, 1, (1, 300)).astype(np.float32)
    pairs = {
        "mu_law": st.mu_law_decode(st.mu_law_encode(audio)),
        "g711_mu": st.mu_law_decode(st.mu_law_encode(audio, convention="g711"), convention="g711"),
        "a_law": st.a_law_decode(st.a_law_encode(audio)),
        "linear": st.linear_decode(st.linear_encode(audio, bits=8), bits=8),
    }
    for name, expected in pairs.items():
        result, _ = TRIPS[name].step(tf.constant(audio), TRIPS[name].initial_state(1, 16000))
        np.testing.assert_array_equal(result, expected)


def test_numbers_per_second_count_what_the_representation_holds():
    hop, bins = 128, 257
    expected = 2 * bins * 48000 / hop
    assert TRIPS["stft"].numbers_per_second(48000) == pytest.approx(expected)
    assert TRIPS["stft, odd"].numbers_per_second(8000) == pytest.approx(2 * 151 * 8000 / 97)
    hops = st.CQT(sample_rate=16000, fmin=500.0, layout="octaves").hop_lengths
    expected = sum(2 * 16000 / hop for hop in hops)
    assert TRIPS["cqt"].numbers_per_second(16000) == pytest.approx(expected)
    assert TRIPS["mdct"].numbers_per_second(8000) == TRIPS["pqmf"].numbers_per_second(8000) == 8000
    assert TRIPS["mu_law"].numbers_per_second(8000) == 8000
    assert (TRIPS["mu_law of 12 bits"].bits, TRIPS["stft"].bits) == (12, None)


@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("stft, odd", "The short-time Fourier transform, magnitude and phase: 301 .* 97 apart."),
        ("cqt", "The constant-Q transform, 12 bins to the octave from 500 Hz."),
        ("magnitude_if", "Log-magnitude and instantaneous frequency: 512 .* 128 apart."),
        ("mdct", "The modified discrete cosine transform: 300 samples at a time, 150 apart, .*"),
        ("pqmf", "4 bands of the spectrum, each at a lower rate, of near reconstruction."),
        ("mu_law", "Samples as 8-bit μ-law codes, as WaveNet predicts them."),
        ("mu_law of 12 bits", "Samples as 12-bit μ-law codes, by the convention midpoint."),
        ("g711_mu", "Samples as 8-bit μ-law codes of the telephone, G.711."),
        ("a_law", "Samples as 8-bit A-law codes of the telephone, G.711."),
        ("linear", "Samples rounded to 8 evenly spaced bits, for comparison."),
    ],
)
def test_a_round_trip_describes_its_settings(name, description):
    assert re.fullmatch(description, TRIPS[name].description)


def test_every_registered_round_trip_can_be_loaded():
    assert list(ROUND_TRIPS) == [
        *("stft", "cqt", "magnitude_if", "mdct", "pqmf"),
        *("gansynth", "gansynth_mel", "magnitude", "log_mel"),
        *("harmonic_noise", "mu_law", "g711_mu", "a_law", "linear"),
    ]
    assert ROUND_TRIPS["a_law"].load() is streamed.a_law
    assert all(callable(entry.load()) for entry in ROUND_TRIPS.values())


def test_names_are_looked_up_once_each_in_the_order_given():
    assert [entry.name for entry in select(["linear", "stft", "linear"])] == ["linear", "stft"]
    assert [entry.name for entry in select(["all"])] == list(ROUND_TRIPS)
    with pytest.raises(ValueError, match=r"must be one of stft, .*, linear or all; got 'stfft'"):
        select(["stft", "stfft"])


def test_a_round_trip_is_added_by_one_call(monkeypatch):
    monkeypatch.setattr("spectrotools.report.round_trips.ROUND_TRIPS", dict(ROUND_TRIPS))
    register("mine", "Mine.", "spectrotools.report.streamed:a_law")
    assert select(["mine"]) == [Entry("mine", "Mine.", "spectrotools.report.streamed:a_law")]
    with pytest.raises(ValueError, match="name must not be registered already; got 'mine'"):
        register("mine", "Mine.", "a:b")
    with pytest.raises(ValueError, match="name must be an identifier; got 'phase-zero'"):
        register("phase-zero", "Mine.", "a:b")
