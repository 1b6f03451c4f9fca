import librosa
import numpy as np
import pytest

import spectrotools as st

from .small import FEATURES, tone


def test_pitch_is_that_of_a_glide():
    time = np.arange(16000) / 8000
    glide = 0.3 * np.sin(2 * np.pi * (200 * time + 50 * time**2))  # 200 to 400 Hz
    found = FEATURES(glide)
    middle = slice(10, 190)
    expected = 200 + 100 * np.arange(200) / 100
    cents = 1200 * np.log2(found["f0_hz"][middle] / expected[middle])
    assert np.abs(cents).max() < 10
    assert found["f0_confidence"][middle].min() > 0.9


def test_loudness_is_the_weighted_power_of_a_frame():
    audio = np.random.default_rng(0).normal(0, 0.1, 4000).astype(np.float32)
    found = FEATURES(audio)["loudness_db"]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(256) / 256)
    weights = np.maximum(librosa.A_weighting(np.arange(1e-9, 4001, 31.25)), -80.0)
    for frame in (0, 7, 49):
        padded = np.pad(audio.astype(np.float64), 128)[80 * frame :][:256]
        power = np.abs(np.fft.rfft(np.pad(padded, (0, 256 - len(padded))) * window)) ** 2
        level = 10 * np.log10(np.mean(10 ** (weights / 10) * power))
        np.testing.assert_allclose(found[frame], level, atol=1e-3)


@pytest.mark.parametrize("length", [1, 79, 80, 81, 4001])
def test_frames_are_those_of_the_contract(length):
    found = FEATURES(np.full(length, 0.1, np.float32))
    for name, values in found.items():
        assert (values.dtype, values.shape) == (np.float32, (-(-length // 80),)), name
    assert (found["f0_hz"] > 0).all()


def test_silence_has_a_frequency_no_confidence_and_the_lowest_loudness():
    found = FEATURES(np.zeros(4000, np.float32))
    assert (found["f0_hz"] >= 99).all()
    np.testing.assert_array_equal(found["f0_confidence"], 0)
    np.testing.assert_array_equal(found["loudness_db"], -80)


def test_pitch_goes_on_between_notes():
    gap = np.zeros(2000)
    found = FEATURES(np.concatenate([tone(220, 0.5), gap, tone(330, 0.5)]))
    assert found["f0_confidence"][55:70].max() < 0.1
    assert (np.abs(found["f0_hz"][50:75] - 275) < 60).all()


def test_what_is_tracked_in_pieces_is_what_is_tracked_at_once():
    rng = np.random.default_rng(0)
    notes = [tone(hertz, 1.5) for hertz in rng.uniform(150, 900, 43)]  # 64.5 s: three pieces
    audio = (np.concatenate(notes) + rng.normal(0, 1e-3, 8000 * 3 // 2 * 43)).astype(np.float32)
    found = FEATURES(audio)
    settings = dict(sample_rate=8000, hop_length=80)
    track = st.pyin(audio, fmin=100.0, fmax=1000.0, **settings)
    level = st.loudness(audio, n_fft=256, convention="ddsp", **settings)
    np.testing.assert_allclose(found["loudness_db"], level[:-1], atol=1e-5)
    np.testing.assert_allclose(found["f0_hz"], track.f0_hz[:-1], rtol=1e-5)
    np.testing.assert_allclose(found["f0_confidence"], track.probability[:-1], atol=1e-5)


def test_they_are_a_value():
    assert st.data.Features.from_config(FEATURES.get_config()) == FEATURES
    assert FEATURES != st.data.Features()
    assert (st.data.Features().hop_length, st.data.Features().n_frames(64001)) == (64, 1001)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (dict(sample_rate=16000.5), r"sample_rate must be an integer of at least 1000; got 16000"),
        (dict(frame_rate=300), r"frame_rate must divide sample_rate=16000; got 300"),
        (dict(fmin=10.0), r"fmin must be a number of at least 20; got 10"),
        (dict(fmax=9000.0), r"fmax must be a number in \[0, 8000\]; got 9000"),
        (dict(fmax=50.0), r"fmax must be above fmin=50; got 50"),
        (dict(n_fft=63), r"n_fft must be an integer in \[64, 16000\]; got 63"),
        (dict(n_fft=65), r"n_fft must be even; got 65"),
    ],
)
def test_settings_out_of_range(settings, message):
    with pytest.raises(ValueError, match=message):
        st.data.Features(**settings)


@pytest.mark.parametrize(
    ("audio", "message"),
    [
        (np.zeros((2, 80)), r"audio must be \[time\], not empty; got \(2, 80\)"),
        (np.zeros(0), r"audio must be \[time\], not empty; got \(0,\)"),
        (np.array([0.0, np.nan]), r"audio must hold finite numbers; got nan"),
    ],
)
def test_what_is_no_signal(audio, message):
    with pytest.raises(ValueError, match=message):
        FEATURES(audio)
