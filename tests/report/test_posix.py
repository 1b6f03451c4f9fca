"""The command line among the signals, limits, terminals and permissions of a POSIX system."""

import errno
import json
import os
import pty
import re
import resource
import shutil
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from spectrotools import cli
from spectrotools.data.failures import Failed
from spectrotools.data.interruption import stoppable
from spectrotools.data.recordings import scan
from spectrotools.data.workers import share_out
from spectrotools.report import comparisons, streamed
from spectrotools.report.journal import JOURNAL
from spectrotools.report.measuring import Measured
from spectrotools.report.names import EVALUATION, PHASES
from spectrotools.report.staging import staged
from tests.data.worker_jobs import job, nothing
from tests.report.commands import environment, fails, resynth, run, two_recordings

LOUD = Measured({"snr": 1.0}, 8000, 1, 4000, ())
STOPPING = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.fixture
def work(tmp_path, monkeypatch) -> Path:
    """A directory with two short recordings."""
    monkeypatch.chdir(tmp_path)
    two_recordings()
    return tmp_path


@pytest.fixture
def hears_ctrl_c():
    """What a shell runs in the background ignores Ctrl-C, and under nohup it ignores SIGHUP."""
    wanted = {signal.SIGINT: signal.default_int_handler, signal.SIGHUP: signal.SIG_DFL}
    before = {number: signal.signal(number, handler) for number, handler in wanted.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def nobody(work):
    """Be somebody who may not write here: root may do everything."""
    os.chmod(work, 0o755)
    if os.geteuid() == 0:
        os.seteuid(65534)
    else:
        os.chmod(work, 0o555)
    yield
    if os.getuid() == 0:
        os.seteuid(0)
    os.chmod(work, 0o755)


def test_a_pipe_is_refused_before_it_blocks(tmp_path):
    os.mkfifo(tmp_path / "pipe.wav")
    with pytest.raises(ValueError, match=r"pipe\.wav must be a file that can be read twice"):
        scan(tmp_path / "pipe.wav")


def test_a_forbidden_input_is_one_clear_sentence(work, request, capfd):
    os.chmod("a.wav", 0)
    os.mkdir("open")
    os.chmod("open", 0o777)
    request.getfixturevalue("nobody")
    fails(capfd, r"a\.wav: Permission denied\.", "resynth", "a.wav", "--out", "open/out")


def test_a_forbidden_output_is_found_before_any_work(nobody, capfd, monkeypatch):
    monkeypatch.setattr("spectrotools.data.recordings.scan", None)
    fails(capfd, r"\.: Permission denied\.", "resynth", "a.wav", "--out", "out")


def test_a_name_that_is_not_unicode_is_a_name(work):
    os.rename(b"a.wav", b"bad\xff\nname.wav")
    arguments = [b"bad\xff\nname.wav", b"--transform", b"a_law", b"--out", b"out"]
    assert resynth(*map(os.fsdecode, arguments)) == 0
    assert b"bad\xff\nname.a_law.wav" in os.listdir(b"out")


def test_an_evaluation_takes_names_that_are_not_unicode(work):
    for folder in ("r", "g"):
        os.mkdir(folder)
        shutil.copy("a.wav", os.fsencode(folder) + b"/bad\xff\nname.wav")
        Path(os.fsdecode(os.fsencode(folder) + b"/no\xff.wav")).write_text("no sound")
    assert cli.main(["evaluate", "r", "g", "--metric", "snr", "--out", "out", "--jobs", "1"]) == 0
    assert r"bad\udcff" in Path("out/evaluation.csv").read_text(encoding="utf-8")
    assert r"no\udcff" in Path("out/evaluation.html").read_text(encoding="utf-8")
    (failed,) = json.loads(Path("out/evaluation.json").read_text(encoding="utf-8"))["failures"]
    assert failed == "no\udcff"


def test_a_limit_on_file_size_leaves_nothing_behind(work):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    done = run("resynth", "a.wav", "b.wav", "--out", "out", preexec_fn=limit)
    assert done.returncode == 2
    assert done.stderr == "spectrotools: out: File too large.\n"
    assert sorted(os.listdir()) == ["a.wav", "b.wav"]


@pytest.mark.usefixtures("hears_ctrl_c")
@pytest.mark.parametrize("number", STOPPING)
def test_an_interruption_leaves_nothing_behind(work, capfd, monkeypatch, number):
    def interrupted(self, block, state):
        signal.raise_signal(number)

    monkeypatch.setattr(streamed.CodeRoundTrip, "step", interrupted)
    arguments = ["resynth", "a.wav", "b.wav", "--out", "deep/out"]
    fails(capfd, r"interrupted; nothing was written\.", *arguments, code=130)


@pytest.mark.usefixtures("hears_ctrl_c")
def test_a_second_interruption_does_not_stop_the_cleaning_up(work, capfd, monkeypatch):
    def interrupted(self, block, state):
        try:
            signal.raise_signal(signal.SIGINT)
        finally:
            signal.raise_signal(signal.SIGINT)

    def rmtree(path, **settings):
        for number in STOPPING:
            signal.raise_signal(number)
        remove(path, **settings)

    remove = shutil.rmtree
    monkeypatch.setattr(streamed.CodeRoundTrip, "step", interrupted)
    monkeypatch.setattr(shutil, "rmtree", rmtree)
    arguments = ["resynth", "a.wav", "b.wav", "--out", "out"]
    fails(capfd, r"interrupted; nothing was written\.", *arguments, code=130)


@pytest.mark.usefixtures("hears_ctrl_c")
def test_while_the_files_are_moved_nothing_interrupts(work, capfd, monkeypatch):
    def replace(source, target):
        signal.raise_signal(signal.SIGINT)
        move(source, target)

    move = os.replace
    monkeypatch.setattr(os, "replace", replace)
    assert resynth("a.wav", "b.wav", "--transform", "a_law", "--out", "out") == 130
    assert capfd.readouterr().err == "spectrotools: interrupted.\n"
    phases = {f"a.phase-{phase}.wav" for phase in PHASES}
    assert set(os.listdir("out")) == {"a.a_law.wav", "b.a_law.wav", "report.html"} | phases


@pytest.mark.usefixtures("hears_ctrl_c")
def test_an_interruption_just_after_the_writing_says_no_more_than_it_knows(work, monkeypatch):
    def printing(run, folder):
        raise KeyboardInterrupt

    monkeypatch.setattr("spectrotools.report.terminal.print_table", printing)
    assert resynth("a.wav", "--transform", "a_law", "--out", "out") == 130
    assert "report.html" in os.listdir("out")


def test_what_is_ignored_stays_ignored(work, monkeypatch):
    def hung_up(self, block, state):
        signal.raise_signal(signal.SIGHUP)
        return step(self, block, state)

    step = streamed.CodeRoundTrip.step
    monkeypatch.setattr(streamed.CodeRoundTrip, "step", hung_up)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert resynth("a.wav", "--transform", "a_law", "--out", "out") == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_an_interruption_while_the_program_is_imported_is_no_traceback(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Stop:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'argparse': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Stop())\n"
    )
    paths = os.pathsep.join([str(tmp_path), environment()["PYTHONPATH"]])
    code = "import sys; from spectrotools.__main__ import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment() | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (130, "spectrotools: interrupted.\n")


@pytest.mark.usefixtures("hears_ctrl_c")
def test_ctrl_c_cleans_up_and_a_terminal_has_a_bar(work):
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, (48000 * 120, 2))
    soundfile.write("long.wav", noise, 48000)
    terminal, stderr = pty.openpty()
    termios.tcsetwinsize(stderr, (24, 80))
    process = subprocess.Popen(
        [sys.executable, "-m", "spectrotools", "resynth", "long.wav", "b.wav", "--out", "out"],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=stderr,
    )
    os.close(stderr)
    deadline = time.monotonic() + 60
    while not list(Path("out").glob(".unfinished-*/*.wav")) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    shown = os.read(terminal, 100_000).decode()
    os.close(terminal)
    assert (process.returncode, out) == (130, b"")
    assert re.search(r"long stft +\d+% \|.*\|", shown)
    assert shown.endswith("spectrotools: interrupted; nothing was written.\r\n")
    assert not re.search("Traceback|oneDNN", shown)
    assert sorted(os.listdir()) == ["a.wav", "b.wav", "long.wav"]


@pytest.mark.usefixtures("hears_ctrl_c")
def test_an_error_that_an_interruption_became_is_one():
    def interrupted() -> None:
        error = RuntimeError("made of an interruption")
        error.add_note("nothing was written")
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise error from None

    def failing() -> None:
        raise RuntimeError("made of nothing")

    with pytest.raises(KeyboardInterrupt) as raised:
        stoppable()(interrupted)()
    assert raised.value.__notes__ == ["nothing was written"]
    with pytest.raises(RuntimeError, match="made of nothing"):
        stoppable()(failing)()


def test_a_process_that_is_killed_says_by_what():
    killed = ("die", signal.SIGKILL)
    outcomes = dict(share_out(job, [killed, ("square", 3)], 2, nothing))
    died = "the process that measured it was killed by signal 9; memory may have run out."
    assert outcomes == {killed: Failed(died), ("square", 3): 9}


@pytest.mark.usefixtures("hears_ctrl_c")
def test_processes_hear_no_terminal_and_can_be_told_to_end():
    outcomes = dict(share_out(job, [("deaf", number) for number in STOPPING], 2, nothing))
    ignoring = {number: outcomes["deaf", number] for number in STOPPING}
    assert ignoring == {number: (number != signal.SIGTERM, set()) for number in STOPPING}
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == set()


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """A directory with two folders of twelve sounds, half a second each."""
    monkeypatch.chdir(tmp_path)
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 4000)
    for folder in ("r", "g"):
        os.mkdir(folder)
        for number in range(12):
            soundfile.write(f"{folder}/{number:02}.wav", noise, 8000)


@pytest.mark.usefixtures("folders", "hears_ctrl_c")
@pytest.mark.parametrize("number", STOPPING)
def test_an_interrupted_evaluation_goes_on_from_where_it_was(capfd, monkeypatch, number):
    def interrupted(pair, evaluation):
        measured.append(pair.name)
        if pair.name == "05":
            signal.raise_signal(number)
        return LOUD

    measured: list[str] = []
    monkeypatch.setattr(comparisons, "measure", interrupted)
    command = ["evaluate", "r", "g", "--metric", "snr", "--out", "out", "--jobs", "1"]
    assert cli.main(command) == 130
    out, err = capfd.readouterr()
    assert out == ""
    told = "interrupted; 5 of 12 pairs measured, and the same command goes on from there"
    assert err == f"spectrotools: {told}.\n"
    assert os.listdir("out") == [JOURNAL]
    monkeypatch.setattr(comparisons, "measure", lambda *_, **__: measured.append("") or LOUD)
    assert cli.main(command) == 0
    assert measured == ["00", "01", "02", "03", "04", "05", *[""] * 7]
    assert set(os.listdir("out")) == {JOURNAL, *EVALUATION}


@pytest.mark.slow
@pytest.mark.usefixtures("folders", "hears_ctrl_c")
def test_ctrl_c_ends_all_processes_of_an_evaluation():
    command = [sys.executable, "-m", "spectrotools", "evaluate", "r", "g", "--out", "out"]
    process = subprocess.Popen(
        [*command, "--jobs", "2"],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while not Path("out", JOURNAL).exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    out, err = process.communicate(timeout=100)  # it ends when the last one closes them
    assert (process.returncode, out) == (130, "")
    told = r"interrupted; \d+ of 12 pairs measured, and the same command goes on from there"
    assert re.fullmatch(rf"spectrotools: {told}\.\n", err)
    assert os.listdir("out") == [JOURNAL]


@pytest.mark.usefixtures("folders")
def test_a_full_disk_after_the_measuring_leaves_what_is_measured(capfd, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("spectrotools.report.evaluation_results.write_table", full)
    command = ["evaluate", "r", "g", "--metric", "snr", "--out", "out", "--jobs", "1"]
    assert cli.main(command) == 2
    assert capfd.readouterr().err == "spectrotools: out: No space left on device.\n"
    assert os.listdir("out") == [JOURNAL]


def in_bash(line: str) -> subprocess.CompletedProcess:
    line = line.replace("spectrotools", f"{sys.executable} -m spectrotools")
    return subprocess.run(
        ["bash", "-c", line], env=environment(), capture_output=True, text=True, timeout=60
    )


def test_a_reader_that_leaves_early_is_no_error(work):
    done = in_bash("set -o pipefail; spectrotools configs | true")
    assert (done.returncode, done.stderr) == (0, "")


def test_what_cannot_be_printed_is_told(work):
    done = in_bash("spectrotools compare a.wav a.wav > /dev/full")
    message = "spectrotools: standard output: No space left on device.\n"
    assert (done.returncode, done.stderr) == (2, message)


def test_a_closed_output_is_no_error(work):
    done = in_bash("spectrotools compare a.wav a.wav >&-")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_full_disk_is_named_by_the_folder(tmp_path):
    def fill():
        with staged(tmp_path / "out"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(OSError, match="No space") as caught:
        fill()
    assert caught.value.filename == str(tmp_path / "out")
