"""Playing a trained instrument by a recording."""

import shutil

import keras
import numpy as np
import pytest
import soundfile
import tensorflow as tf

import gin
import spectrotools as st
from spectrotools import cli
from spectrotools.train import run as runs
from spectrotools.train.loop import train
from spectrotools.train.trained_model import load_model
from spectrotools.train.transfer import features_for, transfer
from tests.report.commands import fails

RATE, SECONDS = 16000, 1.5
CONFIG = ["models/ddsp_tiny"]


@pytest.fixture(autouse=True)
def forget():
    yield
    gin.clear_config()


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run of two steps, whose recordings are gone; and its model."""
    folder = tmp_path_factory.mktemp("run")
    data = folder / "data"
    data.mkdir()
    soundfile.write(data / "tone.wav", 0.1 * tone(220.0), RATE)
    training, _, text = runs.build_training(CONFIG, ["train.steps = 2"], data)
    runs.claim(folder, text)
    train(training.model, training.source, folder, 2, batch_size=1)
    gin.clear_config()
    shutil.rmtree(data)
    return folder, training.model


def tone(f0_hz: float) -> np.ndarray:
    time = np.arange(round(SECONDS * RATE)) / RATE
    return np.sin(2 * np.pi * f0_hz * time).astype(np.float32)


def test_a_model_comes_back_with_its_weights_and_without_its_data(run):
    folder, model = run
    again = load_model(folder)
    for ours, wanted in zip(again.variables, model.variables, strict=True):
        np.testing.assert_array_equal(ours, wanted)


def test_a_transposed_sound_has_the_pitch_that_was_asked_for(run):
    """Sought above 200 Hz: all harmonics are alike of a model that has learnt nothing."""
    folder, _ = run
    sound = transfer(load_model(folder), 0.1 * tone(220.0), transpose_semitones=7.0)
    assert sound.shape == (round(SECONDS * RATE),)
    assert sound.dtype == np.float32
    track = st.pyin(sound, sample_rate=RATE, fmin=200.0, fmax=1000.0, hop_length=160)
    inside = slice(20, -20)
    cents = 1200 * np.log2(track.f0_hz[inside] / (220.0 * 2 ** (7 / 12)))
    assert np.max(np.abs(cents)) < 20  # asked: 0.2 of a semitone


def test_what_the_model_is_told_is_louder_but_for_silence(run, monkeypatch):
    folder, _ = run
    model, told = load_model(folder), []

    def call(batch):
        told.append(batch)
        return {"audio": tf.zeros([1, 20000])}

    monkeypatch.setattr(type(model), "__call__", lambda self, batch: call(batch))
    audio = np.concatenate([0.1 * tone(220.0)[:10000], np.zeros(8000, np.float32)])
    for shift in (0.0, -6.0):
        transfer(model, audio, loudness_shift_db=shift)
    before, after = (batch["loudness_db"].numpy()[0] for batch in told)
    silent = before == -80.0
    assert 100 < np.count_nonzero(silent) < len(silent) - 100
    np.testing.assert_array_equal(after[silent], -80.0)
    np.testing.assert_allclose(after[~silent], before[~silent] - 6.0, rtol=1e-6)


def test_a_model_of_notes_plays_those_of_the_sound():
    """Two notes of which it is told nothing: it bends no pitch, and plays them a third higher."""
    keras.utils.set_random_seed(0)
    group = st.models.harmonic_plus_noise(sample_rate=RATE, hop_length=64, reverb_length=None)
    decoder = st.models.MidiDecoder(rnn_units=8, units=8, layers=1, deviation=0.0)
    model = st.models.Autoencoder(decoder=decoder, processor_group=group)
    audio = 0.1 * np.concatenate([tone(220.0), tone(330.0)])
    sound = transfer(model, audio, transpose_semitones=4.0)
    assert sound.shape == audio.shape
    track = st.pyin(sound, sample_rate=RATE, fmin=200.0, fmax=1000.0, hop_length=160)
    half = len(track.f0_hz) // 2
    for part, midi in ((slice(20, half - 20), 61), (slice(half + 20, -20), 68)):
        wanted = 440 * 2 ** ((midi - 69) / 12)
        assert np.max(np.abs(1200 * np.log2(track.f0_hz[part] / wanted))) < 20


def test_a_model_that_hears_timbre_is_given_the_sound():
    keras.utils.set_random_seed(0)
    model = st.models.Autoencoder.preset("z")
    sounds = [transfer(model, 0.1 * tone(220.0) ** power) for power in (1, 3)]
    assert sounds[0].shape == tone(220.0).shape
    assert np.max(np.abs(sounds[0] - sounds[1])) > 1e-3


def test_the_command_writes_what_the_function_gives(run, tmp_path, capsys):
    folder, _ = run
    voice, out = tmp_path / "voice.wav", tmp_path / "out" / "played.wav"
    soundfile.write(voice, 0.1 * tone(220.0), RATE, subtype="FLOAT")
    arguments = ["synthesize", str(voice), "--run", str(folder), "--transpose", "-12"]
    assert cli.main([*arguments, "--out", str(out)]) == 0
    assert "played.wav: 1.50 s at 16000 Hz" in capsys.readouterr().out
    written, rate = soundfile.read(out, dtype="float32")
    assert rate == RATE
    expected = transfer(load_model(folder), 0.1 * tone(220.0), transpose_semitones=-12.0)
    np.testing.assert_allclose(written, expected, atol=1e-5 * np.max(np.abs(expected)))
    assert [path.name for path in out.parent.iterdir()] == ["played.wav"]
    fails(capsys, r".*exists; give --overwrite to replace it\.", *arguments, "--out", str(out))


def test_features_are_those_of_the_model(run):
    assert features_for(run[1]) == st.data.Features(sample_rate=16000, frame_rate=250)


def test_what_is_no_run_is_refused(run, tmp_path):
    with pytest.raises(ValueError, match="run_dir must hold a run of spectrotools train; got"):
        load_model(tmp_path)
    shutil.copy(run[0] / "config.gin", tmp_path)
    with pytest.raises(ValueError, match="run_dir must hold a whole checkpoint; got"):
        load_model(tmp_path)
    shutil.copytree(run[0] / "checkpoints", tmp_path / "checkpoints")
    text = (tmp_path / "config.gin").read_text()
    (tmp_path / "config.gin").write_text(text.replace("'tiny'", "'solo'"))
    with pytest.raises(ValueError, match="holds a run of another model"):
        load_model(tmp_path)


@pytest.mark.parametrize("name", ["transpose_semitones", "loudness_shift_db"])
def test_shifts_that_are_no_numbers_are_refused(name, run):
    with pytest.raises(ValueError, match=f"{name} must be a finite number; got nan"):
        transfer(run[1], tone(220.0), **{name: np.nan})


def test_what_is_told_no_pitch_is_not_played():
    with pytest.raises(ValueError, match="the model must be an Autoencoder to be played"):
        features_for(keras.Sequential())
