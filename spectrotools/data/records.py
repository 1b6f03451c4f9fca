"""Examples as records of a file: TFRecords of ``tf.train.Example``, all of one size."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import tensorflow as tf

__all__ = ["parse", "write_records"]

_HEADER, _FOOTER = 12, 4  # bytes around a record: its length, and sums that check both


def write_records(path: Path, examples: Iterable[dict[str, np.ndarray]]) -> None:
    """Write examples to a file.

    Raises:
        OSError: if that cannot be done.
    """
    try:
        with tf.io.TFRecordWriter(str(path)) as writer:
            for example in examples:
                writer.write(_encoded(example))
    except tf.errors.OpError as error:
        raise OSError(f"{path} cannot be written: {error.message}.") from error


def _encoded(example: dict[str, np.ndarray]) -> bytes:
    features = {
        name: tf.train.Feature(float_list=tf.train.FloatList(value=values))
        for name, values in example.items()
    }
    message = tf.train.Example(features=tf.train.Features(feature=features))
    return message.SerializeToString(deterministic=True)


def parse(
    path: tf.Tensor, place: tf.Tensor, record_bytes: int, sizes: dict[str, int]
) -> dict[str, tf.Tensor]:
    """Read the record of that place in a file of records of that size.

    Only this record is read, wherever it is, which is what a shuffle of all needs.
    """
    begin = tf.cast(place, tf.int64) * record_bytes
    records = tf.data.FixedLengthRecordDataset(
        path, record_bytes, header_bytes=begin, buffer_size=record_bytes
    )
    record = tf.strings.substr(
        records.take(1).get_single_element(), _HEADER, record_bytes - _HEADER - _FOOTER
    )
    layout = {name: tf.io.FixedLenFeature([size], tf.float32) for name, size in sizes.items()}
    return tf.io.parse_single_example(record, layout)
