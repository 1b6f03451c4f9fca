import librosa
import numpy as np
import pytest

import spectrotools as st


@pytest.fixture(scope="module")
def example():
    notes = st.data.SyntheticNotes(2, seed=0)
    batch = next(iter(notes.dataset(2)))
    return {name: values[1].numpy() for name, values in batch.items()}


def test_pitch_is_what_a_tracker_hears(example):
    heard = st.data.Features()(example["audio"])
    sure = heard["f0_confidence"] > 0.9
    cents = 1200 * np.log2(heard["f0_hz"][sure] / example["f0_hz"][sure])
    assert sure.mean() > 0.9
    assert np.abs(np.median(cents)) < 3
    assert np.quantile(np.abs(cents), 0.95) < 30


def test_harmonics_are_as_strong_as_told():
    shares = (1.0, 0.5, 0.25)
    notes = st.data.SyntheticNotes(1, notes=1, harmonics=shares, seed=1)
    example = next(iter(notes.dataset(1)))
    audio, f0_hz = (example[name][0].numpy().astype(float) for name in ("audio", "f0_hz"))
    np.testing.assert_allclose(notes.harmonic_distribution, np.array(shares) / 1.75)
    # Heard by demodulation: the phase is the integral of the played frequency.
    phase = 2 * np.pi * np.cumsum(np.interp(np.arange(64000) / 64, np.arange(1000), f0_hz)) / 16000
    inside = slice(8000, 56000)
    strengths = [
        np.abs(np.mean(audio[inside] * np.exp(-1j * k * phase[inside]))) for k in (1, 2, 3)
    ]
    np.testing.assert_allclose(strengths / strengths[0], shares, rtol=0.02)


def test_loudness_is_that_of_its_harmonics():
    notes = st.data.SyntheticNotes(1, notes=1, harmonics=(1.0,), seed=2)
    example = {name: values[0].numpy() for name, values in next(iter(notes.dataset(1))).items()}
    frames = slice(100, 900)
    amplitude = np.abs(example["audio"][8000:56000]).max()
    weighted = librosa.A_weighting(example["f0_hz"][frames])
    # The power of a sine in the bins of a Hann window: that of the peak, (a / 2 sum(w))^2, and
    # a quarter of it in either neighbour.
    lobes = 1 + 2 * 0.25
    level = 20 * np.log10(amplitude / 2 * 256) + 10 * np.log10(lobes / 257) + weighted
    np.testing.assert_allclose(example["loudness_db"][frames], level, atol=1.5)


def test_confidence_is_whether_it_sounds(example):
    assert set(np.unique(example["f0_confidence"])) == {0.0, 1.0}
    silent = np.flatnonzero(example["f0_confidence"] == 0)
    assert silent.tolist() == [0, 250, 500, 750]
    assert (example["f0_hz"] > 100).all()


def test_another_seed_plays_otherwise():
    first, same, other = (
        next(iter(st.data.SyntheticNotes(1, example_seconds=0.5, seed=seed).dataset(1)))["f0_hz"]
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, same)
    assert np.abs(first - other).max() > 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (dict(count=0), "count must be an integer of at least 1; got 0"),
        (dict(notes=0), "notes must be an integer of at least 1; got 0"),
        (dict(seed=-1), "seed must be an integer of at least 0; got -1"),
        (dict(harmonics=(1.0, -1.0)), "harmonics must be a number of at least 0; got -1"),
        (dict(harmonics=(0.0,)), r"harmonics must have a sum above 0; got \(0.0,\)"),
    ],
)
def test_settings_out_of_range(settings, message):
    with pytest.raises(ValueError, match=message):
        st.data.SyntheticNotes(**settings)
