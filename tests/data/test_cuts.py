import numpy as np
import pytest

import spectrotools as st

from .small import FEATURES


def counted(length, size, hop, last):
    """Starts, found by walking along."""
    starts, start = [], 0
    while start + size <= length or (
        last == "pad" and (start == 0 or start - hop + size < length)
    ):
        starts.append(start)
        start += hop
    return starts


@pytest.mark.parametrize("last", ["pad", "drop"])
@pytest.mark.parametrize("hop", [0.25, 0.5, 0.75])
@pytest.mark.parametrize("length", [1, 3999, 4000, 4001, 6000, 8000, 9999])
def test_starts(length, hop, last):
    cuts = st.data.Cuts(example_seconds=0.5, hop_seconds=hop, last=last)
    expected = counted(length, 4000, round(8000 * hop), last)
    assert cuts.starts(length, FEATURES).tolist() == expected


@pytest.mark.parametrize(("length", "fitted"), [(4100, 6000), (9000, 10000), (100, 4000)])
def test_what_is_missing_is_silence(length, fitted):
    cuts = st.data.Cuts(example_seconds=0.5, hop_seconds=0.25)
    audio = np.linspace(0.1, 0.2, length, dtype=np.float32)
    frames = FEATURES.n_frames(length)
    tracks = {
        "f0_hz": np.linspace(200, 300, frames, dtype=np.float32),
        "f0_confidence": np.ones(frames, np.float32),
        "loudness_db": np.zeros(frames, np.float32),
    }
    found = cuts.fit(audio, tracks, FEATURES)
    assert found["audio"].tolist() == audio.tolist() + [0.0] * (fitted - length)
    more = fitted // 80 - frames
    assert found["f0_hz"].tolist() == tracks["f0_hz"].tolist() + [300.0] * more
    assert found["f0_confidence"].tolist() == [1.0] * frames + [0.0] * more
    assert found["loudness_db"].tolist() == [0.0] * frames + [-80.0] * more


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (dict(example_seconds=0.0), r"example_seconds must be a number in \[0.001, 3600\]; got 0"),
        (dict(hop_seconds=-1.0), r"hop_seconds must be a number in \[0.001, 3600\]; got -1"),
        (dict(last="keep"), r"last must be one of 'pad', 'drop'; got 'keep'"),
    ],
)
def test_settings_out_of_range(settings, message):
    with pytest.raises(ValueError, match=message):
        st.data.Cuts(**settings)


def test_parts_of_samples_and_of_frames_are_refused():
    with pytest.raises(ValueError, match=r"example_seconds must be a whole number of 1/8000 s"):
        st.data.Cuts(example_seconds=0.50001).n_samples(FEATURES)
    with pytest.raises(ValueError, match=r"hop_seconds must be a whole number of 1/100 s"):
        st.data.Cuts(hop_seconds=0.505).hop_samples(FEATURES)
