import errno
import json
import shutil

import numpy as np
import pytest
import soundfile
import tensorflow as tf

import spectrotools as st
from spectrotools.data import files, parts, preparing

from .small import CUTS, FEATURES, contents, folder_of, tone

SETTINGS = dict(
    features=FEATURES, cuts=CUTS, shares={"train": 0.5, "valid": 0.5}, shard_seconds=1.5
)


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    return folder_of(tmp_path_factory.mktemp("recordings") / "sounds")


@pytest.fixture(scope="module")
def prepared(recordings, tmp_path_factory):
    """A folder that was prepared in one go."""
    return st.data.prepare(recordings, tmp_path_factory.mktemp("prepared") / "data", **SETTINGS)


def records(folder, split):
    """All examples of a split, in order, as TensorFlow's own reader finds them."""
    paths = sorted(str(path) for path in folder.glob(f"{split}-*.tfrecord"))
    layout = {
        "audio": tf.io.FixedLenFeature([4000], tf.float32),
        "f0_hz": tf.io.FixedLenFeature([50], tf.float32),
        "f0_confidence": tf.io.FixedLenFeature([50], tf.float32),
        "loudness_db": tf.io.FixedLenFeature([50], tf.float32),
    }
    return [tf.io.parse_single_example(r, layout) for r in tf.data.TFRecordDataset(paths)]


def test_the_records_are_cuts_of_the_recordings(recordings, prepared):
    train, valid = (records(prepared.folder, split) for split in ("train", "valid"))
    found = {example["audio"].numpy().tobytes() for example in train + valid}
    expected = set()
    for path in sorted(recordings.rglob("tone*.wav")):
        audio, _ = soundfile.read(path, dtype="float32")
        audio = np.pad(audio, (0, 4000))
        count = 1 + max(-(-(len(audio) - 8000) // 2000), 0)
        expected |= {audio[2000 * k :][:4000].tobytes() for k in range(count)}
    resampled = found - expected
    assert expected < found
    assert len(resampled) == 3  # a second, of which the cuts are one half
    assert len(train + valid) == len(found)


def test_pitch_is_cut_with_the_sound(prepared):
    for example in records(prepared.folder, "train"):
        sounding = np.flatnonzero(np.abs(example["audio"]) > 0.1)
        audio = example["audio"].numpy()[sounding[0] : sounding[-1]]
        crossings = np.sum((audio[:-1] < 0) & (audio[1:] >= 0)) * 8000 / len(audio)
        f0_hz = example["f0_hz"].numpy()[example["f0_confidence"] > 0.9]
        np.testing.assert_allclose(f0_hz, crossings, rtol=0.06)


def test_statistics_are_those_of_all_frames(recordings, prepared):
    for split in ("train", "valid"):
        told = prepared.statistics[split]
        names = [
            path
            for path in sorted(recordings.rglob("*"))
            if path.suffix in (".wav", ".flac")
            and path.name not in ("silent.wav", "no sound.wav", "torn.wav")
            and path.relative_to(recordings).as_posix() in in_split(recordings, split)
        ]
        found = [parts.measured(path, FEATURES) for path in names]
        level = np.concatenate([part["loudness_db"] for part in found]).astype(np.float64)
        f0_hz = np.concatenate([part["f0_hz"][part["f0_confidence"] >= 0.5] for part in found])
        assert told["files"] == len(names)
        assert told["examples"] == len(records(prepared.folder, split))
        np.testing.assert_allclose(told["seconds"], sum(len(p["audio"]) for p in found) / 8000)
        np.testing.assert_allclose(told["loudness_db"]["mean"], level.mean(), rtol=1e-9)
        np.testing.assert_allclose(told["loudness_db"]["std"], level.std(), rtol=1e-9)
        np.testing.assert_allclose(told["f0_hz"]["mean"], f0_hz.astype(np.float64).mean())
        median = told["f0_hz"]["quantiles"]["0.5"]
        assert np.mean(f0_hz < median - 0.25) <= 0.5 <= np.mean(f0_hz <= median + 0.25)


def in_split(recordings, split):
    paths = (path for path in recordings.rglob("*") if path.suffix in (".wav", ".flac"))
    names = [path.relative_to(recordings).as_posix() for path in paths]
    found = preparing.make_plan(recordings, FEATURES, CUTS, SETTINGS["shares"], 1.5)
    inside = {s.name for shard in found.splits[split] for s in found.shards[shard]}
    return inside & set(names)


def test_what_cannot_be_used_is_listed(prepared):
    assert prepared.failures == json.loads((prepared.folder / "failures.json").read_text())
    failed = prepared.failures["failed"]
    assert sorted(failed) == ["no sound.wav", "torn.wav"]
    assert "torn.wav is truncated: its header promises" in failed["torn.wav"]
    assert "is not audio that can be read" in failed["no sound.wav"]
    assert prepared.failures["silent"] == ["silent.wav"]
    assert prepared.failures["short"] == []


def test_shards_hold_about_as_many_seconds_as_asked(prepared):
    schema = json.loads((prepared.folder / "schema.json").read_text())
    shards = [shard["name"] for split in schema["splits"].values() for shard in split]
    assert len(shards) > 3
    on_disk = {path.name for path in prepared.folder.iterdir()}
    assert on_disk == {*shards, "schema.json", "statistics.json", "failures.json"}


def test_a_second_run_has_nothing_to_do(recordings, prepared, monkeypatch):
    before = contents(prepared.folder)
    monkeypatch.setattr(preparing, "share_out", None)
    again = st.data.prepare(recordings, prepared.folder, **SETTINGS)
    assert again == prepared
    assert contents(prepared.folder) == before


def test_a_shard_that_was_lost_is_made_anew(recordings, prepared, tmp_path):
    out = shutil.copytree(prepared.folder, tmp_path / "data")
    max(out.glob("*.tfrecord"), key=lambda path: path.stat().st_size).unlink()
    st.data.prepare(recordings, out, **SETTINGS)
    assert contents(out) == contents(prepared.folder)


@pytest.mark.slow
def test_a_run_in_processes_gives_the_same_bytes(recordings, prepared, tmp_path):
    st.data.prepare(recordings, tmp_path, jobs=2, **SETTINGS)
    assert contents(tmp_path) == contents(prepared.folder)


class Killed(BaseException):
    """What no program catches."""


@pytest.mark.slow
def test_a_run_cut_off_anywhere_goes_on_to_the_same_bytes(
    recordings, prepared, tmp_path, monkeypatch
):
    """Cut off before and after each time that a file gets its name."""
    expected, moved = contents(prepared.folder), files.os.replace
    cuts = 0
    for place in range(100):
        out, count = tmp_path / str(place), [0]

        def until(source, target, last=place, count=count):
            count[0] += 1
            if count[0] > last:
                if last % 2:
                    moved(source, target)
                raise Killed
            moved(source, target)

        monkeypatch.setattr(files.os, "replace", until)
        try:
            st.data.prepare(recordings, out, **SETTINGS)
        except Killed:
            cuts += 1
            if not (out / "schema.json").exists():
                with pytest.raises(FileNotFoundError, match=r"no schema\.json"):
                    st.data.Shards(out, "train")
        monkeypatch.setattr(files.os, "replace", moved)
        st.data.prepare(recordings, out, **SETTINGS)
        assert contents(out) == expected, place
        shutil.rmtree(out)
        if count[0] <= place:
            break
    assert cuts > 20


def test_a_full_disk_ends_the_run_and_blames_no_recording(
    recordings, prepared, tmp_path, monkeypatch
):
    written = parts.write_records

    def full(path, examples):
        if len(list(path.parent.glob("*.json"))) > 4:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        written(path, examples)

    monkeypatch.setattr(parts, "write_records", full)
    with pytest.raises(OSError, match="No space left on device") as caught:
        st.data.prepare(recordings, tmp_path, **SETTINGS)
    assert "the same command goes on from there" in caught.value.__notes__
    monkeypatch.setattr(parts, "write_records", written)
    st.data.prepare(recordings, tmp_path, **SETTINGS)
    assert contents(tmp_path) == contents(prepared.folder)


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(OSError, match=r"cannot be written: .*missing"):
        parts.write_records(tmp_path / "missing" / "a", [{"audio": np.zeros(3, np.float32)}])


def test_what_was_prepared_otherwise_is_replaced_only_if_asked(recordings, prepared, tmp_path):
    out = tmp_path / "data"
    shutil.copytree(prepared.folder, out)
    (out / "mine.txt").write_text("kept")
    others = SETTINGS | dict(shard_seconds=100.0)
    before = contents(out)
    with pytest.raises(FileExistsError, match="a data set of other recordings, settings or"):
        st.data.prepare(recordings, out, **others)
    assert contents(out) == before
    st.data.prepare(recordings, out, overwrite=True, **others)
    fresh = tmp_path / "fresh"
    st.data.prepare(recordings, fresh, **others)
    assert contents(out) == contents(fresh) | {"mine.txt": b"kept"}


def test_what_was_begun_otherwise_is_replaced_only_if_asked(recordings, tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(preparing, "finish", lambda plan, work: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            st.data.prepare(recordings, tmp_path / "a", **SETTINGS)
    others = SETTINGS | dict(shard_seconds=100.0)
    with pytest.raises(FileExistsError, match="an unfinished data set of other recordings"):
        st.data.prepare(recordings, tmp_path / "a", **others)
    for out in "ab":
        st.data.prepare(recordings, tmp_path / out, overwrite=True, **others)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_a_recording_that_changed_is_not_taken_for_what_it_was(tmp_path):
    folder = tmp_path / "sounds"
    folder.mkdir()
    soundfile.write(folder / "a.wav", tone(200, 1.0), 8000)
    settings = SETTINGS | dict(shares={"train": 1.0})
    st.data.prepare(folder, tmp_path / "data", **settings)
    soundfile.write(folder / "a.wav", tone(400, 1.0), 8000)
    with pytest.raises(FileExistsError, match="other recordings"):
        st.data.prepare(folder, tmp_path / "data", **settings)
    again = st.data.prepare(folder, tmp_path / "data", overwrite=True, **settings)
    np.testing.assert_allclose(again.statistics["train"]["f0_hz"]["mean"], 400, rtol=1e-3)


def test_short_recordings_may_be_dropped(tmp_path):
    folder = tmp_path / "sounds"
    folder.mkdir()
    for name, seconds in (("short.wav", 0.4), ("long.wav", 0.8)):
        soundfile.write(folder / name, tone(300, seconds), 8000)
    settings = SETTINGS | dict(cuts=st.data.Cuts(example_seconds=0.5, last="drop"))
    done = st.data.prepare(folder, tmp_path / "data", **settings | dict(shares={"train": 1.0}))
    assert done.failures == {"failed": {}, "silent": [], "short": ["short.wav"]}
    assert done.statistics["train"]["examples"] == 1


def test_nothing_that_can_be_used(tmp_path):
    folder = tmp_path / "sounds"
    folder.mkdir()
    with pytest.raises(ValueError, match=r"sounds must hold sound files .*; got 0"):
        st.data.prepare(folder, tmp_path / "data")
    soundfile.write(folder / "a.wav", np.zeros(800), 8000)
    with pytest.raises(preparing.NothingPrepared, match=r"the rest: 1 are silent, others too"):
        st.data.prepare(folder, tmp_path / "data", **SETTINGS)
    (folder / "b.wav").write_bytes(b"words")
    with pytest.raises(preparing.NothingPrepared, match=r"b\.wav: .*is not audio") as caught:
        st.data.prepare(folder, tmp_path / "more", **SETTINGS)
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (dict(jobs=0), r"jobs must be an integer in \[1, 256\]; got 0"),
        (dict(shard_seconds=0.0), r"shard_seconds must be a number of at least 1; got 0"),
        (dict(cuts=st.data.Cuts(hop_seconds=0.3333)), r"hop_seconds must be a whole number"),
    ],
)
def test_settings_out_of_range(recordings, tmp_path, settings, message):
    with pytest.raises(ValueError, match=message):
        st.data.prepare(recordings, tmp_path / "data", **settings)
    assert not (tmp_path / "data").exists()


def test_places_that_are_none(recordings, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError):
        st.data.prepare(tmp_path / "missing", tmp_path / "data")
    with pytest.raises(NotADirectoryError, match="--out must name a directory"):
        st.data.prepare(recordings, tmp_path / "file")
