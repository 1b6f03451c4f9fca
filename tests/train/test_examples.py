"""Examples of data as a source, prepared or not."""

import numpy as np
import pytest
import soundfile

import gin
import spectrotools as st
import tests.train.registered
from spectrotools.data.cuts import Cuts
from spectrotools.train import run as runs
from spectrotools.train.examples import Batches, as_source, examples_in
from tests.train.small import Noise


@pytest.fixture(autouse=True)
def forget():
    assert tests.train.registered.Noise is Noise
    yield
    gin.clear_config()


@pytest.fixture
def recordings(tmp_path):
    folder = tmp_path / "recordings"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for k in range(3):
        soundfile.write(folder / f"{k}.wav", 0.1 * rng.normal(size=32000), 16000, subtype="FLOAT")
    return folder


def test_the_kth_batch_is_the_same_wherever_one_begins():
    notes = st.data.SyntheticNotes(count=5, example_seconds=0.2, notes=1, seed=0)
    source = as_source(notes)
    assert source.sample_rate == 16000
    from_start = iter(source.batches(2, 0, 7))
    batches = [next(from_start) for _ in range(6)]
    for k in (0, 1, 4, 5):
        batch = next(iter(source.batches(2, k, 7)))
        for name, value in batch.items():
            np.testing.assert_array_equal(value, batches[k][name])
    others = iter(source.batches(2, 0, 8))
    assert any(np.any(next(others)["audio"] != batch["audio"]) for batch in batches)


def test_what_gives_batches_stays_as_it_is():
    noise = Noise()
    assert as_source(noise) is noise


def test_prepared_data_and_a_folder_are_told_apart_and_hold_the_same(recordings, tmp_path):
    shares, cuts = {"train": 1.0}, Cuts()
    st.data.prepare(recordings, tmp_path / "data", shares=shares, cuts=cuts, jobs=1)
    prepared = Batches(examples_in(str(tmp_path / "data")))
    plain = Batches(st.data.AudioFolder(recordings, cuts=cuts, shares=shares))
    one, other = (next(iter(source.batches(2, 3, 0))) for source in (prepared, plain))
    for name, value in one.items():
        np.testing.assert_array_equal(value, other[name])
    assert isinstance(examples_in(str(recordings)), st.data.AudioFolder)


def test_the_packaged_source_is_what_data_names(recordings, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model = ["Training.model = @Gain()"]
    training, _, _ = runs.build_training(["datasets/folder"], model, recordings)
    assert isinstance(training.source, st.data.AudioFolder)
    message = r"folder\.gin \(line 6\): %data is not set; --data sets it\."
    with pytest.raises(ValueError, match=message):
        runs.build_training(["datasets/folder"], model)


def test_data_is_a_folder(recordings):
    with pytest.raises(ValueError, match=r"the data must be a folder, of recordings or .*0\.wav'"):
        examples_in(str(recordings / "0.wav"))


def test_files_that_cannot_be_read_are_told(recordings):
    (recordings / "broken.wav").write_text("no sound")
    with pytest.warns(UserWarning, match=r"1 file of .* is left out\. broken\.wav: .*Format not"):
        folder = examples_in(str(recordings), None)
    assert len(folder) == 3
