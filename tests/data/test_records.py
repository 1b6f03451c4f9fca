import numpy as np
import pytest
import tensorflow as tf

from spectrotools.data import records


@pytest.mark.parametrize("size", [1, 31, 32, 4095, 4096, 600_000])
def test_a_record_is_what_tensorflow_reads(tmp_path, size):
    # From 32 numbers on, the length in bytes takes two bytes, from 4096 on three.
    values = np.random.default_rng(0).standard_normal(size).astype(np.float32)
    records.write_records(tmp_path / "file", [{"audio": values, "f0_hz": values[:1]}])
    (record,) = tf.data.TFRecordDataset(str(tmp_path / "file"))
    layout = {
        name: tf.io.FixedLenFeature([n], tf.float32) for name, n in (("audio", size), ("f0_hz", 1))
    }
    read = tf.io.parse_single_example(record, layout)
    np.testing.assert_array_equal(read["audio"], values)
    np.testing.assert_array_equal(read["f0_hz"], values[:1])


def test_what_has_no_number_is_empty(tmp_path):
    records.write_records(tmp_path / "file", [{"audio": np.zeros(0, np.float32)}])
    (record,) = tf.data.TFRecordDataset(str(tmp_path / "file"))
    example = tf.train.Example.FromString(record.numpy())
    assert list(example.features.feature["audio"].float_list.value) == []
