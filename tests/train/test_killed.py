"""A run that is killed, at any moment, ends with the very weights of one that is not."""

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from spectrotools.train.checkpoints import Checkpoints
from tests.report.commands import environment
from tests.train.small import assert_same

STEPS = 14
SCRIPT = str(Path(__file__).with_name("killed.py"))


def start(folder: Path, when: int = 0) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, SCRIPT, str(folder), str(STEPS), str(when)],
        env=environment() | {"TF_CPP_MIN_LOG_LEVEL": "3"},
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(folder: Path, when: int = 0) -> int:
    process = start(folder, when)
    _, errors = process.communicate(timeout=300)
    assert process.returncode in (0, -signal.SIGKILL), errors
    return process.returncode


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """How a run ends that nothing disturbs."""
    folder = tmp_path_factory.mktemp("whole")
    assert finish(folder) == 0
    return Checkpoints(folder / "checkpoints").newest()


def assert_ended_alike(folder: Path, whole) -> None:
    newest = Checkpoints(folder / "checkpoints").newest()
    assert (newest.step, newest.record) == (whole.step, whole.record)
    assert newest.record["skipped"] == 1
    assert_same(whole.arrays, newest.arrays)


def test_a_run_killed_in_the_midst_of_what_it_does_ends_alike(whole, tmp_path):
    # In the data and then the manifest of the first checkpoint; in a step; before a rename.
    for when in (1, 2, 6, 12):
        assert finish(tmp_path, when) == -signal.SIGKILL
    assert finish(tmp_path) == 0
    assert_ended_alike(tmp_path, whole)
    assert not list((tmp_path / "checkpoints").glob(".unfinished-*"))


@pytest.mark.slow
def test_a_run_killed_at_twenty_random_moments_ends_alike(whole, tmp_path):
    moments = random.Random(0)
    folder, killed = tmp_path / "0", 0
    while killed < 20:
        if finish(folder, moments.randrange(1, 30)) == 0:
            assert_ended_alike(folder, whole)
            folder = tmp_path / str(killed)
        else:
            killed += 1
    assert finish(folder) == 0
    assert_ended_alike(folder, whole)


@pytest.mark.slow
def test_a_run_killed_from_outside_ends_alike(whole, tmp_path):
    moments = random.Random(1)
    patience = 8.0  # seconds, at most, which grow: some are needed to begin at all
    while True:
        process = start(tmp_path)
        try:
            _, errors = process.communicate(timeout=moments.uniform(4.0, patience))
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            patience += 1.0
        else:
            break
    assert process.returncode == 0, errors
    assert_ended_alike(tmp_path, whole)
