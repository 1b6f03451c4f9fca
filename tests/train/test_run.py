"""A run from its configuration, by the command line too."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import gin
import tests.train.registered
from spectrotools import cli
from spectrotools.train import run as runs
from spectrotools.train.checkpoints import Checkpoints
from spectrotools.train.loop_settings import LoopSettings
from tests.report.commands import environment, fails
from tests.train.small import Gain, Noise, assert_same

CONFIG = """
Training.model = @Gain()
Training.source = @Noise()
Gain.units = %units
units = 3
train.steps = 4
train.batch_size = 2
"""


@pytest.fixture(autouse=True)
def forget():
    assert tests.train.registered.Gain is Gain
    yield
    gin.clear_config()


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    """Leave the determinism of this very process as it is, for there is no way back."""
    monkeypatch.setattr(runs.tf.config.experimental, "enable_op_determinism", lambda: None)


@pytest.fixture
def config(tmp_path, monkeypatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("small.gin").write_text(CONFIG)
    return "small.gin"


def command(*arguments: str) -> list[str]:
    return ["train", "--config", "small.gin", "--run", "out", *arguments]


def test_what_a_configuration_names_is_built(config):
    training, settings, text = runs.build_training([config], ["train.seed = 3"])
    assert training.model.hidden.units == 3
    assert isinstance(training.source, Noise)
    assert settings == LoopSettings(steps=4, batch_size=2, seed=3)
    assert "Gain.units = %units" in text


def test_the_packaged_base_says_what_the_defaults_are(config):
    _, settings, _ = runs.build_training(
        [config], ["train.steps = 30000", "train.batch_size = 16"]
    )
    assert settings == LoopSettings(steps=30000)


def test_weights_begin_by_the_seed(config):
    def kernels(seed: int) -> list[np.ndarray]:
        training, _, _ = runs.build_training([config], [f"train.seed = {seed}"])
        training.model.gain.kernel_initializer = "glorot_uniform"
        training.model(Noise().batch(1, 0, 0))
        return [training.model.gain.kernel.numpy()]

    assert_same(kernels(1), kernels(1))
    assert np.any(kernels(1)[0] != kernels(2)[0])


def test_the_command_trains_and_goes_on(config, capsys):
    assert cli.main(command()) == 0
    assert capsys.readouterr().out.startswith("out: 4 steps, loss ")
    assert sorted(os.listdir("out"))[:2] == ["checkpoints", "config.gin"]
    assert cli.main(command("--set", "train.steps = 6")) == 0
    assert capsys.readouterr().out.startswith("out: 6 steps, loss ")
    whole = ["train", "--config", config, "--run", "whole", "--set", "train.steps = 6"]
    assert cli.main(whole) == 0
    ends = [Checkpoints(Path(name, "checkpoints")).newest() for name in ("out", "whole")]
    assert_same(ends[0].arrays, ends[1].arrays)
    assert "train.steps = 6" in Path("out/config.gin").read_text()


def test_a_folder_with_another_run_is_refused(config, capfd):
    assert cli.main(command()) == 0
    capfd.readouterr()
    kept = Path("out/config.gin").read_text()
    message = (
        r"out holds a run of other settings: train\.batch_size = 2 there, and 3 here; keep "
        r"them, or name another --run\."
    )
    fails(capfd, message, *command("--set", "train.batch_size = 3"))
    assert Path("out/config.gin").read_text() == kept


def test_data_is_what_the_configuration_makes_of_it(config, capfd):
    Path("small.gin").write_text(CONFIG + "Noise.missing = %data\n")
    training, _, text = runs.build_training([config], data=Path("some"))
    assert training.source.missing == str(Path("some").resolve())
    assert "data = " in text
    Path("some").mkdir()
    fails(capfd, r"--data must name what exists; got 'none'\.", *command("--data", "none"))
    fails(capfd, r"small\.gin \(line 8\): %data is not set; --data sets it\.", *command())
    Path("small.gin").write_text(CONFIG)
    fails(
        capfd, r"--data: data set, but nothing in this run uses it: .*", *command("--data", "some")
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Training.modell = 3", r"small\.gin: .*; the nearest name is 'model' \(line 9\)\."),
        ("trian.steps = 3", r"small\.gin: .*'trian'; the nearest name is 'train' \(line 9\)\."),
        ("train.step = 3", r"small\.gin: .*'step'; the nearest name is 'steps' \(line 9\)\."),
        ("train.learning_rte = 3", r"small\.gin: .* is 'learning_rate' \(line 9\)\."),
        ("\ntrain.keep = ", r"small\.gin: Unable to parse value \(line 10\)\."),
        ("import os", r"small\.gin \(line 9\): a configuration may import nothing outside "
         r"spectrotools unless --allow-imports is given; got 'os'\."),
        ("from __gin__ import dynamic_registration", r"small\.gin \(line 9\): .*'__gin__.*"),
        ("include 'none.gin'", r"small\.gin \(line 9\): there is no file 'none\.gin' .*"),
        ("include 'small.gin'", r"small\.gin \(line 9\): 'small\.gin' includes itself\."),
        ("include 'inner.gin'", r"inner\.gin \(line 2\): a configuration may import .*'os'\."),
        ("train.steps = 0", r"steps must be an integer of at least 1; got 0\."),
        ("unit = 3", r"small\.gin \(line 9\): unit set, but nothing in this run uses it: .*; the "
         r"nearest name is 'units'\."),
        ("a/Gain.noise = 3", r"small\.gin \(line 9\): a/Gain\.noise set, but nothing in .*"),
        ("Gain.noise = %unit",
         r"small\.gin \(line 9\): %unit is not set; the nearest name is 'units'\."),
    ],
)  # fmt: skip
def test_a_fault_of_a_configuration_is_one_clear_sentence(config, capfd, text, message):
    Path("inner.gin").write_text("\nimport os\n")
    Path("small.gin").write_text(CONFIG + "\n" + text + "\n")
    fails(capfd, message, *command())


def test_imports_run_if_allowed(config, capfd):
    Path("small.gin").write_text("import tests.train.registered\n" + CONFIG)
    fails(capfd, r"small\.gin \(line 1\): .*'tests\.train\.registered'\.", *command())
    assert cli.main(command("--allow-imports")) == 0


def test_an_include_is_found_where_the_file_is_and_comes_in_its_place(config):
    Path("deep").mkdir()
    Path("deep/outer.gin").write_text("train.steps = 7\ninclude 'inner.gin'\ntrain.seed = 9\n")
    Path("deep/inner.gin").write_text("train.steps = 8\ntrain.seed = 8\n")
    _, settings, _ = runs.build_training([config, "deep/outer.gin"])
    assert (settings.steps, settings.seed) == (8, 9)


def test_a_run_of_the_command_is_deterministic_and_quiet_in_a_pipe(config):
    Path("small.gin").write_text("import tests.train.registered\n" + CONFIG)
    done = subprocess.run(
        [sys.executable, "-m", "spectrotools", *command("--allow-imports")],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("out: 4 steps, loss ")
