"""The command line, in this process where possible: a right answer or one clear sentence."""

import errno
import json
import os
import pty
import re
import resource
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

import spectrotools
from spectrotools import cli
from spectrotools.report import output, streamed

PATH = str(Path(spectrotools.__file__).parents[1])


@pytest.fixture
def work(tmp_path, monkeypatch) -> Path:
    """A directory with two short recordings."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for name, shape in (("a.wav", (3000, 2)), ("b.wav", (2500, 1))):
        soundfile.write(name, 0.1 * rng.normal(size=shape), 8000, subtype="PCM_16")
    return tmp_path


def resynth(*arguments: str) -> int:
    return cli.main(["resynth", *arguments])


def fails(capfd, message: str, *arguments: str, code: int = 2) -> None:
    """Check that a command writes one sentence to stderr, and nothing else anywhere."""
    before = sorted(os.walk("."))
    try:
        returned = cli.main([*arguments])
    except SystemExit as leaving:
        returned = leaving.code
    out, err = capfd.readouterr()
    assert returned == code
    assert out == ""
    assert re.fullmatch(rf"spectrotools: {message}\n", err), err
    assert sorted(os.walk(".")) == before


def run(*arguments: str, **settings) -> subprocess.CompletedProcess:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TF_")}
    return subprocess.run(
        [sys.executable, "-m", "spectrotools", *arguments],
        env=environment | {"PYTHONPATH": PATH},
        capture_output=True,
        text=True,
        timeout=120,
        **settings,
    )


def test_help_names_every_transform_without_tensorflow():
    code = (
        "import sys\nfrom spectrotools.cli import main\n"
        "for arguments in (['--help'], ['resynth', '--help'], ['compare', '--help']):\n"
        "    try: main(arguments)\n    except SystemExit as leaving: assert leaving.code == 0\n"
        "assert not {'tensorflow', 'numpy', 'gin', 'matplotlib', 'soundfile'} & set(sys.modules)\n"
    )
    environment = os.environ | {"PYTHONPATH": PATH, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    for word in ("stft", "mu_law", "g711_mu", "a_law", "linear", "examples:", "--overwrite"):
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
    stft = r"stft +1[2-4]\d\.\d +0\.0 +-1[2-4]\d\.\d +64062 +\d+  out/a.stft.wav"
    assert re.fullmatch(stft, lines[2])
    assert lines[-1] == "report: out/report.html"
    written = {"a.stft.wav", "b.stft.wav", "report.html"}
    phases = {f"a.phase-{phase}.wav" for phase in ("original", "random", "zero", "other")}
    assert set(os.listdir("out")) == written | phases


@pytest.mark.parametrize("rate", [8000, 22050, 44100, 48000])
@pytest.mark.parametrize(
    ("name", "subtype", "channels"),
    [
        ("a.wav", "PCM_16", 1),
        ("a.wav", "PCM_24", 2),
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
        ("empty", r"empty must hold audio; got 'an empty file'\."),
        ("text", r"text is not audio that can be read \(WAV, FLAC, OGG, MP3, \.\.\.\): .*\."),
        ("none.wav", r"none\.wav must hold at least one sample; got 0\."),
        ("nan.wav", r"nan\.wav must hold finite .* sample 12345 \(at 1\.543125 s\) is nan\."),
        ("inf.wav", r"inf\.wav must hold finite .* sample 12345 \(at 1\.543125 s\) is inf\."),
        ("cut.wav", r"cut\.wav is truncated: its header promises 80000 bytes .*\."),
        ("cut.flac", r"cut\.flac is damaged or truncated: .*\."),
        ("cut.mp3", r"cut\.mp3 is truncated: its header promises 2\.50 s .*\."),
    ],
)
def test_bad_input_is_one_clear_sentence(work, capfd, name, message):
    damaged(name)
    fails(capfd, message, "resynth", "a.wav", name, "--out", "out")
    fails(capfd, message, "compare", name, "a.wav")


def test_a_forbidden_input_is_one_clear_sentence(work, capfd):
    os.chmod("a.wav", 0)
    if os.geteuid() == 0:  # root may read everything
        os.chmod(work, 0o755)
        os.seteuid(65534)
    try:
        fails(capfd, r"a\.wav: Permission denied\.", "resynth", "a.wav", "--out", "out")
    finally:
        if os.getuid() == 0:
            os.seteuid(0)


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        (r"give either one INPUT or more, or --demo\.", ["resynth", "--out", "out"]),
        (r"give either one INPUT .*", ["resynth", "a.wav", "--demo", "--out", "out"]),
        (
            r"transform must be one of stft, mu_law, g711_mu, a_law, linear or all; got 'sfft'\.",
            ["resynth", "a.wav", "--transform", "sfft", "--out", "out"],
        ),
        (r"the following arguments are required: --out\. See 'spectrotools resynth --help'\.",
         ["resynth", "a.wav"]),
        (r"argument COMMAND: invalid choice: 'resint'.*", ["resint"]),
        (r"b\.wav is a file; --out must name a directory\.",
         ["resynth", "a.wav", "--out", "b.wav"]),
        (r"--set 'STFT\.nfft = 1': .* 'nfft'\.",
         ["resynth", "a.wav", "b.wav", "--out", "out", "--set", "STFT.nfft = 1"]),
        (r"mu_law\.bits set, but nothing in this run uses it: .*",
         ["resynth", "a.wav", "b.wav", "--transform", "stft", "--out", "out",
          "--set", "mu_law.bits = 4"]),
        (r"hop_length must be an integer in \[1, 2048\]; got 0\.",
         ["resynth", "a.wav", "b.wav", "--out", "out", "--set", "hop_length = 0"]),
        (r"bits must be an integer in \[1, 16\]; got 99\.",
         ["resynth", "a.wav", "b.wav", "--out", "out", "--set", "mu_law.bits = 99"]),
        (r"clip_seconds must be above 0; got -1\.",
         ["resynth", "a.wav", "b.wav", "--out", "out", "--set", "Report.clip_seconds = -1"]),
        (r"settings: .*an undefined %macro.*",
         ["resynth", "a.wav", "b.wav", "--out", "out", "--set", "STFT.n_fft = %nothing"]),
        (r"gin must be the path of a \.gin file or one of .*resynth.*; got 'nope'\.",
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


def test_a_limit_on_file_size_leaves_nothing_behind(work):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    done = run("resynth", "a.wav", "b.wav", "--out", "out", preexec_fn=limit)
    assert done.returncode == 2
    assert re.fullmatch(r"spectrotools: .*: File too large\.\n", done.stderr)
    assert sorted(os.listdir()) == ["a.wav", "b.wav"]


@pytest.fixture
def hears_ctrl_c():
    """What a shell runs in the background ignores Ctrl-C, and so does all that it starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("hears_ctrl_c")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_leaves_nothing_behind(work, capfd, monkeypatch, number):
    def interrupted(self, block, state):
        signal.raise_signal(number)

    monkeypatch.setattr(streamed.CodeRoundTrip, "step", interrupted)
    arguments = ["resynth", "a.wav", "b.wav", "--out", "deep/out"]
    fails(capfd, r"interrupted; nothing was written\.", *arguments, code=130)


def test_a_fault_of_our_own_is_no_traceback_unless_asked(work, capfd, monkeypatch):
    def faulty(self, block, state):
        raise TypeError("oops")

    monkeypatch.setattr(streamed.CodeRoundTrip, "step", faulty)
    arguments = ["resynth", "a.wav", "b.wav", "--out", "out"]
    message = r"something is wrong inside spectrotools: TypeError\('oops'\)\."
    fails(capfd, message, *arguments, code=1)
    assert cli.main([*arguments, "--traceback"]) == 1
    assert "Traceback (most recent call last)" in capfd.readouterr().err


@pytest.mark.usefixtures("hears_ctrl_c")
def test_ctrl_c_cleans_up_and_a_terminal_has_a_bar(work):
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, (48000 * 120, 2))
    soundfile.write("long.wav", noise, 48000)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TF_")}
    terminal, stderr = pty.openpty()
    termios.tcsetwinsize(stderr, (24, 80))
    process = subprocess.Popen(
        [sys.executable, "-m", "spectrotools", "resynth", "long.wav", "b.wav", "--out", "out"],
        env=environment | {"PYTHONPATH": PATH},
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


def test_a_reader_that_leaves_early_is_no_error(work):
    done = subprocess.run(
        [
            "bash",
            "-c",
            f"set -o pipefail; {sys.executable} -m spectrotools configs | true; "
            f"{sys.executable} -m spectrotools compare a.wav a.wav > /dev/full",
        ],
        env=os.environ | {"PYTHONPATH": PATH},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stderr == "spectrotools: output: No space left on device.\n"


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


def test_one_input_borrows_the_phase_of_a_recording_that_comes_along(work):
    assert resynth("b.wav", "--transform", "a_law", "--out", "out") == 0
    page = Path("out/report.html").read_text(encoding="utf-8")
    names = [path.name for path in Path(spectrotools.__file__).parent.glob("recordings/*.flac")]
    assert any(f"{name}, whose phase is borrowed" in page for name in names)


def test_the_demonstration_is_of_the_recordings_that_come_along(work, capsys):
    assert resynth("--demo", "--transform", "a_law", "--out", "demo") == 0
    folder = Path(spectrotools.__file__).parent / "recordings"
    for path in folder.glob("*.flac"):
        source, result = soundfile.info(path), soundfile.info(f"demo/{path.stem}.a_law.wav")
        assert (result.frames, result.channels) == (source.frames, source.channels)
    assert "demo/speech.phase-random.wav" in capsys.readouterr().out
