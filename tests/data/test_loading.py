import numpy as np
import pytest
import soxr

from spectrotools.data.loading import load_mono

from .small import tone


def test_channels_are_mixed_by_the_mean(write, rng):
    audio = rng.uniform(-0.5, 0.5, (3, 70001)).astype(np.float32)
    found = load_mono(write("a.wav", audio), 8000)
    np.testing.assert_allclose(found, audio.mean(axis=0), atol=1e-7)


@pytest.mark.parametrize(("rate", "wanted"), [(44100, 16000), (8000, 16000), (11025, 8000)])
def test_resampled_in_blocks_as_at_once(write, rng, rate, wanted):
    audio = rng.uniform(-0.5, 0.5, 150001).astype(np.float32)
    found = load_mono(write("a.wav", audio, rate), wanted)
    expected = soxr.resample(audio.astype(np.float64), rate, wanted)
    assert len(found) == len(expected)
    np.testing.assert_allclose(found, expected, atol=2e-6)


def test_a_tone_stays_where_it_is(write):
    found = load_mono(write("a.wav", tone(440, 1.0, 48000), 48000), 16000)
    expected = tone(440, 1.0, 16000)
    np.testing.assert_allclose(found[1000:-1000], expected[1000:-1000], atol=1e-5)


def test_one_sample(write):
    np.testing.assert_array_equal(load_mono(write("a.wav", np.array([0.25])), 8000), [0.25])


def test_shorter_than_a_sample(write):
    path = write("a.wav", np.array([0.25]), 192000)
    with pytest.raises(ValueError, match=r"a\.wav is shorter than one sample at 4000 Hz"):
        load_mono(path, 4000)


def test_what_is_damaged_is_told_by_the_scan(write):
    with pytest.raises(ValueError, match=r"a\.wav must hold finite numbers; sample 2"):
        load_mono(write("a.wav", np.array([0.0, 0.0, np.inf])), 4000)
