"""The command line, in this process where possible: a right answer or one clear sentence."""

import errno
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

import spectrotools
from spectrotools import cli
from spectrotools.report import output, streamed
from spectrotools.report.names import PHASES
from tests.report.commands import PATH, fails, resynth, run, two_recordings


@pytest.fixture
def work(tmp_path, monkeypatch) -> Path:
    """A directory with two short recordings."""
    monkeypatch.chdir(tmp_path)
    two_recordings()
    return tmp_path


def test_help_names_every_transform_without_tensorflow():
    code = (
        "import sys\nfrom spectrotools.cli import main\n"
        "for arguments in (['--help'], ['resynth', '--help'], ['compare', '--help'],"
        "                  ['evaluate', '--help'], ['train', '--help']):\n"
        "    try: main(arguments)\n    except SystemExit as leaving: assert leaving.code == 0\n"
        "assert not {'tensorflow', 'numpy', 'gin', 'matplotlib', 'soundfile'} & set(sys.modules)\n"
    )
    environment = os.environ | {"PYTHONPATH": PATH, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    for word in (
        "stft",
        "g711_mu",
        "linear",
        "examples:",
        "--overwrite",
        "f0_rmse",
        "--no-pitch",
        "--allow",
    ):
        assert word in done.stdout


def test_version(capsys):
    with pytest.raises(SystemExit) as leaving:
        cli.main(["--version"])
    assert leaving.value.code == 0
    assert capsys.readouterr().out == f"spectrotools {spectrotools.__version__}\n"


def test_a_run_prints_its_table_and_is_quiet_in_a_pipe(work):
    done = run("resynth", "a.wav", "b.wav", "--transform", "stft", "--out", "out")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "a.wav: 0.38 s at 8000 Hz"
    stft = r"stft +1[2-4]\d\.\d +0\.0 +-1[2-4]\d\.\d +64,062 +- +[\d.,]+  out/a.stft.wav"
    assert re.fullmatch(stft, lines[2])
    heading = "a.wav: 0.00 to 0.38 s, its magnitudes under five phases"
    phases = lines[lines.index(heading) + 2 : -1]
    assert [line.split()[:2] for line in phases] == [[phase, "phase"] for phase in PHASES]
    assert lines[-1] == "report: out/report.html"
    written = {"a.stft.wav", "b.stft.wav", "report.html"}
    phases = {f"a.phase-{phase}.wav" for phase in PHASES}
    assert set(os.listdir("out")) == written | phases


@pytest.mark.parametrize("rate", [8000, 22050, 44100, 48000])
@pytest.mark.parametrize(
    ("name", "subtype", "channels"),
    [
        ("a.wav", "PCM_16", 1),
        ("a.wav", "PCM_U8", 1),
        ("a.wav", "PCM_24", 2),
        ("a.wav", "PCM_32", 1),
        ("a.wav", "FLOAT", 6),
        ("a.flac", "PCM_16", 2),
        ("a.ogg", "VORBIS", 2),
        ("a.mp3", "MPEG_LAYER_III", 1),
    ],
)
def test_every_kind_of_file_comes_back_as_it_was(work, rng, rate, name, subtype, channels):
    audio = rng.uniform(-0.5, 0.5, (6000, channels))
    soundfile.write(f"in-{name}", audio, rate, subtype=subtype)
    arguments = ["--transform", "stft", "--set", "Report.clip_seconds = 0.05", "--out", "out"]
    assert resynth(f"in-{name}", "b.wav", *arguments) == 0
    original, _ = soundfile.read(f"in-{name}", always_2d=True)
    result, got = soundfile.read("out/in-a.stft.wav", always_2d=True)
    assert (got, result.shape) == (rate, original.shape)
    error = np.abs(result - original).max() / np.abs(original).max()
    assert error < 2e-6


@pytest.mark.parametrize(
    ("rate", "channels"), [(96000, 2), (192000, 1), (384000, 2), (48000, 12), (1, 1), (2999, 1)]
)
def test_any_rate_and_number_of_channels_comes_back(work, rng, rate, channels):
    soundfile.write("in.wav", rng.uniform(-0.5, 0.5, (5000, channels)), rate, subtype="FLOAT")
    assert resynth("in.wav", "--transform", "stft", "--out", "out") == 0
    original, _ = soundfile.read("in.wav", always_2d=True)
    result, got = soundfile.read("out/in.stft.wav", always_2d=True)
    assert (got, result.shape) == (rate, original.shape)
    assert np.abs(result - original).max() < 1e-6
    page = Path("out/report.html").read_text(encoding="utf-8")
    assert ("browsers play nothing below 3,000 Hz" in page) == (rate < 3000)
    assert page.count("<audio ") == (0 if rate < 3000 else 2 + 6)


@pytest.mark.parametrize("length", [1, 2, 100, 2047])
def test_what_is_shorter_than_a_window_comes_back(work, length):
    audio = np.linspace(-1.5, 1.5, length, dtype=np.float32)
    soundfile.write("short.wav", audio, 44100, subtype="FLOAT")
    assert resynth("short.wav", "b.wav", "--out", "out") == 0
    for name, worst in (("stft", 2e-6), ("linear", 0.51)):
        result, _ = soundfile.read(f"out/short.{name}.wav", dtype="float32")
        np.testing.assert_allclose(result, audio, atol=worst)


def test_silence_comes_back_and_has_distances(work, capsys):
    soundfile.write("silence.wav", np.zeros((5000, 2)), 16000)
    assert resynth("silence.wav", "b.wav", "--out", "out") == 0
    table = capsys.readouterr().out
    assert re.search(r"stft +inf +0\.0 +-inf", table)
    assert re.search(r"mu_law +-inf +[\d.]+ +inf", table)
    assert np.all(soundfile.read("out/silence.stft.wav")[0] == 0)


def test_two_inputs_of_one_name_do_not_collide(work):
    os.mkdir("other")
    soundfile.write("other/a.flac", np.zeros(500), 8000)
    assert resynth("a.wav", "other/a.flac", "--transform", "a_law", "--out", "out") == 0
    assert soundfile.info("out/a.a_law.wav").frames == 3000
    assert soundfile.info("out/a-2.a_law.wav").frames == 500


def test_the_same_run_gives_the_same_sounds(work):
    for out in ("one", "two"):
        assert resynth("a.wav", "b.wav", "--out", out) == 0
    for name in os.listdir("one"):
        if name.endswith(".wav"):
            assert Path("one", name).read_bytes() == Path("two", name).read_bytes()


def test_nothing_is_overwritten_unasked(work, capfd):
    os.mkdir("out")
    Path("out/report.html").write_text("mine")
    arguments = ["resynth", "a.wav", "b.wav", "--transform", "linear", "--out", "out"]
    fails(capfd, r"out/report\.html exists; give --overwrite to replace it\.", *arguments)
    assert Path("out/report.html").read_text() == "mine"
    assert cli.main([*arguments, "--overwrite"]) == 0
    assert Path("out/report.html").read_text().startswith("<!DOCTYPE html>")


def test_a_run_that_cannot_be_finished_leaves_old_results_alone(work, capfd):
    os.makedirs("out/report.html")
    Path("out/a.linear.wav").write_text("old")
    arguments = ["resynth", "a.wav", "--transform", "linear", "--out", "out", "--overwrite"]
    fails(capfd, r"out/report\.html is no file, and in the way; use another --out\.", *arguments)
    assert Path("out/a.linear.wav").read_text() == "old"


def test_an_input_is_never_overwritten(work, capfd):
    os.rename("b.wav", "a.linear.wav")
    arguments = ["resynth", "a.wav", "a.linear.wav", "--transform", "linear", "--out", "."]
    message = r"a\.linear\.wav is an input and would be lost; use another --out\."
    fails(capfd, message, *arguments, "--overwrite")


def damaged(name: str) -> str:
    """Make one bad input."""
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, (20000, 2))
    if name == "directory":
        os.mkdir(name)
    elif name == "empty":
        Path(name).touch()
    elif name == "text":
        Path(name).write_text("no sound in here\n" * 50)
    elif name == "none.wav":
        soundfile.write(name, np.zeros((0, 1)), 8000)
    elif name in ("nan.wav", "inf.wav"):
        noise[12345, 1] = float(name[:3])
        soundfile.write(name, noise, 8000, subtype="FLOAT")
    elif name.startswith("cut"):
        soundfile.write(name, noise, 8000)
        data = Path(name).read_bytes()
        Path(name).write_bytes(data[: len(data) // 2])
    return name


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing.wav", r"missing\.wav: No such file or directory\."),
        ("directory", r"directory: Is a directory\."),
        ("empty", r"empty must hold audio, and is an empty file\."),
        ("text", r"text is not audio that can be read \(WAV, FLAC, OGG, MP3, \.\.\.\): .*\."),
        (
            "none.wav",
            r"none\.wav must hold at least one sample; its header promises none; got 0\.",
        ),
        ("nan.wav", r"nan\.wav must hold finite .* sample 12345 \(at 1\.543125 s\) is nan\."),
        ("inf.wav", r"inf\.wav must hold finite .* sample 12345 \(at 1\.543125 s\) is inf\."),
        ("cut.wav", r"cut\.wav is truncated: its header promises 80000 bytes .*\."),
        ("cut.flac", r"cut\.flac is damaged or truncated: .*\."),
        ("cut.ogg", r"cut\.ogg is truncated: the last page of its OGG stream is not there\."),
        ("cut.mp3", r"cut\.mp3 is truncated: its header promises 2\.50 s .*\."),
    ],
)
def test_bad_input_is_one_clear_sentence(work, capfd, name, message):
    damaged(name)
    fails(capfd, message, "resynth", "a.wav", name, "--out", "out")
    fails(capfd, message, "compare", name, "a.wav")


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        (r"give either one INPUT or more, or --demo\.", ["resynth", "--out", "out"]),
        (r"give either one INPUT .*", ["resynth", "a.wav", "--demo", "--out", "out"]),
        (
            r"transform must be one of stft, cqt, .*, linear or all; got 'sfft'\.",
            ["resynth", "a.wav", "--transform", "sfft", "--out", "out"],
        ),
        (r"the following arguments are required: --out\. See 'spectrotools resynth --help'\.",
         ["resynth", "a.wav"]),
        (r"argument COMMAND: invalid choice: 'resint'.*", ["resint"]),
        (r"the following arguments are required: COMMAND\. See 'spectrotools --help'\.", []),
        (r"unrecognized arguments: --versoin\. See 'spectrotools --help'\.", ["--versoin"]),
        (r"argument --out: must name a path; got ''\. See .*",
         ["resynth", "a.wav", "--out", ""]),
        (r"argument INPUT: must name a path; got ''\. See .*", ["resynth", "", "--out", "out"]),
        (r"b\.wav is a file; --out must name a directory\.",
         ["resynth", "a.wav", "--out", "b.wav"]),
        (r"--set 'STFT\.nfft = 1': .* 'nfft'; the nearest name is 'n_fft'\.",
         ["resynth", "a.wav", "b.wav", "--out", "out", "--set", "STFT.nfft = 1"]),
        (r"--set 'mu_law\.bits = 4': mu_law\.bits set, but nothing in this run uses it: .*",
         ["resynth", "a.wav", "b.wav", "--transform", "stft", "--out", "out",
          "--set", "mu_law.bits = 4"]),
        (r"hop_length must be an integer in \[1, 2048\]; got 0\.",
         ["resynth", "a.wav", "b.wav", "--out", "out", "--set", "hop_length = 0"]),
        (r"bits must be an integer in \[1, 16\]; got 99\.",
         ["resynth", "a.wav", "b.wav", "--out", "out", "--set", "mu_law.bits = 99"]),
        (r"clip_seconds must be above 0 and finite; got -1\.",
         ["resynth", "a.wav", "b.wav", "--out", "out", "--set", "Report.clip_seconds = -1"]),
        (r"clip_seconds must be above 0 and finite; got 'x'\.",
         ["resynth", "a.wav", "b.wav", "--out", "out", "--set", "Report.clip_seconds = 'x'"]),
        (r"clip_seconds must be above 0 and finite; got inf\.",
         ["resynth", "a.wav", "b.wav", "--out", "out", "--set", "Report.clip_seconds = 1e400"]),
        (r"stft must be an STFT; got 5\.",
         ["resynth", "a.wav", "b.wav", "--out", "out", "--set", "Report.stft = 5"]),
        (r"transform must be an STFT; got 3\.",
         ["resynth", "a.wav", "b.wav", "--out", "out", "--set",
          "round_trips.stft.transform = 3"]),
        (r"transform must be an STFT; got CodeRoundTrip\(bits=8, .*\)\.",
         ["resynth", "a.wav", "b.wav", "--out", "out", "--set",
          "round_trips.stft.transform = @linear()"]),
        (r"--set 'include \"nothere\.gin\"': .*nothere\.gin.*",
         ["resynth", "a.wav", "b.wav", "--out", "out", "--set", 'include "nothere.gin"']),
        (r"--set 'STFT\.n_fft = %nothing': %nothing is not set\.",
         ["resynth", "a.wav", "b.wav", "--out", "out", "--set", "STFT.n_fft = %nothing"]),
        (r"a configuration must be the path of a \.gin file or one of .*resynth.*; got 'nope'\.",
         ["resynth", "a.wav", "b.wav", "--out", "out", "--gin", "nope"]),
        (r"b\.wav must have the channels of a\.wav, 2; got 1\.", ["compare", "a.wav", "b.wav"]),
    ],
)  # fmt: skip
def test_wrong_arguments_are_one_clear_sentence(work, capfd, message, arguments):
    fails(capfd, message, *arguments)


@pytest.mark.filterwarnings("default::UserWarning")
def test_a_warning_is_one_line_and_not_the_end(work, capfd):
    settings = ["--set", "n_fft = 512", "--set", "hop_length = 440"]
    assert resynth("a.wav", "b.wav", "--transform", "stft", "--out", "out", *settings) == 0
    lines = capfd.readouterr().err.splitlines()
    assert lines
    assert all(re.match("spectrotools: warning: hop_length=440 makes", line) for line in lines)


def test_a_full_disk_leaves_nothing_behind(work, capfd, monkeypatch):
    def full(self, block):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "out/a.stft.wav")

    monkeypatch.setattr(output.FloatWav, "write", full)
    message = r"out/a\.stft\.wav: No space left on device\."
    fails(capfd, message, "resynth", "a.wav", "b.wav", "--out", "out")


def test_a_fault_of_our_own_is_no_traceback_unless_asked(work, capfd, monkeypatch):
    def faulty(self, block, state):
        raise TypeError("oops")

    monkeypatch.setattr(streamed.CodeRoundTrip, "step", faulty)
    arguments = ["resynth", "a.wav", "b.wav", "--out", "out"]
    message = r"something is wrong inside spectrotools: TypeError\('oops'\)\."
    fails(capfd, message, *arguments, code=1)
    assert cli.main([*arguments, "--traceback"]) == 1
    assert "Traceback (most recent call last)" in capfd.readouterr().err


def test_compare_prints_a_table_or_json(work, capsys):
    sound, _ = soundfile.read("a.wav", always_2d=True)
    soundfile.write("louder.wav", sound * 1.1, 8000, subtype="DOUBLE")
    assert cli.main(["compare", "a.wav", "louder.wav"]) == 0
    table = capsys.readouterr().out
    assert re.search(r"^snr +20\.00 dB$", table, re.MULTILINE)
    assert re.search(r"^log spectral distance +0\.83 dB$", table, re.MULTILINE)
    assert cli.main(["compare", "a.wav", "a.wav", "--json"]) == 0
    expected = {
        "snr_db": "inf",
        "log_spectral_distance_db": 0.0,
        "spectral_convergence_db": "-inf",
    }
    assert json.loads(capsys.readouterr().out) == expected


def test_configs_lists_the_packaged_names(capsys):
    assert cli.main(["configs"]) == 0
    assert "resynth" in capsys.readouterr().out.split()


def test_configs_shows_what_can_be_set(capsys):
    assert cli.main(["configs", "resynth"]) == 0
    shown = capsys.readouterr().out
    for setting in ("n_fft = 2048", "mu_law.bits = 8", "Report.clip_seconds = 10.0"):
        assert f"\n{setting}\n" in shown
    assert cli.main(["configs", "resinth"]) == 2


def test_one_input_borrows_the_phase_of_the_speech_that_comes_along(work):
    assert resynth("b.wav", "--transform", "a_law", "--out", "out") == 0
    page = Path("out/report.html").read_text(encoding="utf-8")
    assert "speech.flac, whose phase is borrowed" in page


def test_the_demonstration_is_of_the_recordings_that_come_along(work, capsys):
    assert resynth("--demo", "--transform", "a_law", "--out", "demo") == 0
    folder = Path(spectrotools.__file__).parent / "recordings"
    for path in folder.glob("*.flac"):
        source, result = soundfile.info(path), soundfile.info(f"demo/{path.stem}.a_law.wav")
        assert (result.frames, result.channels) == (source.frames, source.channels)
    assert "demo/speech.phase-random.wav" in capsys.readouterr().out
