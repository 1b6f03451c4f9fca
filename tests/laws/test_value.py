"""Law: a transform is a value: equal, hashable, printable, a dict, and one trace."""

import dataclasses
import json
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

import spectrotools as st
from spectrotools._value import Value
from tests.catalog import having

VALUES = having("value")


@pytest.mark.parametrize("entry", VALUES)
def test_equal_settings_make_equal_values(entry):
    value = entry.value
    again = eval(repr(value), {name: getattr(st, name) for name in st.__all__})
    assert again == value
    assert hash(again) == hash(value)


@pytest.mark.parametrize("entry", VALUES)
def test_config_survives_json(entry):
    config = json.loads(json.dumps(entry.value.get_config()))
    assert type(entry.value).from_config(config) == entry.value


@pytest.mark.parametrize("entry", VALUES)
def test_value_is_frozen(entry):
    name = next(iter(entry.value.get_config()))
    with pytest.raises(AttributeError, match=f"cannot assign to field '{name}'"):
        setattr(entry.value, name, 1)


@pytest.mark.parametrize("entry", VALUES)
def test_temporary_values_share_one_trace(entry):
    traces = []

    @tf.function
    def run(audio: tf.Tensor, transform: object) -> tf.Tensor:
        traces.append(transform)
        return transform(audio)

    audio = np.ones([2, 200], np.float32)
    for _ in range(3):
        run(audio, type(entry.value).from_config(entry.value.get_config()))
    assert len(traces) == 1


def test_different_values_are_traced_apart():
    first, second = (p.values[0] for p in VALUES[:2])
    run = tf.function(lambda audio, transform: transform(audio))
    audio = np.ones([2, 200], np.float32)
    assert run(audio, first.value).shape != run(audio, second.value).shape


UNUSED = """
import dataclasses, sys, spectrotools as st
from spectrotools._value import Value

@dataclasses.dataclass(frozen=True)
class Pair(Value):
    values: tuple

inner = [{"class_name": "SISDR", "config": {}}, {"class_name": "STFT", "config": {"n_fft": 64}}]
assert not {"spectrotools.losses.ratios", "spectrotools.transforms.stft"} & set(sys.modules)
assert Pair.from_config({"values": inner}) == Pair((st.losses.SISDR(), st.STFT(n_fft=64)))
"""


@pytest.mark.slow
def test_a_value_within_a_value_is_built_where_its_class_has_not_been_used():
    done = subprocess.run(
        [sys.executable, "-c", UNUSED], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_of_classes_of_one_name_the_last_is_built():
    """As where a cell of a notebook is run again."""

    def define() -> type:
        @dataclasses.dataclass(frozen=True)
        class Twice(Value):
            inner: Value | None = None

        return Twice

    first, second = define(), define()
    built = first.from_config(first(second()).get_config())
    assert type(built.inner) is second
