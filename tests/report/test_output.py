import struct
from pathlib import Path

import numpy as np
import pytest
import scipy.io.wavfile
import soundfile

from spectrotools.report.names import output_names, unique_stems
from spectrotools.report.output import FloatWav


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


def test_names_never_collide():
    paths = [Path(p) for p in ("x/a.wav", "y/A.flac", "z/a-2.wav", "a.ogg")]
    stems = unique_stems(paths)
    assert stems[0] == "a"
    assert len({stem.casefold() for stem in stems}) == 4
    names = output_names([*stems, "a.stft"], ["stft", "mu_law"])
    assert len({name.casefold() for name in names}) == len(names) == 5 * 2 + 5 + 1
