"""Checkpoints: bit by bit what was saved, whole, and the last few."""

import errno
import json
import os
import shutil

import numpy as np
import pytest
import tensorflow as tf

from spectrotools.train import checkpoints
from spectrotools.train.checkpoints import Checkpoint, Checkpoints
from tests.train.small import assert_same

ARRAYS = [
    np.array([[1.5, np.nan], [-0.0, np.inf]], np.float32),
    np.array(7, np.int64),
    np.zeros([0, 3], np.float64),
    np.array([1, 2], np.uint32),
    np.array([0.1, 3e38], tf.bfloat16.as_numpy_dtype),
    np.arange(12, dtype=np.float32).reshape(3, 4).T,
]


def test_every_bit_comes_back(tmp_path):
    Checkpoints(tmp_path).save(Checkpoint(3, {"skipped": 2, "names": ["a"]}, ARRAYS))
    found = Checkpoints(tmp_path).newest()
    assert (found.step, found.record) == (3, {"skipped": 2, "names": ["a"]})
    assert_same(ARRAYS, found.arrays)
    assert [a.dtype for a in found.arrays] == [a.dtype for a in ARRAYS]
    assert [a.shape for a in found.arrays] == [a.shape for a in ARRAYS]


def test_where_nothing_was_saved_there_is_none(tmp_path):
    assert Checkpoints(tmp_path / "nowhere").newest() is None


def test_the_last_few_are_kept_by_number(tmp_path):
    kept = Checkpoints(tmp_path, keep=2)
    for step in (9, 10, 100, 1000):
        kept.save(Checkpoint(step, {}, ARRAYS))
    assert sorted(os.listdir(tmp_path)) == ["step-000000100", "step-000001000"]
    assert kept.newest().step == 1000
    with pytest.raises(ValueError, match="keep must be an integer of at least 1; got 0"):
        Checkpoints(tmp_path, keep=0)


def test_saving_a_step_again_replaces_it(tmp_path):
    kept = Checkpoints(tmp_path)
    for value in (1, 2):
        kept.save(Checkpoint(5, {"value": value}, ARRAYS))
    assert kept.newest().record == {"value": 2}


@pytest.mark.parametrize("cut", ["half the data", "no data", "half the manifest", "other record"])
def test_what_is_not_whole_is_passed_over(tmp_path, cut):
    kept = Checkpoints(tmp_path)
    for step in (1, 2):
        kept.save(Checkpoint(step, {"skipped": 0}, ARRAYS))
    folder = tmp_path / "step-000000002"
    data, manifest = folder / "variables.bin", folder / "manifest.json"
    if cut == "half the data":
        data.write_bytes(data.read_bytes()[: data.stat().st_size // 2])
    elif cut == "no data":
        data.unlink()
    elif cut == "half the manifest":
        manifest.write_bytes(manifest.read_bytes()[:40])
    else:
        told = json.loads(manifest.read_text())
        manifest.write_text(json.dumps(told | {"record": {"skipped": 1}}))
    with pytest.warns(UserWarning, match="step-000000002 is not whole, and is passed over"):
        assert kept.newest().step == 1


@pytest.mark.parametrize("failing", ["variables.bin", "manifest.json"])
def test_a_full_disk_is_told_and_leaves_the_others(tmp_path, monkeypatch, failing):
    def full(path, blocks):
        if path.name == failing:
            path.write_bytes(b"half")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(path, blocks)

    kept = Checkpoints(tmp_path, keep=1)
    kept.save(Checkpoint(1, {}, ARRAYS))
    write = checkpoints._write_file
    monkeypatch.setattr(checkpoints, "_write_file", full)
    message = r"step-000000002 could not be written: No space left on device\."
    with pytest.raises(OSError, match=message):
        kept.save(Checkpoint(2, {}, ARRAYS))
    assert os.listdir(tmp_path) == ["step-000000001"]
    assert_same(kept.newest().arrays, ARRAYS)


def test_what_a_killed_process_left_is_swept_away(tmp_path):
    kept = Checkpoints(tmp_path)
    kept.save(Checkpoint(1, {}, ARRAYS))
    shutil.copytree(tmp_path / "step-000000001", tmp_path / ".unfinished-x")
    assert kept.newest().step == 1
    kept.sweep()
    assert os.listdir(tmp_path) == ["step-000000001"]
