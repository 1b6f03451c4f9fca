import base64
import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from spectrotools.report.comparisons import Comparison
from spectrotools.report.evaluation import Evaluation
from spectrotools.report.exhibits import Exhibit, exhibit
from spectrotools.report.measuring import Measured
from spectrotools.report.pairing import Pair

RATE = 8000


@pytest.fixture
def compared(write, rng):
    """Write a pair ``[channels, samples]`` of a certain SNR."""

    def compared(name: str, snr: float, reference, generated) -> Comparison:
        files = [
            write(f"{name}.{side}.wav", sound, RATE)
            for side, sound in (("r", reference), ("g", generated))
        ]
        channels, length = np.atleast_2d(reference).shape
        length = min(length, np.atleast_2d(generated).shape[1])
        return Comparison(Pair(name, *files), Measured({"snr": snr}, RATE, channels, length, ()))

    return compared


def shown(*pairs: Comparison, **settings) -> tuple[list[Exhibit], list[Exhibit]]:
    return exhibit(pairs, Evaluation(measures=("snr",), **settings))


def heard(clip) -> np.ndarray:
    data = base64.b64decode(clip.uri.partition(",")[2])
    return soundfile.read(io.BytesIO(data), always_2d=True)[0].T


@pytest.mark.parametrize(
    ("count", "most", "furthest", "nearest"),
    [
        (1, 3, "0", ""),
        (2, 3, "0", "1"),
        (5, 3, "012", "43"),
        (9, 2, "01", "87"),
        (4, 0, "", ""),
    ],
)
def test_no_pair_is_shown_twice(compared, count, most, furthest, nearest):
    pairs = [compared(str(i), float(i), np.ones(100), np.ones(100)) for i in range(count)]
    ends = shown(*pairs[::-1], shown=most)
    names = ["".join(e.comparison.pair.name for e in end) for end in ends]
    assert names == [furthest, nearest]


def test_what_the_measure_says_nothing_of_is_at_neither_end(compared):
    pairs = [
        compared(str(i), value, np.ones(100), np.ones(100))
        for i, value in enumerate((1.0, np.nan, np.inf))
    ]
    ends = shown(*pairs)
    assert [e.comparison.pair.name for end in ends for e in end] == ["0", "2"]


def test_the_loudest_of_the_reference_is_shown_where_both_have_it(compared):
    quiet = 0.01 * np.ones(6 * RATE)
    early, late = quiet.copy(), quiet.copy()
    early[2 * RATE : 3 * RATE] = late[5 * RATE :] = 0.5
    whole = shown(compared("a", 1.0, early, early), clip_seconds=1.0)[0][0]
    assert abs(whole.start - 2 * RATE) <= 4096
    assert whole.stop - whole.start == RATE
    cut = shown(compared("b", 1.0, late, late[: 4 * RATE]), clip_seconds=1.0)[0][0]
    assert (cut.start, cut.stop) == (3 * RATE, 4 * RATE)
    brief = shown(compared("c", 1.0, late, late[:500]), clip_seconds=1.0)[0][0]
    assert (brief.start, brief.stop) == (0, 500)
    assert [heard(clip).shape for clip in brief.clips] == [(1, 500)] * 2


def test_of_many_channels_the_references_loudest_is_heard_and_seen(compared):
    sound = np.outer([0.1, 0.2, 0.5, 0.3], np.ones(400))
    one = shown(compared("a", 1.0, sound, sound[::-1]))[0][0]
    assert one.channel == 2
    reference, generated = map(heard, one.clips)
    np.testing.assert_allclose(reference, 0.5, atol=1e-4)
    np.testing.assert_allclose(generated, 0.2, atol=1e-4)


def test_clips_get_shorter_until_they_fit(compared, rng, monkeypatch):
    monkeypatch.setattr("spectrotools.report.exhibits._SOUND_BYTES", 100_000)
    noise = rng.uniform(-0.9, 0.9, 10 * RATE)
    ends = shown(*(compared(str(i), float(i), noise, noise) for i in range(2)))
    clips = [clip for end in ends for e in end for clip in e.clips]
    assert len(clips) == 4
    assert 50_000 < sum(len(clip.uri) for clip in clips) <= 100_000


def test_nothing_is_heard_below_the_rates_of_browsers(tmp_path):
    files = [tmp_path / name for name in ("r.wav", "g.wav")]
    for file in files:
        soundfile.write(file, np.ones(100) * 0.5, 2000)
    pair = Comparison(Pair("a", *map(Path, files)), Measured({"snr": 1.0}, 2000, 1, 100, ()))
    (one,), _ = shown(pair)
    assert one.clips == (None, None)
    assert one.pictures is not None
