import numpy as np
import pytest
import soundfile

import spectrotools as st

from .small import CUTS, FEATURES, folder_of, tone


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    return folder_of(tmp_path_factory.mktemp("recordings") / "sounds")


def test_all_that_sounds_is_there(recordings):
    folder = st.data.AudioFolder(recordings, features=FEATURES, cuts=CUTS)
    assert sorted(folder.failures) == ["no sound.wav", "torn.wav"]
    lengths = [4800 + 2400 * index for index in range(6)] + [8000]
    assert len(folder) == sum(1 + max(-(-(length - 4000) // 2000), 0) for length in lengths)
    sums = [np.abs(b["audio"].numpy()).sum() for b in folder.dataset(1, repeat=False)]
    assert min(sums) > 0


def test_splits_share_it_out(recordings):
    settings = dict(features=FEATURES, cuts=CUTS, shares={"train": 0.5, "valid": 0.5})
    sizes = [
        len(st.data.AudioFolder(recordings, split, **settings))
        for split in ("train", "valid", None)
    ]
    assert sizes[0] + sizes[1] == sizes[2]
    assert min(sizes) > 0


def test_an_example_that_is_no_whole_number_of_frames(tmp_path):
    audio = np.concatenate([tone(200, 0.7), tone(300, 0.5)]).astype(np.float32)
    soundfile.write(tmp_path / "a.wav", audio, 8000, subtype="FLOAT")
    cuts = st.data.Cuts(example_seconds=0.1625, hop_seconds=0.05)  # 1300 samples, 16.25 frames
    folder = st.data.AudioFolder(tmp_path, features=FEATURES, cuts=cuts)
    whole, padded = FEATURES(audio), np.pad(audio, (0, 1300))
    examples = list(folder.dataset(1, repeat=False))
    assert len(examples) == 1 + -(-(9600 - 1300) // 400)
    for index, example in enumerate(examples):
        np.testing.assert_array_equal(example["audio"][0], padded[400 * index :][:1300])
        inside = whole["f0_hz"][5 * index :][:17]
        np.testing.assert_array_equal(example["f0_hz"][0][: len(inside)], inside)


def test_nothing_to_read(tmp_path):
    with pytest.raises(NotADirectoryError):
        st.data.AudioFolder(tmp_path / "missing")
    with pytest.raises(ValueError, match="must have sound that makes an example; got '0 files'"):
        st.data.AudioFolder(tmp_path)
    (tmp_path / "a.wav").write_bytes(b"words")
    with pytest.raises(ValueError, match=r"makes an example; a\.wav: .* is not audio"):
        st.data.AudioFolder(tmp_path)
    with pytest.raises(ValueError, match="split must be one of train, valid; got 'test'"):
        st.data.AudioFolder(tmp_path, "test")
