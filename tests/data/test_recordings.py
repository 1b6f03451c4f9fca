import re

import numpy as np
import pytest
import soundfile

from spectrotools.data.recordings import blocks, bundled, read, scan

KINDS = [
    ("a.wav", "PCM_16"),
    ("a.wav", "PCM_24"),
    ("a.wav", "FLOAT"),
    ("a.flac", "PCM_24"),
    ("a.ogg", None),
    ("a.mp3", None),
]


@pytest.mark.parametrize(("name", "subtype"), KINDS)
@pytest.mark.parametrize("channels", [1, 2])
def test_a_recording_is_what_its_decoder_gives_at_once(write, rng, name, subtype, channels):
    path = write(name, rng.uniform(-0.3, 0.3, (channels, 70001)), 22050, subtype)
    whole, rate = soundfile.read(path, dtype="float32", always_2d=True)
    recording = scan(path)
    found = (recording.sample_rate, recording.channels, recording.length)
    assert found == (rate, channels, len(whole))
    # The MP3 decoder rounds otherwise after soundfile.read's seek to the start.
    close = dict(rtol=0, atol=1e-6 if name == "a.mp3" else 0)
    np.testing.assert_allclose(recording.peak, np.abs(whole).max(), **close)
    for size in (65536, 5000):
        pieces = np.concatenate(list(blocks(path, size)), axis=1)
        np.testing.assert_allclose(pieces, whole.T, **close)
    np.testing.assert_array_equal(read(path, 66001, 68003), pieces[:, 66001:68003])
    np.testing.assert_array_equal(read(path, 0, 5), pieces[:, :5])


def test_the_loudest_stretch_is_where_the_energy_is(write):
    audio = np.zeros((2, 200_000))
    audio[1, 150_000:160_000] = 0.5
    recording = scan(write("a.wav", audio))
    start, stop = recording.loudest(20_000)
    assert stop - start == 20_000
    assert start <= 150_000 < 160_000 <= stop
    assert recording.loudest(10**9) == (0, 200_000)
    assert recording.loudest(200_000) == (0, 200_000)
    start, stop = recording.loudest(1)
    assert 150_000 <= start < 160_000


def test_values_beyond_full_scale_are_legal(write):
    recording = scan(write("a.wav", np.array([0.5, -3.0])))
    assert recording.peak == 3.0


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_the_first_bad_sample_is_named_with_its_time(write, bad):
    audio = np.zeros((2, 100_000))
    audio[1, 80_000] = bad
    audio[0, 90_000] = bad
    path = write("a.wav", audio)
    message = rf"a\.wav must hold finite .* sample 80000 \(at 10\.000000 s\) is {bad}\."
    with pytest.raises(ValueError, match=message):
        scan(path)


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mp3", "a.aiff", "a.ogg"])
@pytest.mark.parametrize("kept", [0.4, 0.9, 0.999])
def test_a_truncated_file_is_found_out(write, rng, name, kept, capfd):
    path = write(name, rng.uniform(-0.3, 0.3, (2, 30_000)), 44100)
    data = path.read_bytes()
    path.write_bytes(data[: int(kept * len(data))])
    with pytest.raises(ValueError, match=rf"{name} is (damaged or )?truncated"):
        scan(path)
    assert capfd.readouterr().err == ""


def test_a_header_of_unknown_length_is_no_truncation(write, rng):
    audio = rng.uniform(-0.3, 0.3, (1, 1000)).astype(np.float32)
    path = write("a.wav", audio, subtype="PCM_16")
    data = bytearray(path.read_bytes())
    place = data.index(b"data")
    data[place + 4 : place + 8] = b"\xff\xff\xff\xff"
    path.write_bytes(bytes(data))
    assert scan(path).length == 1000


def test_a_stream_of_unknown_length_is_read_to_its_end(write, rng):
    path = write("a.flac", rng.uniform(-0.3, 0.3, (2, 100_000)), 44100)
    whole, _ = soundfile.read(path, dtype="float32")
    data = bytearray(path.read_bytes())
    data[21] &= 0xF0  # the 36 bits of STREAMINFO's count of samples, FLAC format, 8.2
    data[22:26] = bytes(4)
    path.write_bytes(data)
    recording = scan(path)
    assert recording.length == 100_000
    np.testing.assert_array_equal(read(path, 70_001, 70_100), whole.T[:, 70_001:70_100])


def test_a_header_that_promises_nothing_is_said_to(write, rng):
    path = write("a.wav", rng.uniform(-0.3, 0.3, (1, 1000)), subtype="PCM_16")
    data = bytearray(path.read_bytes())
    place = data.index(b"data")
    data[place + 4 : place + 8] = bytes(4)
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"at least one sample; its header promises none; got 0"):
        scan(path)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", r"x\.wav must hold audio, and is an empty file"),
        (b"hello, world\n" * 100, r"x\.wav is not audio that can be read \(WAV, FLAC"),
        (b"RIFF", r"x\.wav is not audio that can be read"),
        (b"ID3\x04" + b"\0" * 500, r"x\.wav is not audio that can be read"),
    ],
)
def test_what_is_no_audio_is_named(tmp_path, data, message, capfd):
    path = tmp_path / "x.wav"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=message):
        scan(path)
    assert capfd.readouterr().err == ""


def test_no_samples_are_no_recording(write):
    with pytest.raises(
        ValueError, match=r"a\.wav must hold at least one sample; its header promises"
    ):
        scan(write("a.wav", np.zeros((1, 0))))


def test_a_directory_and_a_missing_file_fail_in_the_words_of_the_system(tmp_path):
    with pytest.raises(IsADirectoryError, match="Is a directory"):
        scan(tmp_path)
    with pytest.raises(FileNotFoundError, match=re.escape(str(tmp_path / "none.wav"))):
        scan(tmp_path / "none.wav")


def test_recordings_come_with_the_package():
    paths = bundled()
    assert len(paths) >= 2
    assert all(scan(path).seconds > 1 for path in paths)
