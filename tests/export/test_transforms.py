"""Exported transforms against librosa's in float64, and the sounds that they were given."""

import json
import os
import warnings

import librosa
import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from spectrotools.export import transforms
from spectrotools.export.transforms import export_transform
from tests.export.fresh import play

LENGTH = 3001
CQT = st.CQT(sample_rate=8000, fmin=500.0)
EXACT = {
    "fast": st.STFT(n_fft=256, hop_length=64),
    "by matrices": st.STFT(n_fft=400, hop_length=160),
    "of odd size": st.STFT(n_fft=75, hop_length=20, win_length=60),
    "of many shifts": st.STFT(n_fft=128, hop_length=7, pad_mode="edge"),
    "torch's": st.STFT(n_fft=512, hop_length=128, convention="torch"),
    "hifigan's": st.STFT(n_fft=512, hop_length=128, convention="hifigan"),
    "pictures": st.MagnitudeIF(st.STFT(n_fft=256, hop_length=64)),
    "pictures by matrices": st.MagnitudeIF(st.STFT(n_fft=400, hop_length=100)),
}


def sound(kind, length=LENGTH):
    made = {
        "noise": np.random.default_rng(0).normal(size=length),
        "tone": np.cos(0.3 * np.arange(length)),
        "silence": np.zeros(length),
    }
    return made[kind].astype(np.float32)


def librosa_stft(audio, n_fft, hop_length):
    return librosa.stft(
        audio.astype(np.float64), n_fft=n_fft, hop_length=hop_length, pad_mode="constant"
    ).T


@pytest.fixture
def lite(tmp_path):
    """Export for TensorFlow Lite, refuse all but built-in operations, and give the signatures."""

    def exported(transform, length=LENGTH):
        path = tmp_path / "transform.tflite"
        facts = export_transform(
            transform, path, format="tflite", length=length, overwrite=path.exists()
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            interpreter = tf.lite.Interpreter(str(path))
        operations = {operation["op_name"].lower() for operation in interpreter._get_ops_details()}
        assert not [name for name in operations if "flex" in name or "custom" in name]
        assert "gather" in operations
        return {name: interpreter.get_signature_runner(name) for name in facts["signatures"]}

    return exported


@pytest.mark.parametrize("size", [512, 400])
def test_spectra_are_librosas(size, lite):
    signatures = lite(st.STFT(n_fft=size, hop_length=100, convention="librosa"))
    for kind in ("noise", "tone", "silence"):
        audio = sound(kind)
        wanted = librosa_stft(audio, size, 100)
        made = signatures["forward"](audio=audio[None])
        error = np.abs(made["real"][0] + 1j * made["imaginary"][0] - wanted)
        assert np.max(error) <= 2e-6 * np.max(np.abs(wanted)), kind


@pytest.mark.parametrize("name", EXACT)
def test_the_way_back_gives_every_sample(name, lite):
    signatures = lite(EXACT[name])
    kept = LENGTH // 128 * 128 if "'s" in name else LENGTH  # a peer's last frames see less
    for kind in ("noise", "tone", "silence"):
        audio = sound(kind)
        made = signatures["inverse"](**signatures["forward"](audio=audio[None]))["audio"]
        assert made.shape == (1, LENGTH)
        np.testing.assert_allclose(made[0, :kept], audio[:kept], atol=1e-5, rtol=0, err_msg=kind)


@pytest.mark.parametrize("length", [1, 2, 65])
@pytest.mark.parametrize("n_fft", [2, 3, 64])
def test_sounds_of_any_length(n_fft, length, lite):
    signatures = lite(st.STFT(n_fft=n_fft, hop_length=max(n_fft // 4, 1)), length)
    audio = sound("noise", length)
    made = signatures["inverse"](**signatures["forward"](audio=audio[None]))["audio"]
    np.testing.assert_allclose(made[0], audio, atol=1e-5, rtol=0)


def test_spectra_that_are_no_sounds_come_back_alike(lite, rng):
    """Imaginary parts of what is real, DC and half the rate, are left out of both."""
    for size in (64, 60, 45):
        stft = st.STFT(n_fft=size, hop_length=15)
        shape = [1, stft.num_frames(LENGTH), size // 2 + 1]
        real, imaginary = rng.normal(size=[2, *shape]).astype(np.float32)
        wanted = stft.inverse(tf.complex(real, imaginary), length=LENGTH)
        made = lite(stft)["inverse"](real=real, imaginary=imaginary)["audio"]
        np.testing.assert_allclose(made, wanted, atol=1e-5 * np.max(np.abs(wanted)), rtol=0)


@pytest.mark.parametrize("kind", ["noise", "tone", "silence"])
def test_mel_spectrograms_are_librosas(kind, lite):
    audio = sound(kind, 22050)
    power = librosa.feature.melspectrogram(
        y=audio.astype(np.float64), sr=22050, n_fft=2048, hop_length=512, pad_mode="constant"
    )
    wanted = librosa.power_to_db(power).T
    signatures = lite(st.LogMel.preset("librosa"), 22050)
    assert list(signatures) == ["forward"]
    made = signatures["forward"](audio=audio[None])["log_mel"][0]
    assert made.shape == wanted.shape
    np.testing.assert_allclose(made, wanted, atol=1e-3, rtol=0)  # dB


@pytest.mark.parametrize("name", ["hifigan", "vocos", "tacotron2"])
def test_mel_spectrograms_of_models_are_the_transforms(name, lite):
    mel = st.LogMel.preset(name)
    audio = sound("noise", 8000)
    made = lite(mel, 8000)["forward"](audio=audio[None])["log_mel"]
    np.testing.assert_allclose(made, mel(audio[None]), atol=1e-5, rtol=0)


@pytest.mark.parametrize("size", [256, 300])
@pytest.mark.parametrize("kind", ["noise", "tone", "silence"])
def test_pictures_hold_librosas_magnitude_and_phase(kind, size, lite):
    """And are the transform's where something is heard, modulo a turn."""
    rep = st.MagnitudeIF(st.STFT(n_fft=size, hop_length=75, convention="librosa"))
    audio = sound(kind)
    made = lite(rep)["forward"](audio=audio[None])["magnitude_if"][0].astype(np.float64)
    wanted = librosa_stft(audio, size, 75)
    magnitude = np.abs(wanted)
    peak = max(np.max(magnitude), 1e-3)
    np.testing.assert_allclose(np.exp(made[..., 0]), magnitude + 1e-6, atol=2e-6 * peak, rtol=0)
    own = 2 * 75 * np.arange(size // 2 + 1) / size
    half_turns = np.cumsum(made[..., 1], axis=0) + own * np.arange(len(made))[:, None]
    error = magnitude * (np.exp(1j * np.pi * half_turns) - np.exp(1j * np.angle(wanted)))
    assert np.max(np.abs(error)) <= 5e-6 * peak
    assert pictures_alike(made, np.stack(rep(audio), axis=-1)) or kind == "silence"


def pictures_alike(made, wanted):
    """Compare where a bin is heard, frequencies modulo a turn, and tell whether any is."""
    heard = np.exp(wanted[..., 0]) > 1e-2 * max(np.max(np.exp(wanted[..., 0])), 1e-3)
    still = heard & np.concatenate([heard[..., :1, :], heard[..., :-1, :]], axis=-2)
    logarithms = np.abs(made[..., 0] - wanted[..., 0])[heard]
    turned = np.abs(np.exp(1j * np.pi * (made[..., 1] - wanted[..., 1])) - 1)[still]
    assert np.max(logarithms, initial=0) <= 1e-4
    assert np.max(turned, initial=0) <= 1e-4
    return still.any()


ROUND = """
made = signatures["serving_default"](audio=tf.constant(given["audio"]))
back = [made[name] for name in sorted(made)]
if "inverse" in signatures:
    length = tf.constant(given["audio"].shape[1])
    back.append(signatures["inverse"](**made, length=length)["audio"])
sound = np.concatenate([np.ravel(value) for value in back])
"""


@pytest.mark.parametrize(
    "transform",
    [
        st.STFT(n_fft=400, hop_length=100),
        st.LogMel.preset("hifigan"),
        st.MagnitudeIF(st.STFT(n_fft=256, hop_length=64)),
        st.MagnitudeIF(CQT),
    ],
    ids=["stft", "log_mel", "magnitude_if", "magnitude_if_cqt"],
)
def test_a_saved_model_takes_sounds_of_any_number_and_length(transform, tmp_path):
    facts = export_transform(transform, tmp_path / "saved", format="saved_model")
    assert facts["signatures"]["serving_default"]["inputs"] == {"audio": [None, None]}
    loaded = tf.saved_model.load(tmp_path / "saved").signatures
    for batch, length in ((2, 3000), (1, 4001)):
        audio = np.stack([sound("noise", length), sound("tone", length)])[:batch]
        made = loaded["serving_default"](audio=tf.constant(audio))
        wanted = transform(audio)
        if isinstance(transform, st.STFT):
            made = {"made": tf.complex(made["real"], made["imaginary"])}
        (made,) = made.values()
        if isinstance(transform, st.MagnitudeIF):
            assert pictures_alike(made.numpy(), np.stack(wanted, axis=-1))
            continue
        np.testing.assert_allclose(made, wanted, atol=1e-5 * np.max(np.abs(wanted)), rtol=0)
    played = play(ROUND, tmp_path / "saved", audio=audio)
    if "inverse" in facts["signatures"]:
        np.testing.assert_allclose(played[-length:], audio[0], atol=1e-4, rtol=0)
    else:
        np.testing.assert_allclose(played, np.ravel(wanted), atol=1e-5, rtol=0)


def test_a_saved_model_in_gansynths_convention(tmp_path):
    stft = st.STFT(n_fft=256, hop_length=64, convention="tf")
    rep = st.MagnitudeIF(stft, convention="gansynth", n_mels=64, sample_rate=8000, normalised=True)
    export_transform(rep, tmp_path / "saved", format="saved_model")
    loaded = tf.saved_model.load(tmp_path / "saved").signatures
    audio = sound("noise")
    made = loaded["serving_default"](audio=tf.constant(audio[None]))["magnitude_if"]
    np.testing.assert_allclose(made[0, ..., 0], rep(audio).log_magnitude, atol=1e-5, rtol=0)
    back = loaded["inverse"](magnitude_if=made, length=tf.constant(LENGTH))["audio"]
    wanted = rep.inverse((made[..., 0], made[..., 1]), length=LENGTH)
    np.testing.assert_allclose(back, wanted, atol=1e-5 * np.max(np.abs(wanted)), rtol=0)


def test_what_is_beside_a_transform_says_what_it_is(tmp_path):
    stft = st.STFT(n_fft=400, hop_length=100)
    told = export_transform(stft, tmp_path / "a", format="tflite", length=1000, inverse=False)
    facts = json.loads((tmp_path / "a.json").read_text())
    assert facts == told
    assert st.STFT.from_config(facts["transform"]["config"]) == stft
    shape = [1, stft.num_frames(1000), 201]
    assert facts["signatures"] == {
        "forward": {"inputs": {"audio": [1, 1000]}, "outputs": {"imaginary": shape, "real": shape}}
    }
    whole = export_transform(stft, tmp_path / "b", format="saved_model")["signatures"]["inverse"]
    shape = [None, None, 201]
    assert whole == {
        "inputs": {"imaginary": shape, "length": [], "real": shape},
        "outputs": {"audio": [None, None]},
    }


def test_nothing_half_written_is_left_and_nothing_replaced_unasked(tmp_path, monkeypatch):
    stft = st.STFT(n_fft=8)
    export_transform(stft, tmp_path / "there", format="tflite", length=9)
    before = sorted(os.listdir(tmp_path))
    with pytest.raises(FileExistsError, match="exists; give --overwrite to replace it"):
        export_transform(stft, tmp_path / "there", format="tflite", length=9)

    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(transforms.json, "dumps", fail)
    with pytest.raises(OSError, match="No space left"):
        export_transform(stft, tmp_path / "new", format="saved_model")
    assert sorted(os.listdir(tmp_path)) == before == ["there", "there.json"]


LITE = {"format": "tflite", "length": 1000}
REFUSED = {
    "transform must be an STFT, a LogMel or a MagnitudeIF; got 'MDCT'": (
        st.MDCT(win_length=64),
        LITE,
    ),
    "format must be one of 'saved_model', 'tflite'; got 'onnx'": (
        st.STFT(n_fft=64),
        {"format": "onnx"},
    ),
    "length must be an integer of at least 1; got None": (st.STFT(n_fft=64), {"format": "tflite"}),
    "length must be None for format='saved_model', which takes any; got 9": (
        st.STFT(n_fft=64),
        {"format": "saved_model", "length": 9},
    ),
    "length must be that of a frame at least; got 1000": (
        st.STFT(n_fft=1024, convention="tf"),
        LITE,
    ),
    "inverse must be False or None for a LogMel, which has no exact way back; got True": (
        st.LogMel.preset("hifigan"),
        {**LITE, "inverse": True},
    ),
    "phase must be 'float' to be exported": (
        st.MagnitudeIF(st.STFT(n_fft=64), phase="integer"),
        {"format": "saved_model"},
    ),
    "n_fft must be a power of two, or at most 4096, for format='tflite'; got 5000": (
        st.STFT(n_fft=5000),
        LITE,
    ),
    "transform must be a MagnitudeIF of an STFT, for format='tflite'": (st.MagnitudeIF(CQT), LITE),
    "convention must be None for format='tflite'; got 'gansynth'": (
        st.MagnitudeIF(st.STFT(n_fft=64, convention="tf"), convention="gansynth"),
        LITE,
    ),
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_cannot_be_exported_is_refused_by_name(message, tmp_path):
    transform, options = REFUSED[message]
    with pytest.raises(ValueError, match=message):
        export_transform(transform, tmp_path / "a", **options)
    assert os.listdir(tmp_path) == []
