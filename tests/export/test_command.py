"""``spectrotools export``, of a run whose recordings are gone."""

import json
import shutil

import numpy as np
import pytest
import soundfile
import tensorflow as tf

import gin
from spectrotools import cli
from spectrotools.export.playing import play_lite
from spectrotools.train import run as runs
from spectrotools.train.loop import train
from spectrotools.train.trained_model import load_model
from tests.report.commands import fails

RATE = 16000


@pytest.fixture(autouse=True)
def forget():
    yield
    gin.clear_config()


def trained(folder, *settings):
    """A run of one step."""
    data = folder / "data"
    data.mkdir()
    time = np.arange(RATE) / RATE
    soundfile.write(data / "tone.wav", 0.1 * np.sin(2 * np.pi * 220.0 * time), RATE)
    bindings = ["train.steps = 1", *settings]
    training, _, text = runs.build_training(["models/ddsp_tiny"], bindings, data)
    runs.claim(folder, text)
    train(training.model, training.source, folder, 1, batch_size=1)
    gin.clear_config()
    shutil.rmtree(data)
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("run"))


def test_what_a_run_has_learnt_plays_elsewhere(run, tmp_path, capsys):
    out = tmp_path / "new" / "violin.tflite"
    arguments = ["export", "--run", str(run), "--format", "tflite", "--block", "4"]
    assert cli.main([*arguments, "--out", str(out)]) == 0
    told = capsys.readouterr().out
    assert told == f"{out}: f0_hz, loudness_db to sound at 16000 Hz, 4 ms late\n"
    assert json.loads((out.parent / "violin.tflite.json").read_text())["block_frames"] == 4
    clip = {"f0_hz": np.full(30, 440.0), "loudness_db": np.full(30, -10.0)}
    batch = {name: tf.constant(value[None], tf.float32) for name, value in clip.items()}
    model = load_model(run)
    outputs = model(batch)
    seed = model.processor_group.processors[1]._next_seed().numpy() - [0, 1]
    sound = play_lite(out, clip, seed=tuple(seed))
    wanted = outputs["audio"][0].numpy()
    assert np.max(np.abs(wanted)) > 0.01
    np.testing.assert_allclose(sound, wanted, atol=1e-4 * np.max(np.abs(wanted)))
    fails(capsys, r".*exists; give --overwrite to replace it\.", *arguments, "--out", str(out))
    assert cli.main([*arguments, "--out", str(out), "--overwrite"]) == 0


@pytest.mark.slow
def test_a_run_with_an_encoder_is_exported(tmp_path, capsys):
    folder = tmp_path / "run"
    folder.mkdir()
    trained(folder, "ddsp_autoencoder.preset = 'z'")
    out = tmp_path / "model"
    arguments = ["--run", str(folder), "--format", "saved_model", "--out", str(out)]
    assert cli.main(["export", *arguments]) == 0
    assert "audio, f0_hz, loudness_db, z to sound at 16000 Hz, nothing late" in (
        capsys.readouterr().out
    )
    assert (out / "saved_model.pb").is_file()


def test_wrong_arguments_are_told_before_any_work(run, tmp_path, capsys):
    known = ["export", "--run", str(run), "--out", str(tmp_path / "model")]
    message = r"argument --format: invalid choice: 'onnx'.* See 'spectrotools export --help'\."
    fails(capsys, message, *known, "--format", "onnx")
    message = r"--block must be left out of --format stream: it takes any\."
    fails(capsys, message, *known, "--format", "stream", "--block", "4")
    message = r"block must be an integer of at least 1; got 0\."
    fails(capsys, message, *known, "--format", "tflite", "--block", "0")
    message = r"run_dir must hold a run of spectrotools train; got '.*'\."
    no_run = ["export", "--run", str(tmp_path), "--out", str(tmp_path / "model")]
    fails(capsys, message, *no_run, "--format", "stream")
    assert list(tmp_path.iterdir()) == []
