import json
import shutil

import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st

from .small import CUTS, FEATURES, folder_of

SETTINGS = dict(features=FEATURES, cuts=CUTS, shares={"train": 0.7, "valid": 0.3})


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    return folder_of(tmp_path_factory.mktemp("recordings") / "sounds")


@pytest.fixture(scope="module")
def original(recordings, tmp_path_factory):
    out = tmp_path_factory.mktemp("prepared") / "data"
    st.data.prepare(recordings, out, shard_seconds=1.5, **SETTINGS)
    return out


@pytest.fixture
def folder(original, tmp_path):
    """A copy that a test may damage."""
    return shutil.copytree(original, tmp_path / "data")


def flat(dataset):
    """All batches' examples, one after the other."""
    return [
        {name: values[row].numpy() for name, values in batch.items()}
        for batch in dataset
        for row in range(len(batch["audio"]))
    ]


@pytest.mark.parametrize("split", ["train", "valid"])
def test_they_are_those_of_the_folder_itself(recordings, original, split):
    shards = st.data.Shards(original, split)
    live = st.data.AudioFolder(recordings, split, **SETTINGS)
    assert len(shards) == len(live)
    for seed in (None, 3):
        found, expected = (
            flat(source.dataset(3, seed=seed, repeat=False)) for source in (shards, live)
        )
        assert len(found) == len(live)
        for one, other in zip(found, expected, strict=True):
            for name, values in other.items():
                np.testing.assert_array_equal(one[name], values, err_msg=name)


def test_they_go_on_where_they_were(original):
    shards = st.data.Shards(original)
    whole = [batch["audio"].numpy() for batch in shards.dataset(4, seed=1).take(30)]
    later = st.data.Shards(original).dataset(4, seed=1, start_step=21).take(9)
    np.testing.assert_array_equal([batch["audio"].numpy() for batch in later], whole[21:])


def test_what_was_asked_for_is_what_is_there(original):
    shards = st.data.Shards(original, "train", features=FEATURES)
    assert (shards.features, shards.cuts) == (FEATURES, CUTS)
    assert (shards.n_samples, shards.n_frames) == (4000, 50)
    told = json.loads((original / "statistics.json").read_text())
    assert shards.statistics == told["train"]
    with pytest.raises(ValueError, match="sample_rate must be 16000, as asked; got 8000"):
        st.data.Shards(original, features=st.data.Features())
    with pytest.raises(ValueError, match="split must be one of train, valid; got 'test'"):
        st.data.Shards(original, "test")


def test_a_shard_cut_short_is_not_read(folder):
    path = max(folder.glob("train-*.tfrecord"), key=lambda path: path.stat().st_size)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=rf"{path.name} must have {len(whole)} bytes; got"):
        st.data.Shards(folder)
    path.unlink()
    with pytest.raises(FileNotFoundError):
        st.data.Shards(folder)


def test_a_changed_byte_is_found(folder):
    shards = st.data.Shards(folder)
    shards.verify()
    path = max(folder.glob("train-*.tfrecord"), key=lambda path: path.stat().st_size)
    damaged = bytearray(path.read_bytes())
    damaged[1000] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(ValueError, match=rf"{path.name} must have sha256 \w+; got"):
        st.data.Shards(folder).verify()


def test_other_records_than_the_schema_tells_are_not_read(folder):
    schema = json.loads((folder / "schema.json").read_text())
    schema["record_bytes"] += 1
    (folder / "schema.json").write_text(json.dumps(schema))
    with pytest.raises(ValueError, match=r"must have records of \d+ bytes; got"):
        st.data.Shards(folder)


def test_a_format_of_another_release_is_refused(folder):
    schema = json.loads((folder / "schema.json").read_text())
    (folder / "schema.json").write_text(json.dumps(schema | {"format": 2}))
    with pytest.raises(ValueError, match="must be of format 1, which this release reads; got 2"):
        st.data.Shards(folder)


def test_no_data_at_all(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"has no schema\.json: it is no prepared data"):
        st.data.Shards(tmp_path)


def test_a_split_without_examples(recordings, tmp_path):
    settings = SETTINGS | dict(shares={"train": 1.0, "valid": 0.0})
    st.data.prepare(recordings, tmp_path, **settings)
    assert len(st.data.Shards(tmp_path)) > 0
    with pytest.raises(ValueError, match=r"split 'valid' of .* must have examples; .*; got 0"):
        st.data.Shards(tmp_path, "valid")


def test_they_feed_a_step_that_is_compiled(original):
    @tf.function(jit_compile=True)
    def power(audio):
        return tf.reduce_mean(audio**2, axis=-1)

    for batch in st.data.Shards(original).dataset(2, seed=0).take(2):
        np.testing.assert_allclose(
            power(batch["audio"]), np.mean(batch["audio"].numpy() ** 2, axis=1), rtol=1e-5
        )
