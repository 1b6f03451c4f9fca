"""Examples as records of a file: TFRecords of ``tf.train.Example``, all of one size."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import tensorflow as tf

__all__ = ["parse", "record_at", "write_records"]

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
        name: tf.train.Feature(float_list=_float_list(values)) for name, values in example.items()
    }
    message = tf.train.Example(features=tf.train.Features(feature=features))
    return message.SerializeToString(deterministic=True)


def _float_list(values: np.ndarray) -> tf.train.FloatList:
    """The list, read from its bytes, for to be given numbers takes it hundreds of times longer."""
    packed = values.astype("<f4").tobytes()
    return tf.train.FloatList.FromString(b"\x0a" + _varint(len(packed)) + packed)


def _varint(number: int) -> bytes:
    """A number as protocol buffers have it: seven bits a byte, the last one below 128."""
    low = []
    while number > 127:
        low.append(number % 128 + 128)
        number //= 128
    return bytes([*low, number])


def record_at(path: Path, place: int, record_bytes: int) -> bytes:
    """The record of that place in a file of records of that size, and no more of the file.

    TensorFlow's own readers go through a file from its start, which a shuffle of all cannot.
    """
    with path.open("rb", buffering=0) as file:
        file.seek(place * record_bytes)
        return file.read(record_bytes)


def parse(record: tf.Tensor, sizes: dict[str, int]) -> dict[str, tf.Tensor]:
    """What a record holds, of so many numbers each."""
    message = tf.strings.substr(record, _HEADER, tf.strings.length(record) - _HEADER - _FOOTER)
    layout = {name: tf.io.FixedLenFeature([size], tf.float32) for name, size in sizes.items()}
    return tf.io.parse_single_example(message, layout)
