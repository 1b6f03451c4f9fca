import pytest

from spectrotools.report import pictures
from spectrotools.report.budget import PAGE_BYTES, clip_seconds, plan
from spectrotools.report.names import PHASES


@pytest.mark.parametrize("recordings", [1, 2, 5, 30, 1000, 20_000])
@pytest.mark.parametrize("round_trips", [1, 5, 20, 60])
def test_however_much_there_is_to_show_it_fits(recordings, round_trips):
    shares = plan(recordings, round_trips)
    count = shares.illustrated * (3 + 4 * round_trips) + len(PHASES)
    noise = count * shares.columns * pictures.ROWS * 1.1
    assert noise + shares.sound_bytes <= PAGE_BYTES - 2_000_000 + 1
    assert 1 <= shares.illustrated <= shares.listed <= recordings
    assert shares.listed * (1000 + 400 * round_trips) <= max(1_000_000, 400 * round_trips + 1000)
    assert shares.columns >= 230
    assert shares.sound_bytes >= 12_000_000


def test_few_recordings_have_wide_pictures_and_many_have_some():
    assert plan(1, 5)[1:3] == (1, 720)
    assert plan(2, 5)[1:3] == (2, 720)
    assert plan(100, 5).illustrated > 8


def test_clips_are_as_long_as_fits():
    assert clip_seconds(lambda seconds: int(1000 * seconds), 10.0, 20_000) == 10.0
    seconds = clip_seconds(lambda seconds: int(1000 * seconds) + 500, 10.0, 3_000)
    assert 2.0 < seconds <= 2.5
