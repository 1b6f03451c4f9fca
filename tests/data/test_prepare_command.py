"""``spectrotools prepare``, as a person runs it."""

import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import soundfile

import spectrotools as st
from spectrotools import cli
from tests.report.commands import environment, fails

from .small import contents, folder_of

SMALL = (
    *("--sample-rate", "8000", "--frame-rate", "100", "--fmin", "100", "--fmax", "1000"),
    *("--example-seconds", "0.5", "--hop-seconds", "0.25", "--shard-seconds", "1.5"),
    *("--valid", "0.5"),
)


@pytest.fixture
def work(tmp_path, monkeypatch):
    """A directory with recordings, to work in."""
    monkeypatch.chdir(tmp_path)
    folder_of(tmp_path / "sounds")
    return tmp_path


def test_it_tells_what_came_of_it(work, capfd):
    command = ["prepare", "sounds", "--out", "data", "--jobs", "1", *SMALL]
    assert cli.main(command) == 0
    out, err = capfd.readouterr()
    assert err == ""
    head, train, valid, silent, failed, first, second, written = out.splitlines()
    assert head.split() == ["files", "minutes", "examples", "median", "f0", "loudness"]
    for line, split in ((train, "train"), (valid, "valid")):
        assert line.split()[0] == split
        assert int(line.split()[3]) == len(st.data.Shards("data", split))
    assert silent == "silent, and left out: 1"
    assert failed == "could not be used: 2"
    assert first.startswith("  no sound.wav: sounds/no sound.wav is not audio")
    assert second.startswith("  torn.wav: sounds/torn.wav is truncated")
    assert written == "written: data/schema.json"
    before = contents(work)
    assert cli.main(command) == 0
    assert capfd.readouterr().out == out
    fails(capfd, "data has a data set of other .*; give --overwrite.*", *command[:-1], "0.4")
    assert contents(work) == before


def test_what_is_wrong_is_one_sentence(work, capfd):
    fails(capfd, "none: Not a directory.", "prepare", "none", "--out", "data")
    fails(
        capfd,
        r"frame_rate must divide sample_rate=16000; got 300\.",
        *("prepare", "sounds", "--out", "data", "--frame-rate", "300"),
    )
    fails(
        capfd,
        r"shares\['train'\] must be a number in \[0, 1\]; got -.*",
        *("prepare", "sounds", "--out", "data", "--valid", "0.7", "--test", "0.7"),
    )


def test_nothing_that_can_be_used_is_exit_code_3(work, capfd):
    os.mkdir("words")
    with open("words/a.wav", "w") as file:
        file.write("words")
    assert cli.main(["prepare", "words", "--out", "data"]) == 3
    assert "no recording could be used. a.wav: words/a.wav is not" in capfd.readouterr().err


def test_the_help_has_examples(capfd):
    with pytest.raises(SystemExit):
        cli.main(["prepare", "--help"])
    assert "spectrotools prepare recordings --out data" in capfd.readouterr().out


def started(*arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "spectrotools", "prepare", "sounds", "--out", "data", *arguments],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def stop(process, number, files):
    """Send a signal once so many files are there."""
    folder = os.path.abspath("data")
    while process.poll() is None:
        count = sum(len(names) for _, _, names in os.walk(folder))
        if count >= files:
            process.send_signal(number)
            break
        time.sleep(0.002)
    return process.communicate(timeout=120)


@pytest.mark.slow
@pytest.mark.parametrize(("jobs", "moments"), [("1", (1, 3, 5, 8, 10)), ("2", (3, 7))])
def test_killed_again_and_again_it_ends_with_the_same_bytes(work, jobs, moments):
    settings = [*SMALL, "--jobs", jobs]
    kills = 0
    for files in moments:  # each run goes on from the last
        process = started(*settings)
        stop(process, signal.SIGKILL, files)
        kills += process.returncode == -signal.SIGKILL
        assert not os.path.exists("data/schema.json") or process.returncode == 0
    process = started(*settings)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert kills > len(moments) // 2
    os.rename("data", "killed")
    _, err = (process := started(*settings)).communicate(timeout=120)
    assert process.returncode == 0, err
    assert contents(work / "killed") == contents(work / "data")


@pytest.mark.slow
def test_ctrl_c_is_told_and_leaves_what_is_done(work):
    noise = np.random.default_rng(0).uniform(-0.1, 0.1, 60 * 8000)
    for name in ("long", "longer", "longest"):  # so that there is time to interrupt
        soundfile.write(work / "sounds" / f"{name}.wav", noise, 8000)
    process = started(*SMALL, "--jobs", "1")
    _, err = stop(process, signal.SIGINT, 2)
    assert process.returncode == 130, err
    done = re.search(r"interrupted; (\d+) of 13 recordings prepared", err)
    assert done, err
    assert ("the same command goes on from there." in err) == (int(done.group(1)) > 0)
