"""What a run makes of the examples that it has not heard."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

import gin
import spectrotools as st
import tests.train.registered
from spectrotools import cli
from spectrotools.data.features import FEATURES as FEATURE_NAMES
from spectrotools.data.memory import InMemory
from spectrotools.report.evaluation import Evaluation
from spectrotools.train import playing
from spectrotools.train import run as runs
from spectrotools.train.examples import examples_in
from spectrotools.train.held_out import HeldOut, apart, check_alike, open_split
from spectrotools.train.loop import train
from spectrotools.train.trained_run import open_run
from tests.report.commands import fails
from tests.report.pages import Reader
from tests.train.small import Gain

RATE, HOP = 8000, 16  # the gains of the small model hold for 16 samples
SIZE = 2000  # samples of an example
FEATURES = st.data.Features(sample_rate=RATE, frame_rate=RATE // HOP, fmin=150.0, fmax=1000.0)
CUTS = st.data.Cuts(example_seconds=SIZE / RATE, hop_seconds=0.1)
# Longer than an example by two and by no hops; the names make the second and third be held out.
LENGTHS = {"c": SIZE + 1600, "j": SIZE + 1600, "n": SIZE}
CONFIG = """
include 'datasets/folder.gin'
Training.model = @Gain()
Gain.units = 3
train.steps = 2
train.batch_size = 2
"""


@pytest.fixture(autouse=True)
def forget():
    assert tests.train.registered.Gain is Gain
    yield
    gin.clear_config()


def recording(folder: Path, name: str, f0_hz: float) -> None:
    time = np.arange(LENGTHS[name]) / RATE
    noise = np.random.default_rng(ord(name)).normal(size=len(time))
    sound = 0.1 * np.sin(2 * np.pi * f0_hz * time) + 0.001 * noise
    soundfile.write(folder / f"{name}.wav", sound, RATE, subtype="FLOAT")


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A folder with ``recordings``, ``data`` made of them, and a run on it of two steps."""
    folder = tmp_path_factory.mktemp("place")
    (folder / "recordings").mkdir()
    for name, f0_hz in zip(LENGTHS, (220.0, 330.0, 440.0), strict=True):
        recording(folder / "recordings", name, f0_hz)
    shares = {"train": 0.5, "valid": 0.5}
    st.data.prepare(
        folder / "recordings", folder / "data", features=FEATURES, cuts=CUTS, shares=shares
    )
    (folder / "small.gin").write_text(CONFIG)
    config = [str(folder / "small.gin")]
    training, _, text = runs.build_training(config, data=folder / "data")
    runs.claim(folder / "run", text)
    train(training.model, training.source, folder / "run", 2, batch_size=2)
    gin.clear_config()
    return folder


@pytest.fixture
def work(place, tmp_path, monkeypatch) -> Path:
    """A copy of it, to work in."""
    shutil.copytree(place, tmp_path, dirs_exist_ok=True)
    text = (tmp_path / "run/config.gin").read_text()
    (tmp_path / "run/config.gin").write_text(text.replace(str(place), str(tmp_path)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def evaluate(*arguments: str) -> int:
    chosen = ["--metric", "snr", "--metric", "multi_resolution_stft_distance", "--jobs", "1"]
    return cli.main(["evaluate", "--run", "run", *chosen, *arguments])


def results(out: str = "run/evaluation") -> tuple[dict[str, dict[str, str]], dict]:
    with open(f"{out}/evaluation.csv", encoding="utf-8", newline="") as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    return rows, json.loads(Path(f"{out}/evaluation.json").read_text(encoding="utf-8"))


def read(path: str) -> np.ndarray:
    sound, rate = soundfile.read(path, dtype="float32")
    assert rate == RATE
    return sound


def test_what_was_held_out_is_played_and_told(work, capsys):
    assert evaluate() == 0
    rows, summary = results()
    # Of three examples of 'j', a tenth of a second apart, one; and the only one of 'n'.
    assert list(rows) == ["valid-00000", "valid-00003"]
    losses = []
    for name, source in zip(rows, "jn", strict=True):
        reference = read(rows[name]["reference"])
        np.testing.assert_array_equal(reference, read(f"recordings/{source}.wav")[:SIZE])
        difference = read(rows[name]["generated"]) - 0.5 * reference
        losses.append(np.mean(difference**2) + 0.1 * np.mean(np.abs(difference)))
        assert float(rows[name]["loss"]) == pytest.approx(losses[-1], rel=1e-5)
    assert summary["metrics"]["loss"]["mean"] == pytest.approx(np.mean(losses), rel=1e-5)
    assert list(summary["metrics"]) == ["loss", "snr", "multi_resolution_stft_distance"]
    assert summary["step"] == 2
    assert summary["generated"] == "run at step 2"
    assert summary["reference"] == f"{work}/data, held out as valid"
    assert "# pitch: 150 to 1000 Hz" in summary["settings"]
    page = Reader(Path("run/evaluation/evaluation.html").read_text(encoding="utf-8"))
    assert len(page.all("audio")) == 4
    assert sum("Spectrogram of valid" in image["alt"] for image in page.all("img")) == 4
    assert "2 pairs compared\n" in capsys.readouterr().out


def test_the_sound_is_that_of_the_trained_weights(work):
    assert evaluate() == 0
    gin.clear_config()
    run = open_run(work / "run", None, None)
    batch = next(iter(run.examples.dataset(1)))
    made = run.model(batch, training=False)["audio"][0]
    np.testing.assert_allclose(read("run/evaluation/generated/valid-00000.wav"), made, atol=1e-6)
    fresh = Gain(units=3)
    fresh(batch, training=False)
    fresh.seeds.state.assign(run.model.seeds.state)
    assert np.max(np.abs(fresh(batch, training=False)["audio"][0] - made)) > 1e-4


def test_an_interrupted_run_goes_on_and_ends_as_if_nothing_had_been(work, monkeypatch, capsys):
    assert evaluate("--out", "whole") == 0
    played = []
    write = playing.FloatWav.write

    def interrupted(self, block):
        played.append(len(block))
        if len(played) == 4:  # the second sound of the second example
            raise KeyboardInterrupt
        write(self, block)

    monkeypatch.setattr(playing.FloatWav, "write", interrupted)
    assert evaluate("--out", "parts") == 130
    told = capsys.readouterr().err
    assert (
        told
        == "spectrotools: interrupted; 1 example played; the same command goes on from there.\n"
    )
    left = sorted(path.name for path in Path("parts").rglob("*") if path.is_file())
    assert left == [".played.jsonl", "valid-00000.wav", "valid-00000.wav"]
    assert evaluate("--out", "parts") == 0
    assert len(played) == 6  # and not the first again
    for side in ("reference", "generated"):
        for name in ("valid-00000.wav", "valid-00003.wav"):
            assert Path("parts", side, name).read_bytes() == Path("whole", side, name).read_bytes()
    assert results("parts")[1]["metrics"] == results("whole")[1]["metrics"]


def test_what_is_repeated_plays_only_what_has_changed(work, monkeypatch):
    assert evaluate() == 0
    played = []
    write = playing.FloatWav.write
    monkeypatch.setattr(
        playing.FloatWav, "write", lambda self, block: (played.append(1), write(self, block))
    )
    assert evaluate("--overwrite") == 0
    assert played == []
    Path("run/evaluation/generated/valid-00003.wav").unlink()
    Path("run/evaluation/generated/valid-00003.wav.killed.tmp").write_text("half")
    assert evaluate("--overwrite") == 0
    assert len(played) == 2
    assert len(list(Path("run/evaluation/generated").iterdir())) == 2
    lines = Path("run/evaluation/.played.jsonl").read_text().splitlines(keepends=True)
    Path("run/evaluation/.played.jsonl").write_text(lines[0] + lines[1][:-9])  # cut short
    assert evaluate("--overwrite") == 0
    assert len(played) == 4


def test_sounds_of_other_weights_are_never_taken_for_these(work):
    assert evaluate() == 0
    before = read("run/evaluation/generated/valid-00000.wav")
    gin.clear_config()
    training, _, _ = runs.build_training(["small.gin"], data=work / "data")
    train(training.model, training.source, "run", 4, batch_size=2)
    gin.clear_config()
    for name in ("csv", "json", "html"):
        Path(f"run/evaluation/evaluation.{name}").unlink()
    assert evaluate() == 2
    np.testing.assert_array_equal(read("run/evaluation/generated/valid-00000.wav"), before)
    assert evaluate("--overwrite") == 0
    assert np.any(read("run/evaluation/generated/valid-00000.wav") != before)
    assert results()[1]["step"] == 4


def test_sounds_that_are_not_played_any_more_are_removed(work):
    assert evaluate() == 0
    assert evaluate("--overwrite", "--data", "data", "--set", "HeldOut.split = 'train'") == 0
    names = sorted(path.name for path in Path("run/evaluation/generated").iterdir())
    assert names == ["train-00000.wav"]
    assert list(results()[0]) == ["train-00000"]


def test_sounds_of_others_are_not_replaced_unasked(work, capfd):
    Path("out/generated").mkdir(parents=True)
    Path("out/generated/valid-00000.wav").write_text("mine")
    assert evaluate("--out", "out") == 2
    assert capfd.readouterr().err.startswith(
        "spectrotools: out/generated/valid-00000.wav exists; give --overwrite to replace it.\n"
    )
    assert Path("out/generated/valid-00000.wav").read_text() == "mine"


def test_a_folder_may_be_held_out_as_a_whole(work):
    Path("run/config.gin").write_text(
        Path("run/config.gin").read_text()
        + "examples_in.features = @Features()\nFeatures.sample_rate = 8000\n"
        "Features.frame_rate = 500\nFeatures.fmin = 150.0\nFeatures.fmax = 1000.0\n"
    )
    given = ["--data", "recordings", "--set", "HeldOut.split = 'all'", "--out", "out"]
    assert evaluate(*given) == 0
    assert list(results("out")[0]) == ["all-00000", "all-00001", "all-00002"]


def test_the_split_is_for_tests_if_there_is_one(place, tmp_path):
    shares = {"valid": 0.5, "test": 0.5}
    st.data.prepare(
        place / "recordings", tmp_path / "data", features=FEATURES, cuts=CUTS, shares=shares
    )
    assert open_split(tmp_path / "data", None, None)[0] == "test"
    assert open_split(tmp_path / "data", "valid", None)[0] == "valid"
    assert open_split(place / "data", None, None)[0] == "valid"


@pytest.mark.parametrize(
    ("size", "hop", "expected"),
    [
        (80, 20, [0, 4, 6]),  # at 0, 20, ... 100 of the first; at 0 of the second
        (60, 30, [0, 2, 4, 5]),
        (60, 60, [0, 1, 2, 3]),
        (20, 30, list(range(9))),
    ],
)
def test_examples_that_are_apart_share_no_sound(size, hop, expected):
    features = st.data.Features(sample_rate=1000, frame_rate=100, fmax=400.0)
    cuts = st.data.Cuts(example_seconds=size / 1000, hop_seconds=hop / 1000, last="drop")
    recordings = [
        {"audio": np.random.default_rng(length).normal(size=length)}
        | dict.fromkeys(FEATURE_NAMES, np.ones(length // 10))
        for length in (180, 80)
    ]
    examples = InMemory(recordings, cuts, features)
    assert [index for index, _ in apart(examples)] == expected


def test_pitch_is_sought_where_that_of_the_data_was():
    features = st.data.Features(fmin=20.0, fmax=8000.0)
    ranged = HeldOut().ranged(Evaluation(), features)
    assert (ranged.fmin, ranged.fmax) == (20.0, 3000.0)
    ranged = HeldOut(fmin=100.0, fmax=900.0).ranged(Evaluation(), features)
    assert (ranged.fmin, ranged.fmax) == (100.0, 900.0)


@pytest.mark.parametrize("name", ["sample_rate", "frame_rate"])
def test_data_of_other_rates_is_refused(name):
    model = st.models.Autoencoder.preset("tiny")
    check_alike(model, st.data.Features())
    other = dict(FEATURES.get_config(), sample_rate=16000) | {name: FEATURES.get_config()[name]}
    rule = rf"the data must have {name}=\d+, as the run has; got {other[name]}\."
    with pytest.raises(ValueError, match=rule):
        check_alike(model, st.data.Features.from_config(other))


@pytest.mark.slow
def test_a_run_on_notes_is_told_those_of_what_was_held_out(tmp_path):
    time = np.arange(64000) / 16000
    for name in LENGTHS:
        soundfile.write(tmp_path / f"{name}.wav", 0.1 * np.sin(2 * np.pi * 220 * time), 16000)
    settings = ["train.steps = 1", "train.batch_size = 1"]
    chosen = [part for setting in settings for part in ("--set", setting)]
    run = str(tmp_path / "run")
    command = ["train", "--config", "models/ddsp_midi", "--data", str(tmp_path), "--run", run]
    assert cli.main([*command, *chosen]) == 0
    assert cli.main(["evaluate", "--run", run, "--metric", "snr", "--jobs", "1"]) == 0
    assert len(list((tmp_path / "run/evaluation/generated").iterdir())) == 1


def test_a_run_on_no_folder_needs_data(work):
    text = Path("run/config.gin").read_text()
    kept = [line for line in text.splitlines() if not line.startswith("examples_in.path")]
    Path("run/config.gin").write_text("\n".join(kept) + "\n")
    with pytest.raises(ValueError, match=r"was not trained on a folder; --data must name what to"):
        open_run(work / "run", None, None)
    assert open_run(work / "run", work / "data", None).split == "valid"


def test_prepared_data_is_read_split_by_split(work):
    with pytest.raises(ValueError, match=r"split must name one of the prepared data in data; got"):
        examples_in("data", None)


def test_a_run_imports_only_if_allowed(work, capfd):
    text = Path("run/config.gin").read_text()
    Path("run/config.gin").write_text("import tests.train.registered\n" + text)
    message = r"run/config\.gin \(line 1\): a configuration may import nothing outside .*"
    fails(capfd, message, "evaluate", "--run", "run")
    fails(capfd, message, "synthesize", "recordings/c.wav", "--run", "run", "--out", "out.wav")
    assert evaluate("--allow-imports") == 0


RUN = ["--run", "run", "--data"]


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        (r"give REFERENCE_DIR and GENERATED_DIR, or --run, which may have --data\.", []),
        (r"give REFERENCE_DIR and .*, or --run, .*", ["data", "data", "--data", "data"]),
        (r"give two folders or --run, not both; got data .*", ["data", "--run", "run"]),
        (r"--out must name a directory for the results of two folders\.", ["data", "run"]),
        (r"run_dir must hold a run of spectrotools train; got 'data'\.", ["--run", "data"]),
        (r"there is no none; --data names where the data is now\.", [*RUN, "none"]),
        (r"nothing of data was held out: split must be one of train, valid; got "
         r"'test'\. Name .*", [*RUN, "data", "--set", "HeldOut.split='test'"]),
        (r"nothing of other was held out: other must have sound of the split 'valid' that "
         r"makes an example; got '0 files'\. Name recordings .*", [*RUN, "other"]),
        (r"--set 'HeldOut\.spilt = 1': .*; the nearest name is 'split'\.",
         ["--run", "run", "--set", "HeldOut.spilt = 1"]),
        (r"metric must be one of snr, .*; got 'loss'\.", [*RUN, "data", "--metric", "loss"]),
    ],
)  # fmt: skip
def test_wrong_arguments_are_one_clear_sentence(work, capfd, message, arguments):
    Path("other").mkdir()
    shutil.copy("recordings/c.wav", "other")
    fails(capfd, message, "evaluate", *arguments)
