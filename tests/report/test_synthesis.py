"""The round trip through harmonics and noise: levels, pitch, joints, and what is not there."""

import numpy as np
import pytest
import scipy.signal
import tensorflow as tf

from spectrotools.report.pitch import guess_f0, read_f0
from spectrotools.report.synthesis import band_magnitudes, harmonic_noise

RATE = 16000
SETTINGS = {"n_harmonics": 30, "hop_length": 256}


def through(trip, audio, cut=65536, rate=RATE):
    audio = np.asarray(audio, np.float32)
    state, parts = trip.initial_state(len(audio), rate), []
    for start in range(0, audio.shape[1], cut):
        part, state = trip.step(tf.constant(audio[:, start : start + cut]), state)
        parts.append(part.numpy())
    result = np.concatenate([*parts, trip.flush(state, audio.shape[1]).numpy()], axis=1)
    assert result.shape == audio.shape
    assert np.all(np.isfinite(result))
    return result


def voice(length, rate=RATE, hz=180.0):
    """A glide with vibrato, of 12 harmonics."""
    time = np.arange(length) / rate
    glide = 2 * np.pi * np.cumsum(hz + 20 * np.sin(2 * np.pi * 0.5 * time)) / rate
    return 0.2 * sum(np.sin(k * glide + k) / k for k in range(1, 13))[None]


def level_db(audio):
    return 10 * np.log10(np.mean(np.square(audio)))


def test_a_voice_stays_one_and_in_tune():
    audio = voice(3 * RATE)
    trip = harmonic_noise(**SETTINGS)
    controls = trip.analyse(tf.constant(audio, tf.float32), RATE)
    time = np.arange(controls.f0_hz.shape[1]) * 256 / RATE
    expected = 180 + 20 * np.sin(2 * np.pi * 0.5 * time)
    off = 1200 * np.abs(np.log2(controls.f0_hz[0] / expected))  # cents
    assert np.max(off[4:-4]) < 2
    steady = controls.harmonics.numpy()[0, 8:-8, :4]
    np.testing.assert_allclose(steady, np.tile(0.2 / np.arange(1, 5), [len(steady), 1]), rtol=0.05)
    result = through(trip, audio)
    assert level_db(result) == pytest.approx(level_db(audio), abs=0.3)
    tone, _ = trip.synthesise(
        controls._replace(noise=tf.zeros_like(controls.noise)), 3 * RATE, RATE
    )
    assert level_db(result - tone) < level_db(audio) - 40


@pytest.mark.parametrize(
    ("rate", "hz"), [(8000, 150.0), (8000, 1000.0), (16000, 220.0), (44100, 441.7)]
)
def test_a_steady_tone_is_in_tune_and_has_no_noise(rate, hz):
    time = np.arange(2 * rate) / rate
    harmonics = range(1, min(19, int(0.45 * rate / hz)) + 1)
    audio = 0.3 * sum(np.sin(2 * np.pi * k * hz * time) / k for k in harmonics)[None]
    trip = harmonic_noise()
    controls = trip.analyse(tf.constant(audio, tf.float32), rate)
    off = 1200 * np.log2(controls.f0_hz[0] / hz)
    assert np.max(np.abs(off[8:-8])) < 1
    whole, tone = (
        trip.synthesise(controls._replace(noise=noise), len(time), rate)[0][:, rate // 2 :]
        for noise in (controls.noise, tf.zeros_like(controls.noise))
    )
    ends = slice(None, -rate // 2)
    assert level_db((whole - tone)[:, ends]) < level_db(audio) - 50


def test_a_known_fundamental_is_taken(tmp_path):
    audio = voice(2 * RATE)
    time = np.arange(2 * RATE // 256 + 1) * 256 / RATE
    pitch = 180 + 20 * np.sin(2 * np.pi * 0.5 * time)
    path = tmp_path / "melody.csv"
    rows = [f"{at},{hz},0.9" for at, hz in zip(time, pitch, strict=True)]
    path.write_text("\n".join(["time,frequency,confidence", *rows]))
    trip = harmonic_noise(**SETTINGS, f0_hz=str(path))
    controls = trip.analyse(tf.constant(audio, tf.float32), RATE)
    np.testing.assert_allclose(controls.f0_hz[0], pitch, rtol=1e-9)
    later = trip.analyse(tf.constant(audio[:, RATE:], tf.float32), RATE, start=RATE)
    np.testing.assert_allclose(later.f0_hz[0, :40], np.interp(1 + time[:40], time, pitch))
    steady = harmonic_noise(**SETTINGS, f0_hz=200.0).analyse(tf.constant(audio, tf.float32), RATE)
    assert np.all(steady.f0_hz == 200.0)


def test_a_file_of_pitch_says_where_there_is_none(tmp_path):
    path = tmp_path / "melody.txt"
    path.write_text("1.0 100\n2.0 200\n3.0 0\n4.0 nan\n\n5.0 300\n")
    seconds = np.array([0.5, 1.0, 1.5, 2.0, 2.4, 2.6, 3.5, 4.4, 4.6, 5.0, 5.5])
    nan = np.nan
    expected = [nan, 100, 150, 200, 200, nan, nan, nan, 300, 300, nan]
    np.testing.assert_array_equal(read_f0(path, seconds), expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f0_hz must be a file of lines 'seconds, Hz'; got"),
        ("1.0\n2.0\n", "f0_hz must be a file of lines"),
        ("1.0,a\n", "f0_hz must be a file of lines"),
        ("2.0,100\n1.0,100\n", "f0_hz must be a file of growing times; got"),
    ],
)
def test_a_file_that_is_no_pitch_is_named(tmp_path, text, message):
    path = tmp_path / "melody.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_f0(path, np.zeros(1))


def test_white_noise_comes_back_at_its_level_in_every_octave(rng):
    audio = rng.standard_normal([1, 10 * RATE]) * 0.1
    result = through(harmonic_noise(**SETTINGS), audio)
    spectra = [scipy.signal.welch(part[0], RATE, nperseg=2048)[1] for part in (audio, result)]
    for low in (32, 64, 128, 256, 512):  # bins
        wanted, found = (spectrum[low : 2 * low].mean() for spectrum in spectra)
        assert 10 * np.log10(found / wanted) == pytest.approx(0, abs=0.5)
    assert np.max(np.abs(np.corrcoef(audio[0], result[0])[0, 1])) < 0.05


def test_band_magnitudes_of_white_noise_are_its_deviation(rng):
    audio = tf.constant(rng.standard_normal([2, 40000]))
    for n_bands in (2, 65, 200):
        found = band_magnitudes(audio, n_bands=n_bands, hop_length=128).numpy()[:, 4:-4]
        assert found.shape[-1] == n_bands
        np.testing.assert_allclose(np.mean(found**2, axis=1), 1.0, rtol=0, atol=0.35)
        assert np.mean(found**2) == pytest.approx(1.0, abs=0.03)


def test_clicks_have_no_pitch(rng):
    audio = np.zeros([1, 3 * RATE])
    for start in range(2000, 3 * RATE - 4000, 5500):
        audio[0, start : start + 3000] += rng.standard_normal(3000) * np.exp(
            -np.arange(3000) / 500
        )
    controls = harmonic_noise(**SETTINGS).analyse(tf.constant(audio, tf.float32), RATE)
    assert np.mean(np.any(controls.harmonics > 0, axis=-1)) < 0.02


def test_however_it_is_cut_it_is_the_whole():
    audio = np.concatenate([voice(11 * RATE), voice(11 * RATE, hz=240.0)])
    whole = through(harmonic_noise(**SETTINGS), audio, cut=11 * RATE)
    for cut in (7777, 65536):
        np.testing.assert_array_equal(through(harmonic_noise(**SETTINGS), audio, cut=cut), whole)


def test_clips_join_without_a_click():
    audio = voice(13 * RATE)
    trip = harmonic_noise(**SETTINGS)
    bend = np.abs(np.diff(through(trip, audio)[0], n=2))
    clip = 4 * RATE // 256 * 256
    for joint in range(clip, 13 * RATE - clip // 2, clip):
        before = np.max(bend[joint - 2000 : joint - 100])  # of a wave that is never the same
        assert np.max(bend[joint - 4 : joint + 4]) < 1.1 * before


@pytest.mark.parametrize("rate", [8000, 44100, 96000])
@pytest.mark.parametrize("length", [1, 100, 256, 257, 3000])
def test_short_silent_and_clipped_sound_is_finite(rate, length):
    trip = harmonic_noise(**SETTINGS)
    assert level_db(through(trip, np.zeros([1, length]), rate=rate) + 1e-9) < -60
    through(trip, np.ones([1, length]), rate=rate)
    through(trip, np.clip(9 * voice(length, rate), -1, 1), cut=700, rate=rate)


def test_silence_beside_a_voice_stays_silent():
    audio = np.concatenate([voice(RATE), np.zeros([1, RATE]), voice(RATE)], axis=1)
    result = through(harmonic_noise(**SETTINGS), audio)
    assert level_db(result[:, RATE + 1024 : 2 * RATE - 1024] + 1e-9) < -60


def test_frames_far_apart_and_rates_that_hear_little_have_a_guess():
    for rate, hop_length in ((8000, 4096), (300, 256)):
        audio = voice(4 * hop_length, rate, hz=30.0)
        trip = harmonic_noise(n_harmonics=5, hop_length=hop_length)
        assert level_db(through(trip, audio, rate=rate)) == pytest.approx(level_db(audio), abs=3)


def test_the_guess_is_the_same_where_the_hop_cannot_be_halved():
    audio = voice(2 * 44100, 44100)[0].astype(np.float32)
    bounds = {"fmin": 60.0, "fmax": 1200.0}
    for hop_length in (512, 441):
        found = guess_f0(audio, sample_rate=44100, hop_length=hop_length, **bounds)
        time = np.arange(len(found)) * hop_length / 44100
        off = np.abs(np.log2(found / (180 + 20 * np.sin(np.pi * time))))
        assert len(found) == 1 + -(-len(audio) // hop_length)
        assert np.max(1200 * off[3:-3]) < 25


def test_numbers_count_all_controls_and_the_description_names_them():
    trip = harmonic_noise(n_harmonics=30, n_bands=20, hop_length=100)
    assert trip.numbers_per_second(8000) == (1 + 30 + 20) * 80
    assert trip.description == (
        "One fundamental, the amplitudes of 30 harmonics and 20 bands of noise, 100 samples "
        "apart; no phase is kept."
    )


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"n_harmonics": 0}, "n_harmonics must be"),
        ({"n_bands": 1}, "n_bands must be"),
        ({"hop_length": 0}, "hop_length must be"),
        ({"seed": -1}, "seed must be"),
        ({"fmin": 0.0}, "fmin must be above 0 Hz; got 0.0"),
        ({"fmin": 100.0, "fmax": 100.0}, r"fmax must be above fmin=100.0; got 100.0"),
        ({"f0_hz": 50.0}, r"f0_hz must be at least fmin=60.0; got 50.0"),
    ],
)
def test_what_is_wrong_is_named(setting, message):
    with pytest.raises(ValueError, match=message):
        harmonic_noise(**setting)
