import os
import re
import struct
from pathlib import Path

import numpy as np
import pytest
import scipy.io.wavfile
import soundfile

from spectrotools.report.names import output_names, unique_stems
from spectrotools.report.output import FloatWav, check_free, staged


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_a_written_file_is_read_alike_by_others(tmp_path, rng, channels):
    audio = rng.normal(size=(channels, 1001)).astype(np.float32)
    path = tmp_path / "a.wav"
    with FloatWav(path, 44100, channels, 1001) as file:
        for start in range(0, 1001, 300):
            file.write(audio[:, start : start + 300])
    rate, samples = scipy.io.wavfile.read(path)
    assert rate == 44100
    np.testing.assert_array_equal(samples.reshape(-1, channels).T, audio)
    heard, rate = soundfile.read(path, dtype="float32", always_2d=True)
    np.testing.assert_array_equal(heard.T, audio)
    assert soundfile.info(path).subtype == "FLOAT"
    assert struct.unpack("<I", path.read_bytes()[4:8])[0] == path.stat().st_size - 8


def test_a_file_must_get_the_samples_that_it_was_promised(tmp_path):
    file = FloatWav(tmp_path / "a.wav", 8000, 1, 10)
    file.write(np.zeros((1, 9)))
    with pytest.raises(ValueError, match="add up to the file's length"):
        file.__exit__(None, None, None)


def test_what_a_wav_header_cannot_count_is_refused(tmp_path):
    with pytest.raises(ValueError, match="at most 4294967232 bytes"):
        FloatWav(tmp_path / "a.wav", 48000, 2, 2**29)
    assert not (tmp_path / "a.wav").exists()


def test_staged_files_appear_together_at_the_end(tmp_path):
    with staged(tmp_path / "deep" / "out") as folder:
        (folder / "a").write_text("1")
        assert not (tmp_path / "deep" / "out" / "a").exists()
        (folder / "b").write_text("2")
    assert sorted(os.listdir(tmp_path / "deep" / "out")) == ["a", "b"]


def fail(folder: Path, error: BaseException) -> None:
    with staged(folder) as stage:
        (stage / "a").write_text("half")
        raise error


@pytest.mark.parametrize("error", [KeyboardInterrupt("^C"), OSError(28, "full"), ValueError("no")])
def test_after_a_failure_nothing_is_there_that_was_not_before(tmp_path, error):
    with pytest.raises(type(error), match=re.escape(str(error))):
        fail(tmp_path / "deep" / "out", error)
    assert os.listdir(tmp_path) == []


def test_a_failure_leaves_the_files_of_an_earlier_run(tmp_path):
    (tmp_path / "a").write_text("old")
    with pytest.raises(RuntimeError, match="oops"):
        fail(tmp_path, RuntimeError("oops"))
    assert os.listdir(tmp_path) == ["a"]
    assert (tmp_path / "a").read_text() == "old"


def test_names_never_collide():
    paths = [Path(p) for p in ("x/a.wav", "y/A.flac", "z/a-2.wav", "a.ogg")]
    stems = unique_stems(paths)
    assert stems[0] == "a"
    assert len({stem.casefold() for stem in stems}) == 4
    names = output_names([*stems, "a.stft"], ["stft", "mu_law"])
    assert len({name.casefold() for name in names}) == len(names) == 5 * 2 + 4 + 1


def test_files_in_the_way_are_found_before_any_work(tmp_path):
    (tmp_path / "a").write_text("old")
    with pytest.raises(FileExistsError, match="a exists; give --overwrite"):
        check_free(tmp_path, ["b", "a"], [], overwrite=False)
    check_free(tmp_path, ["b", "a"], [], overwrite=True)
    with pytest.raises(FileExistsError, match="is an input and would be lost"):
        check_free(tmp_path, ["b", "a"], [tmp_path / "a"], overwrite=True)
    with pytest.raises(NotADirectoryError, match="is a file; --out must name a directory"):
        check_free(tmp_path / "a", [], [], overwrite=True)
