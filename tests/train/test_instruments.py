"""Every packaged configuration: what trains is built, and trained for two steps."""

import numpy as np
import pytest
import soundfile

import gin
from spectrotools import cli
from spectrotools.report.evaluation import Evaluation
from spectrotools.report.round_trips import ROUND_TRIPS, select
from spectrotools.train import configs
from spectrotools.train import run as runs
from spectrotools.train.checkpoints import Checkpoints
from spectrotools.train.held_out import HeldOut
from spectrotools.train.instruments import ddsp_autoencoder
from spectrotools.train.settings import build_evaluation, build_resynth, build_run_evaluation
from spectrotools.train.trained_model import load_model

# What others include, and what a command begins with; 'optimization/base' is under all training.
PARTS = {"datasets/folder", "models/ddsp"}
BASES = {"resynth", "evaluate", "eval/run", "optimization/base"}
NAMES = sorted(set(configs.names()) - PARTS - BASES)


@pytest.fixture(autouse=True)
def forget(monkeypatch):
    """Leave determinism and gin as they are, for the first knows no way back."""
    monkeypatch.setattr(runs.tf.config.experimental, "enable_op_determinism", lambda: None)
    yield
    gin.clear_config()


def test_the_published_sizes_are_packaged():
    models = {"solo", "tiny", "z", "dilated", "midi", "sinusoidal"}
    papers = {"solo_instrument", "tiny_instrument", "nsynth_ae"}
    expected = {f"models/ddsp_{name}" for name in models} | {"models/inverse_synthesis"}
    assert expected | {f"papers/iclr2020/{name}" for name in papers} == set(NAMES)


def test_what_commands_begin_with_is_built():
    evaluation, _ = build_evaluation()
    assert evaluation == Evaluation()
    held_out, evaluation, _ = build_run_evaluation()
    assert (held_out, evaluation) == (HeldOut(), Evaluation())
    trips, report, _ = build_resynth(select(["all"]))
    assert list(trips) == list(ROUND_TRIPS)
    assert report.stft.n_fft == 2048


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_what_trains_trains_on_a_folder_of_recordings(name, tmp_path):
    whole = name.startswith(("models/", "papers/"))
    chosen = ["--config", name] if whole else ["--config", "models/ddsp_tiny", "--config", name]
    time = np.arange(5 * 16000) / 16000
    tone = 0.2 * sum(np.sin(2 * np.pi * 220 * k * time) / k for k in range(1, 6))
    (tmp_path / "recordings").mkdir()
    soundfile.write(tmp_path / "recordings" / "tone.wav", tone, 16000)
    folders = ["--data", str(tmp_path / "recordings"), "--run", str(tmp_path / "run")]
    few = ["train.steps = 2", "train.batch_size = 1", "train.log_every = 1"]
    settings = [part for binding in few for part in ("--set", binding)]
    assert cli.main(["train", *chosen, *folders, *settings]) == 0
    checkpoints = sorted(path.name for path in (tmp_path / "run" / "checkpoints").iterdir())
    assert checkpoints[-1] == "step-000000002"
    first, last = (
        (tmp_path / "run" / "checkpoints" / each / "variables.bin").read_bytes()
        for each in (checkpoints[0], checkpoints[-1])
    )
    assert first != last
    checkpoint = Checkpoints(tmp_path / "run" / "checkpoints").newest()
    variables = load_model(tmp_path / "run").variables
    for variable, array in zip(variables, checkpoint.arrays[: len(variables)], strict=True):
        np.testing.assert_array_equal(variable, array)


def test_a_hop_that_is_no_whole_number_is_refused():
    with pytest.raises(ValueError, match="frame_rate must divide sample_rate=16000; got 300"):
        ddsp_autoencoder("tiny", 16000, 300)
