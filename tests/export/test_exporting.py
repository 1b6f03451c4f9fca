"""Exported models, where this package is not, against the models that they were."""

import json
import os
import warnings
from collections import Counter

import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from spectrotools.export import exporting
from spectrotools.export.exporting import export
from spectrotools.export.playing import play_lite
from tests.export.fresh import BLOCKS, WHOLE, play
from tests.export.small import HOP, RATE, close, features, instrument, offline

FORMATS = ("saved_model", "stream", "tflite")


@pytest.fixture(scope="module")
def model():
    return instrument()


@pytest.fixture(scope="module")
def lite(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("lite") / "model.tflite"
    export(model, path, format="tflite", block=5)
    return path


def test_a_saved_model_plays_clips_of_any_number_and_length(model, tmp_path):
    """The noise too, for its next seed is a part of the model."""
    export(model, tmp_path / "model", format="saved_model")
    clips = [features(33, seed) for seed in range(3)]
    batch = {name: np.stack([clip[name] for clip in clips]) for name in clips[0]}
    made = play(WHOLE, tmp_path / "model", "serving_default", **batch)
    close(
        made, model({name: tf.constant(value) for name, value in batch.items()})["audio"].numpy()
    )


def test_a_stream_in_blocks_is_the_whole(model, tmp_path):
    export(model, tmp_path / "model", format="stream")
    clip = features(41)
    wanted, seed = offline(model, clip)
    batch = {name: value[None] for name, value in clip.items()}
    edges = np.array([0, 1, 2, 9, 10, 26, 41])
    made = play(BLOCKS, tmp_path / "model", edges=edges, seed=np.int32(seed), **batch)
    np.testing.assert_array_equal(made[0, :HOP], 0.0)
    close(made[0, HOP:], wanted)


@pytest.mark.parametrize("frames", [1, 4, 5, 6, 33])
def test_a_lite_model_plays_clips_of_any_length(frames, model, lite):
    clip = features(frames)
    wanted, seed = offline(model, clip)
    close(play_lite(lite, clip, seed=seed), wanted)


def test_a_lite_model_has_built_in_operations_alone(lite):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        interpreter = tf.lite.Interpreter(str(lite))
    operations = Counter(operation["op_name"] for operation in interpreter._get_ops_details())
    assert {"RFFT2D", "BITCAST", "WHILE"} <= operations.keys()
    strange = [name for name in operations if "flex" in name.lower() or "custom" in name.lower()]
    assert not strange, operations


@pytest.mark.slow
def test_a_model_with_an_encoder(tmp_path):
    """Of a sound, or of the timbre that the encoder gave it."""
    encoder = st.models.MFCCEncoder(
        sample_rate=RATE, hop_length=HOP, rnn_units=4, size=3, stride=2
    )
    inputs = ("loudness_scaled", "f0_scaled", "z")
    outputs = (("amplitudes", 1), ("harmonic_distribution", 4), ("magnitudes", 5))
    decoder = st.models.RecurrentDecoder(rnn_units=4, layers=0, inputs=inputs, outputs=outputs)
    group = st.models.harmonic_plus_noise(
        sample_rate=RATE, hop_length=HOP, reverb_length=None, seed=4
    )
    model = st.models.Autoencoder(decoder=decoder, processor_group=group, encoder=encoder)
    clip = features(21)
    audio = np.random.default_rng(0).normal(size=20 * HOP + 7).astype(np.float32)
    batch = {name: value[None] for name, value in {**clip, "audio": audio}.items()}
    model({name: tf.constant(value) for name, value in batch.items()})
    facts = export(model, tmp_path / "whole", format="saved_model")
    assert list(facts["inputs"]) == ["audio", "f0_hz", "loudness_db", "z"]
    assert facts["signatures"] == {
        "serving_default": ["audio", "f0_hz", "loudness_db"],
        "decode": ["f0_hz", "loudness_db", "z"],
    }
    made = play(WHOLE, tmp_path / "whole", "serving_default", **batch)
    outputs = model({name: tf.constant(value) for name, value in batch.items()})
    close(made, outputs["audio"].numpy())
    told = {name: value for name, value in batch.items() if name != "audio"}
    timbre = {"z": outputs["z"].numpy()}
    decoded = play(WHOLE, tmp_path / "whole", "decode", **told, **timbre)
    assert decoded.shape == (1, 21 * HOP)
    close(decoded[:, : audio.size], outputs["audio"].numpy())
    controls = model.decoder(
        {
            "loudness_scaled": told["loudness_db"][..., None] / 80.0 + 1.0,
            "f0_scaled": st.hz_to_midi(told["f0_hz"])[..., None] / 127.0,
            **timbre,
        }
    )
    pitch = tf.constant(told["f0_hz"][..., None])
    made = group({"f0_hz": pitch, **controls}, return_outputs_dict=True)
    seed = made["controls"]["noise"]["controls"]["seed"].numpy()
    facts = export(model, tmp_path / "model.tflite", format="tflite", block=8)
    assert list(facts["inputs"]) == ["f0_hz", "loudness_db", "z"]
    lite = play_lite(tmp_path / "model.tflite", {**clip, "z": timbre["z"][0]}, seed=seed)
    close(lite, made["signal"][0].numpy())


def test_what_is_beside_a_model_says_how_to_play_it(model, lite, tmp_path):
    facts = json.loads((lite.parent / "model.tflite.json").read_text())
    assert facts == {
        "format": "tflite",
        "spectrotools_version": st.__version__,
        "sample_rate": RATE,
        "hop_length": HOP,
        "frame_rate": RATE / HOP,
        "signatures": {"step": ["f0_hz", "loudness_db"]},
        "inputs": {
            "f0_hz": "fundamental frequency, Hz, above 0",
            "loudness_db": "loudness, dB, 0 is the loudest, -80 silence",
        },
        "latency_samples": HOP,
        "latency_ms": 3.0,
        "block_frames": 5,
        "block_ms": 15.0,
        "state": facts["state"],
    }
    assert facts["state"]["harmonic_phase"] == {"shape": [], "dtype": "int64"}
    assert facts["state"]["noise_seed"] == {"shape": [2], "dtype": "int32"}
    whole = export(model, tmp_path / "whole", format="saved_model")
    assert whole["latency_ms"] == 0
    assert "state" not in whole


def listed(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_a_model_replaces_another_only_if_asked(model, tmp_path):
    path = tmp_path / "model"
    export(model, path, format="stream")
    left = path / "left"
    left.touch()
    before = listed(tmp_path)
    with pytest.raises(FileExistsError, match="exists; give --overwrite to replace it"):
        export(model, path, format="stream")
    with pytest.raises(FileExistsError, match=r"model is no file, and in the way"):
        export(model, path, format="tflite", overwrite=True)
    assert listed(tmp_path) == before
    export(model, path, format="stream", overwrite=True)
    assert listed(tmp_path) == [name for name in before if name != "model/left"]


def test_what_is_no_model_is_never_replaced(model, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "letter").write_text("dear")
    for name in ("photos", "letter"):
        with pytest.raises(FileExistsError, match=f"{name} is no SavedModel, and in the way"):
            export(model, tmp_path / name, format="saved_model", overwrite=True)
    with pytest.raises(FileExistsError, match=r"letter exists; give --overwrite"):
        export(model, tmp_path / "letter", format="tflite")
    assert listed(tmp_path) == ["letter", "photos"]


@pytest.mark.parametrize("failure", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_nothing_half_written_is_left(failure, model, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise failure

    monkeypatch.setattr(exporting.json, "dumps", fail)
    with pytest.raises((KeyboardInterrupt, OSError)) as raised:
        export(model, tmp_path / "new" / "model", format="stream")
    assert raised.value.__notes__ == ["nothing was written"]
    assert os.listdir(tmp_path) == []


def test_arguments_are_checked(model, lite, tmp_path):
    with pytest.raises(ValueError, match="model must be an Autoencoder; got 'Parameter'"):
        export(st.layers.Parameter(1.0), tmp_path / "a", format="stream")
    with pytest.raises(ValueError, match="format must be one of 'saved_model', 'tflite', 'str"):
        export(model, tmp_path / "a", format="onnx")
    with pytest.raises(ValueError, match="block must be an integer of at least 1; got 0"):
        export(model, tmp_path / "a", format="tflite", block=0)
    with pytest.raises(
        ValueError, match=r"must have f0_hz, loudness_db; missing; got \['f0_hz'\]"
    ):
        play_lite(lite, {"loudness_db": np.zeros(3)})
    with pytest.raises(ValueError, match="batch must have one number of frames; got"):
        play_lite(lite, {"f0_hz": np.ones(4), "loudness_db": np.zeros(3)})
    assert listed(tmp_path) == []


def test_a_model_of_two_rates_is_refused(tmp_path):
    def tone(rate):
        return st.synths.Harmonic(name=f"tone_{rate}", sample_rate=rate, hop_length=HOP)

    keys = ["amplitudes", "harmonic_distribution", "f0_hz"]
    group = st.layers.ProcessorGroup([(tone(8000), keys), (tone(16000), keys)])
    model = instrument(processor_group=group)
    with pytest.raises(ValueError, match=r"processors of one sample_rate; got \[8000.*, 16000"):
        export(model, tmp_path / "model", format="stream")
