import base64
import io

import numpy as np
import pytest
import soundfile
from PIL import Image

from spectrotools.report import figures, pictures

RATE = 22050


def sine(frequency: float, seconds: float = 1.0, phase: float = 0.0) -> np.ndarray:
    time = np.arange(int(RATE * seconds)) / RATE
    return np.cos(2 * np.pi * frequency * time + phase)


def middle(picture: np.ndarray) -> np.ndarray:
    """The columns whose windows lie within the signal."""
    return picture[:, 20:-20]


def decoded(uri: str) -> np.ndarray:
    data = base64.b64decode(uri.removeprefix("data:image/png;base64,"))
    return np.asarray(Image.open(io.BytesIO(data)))[::-1]


@pytest.mark.parametrize("row", [90, 150, 200])
def test_a_full_scale_sine_is_0_db_in_the_row_of_its_frequency(row):
    audio = sine(pictures.frequencies(RATE)[row])
    analysis = pictures.analyse(audio, RATE, 300)
    level = 20 * np.log10(np.abs(middle(analysis.spectrum)[row]))
    np.testing.assert_allclose(level, 0.0, atol=0.01)
    assert np.all(middle(pictures.levels(analysis, top_db=10))[row] == 90)


def test_any_pixel_is_the_fourier_sum_of_its_window(rng):
    audio = rng.normal(size=9000)
    analysis = pictures.analyse(audio, RATE, 100)
    length = pictures.window_length(RATE)
    padded = np.pad(audio, length)
    for row, column in [(0, 0), (10, 50), (100, 3), (223, 99)]:
        centre = int(analysis.samples[column]) + length
        time = np.arange(-length // 2, length // 2)
        width = pictures.window_lengths(RATE, hop=90)[row]
        window = np.where(np.abs(time) < width / 2, np.cos(np.pi * time / width) ** 2, 0.0)
        turns = pictures.frequencies(RATE)[row] * time / RATE
        piece = padded[centre + time] * window * np.exp(-2j * np.pi * turns)
        expected = piece.sum() * 2 / window.sum()
        np.testing.assert_allclose(analysis.spectrum[row, column], expected, atol=1e-10)


def test_a_tone_between_two_rows_is_seen_at_any_pitch():
    rows = pictures.frequencies(RATE)
    for row in (90, 150, 190, 215):
        audio = sine(np.sqrt(rows[row] * rows[row + 1]))
        level = 20 * np.log10(np.abs(middle(pictures.analyse(audio, RATE, 300).spectrum)[row]))
        assert np.all(np.abs(level + 1.7) < 1.8), row


def test_windows_are_long_for_low_rows_and_never_shorter_than_a_column():
    lengths = pictures.window_lengths(RATE, hop=200)
    assert lengths[0] == pictures.window_length(RATE)
    assert np.all(np.diff(lengths) <= 0)
    assert lengths[-1] == 200


def test_rows_are_evenly_spaced_in_pitch_up_to_half_the_rate():
    ratios = np.diff(np.log(pictures.frequencies(44100)))
    np.testing.assert_allclose(ratios, np.log(22050 / 40) / pictures.ROWS, rtol=1e-9)


def test_phase_of_a_steady_tone_stands_still_at_its_own_value():
    row = 150
    audio = sine(pictures.frequencies(RATE)[row], phase=2 * np.pi * 10.5 / 64)
    sectors = middle(pictures.phase(pictures.analyse(audio, RATE, 300), top_db=0))[row]
    assert set(sectors.tolist()) == {10}


def test_deviation_is_the_distance_of_the_tone_from_the_row():
    rows = pictures.frequencies(RATE)
    tone = 1000.0
    audio = sine(tone)
    analysis = pictures.analyse(audio, RATE, 300)
    later = pictures.analyse(audio, RATE, 300, later=1)
    steps = middle(pictures.deviation(analysis, later, top_db=0))
    near = np.flatnonzero(np.abs(rows - tone) < 0.9 * pictures.deviation_range(RATE))
    expected = 32 + 32 * (tone - rows[near]) / pictures.deviation_range(RATE)
    assert len(near) == 3
    np.testing.assert_allclose(steps[near], np.round(expected)[:, None] + 0 * steps[near], atol=1)


def test_what_is_60_db_down_has_no_phase_and_no_frequency():
    analysis = pictures.analyse(1e-4 * sine(1000.0), RATE, 100)
    assert np.all(pictures.phase(analysis, top_db=0) == 255)
    assert np.all(pictures.deviation(analysis, analysis, top_db=0) == 255)
    assert np.any(pictures.phase(analysis, top_db=-80) != 255)


def test_a_png_holds_the_numbers_and_masks_by_transparency():
    picture = np.array([[0, 1, 63], [255, 5, 255]], np.uint8)
    uri = pictures.encode(picture, pictures.PHASE)
    np.testing.assert_array_equal(decoded(uri), [[0, 1, 63], [64, 5, 64]])
    data = base64.b64decode(uri.partition(",")[2])
    alpha = np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))[::-1, :, 3]
    np.testing.assert_array_equal(alpha, [[255, 255, 255], [0, 255, 0]])


def test_the_scale_ends_at_the_next_ten_db_above_the_original():
    assert figures.View.of(0.9 * sine(1000.0), RATE, 0, 100).top_db == 0
    assert figures.View.of(0.2 * sine(1000.0), RATE, 0, 100).top_db == -10
    assert figures.View.of(np.zeros(100), RATE, 0, 100).top_db == 0


def test_ticks_stand_where_their_times_and_frequencies_are():
    view = figures.View.of(sine(500.0, 2.5), RATE, 3 * RATE, 100)
    picture = view.level(sine(500.0, 2.5), "tone")
    for place, text in picture.time_ticks:
        assert 3 + 2.5 * place / 100 == pytest.approx(float(text))
    assert [text for _, text in picture.time_ticks] == ["3.0", "3.5", "4.0", "4.5", "5.0"]
    for place, text in picture.frequency_ticks:
        hertz = float(text.replace("k", "")) * (1000 if "k" in text else 1)
        assert 40 * (RATE / 2 / 40) ** (place / 100) == pytest.approx(hertz)
    assert "3.00 to 5.50 s" in picture.alt
    assert len(decoded(picture.uri)) == pictures.ROWS


@pytest.mark.parametrize("length", [1, 2, 63, 101])
@pytest.mark.parametrize("rate", [100, 8000, 192000])
def test_the_shortest_sounds_have_pictures(length, rate):
    view = figures.View.of(np.ones(length), rate, 0, 720)
    for picture in (view.level, view.phase, view.deviation):
        assert decoded(picture(np.ones(length), "short").uri).shape[1] <= 720


def test_clips_keep_16_bit_sound_exactly_and_turn_down_what_would_clip(rng):
    codes = rng.integers(-32768, 32768, size=(2, 500)).astype(np.int16)
    clip = figures.clip(codes / 32768.0, 44100, "noise", gain=1.0)
    data = base64.b64decode(clip.uri.removeprefix("data:audio/flac;base64,"))
    heard, rate = soundfile.read(io.BytesIO(data), dtype="int16")
    np.testing.assert_array_equal(heard.T, codes)
    assert (rate, clip.seconds) == (44100, 500 / 44100)
    assert figures.clip_gain(np.array([0.5]), np.array([-4.0])) == 0.25
    assert figures.clip_gain(np.array([0.5])) == 1.0


def test_a_player_of_many_channels_has_the_one_that_is_asked_for():
    audio = np.arange(6)[:, None] / 8 * np.ones((6, 800))
    assert figures.loudest_channel(audio) == 5
    np.testing.assert_array_equal(sound_of(figures.player(audio, 4, 8000, "six", 1.0)), audio[[4]])
    np.testing.assert_array_equal(
        sound_of(figures.player(audio[:2], 1, 8000, "two", 1.0)), audio[:2]
    )


def test_there_is_no_player_at_a_rate_that_no_browser_plays():
    audio = np.full((1, 800), 0.5)
    assert figures.player(audio, 0, 2999, "slow", 1.0) is None
    np.testing.assert_array_equal(sound_of(figures.player(audio, 0, 3000, "", 1.0)), audio)


def sound_of(clip: figures.Clip) -> np.ndarray:
    data = base64.b64decode(clip.uri.partition(",")[2])
    return soundfile.read(io.BytesIO(data), always_2d=True)[0].T


def test_the_close_up_is_the_most_energetic_stretch():
    audio = np.zeros(5000)
    audio[3000:3100] = 1.0
    start, stop = figures.most_energetic(audio, 200)
    assert stop - start == 200
    assert start <= 3000 < 3100 <= stop
    assert figures.most_energetic(audio, 9000) == (0, 5000)
